"""Cards: what a model is, without its weights: its paper, its controls and their ranges, its training and measured figures."""

from dataclasses import dataclass, field

from models.controls import Control
from models.datasets import Dataset
from models.errors import BadInput, shown
from models.figures import Figure
from models.training_record import UNKNOWN, TrainingRecord

NAME = r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}"       # of weights: it becomes part of file names, and is no path


@dataclass(frozen=True)
class Paper:
    name: str        # short, as the field calls it: "InfoGAN"
    title: str
    authors: str
    year: int
    link: str
    idea: str        # one sentence
    objective: str   # the formula, in LaTeX
    differs: str = ""   # what our code does otherwise, and why


@dataclass(frozen=True)
class Card:
    name: str                       # "infogan-mnist": the folder's name
    model: str                      # "infogan": the module models/infogan.py
    dataset: Dataset
    paper: Paper
    image_size: tuple[int, int, int]   # height, width, channels
    controls: tuple[Control, ...]
    licence: str
    training: TrainingRecord = UNKNOWN             # how they were made
    metrics: dict = field(default_factory=dict)    # what training.evaluate measured; empty before
    figures: tuple[Figure, ...] = ()               # which of them page, card and README print, and how
    sha256: str = ""                # of model.safetensors
    files: dict = field(default_factory=dict)      # sha256 of what else is read from the weights folder, by relative path

    def control(self, name: str) -> Control:
        for control in self.controls:
            if control.name == name:
                return control
        if not self.controls:
            raise BadInput("{name} has no control called {control}: a seed is all it takes.", name=self.name, control=shown(name))
        raise BadInput("{name} has no control called {control}; its controls are {known}.", name=self.name, control=shown(name),
                       known=", ".join(control.name for control in self.controls))
