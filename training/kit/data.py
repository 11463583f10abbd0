"""Shuffled batches by number, so that a resumed run meets the data it would have met."""

import torch

from models.errors import BadInput
from models.images import to_float
from training.kit.classes import LABELS
from training.kit.pictures import Pictures, held_out, load, only
from training.kit.run import Run
from training.kit.sources import has_split


class Order:
    """Which of `n` items make up which batch: `order[i]` is int64 [batch / world] on the CPU, always the same for the same i.

    Every epoch of n // batch batches is shuffled anew. With several processes each takes its share of every batch. Raises BadInput for
    a batch larger than n.
    """

    def __init__(self, n: int, batch: int, *, seed: int = 0, rank: int = 0, world: int = 1):
        if batch > n:
            raise BadInput(f"A batch of {batch} takes as many pictures, and there {'is 1' if n == 1 else f'are {n}'}; give a --batch of at "
                           f"most {n}.")
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


def training_batches(run: Run, *needs: str) -> Batches:
    """Batches of the training split of the run's data set, in memory on its device. `needs`: LABELS for a paper that reads labels
    (training/kit/pictures.py)."""
    return batches_of(run, load(run.cfg, run.dataset, "train", needs))


def batches_of(run: Run, pictures: Pictures) -> Batches:
    """Batches of these pictures, which the run is told that it trains on."""
    run.describe(pictures.data, pictures.digest, pictures.source)
    return Batches(pictures.images, pictures.labels, run.cfg.batch, seed=run.cfg.seed, rank=run.rank, world=run.world, device=run.device)


def training_and_test(run: Run, *needs: str) -> tuple[Pictures, Pictures]:
    """The training pictures and the test pictures: those of the test or validation split, or else every tenth one, set aside."""
    pictures = load(run.cfg, run.dataset, "train", needs)
    source = run.cfg.data or run.dataset.hub
    for split in ("test", "validation"):
        if has_split(source, split):
            test = load(run.cfg, pictures.data, split, needs)
            test = only(test, test.labels >= 0) if LABELS in needs else test      # --limit may leave classes out
            if len(test.images):
                return pictures, test
    check_enough(pictures, ", or a folder test/ beside train/")
    return held_out(pictures)


def check_enough(pictures: Pictures, otherwise: str = "") -> None:
    """Raises BadInput where there is no tenth picture that could be set aside."""
    if len(pictures.images) < 10:
        raise BadInput(f"Every tenth picture is set aside for the test, and there are only {len(pictures.images)}; give 10 or more"
                       f"{otherwise}.")
