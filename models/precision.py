"""The number format networks run in. Loaded generators draw in fp32 on every processor: a seed is a promise, and a picture that was drawn
in a browser is the same in the shell. GAN_ATLAS_PRECISION=bf16 gives that up for speed, where the processor has units for it.

Training takes bf16 where it pays: on CPUs with AMX tiles, on AMD CPUs with AVX-512 bf16 (elsewhere AVX-512 alone was measured slower than
fp32), and on GPUs that have it.
"""

import copy
import functools
import os
from pathlib import Path

import torch
from torch import nn

from models.errors import BadInput, shown

VARIABLE = "GAN_ATLAS_PRECISION"
FORMATS = {"fp32": torch.float32, "bf16": torch.bfloat16}


def dtype_for() -> torch.dtype:
    """The number format of loaded generators: fp32, or what GAN_ATLAS_PRECISION names. Raises BadInput."""
    wanted = os.environ.get(VARIABLE, "").strip().lower() or "auto"
    if wanted not in ("auto", *FORMATS):
        raise BadInput("{variable} takes auto, fp32 or bf16, not {wanted}.", variable=VARIABLE, wanted=shown(wanted))
    return FORMATS.get(wanted, torch.float32)


def name_of(dtype: torch.dtype) -> str:
    """"fp32" or "bf16"."""
    return next(name for name, known in FORMATS.items() if known == dtype)


def processor() -> str:
    """In a few words, what the processor has that matters here: for `python -m models bench`."""
    flags, maker = cpu_facts()
    known = [flag for flag in ("amx_bf16", "avx512_bf16") if flag in flags]
    return f"{maker or 'a CPU of unknown make'} with {' and '.join(known) or 'neither amx_bf16 nor avx512_bf16'}"


@functools.cache
def bf16_pays(device_type: str) -> bool:
    """Whether bf16 is quicker than fp32 on this kind of device ("cpu", "cuda", "mps")."""
    if device_type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    if device_type != "cpu":
        return False
    flags, maker = cpu_facts()
    return "amx_bf16" in flags or ("avx512_bf16" in flags and maker == "AuthenticAMD")


@functools.cache
def cpu_facts() -> tuple[frozenset[str], str]:
    """The CPU's flags and its maker, as Linux tells them; elsewhere what torch knows of it, and no maker."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        facts = dict(reversed([[part.strip() for part in line.split(":", 1)] for line in lines if ":" in line]))   # of the first core
        return frozenset(facts.get("flags", "").split()), facts.get("vendor_id", "")
    except OSError:
        known = {"amx_bf16": "_is_amx_tile_supported", "avx512_bf16": "_is_avx512_bf16_supported"}
        return frozenset(flag for flag, asked in known.items() if getattr(torch.cpu, asked, lambda: False)()), ""


def prepare(network: nn.Module, device: torch.device) -> nn.Module:
    """The generator on its device, channels last, in the number format of `dtype_for`; what is cut down to bf16 is a copy.

    A perceptron, without any convolution, stays in fp32: it gains nothing from bf16.
    """
    network, dtype = network.to(device, memory_format=torch.channels_last), dtype_for()
    convolves = any(isinstance(part, nn.Conv1d | nn.Conv2d | nn.ConvTranspose2d) for part in network.modules())
    return copy.deepcopy(network).to(dtype) if dtype != torch.float32 and convolves else network
