"""Which column of a Parquet file holds the picture, which the label, which the sentences."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa

from models.errors import BadInput
from training.kit.settings import RunSettings

PICTURE = ("image", "img", "images", "picture", "photo", "jpg", "png")      # usual names, by which one of several is chosen
PICTURE_TEXT = ("image", "img", "picture", "photo", "base64", "b64", "image_base64", "image_b64", "data")     # where a text may be one
LABEL = ("label", "labels", "class", "category", "target", "fine_label", "fine_labels", "classes", "y")
ROWS = {"id", "idx", "index", "row", "uid", "uuid", "image_id", "img_id", "imageid", "file", "file_name", "filename", "image_name", "path",
        "file_path", "filepath", "image_path", "url", "image_url", "hash", "md5", "sha256", "width", "height", "timestamp", "date",
        "__index_level_0__"}      # columns that tell a row from others, not classes
CAPTIONS = ("captions", "caption", "sentences", "sentence", "text", "texts", "description", "descriptions", "prompt")


class NoColumn(BadInput):
    """A column that a setting names is not there; the message ends with those that are."""


@dataclass(frozen=True)
class Columns:
    """Names that were given; an empty one is found by what the columns hold."""

    image: str = ""
    label: str = ""
    captions: str = ""

    def of(self, schema: pa.Schema, file: str) -> tuple[str, str | None, str | None, tuple[str, ...]]:
        """The columns of picture, label and sentences (None: there is none) and the names of the labels, where the file gives any. What a
        struct holds is called "struct.field". Raises BadInput for a file whose picture column cannot be told."""
        schema = _opened(schema)
        for name in (self.image, self.label, self.captions):
            if name and name not in schema.names:
                raise NoColumn("{file} has no column {name}; its columns are {names}.", file=file, name=name,
                               names=", ".join(schema.names)[:120])
        self._check_kinds(schema, file)
        image = self.image or _image(schema, file)
        texts = [field.name for field in schema if field.name != image and _is_captions(field)]
        captions = self.captions or next((name for name in usual_of(texts, CAPTIONS) if name != self.label), None)
        lists = [name for name in texts if _is_list(schema.field(schema.names.index(name)).type) and not usual_of([name], LABEL)]
        captions = captions or (lists[0] if len(lists) == 1 and lists[0] != self.label else None)      # several texts: what else?
        kinds = [field.name for field in schema if field.name not in (image, captions)
                 and (_is_label(field.type) or (usual_of([field.name], LABEL) and _may_be_label(field.type)))]
        named = _class_names(schema)
        usual = usual_of(kinds, (*LABEL, *named))
        others = [name for name in kinds if name.lower().rpartition(".")[2] not in ROWS]
        label = self.label or (usual[0] if usual else others[0] if len(others) == 1 else None)
        return image, label, captions, named.get(label, ())

    def _check_kinds(self, schema: pa.Schema, file: str) -> None:
        """Raises BadInput where a column that was named cannot hold what it was named for."""
        for setting, name, fits, wanted in (
            ("image", self.image, lambda field: _is_image(field.type) or _is_text(field.type), "encoded pictures"),
            ("label", self.label, lambda field: _may_be_label(field.type), "one number or text for each picture"),
            ("caption", self.captions, _is_captions, "texts or lists of texts"),
        ):
            if name and not fits(schema.field(schema.names.index(name))):
                raise BadInput("--{setting}-column takes a column of {wanted}, and {name} in {file} holds {kind}.", setting=setting,
                               wanted=wanted, name=name, file=file, kind=f"{schema.field(schema.names.index(name)).type!s:.60}")


def _opened(schema: pa.Schema) -> pa.Schema:
    """The schema with the fields of each struct that is no picture in its place, as "struct.field"."""
    fields: list[pa.Field] = []
    for field in schema:
        nested = pa.types.is_struct(field.type) and not _is_image(field.type)
        inner = _opened(pa.schema([part.with_name(f"{field.name}.{part.name}") for part in field.type])) if nested else [field]
        fields += inner
    return pa.schema(fields, schema.metadata)


def usual_of(names: list[str], known: Sequence[str]) -> list[str]:
    """Those of the names that are known ones, in capitals or small letters, also inside a struct, in the order of `known`."""
    return [name for one in known for name in names if f".{name}".lower().endswith(f".{one}".lower())]


def cell_at(cells: dict, name: str | None) -> object:
    """The value of a column in a row, as `Columns.of` names it; None for no column, and where a struct on the way is missing."""
    if name is None or name in cells:
        return cells.get(name)
    outer, _, rest = name.partition(".")
    inner = cells.get(outer)
    return cell_at(inner, rest) if rest and isinstance(inner, dict) else None


def _image(schema: pa.Schema, file: str) -> str:
    found = [field.name for field in schema if _is_image(field.type)]
    if not found:
        found = usual_of([field.name for field in schema if _is_text(field.type)], PICTURE_TEXT)[:1]
    usual = usual_of(found, PICTURE)
    if len(found) == 1 or usual:
        return (usual or found)[0]
    if found:
        raise BadInput("{file} has several columns with pictures ({names}); name one with --image-column.", file=file,
                       names=", ".join(found)[:100])
    raise BadInput("{file} has no column with encoded pictures, as bytes or as a struct with bytes; its columns are {names}.", file=file,
                   names=", ".join(schema.names)[:100] or "none")


def _is_image(kind: pa.DataType) -> bool:
    kind = _one(kind)
    kind = _inner(kind) if _is_list(kind) else kind
    if pa.types.is_struct(kind):
        return any(field.name == "bytes" and (_is_bytes(field.type) or pa.types.is_null(field.type)) for field in kind)
    return _is_bytes(kind)


def _is_bytes(kind: pa.DataType) -> bool:
    kind = _one(kind)
    return (pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_fixed_size_binary(kind)
            or pa.types.is_binary_view(kind))


def _is_label(kind: pa.DataType) -> bool:
    kind = _one(kind)
    return pa.types.is_integer(kind) or pa.types.is_boolean(kind) or _is_text(kind)


def _may_be_label(kind: pa.DataType) -> bool:
    """Whether the values can be labels, where the column's name says so: whole numbers in a column with gaps are often kept as floats."""
    return not pa.types.is_nested(_one(kind))


def _is_captions(field: pa.Field) -> bool:
    return _is_text(field.type) or (_is_list(field.type) and _is_text(_inner(field.type)))


def _is_text(kind: pa.DataType) -> bool:
    kind = _one(kind)
    return pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)


def _is_list(kind: pa.DataType) -> bool:
    return (pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind) or pa.types.is_list_view(kind)
            or pa.types.is_large_list_view(kind))


def _inner(kind: pa.DataType) -> pa.DataType:
    return _one(kind.value_type)


def _one(kind: pa.DataType) -> pa.DataType:
    """The type of the values of a column that numbers them."""
    return kind.value_type if pa.types.is_dictionary(kind) else kind


def _class_names(schema: pa.Schema) -> dict[str, tuple[str, ...]]:
    """The names of the labels by column, as the datasets library writes them into a file's metadata."""
    try:
        features = json.loads((schema.metadata or {}).get(b"huggingface", b"{}"))["info"]["features"]
        told = {name: kind.get("names") for name, kind in features.items() if isinstance(kind, dict)}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return {}
    return {name: tuple(names) for name, names in told.items()
            if isinstance(names, list) and all(isinstance(one, str) for one in names) and len(set(names)) == len(names)}


def columns_of(cfg: RunSettings) -> Columns:
    """The names that a training's settings give."""
    return Columns(cfg.image_column, cfg.label_column, cfg.caption_column)
