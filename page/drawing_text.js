// The part of the evaluator in the browser (drawing.js) that draws from sentences; page/drawing_text.py has what each operation means.
// A Drawing keeps each painted image, so that a phase finds what an earlier one has drawn.

import {finite} from './drawing_tensors.js';
import {Drawn} from './drawn.js';
import {dot, noise, norm} from './noise.js';

const MOST_PAINTED = 60;
export class Left extends Error {}       // what the server has to answer

// --- what text encoders remember ---
export function remembered({texts, text_embeddings, kinds, kind_embeddings, vocabulary}) {
  return {texts: {names: texts, rows: numbers(text_embeddings)}, kinds: {names: kinds, rows: numbers(kind_embeddings)},
    vocabulary: new Set(vocabulary)};
}

// Of numbers in fp16, in base64.
function numbers(text) {
  const bytes = Uint8Array.from(atob(text), letter => letter.charCodeAt(0)), halves = new Uint16Array(bytes.buffer);
  return Float32Array.from(halves, half => {
    const sign = half & 0x8000 ? -1 : 1, power = half >> 10 & 31, rest = half & 1023;
    return sign * (power ? (1 + rest / 1024) * 2 ** (power - 15) : rest * 2 ** -24);
  });
}

const unit = vector => { const size = norm(vector); return vector.map(value => value / size); };
const ESCAPES = {'&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#x27;'};
const escape = text => String(text).replace(/[&<>"']/g, letter => ESCAPES[letter]);

// A sentence, checked, and one or two words as the phrase that they are short for; null: the server has to answer it.
export function sentence(value, [most, of, whole, colours], before) {
  const text = typeof value === 'string' ? value.replace(/[\p{C}\p{Z}]/gu, ' ').split(' ').filter(Boolean).join(' ') : '';
  if (!/[a-z]/i.test(text) || [...value].length > most) return null;
  return before[of]?.own ? text : phrase(text, whole, colours);
}

// As models/text/captions.py has it.
function phrase(text, whole, colours) {
  const words = text.toLowerCase().split(' ');
  if (whole.includes(words[0]) || !/^[a-z][a-z'-]{0,40}( [a-z][a-z'-]{0,40})?$/i.test(text)) return text;
  const named = colours.includes(words.at(-1)) ? `${text} flower` : text;
  return `${/[^uis]s$/i.test(named) ? 'some' : /^[aeiou]/i.test(named) ? 'an' : 'a'} ${named}`;
}

// --- operations that run no network ---
export function textValue(one, kind, args) {
  const v = node => one.value(node), [a, b, c] = args;
  switch (kind) {
    case 'lerp': {
      const from = v(a), to = v(b), share = v(c);
      return unit(from.map((value, i) => value * (1 - share) + to[i] * share));
    }
    case 'dot': return dot(v(a), v(b));
    case 'most': return Math.max(...v(a));
    case 'escaped': return escape(b ? [...v(a)].slice(0, b).join('') : v(a));
    case 'each': return v(b).map(text => a.replace('{it}', () => escape(text))).join(v(c));
  }
}

// --- operations that may run one: methods of the evaluation ---
export const textOperations = {
  async embedding(modelNode, textNode) {
    const model = this.value(modelNode), reader = this.facts[model.reads], text = this.value(textNode);
    const {places, unknown, count} = reader.letters;
    const indices = new BigInt64Array(count).fill(BigInt(unknown));
    [...text.toLowerCase()].slice(0, count).forEach((letter, i) => { indices[i] = BigInt(places[letter] ?? unknown); });
    const {embedding} = await this.run(reader, 'char-cnn-rnn', {letters: {data: indices, dims: [1, count]}});
    return finite(embedding.data);
  },

  // Which images are to be painted, and what a recipe says of them.
  told(modelNode, stage, seedNode, _, countNode, augment, truncation, said) {
    const model = this.value(modelNode), count = this.value(countNode), seeds = [], records = {};
    for (this.index = 0; this.index < count; this.index++) {
      seeds.push(this.value(seedNode));
      for (const [name, node] of Object.entries(said)) {
        const value = this.value(node);
        if (value !== null && model.controls.includes(name)) (records[name] ||= [])[this.index] = value;
      }
    }
    return {model, count, seeds, records};
  },

  async painted(...nodes) {
    const [, stage, , embeddingNode, , augmentNode, truncationNode] = nodes, {model, count, seeds, records} = this.told(...nodes);
    const asked = model.controls.includes('truncation') ? this.value(truncationNode) : null;      // else its recipe could not say so
    const augment = this.value(augmentNode), truncation = asked ?? model.truncation, embeddings = [];
    for (this.index = 0; this.index < count; this.index++) embeddings.push(this.value(embeddingNode));
    const keys = seeds.map((seed, i) => `painted ${model.sha256} ${seed} ${augment} ${truncation} ${embeddings[i].join()}`);
    const first = await this.sketches(model, keys, seeds, embeddings, augment, truncation);
    const raw = stage === 1 || model.sides.length === 1 ? first : [];
    for (let i = raw.length; i < count; i++) {
      raw.push(await this.once(`${keys[i]} large`, async () => (await this.run(model, 'generator2', {
        low_res: {data: first[i], dims: [1, 3, model.sides[0], model.sides[0]]},
        eps: row(eps(model, seeds[i], 1, augment * truncation)), embedding: row(unit(embeddings[i]))})).image.data));
    }
    const side = Math.sqrt(raw[0].length / 3), all = new Float32Array(count * raw[0].length);
    raw.forEach((one, i) => all.set(one, i * one.length));
    return Object.assign(new Drawn({...model, size: [side, side, 3]}, seeds, records, all, count), {keys});
  },

  // What Stage-I gives for each key. One picture at a time: what is asked for meanwhile need not wait for all.
  async sketches(model, keys, seeds, embeddings, augment, truncation) {
    const [width, dim] = model.split, found = [];
    for (const [i, key] of keys.entries()) {
      found.push(await this.once(key, async () => (await this.run(model, 'generator', {
        z: row(noise(seeds[i], model.z).subarray(0, width).map(value => value * truncation)),
        ...(dim && {eps: row(eps(model, seeds[i], 0, augment * truncation))}), embedding: row(unit(embeddings[i]))})).image.data));
    }
    return found;
  },

  async once(key, work) {
    const found = this.kept.get(key) || await work();
    this.kept.delete(key);
    this.kept.set(key, found);
    while (this.kept.size > MOST_PAINTED) this.kept.delete(this.kept.keys().next().value);
    return found;
  },

  async match(drawnNode, embeddingNode) {
    const drawn = this.value(drawnNode), embedding = this.value(embeddingNode), reader = this.facts[drawn.model.reads], found = [];
    for (let i = 0; i < drawn.count; i++) {          // each beside the sentence that it was drawn for
      const data = smaller(drawn.inside().subarray(i * drawn.size, (i + 1) * drawn.size), drawn.model.size[0], reader.side);
      const given = {image: {data, dims: [1, 3, reader.side, reader.side]}};
      found.push(await this.once(`${drawn.keys[i]} match`,
        async () => dot(finite((await this.run(reader, 'image', given)).embedding.data), embedding)));
    }
    return found;
  },

  async doubts(drawnNode, listNode) {
    const drawn = this.value(drawnNode), side = drawn.model.size[0], found = [];
    if (drawn.model.sides.length === 1) throw new Left();        // its D stays with the server
    for (const embedding of this.value(listNode)) {
      const {logits} = await this.run(drawn.model, 'discriminator2', {
        image: {data: drawn.inside().subarray(0, drawn.size), dims: [1, 3, side, side]}, embedding: row(embedding)});
      found.push(1 / (1 + Math.exp(-finite(logits.data)[0])));
    }
    return found;
  },

  async nearest(modelNode, embeddingNode, _, what) {
    const {memory} = this.facts[this.value(modelNode).reads], embedding = this.value(embeddingNode), {names, rows} = memory[what];
    const cosines = names.map((_, i) => dot(embedding, rows.subarray(i * embedding.length, (i + 1) * embedding.length)));
    return [...names.keys()].sort((a, b) => cosines[b] - cosines[a]).slice(0, 3).map(i => [names[i], cosines[i]]);
  },

  async unseen(modelNode, textNode) {
    const {memory} = this.facts[this.value(modelNode).reads];
    const words = this.value(textNode).toLowerCase().match(/\p{L}+(?:['-]\p{L}+)*/gu) || [];
    return memory.vocabulary.size ? [...new Set(words)].filter(word => !memory.vocabulary.has(word)) : [];
  },
};

const row = data => ({data, dims: [1, data.length]});

// The noise on the condition of a stage, 0 or 1.
function eps({z, split: [width, dim]}, seed, stage, factor) {
  return noise(seed, z).subarray(width + stage * dim, width + (stage + 1) * dim).map(value => value * factor);
}

// A square picture [3, side, side] made smaller as torch does it (bilinear, antialias): each pixel the mean of a triangle around it.
function smaller(data, side, wanted) {
  if (side === wanted) return data;
  const scale = side / wanted, reach = Math.max(scale, 1), taps = Array.from({length: wanted}, (_, i) => {
    const centre = scale * (i + .5), low = Math.max(0, Math.floor(centre - reach + .5)), high = Math.min(side, Math.floor(centre + reach + .5));
    const weights = Array.from({length: high - low}, (_, k) => Math.max(0, 1 - Math.abs((low + k - centre + .5) / reach)));
    const sum = weights.reduce((x, y) => x + y, 0);
    return [low, weights.map(weight => weight / sum)];
  });
  const across = new Float32Array(3 * side * wanted), found = new Float32Array(3 * wanted * wanted);
  for (let line = 0; line < 3 * side; line++) taps.forEach(([low, weights], x) => {
    across[line * wanted + x] = weights.reduce((sum, weight, k) => sum + weight * data[line * side + low + k], 0);
  });
  for (let c = 0; c < 3; c++) taps.forEach(([low, weights], y) => {
    for (let x = 0; x < wanted; x++) {
      found[(c * wanted + y) * wanted + x] = weights.reduce((sum, weight, k) => sum + weight * across[(c * side + low + k) * wanted + x], 0);
    }
  });
  return found;
}
