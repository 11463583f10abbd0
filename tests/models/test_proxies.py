"""Proxies that nothing here can use: a page opens without them, and what fetches says so before it asks."""

import os
import subprocess
import sys

import httpx
import pytest
from conftest import ROOT, is_one_sentence

from deploy import asking_the_hub
from models import hub, proxies
from models.errors import BadInput
from training.kit.sources import folder_of

ODD = ("socks4://127.0.0.1:9", "ftp://x", "http://[::1", "http://", "http://a:99999", "x y://z", "socks4://me:word@x:1")


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch):
    for name in (*proxies.VARIABLES, "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.mark.parametrize("value", ODD)
@pytest.mark.parametrize("variable", ["http_proxy", "ALL_PROXY"])
def test_what_fetches_says_so_before_it_asks(monkeypatch, variable, value):
    monkeypatch.setenv(variable, value)

    def asks():
        with asking_the_hub("flora/x"):
            raise AssertionError("it was asked")

    for fetches in (lambda: hub.fetch("flora/x"), lambda: folder_of(f"flora/{variable}-{ODD.index(value)}", "train"), asks):
        with pytest.raises(BadInput, match=variable) as caught:
            fetches()
        assert is_one_sentence(str(caught.value)) and "word" not in str(caught.value)


def test_one_that_refuses_is_told_in_a_sentence(monkeypatch):
    def refuses(*_, **__):
        raise httpx.ProxyError("403 Forbidden")

    monkeypatch.setattr("huggingface_hub.snapshot_download", refuses)
    monkeypatch.setattr("training.kit.sources.snapshot_download", refuses)
    for fetches in (lambda: hub.fetch("flora/x"), lambda: folder_of("flora/refused", "train")):
        with pytest.raises(BadInput) as caught:
            fetches()
        assert is_one_sentence(str(caught.value))


@pytest.mark.parametrize("value", ["http://proxy.example:3128", "proxy.example:3128", "https://me:word@[::1]:8080", "http://10.0.0.1"])
def test_one_that_can_be_used_is_left_alone(monkeypatch, value, capsys):
    monkeypatch.setenv("https_proxy", value)
    proxies.check_proxies()
    proxies.settle_proxies("")
    assert os.environ["https_proxy"] == value and capsys.readouterr().err == ""


def test_both_lists_of_exceptions_count_and_what_cannot_be_read_is_left_out(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "hub.internal, 10.0.0.0/8,fe80::/10")
    monkeypatch.setenv("no_proxy", ".corp,a:b:c,*.x.org:80,[::1")
    proxies.settle_proxies("[fe80::1]")
    assert os.environ["no_proxy"] == os.environ["NO_PROXY"] == "hub.internal,10.0.0.0/8,.corp,*.x.org:80,localhost,127.0.0.1,::1,fe80::1"


@pytest.mark.parametrize("environment", [{"all_proxy": "socks5h://127.0.0.1:9", "HTTP_PROXY": "ftp://x"},
                                         {"GRADIO_SERVER_NAME": "[::1", "no_proxy": "fe80::/10"}, {"GRADIO_SERVER_NAME": "a:b:c"}], ids=str)
def test_the_page_can_be_imported(environment):
    code = "import app, httpx; httpx.Client(); print('opens')"
    ended = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=os.environ | environment, capture_output=True, text=True,
                           timeout=300)
    assert ended.stdout.strip() == "opens", ended.stderr
    assert all(line.startswith("note: ") for line in ended.stderr.splitlines())


def _refused_by(place: str, error: type[Exception]) -> Exception:
    """An error that a module of this name let out."""
    scope = {"__name__": place, "error": error}
    exec("def fetch(): raise error('CAS Client Error: error sending request')", scope)
    with pytest.raises(error) as caught:
        scope["fetch"]()
    return caught.value


def test_a_line_that_fails_is_told_from_faults_of_our_own():
    assert proxies.is_of_the_line(_refused_by("huggingface_hub.file_download", RuntimeError))
    assert not proxies.is_of_the_line(_refused_by("models.hub", RuntimeError))
    assert not proxies.is_of_the_line(_refused_by("huggingface_hub.file_download", KeyError))
    assert not proxies.is_of_the_line(RuntimeError("never raised"))


def test_of_light_folders_the_next_is_fetched_whatever_befalls_the_first(tmp_path, monkeypatch):
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "config.json").write_text("{}")
    monkeypatch.setenv("GAN_ATLAS_HUB", "flora")
    monkeypatch.setattr(hub, "_told", {})
    monkeypatch.setattr(hub, "_fetched", lambda folder: {"second": tmp_path}[folder.name])
    hub.fill(tmp_path).join(60)
    assert [str(told) for told in hub._told.values()] == ["The weights first could not be fetched: KeyError."]
