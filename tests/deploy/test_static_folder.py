"""Where the page as a folder is put: what others made stays, what is old goes, and a Static Space receives it."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from conftest import ROOT, is_one_sentence
from stub_hub import environment, serving

from deploy import MARK, static
from models.errors import BadInput


def test_what_others_made_is_not_written_over(tmp_path):
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "index.html").write_text("mine")
    for out in (mine, mine / "index.html", ROOT):
        with pytest.raises(BadInput) as caught:
            static.write(out)
        assert is_one_sentence(str(caught.value)) and "did not make" in str(caught.value)
    assert (mine / "index.html").read_text() == "mine"


def test_what_others_added_stays_and_what_is_old_goes(tmp_path):
    def put(**files: str) -> None:
        with tempfile.TemporaryDirectory(dir=tmp_path) as temporary:
            made = static.Folder(Path(temporary))
            for name, text in files.items():
                made.write(f"sub/{name}", text)
            static._put(made, tmp_path / "out")

    put(a="1", b="2")
    (tmp_path / "out" / "CNAME").write_text("mine")
    (tmp_path / "out" / "sub" / "c").write_text("mine")
    put(a="3")
    left = {path.name: path.read_text() for path in (tmp_path / "out").rglob("*") if path.is_file() and path.name != static.MARK}
    assert left == {"a": "3", "CNAME": "mine", "c": "mine"}
    with pytest.raises(BadInput, match="was not made by this command"):
        put(a="4", c="5")
    assert (tmp_path / "out" / "sub" / "a").read_text() == "3" and (tmp_path / "out" / "sub" / "c").read_text() == "mine"


def test_it_goes_to_a_static_space(tmp_path):
    made = tmp_path / "made"
    made.mkdir()
    (made / "index.html").write_text("page")
    code = f"""
import shutil
from pathlib import Path
from deploy import MARK, static
static.write = lambda out, own: Path(shutil.copytree({str(made)!r}, out))
static.main(static.Settings(space="flora/atlas"))
"""
    with serving() as stub:
        ended = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False,
                               env=environment(stub, HF_HOME=str(tmp_path / "home")), timeout=300)
        assert ended.returncode == 0, ended.stderr
        assert {"index.html", "README.md"} <= set(stub.files) and b"sdk: static" in stub.files["README.md"]
    with pytest.raises(BadInput, match="SPACE is user/name"):
        static.main(static.Settings(space="../x"))


def test_a_place_that_cannot_be_written_is_told_before_the_work(tmp_path):
    (tmp_path / "afile").write_text("mine")
    with pytest.raises(BadInput) as caught:
        static.write(tmp_path / "afile" / "atlas")
    assert is_one_sentence(str(caught.value)) and (tmp_path / "afile").read_text() == "mine"


def test_what_a_killed_run_left_is_in_nobodys_way_and_goes_in_time(tmp_path):
    out = tmp_path / "static"
    for folder in (tmp_path, out):
        for name in ("old", "new"):
            (folder / f"{static.UNFINISHED}{name}" / "static" / "networks").mkdir(parents=True)
            (folder / f"{static.UNFINISHED}{name}" / MARK).touch()
        os.utime(folder / f"{static.UNFINISHED}old" / MARK, (0, 0))
    static._check_free(out)
    static._tidy(out)
    assert {path.name for path in (*tmp_path.iterdir(), *out.iterdir())} == {"static", f"{static.UNFINISHED}new"}
    (out / f"{static.UNFINISHED}mine").mkdir()                   # without the mark, or with something else in it
    with pytest.raises(BadInput, match="did not make"):
        static._check_free(out)
