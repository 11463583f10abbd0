// The part of the evaluator in the browser (drawing.js) for numbers and lists of numbers; page/drawing_numbers.py has what each means.
import {noise} from './noise.js';
import {below} from './normal.js';

export function numberValue(one, kind, [a, b, c]) {
  const v = node => one.value(node);
  switch (kind) {
    case 'least': return Math.min(v(a), v(b));
    case 'held': return Math.min(Math.max(v(a), b), c);
    case 'exp': { const found = v(a); return typeof found === 'number' ? Math.exp(found) : found.map(Math.exp); }
    case 'log': return Math.log(v(a));
    case 'below': return below(v(a));
    case 'above': return Array.from(v(a)).filter(value => value > b).length;
    case 'total': return v(a).reduce((sum, value) => sum + value, 0);
    case 'replaced': { const found = v(a).slice(); found[v(b)] = v(c); return found; }
    case 'normals': return noise(v(a), b);
    case 'part': return v(a).slice(b, c);
    case 'ordered': { const found = v(a); return [...found.keys()].sort((i, j) => found[i] - found[j]); }
    case 'repeated': {
      const before = one.index, count = v(a), found = [];
      for (one.index = 0; one.index < count; one.index++) found.push(v(b));
      one.index = before;
      return found;
    }
  }
}
