// The part of the evaluator in the browser (drawing.js) for what visitors paint on colour-coded boards; page/drawing_painting.py has what
// each operation means.
import './board_text.js';
import './painting_text.js';
import {Drawn} from './drawn.js';
import {Left} from './drawing_text.js';
import {png} from './png.js';

// The drawing of a text: the number of a colour for each pixel, or null where it is none.
export function painting(text, side, colours) {
  return typeof text === 'string' ? globalThis.ganAtlasPainting(side, colours).read(text) : null;
}

// float [size, size], blurred by a kernel that is given from its middle outwards; beyond the edge its last pixels are repeated.
function blurred(values, size, kernel) {
  const across = (from, step, line) => {
    const found = new Float32Array(from.length), last = size - 1;
    for (let row = 0; row < size; row++) {
      for (let at = 0; at < size; at++) {
        let sum = from[row * line + at * step] * kernel[0];
        for (let k = 1; k < kernel.length; k++) {
          sum += kernel[k] * (from[row * line + Math.max(0, at - k) * step] + from[row * line + Math.min(last, at + k) * step]);
        }
        found[row * line + at * step] = sum;
      }
    }
    return found;
  };
  return across(across(values, 1, size), size, 1);
}

export const paintingOperations = {
  async coloured(modelNode, drawingNode, howNode) {
    const model = this.value(modelNode), drawing = this.value(drawingNode), how = this.value(howNode);
    const [size, , channels] = model.size, side = Math.sqrt(drawing.length), times = size / side, area = size * size;
    if (!Number.isInteger(times) || channels !== 3) throw new Left();          // other sizes are made by the server
    const larger = Float32Array.from({length: area}, (_, at) => drawing[Math.floor((at % size) / times) + Math.floor(at / size / times) * side]);
    const data = new Float32Array(3 * area);
    if (!how.ink) for (let at = 0; at < area; at++) for (let c = 0; c < 3; c++) data[c * area + at] = how.colours[larger[at]][c] / 127.5 - 1;
    else {                                                                     // soft lines: models/outlines.py, ink
      const covered = blurred(larger.map(value => value > 0), size, how.ink);
      for (let c = 0; c < 3; c++) {
        const soft = blurred(larger.map(value => 255 - how.colours[value][c]), size, how.ink);
        for (let at = 0; at < area; at++) {
          const level = Math.round(255 - how.gain * soft[at] / Math.max(1, how.gain * covered[at]));
          data[c * area + at] = Math.min(255, Math.max(0, level)) / 127.5 - 1;
        }
      }
    }
    return Object.assign(new Drawn(model, [], {}, data, 1), {key: drawing.join()});
  },
};

export function paintingValue(one, kind, [a, b, believed, doubted]) {
  if (kind !== 'mapped') return undefined;
  const drawn = one.value(a), belief = Array.from(one.value(b)), side = Math.sqrt(belief.length), {model: {size: [height, width, channels]}} = drawn;
  const near = (at, length) => {                     // between which two patches a pixel lies, and how far on the way
    const place = Math.max(0, (at + .5) * side / length - .5), low = Math.min(Math.floor(place), side - 1);
    return [low, Math.min(low + 1, side - 1), place - low];
  };
  return drawn.file('map', () => {
    const pixels = new Uint8ClampedArray(height * width * 3);      // rounds, and halves to the even number, as torch does
    for (let y = 0; y < height; y++) {
      const [top, bottom, down] = near(y, height);
      for (let x = 0; x < width; x++) {
        const [left, right, along] = near(x, width), from = (y * width + x) * channels;
        const upper = belief[top * side + left] * (1 - along) + belief[top * side + right] * along;
        const lower = belief[bottom * side + left] * (1 - along) + belief[bottom * side + right] * along;
        const share = upper * (1 - down) + lower * down;
        let grey = 0;
        for (let c = 0; c < channels; c++) grey += drawn.pixels[from + c] / channels;
        for (let c = 0; c < 3; c++) {
          pixels[(y * width + x) * 3 + c] = .5 * grey + .5 * (share * believed[c] + (1 - share) * doubted[c]);
        }
      }
    }
    return png(pixels, height, width, 3, null);
  });
}
