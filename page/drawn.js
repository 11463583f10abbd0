import {png} from './png.js';

// Images with how they were made: what a network gave, float [count, channels, height, width] in [-1, 1], as uint8 [.., height, width, channels].
export class Drawn {
  constructor(model, seeds, records, data, count) {
    const [height, width, channels] = model.size;
    Object.assign(this, {model, seeds, records, count, size: height * width * channels, files: new Map()});
    this.pixels = new Uint8ClampedArray(data.length);           // rounds to the nearest whole number, and halves to the even one
    for (let n = 0, place = 0; n < count; n++) {
      for (let p = 0; p < height * width; p++) {
        for (let c = 0; c < channels; c++) {
          const value = data[n * this.size + c * height * width + p];
          if (!Number.isFinite(value)) throw new Error('The generator gave no number.');
          this.pixels[place++] = Math.fround(value + 1) * 127.5;
        }
      }
    }
  }

  // The pixels as a network takes them.
  inside() {
    if (!this.floats) {
      const [height, width, channels] = this.model.size, area = height * width;
      this.floats = new Float32Array(this.pixels.length);
      for (let n = 0; n < this.count; n++) for (let p = 0; p < area; p++) for (let c = 0; c < channels; c++) {
        this.floats[n * this.size + c * area + p] = this.pixels[n * this.size + p * channels + c] / 127.5 - 1;
      }
    }
    return this.floats;
  }

  // A function that gives the data URI, written once.
  file(key, write) {
    return () => {
      if (!this.files.has(key)) this.files.set(key, write());
      return this.files.get(key);
    };
  }

  png(i, signed) {
    const [height, width, channels] = this.model.size;
    return this.file(`${i} ${signed}`, async () => png(this.pixels.subarray(i * this.size, (i + 1) * this.size), height, width, channels,
      signed ? await this.record(i) : null));
  }

  // What a file says of an image; a picture that the network was fed is a data URI.
  async record(i) {
    const {model, commit, sha256} = this.model, controls = {};
    for (const [name, given] of Object.entries(this.records)) controls[name] = given[i] instanceof Function ? await given[i]() : given[i];
    return {model, seed: this.seeds[i], controls, commit, sha256};
  }

  gif(scale, milliseconds) {
    return this.file(`gif ${scale} ${milliseconds}`, async () => (await import('./gif.js')).gif(this.pixels, this.model.size, this.count, scale, milliseconds));
  }

  sheet(columns, left, right) {
    return this.file(`sheet ${columns} ${left} ${right}`, () => {
      const [height, width, channels] = this.model.size, cell = width - left - right, rows = Math.ceil(this.count / columns);
      const all = new Uint8Array(rows * height * columns * cell * channels), line = cell * channels;
      for (let n = 0; n < this.count; n++) {
        for (let y = 0; y < height; y++) {
          const from = n * this.size + (y * width + left) * channels;
          all.set(this.pixels.subarray(from, from + line), ((Math.floor(n / columns) * height + y) * columns + n % columns) * line);
        }
      }
      return png(all, rows * height, columns * cell, channels, null);
    });
  }
}
