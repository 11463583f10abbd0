"""What one's own pictures and their classes are called: dataset.json, its slips, and classes that a split lacks."""

import json
from types import SimpleNamespace

import pytest
from conftest import is_one_sentence

from models.datasets import Dataset
from models.errors import BadInput
from tests.training.own_pictures import folder_of, read, refused
from training.kit.classes import LABELS
from training.kit.data import training_and_test
from training.kit.pictures import load, own_dataset
from training.kit.settings import ImageSettings


def test_dataset_json_and_settings_describe_the_data(tmp_path):
    folder_of(tmp_path, ["0/a.png", "1/b.png"])
    assert (read(tmp_path).data.title, read(tmp_path).data.licence) == ("mine", "licence not stated")
    told = {"title": "My <b>cats</b>", "licence": "CC0", "classes": {"0": "tabby", "1": "black"}}
    (tmp_path / "dataset.json").write_text(json.dumps(told))
    found = read(tmp_path).data
    assert (found.title, found.licence, found.classes) == ("My b cats /b", "CC0", ("tabby", "black"))
    assert read(tmp_path, dataset_title="Cats of the yard", dataset_licence="mine").data.title == "Cats of the yard"
    (tmp_path / "dataset.json").write_text(json.dumps({"classes": ["one"]}))
    assert "names 1 classes" in refused(tmp_path)
    for broken in ("[1]", "{", '{"title": 3}', '{"classes": 5}'):
        (tmp_path / "dataset.json").write_text(broken)
        refused(tmp_path)


def test_a_list_of_names_is_of_the_training_pictures_classes(tmp_path):
    """A test split may lack a class."""
    folder_of(tmp_path, ["train/a/1.png", "train/b/1.png", "train/c/1.png", "test/b/1.png", "test/c/1.png"])
    (tmp_path / "dataset.json").write_text(json.dumps({"classes": ["ant", "bee", "cat"]}))
    trained = read(tmp_path, LABELS)
    tested = load(ImageSettings(data=str(tmp_path)), trained.data, "test", (LABELS,))
    assert trained.data.classes == ("ant", "bee", "cat") and tested.labels.tolist() == [1, 2]


@pytest.mark.parametrize(("told", "says"), [
    ({"titel": "Pets"}, "did you mean title?"), ({"class": ["ant", "bee"]}, "did you mean classes?"),
    ({"classes": {"0": "tabby"}}, "names the class '0', of which there is no picture; there are ant, bee."),
    ({"classes": {"ant": None}}, "takes a title"), ({"classes": [1, 2]}, "takes a title"),
])
def test_slips_in_dataset_json_are_told(tmp_path, told, says):
    folder_of(tmp_path, ["ant/a.png", "bee/b.png"])
    (tmp_path / "dataset.json").write_text(json.dumps(told))
    assert says in refused(tmp_path, LABELS)


def test_the_other_spelling_and_entries_of_other_tools_are_no_slips(tmp_path):
    folder_of(tmp_path, ["ant/a.png", "bee/b.png"])
    (tmp_path / "dataset.json").write_text(json.dumps({"license": "CC0", "labels": [["ant/a.png", 0]]}))
    assert read(tmp_path, LABELS).data.licence == "CC0"


def test_the_first_pictures_are_called_as_all_are(tmp_path):
    folder_of(tmp_path, ["a/1.png", "b/2.png", "c/3.png"])
    (tmp_path / "dataset.json").write_text(json.dumps({"classes": ["ant", "bee", "cat"]}))
    assert read(tmp_path, limit=2).data.classes == ("ant", "bee")


def test_classes_that_differ_by_case_keep_their_labels_in_the_other_split(tmp_path):
    folder_of(tmp_path, ["train/Cat/a.png", "train/cat/b.png", "train/dog/c.png", "test/cat/d.png", "test/dog/e.png"])
    if len(list((tmp_path / "train").iterdir())) == 2:
        pytest.skip("to this file system Cat and cat are one folder")
    data = read(tmp_path, LABELS).data
    assert data.classes == ("Cat 0", "cat 1", "dog 2")
    assert load(ImageSettings(data=str(tmp_path)), data, "test", (LABELS,)).labels.tolist() == [1, 2]
    folder_of(tmp_path, ["test/zebra/f.png"])
    with pytest.raises(BadInput, match="of the class 'zebra', which the training pictures lack") as caught:
        load(ImageSettings(data=str(tmp_path)), data, "test", (LABELS,))
    assert is_one_sentence(str(caught.value))


def test_long_names_that_begin_alike_stay_apart_where_weights_are_loaded(tmp_path):
    folder_of(tmp_path, [f"{'a' * 100}-{kind}/{i}.png" for i, kind in enumerate("xy")])
    data = read(tmp_path, LABELS).data
    assert len({*data.classes}) == 2 and Dataset.of(data.key, data.as_dict()).classes == data.classes


def test_a_dataset_json_in_the_folder_of_an_archive_is_found(tmp_path):
    folder_of(tmp_path, ["pets/a/1.png", "pets/b/2.png"])
    (tmp_path / "pets" / "dataset.json").write_text(json.dumps({"title": "Pets", "classes": {"a": "ant"}}))
    assert (read(tmp_path, LABELS).data.title, read(tmp_path, LABELS).data.classes) == ("Pets", ("ant", "b"))


def test_test_pictures_of_classes_beyond_the_limit_are_no_errors_of_the_classifier(tmp_path):
    folder_of(tmp_path, ["train/a/1.png", "train/b/2.png", "train/c/3.png", "test/a/4.png", "test/c/5.png"])
    cfg = ImageSettings(data=str(tmp_path), limit=2, out=str(tmp_path / "run"), size=16)
    run = SimpleNamespace(cfg=cfg, dataset=own_dataset("mine"))
    pictures, test = training_and_test(run, LABELS)
    assert (pictures.data.classes, test.labels.tolist()) == (("a", "b"), [0])
    (tmp_path / "test/a/4.png").unlink()
    (tmp_path / "test/b").mkdir()
    with pytest.raises(BadInput, match="only 2; give 10 or more"):      # every tenth is set aside, as without a test split
        training_and_test(run, LABELS)
