"""Writes the page as a folder that any static host serves, without Python behind it: `make static`, or `python -m deploy.static OUT`.

It is the same page: built by app.py, then each piece of it is written down, the markup in every language, the scripts, the networks as ONNX
(page/drawing_files.py). Instruments that declare what they show (page/drawing.py) are drawn by the visitor's browser; those with few states
(`every` in page/instrument.py) find their answers written down. What needs Python is left out.

    index.html, zh.html     the document, by language
    plates/                 what a plate holds; it is fetched and stands up when it is opened
    shell.js, scripts/      tabs, and what a plate's pieces run
    drawing/, networks/     as page/served.py serves them
    answers/, pictures/     of instruments with few states
    licences/               of what others made
    service_worker.js       keeps what came, so that the folder works offline after the first visit
    404.html                what hosts answer for what is not there
"""

import gzip
import hashlib
import json
import re
import shutil
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import gradio as gr
import tyro

import models
from deploy import MARK, ROOT, check_space, to_publish, upload_space
from deploy.licences import texts
from deploy.static_document import DOCUMENTS, Folder, document
from models import registry
from models.arguments import command
from models.checkpoint import write_whole
from models.errors import BadInput
from models.places import try_writing
from page import drawing_files, networks, served
from page.drawing import Drawing, needs
from page.language import LANGUAGES, speaking
from page.theme import css, font_faces, theme

SHELL = Path(__file__).parent / "static_page"
FONTS = Path(gr.__file__).parent / "templates" / "frontend"
UNFINISHED = ".gan-atlas-being-written-"       # begins the names of folders in which it is made before it takes its place
LONG = 86_400          # seconds after which nothing is at work in such a folder
UNPACKER = [ROOT / "node_modules" / "brotli-dec-wasm" / "pkg" / name for name in ("brotli_dec_wasm.js", "brotli_dec_wasm_bg.wasm")]
BROTLI = 11            # the highest quality: half a minute, once for each runtime, and a seventh less to fetch
SPACE_CARD = """---
title: GAN Atlas
emoji: 🌿
colorFrom: green
colorTo: pink
sdk: static
license: mit
---
The family tree of generative adversarial networks; the networks run in the visitor's browser. What others made of it, and under which
licences: [licences/README.md](licences/README.md).
"""


@dataclass(frozen=True)
class Settings:
    out: Annotated[Path, tyro.conf.Positional] = Path("static")     # the folder; one that this command made before is written anew
    space: str = ""                                                 # user/name: put it on that Static Space instead
    private: bool = False                                           # that Space
    own: bool = False                                               # weights of data of one's own that git does not list go along


def main(cfg: Settings) -> None:
    if cfg.space:
        check_space(cfg.space)
        with tempfile.TemporaryDirectory() as temporary:
            folder = write(Path(temporary) / "static", cfg.own)
            (folder / "README.md").write_text(SPACE_CARD, encoding="utf-8")
            upload_space(cfg.space, folder, "static", private=cfg.private)
        return
    if cfg.private:
        raise BadInput("--private is for a Space (--space user/name); a folder is as private as where it is put.")
    folder = write(cfg.out, cfg.own)
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    print(f"{size / 1e6:.1f} MB in {folder}/; look at it with: python -m http.server --directory {folder}")


def write(out: Path, own: bool = False) -> Path:
    """Writes the folder; weights of data of one's own go along if git lists them, and others if `own`. Raises BadInput for a folder with
    other things in it, and where browsers cannot draw."""
    _check_free(out)
    if not drawing_files.available() or not all(path.is_file() for path in UNPACKER):
        raise BadInput("The networks cannot be drawn in a browser without the packages of package-lock.json; python -m harness.node "
                       "installs them.")
    from app import build  # imported late: it opens all weights

    folders = {card.name: models.folder_of(card.name) for card in models.cards()}
    going = to_publish(folders.values(), own)
    registry.left_out |= (staying := {name for name, folder in folders.items() if folder not in going})
    try:
        page = build()
        _tidy(out)
        return _fill(out, page)
    except OSError as error:
        raise BadInput(f"{out} cannot be written ({error.strerror or error}).") from error
    finally:
        registry.left_out -= staying


def _check_free(out: Path) -> None:
    """Raises BadInput, before the work begins, for a folder with other things in it, and where nothing can be written."""
    try:
        if out.exists() and (not out.is_dir() or (not set(out.iterdir()) <= _left_of(out) and not (out / MARK).is_file())):
            raise BadInput(f"{out} holds something that this command did not make; name another folder.")
        out.parent.mkdir(parents=True, exist_ok=True)
        for folder in (out.parent, out):           # what is being written lies beside it
            try_writing(folder)
    except OSError as error:
        raise BadInput(f"{str(out)[:100]} cannot be written ({error.strerror or error}); name another folder.") from error


def _fill(out: Path, page: gr.Blocks) -> Path:
    """Writes all of it on the same disk, then into its place."""
    with tempfile.TemporaryDirectory(prefix=UNFINISHED, dir=out if out.is_dir() else out.parent) as temporary:     # it may be another disk
        (Path(temporary) / MARK).touch()
        made = Folder(Path(temporary) / "static")
        drawings = [block.drawing for block in page.blocks.values() if getattr(block, "drawing", None)]
        _runtime(made, drawings)
        for spoken, name in DOCUMENTS.items():
            with speaking(spoken):
                made.write(name, document(page, made))
        for name, text in texts([*drawing_files.FILES.values(), *UNPACKER]).items():
            made.write(f"licences/{name}", text)
        _shell(made)
        _put(made, out)
    return out


def _tidy(out: Path) -> None:
    """Deletes what was left a day ago."""
    for folder in _left_of(out):
        if time.time() - (folder / MARK).stat().st_mtime > LONG:
            shutil.rmtree(folder, ignore_errors=True)


def _left_of(out: Path) -> set[Path]:
    """What runs of this command have written that were killed, or are still at work."""
    found = [path for folder in (out, out.parent) if folder.is_dir() for path in folder.glob(f"{UNFINISHED}*")]
    return {path for path in found if (path / MARK).is_file() and {one.name for one in path.iterdir()} <= {MARK, "static"}}


def _put(made: Folder, out: Path) -> None:
    """Moves what was made into its place, and removes what an earlier run put there. What others added stays. Raises BadInput, before
    anything is changed, where that has a name that is needed."""
    new, mark = {MARK, *made.names()}, out / MARK
    listed = mark.read_text(encoding="utf-8").splitlines()[1:] if mark.is_file() else []
    before = {*listed} & {path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()}
    taken = [name for name in sorted(new - before - {MARK}) if (out / name).exists()]
    if taken:
        raise BadInput(f"{out}/{taken[0]} was not made by this command, which needs that name; move it elsewhere.")
    out.mkdir(exist_ok=True)
    _vouch(out, new | before)           # first, so that the same command goes on after a kill
    for name in before - new:
        (out / name).unlink()
    for folder in sorted({folder for name in before - new for folder in (out / name).parents if out in folder.parents}, reverse=True):
        if not any(folder.iterdir()):
            folder.rmdir()
    for name in sorted(new - {MARK}):
        (out / name).parent.mkdir(parents=True, exist_ok=True)
        (made.path / name).replace(out / name)
    _vouch(out, new)


def _vouch(out: Path, names: set[str]) -> None:
    """Writes which files of the folder are this command's."""
    write_whole(out / MARK, "\n".join(["Written by python -m deploy.static, which writes these files anew and leaves others:",
                                       *sorted(names)]))


# --- what browsers draw with ------------------------------------------------------------------------------------------------

def _runtime(made: Folder, drawings: list[Drawing]) -> None:
    home = f"drawing/{drawing_files.VERSION}"
    told = drawing_files.runtime()
    for name, path in served.files().items():
        if name not in (drawing_files.RUNTIME, drawing_files.GRAPHICS):
            made.write(f"{home}/{name}", path.read_bytes())
    for one, quality in ((told, BROTLI), (told["graphics"], 9)):
        data = drawing_files.packed(drawing_files.FILES[one["file"]], one["file"], "br", quality)       # few hosts pack it themselves
        one |= {"file": f"{one['file']}.br", "travels": len(data)}
        made.write(f"{home}/{one['file']}", data)
    made.write(f"{home}/{UNPACKER[0].name}", UNPACKER[0].read_bytes())
    made.write(f"{home}/{UNPACKER[1].name}.gz", gzip.compress(UNPACKER[1].read_bytes(), 9, mtime=0))
    made.write(f"{home}/runtime.json", json.dumps(told))
    for spoken in LANGUAGES:
        with speaking(spoken):
            for text in [drawing.told() for drawing in drawings]:
                made.write(f"{home}/declared-{served.key_of(text)}.json", text)
    asked = {part for drawing in drawings for phase in drawing.phases.values() for part in needs(phase)["parts"]}
    for name in sorted({name for drawing in drawings for name in networks.offered(drawing)}):
        found = networks.prepared(name)
        found["parts"] = [part for part in found["parts"] if part["name"] in asked]
        for part in found["parts"]:
            data = gzip.compress(networks.path_of(found, part).read_bytes(), 6, mtime=0)
            part |= {"file": f"{part['file']}.gz", "travels": len(data)}
            made.write(f"networks/{name}/{part['file']}", data)
        made.write(f"networks/{name}.json", json.dumps(networks.outside(found)))


# --- around it --------------------------------------------------------------------------------------------------------------

def _shell(made: Folder) -> None:
    """Style sheet, fonts, and what makes it an application; the list of files comes last, for the service worker's version."""
    looks, sheets = theme()._get_theme_css(), css()
    for name in re.findall(r"url\('(static/[^']+)'\)", looks):
        made.write(name, (FONTS / name).read_bytes())
    made.write("style.css", "\n".join([looks, sheets, _within(sheets.removeprefix(font_faces())),
                                       (SHELL / "static.css").read_text(encoding="utf-8")]))
    for name in ("shell.js", "icon.svg"):
        made.write(name, (SHELL / name).read_bytes())
    made.write("manifest.webmanifest", json.dumps({
        "name": "GAN Atlas", "short_name": "GAN Atlas", "start_url": "./", "scope": "./", "display": "standalone",
        "background_color": "#FAF7F0", "theme_color": "#2F6B4F", "icons": [{"src": "icon.svg", "sizes": "any", "type": "image/svg+xml"}]}))
    made.write("files.json", json.dumps(made.names()))
    names = [name for name in made.names() if not name.startswith("licences/")]
    core = ["./", *(name for name in names if "/" not in name or name.startswith(("plates/", "scripts/", "static/"))
                    or re.fullmatch(r"networks/[^/]+\.json", name))]
    later = [name for name in names if name not in core]
    edition = hashlib.sha256(b"".join((made.path / name).read_bytes() for name in core[1:])).hexdigest()[:12]
    worker = (SHELL / "service_worker.js").read_text(encoding="utf-8")
    for name, value in (("__EDITION__", edition), ("__CORE__", core), ("__LATER__", later)):
        worker = worker.replace(name, json.dumps(value))
    made.write("service_worker.js", worker)
    made.write("404.html", (SHELL / "404.html").read_bytes())       # else some hosts give the first page for whatever they have not


def _within(sheets: str) -> str:
    """The copy of all rules that Gradio adds within its container, as strong as there: which of two rules wins follows from it."""
    return ".gradio-container.gradio-container .fillable {\n" + re.sub(r"^\.dark (?=\.)", ".dark & ", sheets, flags=re.MULTILINE) + "\n}"


if __name__ == "__main__":
    command(main, Settings, __doc__)
