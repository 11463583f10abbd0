"""What is for others: no weights of one's own pictures by accident, no Space in another's place, licences, cards that lead somewhere."""

import subprocess
from pathlib import Path

import pytest
from conftest import ROOT, is_one_sentence, need_git, own, tiny_weights
from stub_hub import push

import deploy
import models
from deploy import hub, space, static
from deploy.licences import texts
from models import cgan, registry
from models.checkpoint import WEIGHTS
from models.errors import BadInput
from page import drawing_files

pytest_plugins = ("stub_hub",)


def own_weights(place: Path) -> Path:
    """Weights of pictures of one's own, with their card."""
    folder = own(place, cgan, "my_cats", 2, g_width=4, d_width=4)
    (folder / "README.md").write_text("---\nlicense: mit\n---\n# mine\n")
    return folder


def test_weights_of_ones_own_pictures_stay_unless_they_are_asked_for(tmp_path, capsys):
    mine, known = own_weights(tmp_path), tiny_weights(tmp_path / "gan", "gan")
    assert deploy.to_publish([known, mine], own=False) == [known]
    assert "stay here (OWN=1 or --own takes them along): cgan-my_cats." in capsys.readouterr().out
    assert deploy.to_publish([known, mine], own=True) == [known, mine]
    assert "Of data of your own, these go along: cgan-my_cats." in capsys.readouterr().out


def test_weights_that_git_lists_go_along(tmp_path, monkeypatch, capsys):
    mine = own_weights(tmp_path / "weights")
    monkeypatch.setattr(deploy, "ROOT", tmp_path)
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    assert deploy.to_publish([mine], own=False) == []
    subprocess.run(["git", "add", "weights"], cwd=tmp_path, check=True)
    assert deploy.to_publish([mine], own=False) == [mine] and "go along" in capsys.readouterr().out


def test_the_static_page_shows_no_such_weights(tmp_path, monkeypatch):
    own_weights(tmp_path / "mine")
    monkeypatch.setenv("GAN_ATLAS_WEIGHTS", str(tmp_path / "mine"))
    monkeypatch.setattr(drawing_files, "available", lambda: True)
    monkeypatch.setattr(static, "UNPACKER", [])
    seen = []
    monkeypatch.setattr("app.build", lambda: seen.append({card.name for card in models.cards()}))
    monkeypatch.setattr(static, "_fill", lambda out, page: out)
    static.write(tmp_path / "a")
    static.write(tmp_path / "b", own=True)
    assert "cgan-my_cats" not in seen[0] and "cgan-mnist" in seen[0] and "cgan-my_cats" in seen[1]
    assert "cgan-my_cats" in {card.name for card in models.cards()} and not registry.left_out


def test_the_hub_gets_such_weights_by_name_or_when_asked_for_all(stub, tmp_path):
    own_weights(tmp_path)
    place = f'weights=__import__("pathlib").Path({str(tmp_path)!r})'
    assert push(stub, "hub", f'"flora", {place}').returncode == 0 and stub.files == {}
    for more in ("own=True", 'names=("cgan-my_cats",)'):
        done = push(stub, "hub", f'"flora", {place}, {more}')
        assert done.returncode == 0 and "Of data of your own, these go along: cgan-my_cats." in done.stdout and stub.files
        stub.files.clear()


def test_a_name_that_no_weights_have_is_told(stub):
    done = push(stub, "hub", '"flora", names=("gan-mnits",)')
    assert done.returncode == 1 and "There are no weights called gan-mnits in " in done.stderr and stub.files == {}


@pytest.mark.parametrize(("words", "has"), [
    (("space", "SPACE=a/b", "PRIVATE=1"), "--private"), (("hub", "USER=a", "PRIVATE=1", "OWN=1"), "--own --private"),
    (("hub", "USER=a", "NAMES=x y", "CODE=https://example.org/a"), '--names x y --code "https://example.org/a"'),
    (("static", "OWN=1"), "--own"), (("static-space", "SPACE=a/b", "PRIVATE=1"), "--private"), (("hub", "USER=a"), '--user "a"'),
    (("hub", "USER=a", "OWN=0", "PRIVATE=0"), '--user "a"'), (("static", "OWN=off"), "deploy.static"),
    (("static-space", "SPACE=a/b", "OWN=False", "PRIVATE=no"), "deploy.static"), (("space", "SPACE=a/b", "LIGHT=1"), "--light"),
    (("space", "SPACE=a/b", "LIGHT=0", "PRIVATE=false"), "deploy.space")])
def test_make_hands_its_switches_on(words, has):
    said = commands(*words)
    assert has in said and ("--private" in said) == ("PRIVATE=1" in words) and ("--own" in said) == ("OWN=1" in words)
    assert ("--light" in said) == ("LIGHT=1" in words)


def commands(*words: str) -> str:
    """What make would run."""
    told = subprocess.run(["make", "-n", *words], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return " ".join(told.replace("\\\n", " ").split())


def test_make_takes_own_weights_along_at_no_word_of_the_environment(monkeypatch):
    monkeypatch.setenv("OWN", "1")
    monkeypatch.setenv("PRIVATE", "1")
    said = commands("hub", "USER=a")
    assert "--own" not in said and "--private" in said


@pytest.mark.parametrize(("sdk", "there"), [
    ("static", {"app.py": b"", "page/instrument.js": b""}), ("gradio", {deploy.MARK: b"", "index.html": b""})])
def test_a_space_of_the_other_kind_is_not_replaced(sdk, there):
    with pytest.raises(BadInput, match="gan-atlas-static") as caught:
        deploy._of_kind(sdk, {"README.md", *there})
    assert is_one_sentence(str(caught.value)) and deploy._of_kind({"static": "gradio", "gradio": "static"}[sdk], {*there})


def test_make_space_and_make_static_space_do_not_replace_each_other(stub):
    stub.models["flora/gan-atlas"] = {deploy.MARK: b"", "index.html": b"page"}
    done = push(stub, "space", '"flora/gan-atlas"')
    assert done.returncode == 1 and "SPACE=user/gan-atlas-static" in done.stderr
    assert stub.models["flora/gan-atlas"] == {deploy.MARK: b"", "index.html": b"page"}


def test_only_a_space_is_private(tmp_path):
    with pytest.raises(BadInput, match="--space") as caught:
        static.main(static.Settings(tmp_path / "out", private=True))
    assert is_one_sentence(str(caught.value)) and not (tmp_path / "out").exists()


# --- licences -------------------------------------------------------------------------------------------------------------

def test_licences_of_what_others_made_are_there():
    found = {name: text.decode() for name, text in texts([*drawing_files.FILES.values(), *static.UNPACKER]).items()}
    assert "Apache License" in found["Apache-2.0.txt"] and "Microsoft Corporation" in found["onnxruntime.txt"]
    assert "SIL Open Font License" in found["OFL.txt"] and "Zalando" in found["guess.LICENSE.txt"] and "MIT License" in found["LICENSE"]
    bundled = ("flatbuffers", "long", "platform", "protobufjs")        # in onnxruntime-web
    for made in ("gifenc", "brotli-dec-wasm", *bundled) if drawing_files.available() else ():
        assert any(name.startswith(f"{made}-LICENSE") for name in found)


def test_a_space_holds_licences_and_what_its_readme_leads_to(tmp_path):
    need_git()
    staged = space.stage(tmp_path / "space", light=True)
    for name in ("licences/Apache-2.0.txt", "licences/onnxruntime.txt", "LICENSE", "page/fonts/OFL.txt", "README.zh-CN.md",
                 "training/sentences.json"):
        assert (staged / name).is_file(), name
    assert not (staged / "training" / "infogan.py").exists()


@pytest.mark.parametrize(("name", "parts"), [
    ("text-flowers", ("`image.trunk`", "`sentence/`", "`captions.json`")), ("stackgan-flowers", ("`features`",)), ("gan-mnist", ())])
def test_cards_name_what_others_made_of_the_weights(name, parts):
    card = (WEIGHTS / name / "README.md").read_text(encoding="utf-8")
    assert all(f"- {part}" in card for part in parts) and ("Apache-2.0" in card) == bool(parts)


# --- cards on the Hub -------------------------------------------------------------------------------------------------------

def test_a_card_on_the_hub_leads_to_the_code_and_to_its_files(tmp_path):
    staged = hub.stage(WEIGHTS / "text-flowers", tmp_path / "text-flowers", "flora/text-flowers", "https://example.org/gan-atlas", True)
    card = (staged / "README.md").read_text(encoding="utf-8")
    assert 'models.load("flora/text-flowers")' in card and 'models.load("text-flowers")' not in card
    assert "(https://example.org/gan-atlas)" in card and "](licences/Apache-2.0.txt)" in card
    assert (staged / "licences" / "Apache-2.0.txt").is_file() and (staged / "model.safetensors").is_file() and "onnx" not in card


def test_a_card_on_the_hub_says_how_its_networks_are_opened():
    card = hub.for_the_hub('## Use\nmodels.load("a")\n\n## Training\n', "a", "flora/a", "", ["discriminator.onnx", "generator.onnx"])
    assert 'hf_hub_download("flora/a", "onnx/generator.onnx")' in card and "`discriminator.onnx`" in card
    assert card.index("## Use") < card.index("onnxruntime") < card.index("## Training")


@pytest.mark.parametrize(("address", "code"), [
    ("https://example.org/flora/gan-atlas.git", "https://example.org/flora/gan-atlas"), ("git@example.org:flora/a.git", ""),
    ("https://flora:secret@example.org/a.git", ""), ("https://127.0.0.1/a", ""), ("https://localhost/a", ""), ("/srv/git/a", "")])
def test_only_a_public_origin_is_told(tmp_path, monkeypatch, address, code):
    monkeypatch.setattr(hub, "ROOT", tmp_path)
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    assert hub._origin() == ""
    subprocess.run(["git", "remote", "add", "origin", address], cwd=tmp_path, check=True)
    assert hub._origin() == code
