"""Imports Gradio a second sooner: it would write a .pyi file for each of its components, which serves editors and nobody on the page."""

import inspect

_file_of = inspect.getfile


def _no_file(thing: object) -> str:
    if str(getattr(thing, "__module__", "")).startswith("gradio."):
        raise OSError("no stub is wanted")       # Gradio's own sign to write none, meant for classes that have no file
    return _file_of(thing)


inspect.getfile = _no_file
try:
    import gradio  # noqa: F401
finally:
    inspect.getfile = _file_of
