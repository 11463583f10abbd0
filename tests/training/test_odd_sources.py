"""Pictures of one's own as strangers keep them: odd names, folders in folders, links, other kinds of file, any column of Parquet files."""

import base64
import os
import subprocess
import sys

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from conftest import ROOT
from PIL import Image

from models.errors import BadInput, one_line
from models.images import read_image
from tests.training.own_pictures import RED, encoded, folder_of, read, refused, table
from training.kit.cells import label_of
from training.kit.pictures import CAPTIONS, LABELS

CELLS = encoded(1, 100, 200)
BYTES = [cell["bytes"] for cell in CELLS]


# --- folders --------------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize(("names", "classes"), [
    (["my/cats/a.png", "my/dogs/b.png"], ("cats", "dogs")),                        # an archive with a folder around it
    (["x/my/train/cats/a.png", "x/my/train/dogs/b.png", "x/my/val/cats/c.png"], ("cats", "dogs")),
    (["train/a.png", "bus/b.png", "car/c.png"], ("bus", "car", "train")),          # a class that is called like a split
    (["dev/a.png", "ops/b.png"], ("dev", "ops")),
    (["train/cats/a.png", "training/dogs/b.png", "docs/c.png"], ("cats", "dogs")),
    (["-c/x.png", "--rm -rf/y.png"], ("--rm -rf", "-c")),
    (["a\nb/1.png", "\x1b[31m/2.png"], ("(31m", "a b")),
    (["e\u0301/1.png", "\u00e9/2.png", "o/3.png"], ("o", "é")),                    # one name in two ways of writing
    (["y" * 250 + "a/" + "z" * 251 + ".png", "y" * 250 + "b/a.png"], ("y" * 78 + " 0", "y" * 78 + " 1")),
], ids=lambda value: str(value)[:40])
def test_folders_are_classes_however_they_are_called_and_nested(tmp_path, names, classes):
    found = read(folder_of(tmp_path, names), LABELS).data.classes
    assert found == classes or found == tuple(name.replace("(31m", "31m") for name in classes)


def test_names_that_are_no_utf8_are_read_and_told_in_a_message(tmp_path, capsys):
    for name in (b"cl\xff", b"cl\xfe"):
        folder = os.path.join(os.fsencode(tmp_path), name)
        try:
            os.mkdir(folder)
        except OSError:
            pytest.skip("this file system takes names in UTF-8 only")
        Image.fromarray(RED).save(os.fsdecode(os.path.join(folder, b"\xe9.png")))
    assert len(read(tmp_path, LABELS).data.classes) == 2
    with open(os.path.join(os.fsencode(tmp_path), b"cl\xff", b"bad\n.png"), "wb"):
        pass
    assert "cl\\udcff/bad\\n.png" in refused(tmp_path)
    read(tmp_path, skip_bad=True)
    capsys.readouterr().out.encode("ascii")


def test_linked_folders_count_and_loops_end(tmp_path):
    folder_of(tmp_path / "elsewhere", ["a.png", "deep/b.png"])
    mine = folder_of(tmp_path / "mine", ["real/c.png"])
    (mine / "linked").symlink_to(tmp_path / "elsewhere")
    for name, target in (("real/up", ".."), ("real/self", "."), ("real/above", "../.."), ("real/loop", "loop")):
        (mine / name).symlink_to(target)
    found = read(mine, LABELS)
    assert (found.data.classes, found.labels.tolist()) == (("linked", "real"), [0, 0, 1])


def test_what_is_no_file_is_named(tmp_path):
    folder_of(tmp_path, ["a.png"])
    (tmp_path / "gone.png").symlink_to("/nowhere")
    assert "gone.png" in refused(tmp_path)
    assert len(read(tmp_path, skip_bad=True).images) == 1
    (tmp_path / "b.png").mkdir()
    (tmp_path / "x.parquet").mkdir()
    assert len(read(tmp_path, skip_bad=True).images) == 1


@pytest.mark.parametrize("ending", ["heic", "avif", "jp2", "svg", "cr2"])
def test_kinds_of_picture_that_cannot_be_read_are_named_and_not_passed_over(tmp_path, ending):
    folder_of(tmp_path, ["a.png"])
    (tmp_path / f"b.{ending}").write_bytes(b"\0\0\0\x18ftypheic")
    assert f"b.{ending}" in refused(tmp_path)
    assert len(read(tmp_path, skip_bad=True).images) == 1


@pytest.mark.parametrize(("name", "says"), [
    ("x.zip", "unpacked"), ("train/data-00000-of-00001.arrow", "converted"), ("x.tar.gz", "unpacked")])
def test_archives_and_other_tables_are_told(tmp_path, name, says):
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_bytes(b"x")
    assert says in refused(tmp_path)


def test_a_folder_that_cannot_be_read_is_named(tmp_path, monkeypatch):
    folder_of(tmp_path, ["a.png", "locked/b.png"])
    scandir = os.scandir

    def guarded(path="."):
        if str(path).endswith("locked"):
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", guarded)
    assert "locked cannot be read (Permission denied)" in refused(tmp_path)


@pytest.mark.parametrize("source", ["x" * 5_000, "/tmp/" + "x" * 300, "a\0b", "nothing/", "https://example.org/cats", "~nobody/x", " "])
def test_what_is_no_folder(source):
    refused(source)


def test_sentences_in_files_of_other_editors(tmp_path):
    folder_of(tmp_path, ["a.png", "b.png", "c.png", "d.jpg"])
    (tmp_path / "a.txt").write_bytes(b"\xef\xbb\xbfa red square\r\n")
    (tmp_path / "b.txt").write_bytes("a red one\r\nanother".encode("utf-16"))
    (tmp_path / "c.TXT").write_text("three")
    (tmp_path / "d.jpg.txt").write_bytes("a caf\xe9".encode("latin-1"))
    assert read(tmp_path, CAPTIONS).captions == [["a red square"], ["a red one", "another"], ["three"], ["a caf\xe9"]]
    with open(tmp_path / "a.txt", "wb") as file:
        file.truncate(3_000_000_000)
    assert "a.txt" in refused(tmp_path, CAPTIONS)


# --- pictures -------------------------------------------------------------------------------------------------------------

def test_float_pictures_from_0_to_1_and_with_gaps(tmp_path, recwarn):
    values = np.full((20, 20), 0.8, np.float32)
    values[0] = [np.nan, np.inf, -np.inf, *[0.8] * 17]
    for name, factor in (("share.tif", 1), ("byte.tif", 255)):
        Image.fromarray(values * np.float32(factor)).save(tmp_path / name)
        assert np.asarray(read_image(tmp_path / name))[1:].mean() == 204
    assert not recwarn.list


@pytest.mark.parametrize("side", [9_500, 14_000])       # the larger one Pillow itself refuses
def test_a_bomb_is_one_sentence_without_warnings(tmp_path, side):
    (tmp_path / "photos").mkdir()
    Image.new("1", (side, side)).save(tmp_path / "photos" / "a.png")
    done = subprocess.run([sys.executable, "-m", "training.dcgan", "--data", tmp_path / "photos", "--out", tmp_path / "run"],
                          cwd=ROOT, text=True, check=False, capture_output=True, timeout=300)
    assert done.returncode == 1 and "80 megapixels" in done.stderr and len(done.stderr.splitlines()) == 1


def test_a_text_that_cannot_be_read_is_nothing_to_papers_without_sentences(tmp_path):
    folder_of(tmp_path, ["0.png", "1.png", "2.png"])
    for i in range(3):
        (tmp_path / f"{i}.txt").write_text("a rose" if i else "a" * 1_100_000)
    assert len(read(tmp_path).images) == 3 and len(read(tmp_path, CAPTIONS, skip_bad=True).images) == 2
    assert "larger than 1 MB" in refused(tmp_path, CAPTIONS)


def test_names_of_classes_are_nothing_to_papers_without_labels(tmp_path):
    folder_of(tmp_path, ["0.png", "1.png"])
    (tmp_path / "dataset.json").write_text('{"title": "Mine", "classes": ["x", "y", "z"]}')
    assert read(tmp_path).data.title == "Mine"


def test_folders_that_a_disk_of_the_network_makes_are_no_classes(tmp_path):
    folder_of(tmp_path, ["cats/0.png", "dogs/0.png", "@eaDir/0.png", "cats/@eaDir/0.png"])
    assert read(tmp_path, LABELS).data.classes == ("cats", "dogs")


def test_a_number_in_one_file_and_the_same_as_text_in_the_next_are_one_class(tmp_path):
    for name, labels in (("a", [0, 1, 1]), ("b", ["0", "1", "1"])):
        pq.write_table(pa.table({"image": CELLS, "label": labels}), tmp_path / f"{name}.parquet")
    found = read(tmp_path, LABELS)
    assert found.data.classes == ("0", "1") and found.labels.tolist() == [0, 1, 1, 0, 1, 1]


def test_labels_of_thousands_of_digits_are_names(tmp_path):
    assert len(read(table(tmp_path, image=CELLS, label=["7" * 5_000, "8" * 5_000, "7" * 5_000]), LABELS).data.classes) == 2


def test_a_column_of_lists_of_texts_has_the_sentences_whatever_it_is_called(tmp_path):
    found = read(table(tmp_path, image=CELLS, people_say=[["a rose"], ["a red rose", "red"], ["a lily"]]), CAPTIONS)
    assert found.captions == [["a rose"], ["a red rose", "red"], ["a lily"]]


# --- Parquet --------------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("cells", [
    [[cell] for cell in CELLS], [[one] for one in BYTES], pa.array(BYTES, pa.large_binary()), pa.array(BYTES, pa.binary_view()),
    pa.array(BYTES, pa.binary()).dictionary_encode(), [base64.b64encode(one).decode() for one in BYTES],
    ["data:image/png;base64," + base64.encodebytes(one).decode() for one in BYTES],
], ids=["list of structs", "list of bytes", "large", "view", "dictionary", "base64", "data URI"])
def test_pictures_in_cells_of_any_type(tmp_path, cells):
    assert read(table(tmp_path, image=cells, label=[0, 1, 1]), LABELS).images.float().mean((1, 2, 3)).tolist() == [1, 100, 200]


@pytest.mark.parametrize(("cells", "says"), [
    (["https://example.org/a.png"] * 3, "example.org"),
    ([{"bytes": None, "path": "a.png"}] * 3, "'a.png'"), ([BYTES[:2]] * 3, "2 pictures"),
    ([b""] * 3, "nothing"), ([[1, 2]] * 3, "no column"),
], ids=["addresses", "paths", "several", "empty", "numbers"])
def test_cells_without_a_picture_say_what_they_hold(tmp_path, cells, says):
    assert says in refused(table(tmp_path, image=cells, label=[0, 1, 1]))


@pytest.mark.parametrize(("labels", "numbers"), [
    ([0.0, 1.0, 1.0], [0, 1, 1]), ([b"a", b"b", b"b"], [0, 1, 1]), ([" a", "a ", "b"], [0, 0, 1]), (["e\u0301", "\u00e9", "z"], [1, 1, 0]),
    (pa.array([2**64 - 1, 0, 5], pa.uint64()), [2, 0, 1]), (pa.array(["b", "a", "b"]).dictionary_encode(), [1, 0, 1]),
    (pa.array(["b", "a", "b"], pa.string_view()), [1, 0, 1]),
], ids=["floats", "bytes", "blanks", "accents", "uint64", "dictionary", "view"])
def test_labels_of_any_type(tmp_path, labels, numbers):
    assert read(table(tmp_path, image=CELLS, label=labels), LABELS).labels.tolist() == numbers


@pytest.mark.parametrize("label", [None, float("nan"), "", "  \n"], ids=repr)
def test_what_is_no_label(label):
    assert label_of(label) is None and label_of(-1, ("x", "y")) is None and label_of(-1) == -1


@pytest.mark.parametrize("names", [5, "xyz", [None, 3], {"0": "zero"}, ["x", "x"]], ids=str)
def test_names_of_labels_that_are_none(tmp_path, names):
    features = {"info": {"features": {"label": {"names": names, "_type": "ClassLabel"}}}}
    assert read(table(tmp_path, metadata=features, image=CELLS, label=[0, 1, 1]), LABELS).data.classes == ("0", "1")


def test_metadata_of_any_depth(tmp_path):
    found = pa.table({"image": CELLS, "label": [0, 1, 1]}).replace_schema_metadata({"huggingface": "[" * 100_000})
    pq.write_table(found, tmp_path / "x.parquet")
    assert read(tmp_path, LABELS).data.classes == ("0", "1")


@pytest.mark.parametrize(("setting", "column"), [
    ("image_column", "number"), ("label_column", "list"), ("label_column", "image"),
    ("caption_column", "number"), ("caption_column", "image")])
def test_a_column_that_cannot_hold_what_it_is_named_for(tmp_path, setting, column):
    table(tmp_path, image=CELLS, number=[1, 2, 3], list=[[1], [2], [3]])
    assert f"--{setting.replace('_', '-')}" in refused(tmp_path, **{setting: column})


def test_a_label_for_each_picture_is_none(tmp_path):
    table(tmp_path, image=CELLS * 10, title=[f"{i}.png" for i in range(30)])
    assert "a label of its own" in refused(tmp_path, LABELS)
    assert len(read(tmp_path).images) == 30


@pytest.mark.parametrize("names", [
    ["x.PARQUET"], ["x.pq"], ["cats.parquet/part-0.parquet", "cats.parquet/part-1.parquet"], ["train-00000-of-00000.parquet"],
    ["train/cats.parquet/part-0.parquet", "train/dogs.parquet/part-1.parquet"]], ids=str)
def test_any_name_and_folder_of_parquet_files(tmp_path, names):
    for name in names:
        table(tmp_path, name, image=CELLS, label=[0, 1, 1])
    assert len(read(tmp_path, LABELS).images) == 3 * len(names)


def test_pictures_and_labels_inside_structs_are_found(tmp_path):
    rows = [{"x": {"image": cell, "label": label}, "n": 1} for cell, label in zip(CELLS, [3, 4, 4], strict=True)]
    deep = [{"data": row | {"text": {"caption": "a red flower"}}} for row in rows]
    for name, column in (("one", [row["x"] for row in rows]), ("two", [row["data"] for row in deep])):
        found = read(table(tmp_path / name, sample=column), LABELS)
        assert found.labels.tolist() == [0, 1, 1] and found.images.float().mean((1, 2, 3)).tolist() == [1, 100, 200]
    assert read(tmp_path / "two", CAPTIONS).captions[0] == ["a red flower"]
    assert read(tmp_path / "one", LABELS, label_column="sample.label", image_column="sample.image").data.classes == ("3", "4")
    assert "sample.n" in refused(tmp_path / "two", label_column="sample.m")


def test_a_missing_struct_is_a_missing_picture(tmp_path):
    table(tmp_path, sample=pa.array([{"image": CELLS[0], "label": 1}, None, {"image": CELLS[2], "label": 2}]))
    assert "row 2" in refused(tmp_path, LABELS) and read(tmp_path, LABELS, skip_bad=True).labels.tolist() == [0, 1]


@pytest.mark.parametrize("names", [
    ["label=cat/part-0.parquet", "label=dog/part-0.parquet"], ["split=train/class=cat/a.parquet", "split=train/class=dog/b.parquet"],
    ["year=2024/label=c%61t/a.parquet", "year=2025/label=dog/a.parquet"]], ids=str)
def test_folders_of_a_partition_are_labels(tmp_path, names):
    for name in names:
        table(tmp_path, name, image=CELLS)
    found = read(tmp_path, LABELS)
    assert (found.data.classes, found.labels.tolist()) == (("cat", "dog"), [0, 0, 0, 1, 1, 1])


def test_the_column_of_a_partition_can_be_named(tmp_path):
    for animal in ("cat", "dog"):
        table(tmp_path, f"animal={animal}/part-0.parquet", image=CELLS, label=[0, 1, 2])
    assert read(tmp_path, LABELS, label_column="animal").data.classes == ("cat", "dog")
    assert read(tmp_path, LABELS).data.classes == ("0", "1", "2")


def test_texts_that_are_no_utf8_are_damage(tmp_path):
    texts = pa.Array.from_buffers(pa.string(), 3, [None, pa.array([0, 1, 2, 3], pa.int32()).buffers()[1], pa.py_buffer(b"\xff\xfe\xfd")])
    table(tmp_path, image=CELLS, label=texts)
    assert "damaged" in refused(tmp_path, LABELS)


def test_messages_are_one_line_whatever_they_quote():
    error = BadInput("There is no {name}.", name="a\nb\x1b[2J\udcff\u202e")
    assert str(error) == "There is no a\\nb\\x1b[2J\\udcff\\u202e." == one_line("There is no a\nb\x1b[2J\udcff\u202e.")
