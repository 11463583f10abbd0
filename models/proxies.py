"""The proxies that the environment names, looked at before the libraries that take them: of one that these cannot use they say so in a
traceback, and some while they are imported."""

import importlib.util
import ipaddress
import os
import re
import sys
import traceback
from urllib.parse import urlsplit

from models.errors import BadInput, shown

VARIABLES = ("http_proxy", "https_proxy", "all_proxy")             # and the same in capitals
SCHEMES = ("http", "https", *(("socks5", "socks5h") if importlib.util.find_spec("socksio") else ()))


def check_proxies() -> None:
    """Raises BadInput, before something is fetched, for a proxy that cannot be used."""
    for variable, value in unusable():
        raise BadInput("{variable} names a proxy that cannot be used here, {value}; it takes an address such as http://proxy.example:3128.",
                       variable=variable, value=shown(value, 60))


def settle_proxies(own: str) -> None:
    """For a page, which serves itself and asks nobody: proxies that cannot be used are left out with a note, and it is reached without any
    at `own`, the name or address it listens at, whatever else the environment excepts."""
    for variable, value in unusable():
        print(f"note: {variable} names a proxy that cannot be used here, {shown(value, 60)}; the page does without it.", file=sys.stderr)
        del os.environ[variable]
    excepted = [part.strip() for variable in ("NO_PROXY", "no_proxy") for part in os.environ.get(variable, "").split(",")]
    excepted = [part for part in (*excepted, "localhost", "127.0.0.1", "::1", own.strip("[] ")) if _can_be_excepted(part)]
    os.environ["NO_PROXY"] = os.environ["no_proxy"] = ",".join(dict.fromkeys(excepted))


def is_of_the_line(error: BaseException) -> bool:
    """Whether an error is of a connection that failed, or of a proxy that refuses: huggingface_hub lets some of httpx's or httpx2's out,
    and those of hf_xet, which carries large files and knows RuntimeError only."""
    if type(error) is RuntimeError:
        frames = [frame.f_globals.get("__name__", "") for frame, _ in traceback.walk_tb(error.__traceback__)]
        return bool(frames) and frames[-1].startswith(("huggingface_hub", "hf_xet"))
    return "TransportError" in (kind.__name__ for kind in type(error).__mro__)


def unusable() -> list[tuple[str, str]]:
    """Variable and value of each proxy that is named and cannot be used, without the password that may be in it."""
    named = [(variable, os.environ[variable]) for name in VARIABLES for variable in (name, name.upper()) if os.environ.get(variable)]
    return [(variable, re.sub(r"//[^/@]*@", "//", value)) for variable, value in named if not _usable(value)]


def _usable(value: str) -> bool:
    try:
        parts = urlsplit(value if "://" in value else f"http://{value}")
        return parts.scheme in SCHEMES and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _can_be_excepted(part: str) -> bool:
    """Whether httpx, which Gradio asks with, can read it; of IPv6 it reads addresses, and no networks."""
    try:
        return bool(re.fullmatch(r"(\w+://)?[\w.*-]+(:\d{1,5})?(/\d{1,2})?", part, re.ASCII)) or bool(ipaddress.IPv6Address(part))
    except ValueError:
        return False
