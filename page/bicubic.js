// Makes pictures smaller or larger as Pillow does (bicubic, Keys 1981, a = -0.5): the same whole numbers on both sides of the page.

const BITS = 22;      // of fractions: Pillow computes in whole numbers of 2^-22

const weight = x => x < 1 ? (1.5 * x - 2.5) * x * x + 1 : x < 2 ? ((-.5 * x + 2.5) * x - 4) * x + 2 : 0;      // x >= 0

// For each of `wanted` pixels, which of `side` pixels it is made from and how much of each: [first, weights]. It shows those from `low` to
// `high`, and sees beyond them as far as the picture goes.
function taps(side, low, high, wanted) {
  const scale = (high - low) / wanted, stretch = Math.max(1, scale), reach = 2 * stretch;
  return Array.from({length: wanted}, (_, at) => {
    const centre = low + (at + .5) * scale, first = Math.max(0, Math.trunc(centre - reach + .5));
    const last = Math.min(side, Math.trunc(centre + reach + .5));
    const weights = Array.from({length: last - first}, (_, i) => weight(Math.abs(first + i - centre + .5) / stretch));
    const sum = weights.reduce((all, one) => all + one, 0);
    return [first, weights.map(one => { const share = one / sum * 2 ** BITS; return Math.trunc(share < 0 ? share - .5 : share + .5); })];
  });
}

// The part [left, top, right, bottom] of pixels uint8 [height, width, channels], in another size: Uint8ClampedArray [rows, columns, channels].
export function resized({pixels, height, width}, rows, columns, [left, top, right, bottom] = [0, 0, width, height], channels = 3) {
  const line = columns * channels, across = new Uint8ClampedArray(height * line), found = new Uint8ClampedArray(rows * line);
  const whole = sum => Math.floor((sum + 2 ** (BITS - 1)) / 2 ** BITS);
  taps(width, left, right, columns).forEach(([first, weights], x) => {
    for (let y = 0; y < height; y++) {
      for (let c = 0; c < channels; c++) {
        let sum = 0, from = (y * width + first) * channels + c;
        for (let i = 0; i < weights.length; i++, from += channels) sum += weights[i] * pixels[from];
        across[y * line + x * channels + c] = whole(sum);
      }
    }
  });
  taps(height, top, bottom, rows).forEach(([first, weights], y) => {
    for (let at = 0; at < line; at++) {
      let sum = 0, from = first * line + at;
      for (let i = 0; i < weights.length; i++, from += line) sum += weights[i] * across[from];
      found[y * line + at] = whole(sum);
    }
  });
  return found;
}
