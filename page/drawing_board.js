// The part of the evaluator in the browser (drawing.js) for what visitors draw on boards; page/drawing_board.py has what each operation means.
import './board_text.js';
import {asMnist} from './as_mnist.js';
import {Drawn} from './drawn.js';
import {finite} from './drawing_tensors.js';
import {Left} from './drawing_text.js';

// The drawing of a text, grey levels 0 to 255; null where it is none.
export function onBoard(text) {
  const levels = typeof text === 'string' ? globalThis.ganAtlasBoard.read(text) : null;
  return levels && levels.map(level => level * 17);
}

export function boardValue(one, kind, [a, b]) {
  const v = node => one.value(node);
  switch (kind) {
    case 'blank': return !v(a).some(Boolean);
    case 'tried': return v(a);
    case 'squared_error': {
      const first = v(a), second = v(b);
      return first.pixels.subarray(0, first.size).reduce((sum, value, i) => sum + ((value - second.pixels[i]) / 255) ** 2, 0) / first.size;
    }
  }
}

export const boardOperations = {
  async given(modelNode, drawingNode) {
    const model = this.value(modelNode), drawing = this.value(drawingNode);
    if (model.size.join() !== '28,28,1') throw new Left();          // other sizes are made by the server
    const pixels = model.mnist ? asMnist(drawing) : drawing;
    return new Drawn(model, [], {}, Float32Array.from(pixels, value => value / 127.5 - 1), 1);
  },

  async stored(modelNode, pixelsNode, count) {
    const model = this.value(modelNode), [height, width, channels] = model.size, area = height * width, size = area * channels;
    const bytes = Uint8Array.from(atob(this.value(pixelsNode)), letter => letter.charCodeAt(0)), data = new Float32Array(bytes.length);
    for (let at = 0; at < bytes.length; at++) {
      const within = at % size;
      data[at - within + within % channels * area + Math.floor(within / channels)] = bytes[at] / 127.5 - 1;
    }
    return new Drawn(model, [], {}, data, count);
  },

  async gathered(firstNode, secondNode, placesNode) {
    const first = this.value(firstNode), second = this.value(secondNode), places = this.value(placesNode), {size} = first;
    const data = new Float32Array(places.length * size);
    places.forEach((place, i) => {
      const from = place < first.count ? first : second, at = place < first.count ? place : place - first.count;
      data.set(from.inside().subarray(at * size, (at + 1) * size), i * size);
    });
    return new Drawn(first.model, [], {}, data, places.length);
  },

  async seen_by(modelNode, drawnNode) {
    const drawn = this.value(drawnNode);
    return new Drawn(this.value(modelNode), [], {}, drawn.inside(), drawn.count);
  },

  async outputs(drawnNode, part, zNode) {
    const drawn = this.value(drawnNode), {model} = drawn, [height, width, channels] = model.size, z = this.value(zNode);
    const inputs = {image: {data: drawn.inside(), dims: [drawn.count, channels, height, width]}};
    if (z.length) inputs.z = {data: z, dims: [1, z.length]};
    return this.listed(await this.run(model, part, inputs));
  },

  async nats(drawnNode, zNode) {
    const drawn = this.value(drawnNode), x = drawn.inside(), z = this.latents(drawn, zNode);
    const {logits} = await this.run(drawn.model, 'generator', {z: {data: z, dims: [1, z.length]}});
    let sum = 0;
    for (let at = 0; at < drawn.size; at++) {
      const odds = logits.data[at];
      sum += Math.max(odds, 0) + Math.log1p(Math.exp(-Math.abs(odds))) - (1 + x[at]) / 2 * odds;
    }
    return finite([sum])[0];
  },

  async slope(drawnNode, zNode, latentNode) {
    const drawn = this.value(drawnNode), x = drawn.inside(), z = this.latents(drawn, zNode), direction = new Float32Array(z.length);
    direction[this.value(latentNode)] = 1;
    const dims = [1, z.length];
    const {logits, change} = await this.run(drawn.model, 'slope', {z: {data: z, dims}, direction: {data: direction, dims}});
    let sum = 0;
    for (let at = 0; at < drawn.size; at++) sum += (1 / (1 + Math.exp(-logits.data[at])) - (1 + x[at]) / 2) * change.data[at];
    return finite([sum])[0];
  },

  latents({model}, zNode) {
    this.z = model.z;
    return this.value(zNode);
  },
};

