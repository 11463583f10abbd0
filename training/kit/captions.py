"""Images with captions: of Oxford-102, or one's own."""

from dataclasses import dataclass, field

import torch

from models.datasets import FLOWERS, Dataset
from models.errors import BadInput
from training.kit.flower_names import names_of
from training.kit.pictures import CAPTIONS, Pictures, load
from training.kit.run import Run
from training.kit.settings import RunSettings


@dataclass(frozen=True)
class Captioned:
    images: torch.Tensor          # uint8 [N, 3, size, size]
    labels: torch.Tensor          # int64 [N], the class of each image
    captions: list[list[str]]     # the sentences of each image, at least one
    names: dict[int, tuple[str, ...]] = field(default_factory=dict)     # of classes that have any, by label
    flowers: bool = False         # whether the classes are Oxford-102's, so that a name may stand in sentences about flowers

    def flat(self) -> tuple[list[str], torch.Tensor]:
        """All sentences in order, and the number of the image each belongs to, int64 [sentences]."""
        return flat(self.captions)


def flat(captions: list[list[str]]) -> tuple[list[str], torch.Tensor]:
    """The sentences of all images in order, and the number of the image each belongs to, int64 [sentences]."""
    return ([sentence for sentences in captions for sentence in sentences],
            torch.tensor([i for i, sentences in enumerate(captions) for _ in sentences]))


def captioned(cfg: RunSettings, data: Dataset, size: int, split: str = "train", batch: int = 1) -> tuple[Captioned, Pictures]:
    """The pictures of a split with their sentences, size x size, and the same as they were read. Where labels tell nothing, for there are
    none, or all are alike, or no two, each picture is a class of its own, so that every other picture's sentence is a wrong one. Raises
    BadInput for fewer than `batch`."""
    pictures = load(cfg, data, split, (CAPTIONS,), size)
    count, labels, labelled = len(pictures.images), pictures.labels, bool((pictures.labels >= 0).any())
    if batch > count:
        raise BadInput(f"A batch of {batch} is larger than the {count} pictures there are; give a --batch of at most {count}.")
    if labelled and (labels < 0).any():
        raise BadInput("Some of the pictures have a label and others have none; give all of them one, or none.")
    if pictures.data.own and len(labels.unique()) in (1, count):
        labelled = False
    if not labelled:
        labels = torch.arange(count)
    names = names_of(pictures.data, labels) if labelled else {}
    return Captioned(pictures.images, labels, pictures.captions, names, pictures.data.classes == FLOWERS), pictures


def captioned_for(run: Run, size: int) -> Captioned:
    """The training pictures of a run's data set with their sentences; the run is told that it trains on them."""
    found, pictures = captioned(run.cfg, run.dataset, size, batch=run.cfg.batch)
    run.describe(pictures.data, pictures.digest, pictures.source)
    return found


def crop_and_flip(images: torch.Tensor, size: int) -> torch.Tensor:
    """A random crop of size x size of each image, mirrored half of the time: [N, C, S, S] -> [N, C, size, size] of the same type."""
    room = images.shape[-1] - size + 1
    tops, lefts = torch.randint(room, (2, len(images))).tolist()
    cut = torch.stack([image[:, top:top + size, left:left + size]
                       for image, top, left in zip(images, tops, lefts, strict=True)])
    mirrored = (torch.rand(len(images), 1, 1, 1) < 0.5).to(cut.device)
    return torch.where(mirrored, cut.flip(3), cut)
