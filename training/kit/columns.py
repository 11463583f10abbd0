"""Which column of a Parquet file holds the picture, which the label, which the sentences."""

import json
from dataclasses import dataclass

import pyarrow as pa

from models.errors import BadInput

PICTURE = ("image", "img", "images", "picture", "photo", "jpg", "png")      # usual names, by which one of several is chosen
LABEL = ("label", "labels", "class", "category", "target", "fine_label", "fine_labels", "classes", "y")
CAPTIONS = ("captions", "caption", "sentences", "sentence", "text", "texts", "description", "descriptions", "prompt")


@dataclass(frozen=True)
class Columns:
    """Names that were given; an empty one is found by what the columns hold."""

    image: str = ""
    label: str = ""
    captions: str = ""

    def of(self, schema: pa.Schema, file: str) -> tuple[str, str | None, str | None, tuple[str, ...]]:
        """The columns of picture, label and sentences (None: there is none) and the names of the labels, where the file gives any. Raises
        BadInput for a file whose picture column cannot be told."""
        for name in (self.image, self.label, self.captions):
            if name and name not in schema.names:
                raise BadInput("{file} has no column {name}; its columns are {names}.", file=file, name=name,
                               names=", ".join(schema.names)[:120])
        image = self.image or _image(schema, file)
        texts = [field.name for field in schema if field.name != image and _is_captions(field)]
        captions = self.captions or next((name for name in CAPTIONS if name in texts and name != self.label), None)
        kinds = [field.name for field in schema if field.name not in (image, captions) and _is_label(field.type)]
        named = _class_names(schema)
        usual = [name for name in (*LABEL, *named) if name in kinds]
        label = self.label or (usual[0] if usual else kinds[0] if len(kinds) == 1 else None)
        return image, label, captions, named.get(label, ())


def _image(schema: pa.Schema, file: str) -> str:
    found = [field.name for field in schema if _is_image(field.type)]
    usual = [name for name in PICTURE if name in found]
    if len(found) == 1 or usual:
        return (usual or found)[0]
    if found:
        raise BadInput("{file} has several columns with pictures ({names}); name one with --image-column.", file=file,
                       names=", ".join(found)[:100])
    raise BadInput("{file} has no column with encoded pictures, as bytes or as a struct with bytes; its columns are {names}.", file=file,
                   names=", ".join(schema.names)[:100] or "none")


def _is_image(kind: pa.DataType) -> bool:
    if pa.types.is_struct(kind):
        return any(field.name == "bytes" and _is_bytes(field.type) for field in kind)
    return _is_bytes(kind)


def _is_bytes(kind: pa.DataType) -> bool:
    return pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_fixed_size_binary(kind)


def _is_label(kind: pa.DataType) -> bool:
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    return pa.types.is_integer(kind) or pa.types.is_boolean(kind) or _is_text(kind)


def _is_captions(field: pa.Field) -> bool:
    kind = field.type
    return _is_text(kind) or ((pa.types.is_list(kind) or pa.types.is_large_list(kind)) and _is_text(kind.value_type))


def _is_text(kind: pa.DataType) -> bool:
    return pa.types.is_string(kind) or pa.types.is_large_string(kind)


def _class_names(schema: pa.Schema) -> dict[str, tuple[str, ...]]:
    """The names of the labels by column, as the datasets library writes them into a file's metadata."""
    try:
        features = json.loads((schema.metadata or {}).get(b"huggingface", b"{}"))["info"]["features"]
        return {name: tuple(map(str, kind["names"])) for name, kind in features.items() if isinstance(kind, dict) and kind.get("names")}
    except (ValueError, KeyError, TypeError, AttributeError):
        return {}
