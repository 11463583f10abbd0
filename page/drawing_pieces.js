// The part of the evaluator in the browser (drawing.js) that enlarges pictures; page/drawing_pieces.py has what each operation means.
import {resized} from './bicubic.js';
import {Drawn} from './drawn.js';
import {Left} from './drawing_text.js';
import {png} from './png.js';

const MOST_PIECES = 12;            // that are kept
const LUMINANCE = [65.481, 128.553, 24.966].map(share => share / 255);
export class Refused extends Error {}       // its message is a sentence for the visitor

// A picture uint8 [height, width, 3]; `key` tells it from others.
export class Photo {
  constructor(key, pixels, height, width) { Object.assign(this, {key, pixels, height, width}); }

  png() { return () => this.written ||= png(this.pixels, this.height, this.width, 3, null); }

  cut(top, left, height, width, key = '') {
    const pixels = new Uint8ClampedArray(height * width * 3);
    for (let y = 0; y < height; y++) {
      const from = ((top + y) * this.width + left) * 3;
      pixels.set(this.pixels.subarray(from, from + width * 3), y * width * 3);
    }
    return new Photo(key, pixels, height, width);
  }

  resized(height, width, box, key = '') { return new Photo(key, resized(this, height, width, box), height, width); }
}

function photo(value) {
  if (!(value instanceof Drawn)) return value;
  const [height, width] = value.model.size;
  return new Photo(value.keys[0], value.pixels.subarray(0, value.size), height, width);
}

// Of a field `given`, told as [words, {word: [height, width, pixels in base64]}].
export function known(drawing, [words, pictures], value) {
  if (words.includes(value) || Object.hasOwn(pictures, value) || drawing.uploads?.has(value)) return value;
  return drawing.alone ? Object.keys(pictures)[0] : null;       // a link to a picture that only its own page had
}

export function pieceValue(one, kind, [name]) {
  if (kind !== 'pictured') return undefined;
  const value = one.values[name], {uploads} = one.drawing;
  if (uploads?.has(value)) return uploads.get(value);
  const [height, width, text] = one.drawing.fields[name][2][value];
  return new Photo(value, Uint8Array.from(atob(text), letter => letter.charCodeAt(0)), height, width);
}

// As models/srgan.py cuts a picture: [top, bottom, left, right] of each.
function tiles({height, width}, size) {
  const cuts = side => {
    const starts = [0];
    while (starts.at(-1) + size < side - Math.floor(size / 2)) starts.push(starts.at(-1) + size);
    return starts.map((start, i) => [start, starts[i + 1] ?? side]);
  };
  return cuts(height).flatMap(rows => cuts(width).map(columns => [...rows, ...columns]));
}

const within = (value, most) => Math.min(Math.max(Math.floor(value + .5), 0), most);

export const pieceOperations = {
  async enlarged(modelNode, originalNode, ...nodes) {
    const model = this.value(modelNode), original = photo(this.value(originalNode));
    const [quarter, x, y, region, left, right, how] = nodes.slice(0, -1).map(node => this.value(node));
    const {scale, least, ways: known} = how;
    const [height, width] = [original.height, original.width].map(side => quarter ? Math.floor(side / scale) : side);
    if (Math.min(height, width) < least) throw new Refused(this.value(nodes.at(-1)));
    const small = quarter ? original.resized(height, width, [0, 0, scale * width, scale * height], `${original.key} / ${scale}`) : original;
    const side = Math.min(region, height, width);
    const place = {top: within((1 - y) * height - side / 2, height - side), left: within(x * width - side / 2, width - side), side};
    const ways = [left, right].map(way => quarter || way !== 'original' ? way : 'bicubic'), here = {model, original, small, place, how};
    const [one, other] = [await this.piece(here, ways[0]), await this.piece(here, ways[1])];
    const share = Math.min(1, how.overview / Math.max(height, width));
    const overview = small.resized(...[height, width].map(length => Math.max(1, Math.floor(share * length + .5))));
    return {...here, left: one, right: other, overview, width, height, side, ways: ways.map(way => known.indexOf(way)),
      frame: [place.left / width, place.top / height, side / width, side / height]};
  },

  async closeness(hereNode) {
    const here = this.value(hereNode), grey = ({pixels}, at) => pixels[at] * LUMINANCE[0] + pixels[at + 1] * LUMINANCE[1] + pixels[at + 2] * LUMINANCE[2];
    const truth = await this.piece(here, 'original'), found = [];
    for (const way of here.how.ways.slice(0, -1)) {
      const piece = await this.piece(here, way);
      let error = 0;
      for (let at = 0; at < truth.pixels.length; at += 3) error += (grey(piece, at) - grey(truth, at)) ** 2;
      found.push(10 * Math.log10(255 ** 2 / (error / (truth.pixels.length / 3))));
    }
    return found;
  },

  async tile(hereNode, numberNode) {
    const {model, small, how, ways} = this.value(hereNode), {scale, networks} = how, way = how.ways[ways[1]];
    const network = networks.includes(way) ? way : networks.at(-1), boxes = tiles(small, how.tile), box = boxes[this.value(numberNode)];
    if (!box) throw new Left();
    return {picture: await this.network(model, small, how, network, box), x: scale * box[2], y: scale * box[0],
      width: scale * small.width, height: scale * small.height, count: boxes.length, network};
  },

  async piece({model, original, small, how, place: {top, left, side}}, way) {
    const {scale, networks} = how;
    if (way === 'original') return original.cut(scale * top, scale * left, scale * side, scale * side);
    if (!networks.includes(way)) return small.resized(scale * side, scale * side, [left, top, left + side, top + side]);
    const found = await this.once(`piece ${model.sha256} ${small.key} ${way} ${top} ${left} ${side}`,
      () => this.network(model, small, how, way, [top, top + side, left, left + side]));
    [...this.kept.keys()].filter(key => key.startsWith('piece ')).slice(0, -MOST_PIECES).forEach(key => this.kept.delete(key));
    return found;
  },

  // With as much around it as the network sees, so that it looks as in the whole picture.
  async network(model, small, {reach, scale}, way, [top, bottom, left, right]) {
    const y = Math.max(0, top - reach), x = Math.max(0, left - reach);
    const height = Math.min(small.height, bottom + reach) - y, width = Math.min(small.width, right + reach) - x;
    const {pixels} = small.cut(y, x, height, width), area = height * width, data = new Float32Array(3 * area);
    for (let at = 0; at < area; at++) for (let c = 0; c < 3; c++) data[c * area + at] = pixels[3 * at + c] / 127.5 - 1;
    const {image} = await this.run(model, way, {small: {data, dims: [1, 3, height, width]}});
    const drawn = new Drawn({size: [scale * height, scale * width, 3]}, [], {}, image.data, 1);
    return new Photo('', drawn.pixels, scale * height, scale * width)
      .cut(scale * (top - y), scale * (left - x), scale * (bottom - top), scale * (right - left));
  },
};
