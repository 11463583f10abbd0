"""How the scripts are told what to do: settings that say what they mean, and commands that stay valid."""

import dataclasses
import importlib
import inspect
import os
import re
import shlex
import subprocess
import sys

import pytest
from conftest import ROOT, in_process, is_one_sentence

import models
from models.arguments import read_arguments
from models.checkpoint import WEIGHTS
from tests.training.runs import ALL as SCRIPTS
from training import dcgan, gan, infogan, sentence_encoder, sgan, srgan, stackgan
from training.kit import record, settings

GANS = [module for module in SCRIPTS if isinstance(next(iter(module.PRESETS.values())), settings.AdversarialSettings)]
OTHERS = [module for module in SCRIPTS if module not in (*GANS, sgan, srgan)]      # these two have players, and settings of their own


def told(module, command: str, monkeypatch):
    """The settings that a script makes of a command line."""
    found = []

    def main(cfg):
        found.append(cfg)

    monkeypatch.setattr(main, "__module__", module.__name__)
    monkeypatch.setattr(sys, "argv", ["x", *shlex.split(command)])
    settings.command_line(main, module.PRESETS, default=next(iter(module.PRESETS)))
    return found[0]


def test_an_option_with_underscores_is_the_same_option(monkeypatch):
    assert told(stackgan, "--init_from=/here/weights --lr_g 1e-4", monkeypatch).lr_g == 1e-4
    assert record.command() == "python -m training.x --lr-g 1e-4"


@pytest.mark.parametrize("module", GANS, ids=lambda module: module.__name__)
def test_gans_have_two_learning_rates(module):
    for preset in module.PRESETS.values():
        assert preset.lr_g > 0 and preset.lr_d > 0 and not hasattr(preset, "lr")


@pytest.mark.parametrize("module", OTHERS, ids=lambda module: module.__name__)
def test_what_is_no_gan_has_one_and_no_settings_of_a_discriminator(module):
    for preset in module.PRESETS.values():
        names = {field.name for field in dataclasses.fields(preset)}
        assert preset.lr > 0 and not names & {"lr_g", "lr_d", "k", "r1", "augment"}


@pytest.mark.parametrize("module", SCRIPTS, ids=lambda module: module.__name__)
def test_no_setting_is_without_effect(module):
    kit = [path.read_text() for path in (ROOT / "training" / "kit").glob("*.py") if path.stem not in ("ranges", "record")]
    read = {name for text in (*kit, inspect.getsource(module)) for name in re.findall(r"""\bcfg(?:\.|, ['"])(\w+)""", text)}
    for preset in module.PRESETS.values():
        taken = {field.name for field in dataclasses.fields(preset) if "Suppress" not in str(field.type)}
        assert taken - read == ({"r1", "r1_every"} if module is stackgan else set())       # on its cards, of an earlier recipe


def written() -> list[tuple[str, str]]:
    """The trainings that stand on model cards and in the README: script, and what it is told."""
    cards = [card.training.command for card in models.cards(WEIGHTS)]
    told = [line.split(" #")[0] for line in (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
            if line.startswith("python -m training.") and "X-mnist" not in line]
    found = [re.fullmatch(r"python -m training\.(\w+) ?(.*?) *", part) for text in (*cards, *told) for part in text.split(" && ")]
    assert len(found) > 40 and all(found)
    return list(dict.fromkeys(match.groups() for match in found))


@pytest.mark.parametrize(("script", "command"), written(), ids=" ".join)
def test_commands_of_model_cards_and_readme_are_taken(script, command, monkeypatch):
    module = importlib.import_module(f"training.{script}")
    if module in SCRIPTS:
        assert told(module, command, monkeypatch).name
    else:
        assert isinstance(read_arguments(module.Settings, args=shlex.split(command)), module.Settings)


@pytest.mark.parametrize(("module", "command", "expected"), [      # as they stood on model cards
    (stackgan, "--begin weights/stackgan-flowers --steps 2400 --anneal 0.35 --r1 0.1",
     {"init_from": "weights/stackgan-flowers", "steps": 2400, "anneal": 0.35, "r1": 0.1, "stage": 1}),
    (stackgan, "--preset flowers-2 --begin weights/stackgan-flowers --steps 800", {"init_from": "weights/stackgan-flowers", "stage": 2}),
    (stackgan, "--init-from weights/stackgan-flowers", {"init_from": "weights/stackgan-flowers"}),
    (sentence_encoder, "--begin weights/text-flowers", {"init_from": "weights/text-flowers"}),
    (infogan, "--preset mnist --steps 6000", {"steps": 6000, "rotate_codes": True}),
    (dcgan, "--preset fashion --steps 6000", {"name": "dcgan-fashion"}),
])
def test_commands_of_model_cards_still_run(module, command, expected, monkeypatch):
    found = told(module, command, monkeypatch)
    assert {key: getattr(found, key) for key in expected} == expected


@pytest.mark.parametrize("command", ["training.gan", "benchmarks.hostile"])
def test_missing_packages_are_named_in_one_sentence(command, tmp_path):
    (tmp_path / "sitecustomize.py").write_text("import sys\nsys.modules['accelerate'] = None\n")
    done = subprocess.run([sys.executable, "-m", command, "--help"], cwd=ROOT, capture_output=True, text=True, check=False,
                          env=os.environ | {"PYTHONPATH": str(tmp_path)}, timeout=300)
    said = done.stderr.strip()
    assert done.returncode == 1 and is_one_sentence(said) and "accelerate" in said and "requirements-dev.txt" in said


def raising(error: BaseException, monkeypatch) -> None:
    """A script's command whose work raises the error."""
    def main(cfg):
        raise error

    monkeypatch.setattr(main, "__module__", gan.__name__)
    monkeypatch.setattr(sys, "argv", ["x"])
    settings.command_line(main, gan.PRESETS, default="mnist")


@pytest.mark.parametrize("error", [
    MemoryError(), RuntimeError("[enforce fail at alloc_cpu.cpp:117] err == 0. DefaultCPUAllocator: can't allocate memory: you tried to "
                                "allocate 34359738368 bytes. Error code 12 (Cannot allocate memory)"),
    RuntimeError("CUDA out of memory. Tried to allocate 20.00 GiB."),
])
def test_too_little_memory_is_one_sentence(error, monkeypatch):
    with pytest.raises(SystemExit) as ended:
        raising(error, monkeypatch)
    assert is_one_sentence(str(ended.value.code).removeprefix("error: ")) and "memory" in ended.value.code


def test_a_command_that_is_broken_off_before_its_first_step_ends_quietly(monkeypatch):
    with pytest.raises(SystemExit) as ended:
        raising(KeyboardInterrupt(), monkeypatch)
    assert ended.value.code == 130


def test_other_errors_of_torch_are_not_hidden(monkeypatch):
    with pytest.raises(RuntimeError, match="shapes"):
        raising(RuntimeError("mat1 and mat2 shapes cannot be multiplied"), monkeypatch)


@pytest.mark.parametrize("module", SCRIPTS, ids=lambda module: module.__name__)
def test_help_explains_every_setting(module, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    options = re.split(r"\n[│ ] ? ?(?=--)", in_process(module.__name__, "--help").stdout)[1:]
    assert len(options) > 15
    for option in options:
        said = re.sub(r"--[\w-]+|\{.*?\}|\b(STR|INT|FLOAT)\b|\(default:.*?\)|[,│─╭╮╰╯]", "", option).strip()
        assert said, option
