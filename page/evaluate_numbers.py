"""The part of the evaluator on the server (page/evaluate.py) for numbers and lists of numbers."""

import math

import numpy as np
import torch

from models.seeds import noise


class NumberOperations:
    """`value` is that of page.evaluate."""

    def _least(self, a, b): return min(self.value(a), self.value(b))
    def _held(self, value, low, high): return min(max(self.value(value), low), high)

    def _exp(self, value):
        found = self.value(value)
        return found.exp() if isinstance(found, torch.Tensor) else math.exp(found)

    def _log(self, value): return math.log(self.value(value))
    def _below(self, value): return (1 + math.erf(self.value(value) / math.sqrt(2))) / 2

    def _total(self, values):
        found = self.value(values)
        return float(found.double().sum()) if isinstance(found, torch.Tensor) else sum(found)

    def _above(self, values, limit): return int((np.asarray(self.value(values)) > limit).sum())
    def _normals(self, seed, count): return noise([self.value(seed)], count)[0]
    def _part(self, values, start, stop): return self.value(values)[start:stop]
    def _ordered(self, values): return np.argsort(np.asarray(self.value(values)), kind="stable").tolist()

    def _repeated(self, count, expression):
        before, found = self.index, []
        try:
            for i in range(int(self.value(count))):
                self.index = i
                found.append(self.value(expression))
        finally:
            self.index = before
        return found

    def _replaced(self, values, index, value):
        found = self.value(values).clone()
        found[self.value(index)] = self.value(value)
        return found
