"""What each data set is called, holds and allows. The words on the page and the model cards come from here."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Dataset:
    key: str                   # the last part of a weight's name: "dcgan-mnist"
    title: str
    hub: str                   # data set id on the Hugging Face Hub
    classes: tuple[str, ...]   # index = label
    size: int                  # pixels a side
    channels: int
    licence: str


DATASETS = {d.key: d for d in (
    Dataset(
        key="mnist", title="MNIST", hub="ylecun/mnist",
        classes=tuple("0123456789"), size=28, channels=1,
        licence="CC BY-SA 3.0 (as commonly cited)",
    ),
    Dataset(
        key="fashion", title="Fashion-MNIST", hub="zalando-datasets/fashion_mnist",
        classes=("T-shirt", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"),
        size=28, channels=1, licence="MIT",
    ),
)}
