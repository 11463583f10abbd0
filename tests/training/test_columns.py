"""Which column of a Parquet file is which: names in capitals and small letters, and columns that are named where there are none."""

import base64

import pytest

from tests.training.own_pictures import encoded, folder_of, read, refused, table
from training.kit.pictures import CAPTIONS, LABELS

CELLS = encoded(1, 100, 200)
SENTENCES = ["a rose", "a lily", "an iris"]


def test_sentences_are_found_in_columns_of_any_case_and_are_no_classes(tmp_path):
    table(tmp_path, Image=CELLS, Caption=SENTENCES)
    assert read(tmp_path, CAPTIONS).captions == [[one] for one in SENTENCES]
    assert "no label" in refused(tmp_path, LABELS)


@pytest.mark.parametrize("columns", [
    {"image": CELLS, "Label": ["a", "b", "b"], "note": SENTENCES}, {"IMAGE": CELLS, "photo_of_it": CELLS[::-1], "LABEL": ["a", "b", "b"]},
    {"sample": [{"Image": cell, "Label": label, "note": "x"} for cell, label in zip(CELLS, "abb", strict=True)]},
], ids=["label", "picture", "struct"])
def test_pictures_and_labels_are_found_in_columns_of_any_case(tmp_path, columns):
    found = read(table(tmp_path, **columns), LABELS)
    assert found.labels.tolist() == [0, 1, 1] and found.images.float().mean((1, 2, 3)).tolist() == [1, 100, 200]


def test_names_of_labels_belong_to_a_column_of_any_case(tmp_path):
    features = {"info": {"features": {"Fine": {"names": ["oak", "elm"], "_type": "ClassLabel"}}}}
    assert read(table(tmp_path, metadata=features, image=CELLS, Fine=[0, 1, 1], note=SENTENCES), LABELS).data.classes == ("elm", "oak")


def test_a_text_in_base64_is_found_in_a_column_of_any_case(tmp_path):
    texts = [base64.b64encode(cell["bytes"]).decode() for cell in CELLS]
    assert len(read(table(tmp_path, Image=texts, Label=[0, 1, 1]), LABELS).images) == 3


def test_folders_of_a_partition_are_labels_in_any_case(tmp_path):
    for name in ("cat", "dog"):
        table(tmp_path, f"Label={name}/part-0.parquet", image=CELLS)
    assert read(tmp_path, LABELS).data.classes == ("cat", "dog")


@pytest.mark.parametrize("setting", ["image_column", "label_column", "caption_column"])
def test_a_folder_of_image_files_has_no_column_to_name(tmp_path, setting):
    folder_of(tmp_path, ["cats/a.png", "dogs/b.png"])
    assert "has no column nonsense" in refused(tmp_path, LABELS, **{setting: "nonsense"})
    assert "has no column nonsense" in refused(tmp_path, LABELS, size=16, skip_bad=True, **{setting: "nonsense"})
