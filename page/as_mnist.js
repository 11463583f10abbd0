// A drawing as MNIST would have it: the twin of `as_mnist` in board.py, which says why each step is taken. Takes and gives grey levels 0 to
// 255, 28 x 28, row by row.
import {resized} from './bicubic.js';

const SIDE = 28, THIN = 2, THICK = 3.4, BOX = 19.2, GRID = 96, PAD = 3;

export function asMnist(ink) {
  const top = ink.reduce((a, b) => Math.max(a, b), 0), found = new Uint8Array(SIDE * SIDE);
  if (!top) return found;
  const {mask, span, inside, outline, low, high} = measured(ink, top);
  const mean = [0, 1].map(axis => inside.reduce((sum, at) => sum + at[axis], 0) / inside.length);
  const unit = GRID / span, side = Math.max(high[0] - low[0], high[1] - low[1]) / unit, strokes = thickness(inside, outline) / unit;

  let scale = BOX / side;
  const wanted = Math.min(Math.max(scale * strokes, THIN), THICK);
  if (wanted !== scale * strokes) scale = (BOX - wanted) / Math.max(side - strokes, side / 3);
  const grow = (wanted - scale * strokes) / 2, step = scale / unit;
  const half = [0, 1].map(axis => step * (high[axis] - low[axis]) / 2 + grow);
  const centre = [0, 1].map(axis => SIDE / 2 + .5 + step * ((high[axis] + low[axis]) / 2 - mean[axis]));
  const longer = high[1] - low[1] > high[0] - low[0] ? 1 : 0;
  centre[longer] = even(centre[longer] - half[longer] - .4) + .4 + half[longer];
  for (const axis of [0, 1]) centre[axis] = Math.min(Math.max(centre[axis], half[axis] + .4), SIDE - half[axis] - .4);

  for (let place = 0; place < SIDE * SIDE; place++) {
    const at = [Math.floor(place / SIDE), place % SIDE].map((value, axis) =>
      (value + .5 - centre[axis]) / step + (high[axis] + low[axis]) / 2);
    const [y, x] = at.map(value => Math.min(Math.max(even(value), 0), GRID - 1));
    const distance = nearest(at, outline), depth = mask[y * GRID + x] ? distance + .5 : .5 - distance;
    found[place] = even(Math.min(Math.max(step * depth + grow + .5, 0), 1) * 255);
  }
  return found;
}

// What a drawing is measured on: its ink on a finer grid, the cells inside, those at the outline, and the box around them.
function measured(ink, top) {
  const rows = [], columns = [];
  ink.forEach((value, at) => { if (value > top / 2) { rows.push(Math.floor(at / SIDE)); columns.push(at % SIDE); } });
  const least = values => values.reduce((a, b) => Math.min(a, b)), most = values => values.reduce((a, b) => Math.max(a, b));
  const span = Math.max(most(rows) - least(rows), most(columns) - least(columns)) + 5;
  const grid = enlarged(ink, least(rows) + 1, least(columns) + 1, span), mask = grid.map(value => value > top / 2 ? 1 : 0);
  const inside = [], outline = [];
  for (let y = 0; y < GRID; y++) for (let x = 0; x < GRID; x++) {
    if (!mask[y * GRID + x]) continue;
    inside.push([y, x]);
    const within = y > 0 && y < GRID - 1 && x > 0 && x < GRID - 1
      && mask[(y - 1) * GRID + x] && mask[(y + 1) * GRID + x] && mask[y * GRID + x - 1] && mask[y * GRID + x + 1];
    if (!within) outline.push([y, x]);
  }
  const low = [0, 1].map(axis => least(inside.map(at => at[axis])) - .5), high = [0, 1].map(axis => most(inside.map(at => at[axis])) + .5);
  return {mask, span, inside, outline, low, high};
}

// The box of `span` pixels at `top`, `left` of the padded drawing, enlarged as Pillow does it (bicubic.js).
function enlarged(ink, top, left, span) {
  const wide = SIDE + 2 * PAD + SIDE, padded = new Uint8Array(wide * wide);
  for (let y = 0; y < SIDE; y++) padded.set(ink.subarray(y * SIDE, (y + 1) * SIDE), (y + PAD) * wide + PAD);
  return resized({pixels: padded, height: wide, width: wide}, GRID, GRID, [left, top, left + span, top + span], 1);
}

function thickness(inside, outline) {
  const step = Math.max(1, Math.floor(inside.length / 400)), some = inside.filter((_, i) => i % step === 0);
  return 4 * some.reduce((sum, at) => sum + nearest(at, outline) + .5, 0) / some.length;
}

function nearest([y, x], outline) {
  let best = Infinity;
  for (const [oy, ox] of outline) best = Math.min(best, (oy - y) ** 2 + (ox - x) ** 2);
  return Math.sqrt(best);
}

// Rounded as Python rounds: of two that are as near, the even one.
function even(value) {
  const down = Math.floor(value), rest = value - down;
  return rest > .5 || (rest === .5 && down % 2) ? down + 1 : down;
}
