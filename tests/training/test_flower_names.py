"""Names of the flowers in training texts: none of classes that training must not know, and grammar that people would write."""

import random
import re

import pytest
import torch
from PIL import Image

from models.datasets import DATASETS, FLOWERS
from training.kit import flower_names, text_pool
from training.kit.captions import Captioned, captioned
from training.kit.settings import RunSettings
from training.prepare_flowers import KEPT, VALIDATION

SEEN = [label for label in range(len(FLOWERS)) if label not in VALIDATION | KEPT]


def test_every_training_class_has_a_name_and_no_other():
    assert len(SEEN) == 82 and set(flower_names.EVERYDAY) <= set(SEEN)
    unseen = {FLOWERS[label] for label in VALIDATION | KEPT}
    for label in SEEN:
        names = flower_names.forms(label)
        assert names and len(set(names)) == len(names) and not set(names) & unseen
    for label in VALIDATION | KEPT:
        with pytest.raises(ValueError, match="is not a training class"):
            flower_names.forms(label)


@pytest.mark.parametrize(("name", "many"), [("rose", "roses"), ("lily", "lilies"), ("iris", "irises"), ("daisy", "daisies"),
                                            ("canterbury bells", "canterbury bells"), ("common dandelion", "common dandelions")])
def test_plurals(name, many):
    assert flower_names.plural(name) == many


def test_templates_and_captions_take_names():
    assert flower_names.fill("a photo of {a name}", "azalea") == "a photo of an azalea"
    assert flower_names.fill("a {name}, many {names}", "rose") == "a rose, many roses"
    chance = random.Random(0)
    assert flower_names.with_name("this flower has red petals", flower_names.forms(53), chance) == "this sunflower has red petals"
    assert flower_names.with_name("many flowers in a row", flower_names.forms(53), chance) == "many sunflowers in a row"
    assert flower_names.with_name("red petals", flower_names.forms(53), chance) == "a sunflower, red petals"


def test_the_pool_draws_texts_of_the_image_and_its_class():
    data = Captioned(torch.zeros(4, 1), torch.tensor([53, 73, 53, 73]), [[f"flower {i}", f"petals {i}"] for i in range(4)],
                     flower_names.names_of(DATASETS["flowers"], torch.tensor([53, 73])), flowers=True)
    pool = text_pool.build(data, ["gamma", "delta"])
    again = text_pool.build(data, ["gamma", "delta"])
    assert pool.texts == again.texts and torch.equal(pool.pairs, again.pairs)
    images = torch.arange(4).repeat(50)
    torch.manual_seed(0)
    captions = pool.draw(images, data.labels[images], (0.0, 0.0, 0.0)).tolist()
    assert {pool.texts[n] for n, i in zip(captions, images.tolist(), strict=True) if i == 2} == {"flower 2", "petals 2"}
    bare = pool.draw(images, data.labels[images], (0.0, 0.0, 1.0)).tolist()
    assert all(n in pool.bare[int(data.labels[i])] for n, i in zip(bare, images.tolist(), strict=True))
    assert {pool.texts[a] for a, b in pool.pairs.tolist() if a == b} and (pool.pairs < len(pool.texts)).all()


def test_names_of_ones_own_classes_stand_in_sentences_about_anything():
    data = Captioned(torch.zeros(2, 1), torch.tensor([0, 1]), [["A dog on grass"], ["something asleep"]], {0: ("dog",), 1: ("cat",)})
    pool = text_pool.build(data, ["gamma", "delta"])
    assert not [pool.texts[n] for own in pool.bare.values() for n in own if re.search("flower|bloom|garden|bunch", pool.texts[n])]
    assert [{pool.texts[n] for n in own} for own in pool.named] == [{"A dog on grass"}, {"a cat, something asleep"}]


def test_pictures_without_labels_are_no_primroses(tmp_path):
    """A flat folder: each picture counts as a class of its own, and none of these has a name."""
    for i in range(3):
        Image.new("RGB", (20, 20), (80 * i, 9, 9)).save(tmp_path / f"{i}.png")
        (tmp_path / f"{i}.txt").write_text("a red flower")
    found, _ = captioned(RunSettings(name="gan_cls-flowers", data=str(tmp_path)), DATASETS["flowers"], 16)
    assert found.labels.tolist() == [0, 1, 2] and not found.names
