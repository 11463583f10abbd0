"""A model's networks as ONNX files: `python -m models export infogan-mnist`. Needs onnx, onnxscript and onnxruntime (requirements.txt).

Each file is one network, for any number of images at once, with weights stored in fp16 and computed with in fp32, and with the facts of the
card in its metadata. Before a file is kept, onnxruntime runs it beside torch. Which networks a model has, and what they take, is told
by `Model.parts` (models/loaded.py).
"""

import dataclasses
import functools
import importlib.util
import inspect
import json
import logging
import warnings
from pathlib import Path

import numpy as np
import torch

from models.checkpoint import write_whole
from models.errors import BadInput, shown
from models.images import to_uint8
from models.loaded import Model, Part
from models.places import try_writing

NEEDED = ("onnx", "onnxscript", "onnxruntime")
OPSET = 20
HALVED = 256                  # numbers that a tensor has at least, if it is stored in fp16
MOST_STEP, MOST_SHARE, MOST_MEAN = 1, 0.02, 0.01     # of images: largest difference from torch in 1/255, share that differs, mean of 1/255
MOST_OTHER = 0.02             # of other outputs: largest difference, relative to the largest value


def export(model: Model, out: Path, only: tuple[str, ...] = ()) -> list[Path]:
    """Writes <out>/<part>.onnx for each network of a model, or those named in `only`, and returns the files. Raises BadInput where packages
    are missing, a name is none of the model's, the folder cannot be written, or a network does not compute what torch computes."""
    if lacking := missing():
        raise BadInput("Exporting needs packages that are not installed ({missing}): pip install -r requirements.txt brings them.",
                       missing=", ".join(lacking))
    import onnx  # imported late: only this command needs it

    parts, written = model.parts(), []
    names = [part.name for part in parts]
    for name in only:
        if name not in names:
            raise BadInput("{name} has no network {part}; it has {names}.", name=model.card.name, part=shown(name), names=", ".join(names))
    chosen = [part for part in parts if not only or part.name in only]
    _check_room_for(chosen, out, model.card.name)
    for part in chosen:
        proto = halved(_onnx(part))
        for key, value in facts(model, part).items():
            onnx.helper.set_model_props(proto, {entry.key: entry.value for entry in proto.metadata_props} | {key: value})
        data, path = proto.SerializeToString(), out / f"{part.name}.onnx"
        check(part, data)
        try:
            out.mkdir(parents=True, exist_ok=True)
            write_whole(path, data)
        except OSError as error:
            raise BadInput("The networks cannot be written to {out} ({reason}).", out=out, reason=error.strerror or error) from error
        written.append(path)
    return written


def _check_room_for(parts: list[Part], out: Path, name: str) -> None:
    """Raises BadInput, before the work begins, where files of others have the names of ours or nothing can be written."""
    try:
        for path in (out / f"{part.name}.onnx" for part in parts):
            if path.exists() and _name_in(path) != name:
                raise BadInput("{path} is there already and is no network of {name}; --out takes another folder.", path=path, name=name)
        try_writing(out)
    except OSError as error:
        raise BadInput("The networks cannot be written to {out} ({reason}).", out=out, reason=error.strerror or error) from error


def _name_in(path: Path) -> str:
    """Of the model whose network a file holds; empty for any other file."""
    import onnx

    try:
        return {entry.key: entry.value for entry in onnx.load(path, load_external_data=False).metadata_props}.get("name", "")
    except Exception:          # of many kinds, for any file may stand there
        return ""


def missing() -> list[str]:
    """The packages that exporting needs and that are not installed."""
    return [name for name in NEEDED if importlib.util.find_spec(name) is None]


def facts(model: Model, part: Part) -> dict[str, str]:
    """What the metadata of a file says: enough to draw with it, and to tell where it came from."""
    card = model.card
    controls = [{key: value for key, value in dataclasses.asdict(control).items() if isinstance(value, str | int | float | bool | tuple)}
                for control in card.controls]
    return {"name": card.name, "part": part.name, "paper": card.paper.title, "year": str(card.paper.year), "link": card.paper.link,
            "dataset": card.dataset.title, "classes": json.dumps(card.dataset.classes, ensure_ascii=False), "licence": card.licence,
            "sha256": card.sha256, "image_size": json.dumps(card.image_size), "controls": json.dumps(controls, ensure_ascii=False)}


@functools.cache
def _one_table() -> None:
    """Has torch read its table of operators once, and not anew for each network, which is 40 % of an export. A torch that keeps it
    elsewhere goes on as it likes."""
    try:
        from torch.onnx._internal.exporter._registration import ONNXRegistry

        ONNXRegistry.from_torchlib = staticmethod(functools.cache(ONNXRegistry.from_torchlib))
    except (ImportError, AttributeError):
        return


def _onnx(part: Part):
    """The ONNX model of a network in fp32, with a dynamic batch, and where it takes images of any size, dynamic height and width."""
    free = {0: torch.export.Dim("batch", min=1, max=4096)}
    if part.any_size:
        free |= {2: torch.export.Dim("height", min=2, max=4096), 3: torch.export.Dim("width", min=2, max=4096)}
    shapes = tuple(free for _ in part.inputs)
    _one_table()
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)      # it would name operations of packages that nobody here needs
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        program = torch.onnx.export(part.network.eval(), tuple(part.inputs.values()), dynamo=True, opset_version=OPSET, verbose=False,
                                    optimize=False,      # batch norm stays by itself: folded weights would no longer fit fp16
                                    input_names=list(part.inputs), output_names=list(part.outputs),
                                    dynamic_shapes=_nested(part.network, shapes))
    return program.model_proto


def _nested(network: torch.nn.Module, shapes: tuple) -> tuple:
    """The shapes of a network's inputs as torch.export takes them: those of *inputs in a tuple of their own."""
    named = [one for one in inspect.signature(network.forward).parameters.values() if one.kind is not one.VAR_POSITIONAL]
    return (*shapes[:len(named)], shapes[len(named):]) if len(shapes) > len(named) else shapes


def halved(proto):
    """The model with its large tensors stored in fp16, each behind a Cast to fp32. Half the size; values move by rounding only."""
    from onnx import TensorProto, helper, numpy_helper

    casts = []
    for tensor in proto.graph.initializer:
        if tensor.data_type == TensorProto.FLOAT and np.prod(tensor.dims) >= HALVED:
            values = numpy_helper.to_array(tensor).astype(np.float16)
            name = tensor.name
            tensor.CopyFrom(numpy_helper.from_array(values, f"{name}.fp16"))
            casts.append(helper.make_node("Cast", [f"{name}.fp16"], [name], to=TensorProto.FLOAT))
    nodes = [*casts, *proto.graph.node]
    del proto.graph.node[:]
    proto.graph.node.extend(nodes)
    del proto.graph.value_info[:]           # shapes of what lies between: onnxruntime finds them itself
    return proto


def check(part: Part, data: bytes) -> None:
    """Raises BadInput unless onnxruntime computes what torch does, for one image and for several."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
    for count in (1, len(next(iter(part.inputs.values())))):
        given = {name: value[:count] for name, value in part.inputs.items()}
        with torch.inference_mode():
            wanted = part.network(*given.values())
        found = session.run(None, {name: value.numpy() for name, value in given.items()})
        for name, ours, theirs in zip(part.outputs, wanted if isinstance(wanted, tuple) else (wanted,), found, strict=True):
            if not agree(name, ours.float(), torch.from_numpy(np.asarray(theirs)).float()):
                raise BadInput("The network {part} does not compute in ONNX what it computes here; nothing of it was kept.", part=part.name)


def agree(name: str, ours: torch.Tensor, theirs: torch.Tensor) -> bool:
    """Whether two outputs are the same up to the rounding of fp16 weights: for the output "image" in steps of 1/255."""
    if ours.shape != theirs.shape or not theirs.isfinite().all():
        return False
    if name == "image":
        steps = (to_uint8(ours).int() - to_uint8(theirs).int()).abs().float()
        return bool(steps.max() <= MOST_STEP and (steps > 0).float().mean() <= MOST_SHARE and steps.mean() <= MOST_MEAN)
    return bool((ours - theirs).abs().max() <= MOST_OTHER * (1 + ours.abs().max()))
