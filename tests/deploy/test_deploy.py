"""Uploads against a stand-in for the Hub on this machine, and the staged folder started as a Space would be."""

import base64
import json
import os
import re
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from conftest import ROOT, is_one_sentence, tiny_weights
from huggingface_hub import metadata_load

from deploy import hub, space
from models.errors import BadInput

CHILD = """
import sys
from deploy import {module}
from models.errors import BadInput
try:
    {module}.main({module}.Settings({arguments}))
except BadInput as error:
    sys.exit(f"error: {{error}}")
"""


class StubHub(BaseHTTPRequestHandler):
    """Answers what huggingface_hub asks for when it creates a repository and uploads a folder, and keeps what it received."""

    def do_POST(self):
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length) if length else b"".join(iter(self._chunk, b""))
        self.server.asked.append(self.path)
        if self.server.refuse:
            return self._answer({"error": "Invalid username or password."}, 401)
        if self.path.endswith("/repos/create"):
            asked = json.loads(body)
            kind = "spaces/" if asked.get("type") == "space" else ""
            self._answer({"url": f"{self._here()}/{kind}{asked.get('organization') or 'flora'}/{asked['name']}"})
        elif "/preupload/" in self.path:
            files = json.loads(body)["files"]
            self._answer({"files": [{"path": f["path"], "uploadMode": "regular", "shouldIgnore": False} for f in files]})
        elif "/commit/" in self.path:
            for line in body.splitlines():
                entry = json.loads(line)
                if entry["key"] == "file":
                    self.server.files[entry["value"]["path"]] = base64.b64decode(entry["value"]["content"])
            repository = self.path.split("/api/")[1].split("/commit/")[0].removeprefix("models/")
            self._answer({"commitUrl": f"{self._here()}/{repository}/commit/{'1' * 40}", "commitOid": "1" * 40, "success": True})
        else:
            self._answer({"success": True, "warnings": [], "errors": []})

    def do_GET(self):
        self.server.asked.append(self.path)
        self._answer([] if "/tree/" in self.path else {"id": "u/x", "sha": "1" * 40, "siblings": []})

    def _here(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}"

    def _chunk(self) -> bytes:
        size = int(self.rfile.readline().strip() or b"0", 16)
        data = self.rfile.read(size)
        self.rfile.readline()
        return data

    def _answer(self, value, status: int = 200):
        data = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_):
        pass


@pytest.fixture
def stub():
    server = ThreadingHTTPServer(("127.0.0.1", 0), StubHub)
    server.asked, server.files, server.refuse = [], {}, False
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()


def push(stub, module: str, arguments: str) -> subprocess.CompletedProcess:
    """In a process of its own: huggingface_hub reads its address when it is imported."""
    environment = os.environ | {"HF_ENDPOINT": f"http://127.0.0.1:{stub.server_port}", "HF_TOKEN": "hf_test", "HF_HUB_OFFLINE": "0",
                                "HF_HUB_DISABLE_XET": "1"}
    return subprocess.run([sys.executable, "-c", CHILD.format(module=module, arguments=arguments)], cwd=ROOT, env=environment,
                          capture_output=True, text=True, timeout=120, check=False)


def test_a_space_receives_what_the_page_needs_and_nothing_else(stub):
    done = push(stub, "space", '"flora/gan-atlas"')
    assert done.returncode == 0, done.stderr
    assert {"app.py", "README.md", "requirements.txt", "models/stackgan.py", "tabs/instrument.js"} <= set(stub.files)
    assert {name.split("/")[0] for name in stub.files} <= {*(part.split("/")[0] for part in space.PARTS), "requirements.txt"}
    assert stub.files["app.py"] == (ROOT / "app.py").read_bytes()
    names = re.findall(r"^[\w-]+", stub.files["requirements.txt"].decode(), re.MULTILINE)
    assert "torch" in names and not set(names) & {"gradio", "huggingface_hub", "spaces"}
    assert any(path.endswith("/repos/create") for path in stub.asked) and "flora/gan-atlas" in done.stdout


def test_weights_become_model_repositories(stub, tmp_path):
    for name in ("gan", "cgan"):
        folder = tiny_weights(tmp_path / name, name)
        (folder / "README.md").write_text("---\nlicense: mit\n---\n# tiny\n")
    done = push(stub, "hub", f'"flora", weights=__import__("pathlib").Path({str(tmp_path)!r})')
    assert done.returncode == 0, done.stderr
    assert {"model.safetensors", "config.json", "README.md"} <= set(stub.files)
    assert sum("/commit/" in path for path in stub.asked) == 2


@pytest.mark.parametrize(("module", "arguments"), [("space", '"flora/gan-atlas"'), ("hub", '"flora", ("gan-mnist",)')])
def test_a_hub_that_refuses_is_told_in_one_sentence(stub, module, arguments):
    stub.refuse = True
    done = push(stub, module, arguments)
    assert done.returncode == 1 and "Traceback" not in done.stderr
    assert done.stderr.strip().splitlines()[-1].startswith("error: The Hub refused flora/")


def test_damaged_weights_are_not_pushed(stub, tmp_path):
    folder = tiny_weights(tmp_path / "gan", "gan")
    (folder / "model.safetensors").write_bytes(b"cut short")
    done = push(stub, "hub", f'"flora", weights=__import__("pathlib").Path({str(tmp_path)!r})')
    assert done.returncode == 1 and "nothing was pushed" in done.stderr and stub.asked == []


@pytest.mark.parametrize("name", ["", "flora", "a/b/c", "a b/c", "../x"])
def test_what_is_no_name_is_refused(name, tmp_path):
    with pytest.raises(BadInput) as caught:
        space.main(space.Settings(name, only_stage=tmp_path))
    assert is_one_sentence(str(caught.value))
    if "/" in name or not name:
        with pytest.raises(BadInput):
            hub.main(hub.Settings(name))


def test_the_staged_folder_starts_as_a_space_and_answers(tmp_path):
    staged = space.stage(tmp_path / "space")
    assert metadata_load(staged / "README.md")["app_file"] == "app.py"
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("GRADIO", "PYTHONPATH"))} | {
        "SYSTEM": "spaces", "SPACE_ID": "flora/gan-atlas", "HF_HUB_OFFLINE": "1", "GRADIO_SERVER_PORT": str(port),
        "GRADIO_SERVER_NAME": "127.0.0.1"}
    with open(tmp_path / "log", "w") as log:
        server = subprocess.Popen([sys.executable, "app.py"], cwd=staged, env=environment, stdout=log, stderr=log)
    try:
        url = f"http://127.0.0.1:{port}"
        for _ in range(240):
            assert server.poll() is None, (tmp_path / "log").read_text()
            try:
                urllib.request.urlopen(url, timeout=2).read()
                break
            except OSError:
                time.sleep(0.25)
        from gradio_client import Client

        client = Client(url, verbose=False)
        assert len(client.predict("infogan-mnist", "0-2", None, api_name="/sample")) == 3
        assert client.predict("a red rose", "1", "char-cnn-rnn", 2, "stackgan-flowers", api_name="/text_to_image")
    finally:
        server.terminate()
        server.wait(15)
