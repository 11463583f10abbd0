// An animation as page.slots.animation makes it, there and back; fetched when one is saved.
import {applyPalette, GIFEncoder, quantize} from './gifenc.esm.js';
import {data_uri} from './png.js';

const GREYS = Array.from({length: 256}, (_, i) => [i, i, i]);

// pixels: Uint8 [count, height, width, channels]; each becomes scale x scale. Greys stay as they are, a colour picture gets 256 colours.
export function gif(pixels, [height, width, channels], count, scale, milliseconds) {
  const file = GIFEncoder(), size = height * width * channels;
  const there = Array.from({length: count}, (_, n) => {
    const frame = pixels.subarray(n * size, (n + 1) * size);
    if (channels === 1) return {palette: n ? undefined : GREYS, index: frame};
    const rgba = new Uint8Array(4 * height * width).fill(255);
    for (let p = 0; p < height * width; p++) for (let c = 0; c < 3; c++) rgba[4 * p + c] = frame[3 * p + c];
    const palette = quantize(rgba, 256);
    return {palette, index: applyPalette(rgba, palette)};
  });
  for (const {palette, index} of [...there, ...there.slice(1, -1).reverse()]) {
    const large = new Uint8Array(height * scale * width * scale);
    for (let y = 0; y < height * scale; y++) {
      for (let x = 0; x < width * scale; x++) large[y * width * scale + x] = index[Math.floor(y / scale) * width + Math.floor(x / scale)];
    }
    file.writeFrame(large, width * scale, height * scale, {palette, delay: milliseconds});
  }
  file.finish();
  return data_uri('image/gif', file.bytes());
}
