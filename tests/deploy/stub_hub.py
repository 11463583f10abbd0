"""A stand-in for the Hub on this machine: it takes what is uploaded, and gives it to whoever downloads. A plugin of tests, for `stub`."""

import base64
import json
import os
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha1
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote

import pytest
from conftest import ROOT, need_git

from tests.apart import run_apart

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
    """Answers what huggingface_hub asks for when it creates a repository, uploads a folder or downloads one; it gives what it received."""

    def do_POST(self):
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length) if length else b"".join(iter(self._chunk, b""))
        self.server.asked.append(self.path)
        self.server.told.append((self.path, body))
        if self.server.refuse:
            return self._answer({"error": "Invalid username or password."}, 401)
        if self.path.endswith("/repos/create"):
            asked = json.loads(body)
            kind = "spaces/" if asked.get("type") == "space" else ""
            repository = f"{asked.get('organization') or 'flora'}/{asked['name']}"
            self.server.models.setdefault(repository, {})
            self._answer({"url": f"{self._here()}/{kind}{repository}"})
        elif "/preupload/" in self.path:
            files = json.loads(body)["files"]
            self._answer({"files": [{"path": f["path"], "uploadMode": "regular", "shouldIgnore": False} for f in files]})
        elif "/commit/" in self.path:
            repository = self.path.split("/api/")[1].split("/commit/")[0].removeprefix("models/").removeprefix("spaces/")
            for line in body.splitlines():
                entry = json.loads(line)
                if entry["key"] == "file":
                    content = base64.b64decode(entry["value"]["content"])
                    self.server.files[entry["value"]["path"]] = content
                    self.server.models.setdefault(repository, {})[entry["value"]["path"]] = content
                elif entry["key"] == "deletedFile":
                    self.server.models.get(repository, {}).pop(entry["value"]["path"], None)
            self._answer({"commitUrl": f"{self._here()}/{repository}/commit/{'1' * 40}", "commitOid": "1" * 40, "success": True})
        elif self.path.endswith("/hardware"):
            self._answer({"stage": "BUILDING", "hardware": {"current": None, "requested": json.loads(body)["flavor"]}})
        else:
            self._answer({"success": True, "warnings": [], "errors": []})

    do_PUT = do_POST

    def do_GET(self):
        self.server.asked.append(self.path)
        self.server.held.wait(600)
        plain = self.path.partition("?")[0].removeprefix("/api/models/").removeprefix("/api/spaces/")
        repository, _, path = plain.strip("/").removeprefix("spaces/").partition("/resolve/")
        for end in ("/tree/", "/revision/"):
            repository = repository.partition(end)[0]
        files = self.server.models.get(repository, {})
        if path:
            return self._file(files.get(unquote(path.partition("/")[2])))
        if repository not in self.server.models:
            return self._answer({"error": "Repository not found"}, 404)
        if "/tree/" in self.path:
            return self._answer([{"type": "file", "path": name, "size": len(data), "oid": sha1(data).hexdigest()}
                                 for name, data in files.items()])
        self._answer({"id": repository, "sha": "1" * 40, "siblings": [{"rfilename": name} for name in files]})

    do_HEAD = do_GET

    def _file(self, data: bytes | None):
        if data is None:
            return self._answer({"error": "Entry not found"}, 404)
        self.send_response(200)
        for name, value in (("ETag", f'"{sha1(data).hexdigest()}"'), ("X-Repo-Commit", "1" * 40), ("Content-Length", str(len(data)))):
            self.send_header(name, value)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(data)

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
        if status == 404:
            self.send_header("X-Error-Code", "RepoNotFound" if "Repository" in value["error"] else "EntryNotFound")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def log_message(self, *_):
        pass


@contextmanager
def serving() -> Iterator[ThreadingHTTPServer]:
    """`asked`: the paths of all requests; `told`: of those that brought something, path and body;
    `models`: repository -> file -> bytes; `held`: clear it, and downloads wait."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), StubHub)
    server.asked, server.told, server.files, server.models, server.refuse, server.held = [], [], {}, {}, False, threading.Event()
    server.held.set()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.held.set()
    server.shutdown()


def environment(server: ThreadingHTTPServer, **more: str) -> dict[str, str]:
    """For a process of its own, as huggingface_hub reads its address when it is imported."""
    inherited = {key: value for key, value in os.environ.items() if not key.startswith(("GRADIO", "SPACE", "PYTHONPATH"))}
    return inherited | {"HF_ENDPOINT": f"http://127.0.0.1:{server.server_port}", "HF_TOKEN": "hf_test", "HF_HUB_OFFLINE": "0",
                        "HF_HUB_DISABLE_XET": "1"} | more


@pytest.fixture
def stub(tmp_path) -> Iterator[ThreadingHTTPServer]:
    """One that stands as long as a test; `home` is a home of the Hub's client for it."""
    with serving() as server:
        server.home = str(tmp_path / "home")
        yield server


def push(stub: ThreadingHTTPServer, module: str, arguments: str) -> subprocess.CompletedProcess:
    """deploy.<module> with these arguments of its Settings, against it."""
    if module == "space":
        need_git()
    return run_apart(CHILD.format(module=module, arguments=arguments), folder=ROOT, environment=environment(stub, HF_HOME=stub.home))
