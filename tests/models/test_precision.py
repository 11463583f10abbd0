"""The number format: fp32 unless a variable says otherwise; where bf16 pays in training; what is told of the processor."""

import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from conftest import ROOT, is_one_sentence

from models import precision
from models.errors import BadInput

CPU = torch.device("cpu")


@pytest.fixture
def cpu(monkeypatch):
    """Makes the processor another one: cpu(maker, *flags)."""
    def be(maker: str, *flags: str) -> None:
        monkeypatch.setattr(precision, "cpu_facts", lambda: (frozenset(flags), maker))
        precision.bf16_pays.cache_clear()

    yield be
    monkeypatch.undo()
    precision.bf16_pays.cache_clear()


@pytest.mark.parametrize(("maker", "flags", "pays", "words"), [
    ("GenuineIntel", ("avx2", "avx512f", "avx512_bf16", "amx_bf16"), True, "GenuineIntel with amx_bf16 and avx512_bf16"),
    ("GenuineIntel", ("avx512_bf16",), False, "GenuineIntel with avx512_bf16"),
    ("AuthenticAMD", ("avx512_bf16",), True, "AuthenticAMD with avx512_bf16"),
    ("AuthenticAMD", ("avx2",), False, "AuthenticAMD with neither"),
    ("", (), False, "a CPU of unknown make with neither"),
], ids=str)
def test_whether_bf16_pays_in_training_follows_from_flags_and_maker(cpu, maker, flags, pays, words):
    cpu(maker, *flags)
    assert precision.bf16_pays("cpu") == pays
    assert precision.processor().startswith(words)


@pytest.mark.parametrize(("value", "expected"), [("fp32", "fp32"), ("bf16", "bf16"), (" BF16 ", "bf16"), ("", "fp32"), (" ", "fp32"),
                                                 ("AUTO", "fp32")])
def test_generators_are_drawn_with_in_fp32_unless_the_variable_says_otherwise(cpu, monkeypatch, value, expected):
    cpu("AuthenticAMD", "avx512_bf16")
    monkeypatch.setenv(precision.VARIABLE, value)
    assert precision.name_of(precision.dtype_for()) == expected


@pytest.mark.parametrize("value", ["fp16", "float32", "1", "bf16,fp32", "x" * 1000])
def test_bad_values_are_refused(monkeypatch, value):
    monkeypatch.setenv(precision.VARIABLE, value)
    with pytest.raises(BadInput, match=precision.VARIABLE) as caught:
        precision.dtype_for()
    assert is_one_sentence(str(caught.value))


def test_this_processor_is_told():
    flags, maker = precision.cpu_facts()
    assert isinstance(maker, str) and all(isinstance(flag, str) for flag in flags)
    if Path("/proc/cpuinfo").is_file() and platform.machine() in ("x86_64", "AMD64"):
        assert maker and len(flags) > 20


@pytest.mark.parametrize("value", ["fp32", "bf16"])
def test_a_prepared_network_has_the_format_and_leaves_the_original_alone(monkeypatch, value):
    monkeypatch.setenv(precision.VARIABLE, value)
    network = torch.nn.Conv2d(2, 2, 3)
    prepared = precision.prepare(network, CPU)
    assert prepared.weight.dtype == precision.FORMATS[value] and network.weight.dtype == torch.float32


@pytest.mark.parametrize("value", ["fp32", "bf16"])
def test_a_loaded_model_runs_in_it(tiny, value):
    code = ("import models, sys; from models import bench, precision; m = models.load(sys.argv[1]); print(m.dtype, m.generate(0).shape, "
            "bench.difference_from_fp32(m))")
    done = subprocess.run([sys.executable, "-c", code, str(tiny["dcgan"])], cwd=ROOT, capture_output=True, text=True, check=True,
                          env=os.environ | {precision.VARIABLE: value}, timeout=300)
    assert done.stdout.startswith(str(precision.FORMATS[value])), done.stdout
    assert ("(0.0, 0.0)" in done.stdout) == (value == "fp32")


def test_a_perceptron_stays_in_fp32_and_a_network_that_convolves_does_not(monkeypatch):
    monkeypatch.setenv(precision.VARIABLE, "bf16")
    perceptron, convolving = torch.nn.Sequential(torch.nn.Linear(2, 3)), torch.nn.Sequential(torch.nn.Conv2d(1, 2, 3))
    assert precision.prepare(perceptron, CPU) is perceptron
    prepared = precision.prepare(convolving, CPU)
    assert next(prepared.parameters()).dtype == torch.bfloat16 and next(convolving.parameters()).dtype == torch.float32
