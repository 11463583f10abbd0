"""Pictures of one's own: every kind of file, label, column and sentence, and what cannot be used."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from models.datasets import DATASETS, Dataset, plain_name
from models.errors import BadInput
from tests.training.own_pictures import RED, encoded, folder_of, read, refused, table
from training.kit import sources
from training.kit.captions import captioned
from training.kit.pictures import CAPTIONS, LABELS, held_out, load, own_dataset
from training.kit.settings import ImageSettings, key_of

# --- files ----------------------------------------------------------------------------------------------------------------

def every_kind(root: Path) -> list[str]:
    """A reddish picture in each mode and shape; how many."""
    image = Image.fromarray(RED)
    turned = Image.Exif()
    turned[0x0112] = 6
    deep = Image.fromarray(np.full((30, 30), 51_400, np.uint16))
    kinds = {
        "palette.png": image.convert("P"), "bit.png": image.convert("1"), "alpha.png": image.convert("RGBA"),
        "grey.jpg": image.convert("L"), "la.png": image.convert("LA"), "cmyk.jpg": image.convert("CMYK"), "cmyk.tif": image.convert("CMYK"),
        "deep.png": deep, "deep.tiff": deep,
        "wide.webp": image.resize((300, 7)), "tiny.bmp": image.resize((1, 1)), "odd.JPEG": image.resize((33, 35)), "moving.gif": image,
        "huge.jpg": image.resize((5_000, 3_000)),
    }
    for name, kind in kinds.items():
        more = {"save_all": True, "append_images": [Image.new("RGB", image.size, "blue")]} if name == "moving.gif" else {}
        kind.save(root / name, **more)
    image.save(root / "turned.jpg", exif=turned)
    return [*kinds, "turned.jpg"]


@pytest.mark.parametrize("size", [16, 33, 64])
def test_every_mode_and_shape_becomes_a_square_of_one_size(tmp_path, size):
    names = every_kind(tmp_path)
    found = read(tmp_path, size=size)
    assert (found.images.shape, found.images.dtype) == ((len(names), 3, size, size), torch.uint8)
    by_name = dict(zip(sorted(names), found.images, strict=True))
    red, green = by_name["palette.png"][0].float().mean(), by_name["palette.png"][1].float().mean()
    assert red > 150 > 80 > green
    assert by_name["moving.gif"][2].float().mean() < 80, "the first frame counts, and the second is blue"
    assert abs(by_name["deep.png"].float().mean() - 200) < 2


@pytest.mark.parametrize(("colour", "channels"), [("auto", 3), ("grey", 1), ("rgb", 3)])
def test_colour_goes_by_the_majority_or_by_the_flag(tmp_path, colour, channels):
    folder_of(tmp_path, ["a.png", "b.png"])
    folder_of(tmp_path, ["c.png"], np.full((40, 60, 3), 90, np.uint8))
    assert read(tmp_path, colour=colour).images.shape[1] == channels
    folder_of(tmp_path, ["d.png", "e.png", "f.jpg"], np.full((40, 60, 3), 90, np.uint8))      # grey, though stored as RGB
    assert read(tmp_path, colour="auto").images.shape[1] == 1


def test_pictures_of_one_size_keep_it_and_others_become_64(tmp_path):
    folder_of(tmp_path, ["a.png"], np.zeros((48, 48, 3), np.uint8))
    assert read(tmp_path).data.size == 48
    folder_of(tmp_path, ["b.png"], np.zeros((48, 50, 3), np.uint8))
    assert read(tmp_path).data.size == 64


def test_what_is_no_picture_is_passed_over_and_what_cannot_be_read_is_named(tmp_path, capsys):
    folder_of(tmp_path, ["a.png", "b.jpg", ".hidden/c.png", "__MACOSX/d.png"])
    (tmp_path / "Thumbs.db").write_bytes(b"1")
    (tmp_path / "notes.txt").write_text("none")
    assert len(read(tmp_path).images) == 2
    (tmp_path / "broken.png").write_bytes((tmp_path / "a.png").read_bytes()[:60])
    (tmp_path / "page.png").write_text("<html>")
    assert "broken.png" in (said := refused(tmp_path)) and "--skip-bad" in said
    assert len(read(tmp_path, skip_bad=True).images) == 2
    assert "2 pictures" in (said := capsys.readouterr().out) and "broken.png" in said and "page.png" in said


@pytest.mark.parametrize("names", [[], ["notes.txt"], ["bad.png"]])
def test_a_folder_without_pictures_is_one_sentence(tmp_path, names):
    for name in names:
        (tmp_path / name).write_text("nothing")
    refused(tmp_path)
    refused(tmp_path, skip_bad=True)


def test_where_all_are_left_out_the_first_reason_is_told(tmp_path):
    folder_of(tmp_path, ["a.png", "b.png"])
    assert (said := refused(tmp_path, LABELS, skip_bad=True)).startswith("None of the pictures in ") and "a.png has no label" in said


def test_a_file_a_pipe_and_nothing_are_refused(tmp_path):
    assert "is a file" in refused(folder_of(tmp_path, ["a.png"]) / "a.png")
    refused(tmp_path / "missing")


# --- labels ---------------------------------------------------------------------------------------------------------------

def test_subfolders_are_classes_in_the_order_of_their_names(tmp_path):
    found = read(folder_of(tmp_path, ["cat 10/a.png", "cat 2/b.png", "Äpfel/deep/c.png", "cat 2/d.jpg"]), LABELS)
    assert found.data.classes == ("cat 2", "cat 10", "Äpfel")
    assert sorted(found.labels.tolist()) == [0, 0, 1, 2]


def test_labels_are_asked_for_only_where_they_are_needed(tmp_path):
    folder_of(tmp_path, ["a.png", "b.png"])
    assert read(tmp_path).data.classes == () and read(tmp_path).labels.tolist() == [-1, -1]
    assert "no label" in refused(tmp_path, LABELS)
    folder_of(tmp_path, ["cats/c.png"])
    assert "no label" in refused(tmp_path, LABELS)
    assert "one class" in refused(tmp_path, LABELS, skip_bad=True)


def test_train_and_test_folders_are_splits(tmp_path):
    folder_of(tmp_path, ["train/cats/a.png", "train/dogs/b.png", "test/dogs/c.png"])
    train, test = read(tmp_path, LABELS), read(tmp_path, split="test")
    assert (len(train.images), train.data.classes, len(test.images)) == (2, ("cats", "dogs"), 1)
    again = load(ImageSettings(data=str(tmp_path)), train.data, "test", (LABELS,))
    assert again.labels.tolist() == [1], "numbered as in training, though the test split has one class only"


@pytest.mark.parametrize(("labels", "classes", "numbers"), [
    ([5, 9, 5], ("5", "9"), [0, 1, 0]), ([-1, 100, 7], ("-1", "7", "100"), [0, 2, 1]), (["b", "a", "b"], ("a", "b"), [1, 0, 1]),
    ([True, False, True], ("False", "True"), [1, 0, 1]),
])
def test_labels_of_any_kind_are_numbered_from_zero(tmp_path, labels, classes, numbers):
    found = read(table(tmp_path, img=encoded(1, 2, 3), kind=labels), LABELS)
    assert (found.data.classes, found.labels.tolist()) == (classes, numbers)


@pytest.mark.parametrize("name", ["id", "Image_ID", "file_name", "width", "__index_level_0__"])
def test_what_tells_rows_is_no_label(tmp_path, name):
    rows = {"img": encoded(1, 2), name: [4, 5]}
    assert "no label" in refused(table(tmp_path, **rows), LABELS)
    assert read(table(tmp_path, **rows), LABELS, label_column=name).data.classes == ("4", "5")
    assert read(table(tmp_path, kind=["a", "b"], **rows), LABELS).data.classes == ("a", "b"), "the other column is the only one"


def test_named_labels_keep_their_names(tmp_path):
    features = {"info": {"features": {"fine": {"names": ["oak", "elm", "ash"], "_type": "ClassLabel"}}}}
    found = read(table(tmp_path, metadata=features, image=encoded(1, 2), fine=[2, 0], weight=[3, 4]), LABELS)
    assert (found.data.classes, found.labels.tolist()) == (("ash", "oak"), [0, 1])


def test_a_known_data_set_keeps_its_numbering_and_refuses_other_labels(tmp_path):
    table(tmp_path, image=encoded(1, 2), label=[7, 9])
    settings = ImageSettings(data=str(tmp_path))
    assert load(settings, DATASETS["fashion"], "train", (LABELS,)).labels.tolist() == [7, 9]
    features = {"info": {"features": {"label": {"names": ["T - shirt / top"], "_type": "ClassLabel"}}}}     # as on the Hub
    table(tmp_path, metadata=features, image=encoded(1, 2), label=[0, 10])
    with pytest.raises(BadInput, match=r"row 2 of data\.parquet has the label 10"):
        load(settings, DATASETS["fashion"], "train", (LABELS,))
    assert load(settings, DATASETS["fashion"]).labels.tolist() == [0, -1], "by number, though the file has another name for 0"


# --- Parquet --------------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("name", ["train-00000-of-00001-9f3ab2.parquet", "data/train.parquet", "train/0000.parquet", "x.parquet",
                                  "mnist/training-0.parquet", "plain_text/train/0000.parquet"])
def test_any_name_of_a_file(tmp_path, name):
    assert len(read(table(tmp_path, name, image=encoded(1, 2), label=[0, 1])).images) == 2


@pytest.mark.parametrize("image", [encoded(1, 2), [cell["bytes"] for cell in encoded(1, 2)]], ids=["struct", "bytes"])
@pytest.mark.parametrize("column", ["image", "img", "whatever"])
def test_any_name_and_form_of_the_picture_column(tmp_path, column, image):
    assert read(table(tmp_path, **{column: image, "label": ["a", "b"]}), LABELS).data.classes == ("a", "b")


def test_columns_can_be_named(tmp_path):
    table(tmp_path, before=encoded(1, 2), after=encoded(200, 250), season=["w", "s"], kind=["a", "a"])
    assert "--image-column" in refused(tmp_path)
    found = read(tmp_path, LABELS, image_column="after", label_column="season")
    assert found.images.float().mean() > 200 and found.data.classes == ("s", "w")
    assert "no column nothing" in refused(tmp_path, image_column="nothing")


def test_a_bad_row_is_named(tmp_path):
    table(tmp_path, image=[*encoded(1), {"bytes": b"no", "path": None}, *encoded(3)], label=[0, 1, 2])
    assert "row 2 of data.parquet" in refused(tmp_path)
    assert read(tmp_path, LABELS, skip_bad=True).data.classes == ("0", "2")


def test_several_data_sets_in_one_folder_are_not_mixed(tmp_path):
    table(tmp_path, "small/train.parquet", image=encoded(1))
    table(tmp_path, "large/train.parquet", image=encoded(2))
    assert "several data sets (large, small)" in refused(tmp_path)
    assert len(read(tmp_path / "small").images) == 1
    table(tmp_path, "train/a.parquet", image=encoded(1))
    table(tmp_path, "train/more/b.parquet", image=encoded(2))
    assert "several data sets (., more)" in refused(tmp_path / "train")


# --- sentences ------------------------------------------------------------------------------------------------------------

def test_sentences_stand_in_text_files_or_in_a_column(tmp_path):
    files = folder_of(tmp_path / "files", ["a.png", "b.png"])
    (files / "a.txt").write_text("a red  square\n\nanother one\n")
    assert "b.png has no sentence" in refused(files, CAPTIONS) and "is not read" not in refused(files, CAPTIONS)
    (files / "metadata.jsonl").write_text('{"file_name": "b.png", "text": "a blue square"}\n')
    assert "(metadata.jsonl is not read)" in refused(files, CAPTIONS)
    assert read(files, CAPTIONS, skip_bad=True).captions == [["a red square", "another one"]]
    for sentence, says in (("\u7ea2\u8272", "the text encoders read English"), ("x" * 5_000, "a sentence of 5,000 letters")):
        (files / "b.txt").write_text(sentence)
        assert says in refused(files, CAPTIONS) and "b.png" in refused(files, CAPTIONS)
        assert len(read(files).images) == 2                     # a paper without sentences does not mind
    for column, cells, found in (("caption", ["one", "two"], [["one"], ["two"]]), ("text", [["a", "b"], ["c"]], [["a", "b"], ["c"]])):
        assert read(table(tmp_path / column, image=encoded(1, 2), **{column: cells}), CAPTIONS).captions == found


def test_without_labels_every_picture_is_a_class_of_its_own(tmp_path):
    table(tmp_path, image=encoded(1, 2), caption=["one", "two"])
    data, _ = captioned(ImageSettings(data=str(tmp_path)), own_dataset("mine"), 16)
    assert data.labels.tolist() == [0, 1] and data.names == {}
    table(tmp_path, image=encoded(1, 2, 3), caption=["one", "two", "three"], label=["fox", "hen", "fox"])
    data, _ = captioned(ImageSettings(data=str(tmp_path)), own_dataset("mine"), 16)
    assert data.labels.tolist() == [0, 1, 0] and data.names == {0: ("fox",), 1: ("hen",)}


# --- what it is called ----------------------------------------------------------------------------------------------------

def test_image_files_beside_parquet_files_are_counted(tmp_path, capsys):
    folder_of(table(tmp_path, image=encoded(1, 2)), ["preview.png", "more/b.png"])
    assert len(read(tmp_path).images) == 2
    assert "Left out 2 image files beside the Parquet files, b.png first." in capsys.readouterr().out


def test_image_files_beside_the_folders_of_the_splits_are_counted(tmp_path, capsys):
    folder_of(tmp_path, ["train/a/1.png", "test/a/2.png"])
    assert len(read(tmp_path).images) == 1 and "Left out" not in capsys.readouterr().out
    folder_of(tmp_path, ["extra/3.png", "train/a/4.png", "train/b/5.png"])
    assert len(read(tmp_path).images) == 3
    assert "Left out 1 image file beside the folders train, test and validation, 3.png first." in capsys.readouterr().out


@pytest.mark.parametrize(("source", "key"), [("My Cats", "my_cats"), ("user/some-data.v2", "some_data_v2"), ("äöü", "own"), ("..", None)])
def test_the_key_follows_the_folder(tmp_path, monkeypatch, source, key):
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    assert key_of(source) == (key or key_of(str(tmp_path)))


def test_a_data_set_of_ones_own_survives_config_json():
    data = Dataset("cats", "Cats", "", ("tabby", "black"), 64, 3, "CC0", "", "training pictures against test pictures")
    assert Dataset.of("cats", json.loads(json.dumps(data.as_dict()))) == data
    assert data.own and not DATASETS["mnist"].own and Dataset.of("mnist", {"title": "x"}) is DATASETS["mnist"]
    good = data.as_dict()
    for told in (None, [], {"title": 3}, good | {"classes": "ab"}, good | {"size": "64"}, good | {"classes": [1]}):
        with pytest.raises(BadInput):
            Dataset.of("cats", told)
    assert plain_name("<script>\n`x`|*" + "a" * 200).startswith("script x aaa") and len(plain_name("a" * 200)) == 80


def test_every_tenth_is_held_out_and_the_digest_tells_pictures_apart(tmp_path):
    found = read(folder_of(tmp_path, [f"{c}/{i}.png" for c in "ab" for i in range(10)]), LABELS)
    train, test = held_out(found)
    assert (len(train.images), len(test.images)) == (18, 2)
    assert found.digest == replace(found).digest != train.digest
    assert replace(found, labels=found.labels.flip(0)).digest != found.digest
    one, other = ([["a cat", "a dog"], *([[]] * 19)], [["a cat"], ["a dog"], *([[]] * 18)])       # a sentence of another picture
    assert len({replace(found, captions=told).digest for told in (found.captions, one, other)}) == 3


@pytest.mark.parametrize(("first", "then"), [
    ({"data/train-00000-of-00001-9f.parquet"}, ()), ({"README.md"}, ({"x/part.0.parquet"},)), ((), ((), {"default/train/0000.parquet"})),
], ids=["named after the split", "named otherwise", "converted by the Hub"])
def test_data_sets_on_the_hub_of_any_layout(tmp_path, monkeypatch, first, then):
    answers = iter([first, *then])

    def download(source, **asked):
        found = next(answers)
        assert source == "user/cats" and (("revision" in asked) == (found == {"default/train/0000.parquet"}))
        for name in found:
            table(tmp_path, name, img=encoded(1, 2), kind=["a", "b"])
        return str(tmp_path)

    monkeypatch.setattr("training.kit.sources.snapshot_download", download)
    sources._fetched.cache_clear()
    found = load(ImageSettings(data="user/cats"), own_dataset("cats"), "train", (LABELS,))
    assert (len(found.images), found.data.hub, found.data.classes) == (2, "user/cats", ("a", "b"))
