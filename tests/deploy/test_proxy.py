"""The page behind a reverse proxy that shows it under a path, as nginx and Caddy do."""

import threading
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import tyro
from conftest import ROOT, client_of, is_one_sentence
from playwright.sync_api import expect

import app
from harness.server import running
from tests.visitor import choose, source, wait_for_change

PREFIX = "/atlas"
KEPT = ("content-type", "content-length", "content-encoding", "location", "cache-control", "etag")


class Proxy(BaseHTTPRequestHandler):
    """Forwards what begins with PREFIX, without it, and says for which host; all else is 404, and is remembered as astray."""

    def do_GET(self):
        if self.path == "/favicon.ico":              # the browser's own question to the host, not the page's
            self.send_response(204)
            return self.end_headers()
        if not self.path.startswith(f"{PREFIX}/"):
            self.server.astray.append(self.path)
            return self.send_error(404)
        length = int(self.headers.get("Content-Length") or 0)
        headers = {name: value for name, value in self.headers.items() if name.lower() not in ("host", "connection")}
        headers |= {"X-Forwarded-Host": self.headers["Host"], "X-Forwarded-Proto": "http"}
        asked = urllib.request.Request(self.server.behind + self.path.removeprefix(f"{PREFIX}/"), self.rfile.read(length) or None, headers,
                                       method=self.command)
        try:
            answer = urllib.request.urlopen(asked, timeout=60)
        except urllib.error.HTTPError as error:
            answer = error
        with answer:
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                if name.lower() in KEPT:
                    self.send_header(name, value)
            self.end_headers()                       # HTTP/1.0: the end of the connection is the end of the answer
            while part := answer.read1(65536):       # events arrive one by one
                self.wfile.write(part)

    do_POST = do_HEAD = do_GET

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def proxied():
    """The page's address behind the proxy."""
    with running(ROOT, HF_HUB_OFFLINE="1", GRADIO_ROOT_PATH=PREFIX + "/") as behind:
        server = ThreadingHTTPServer(("127.0.0.1", 0), Proxy)
        server.behind, server.astray = behind.url, []
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}{PREFIX}/"
        server.shutdown()
        assert server.astray == []


def test_programs_call_through_the_proxy(proxied):
    pictures = client_of(proxied).predict("infogan-mnist", "0-2", {"category": 7}, api_name="/sample")
    assert len(pictures) == 3 and all(picture.startswith("data:image/png") for picture in pictures)


def test_the_page_lives_behind_the_proxy(proxied, browser):
    """Every file of the page comes through the proxy, and an instrument answers."""
    page, trouble = browser.new_page(), []
    page.on("console", lambda message: trouble.append(message.text) if message.type == "error" else None)
    page.on("response", lambda response: trouble.append(response.url) if response.status >= 400 else None)
    page.on("request", lambda request: None if request.url.startswith((proxied, "data:", "blob:")) else trouble.append(request.url))
    page.goto(proxied)
    choose(page, "InfoGAN")
    found = page.locator("#infogan .instrument")
    before = source(found, "picture")
    found.locator('input[name="c1"]').fill("0.9")
    expect(found.locator('[data-slot="put-c1"]')).to_have_text("+0.90")
    wait_for_change(found, "picture", before)
    found.locator('[data-copy="link"]').click()
    expect(found.locator("[data-copied]")).not_to_have_text("")
    link = found.locator("[data-copied]").get_attribute("data-copied")
    page.close()
    assert trouble == [] and link.startswith(proxied) and "c1=0.9" in link


@pytest.mark.parametrize("path", ["atlas", "/a b", "//evil.example", "/atlas?x=1", "ftp://example.org/atlas", "/../x y", "https://", "/ä"])
def test_what_is_no_root_path_gets_one_sentence(path):
    with pytest.raises(SystemExit) as ended:
        tyro.cli(app.main, args=["--root-path", path])
    assert is_one_sentence(ended.value.code) and "--root-path" in ended.value.code
