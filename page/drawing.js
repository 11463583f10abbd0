// Fills the slots of a Drawing in the visitor's browser, as page/evaluate.py does on the server (what each operation means stands in
// page/drawing.py). A module of plain functions: the networks are run by whoever calls `slots`.

import {SHORTEST, noise, norm, slerp} from './noise.js';
import {boardOperations, boardValue, onBoard} from './drawing_board.js';
import {numberValue} from './drawing_numbers.js';
import {painting, paintingOperations, paintingValue} from './drawing_painting.js';
import {known as given, pieceOperations, pieceValue, Refused} from './drawing_pieces.js';
import {planeValue} from './drawing_plane.js';
import {finite} from './drawing_tensors.js';
import {Left, sentence, textOperations, textValue} from './drawing_text.js';
import {Drawn} from './drawn.js';

// --- numbers as Python's format writes them: "+.2f", ".0%", ".2f" ---
export function shown(value, spec) {
  const [, plus, places, kind] = spec.match(/^(\+?)\.(\d+)([f%])$/);
  const digits = Number(places), number = kind === '%' ? value * 100 : value, size = Math.abs(number);
  const halves = size * 2 ** (digits + 1);                   // exact: of a number that lies between two, Python takes the even one
  let text = size.toFixed(digits);
  if (Number.isInteger(halves) && halves * 5 ** digits % 2 === 1) {
    const below = Math.floor(halves * 5 ** digits / 2);
    text = ((below + below % 2) / 10 ** digits).toFixed(digits);
  }
  const sign = number < 0 || Object.is(number, -0) ? '-' : plus;
  return sign + text + (kind === '%' ? '%' : '');
}

// --- a state, checked as the drawing's fields say; null: the server has to answer it ---
export function values(drawing, state, facts, missed = {}) {
  const found = {};
  let limits;                     // of the field that is looked at, where it takes a number
  const within = (value, low, high) => { limits = {low, high}; return value >= low && value <= high; };
  for (const [name, [kind, ...told]] of Object.entries(drawing.fields)) {
    limits = undefined;
    const value = check(kind, told, state[name], found);
    if (value === null || value === undefined) {
      Object.assign(missed, {name, kind: {where: told[2], optional: told[0]}[kind]?.[0] || kind}, limits);
      return null;
    }
    found[name] = value;
  }
  return found;

  function check(kind, told, value, before) {
    switch (kind) {
      case 'weights': return told[0].includes(value) ? facts[value] : null;
      case 'seed': return /^\d{1,10}$/.test(value) && Number(value) < told[0] ? Number(value) : null;
      case 'control': {
        const control = before[told[1]].controls.find(one => one.name === told[0]);
        if (control.options) {
          limits = {low: 0, high: control.names.length - 1};
          return placeOf(control.names, value, told[2]);
        }
        return within(value, control.low, control.high) && typeof value === 'number' ? rounded(Math.fround(value)) : null;
      }
      case 'board': return onBoard(value);
      case 'painting': return painting(value, ...told);
      case 'number': return within(value, ...told) && typeof value === 'number' ? value : null;
      case 'latent': return within(value, 0, Math.min(told[0], before.model.z) - 1) && Number.isInteger(value) ? value : null;
      case 'word': return told[0].includes(value) ? value : null;
      case 'flag': return typeof value === 'boolean' ? value : null;
      case 'whole': return within(value, told[0], told[drawing.alone ? 2 : 1]) && /^\d{1,9}$/.test(value) ? Number(value) : null;
      case 'given': return given(drawing, told, value);
      case 'optional': return value === undefined ? told[1] : check(told[0][0], told[0].slice(1), value, before);
      case 'where': return before[told[0]] === told[1] ? check(told[2][0], told[2].slice(1), value, before) : told[3];
      case 'sentence': return sentence(value, told, before);
      case 'digits': {
        const digits = value.length > 10 * told[0] ? '' : value.normalize('NFKC').trim().replaceAll(' ', '');
        return /^\d+$/.test(digits) && digits.length <= told[0] ? [...digits].map(Number) : null;
      }
    }
    return null;
  }
}

// The place of a Choice's option that a place or a text means, its name or a number; null where none fits.
function placeOf(names, value, clamped) {
  if (typeof value === 'number') {
    const place = clamped ? Math.min(value, names.length - 1) : value;
    if (place in names) return place;
  }
  const text = String(value ?? '').trim().toLowerCase(), named = names.findIndex(name => name.toLowerCase() === text);
  if (named >= 0 || !/^\d{1,9}$/.test(text)) return named >= 0 ? named : null;
  const alike = names.findIndex(name => /^\d+$/.test(name) && Number(name) === Number(text));
  return alike >= 0 ? alike : Number(text) in names ? Number(text) : null;
}

const rounded = value => Number(value.toFixed(6)) + 0;       // no -0

// --- evaluation ---
const MOST_KEPT = 16;      // rows and sheets of images that a drawing keeps: while a finger moves, most of a plate stays
class Pending { constructor(place) { this.place = place; } }

// The slots of a phase, or null where the server has to answer. `run(model, part, inputs)` gives a network's outputs by name, inputs and
// outputs being {data: Float32Array, dims}. `kept`: a Map of the caller's, one for each drawing.
export async function slots(drawing, phase, state, facts, run, kept) {
  const ready = drawing.phases[phase] && drawing.needs[phase].fixed.every(name => facts[name]), missed = {};
  const known = ready && values(drawing, state, facts, missed);
  if (!known) return drawing.alone && missed.kind ? {refused: missed} : null;
  const one = new Evaluation(drawing, known, facts, run, kept), found = {};
  try {
    for (const [slot, expression] of Object.entries(drawing.phases[phase])) found[slot] = await one.settled(expression);
  } catch (error) {
    if (error instanceof Left) return null;
    if (error instanceof Refused) return {notice: error.message};
    throw error;
  }
  const written = await Promise.all(Object.values(found).map(value => value instanceof Function ? value() : String(value)));
  const shown = Object.fromEntries(Object.keys(found).map((slot, i) => [slot, written[i]]));
  const gone = Object.entries(drawing.fields).some(([name, [kind]]) => kind === 'given' && known[name] !== state[name]);
  return gone ? {...shown, gone} : shown;
}

// Command and JSON of the picture that a drawing's recipe names, or null where the server has to answer; no network runs.
export async function recite(drawing, state, facts) {
  const known = drawing.recipe && values(drawing, state, facts);
  if (!known) return null;
  const [kind, ...args] = drawing.shared[drawing.recipe[1]], one = new Evaluation(drawing, known, facts);
  const {model, seeds, records} = await one.tried(() => kind === 'images' ? one.asked(...args) : one.told(...args));
  const given = await Promise.all(Object.entries(records).map(async ([name, [value]]) => [name, value instanceof Function ? await value() : value]));
  const words = ['python', '-m', 'models', 'sample', model.model, '--seeds', String(seeds[0]), ...given.flatMap(
    ([name, value]) => ['--set', `${name}=${typeof value === 'object' ? written(value) : value}`])];
  return {command: words.map(quoted).join(' '),
    json: written({model: model.model, seeds: String(seeds[0]), controls: Object.fromEntries(given)})};
}

// As Python writes them: a word for the shell, and JSON.
const quoted = word => /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'"'"'`)}'`;
const written = value => value && typeof value === 'object'
  ? `{${Object.entries(value).map(([name, one]) => `${JSON.stringify(name)}: ${written(one)}`).join(', ')}}` : JSON.stringify(value);

class Evaluation {
  constructor(drawing, values, facts, run, kept) {
    Object.assign(this, {drawing, values, facts, run, kept, shared: new Map(), index: 0, z: 0});
  }

  // The value of an expression, once the networks that it needs have run: each time one is missing, it runs, and all is tried again.
  settled(expression) { return this.tried(() => this.value(expression)); }

  async tried(work) {
    for (;;) {
      try { return await work(); }
      catch (missing) {
        if (!(missing instanceof Pending)) throw missing;
        await this.share(missing.place);
      }
    }
  }

  async share(place) {
    const [kind, ...args] = this.drawing.shared[place];
    this.shared.set(place, await this.tried(() => this[kind](...args)));
  }

  value(node) {
    if (!Array.isArray(node)) return node;
    const [kind, a, b, c, d, e] = node;
    const v = one => this.value(one);
    switch (kind) {
      case 'field': return this.values[a];
      case 'index': return this.index;
      case 'model': return this.facts[v(a)];
      case 'shared':
        if (!this.shared.has(a)) throw new Pending(a);
        return this.shared.get(a);
      case '+': return both(v(a), v(b), (x, y) => x + y);
      case '-': return both(v(a), v(b), (x, y) => x - y);
      case '*': return both(v(a), v(b), (x, y) => x * y);
      case '/': return both(v(a), v(b), (x, y) => x / y);
      case '//': return Math.floor(v(a) / v(b));
      case '%': return v(a) - Math.floor(v(a) / v(b)) * v(b);
      case 'equal': return v(a) === v(b);
      case 'less': return v(a) < v(b);
      case 'if': return v(v(a) ? b : c);
      case 'list': return node.slice(1).map(v);
      case 'length': return v(a).length;
      case 'about': return this.drawing.tables[a][v(b).model];
      case 'item': {
        const found = v(a)[v(b)];
        if (found === undefined && c === undefined) throw new Error(`There is no item ${v(b)}.`);
        return found === undefined ? v(c) : found;
      }
      case 'shown': return shown(Number(v(a)), b);
      case 'text': return a.replace(/{{|}}|{(\w+)}/g, (all, name) => name ? v(b[name]) : all[0]);
      case 'join': return v(a).join('');
      case 'argmax': return v(a).reduce((best, value, i, all) => value > all[best] ? i : best, 0);
      case 'softmax': {
        const found = Array.from(v(a)), most = Math.max(...found), powers = found.map(x => Math.exp(x - most));
        const sum = powers.reduce((x, y) => x + y);
        return powers.map(x => x / sum);
      }
      case 'sigmoid': {
        const found = v(a), one = x => 1 / (1 + Math.exp(-x));
        return typeof found === 'number' ? one(found) : Array.from(found, one);
      }
      case 'noise':
        if (this.z < SHORTEST) throw new Error('The noise is too short for this browser.');
        return noise(v(a), this.z);
      case 'slerp': return slerp(v(a), v(b), v(c));
      case 'usual_length': {
        const found = v(a), factor = Math.sqrt(this.z) / norm(found);
        return found.map(x => x * factor);
      }
      case 'png': return v(a).png(v(b), c);
      case 'sheet': return v(a).sheet(v(b), c, d);
      case 'animation':
        if (v(b) !== 'gif') throw new Left();
        return v(a).gif(c, d);
      case 'bars': return bars(v(a), v(b), Array.from(v(c)), v(d), e);
    }
    const found = [boardValue, numberValue, paintingValue, pieceValue, planeValue, textValue].map(part => part(this, kind, node.slice(1))).find(value => value !== undefined);
    if (found === undefined) throw new Error(`There is no ${kind}.`);
    return found;
  }

  // What is asked of a generator, and what a recipe says of it.
  asked(modelNode, z, countNode, controls) {
    const model = this.value(modelNode), count = this.value(countNode), seeds = [];
    this.z = model.z;
    const latents = new Float32Array(count * model.z);
    for (this.index = 0; this.index < count; this.index++) {
      if (z[0] === 'noise') seeds.push(this.value(z[1]));
      latents.set(this.value(z), this.index * model.z);
    }
    const [inputs, records] = this.inputs(model, controls, count, model.controls);
    return {model, count, seeds, latents, inputs, records};
  }

  async images(...nodes) {
    const {model, count, seeds, latents, inputs, records} = this.asked(...nodes);
    const key = JSON.stringify([model.sha256, seeds.length ? seeds : Array.from(latents), Object.values(inputs).map(one => one.key || Array.from(one.data))]);
    const before = this.kept.get(key);
    if (before) return before;
    const {image} = await this.run(model, 'generator', {z: {data: latents, dims: [count, model.z]}, ...inputs});
    const drawn = new Drawn(model, seeds, records, image.data, count);
    if (this.kept.size >= MOST_KEPT) this.kept.delete(this.kept.keys().next().value);
    this.kept.set(key, drawn);
    return drawn;
  }

  async judge(drawnNode, countNode, judged) {
    const drawn = this.value(drawnNode), repeated = this.value(countNode), count = repeated || drawn.count;
    const {model} = drawn, data = repeated ? new Float32Array(drawn.size * count) : drawn.inside();
    if (repeated) for (let i = 0; i < count; i++) data.set(drawn.inside().subarray(0, drawn.size), i * drawn.size);
    const [inputs] = this.inputs(model, judged, count, model.controls.filter(one => model.judged.includes(one.name)));
    const [height, width, channels] = model.size;
    const found = await this.run(model, 'discriminator', {image: {data, dims: [count, channels, height, width]}, ...inputs});
    return this.listed(found);
  }

  // What a network gives: of each output a list with one item for each image.
  listed(found) {
    return Object.fromEntries(Object.entries(found).map(([name, {data, dims}]) => {
      finite(data);
      const width = data.length / dims[0];
      return [name, dims.length === 1 ? Array.from(data) : Array.from({length: dims[0]}, (_, i) => data.subarray(i * width, (i + 1) * width))];
    }));
  }

  // What a network takes of each control, and what a recipe says of those that are given.
  inputs(model, given, count, controls) {
    const inputs = {}, records = {};
    for (const control of controls) {
      const {name} = control;
      if (control.picture) {
        const drawn = this.value(given[name]), [height, width, channels] = drawn.model.size, data = new Float32Array(count * drawn.size);
        for (let i = 0; i < count; i++) data.set(drawn.inside().subarray(0, drawn.size), i * drawn.size);
        inputs[name] = {data, dims: [count, channels, height, width], key: drawn.key};
        records[name] = Array(count).fill(drawn.png(0, false));
        continue;
      }
      const width = control.default.length, data = new Float32Array(count * width);
      const expression = given[name];
      for (this.index = 0; this.index < count; this.index++) {
        if (expression === undefined) data.set(control.default, this.index * width);
        else if (!control.options) (records[name] ||= []).push(rounded(data[this.index] = this.value(expression)));
        else {
          const [weights, record] = this.chosen(expression, control.options);
          for (const [option, weight] of weights) data[this.index * width + option] = weight;
          (records[name] ||= []).push(record);
        }
      }
      inputs[name] = {data, dims: [count, width]};
    }
    return [inputs, records];
  }

  // Of a Choice: [[option, weight], ...] with weights that sum to 1, and the recipe, which calls options as `names` does.
  chosen(node, names) {
    if (!Array.isArray(node) || node[0] !== 'mix') return [[[this.value(node), 1]], names[this.value(node)]];
    const [first, second, share] = node.slice(1).map(one => this.value(one));
    const parts = (first === second ? [[first, 1]] : [[first, rounded(1 - share)], [second, rounded(share)]]).filter(([, weight]) => weight);
    const named = parts.map(([option, weight]) => [names[option], weight]);
    const sum = parts.reduce((all, [, weight]) => all + weight, 0);
    return [parts.map(([option, weight]) => [option, weight / sum]), parts.length > 1 ? Object.fromEntries(named) : named[0][0]];
  }
}

// Of two numbers, of the items of two lists, or of a number and each item of a list.
const both = (a, b, work) => typeof b === 'object' ? b.map((value, i) => work(typeof a === 'object' ? a[i] : Number(a), value))
  : typeof a === 'object' ? a.map(value => work(value, Number(b))) : work(Number(a), Number(b));

// As page/slots.py has it.
function bars(caption, names, shares, chosen, most) {
  const order = shares.map((_, i) => i).sort((a, b) => shares[b] - shares[a]).slice(0, most);
  const rows = [...new Set([chosen, ...order])].sort((a, b) => a - b).map(i =>
    `<tr class="${i === chosen ? 'asked' : ''}"><th scope="row">${names[i]}</th>`
    + `<td><i style="width:${shown(shares[i], '.1%')}"></i></td><td class="mono">${shown(shares[i], '.0%')}</td></tr>`);
  return `<table class="bars"><caption>${caption}</caption><tbody>${rows.join('')}</tbody></table>`;
}

Object.assign(Evaluation.prototype, boardOperations, paintingOperations, pieceOperations, textOperations);
