"""ZeroGPU, with a stand-in for the package `spaces`: like the real one it wants to be first, claims a GPU, and forks for each call."""

import subprocess
import sys

import pytest
from conftest import ROOT, client_of, is_one_sentence

from harness.server import running

SPACES = """
import functools, multiprocessing, pathlib, sys
from concurrent.futures import ThreadPoolExecutor
assert "torch" not in sys.modules, "spaces comes before torch"
LOG = pathlib.Path(__file__).with_name("log")

def GPU(function=None, *, duration=60):
    if function is None:
        return functools.partial(GPU, duration=duration)
    import gradio
    import torch
    torch.cuda.is_available = lambda: True      # as the real one has it, at all times
    fork = multiprocessing.get_context("fork")

    def borrowed(pipe, arguments, named):
        import models.registry
        def pick(device):                       # this machine has none: say what was asked for, and take the CPU
            with LOG.open("a") as log:
                print(function.__name__, duration, device, file=log)
            return torch.device("cpu")
        models.registry.pick_device = pick
        def run():
            try:
                return function(*arguments, **named), None
            except gradio.Error as error:
                return None, error.message
            except Exception as error:          # the real one tells the visitor its class and no more
                return None, type(error).__name__
        with ThreadPoolExecutor() as pool:
            pipe.send(pool.submit(run).result())

    @functools.wraps(function)
    def call(*arguments, **named):
        here, there = fork.Pipe()
        worker = fork.Process(target=borrowed, args=(there, arguments, named), daemon=True)
        worker.start()
        assert here.poll(120)
        value, trouble = here.recv()
        worker.join()
        if trouble:
            raise gradio.Error(trouble, print_exception=False)
        return value
    return call
"""


@pytest.fixture
def package(tmp_path):
    (tmp_path / "spaces").mkdir()
    (tmp_path / "spaces" / "__init__.py").write_text(SPACES)
    return tmp_path


def test_a_zero_gpu_space_lends_its_gpu_to_sentences_only(package):
    log = package / "spaces" / "log"
    with running(ROOT, SPACE_ID="flora/gan-atlas", SPACES_ZERO_GPU="true", HF_HUB_OFFLINE="1", PYTHONPATH=str(package)) as server:
        client = client_of(server.url)
        assert len(client.predict("infogan-mnist", "0-2", api_name="/sample")) == 3 and not log.exists()
        assert len(client.predict("a red rose", "1,2", api_name="/text_to_image")) == 2
        assert "text_to_image 20 cuda" in log.read_text()
        with pytest.raises(Exception) as caught:
            client.predict("", "1", api_name="/text_to_image")
        assert is_one_sentence(str(caught.value)) and "English words" in str(caught.value)


@pytest.mark.parametrize("settings", [{}, {"SPACE_ID": "flora/gan-atlas"}, {"SPACES_ZERO_GPU": "true"}], ids=["plain", "Space", "no Space"])
def test_anywhere_else_nothing_is_wrapped_or_imported(package, settings):
    code = "import sys; from page import zerogpu; assert 'spaces' not in sys.modules and zerogpu.borrows(print) is print"
    environment = {"PYTHONPATH": str(package)} | settings
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, check=False, timeout=300).returncode == 0
