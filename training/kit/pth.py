"""Reads the tensors of a .pth file that older versions of torch saved, without unpickling: nothing in the file can run.

The file is a row of pickles (magic number, protocol, system, state, storage keys) and then the storages: for each its count as int64 and
its numbers. The opcodes of the pickles are only looked at; a call is kept as the name of what would be called, with its arguments.
"""

import pickletools
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import torch

from models.errors import BadInput

MAGIC = 0x1950A86A20F9469CFC6C
KINDS = {"torch FloatStorage": np.float32, "torch HalfStorage": np.float16, "torch LongStorage": np.int64}
TUPLES = {"EMPTY_TUPLE": 0, "TUPLE1": 1, "TUPLE2": 2, "TUPLE3": 3}
VALUES = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False}
MARK = object()


def read_pth(path: Path) -> dict[str, torch.Tensor]:
    """The tensors by name. Raises BadInput for anything but a state dict of float32, float16 and int64 tensors on the CPU."""
    try:
        with open(path, "rb") as file:
            data = BytesIO(file.read())
        magic, _, _, state, keys = (_symbols(data) for _ in range(5))
        if magic != MAGIC:
            raise ValueError("another format")
        kinds = {args[0][2]: KINDS[args[0][1]] for _, (_, args) in state}      # of each storage, by its key
        storages = {}
        for key in keys:
            count = int.from_bytes(data.read(8), "little")
            raw = data.read(count * np.dtype(kinds[key]).itemsize)
            storages[key] = torch.from_numpy(np.frombuffer(raw, kinds[key], count).copy())
        return {name: _tensor(storages, *call) for name, call in state}
    except (ValueError, KeyError, IndexError, TypeError, RuntimeError, OSError) as error:
        raise BadInput(f"{path.name} holds no tensors that can be read ({type(error).__name__}).") from error


def _tensor(storages: dict[str, torch.Tensor], function: str, arguments: tuple) -> torch.Tensor:
    if function != "torch._utils _rebuild_tensor_v2":
        raise ValueError(function)
    storage, offset, size, stride = arguments[:4]
    return storages[storage[2]].as_strided(size, stride, offset).clone()


def _symbols(data: BytesIO) -> Any:
    """The value of the next pickle: numbers, texts, tuples and lists as they are, a dict as the list of its pairs, a call as (name,
    arguments). Raises ValueError for opcodes that such files do not have."""
    stack: list[Any] = []
    memo: dict[int, Any] = {}

    def since_mark() -> list:
        place = max(i for i, value in enumerate(stack) if value is MARK)
        found = stack[place + 1:]
        del stack[place:]
        return found

    for opcode, argument, _ in pickletools.genops(data):
        name = opcode.name
        if name in ("GLOBAL", "BINUNICODE", "BININT", "BININT1", "BININT2", "LONG1"):
            stack.append(argument)
        elif name in VALUES:
            stack.append(VALUES[name])
        elif name in ("BINPUT", "LONG_BINPUT"):
            memo[argument] = stack[-1]
        elif name in ("BINGET", "LONG_BINGET"):
            stack.append(memo[argument])
        elif name == "MARK":
            stack.append(MARK)
        elif name in ("EMPTY_LIST", "EMPTY_DICT"):
            stack.append([])
        elif name in TUPLES:
            count = TUPLES[name]
            parts = tuple(stack[len(stack) - count:])
            del stack[len(stack) - count:]
            stack.append(parts)
        elif name == "TUPLE":
            stack.append(tuple(since_mark()))
        elif name == "REDUCE":
            arguments, function = stack.pop(), stack.pop()
            stack.append([] if function == "collections OrderedDict" else (function, arguments))
        elif name in ("APPEND", "APPENDS"):
            values = since_mark() if name == "APPENDS" else [stack.pop()]
            stack[-1].extend(values)
        elif name in ("SETITEM", "SETITEMS"):
            values = since_mark() if name == "SETITEMS" else [stack.pop(-2), stack.pop()]
            stack[-1].extend(zip(values[::2], values[1::2], strict=True))
        elif name == "BUILD":                      # attributes of a dict, such as its versions
            stack.pop()
        elif name == "STOP":
            return stack.pop()
        elif name not in ("PROTO", "BINPERSID"):   # the latter names a storage by the tuple before it
            raise ValueError(name)
    raise ValueError("cut short")
