"""The service worker of the page as a folder where its host answers, but not with the file that was asked for."""

import functools
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest
from static_visitor import kept_from_now_on, skipped

from tests.visitor import PATIENCE

pytest_plugins, pytestmark = ("static_visitor",), skipped


class Troubled(SimpleHTTPRequestHandler):
    """Serves a folder, and where the server has a `status`, a page of its own with that for whatever is asked."""

    def do_GET(self):
        if not self.server.status:
            return super().do_GET()
        self.send_response(self.server.status)
        if self.server.status == 302:
            self.send_header("Location", "/elsewhere.html")
            self.server.status = 200
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<!doctype html><title>Not now</title>")

    def log_message(self, *_):
        pass


@pytest.fixture
def troubled(hosted):
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Troubled, directory=hosted))
    server.status = 0
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def test_what_is_kept_answers_where_the_host_is_in_trouble(browser, troubled):
    """A page that a portal gives instead of a document is shown, and so is where it leads: else nobody could log in."""
    context = browser.new_context()
    context.set_default_timeout(PATIENCE)
    page, address = context.new_page(), f"http://127.0.0.1:{troubled.server_port}/"
    page.goto(f"{address}?tab=lab")
    kept_from_now_on(page)
    page.goto(f"{address}?tab=lab")
    for troubled.status in (503, 404):
        found = page.goto(f"{address}?tab=lab")
        assert found.status == 200 and page.title().endswith("GAN Atlas")
    troubled.status = 200
    for name in ("shell.js", "style.css"):
        assert "<!doctype" not in page.evaluate("name => fetch(name).then(found => found.text())", name)
    for troubled.status in (200, 302):
        page.goto(address)
        assert page.title() == "Not now"
    assert page.url.endswith("/elsewhere.html")
    context.close()
