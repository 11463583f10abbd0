"""char-CNN-RNN: a sentence encoder that reads letters.

Reed, Akata, Lee, Schiele 2016, "Learning Deep Representations of Fine-grained Visual Descriptions",
https://arxiv.org/abs/1605.05395, section 4.2.

Differs from the paper: torch's GRU in place of the plain recurrent layer, group norm after each convolution, and a joint space of
256 numbers instead of 1,024.
"""

import torch
from torch import nn

ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789-,;.!?:'\"/\\|_@#$%^&*~`+-=<>()[]{} "   # 70 symbols; '-' stands in it twice
LENGTH = 201                       # letters read; the rest of a longer sentence is not
UNKNOWN = len(ALPHABET)            # any other letter, and the room after the end: an empty column
INDEX = {letter: i for i, letter in enumerate(ALPHABET)}   # of the two places of '-' the later one, as the authors' tables have it


def letters(texts: list[str]) -> torch.Tensor:
    """Sentences -> indices into ALPHABET, int64 [N, LENGTH]. Upper case is read as lower case."""
    rows = torch.full((len(texts), LENGTH), UNKNOWN)
    for row, text in zip(rows, texts, strict=True):
        found = [INDEX.get(letter, UNKNOWN) for letter in text.lower()[:LENGTH]]
        row[:len(found)] = torch.tensor(found, dtype=torch.int64)
    return rows


class CharCnnRnn(nn.Module):
    """Indices int64 [N, LENGTH] -> embeddings in the joint space, float [N, dim] of length 1."""

    def __init__(self, dim: int = 256, width: int = 256):
        super().__init__()
        self.convolutions = nn.Sequential(
            nn.Conv1d(len(ALPHABET), 384, 4), nn.GroupNorm(1, 384), nn.ReLU(), nn.MaxPool1d(3),          # 201 -> 198 -> 66
            nn.Conv1d(384, 512, 4), nn.GroupNorm(1, 512), nn.ReLU(), nn.MaxPool1d(3),                    # 63 -> 21
            nn.Conv1d(512, width, 4), nn.GroupNorm(1, width), nn.ReLU(), nn.MaxPool1d(3, 2),             # 18 -> 8
        )
        self.recurrent = nn.GRU(width, width, batch_first=True)
        self.out = nn.Linear(width, dim)

    def forward(self, indices: torch.Tensor) -> torch.Tensor:
        columns = nn.functional.one_hot(indices, len(ALPHABET) + 1)[..., :-1].to(self.out.weight.dtype)
        steps, _ = self.recurrent(self.convolutions(columns.transpose(1, 2)).transpose(1, 2))
        return nn.functional.normalize(self.out(steps.mean(1)), dim=1)
