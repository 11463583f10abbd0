// The part of the evaluator in the browser (drawing.js) for planes of two latents; page/drawing_plane.py has what each operation means.

import {quantile} from './normal.js';

export function planeValue(one, kind, args) {
  const [a, b, c] = args, v = node => one.value(node);
  switch (kind) {
    case 'on_plane': return Float32Array.of(quantile(Math.fround(v(a))), quantile(Math.fround(v(b))));
    case 'around': {
      const points = v(a), x = v(b), y = v(c), names = v(args[4]), found = new Map();
      const far = points.map(([px, py]) => (px - x) ** 2 + (py - y) ** 2);
      for (const i of [...points.keys()].sort((i, j) => far[i] - far[j]).slice(0, args[3])) found.set(points[i][2], (found.get(points[i][2]) || 0) + 1);
      return [...found].sort((p, q) => q[1] - p[1]).map(([kind, count]) => `${count} × ${names[kind]}`).join(v(args[5]));
    }
  }
}
