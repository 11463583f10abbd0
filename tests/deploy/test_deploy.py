"""Uploads against a stand-in for the Hub on this machine, and the staged folder started as a Space would be."""

import json
import os
import re
import subprocess
import sys

import httpx
import pytest
from conftest import ROOT, client_of, is_one_sentence, need_git, tiny_weights
from huggingface_hub import metadata_load
from stub_hub import push

from deploy import asking_the_hub, hub, space
from harness.server import running
from models.errors import BadInput
from page import drawing_files

pytest_plugins = ("stub_hub",)


def test_a_space_receives_what_the_page_needs_and_nothing_else(stub):
    done = push(stub, "space", '"flora/gan-atlas"')
    assert done.returncode == 0, done.stderr
    assert {"app.py", "README.md", "requirements.txt", "models/stackgan.py", "page/instrument.js"} <= set(stub.files)
    expected = {*(part.split("/")[0] for part in space.PARTS), "requirements.txt", "node_modules"}
    assert {name.split("/")[0] for name in stub.files} <= expected
    brought = [path for path in drawing_files.FILES.values() if path.is_relative_to(space.MODULES) and path.is_file()]
    served = {path.relative_to(ROOT).as_posix() for path in brought}
    sent = {name for name in stub.files if name.startswith("node_modules/")}
    assert served <= sent and all(name.rpartition("/")[2].startswith("LICENSE") for name in sent - served)
    assert not any("axe-core" in name for name in sent) and (not served or any("/gifenc/LICENSE" in name for name in sent))
    assert stub.files["app.py"] == (ROOT / "app.py").read_bytes()
    names = re.findall(r"^[\w-]+", stub.files["requirements.txt"].decode(), re.MULTILINE)
    assert "torch" in names and not set(names) & {"gradio", "huggingface_hub", "spaces"}
    assert any(path.endswith("/repos/create") for path in stub.asked) and "flora/gan-atlas" in done.stdout


@pytest.mark.parametrize(("module", "arguments", "name"), [
    ("space", '"flora/gan-atlas", hardware="cpu-upgrade", private=True, light=True', "spaces/flora/gan-atlas"),
    ("hub", '"flora", ("gan-mnist",), private=True', "models/flora/gan-mnist")])
def test_hardware_and_privacy_are_asked_for_before_anything_is_sent(stub, module, arguments, name):
    done = push(stub, module, arguments)
    assert done.returncode == 0, done.stderr
    order = [path for path, _ in stub.told]
    told, sent = dict(stub.told), min(i for i, path in enumerate(order) if "/commit/" in path)
    assert b"private" in told["/api/repos/create"] and b"private" in told[f"/api/{name}/settings"]
    assert order.index(f"/api/{name}/settings") < sent
    if module == "space":
        assert json.loads(told["/api/repos/create"])["hardware"] == "cpu-upgrade"
        assert json.loads(told[f"/api/{name}/hardware"]) == {"flavor": "cpu-upgrade"} and order.index(f"/api/{name}/hardware") < sent


def test_weights_become_model_repositories(stub, tmp_path):
    for name in ("gan", "cgan"):
        folder = tiny_weights(tmp_path / name, name)
        (folder / "README.md").write_text("---\nlicense: mit\n---\n# tiny\n")
    done = push(stub, "hub", f'"flora", weights=__import__("pathlib").Path({str(tmp_path)!r})')
    assert done.returncode == 0, done.stderr
    assert {"model.safetensors", "config.json", "README.md", "onnx/generator.onnx", "onnx/discriminator.onnx"} <= set(stub.files)
    assert sum("/commit/" in path for path in stub.asked) == 2        # one for each: nobody meets weights without their networks as ONNX


@pytest.mark.parametrize(("module", "arguments", "name"), [
    ("space", '"flora/gan-atlas"', "flora/gan-atlas"), ("hub", '"flora", ("gan-mnist",)', "flora/gan-mnist")])
@pytest.mark.parametrize("theirs", [{"my_only_copy.ckpt": b"x"}, {"config.json": b"{}", "model.safetensors": b"x"}, {"app.py": b"print()"}])
def test_a_repository_of_somebodys_is_left_as_it_is(stub, module, arguments, name, theirs):
    stub.models[name] = {"README.md": b"mine", **theirs}
    done = push(stub, module, arguments)
    assert done.returncode == 1 and f"{name} is on the Hub already" in done.stderr
    assert stub.models[name] == {"README.md": b"mine", **theirs}


def test_what_was_pushed_from_here_is_pushed_again(stub):
    for _ in range(2):
        assert push(stub, "hub", '"flora", ("gan-mnist",)').returncode == 0
    stub.models["flora/gan-mnist"]["history/old.png"] = b"of an earlier version"
    assert push(stub, "hub", '"flora", ("gan-mnist",)').returncode == 0
    assert "history/old.png" not in stub.models["flora/gan-mnist"]


@pytest.mark.parametrize(("module", "arguments"), [("space", '"flora/gan-atlas"'), ("hub", '"flora", ("gan-mnist",)')])
def test_a_hub_that_refuses_is_told_in_one_sentence(stub, module, arguments):
    stub.refuse = True
    done = push(stub, module, arguments)
    assert done.returncode == 1 and "Traceback" not in done.stderr
    assert done.stderr.strip().splitlines()[-1].startswith("error: The Hub refused flora/")


def test_a_hub_that_cannot_be_reached_is_told_in_one_sentence():
    with pytest.raises(BadInput, match="cannot be reached for flora/gan-atlas") as caught, asking_the_hub("flora/gan-atlas"):
        raise httpx.ConnectError("Name or service not known")
    assert is_one_sentence(str(caught.value))


@pytest.mark.parametrize("words", [("hub", "--user", "flora", "--names", "gan-mnist"), ("space", "--space", "flora/gan-atlas")], ids=str)
def test_a_hub_that_nobody_answers_for_is_told_in_one_sentence(words, tmp_path):
    if words[0] == "space":
        need_git()
    nowhere = {"HF_ENDPOINT": "http://127.0.0.1:9", "HF_TOKEN": "hf_x", "HF_HUB_OFFLINE": "0", "HF_HOME": str(tmp_path)}
    done = subprocess.run([sys.executable, "-m", f"deploy.{words[0]}", *words[1:]], cwd=ROOT, env=os.environ | nowhere,
                          capture_output=True, text=True, timeout=300)
    assert done.returncode == 1 and "Traceback" not in done.stderr, done.stderr
    assert done.stderr.strip().splitlines()[-1].startswith("error: The Hub cannot be reached for flora/")


def test_hardware_that_is_none_is_refused_before_the_work(tmp_path):
    with pytest.raises(BadInput, match="cpu-basic") as caught:
        space.main(space.Settings("flora/gan-atlas", hardware="zzz", only_stage=tmp_path / "staged"))
    assert is_one_sentence(str(caught.value)) and not (tmp_path / "staged").exists()


def test_damaged_weights_are_not_pushed(stub, tmp_path):
    folder = tiny_weights(tmp_path / "gan", "gan")
    (folder / "model.safetensors").write_bytes(b"cut short")
    done = push(stub, "hub", f'"flora", weights=__import__("pathlib").Path({str(tmp_path)!r})')
    assert done.returncode == 1 and "nothing was pushed" in done.stderr and stub.asked == []


@pytest.mark.parametrize("name", ["", "flora", "a/b/c", "a b/c", "../x"])
def test_what_is_no_name_is_refused(name, tmp_path):
    with pytest.raises(BadInput) as caught:
        space.main(space.Settings(name, only_stage=tmp_path))
    assert is_one_sentence(str(caught.value))
    if "/" in name or not name:
        with pytest.raises(BadInput):
            hub.main(hub.Settings(name))


def test_the_staged_folder_starts_as_a_space_and_answers(tmp_path):
    need_git()
    staged = space.stage(tmp_path / "space")
    assert metadata_load(staged / "README.md")["app_file"] == "app.py"
    with running(staged, SYSTEM="spaces", SPACE_ID="flora/gan-atlas", HF_HUB_OFFLINE="1") as server:
        client = client_of(server.url)
        assert len(client.predict("infogan-mnist", "0-2", None, api_name="/sample")) == 3
        drawn_by_browsers = httpx.get(f"{server.url}/networks/infogan-mnist.json", trust_env=False, timeout=60)
        assert (drawn_by_browsers.status_code == 200) == drawing_files.available()
        assert client.predict("a red rose", "1", "char-cnn-rnn", 2, "stackgan-flowers", api_name="/text_to_image")


def test_a_folder_with_things_in_it_is_not_staged_into(tmp_path):
    (tmp_path / "README.md").write_text("mine")
    for place in (tmp_path, tmp_path / "README.md", tmp_path / "README.md" / "below", ROOT):
        with pytest.raises(BadInput) as caught:
            space.main(space.Settings("flora/gan-atlas", only_stage=place))
        assert is_one_sentence(str(caught.value))
    assert (tmp_path / "README.md").read_text() == "mine" and len(list(tmp_path.iterdir())) == 1


def test_what_is_no_checkout_is_told(tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "nowhere"))
    with pytest.raises(BadInput, match="git refuses") as caught:
        space.stage(tmp_path / "space")
    assert is_one_sentence(str(caught.value))
