"""Command lines that cannot be read are told in one sentence, whatever is wrong with them."""

import dataclasses
import sys

import pytest
from conftest import ROOT, in_process, is_one_sentence

from models import arguments
from models.errors import BadInput
from training import gan

COMMANDS = ("training.gan", "training.evaluate", "training.report", "training.prepare_flowers", "deploy.static", "deploy.hub",
            "deploy.space", "benchmarks.hostile", "app")


def refused(words: str) -> str:
    with pytest.raises(BadInput) as caught:
        arguments.read_arguments(gan.GanSettings, default=gan.PRESETS["mnist"], args=words.split())
    message = str(caught.value)
    assert is_one_sentence(message) and "│" not in message, message
    return message


@pytest.mark.parametrize(("words", "said"), [
    ("--steps abc", "--steps takes a whole number, not 'abc'."), ("--seed 1.5", "--seed takes a whole number, not '1.5'."),
    ("--lr-g x", "--lr-g takes a number, not 'x'."), ("--precision foo", "--precision takes one of auto, bf16, fp32, not 'foo'."),
    ("--steps", "--steps needs a value."), ("--image_column", "--image-column needs a value."),
    ("--stepz 3", "There is no --stepz here; did you mean --steps?"), ("--zzz 1", "There is no --zzz here; --help lists what is accepted."),
    ("extra", "'extra' belongs to no option here; --help lists what is accepted."),
    ("--restart=maybe", "'maybe' belongs to no option here; --help lists what is accepted."), ("-x", "There is no -x here"),
])
def test_what_is_wrong_is_named(words, said):
    assert refused(words).startswith(said)


@pytest.mark.parametrize("words", ["--seed " + "9" * 5000 + "x", "--name --steps", "--steps \u2028", "--precision it's",
                                   "--x " + "y" * 900])
def test_odd_words_get_a_sentence_too(words):
    refused(words)


def test_a_full_disk_is_told_in_a_sentence(monkeypatch):
    def full() -> None:
        raise OSError(28, "No space left on device", "/somewhere/x")

    monkeypatch.setattr(sys, "argv", ["it"])
    for run in (lambda: arguments.command(full), lambda: arguments.commands({"a": full, "b": full}, "it")):
        with pytest.raises(SystemExit) as ended:
            run()
        assert ended.value.code == "error: A file could not be written or read (/somewhere/x: No space left on device)."
        sys.argv.append("a")


def test_a_box_of_another_version_is_told_as_it_is():
    assert arguments.sentence("╭─ New ─╮\n│ Something new. │\n╰───╯") == "Something new; --help lists what is accepted."
    assert is_one_sentence(arguments.sentence("no box at all"))


def test_a_box_without_frames_is_read_too():
    box = " Unrecognized options \n ------ \n  Unrecognized options: lst  \n  ------\n  Available subcommands: list, sample  \n  ------\n"
    assert arguments.sentence(box) == "There is no 'lst' here; the command takes one of list, sample."


@pytest.mark.parametrize(("word", "said"), [
    ("--sapce", "There is no --sapce here; did you mean --space?"),
    ("--bogus", "There is no --bogus here; the command lacks --space user/name; --help lists what is accepted.")])
def test_an_unknown_option_is_named_where_another_is_missing(word, said):
    assert in_process("deploy.space", word, "a/b").stderr == f"error: {said}\n"


def test_what_can_be_read_is(capsys):
    found = arguments.read_arguments(gan.GanSettings, default=gan.PRESETS["mnist"], args=["--steps", "7", "--restart"])
    assert found == dataclasses.replace(gan.PRESETS["mnist"], steps=7, restart=True)
    with pytest.raises(SystemExit) as ended:
        arguments.read_arguments(gan.GanSettings, default=gan.PRESETS["mnist"], args=["--help"])
    assert not ended.value.code and "--steps" in capsys.readouterr().out


def test_a_function_takes_its_words_and_its_errors_are_its_own(monkeypatch, capsys):
    def work(name: str, count: int = 2) -> None:
        print(name * count, file=sys.stderr)
        raise BadInput("Nothing came of it.")

    monkeypatch.setattr(sys, "argv", ["x", "--name", "ab"])
    with pytest.raises(SystemExit, match=r"error: Nothing came of it\."):
        arguments.command(work)
    assert "abab" in capsys.readouterr().err


@pytest.mark.parametrize("module", COMMANDS)
def test_every_command_refuses_in_one_sentence(module):
    done = in_process(module, "--no-such-option", "1")
    assert done.returncode == 1 and done.stderr.startswith("error: ") and done.stderr.count("\n") == 1
    assert is_one_sentence(done.stderr.removeprefix("error: ").strip())


@pytest.mark.parametrize(("words", "said"), [
    ((), "The command lacks what is to be done: one of list, sample, export, bench."),
    (("export",), "The command lacks what it is about: weights under weights/, a folder, or a Hub id; --help lists what is accepted."),
    (("sample", "cgan-mnist", "--set", "label=3", "--set", "label=4"), "label is set twice."),
    (("lst",), "There is no 'lst' here; the command takes one of list, sample, export, bench."),
    (("sample", "cgan-mnist", "--sedes", "3"), "There is no --sedes here; did you mean --seeds?"),
    (("sample", "stackgan-flowers", "--set", "stage=3"), "stage takes one of 1, 2, not '3'."),
    (("sample", "gan-cls-flowers", "--set", "text={{1}}"), "there is no letter from a to z in '{1}'"),
    (("bench", "--runs", "x"), "--runs takes a whole number, not 'x'."),
    (("bench", "--runs", "-10"), "--runs takes a whole number from 1 to 100,000, not -10."),
    (("sample", "cgan-mnist", "--set", "label=99", "--out", "{folder}/new"), "label"),
])
def test_the_shell_refuses_in_one_sentence(words, said, tmp_path):
    done = in_process("models", *(word.format(folder=tmp_path) for word in words))
    assert done.returncode == 1 and said in done.stderr and is_one_sentence(done.stderr.removeprefix("error: ").strip()), done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_preset_without_a_name_is_one_sentence():
    done = in_process("training.gan", "--preset")
    assert done.returncode == 1 and done.stderr.startswith("error: --preset takes one of mnist") and done.stderr.count("\n") == 1


def test_no_command_reads_its_words_in_another_way():
    scripts = [path for folder in ("training", "deploy", "benchmarks", "harness", "models") for path in (ROOT / folder).rglob("*.py")]
    assert [path for path in [ROOT / "app.py", *scripts] if path.name != "arguments.py"
            and ("tyro.cli(" in path.read_text(encoding="utf-8") or "tyro.extras" in path.read_text(encoding="utf-8"))] == []
