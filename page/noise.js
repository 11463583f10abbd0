// Noise as models/seeds.py draws it: torch's CPU randn of n >= 16 numbers, to about 1e-6; and the way from one noise to another.

export const SHORTEST = 16;       // numbers; torch draws fewer in another way

// torch's generator on the CPU, mt19937, begun with a seed; its numbers are those of torch.rand, randint, and randn of 16 or more.
export class Random {
  constructor(seed) {
    this.state = new Uint32Array(624);
    this.state[0] = seed;
    for (let i = 1; i < 624; i++) this.state[i] = Math.imul(1812433253, this.state[i - 1] ^ (this.state[i - 1] >>> 30)) + i;
    this.place = 624;
  }

  bits() {
    const {state} = this;
    if (this.place === 624) {
      for (let i = 0; i < 624; i++) {
        const y = (state[i] & 0x80000000) | (state[(i + 1) % 624] & 0x7fffffff);
        state[i] = state[(i + 397) % 624] ^ (y >>> 1) ^ (y & 1 ? 0x9908b0df : 0);
      }
      this.place = 0;
    }
    let y = state[this.place++];
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    return (y ^ (y >>> 18)) >>> 0;
  }

  uniform() { return (this.bits() & 0xffffff) / 0x1000000; }

  // 0 to below - 1
  whole(below) { return this.bits() % below; }

  // Box-Muller in blocks of 16: eight radii, then eight angles. If n is no multiple of 16, the last 16 are drawn anew.
  normals(n) {
    const found = Float32Array.from({length: n}, () => this.uniform());
    const normal = from => {
      for (let i = from; i < from + 8; i++) {
        const radius = Math.sqrt(-2 * Math.log(1 - found[i])), angle = 2 * Math.PI * found[i + 8];
        found[i] = radius * Math.cos(angle);
        found[i + 8] = radius * Math.sin(angle);
      }
    };
    for (let i = 0; i + 16 <= n; i += 16) normal(i);
    if (n % 16) {
      for (let i = n - 16; i < n; i++) found[i] = this.uniform();
      normal(n - 16);
    }
    return found;
  }
}

export const randn = (seed, n) => new Random(seed).normals(n);

const noises = new Map();
export function noise(seed, n) {
  const key = `${seed} ${n}`;
  if (!noises.has(key)) {
    if (noises.size > 500) noises.clear();
    noises.set(key, randn(seed, n));
  }
  return noises.get(key);
}

export const dot = (a, b) => a.reduce((sum, value, i) => sum + value * b[i], 0);
export const norm = a => Math.sqrt(dot(a, a));

export function slerp(a, b, share) {
  const angle = Math.acos(Math.min(1, Math.max(-1, dot(a, b) / (norm(a) * norm(b)))));
  if (!(angle > 1e-4)) return a.map((value, i) => value + share * (b[i] - value));
  const first = Math.sin((1 - share) * angle) / Math.sin(angle), second = Math.sin(share * angle) / Math.sin(angle);
  return a.map((value, i) => first * value + second * b[i]);
}
