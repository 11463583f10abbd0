// The game of the 2-D lab, in a worker of the visitor's browser: two networks that map the plane, their gradients by hand, Adam.
import {Random} from './noise.js';

const BATCH = 128, WIDTH = 64, LEAK = 0.2;
const GRID = 13, HEAT = 28, SPAN = 2;      // lines of the bent grid; places a side of D's belief; the plane shown is -SPAN to SPAN

// --- matrices: Float64Array, row by row ---

// a [rows, inner] times the transpose of b [columns, inner]; a row of `start`, where there is one, is added to each row. Eight sums at a
// time, of two rows and four columns, stay in registers.
function product(a, b, rows, columns, inner, start = null) {
  const found = new Float64Array(rows * columns), evenRows = rows & ~1, evenColumns = columns & ~3;
  for (let row = 0; row < evenRows; row += 2) {
    const from = row * inner, below = from + inner, to = row * columns;
    for (let column = 0; column < evenColumns; column += 4) {
      const b0 = column * inner, b1 = b0 + inner, b2 = b1 + inner, b3 = b2 + inner;
      let s0 = 0, s1 = 0, s2 = 0, s3 = 0, t0 = 0, t1 = 0, t2 = 0, t3 = 0;
      for (let k = 0; k < inner; k++) {
        const x = a[from + k], y = a[below + k], w0 = b[b0 + k], w1 = b[b1 + k], w2 = b[b2 + k], w3 = b[b3 + k];
        s0 += x * w0; s1 += x * w1; s2 += x * w2; s3 += x * w3;
        t0 += y * w0; t1 += y * w1; t2 += y * w2; t3 += y * w3;
      }
      const at = to + column, next = at + columns;
      found[at] = s0; found[at + 1] = s1; found[at + 2] = s2; found[at + 3] = s3;
      found[next] = t0; found[next + 1] = t1; found[next + 2] = t2; found[next + 3] = t3;
    }
  }
  for (let row = 0; row < rows; row++) {               // what is left over: odd rows, and columns beyond a multiple of four
    for (let column = row < evenRows ? evenColumns : 0; column < columns; column++) {
      let sum = 0;
      for (let k = 0; k < inner; k++) sum += a[row * inner + k] * b[column * inner + k];
      found[row * columns + column] = sum;
    }
  }
  if (start) for (let at = 0; at < found.length;) for (let column = 0; column < columns; column++) found[at++] += start[column];
  return found;
}

function transposed(a, rows, columns) {
  const found = new Float64Array(a.length);
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) found[j * rows + i] = a[i * columns + j];
  return found;
}

// a, each value times that of b
function scale(a, b) {
  for (let i = 0; i < a.length; i++) a[i] *= b[i];
  return a;
}

function slopesOf(x) {
  const found = new Float64Array(x.length);
  for (let i = 0; i < x.length; i++) found[i] = x[i] > 0 ? 1 : LEAK;
  return found;
}

// --- a network: 2 -> WIDTH -> WIDTH -> outputs, leaky ReLU between ---

class Mlp {
  constructor(outputs, chance) {
    this.layers = [[2, WIDTH], [WIDTH, WIDTH], [WIDTH, outputs]].map(([inside, outside]) => {      // begins as torch's nn.Linear does
      const bound = 1 / Math.sqrt(inside), drawn = n => Float64Array.from({length: n}, () => (2 * chance.uniform() - 1) * bound);
      return {inside, outside, weights: drawn(inside * outside), biases: drawn(outside)};
    });
  }

  // What x [n, 2] becomes, and what the way back needs: each layer's inputs, and the slopes of what follows it.
  forward(x, n) {
    const inputs = [], slopes = [];
    for (const [i, {weights, biases, inside, outside}] of this.layers.entries()) {
      inputs.push(x);
      x = product(x, weights, n, outside, inside, biases);
      if (i < this.layers.length - 1) {
        slopes.push(slopesOf(x));
        scale(x, slopes[i]);
      }
    }
    return {outputs: x, inputs, slopes, n};
  }

  // The gradient by x, [n, 2], for `change` by the outputs; `gradients`, where given, takes those by weights and biases of each layer.
  backward({inputs, slopes, n}, change, gradients = null) {
    for (let i = this.layers.length - 1; i >= 0; i--) {
      const {weights, inside, outside} = this.layers[i];
      if (gradients) {
        const across = transposed(change, n, outside), sums = new Float64Array(outside);
        for (let o = 0; o < outside; o++) for (let row = 0; row < n; row++) sums[o] += across[o * n + row];
        gradients[i] = {weights: product(across, transposed(inputs[i], n, inside), outside, inside, n), biases: sums};
      }
      change = product(change, transposed(weights, outside, inside), n, inside, outside);
      if (i) scale(change, slopes[i - 1]);
    }
    return change;
  }

  // The slope of the one output at each row: [n, 2], and what stands between the layers on the way back.
  slope({slopes, n}) {
    let change = new Float64Array(n).fill(1);
    const between = [];
    for (let i = this.layers.length - 1; i >= 0; i--) {
      const {weights, inside, outside} = this.layers[i];
      between[i] = change;
      change = product(change, transposed(weights, outside, inside), n, inside, outside);
      if (i) scale(change, slopes[i - 1]);
    }
    return {slope: change, between};
  }

  // The gradient by each layer's weights of a penalty on that slope, for `change` by the slope. A leaky ReLU is straight but for its
  // corner, so the slope is a product of the weights alone, and the biases have no part in it.
  ofSlope({slopes, n}, between, change) {
    return this.layers.map(({weights, inside, outside}, i) => {
      const before = change;
      if (i < this.layers.length - 1) change = scale(product(before, weights, n, outside, inside), slopes[i]);
      return {weights: product(transposed(between[i], n, outside), transposed(before, n, inside), outside, inside, n),
              biases: new Float64Array(outside)};
    });
  }
}

class Adam {
  constructor(network, momentum) {
    Object.assign(this, {network, momentum, decay: 0.9, steps: 0});
    this.kept = network.layers.map(({weights, biases}) => ({weights: [weights, weights].map(one => new Float64Array(one.length)),
                                                           biases: [biases, biases].map(one => new Float64Array(one.length))}));
  }

  step(gradients, rate) {
    this.steps += 1;
    const first = 1 - this.momentum ** this.steps, second = Math.sqrt(1 - this.decay ** this.steps);
    for (const [i, layer] of this.network.layers.entries()) {
      for (const name of ['weights', 'biases']) {
        const [mean, square] = this.kept[i][name], values = layer[name], given = gradients[i][name];
        for (let k = 0; k < values.length; k++) {
          const gradient = Math.min(Math.max(given[k] || 0, -100), 100);       // extreme rules must not end in NaN
          mean[k] += (1 - this.momentum) * (gradient - mean[k]);
          square[k] = this.decay * square[k] + (1 - this.decay) * gradient * gradient;
          values[k] -= rate / first * mean[k] / (Math.sqrt(square[k]) / second + 1e-8);
        }
      }
    }
  }
}

// --- targets, and the losses as what they change by each logit ---

// n points of a target: [n, 2].
function target(name, n, chance, drawn) {
  const list = work => Array.from({length: n}, work);
  const along = list(() => chance.uniform());
  const put = (points, spread) => {
    const noise = chance.normals(2 * n);
    return Float64Array.from(points.flat(), (value, i) => value + spread * noise[i]);
  };
  if (name === 'ring') {
    const angles = list(() => chance.whole(8) * Math.PI / 4);
    return put(angles.map(angle => [1.4 * Math.cos(angle), 1.4 * Math.sin(angle)]), 0.05);
  }
  if (name === 'grid') return put(list(() => [(chance.whole(5) - 2) * 0.75, (chance.whole(5) - 2) * 0.75]), 0.04);
  if (name === 'moons') {
    const upper = list(() => chance.uniform() < 0.5);
    return put(along.map((t, i) => {
      const x = Math.cos(t * Math.PI), y = Math.sin(t * Math.PI);
      return upper[i] ? [1.1 * (x - 0.5), 1.1 * (y - 0.2)] : [1.1 * (0.5 - x), 1.1 * (0.2 - y)];
    }), 0.05);
  }
  if (name === 'spiral') {
    return put(along.map(t => {
      const turned = Math.sqrt(t), angle = turned * 3 * Math.PI;
      return [1.7 * turned * Math.cos(angle), 1.7 * turned * Math.sin(angle)];
    }), 0.04);
  }
  return put(list(() => drawn[chance.whole(drawn.length)]), 0.04);
}

const sigmoid = x => 1 / (1 + Math.exp(-x));
const D_LOSSES = {        // as models/losses.py has them, and Wasserstein's; [by logits of real points, by those of generated ones]
  minimax: [x => -sigmoid(-x), sigmoid],
  nonsaturating: [x => -sigmoid(-x), sigmoid],
  hinge: [x => x < 1 ? -1 : 0, x => x > -1 ? 1 : 0],
  wasserstein: [() => -1, () => 1],
};
const G_LOSSES = {minimax: x => -sigmoid(x), nonsaturating: x => -sigmoid(-x), hinge: () => -1, wasserstein: () => -1};

// --- one visitor's game ---

export class Game {
  constructor(rules, drawn = [], seed = 0) {
    Object.assign(this, {rules, drawn, chance: new Random(seed), steps: 0});
    const beginning = new Random(seed);
    this.g = new Mlp(2, beginning);
    this.d = new Mlp(1, beginning);
    const momentum = rules.loss === 'wasserstein' ? 0 : 0.5;
    this.gAdam = new Adam(this.g, momentum);
    this.dAdam = new Adam(this.d, momentum);
  }

  stepD() {
    const real = target(this.rules.target, BATCH, this.chance, this.drawn), fake = this.generated(this.chance.normals(2 * BATCH), BATCH);
    const [onReal, onFake] = D_LOSSES[this.rules.loss], both = new Float64Array(4 * BATCH);
    both.set(real);
    both.set(fake, 2 * BATCH);
    const kept = this.d.forward(both, 2 * BATCH), gradients = [];
    this.d.backward(kept, kept.outputs.map((logit, i) => (i < BATCH ? onReal : onFake)(logit) / BATCH), gradients);
    if (this.rules.penalty) {
      for (const [i, {weights}] of this.penalty(real, fake).entries()) weights.forEach((value, k) => { gradients[i].weights[k] += value; });
    }
    this.dAdam.step(gradients, this.rules.lr_d);
  }

  // R1 at real points (half the mean square of D's slope), or for wasserstein the square of what its length lacks to 1, between real and
  // generated ones (Gulrajani et al. 2017, arXiv 1704.00028).
  penalty(real, fake) {
    const between = this.rules.loss === 'wasserstein';
    let at = real;
    if (between) {
      const shares = Array.from({length: BATCH}, () => this.chance.uniform());
      at = real.map((value, i) => value * shares[i >> 1] + fake[i] * (1 - shares[i >> 1]));
    }
    const kept = this.d.forward(at, BATCH), {slope, between: onTheWay} = this.d.slope(kept);
    const change = slope.map((value, i) => {
      const length = Math.hypot(slope[i & ~1], slope[i | 1]);
      return this.rules.penalty / BATCH * value * (between ? 2 * (length - 1) / (length || 1) : 1);
    });
    return this.d.ofSlope(kept, onTheWay, change);
  }

  stepG() {
    const drawn = this.g.forward(Float64Array.from(this.chance.normals(2 * BATCH)), BATCH), judged = this.d.forward(drawn.outputs, BATCH);
    const change = this.d.backward(judged, judged.outputs.map(logit => G_LOSSES[this.rules.loss](logit) / BATCH)), gradients = [];
    this.g.backward(drawn, change, gradients);
    this.gAdam.step(gradients, this.rules.lr_g);
    this.steps += 1;
  }

  round() {
    for (let i = 0; i < this.rules.k; i++) this.stepD();
    this.stepG();
  }

  generated(z, n) { return this.g.forward(Float64Array.from(z), n).outputs; }

  // What is drawn: real and generated points, the bent grid, D's belief row by row from the bottom ("heat"), and where D would push ("push")
  // generated points ("at").
  picture() {
    const line = (count, i) => -SPAN + 2 * SPAN * i / (count - 1), fixed = new Random(1);
    const places = (count, first) => Float64Array.from({length: 2 * count * count}, (_, i) => {
      const place = i >> 1, slow = Math.floor(place / count), quick = place % count;
      return line(count, (i % 2 === 0) === first ? slow : quick);
    });
    const fake = this.generated(fixed.normals(600), 300), logits = this.d.forward(places(HEAT, false), HEAT * HEAT).outputs;
    const middle = this.rules.loss === 'wasserstein' ? logits.reduce((sum, one) => sum + one, 0) / logits.length : 0;
    const at = fake.slice(0, 120), {slope} = this.d.slope(this.d.forward(at, 60));
    return {
      real: pairs(target(this.rules.target, 200, fixed, this.drawn)), fake: pairs(fake), grid: pairs(this.generated(places(GRID, true), GRID * GRID)),
      heat: Array.from(logits, logit => sigmoid(logit - middle)), at: pairs(at),
      push: pairs(slope.map((value, i) => value / Math.max(1, Math.hypot(slope[i & ~1], slope[i | 1])))), steps: this.steps,
    };
  }
}

const pairs = points => Array.from({length: points.length / 2}, (_, i) => [points[2 * i], points[2 * i + 1]]);

// --- the worker: {rules, anew, drawn, rounds, d, g} -> what is drawn ---

const PATIENCE = 25;      // milliseconds after which no further round is begun, so that a slow machine shows what it has
let game = null;

function answer({rules, anew, drawn, rounds = 0, d = 0, g = 0}) {
  if (!game || anew || game.rules.target !== rules.target || game.rules.loss !== rules.loss) game = new Game(rules, drawn);
  game.rules = rules;
  const begun = performance.now();
  for (let i = 0; i < rounds && (!i || performance.now() - begun < PATIENCE); i++) game.round();
  for (let i = 0; i < d; i++) game.stepD();
  for (let i = 0; i < g; i++) game.stepG();
  return game.picture();
}

if (typeof WorkerGlobalScope !== 'undefined') self.onmessage = ({data}) => self.postMessage(answer(data));
