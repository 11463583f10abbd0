"""The page's command, as it is typed."""

import errno
import os
import re
import socket
import subprocess
import sys

import pytest
from conftest import ROOT, is_one_sentence

import app
from harness.server import DIRECT, running
from models.errors import BadInput
from page.listening import listening


@pytest.mark.parametrize("port", ["", "ten", "-1", "70000"])
def test_what_is_no_port_gets_one_sentence(monkeypatch, port):
    monkeypatch.setattr(app, "PORT", port)
    with pytest.raises(SystemExit) as ended:
        app.main("")
    assert is_one_sentence(ended.value.code) and "65535" in ended.value.code


def test_a_busy_port_gets_one_sentence():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        ended = subprocess.run([sys.executable, "app.py"], cwd=ROOT, capture_output=True, text=True, timeout=300,
                               env=os.environ | {"GRADIO_SERVER_PORT": port})
    assert ended.returncode == 1
    last = ended.stderr.strip().splitlines()[-1]
    assert f"port {port} is taken" in last and last.startswith("error: the page cannot be opened") and is_one_sentence(last)
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize(("error", "says", "not_"), [
    (PermissionError(errno.EACCES, "Permission denied", "/tmp/gradio"), "/tmp/gradio", "PORT"),
    (OSError("Cannot find empty port in range: 7860-7959."), "PORT", "file")])
def test_a_page_that_cannot_be_opened_says_why(monkeypatch, error, says, not_):
    def fails(page, **where):
        raise error

    monkeypatch.setattr(app, "build", lambda: None)
    monkeypatch.setattr(app, "launch", fails)
    with pytest.raises(SystemExit) as ended:
        app.main("")
    assert says in ended.value.code and not_ not in ended.value.code


@pytest.mark.parametrize(("name", "given"), [("", None), ("127.0.0.1", "127.0.0.1"), ("0.0.0.0", "0.0.0.0"), ("localhost", "localhost"),
                                             ("::1", "[::1]"), ("[::1]", "[::1]"), ("::", "[::]")])
def test_addresses_that_can_be_listened_at(name, given):
    if ":" in name and not ipv6():
        pytest.skip("this machine has no IPv6")
    found = listening(name, None)
    assert found == given or (name == "localhost" and found == "[localhost]")


def ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6) as attempt:
            attempt.bind(("::1", 0))
    except OSError:
        return False
    return True


@pytest.mark.parametrize(("name", "word"), [("no.such.host.invalid", "GRADIO_SERVER_NAME"), ("a b", "GRADIO_SERVER_NAME"),
                                            ("224.0.0.1", "GRADIO_SERVER_NAME"),
                                            ("255.255.255.255", "GRADIO_SERVER_NAME"),
                                            ("192.0.2.1", "no address of this machine"), ("::ffff:1:2:3", "no address of this machine"),
                                            ("x" * 300, "GRADIO_SERVER_NAME"), ("\u00e4\u00f6.", "GRADIO_SERVER_NAME")])
def test_a_name_that_is_none_of_this_machine_is_not_blamed_on_the_port(name, word):
    with pytest.raises(BadInput) as caught:
        listening(name, 7860)
    message = str(caught.value)
    assert word in message and is_one_sentence(message[0].upper() + message[1:]) and "taken" not in message


def test_missing_rights_are_not_blamed_on_the_port(monkeypatch):
    def refuse(self, address):
        raise OSError(errno.EACCES, "Permission denied")

    monkeypatch.setattr("page.listening.socket.socket.bind", refuse)
    with pytest.raises(BadInput, match="needs rights"):
        listening("127.0.0.1", 80)


@pytest.mark.skipif(not ipv6(), reason="this machine has no IPv6")
def test_a_port_that_is_taken_on_ipv6_only_is_free_on_ipv4():
    with socket.socket(socket.AF_INET6) as taken:
        taken.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        taken.bind(("::1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert listening("127.0.0.1", port) == "127.0.0.1"
        with pytest.raises(BadInput, match="is taken"):
            listening("::1", port)


def test_the_page_opens_although_a_proxy_refuses_everything_and_on_ipv6_and_under_a_path():
    """GRADIO_ROOT_PATH: tests/deploy/test_proxy.py."""
    host = "::1" if ipv6() else "127.0.0.1"
    nowhere = dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "ALL_PROXY"), "http://127.0.0.1:9")
    with (running(ROOT, "--root-path", "/atlas", host=host, HF_HUB_OFFLINE="1", **nowhere) as server,
          DIRECT.open(server.url, timeout=60) as answer):
        assert re.search(rb'"root":\s*"[^"]*/atlas"', answer.read())
        assert answer.status == 200 and server.url.startswith("http://[::1]:" if ipv6() else "http://127.0.0.1:")
    assert server.process.returncode in (0, 130)        # of SIGTERM, which ends it as Ctrl-C does: once it stands, or just before


def test_the_page_is_not_rendered_by_node_where_a_space_asks_for_it():
    """It would answer before this page's own addresses, and no picture would be drawn by a browser."""
    code = ("import app, gradio as gr\nwith gr.Blocks() as page: pass\n"
            "app.launch(page, prevent_thread_lock=True, quiet=True)\nprint(page.ssr_mode, page._resolve_ssr_mode(None))")
    ended = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=300,
                           env=os.environ | {"GRADIO_SSR_MODE": "True"})
    assert ended.returncode == 0 and ended.stdout.split() == ["False", "False"], ended.stderr


def test_gradio_is_imported_without_writing_stubs():
    """lean.py keeps Gradio from it: the page opens a second sooner. What would be parsed for a stub is refused here."""
    code = "import ast, inspect; ast.get_source_segment = None; import app, gradio; assert inspect.getfile(gradio.Textbox)"
    ended = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert ended.returncode == 0, ended.stderr
