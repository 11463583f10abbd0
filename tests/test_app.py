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
