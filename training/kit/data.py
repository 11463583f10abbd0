"""Shuffled batches by number, so that a resumed run meets the data it would have met."""

import torch

from models.errors import BadInput
from models.images import to_float
from models.parquet import load_images
from training.kit.run import Run


class Order:
    """Which of `n` items make up which batch: `order[i]` is int64 [batch / world] on the CPU, always the same for the same i.

    Every epoch of n // batch batches is shuffled anew. With several processes each takes its share of every batch. Raises BadInput for
    a batch larger than n, or one that does not divide among the processes.
    """

    def __init__(self, n: int, batch: int, *, seed: int = 0, rank: int = 0, world: int = 1):
        if batch > n:
            raise BadInput(f"A batch of {batch} is larger than the {n} pictures there are.")
        if batch % world:
            raise BadInput(f"A batch of {batch} does not divide among {world} processes.")
        self.n, self.batch, self.seed, self.rank, self.share = n, batch, seed, rank, batch // world
        self._epoch, self._shuffled = -1, torch.empty(0)

    def __getitem__(self, i: int) -> torch.Tensor:
        epoch, place = divmod(i, self.n // self.batch)
        if epoch != self._epoch:
            shuffle = torch.Generator().manual_seed(self.seed * 1_000_003 + epoch)
            self._epoch, self._shuffled = epoch, torch.randperm(self.n, generator=shuffle)
        start = place * self.batch + self.rank * self.share
        return self._shuffled[start:start + self.share]


class Batches:
    """Batches of images and labels in the order of an Order: `batches[i]` is (float [B, C, H, W] in [-1, 1], int64 [B]) on the device.

    `images` uint8 [N, C, H, W], `labels` int64 [N].
    """

    def __init__(self, images: torch.Tensor, labels: torch.Tensor, batch: int, *, seed: int = 0, rank: int = 0, world: int = 1,
                 device: torch.device | str = "cpu"):
        self.order = Order(len(images), batch, seed=seed, rank=rank, world=world)
        self.images, self.labels = images.to(device), labels.to(device)
        self.channels, self.size = images.shape[1], images.shape[-1]

    def __getitem__(self, i: int) -> tuple[torch.Tensor, torch.Tensor]:
        chosen = self.order[i].to(self.labels.device)
        return to_float(self.images[chosen]), self.labels[chosen]


def order_of(run: Run, n: int) -> Order:
    """The Order of a run's batches over n items."""
    return Order(n, run.cfg.batch, seed=run.cfg.seed, rank=run.rank, world=run.world)


def training_batches(run: Run) -> Batches:
    """Batches of the training split of the run's data set, in memory on its device."""
    images, labels = load_images(run.cfg.data or run.dataset.hub, "train", run.cfg.limit)
    return Batches(images, labels, run.cfg.batch, seed=run.cfg.seed, rank=run.rank, world=run.world, device=run.device)
