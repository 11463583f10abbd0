"""Keeps the catalogues of the page's messages, page/words/<language>.json: `python -m harness.catalogue`.

Adds messages that are new and drops those that nobody says any more; how many still have to be translated is printed, with the first.
"""

import ast
import json
import os
import re
from pathlib import Path

from models.arguments import command
from models.checkpoint import module_of
from models.datasets import DATASETS
from models.infogan import MEANINGS
from page.language import FOLDER, LANGUAGES, WORDS, said

ROOT = Path(__file__).resolve().parent.parent
NAMED = 3        # messages to be written that are printed
SAID = {"say": 0, "said": 0, "BadInput": 0, "DamagedWeights": 0, "whole": 1, "within": 1, "Whole": 0, "Number": 0, "Weights": 1,
        "Word": 1, "drawn": 1, "plain_file": 2}     # which argument is a message
HEARD = ("tabs/**/*.py", "page/*.py", "models/**/*.py", "deploy/static_document.py")      # whose words may reach the page


def messages() -> set[str]:
    """Every message of the page: what is said while the whole page is built, and the literals of `say` and of errors in the code."""
    from app import build
    from page.plate import GIVEN
    from page.replay import LOSSES
    from tabs import plates

    found = {*GIVEN.values(), *LOSSES.values(), *(words for module in plates() for words in module.PLATE.losses.values())}
    found |= {name for data in DATASETS.values() if len(data.classes) <= 20 for name in data.classes}     # those that are on buttons
    found |= set(MEANINGS)          # what a code of InfoGAN may come to mean
    for path in sorted(path for pattern in HEARD for path in ROOT.glob(pattern)):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            name = getattr(node.func, "id", getattr(node.func, "attr", "")) if isinstance(node, ast.Call) else ""
            if name in SAID and len(node.args) > SAID[name]:
                found |= _literal(node.args[SAID[name]])
    for module in plates():              # those that wait for their weights are not built
        papers = [module_of(model) for model in module.PLATE.models]
        texts = [module.PLATE.title, module.PLATE.tab, module.PLATE.idea, getattr(module, "HOW", ""),
                 *(text for row in papers for text in (row.PAPER.idea, row.PAPER.differs)),
                 *(figure.label for row in papers for figure in getattr(row, "FIGURES", ()))]
        found |= {" ".join(text.split()) for text in texts}
    found |= {data.licence for data in DATASETS.values()}
    said.clear()
    build()
    return {message for message in found | said if re.search("[A-Za-z]{2}", message)}


def _literal(node: ast.AST) -> set[str]:
    """The text that a node writes out, as a message; nothing if it is computed."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return {" ".join(node.value.split())}
    if isinstance(node, ast.BoolOp):
        return set().union(*map(_literal, node.values))
    return _literal(node.left) if isinstance(node, ast.BinOp) else set()     # a text and another that is joined to it


def main() -> None:
    wanted = sorted(messages())
    for language in LANGUAGES:
        kept = {message: WORDS[language].get(message, message if language == "en" else "") for message in wanted}
        path, waiting = FOLDER / f"{language}.json", [f"{message[:60]!r}" for message, text in kept.items() if not text]
        path.write_text(json.dumps(kept, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        first = ", ".join([*waiting[:NAMED], *("…" for _ in waiting[NAMED:][:1])])
        more = f", {len(waiting)} to be written in {os.path.relpath(path)}: {first}" if waiting else ""
        print(f"{language}: {len(kept)} messages{more}")


if __name__ == "__main__":
    command(main)
