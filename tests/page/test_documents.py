"""What is sent to open the page: compressed, light, and in Chinese for any browser set to Chinese."""

import gzip
import json
import re
import urllib.error
import urllib.request

import brotli
import httpx
import pytest
from conftest import is_one_sentence

from page.calls import not_of_the_page
from page.documents import POLICY, rewritten
from page.scripts import scripts
from tests.visitor import PATIENCE

WHOM = {"fn_name": "draw", "session_hash": "x"}
ROOM = 400_000       # bytes of the first document, compressed


def fetch(address: str, **headers) -> tuple[bytes, dict]:
    with urllib.request.urlopen(urllib.request.Request(address, headers=headers)) as answer:
        return answer.read(), {name.lower(): value for name, value in answer.headers.items()}


def test_the_document_is_compressed_for_whoever_reads_that(address):
    plain, headers = fetch(address)
    assert "content-encoding" not in headers and b"window.gradio_config" in plain
    for coding, opened in (("br", brotli.decompress), ("gzip", gzip.decompress)):
        body, headers = fetch(address, **{"Accept-Encoding": coding})
        assert headers["content-encoding"] == coding and len(body) < ROOM
        assert len(opened(body)) == pytest.approx(len(plain), rel=0.01)


def test_the_document_brings_the_pictures_of_the_first_tab_only(address):
    found = re.findall(rb"data:image/[a-z]+;base64,[A-Za-z0-9+/=]+", fetch(address)[0])
    assert found and sum(map(len, found)) < 100_000


def test_a_policy_keeps_out_what_comes_from_elsewhere(browser, address):
    assert fetch(address)[1]["content-security-policy"] == POLICY and "content-security-policy" not in fetch(f"{address}config")[1]
    context = browser.new_context()
    page = context.new_page()
    page.goto(address)
    for attempt in ("new Image().src = 'https://example.org/a.png'", "fetch('https://example.org/').catch(() => {})",
                    "document.head.append(Object.assign(document.createElement('script'), {src: 'https://example.org/a.js'}))"):
        refused = page.evaluate("""attempt => new Promise(go => {
            document.addEventListener('securitypolicyviolation', event => go(event.blockedURI), {once: true});
            eval(attempt);
        })""", attempt)
        assert refused.startswith("https://example.org")
    context.close()


def test_a_page_that_nobody_touches_rests(browser, address):
    context = browser.new_context()
    page = context.new_page()
    page.add_init_script("""window.frames_asked = 0;
        const real = requestAnimationFrame;
        window.requestAnimationFrame = work => { frames_asked++; return real(work); }""")
    page.goto(address)
    page.locator(".atlas").first.wait_for()
    for _ in range(PATIENCE // 1000):                # what opens has its frames; then there is a second without one
        before = page.evaluate("frames_asked")
        page.wait_for_timeout(1000)
        if page.evaluate("frames_asked") == before > 0:
            break
    else:
        pytest.fail("frames are asked for without end")
    context.close()


def test_answers_are_sent_as_they_are(address):
    body = json.dumps({"data": ["gan-mnist", "0", {}]}).encode()
    call = urllib.request.Request(f"{address}gradio_api/call/sample", body, {"Content-Type": "application/json", "Accept-Encoding": "br"})
    with urllib.request.urlopen(call) as answer:
        assert "event_id" in json.load(answer)


FILE = {"path": "/etc/passwd", "meta": {"_type": "gradio.FileData"}}


@pytest.mark.parametrize(("name", "data", "says"), [
    ("sample", [], "model is missing"), ("traverse", ["infogan-mnist"], "control is missing"),
    ("sample", list("abcd"), "takes 3 arguments"), ("score", ["gan-mnist"], "pictures is missing"),
    ("list_models", [1], "takes 0 arguments"),
    ("sample", ["pix2pix-facades", "0", {"input": FILE}], "not as files"), ("sample", [FILE], "not as files"),
    ("classify", ["classifier-mnist", [FILE | {"path": "http://127.0.0.1:9/a"}]], "not as files"),
])
def test_a_call_by_hand_without_its_arguments_gets_a_sentence(address, name, data, says):
    call = urllib.request.Request(f"{address}gradio_api/call/{name}", json.dumps({"data": data}).encode(),
                                  {"Content-Type": "application/json"})
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(call)
    assert caught.value.code == 400 and says in json.load(caught.value)["error"]


@pytest.mark.parametrize("where", ["queue/join", "run/x", "api/x/", "run/component_server"])
def test_strangers_make_the_server_fetch_nothing(address, where):
    """Gradio's own clients call here, too; and a function is called by its number under any name."""
    asked = {"fn_index": 1, "session_hash": "x", "data": ["infogan-mnist", "0", {"c1": FILE | {"path": "http://127.0.0.1:9/a"}}]}
    refused = httpx.post(f"{address}gradio_api/{where}", json=asked, trust_env=False)
    assert refused.status_code == 400 and "not as files" in refused.json()["detail"]


@pytest.mark.parametrize(("method", "where"), [
    ("GET", "file=http://127.0.0.1:9/a"), ("HEAD", "file=https://example.com/a"), ("GET", "file/app.py"),
    ("GET", "proxy=http://127.0.0.1:9/a"), ("POST", "upload"), ("POST", "upload/?upload_id=1"), ("POST", "stream/0123456789abcdef"),
    ("POST", "process_recording")])
def test_strangers_get_and_keep_no_files(address, method, where):
    answer = httpx.request(method, f"{address}gradio_api/{where}", trust_env=False)
    assert answer.status_code == 404 and (method == "HEAD" or "data URIs" in answer.json()["detail"])


@pytest.mark.parametrize("where", ["call/sample", "run/sample", "queue/join", "reset"])
def test_more_values_than_any_call_has_are_refused(address, where):
    found = httpx.post(f"{address}gradio_api/{where}", content=b'{"data": [' + b"{}," * 200_000 + b"{}]}", trust_env=False)
    assert found.status_code == 413 and is_one_sentence("".join(found.json().values()))


@pytest.mark.parametrize("path", ["component_server", "reset"])
def test_a_body_larger_than_any_of_use_is_refused(address, path):
    found = httpx.post(f"{address}gradio_api/{path}", content=b'{"data": "' + b"x" * 9_000_000 + b'"}', trust_env=False)
    assert found.status_code == 413 and is_one_sentence(found.json()["detail"])


@pytest.mark.parametrize("path", ["call/sample", "call/v2/sample", "run/sample", "queue/join"])
def test_what_is_nested_deeply_gets_an_answer(address, path):
    nested = b'{"data": ' + b"[" * 900 + b"]" * 900 + b"}"
    found = httpx.post(f"{address}gradio_api/{path}", content=nested, headers={"Content-Type": "application/json"}, trust_env=False)
    assert "Traceback" not in found.text and isinstance(found.json(), dict) and found.json() != {"error": None}


@pytest.mark.parametrize("body", [b"", b"[1]", b"{", b'{"data": 5}', b"\xff"])
def test_a_body_that_is_no_call_gets_a_sentence(address, body):
    call = urllib.request.Request(f"{address}gradio_api/call/sample", body, {"Content-Type": "application/json"})
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(call)
    assert caught.value.code == 400 and json.load(caught.value)["error"].startswith(("The body", "sample takes"))


def test_arguments_that_are_left_out_take_their_defaults(address):
    call = urllib.request.Request(f"{address}gradio_api/call/sample", json.dumps({"data": ["gan-mnist", "3"]}).encode(),
                                  {"Content-Type": "application/json"})
    with urllib.request.urlopen(call) as answer:
        event = json.load(answer)["event_id"]
    told = fetch(f"{address}gradio_api/call/sample/{event}")[0].decode()
    assert "event: complete" in told and "data:image/png" in told


@pytest.mark.parametrize(("locale", "says"), [("en-GB", "One game between two networks"), ("de", "One game"), ("zh-CN", "两个网络")])
def test_the_name_stands_before_any_script_has_come(browser, address, locale, says):
    context = browser.new_context(locale=locale)
    page = context.new_page()
    page.route("**/assets/**", lambda route: route.abort())
    page.goto(address, wait_until="domcontentloaded")
    told = page.locator("#opening").inner_text()
    assert told.startswith("GAN Atlas") and says in told and len(told.splitlines()) == 2
    assert page.content().index('id="opening"') < page.content().index("window.gradio_config =")
    context.close()


def test_other_documents_are_left_alone():
    other = b"<html><head></head><body>no page of Gradio</body></html>"
    assert rewritten(other) == other


@pytest.mark.parametrize(("path", "body", "code", "says"), [
    ("nope", {"data": []}, 404, "There is no function 'nope'; there are "), ("v2/nope", {}, 404, "There is no function 'nope'"),
    ("v2/sample", {"modle": "cgan-mnist"}, 400, "not 'modle'"), ("v2/sample", {"seeds": "1"}, 400, "model is missing"),
    ("v2/sample", {"model": FILE}, 400, "not as files"),
    ("v2/sample", [1], 400, "is a JSON object with model"), ("sample/", {"data": []}, 400, "model is missing"),
    ("../run/sample", {"data": []}, 400, "model is missing"), ("../api/sample", {"data": 5}, 400, "a list of model"),
])
def test_misspelt_calls_get_a_sentence(address, path, body, code, says):
    where = path.removeprefix("../") if path.startswith("../") else f"call/{path}"
    call = urllib.request.Request(f"{address}gradio_api/{where}", json.dumps(body).encode(), {"Content-Type": "application/json"})
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(call)
    assert caught.value.code == code and says in json.load(caught.value)["error"]


@pytest.mark.parametrize("event", ["EVENT_ID", "", "../../x"])
def test_an_answer_to_no_call_is_a_sentence(address, event):
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(f"{address}gradio_api/call/sample/{event}")
    assert caught.value.code == 404 and "There is no call" in json.load(caught.value)["error"]


def test_arguments_by_name_are_completed(address):
    call = urllib.request.Request(f"{address}gradio_api/call/v2/sample", json.dumps({"model": "gan-mnist", "seeds": "1"}).encode(),
                                  {"Content-Type": "application/json"})
    with urllib.request.urlopen(call) as answer:
        event = json.load(answer)["event_id"]
    assert "data:image/png" in fetch(f"{address}gradio_api/call/sample/{event}")[0].decode()


def test_a_script_stands_in_the_document_once_for_all_instruments(address):
    plain = fetch(address)[0].decode()
    assert plain.count("ganAtlasScripts.instrument(element") > 5 and plain.count("const rest = Number(root.dataset.rest)") == 2


def test_scripts_in_the_document_are_the_code_alone(tmp_path):
    (tmp_path / "a.js").write_text("// what it does\n\nconst a = 'http://x/';   // kept\n  // not kept\n  if (a) {\n\tb(); }\n")
    assert scripts(tmp_path, "a.js", "a.js") == 2 * "const a = 'http://x/';   // kept\nif (a) {\nb(); }\n"


@pytest.mark.parametrize("body", [{"json": {"component_id": 999_999, "data": {}} | WHOM},
                                  {"files": {"data": b"x"}, "data": {"component_id": "x"} | WHOM}], ids=list)
def test_a_request_to_no_part_of_the_page_gets_a_sentence(address, body):
    answer = httpx.post(f"{address}gradio_api/component_server", timeout=60, **body)
    assert answer.status_code == 404 and is_one_sentence(answer.json()["detail"])


def test_an_error_of_a_part_itself_stays_one():
    def run_sync():            # as Gradio's function for requests is named where it runs ours
        raise KeyError("ours")

    def component_server():
        run_sync()

    with pytest.raises(KeyError) as caught:
        component_server()
    with pytest.raises(KeyError, match="ours"):
        not_of_the_page(None, caught.value).send(None)          # as far as it comes
