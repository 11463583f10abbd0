"""The process that exports networks: it serves one model after another, tells what went wrong, and ends."""

import os
import subprocess
import sys
import threading
import time

import pytest
from conftest import ROOT, is_one_sentence, tiny_weights, until

from page import drawing_files, exporter, networks


@pytest.fixture(autouse=True)
def ended():
    yield
    exporter.end()


def test_one_process_serves_one_model_after_another(tmp_path):
    exporter.export(str(tiny_weights(tmp_path / "classifier", "classifier")), tmp_path / "whole")
    first = exporter._process
    assert list((tmp_path / "whole").glob("*.onnx"))
    with pytest.raises(RuntimeError) as caught:
        exporter.export("no-such-weights", tmp_path / "none")
    assert is_one_sentence(str(caught.value)) and "no-such-weights" in str(caught.value)
    exporter.export(str(tiny_weights(tmp_path / "gan", "gan")), tmp_path / "part", ("discriminator",))
    assert [path.name for path in (tmp_path / "part").iterdir()] == ["discriminator.onnx"] and exporter._process is first


def test_it_ends_when_nobody_asks_and_begins_again(tmp_path, monkeypatch):
    monkeypatch.setattr(exporter, "IDLE", 0.2)
    for _ in range(2):
        with pytest.raises(RuntimeError):
            exporter.export("no-such-weights", tmp_path)
        exporter._process.wait(60)


def test_one_that_is_killed_is_told_and_replaced(tmp_path):
    folder = tiny_weights(tmp_path / "gan", "gan")
    before = exporter._process

    def kill() -> None:
        until(lambda: exporter._process is not before)
        exporter._process.kill()

    threading.Thread(target=kill).start()
    with pytest.raises(RuntimeError, match="ended"):
        exporter.export(str(folder), tmp_path / "out")
    with pytest.raises(RuntimeError, match="no-such-weights"):
        exporter.export("no-such-weights", tmp_path)


def test_the_server_ends_without_waiting_for_it(tmp_path):
    """As at Ctrl-C: the interpreter ends while networks are being prepared, and the process that does it ends too."""
    code = ("import time; from page import exporter, networks; networks.told('infogan-mnist')\n"
            "while exporter._process is None: time.sleep(0.02)\n"
            "print(exporter._process.pid, flush=True)")
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=os.environ | {"GAN_ATLAS_CACHE": str(tmp_path)},
                          capture_output=True, text=True, timeout=300)
    process = done.stdout
    assert done.returncode == 0 and not done.stderr
    assert not list(tmp_path.rglob("*.onnx")), "it did not wait for the export"
    with pytest.raises(ProcessLookupError):
        os.kill(int(process), 0)
    assert not [path for path in tmp_path.rglob("*") if path.is_dir() and path.name.startswith("tmp")]


def test_what_nobody_has_used_for_long_makes_room_and_nothing_else(tmp_path, monkeypatch):
    monkeypatch.setenv("GAN_ATLAS_CACHE", str(tmp_path))
    kept, gone = tmp_path / f"networks-3/gan-mnist-{'a' * 16}", tmp_path / f"networks-3/gan-mnist-{'b' * 16}"
    others = [tmp_path / "photos" / "a", tmp_path / "networks-3" / "mine", tmp_path / f"files-{drawing_files.VERSION}"]
    for folder in (kept, gone, tmp_path / "files-0123456789ab", *others):
        folder.mkdir(parents=True)
        (folder / networks.WHOLE).touch()
        long_ago = time.time() - 86_400 * (networks.DAYS + 1)
        for path in (folder / networks.WHOLE, folder) if folder != kept else ():
            os.utime(path, (long_ago, long_ago))
    networks._tidy.__wrapped__()
    assert not gone.exists() and not (tmp_path / "files-0123456789ab").exists() and all(path.exists() for path in (kept, *others))


def test_what_a_server_left_that_was_stopped_goes_and_no_link_is_followed(tmp_path, monkeypatch):
    """Nothing but its own folders is handed to what deletes."""
    monkeypatch.setenv("GAN_ATLAS_CACHE", str(tmp_path / "cache"))
    deleted, home, theirs = [], tmp_path / "cache" / "networks-3", tmp_path / "theirs"
    monkeypatch.setattr(networks.shutil, "rmtree", lambda folder, **_: deleted.append(folder.name))
    folders = [home / name for name in ("export-old", "export-new", f"gan-mnist-{'a' * 16}")]
    links = [home / "export-link", home / f"gan-mnist-{'b' * 16}"]
    for folder in (*folders, theirs):
        folder.mkdir(parents=True)
    for link in links:
        link.symlink_to(theirs)
    for folder, days in zip((*folders, theirs), (2, 0.5, networks.DAYS + 1, networks.DAYS + 1), strict=True):
        long_ago = time.time() - 86_400 * days
        os.utime(folder, (long_ago, long_ago))
    networks._tidy.__wrapped__()
    assert deleted == ["export-old", f"gan-mnist-{'a' * 16}"]
