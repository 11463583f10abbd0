"""The page's command, as it is typed."""

import os
import socket
import subprocess
import sys

import pytest
from conftest import ROOT, is_one_sentence


@pytest.mark.parametrize("port", ["", "ten", "-1", "70000"])
def test_what_is_no_port_gets_one_sentence(port):
    ended = subprocess.run([sys.executable, "app.py"], cwd=ROOT, capture_output=True, text=True, timeout=60,
                           env=os.environ | {"GRADIO_SERVER_PORT": port})
    assert ended.returncode == 1 and is_one_sentence(ended.stderr.strip()) and "65535" in ended.stderr


def test_a_busy_port_gets_one_sentence():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        ended = subprocess.run([sys.executable, "app.py"], cwd=ROOT, capture_output=True, text=True, timeout=120,
                               env=os.environ | {"GRADIO_SERVER_PORT": port})
    assert ended.returncode == 1
    last = ended.stderr.strip().splitlines()[-1]
    assert port in last and last.startswith("error: the page cannot be opened") and is_one_sentence(last)
    assert "Traceback" not in ended.stderr


def test_gradio_is_imported_without_writing_stubs():
    """lean.py keeps Gradio from it: the page opens a second sooner. What would be parsed for a stub is refused here."""
    code = "import ast, inspect; ast.get_source_segment = None; import app, gradio; assert inspect.getfile(gradio.Textbox)"
    ended = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert ended.returncode == 0, ended.stderr
    code = "import ast; ast.get_source_segment = None; import gradio"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, timeout=60).returncode == 1
