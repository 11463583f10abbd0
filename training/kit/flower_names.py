"""Names of the 82 training classes of Oxford-102, as people write them, and the sentences in which training uses them; plainer sentences
for the names of one's own classes.

Nothing here names one of the ten validation classes or the ten classes that are in neither split.
"""

import random
import re

import torch

from models.datasets import FLOWERS, Dataset
from models.text.captions import with_article
from training.prepare_flowers import KEPT, VALIDATION

EVERYDAY = {     # further names, by label; a word that is a name of several classes may stand with each of them
    0: ("primrose", "evening primrose"), 1: ("orchid", "slipper orchid"), 2: ("bellflower", "canterbury bell"), 4: ("calendula",),
    5: ("lily",), 6: ("orchid", "phalaenopsis"), 8: ("wolfsbane",), 9: ("thistle",), 11: ("coltsfoot",), 12: ("protea",), 13: ("thistle",),
    14: ("iris",), 15: ("globeflower",), 16: ("coneflower", "echinacea"), 19: ("arum lily", "calla lily"), 21: ("scabious",),
    23: ("ginger flower",), 24: ("muscari",), 26: ("celosia",), 27: ("gentian",), 28: ("artichoke flower",), 32: ("nigella",),
    34: ("sea holly",), 35: ("orchid", "cattleya"), 36: ("nerine",), 37: ("masterwort", "astrantia"), 38: ("tulip", "curcuma"),
    41: ("narcissus",), 42: ("gladiolus",), 47: ("ranunculus",), 49: ("dandelion",), 51: ("pansy", "viola"), 52: ("primrose",),
    55: ("dahlia",), 59: ("dahlia",), 61: ("anemone",), 64: ("california poppy", "poppy"), 65: ("daisy", "african daisy"),
    66: ("crocus",), 68: ("anemone",), 69: ("poppy",), 71: ("rhododendron",), 74: ("datura",), 76: ("passionflower",),
    77: ("lotus flower",),
    79: ("flamingo flower",), 80: ("plumeria",), 83: ("aquilegia",), 84: ("desert rose",), 85: ("lavatera",), 88: ("nasturtium",),
    89: ("canna",), 90: ("amaryllis",), 91: ("bergamot",), 92: ("air plant",), 97: ("ruellia",), 98: ("bromeliad",), 99: ("gaillardia",),
    100: ("trumpet vine",), 101: ("leopard lily",),
}
TEMPLATES = ("{name}", "{a name}", "{a name}", "the {name}", "this is {a name}", "a photo of {a name}", "a picture of {a name}",
             "a close-up of {a name}", "a single {name}", "one {name} in bloom", "{names}", "some {names}", "many {names} in a garden",
             "a {name} flower", "{name} flowers", "a bunch of {names}")
OF_ANYTHING = ("{name}", "{a name}", "{a name}", "the {name}", "this is {a name}", "a photo of {a name}", "a picture of {a name}",
               "a close-up of {a name}")


def forms(label: int) -> tuple[str, ...]:
    """The names of a training class, the data set's own first. Raises ValueError for a class that training must not know."""
    if label in VALIDATION | KEPT:
        raise ValueError(f"{FLOWERS[label]} is not a training class.")
    own = {"lotus lotus": "lotus"}.get(FLOWERS[label], FLOWERS[label])
    return tuple(dict.fromkeys((own, *EVERYDAY.get(label, ()))))


def names_of(data: Dataset, labels: torch.Tensor) -> dict[int, tuple[str, ...]]:
    """The names of the classes that occur among the labels, by label, in their order; none for classes that training must not know."""
    known = [label for label in labels.unique().tolist() if 0 <= label < len(data.classes)]
    if data.classes == FLOWERS:
        return {label: forms(label) for label in known if label not in VALIDATION | KEPT}
    return {label: (data.classes[label],) for label in known}


def fill(template: str, name: str) -> str:
    """"{a name}" becomes the name with its article, "{name}" the bare name, "{names}" its plural."""
    return template.replace("{a name}", with_article(name)).replace("{names}", plural(name)).replace("{name}", name)


def plural(name: str) -> str:
    """English plural; names that already are one, or that name many flowers at once, stay as they are."""
    if name.endswith(("bells", "feathers", "mist", "deep blue", "watercress", "moss", "celosia")):
        return name
    if name == "bishop of llandaff":
        return "bishops of llandaff"
    if name.endswith(("s", "x", "ch", "sh")):
        return f"{name}es"
    return f"{name[:-1]}ies" if name[-1] == "y" and name[-2:-1] not in "aeiou" else f"{name}s"


def with_name(caption: str, names: tuple[str, ...], chance: random.Random) -> str:
    """A caption in which the word "flower" has become one of the names; a caption without that word is preceded by the name."""
    name = chance.choice(names)
    renamed, n = re.subn(r"\bflowers?\b", lambda match: plural(name) if match.group().endswith("s") else name, caption, count=1)
    return renamed if n else f"{with_article(name)}, {caption}"
