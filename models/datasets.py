"""What each data set is called, holds and allows. The words on the page and the model cards come from here.

The data sets that weights ship for are listed below. A data set of one's own is told by the weights that were trained on it: their
config.json has an entry "data" (`Dataset.of`, `as_dict`).
"""

import re
from dataclasses import dataclass

from models.errors import BadInput

TABLES = (".parquet", ".parq", ".pq")      # how the names of Parquet files end, in which all of DATASETS come
MOST_CLASSES = 1_000
MOST_NAME = 80       # characters of a title, a licence or the name of a class


@dataclass(frozen=True)
class Dataset:
    key: str                   # the last part of a weight's name: "dcgan-mnist"
    title: str
    hub: str                   # data set id on the Hugging Face Hub; empty: not there, training needs --data
    classes: tuple[str, ...]   # index = label; empty: no labels
    size: int                  # pixels a side
    channels: int
    licence: str
    instrument: str            # weights in whose feature space generated images are measured
    floor: str                 # what the floor and ceiling of these measurements compare

    @property
    def own(self) -> bool:
        """Whether it is somebody's own, and none of those below."""
        return self.key not in DATASETS

    @classmethod
    def of(cls, key: str, told: dict | None) -> "Dataset":
        """The data set called `key`: one of those below, or one's own as `told` (`as_dict`). Raises BadInput."""
        if key in DATASETS:
            return DATASETS[key]
        if not isinstance(told, dict) or not re.fullmatch(KEY, key):
            raise BadInput("There is no data set called {key}; there are {known}.", key=f"{key!r:.40}", known=", ".join(DATASETS))
        texts, classes, size, channels = [told.get(name, "") for name in ("title", "licence", "hub")], *map(told.get, OWN)
        if not (all(isinstance(text, str) for text in texts) and isinstance(classes, list) and len(classes) <= MOST_CLASSES
                and all(isinstance(name, str) for name in classes) and type(size) is type(channels) is int):
            raise BadInput("The data set {key} needs a title, a licence, a list of classes, a size and channels.", key=key)
        title, licence, hub = map(plain_name, texts)
        return cls(key, title or key, hub, tuple(map(plain_name, classes)), size, channels, licence or "licence not stated", "",
                   TRAINING_AGAINST_TEST)

    def as_dict(self) -> dict:
        """What config.json keeps of one's own data set."""
        return {"title": self.title, "licence": self.licence, "hub": self.hub, "classes": list(self.classes), "size": self.size,
                "channels": self.channels}


def plain_name(text: str) -> str:
    """A title, a licence or the name of a class as page and cards can print it: one short line without marks of HTML or Markdown."""
    text = "".join(c if c.isprintable() and c not in "<>&\"`|*[]{}\\" else " " for c in text.encode("utf-8", "replace").decode())
    return " ".join(text.split())[:MOST_NAME].strip()


KEY = r"[a-z0-9][a-z0-9_]{0,39}"      # the last part of a weight's name
OWN = ("classes", "size", "channels")

FLOWERS = (   # the classes of Oxford-102, in the order of its labels
    "pink primrose", "hard-leaved pocket orchid", "canterbury bells", "sweet pea", "english marigold", "tiger lily", "moon orchid",
    "bird of paradise", "monkshood", "globe thistle", "snapdragon", "colt's foot", "king protea", "spear thistle", "yellow iris",
    "globe-flower", "purple coneflower", "peruvian lily", "balloon flower", "giant white arum lily", "fire lily", "pincushion flower",
    "fritillary", "red ginger", "grape hyacinth", "corn poppy", "prince of wales feathers", "stemless gentian", "artichoke",
    "sweet william", "carnation", "garden phlox", "love in the mist", "mexican aster", "alpine sea holly", "ruby-lipped cattleya",
    "cape flower", "great masterwort", "siam tulip", "lenten rose", "barbeton daisy", "daffodil", "sword lily", "poinsettia",
    "bolero deep blue", "wallflower", "marigold", "buttercup", "oxeye daisy", "common dandelion", "petunia", "wild pansy", "primula",
    "sunflower", "pelargonium", "bishop of llandaff", "gaura", "geranium", "orange dahlia", "pink-yellow dahlia", "cautleya spicata",
    "japanese anemone", "black-eyed susan", "silverbush", "californian poppy", "osteospermum", "spring crocus", "bearded iris",
    "windflower", "tree poppy", "gazania", "azalea", "water lily", "rose", "thorn apple", "morning glory", "passion flower",
    "lotus lotus", "toad lily", "anthurium", "frangipani", "clematis", "hibiscus", "columbine", "desert-rose", "tree mallow", "magnolia",
    "cyclamen", "watercress", "canna lily", "hippeastrum", "bee balm", "ball moss", "foxglove", "bougainvillea", "camellia", "mallow",
    "mexican petunia", "bromelia", "blanket flower", "trumpet creeper", "blackberry lily",
)

TRAINING_AGAINST_TEST = "training pictures against test pictures"
DATASETS = {d.key: d for d in (
    Dataset(
        key="mnist", title="MNIST", hub="ylecun/mnist",
        classes=tuple("0123456789"), size=28, channels=1,
        licence="CC BY-SA 3.0 (as commonly cited)", instrument="classifier-mnist", floor=TRAINING_AGAINST_TEST,
    ),
    Dataset(
        key="fashion", title="Fashion-MNIST", hub="zalando-datasets/fashion_mnist",
        classes=("T-shirt", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"),
        size=28, channels=1, licence="MIT", instrument="classifier-fashion", floor=TRAINING_AGAINST_TEST,
    ),
    Dataset(
        key="flowers", title="Oxford-102 Flowers", hub="",
        classes=FLOWERS, size=256, channels=3,
        licence="photos without a stated licence, for non-commercial research; captions for research; split by class of our own",
        instrument="text-flowers", floor="photographs against other photographs",
    ),
    Dataset(
        key="celeba", title="CelebA, 10,000 faces", hub="",
        classes=(), size=64, channels=3,
        licence="photos of real people, for non-commercial research only", instrument="attributes-celeba",
        floor="photographs against other photographs",
    ),
    Dataset(
        key="photos", title="291 photographs (BSDS200 and T91), measured on Set5", hub="",
        classes=(), size=256, channels=3,
        licence="photos for research", instrument="", floor="bicubic enlargement",
    ),
    Dataset(
        key="facades", title="CMP Facades", hub="",
        classes=(), size=256, channels=3,
        licence="photos and label maps without a stated licence, for research", instrument="", floor=TRAINING_AGAINST_TEST,
    ),
)}
