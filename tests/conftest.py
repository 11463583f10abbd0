"""Small pictures and small weights, made here: the tests need no data set and no network, and of trained models the shipped ones only."""

import contextlib
import dataclasses
import hashlib
import io
import json
import os
import re
import runpy
import shutil
import signal
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import hypothesis
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
from PIL import Image

import models
from models import cgan, classifier, dcgan, gan, infogan, registry
from models.checkpoint import WEIGHTS, build_networks, save
from models.datasets import DATASETS, Dataset
from models.training_record import TrainingRecord

pytest_plugins = ["tests.visitor"]
pytest.register_assert_rewrite("static_visitor", "stub_hub")
ROOT = Path(__file__).resolve().parent.parent
for name in [*os.environ]:           # a visitor's own, whom README advises to set them, and what launchers leave behind
    if name.startswith(("GAN_ATLAS_", "GRADIO_", "SPACE", "ACCELERATE_")):
        del os.environ[name]
for name in ("MAKEFLAGS", "MFLAGS", "MAKEOVERRIDES", "MAKELEVEL", "GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"):
    os.environ.pop(name, None)       # what `make test PYTHON=...` and a hook of git tell theirs is not for the tests' own make and git
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:        # as a shell has it that starts the tests in its background
    signal.signal(signal.SIGINT, signal.default_int_handler)
os.environ |= {"ACCELERATE_USE_CPU": "true", "CUDA_VISIBLE_DEVICES": ""}      # pictures and runs are compared with those of a CPU
os.environ |= dict.fromkeys(("NO_PROXY", "no_proxy"), "localhost,127.0.0.1,::1")            # the tests' own servers are asked directly
hypothesis.settings.register_profile("same", derandomize=True, database=None)               # each run tries the same
hypothesis.settings.load_profile("same")
APART = {"__main__", "arguments", "bench", "figures", "hub", "losses", "provenance", "proxies", "training_record"}   # of what exports
EXPORTING = [*sorted(path for path in (ROOT / "models").rglob("*.py") if path.stem not in APART),
             *sorted((ROOT / "page").glob("drawing*.py")), ROOT / "page" / "networks.py"]
SOURCES = hashlib.sha256(b"".join(path.read_bytes() for path in EXPORTING) + repr([
    (name, version(name)) for name in ("torch", "onnx", "onnxscript")]).encode())
EXPORTED = ROOT / "runs" / f".networks-{SOURCES.hexdigest()[:12]}"         # kept while what exports is the same
os.environ["GAN_ATLAS_CACHE"] = str(EXPORTED)
os.environ["HF_HUB_OFFLINE"] = "1"   # huggingface_hub is imported later and reads it then: an unknown name fails without a wait
torch.set_num_threads(min(2, torch.get_num_threads()))
torch.backends.mps.is_available = lambda: False

_folders = registry._folders
registry._folders = lambda place: [      # what a visitor trained into weights/ is none of the shipped ones that tests are about
    folder for folder in _folders(place) if folder.parent != WEIGHTS or folder.name.rpartition("-")[2] in DATASETS]

TINY = {   # weights: module, data set, config
    "gan": (gan, "mnist", gan.Config(z_dim=16, width=32)),
    "dcgan": (dcgan, "mnist", dcgan.Config(z_dim=16, g_width=16, d_width=8)),
    "cgan": (cgan, "fashion", cgan.Config(z_dim=16, g_width=16, d_width=8)),
    "infogan": (infogan, "mnist", infogan.Config(z_dim=16, g_width=16, d_width=8)),
    "classifier": (classifier, "mnist", classifier.Config(width=4)),
}
FACTS = {"command": "none", "commit": "none", "seed": 0, "data": "none", "hardware": "none", "minutes": 0.0,
         "steps": 0, "pictures": 0, "k": 1}


def pytest_sessionstart(session) -> None:
    """Takes away what earlier versions exported for the tests, once no run has used it for a week."""
    with contextlib.suppress(OSError):
        EXPORTED.mkdir(parents=True, exist_ok=True)
        EXPORTED.touch()
        for folder in EXPORTED.parent.glob(f".networks-{'[0-9a-f]' * 12}"):
            if folder.stat().st_mtime < time.time() - 7 * 86_400:
                shutil.rmtree(folder, ignore_errors=True)


def need_git() -> None:
    """Leaves a test out where nobody says which files are ours."""
    if not (ROOT / ".git").exists() or shutil.which("git") is None:
        pytest.skip("this is no clone: nobody says which files are ours")


def in_process(module: str, *words: object) -> subprocess.CompletedProcess:
    """What `python -m module words` does and prints, without starting another Python: for commands that end soon."""
    out, error, code = io.StringIO(), io.StringIO(), 0
    with (pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(out), contextlib.redirect_stderr(error),
          warnings.catch_warnings()):
        warnings.simplefilter("ignore", RuntimeWarning)       # runpy's, of modules that are imported already
        patch.setattr(sys, "argv", [module, *map(str, words)])
        patch.setattr(threading, "excepthook", threading.excepthook)
        try:
            runpy.run_module(module, run_name="__main__", alter_sys=True)
        except SystemExit as ended:
            code = ended.code or 0
            if isinstance(code, str):
                print(code, file=sys.stderr)
                code = 1
    return subprocess.CompletedProcess([module, *words], code, out.getvalue(), error.getvalue())


def until(condition: Callable[[], object], seconds: float = 300.0) -> None:
    """Waits for it."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.01)


@pytest.fixture(scope="session")
def parquet(tmp_path_factory) -> Path:
    """A data set in the form of the Hub's: 600 training and 200 test pictures of ten classes, a bright bar in ten places."""
    folder = tmp_path_factory.mktemp("data") / "mnist"      # its name says what a training on it is called
    folder.mkdir()
    for split, rows in (("train", 600), ("test", 200)):
        pictures, labels = draw(rows, seed=rows)
        write_parquet(folder / f"{split}-00000-of-00001.parquet", pictures, labels)
    return folder


@pytest.fixture(scope="session")
def tiny(tmp_path_factory) -> dict[str, Path]:
    """Weights folders of random networks: gan, dcgan, cgan (Fashion-MNIST's labels), infogan, classifier."""
    return {name: tiny_weights(tmp_path_factory.mktemp("weights") / name, name) for name in TINY}


@pytest.fixture(scope="session")
def loaded(tiny) -> dict[str, models.Model]:
    """The models of these folders."""
    return {name: models.load(folder) for name, folder in tiny.items()}


def tiny_weights(folder: Path, name: str, seed: int = 0) -> Path:
    return random_weights(folder, *TINY[name], seed=seed)


def random_weights(folder: Path, module, dataset: str, config, *, seed: int = 0, loud: dict[str, float] | None = None, **facts) -> Path:
    """Saves random networks with so large weights that seeds and controls give visibly different pictures.

    `loud` gives the standard deviation of the weights of some roles; the others stay as they begin.
    """
    model = module.__name__.removeprefix("models.")
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        torch.manual_seed(seed)
        networks = build_networks(module, config)
        for role, deviation in ({"generator": 0.3} if loud is None else loud).items():
            for parameter in networks[role].parameters() if role in networks else ():
                parameter.normal_(0, deviation)
    save(folder, name=f"{model.replace('_', '-')}-{dataset}", model=model, dataset=DATASETS[dataset], config=config, networks=networks,
         training=TrainingRecord.of(FACTS | facts))
    return folder


@pytest.fixture
def folder(tmp_path) -> Path:
    """A fresh weights folder that a test may damage."""
    return tiny_weights(tmp_path / "cgan-fashion", "cgan")


def refused(folder: Path) -> str:
    """The one sentence with which damaged weights are refused."""
    with pytest.raises(models.DamagedWeights) as caught:
        models.load(folder)
    message = str(caught.value)
    assert is_one_sentence(message), message
    return message


def change(folder: Path, file: str = "config.json", **entries) -> None:
    """Changes entries of a JSON file of a weights folder."""
    path = folder / file
    before = json.loads(path.read_text()) if path.is_file() else {}
    path.write_text(json.dumps(before | entries))


def own(place: Path, module, key: str, classes: int = 3, **config) -> Path:
    """Saves networks with first weights as those of data of one's own, pictures of 40 x 40 in colour, into a folder in `place`."""
    model = module.__name__.removeprefix("models.")
    data = Dataset(key, f"My {key}", "", tuple(f"kind {i}" for i in range(classes)), 40, 3, "mine", "", "")
    known = {field.name for field in dataclasses.fields(module.Config)}
    net = module.Config(**{"size": 40, "channels": 3} | ({"classes": classes} if "classes" in known else {}) | config)
    title = f"{model.replace('_', '-')}-{key}"
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        save(place / title, name=title, model=model, dataset=data, config=net, networks=build_networks(module, net),
             training=TrainingRecord(command=f"python -m training.{model} --data {key}", notes={"text": "text-flowers"}))
    return place / title


@pytest.fixture
def damage(monkeypatch) -> Callable[..., None]:
    """To be called with the names of weights that are damaged from then on, and no others."""
    real, names = registry._load, set()

    def load(folder, *rest):
        if folder.name in names:
            raise models.DamagedWeights("{name} is damaged.", name=folder.name)
        return real(folder, *rest)

    def damaged(*given: str) -> None:
        names.clear()
        names.update(given)

    monkeypatch.setattr(registry, "_load", load)
    return damaged


def draw(rows: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Pictures uint8 [rows, 28, 28] and labels: 0-4 a lying bar, 5-9 a standing one, further down or right for each."""
    rng = np.random.default_rng(seed)
    labels = np.arange(rows) % 10
    pictures = rng.integers(0, 20, (rows, 28, 28)).astype(np.uint8)
    for picture, label in zip(pictures, labels, strict=True):
        start, jitter = 2 + 5 * (label % 5) + rng.integers(-1, 2), rng.integers(0, 4)
        bar = picture if label < 5 else picture.T
        bar[start:start + 3, 3 + jitter:24 + jitter] = rng.integers(200, 256)
    return pictures, labels


def client_of(url: str):
    """A gradio_client.Client of the API of a running page, as people write one; slow machines have their time."""
    from gradio_client import Client  # most tests need none, and it takes a second to import
    return Client(url, verbose=False, httpx_kwargs={"timeout": 60})


def png(picture: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "png")
    return buffer.getvalue()


def photo(height: int, width: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)


def write_parquet(path: Path, pictures, labels) -> None:
    image = pa.array([{"bytes": png(picture), "path": None} for picture in pictures],
                     pa.struct([("bytes", pa.binary()), ("path", pa.string())]))
    pq.write_table(pa.table({"image": image, "label": pa.array(list(map(int, labels)), pa.int64())}), path)


def is_one_sentence(text: str) -> bool:
    """One line that ends as a sentence does ("did you mean gan-mnist?" may ask), with no second one, short enough to be read."""
    return "\n" not in text and text.endswith((".", "?")) and 15 < len(text) < 300 and not re.search(r"[.!?] [A-Z]", text)
