"""The part of the evaluator on the server (page/evaluate.py) for planes of two latents."""

from collections import Counter

import numpy as np
import torch


class PlaneOperations:
    """`value` is that of page.evaluate."""

    def _on_plane(self, x, y):
        shares = np.stack(np.broadcast_arrays(self.value(x), self.value(y)), -1)
        return torch.special.ndtri(torch.from_numpy(shares.astype(np.float32)))

    def _around(self, *asked):
        points, x, y, count, names, comma = map(self.value, asked)
        points = np.asarray(points)
        far = (points[:, 0] - x) ** 2 + (points[:, 1] - y) ** 2
        kinds = Counter(int(points[i, 2]) for i in np.argsort(far, kind="stable")[:count])
        return comma.join(f"{found} × {names[kind]}" for kind, found in kinds.most_common())
