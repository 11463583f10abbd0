"""Whether hostile input breaks the page: `python -m benchmarks.hostile`. Needs requirements-dev.txt.

Sends what harness/hostile.py invents to every server function and every endpoint: most calls in this process, the others over HTTP to
`python app.py`. Each answer must be a value or one sentence, never another exception, a status of 500 or a traceback, and no file may
appear outside the server's temporary folder. Prints a Markdown table; exit code 1 and a sentence if something broke.
"""

import functools
import html
import json
import os
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import httpx
from hypothesis.configuration import set_hypothesis_home_dir

from harness.hostile import Target, bombard, refusal_trouble, targets, trouble
from harness.server import ROOT, running
from models.arguments import check_number, command
from models.errors import shown

OURS = {".git", ".venv", "__pycache__", ".ruff_cache", ".pytest_cache", ".hypothesis", "runs"}   # where others may write meanwhile


def main(calls: int = 20_000, http: int = 1_500, seed: int = 0) -> None:
    """Args:
    calls: how many in all.
    http: how many of them over HTTP.
    seed: of the input.
    """
    check_number("--http", http)
    check_number("--calls", calls, http + 1_000)
    found: Counter[str] = Counter()
    first: dict[str, str] = {}
    slowest, made, counts = (0.0, "", ""), [], Counter()
    with tempfile.TemporaryDirectory() as place:
        temporary = Path(place)
        set_hypothesis_home_dir(str(temporary / "hypothesis"))
        os.environ |= {"TMPDIR": place, "GRADIO_TEMP_DIR": str(temporary / "gradio")}
        tempfile.tempdir = None                     # it reads the environment again
        from app import build  # Gradio reads it, too, when it is imported
        before, page = _files(), build()
        all_targets = list(targets(page))

        def act(way: str, target: Target, sent, ask) -> None:
            nonlocal slowest
            begun = time.perf_counter()
            what = ask(target, sent)
            seconds = time.perf_counter() - begun
            counts[way] += 1
            slowest = max(slowest, (seconds, target.name, shown(sent, 120)))
            if what:
                found[f"{target.name}: {what}"] += 1
                first.setdefault(f"{target.name}: {what}", shown(sent, 300))

        _round(all_targets, calls - http, seed, lambda target, sent: act("in process", target, sent, trouble))
        places = {"TMPDIR": place, "GRADIO_TEMP_DIR": str(temporary / "gradio")}
        with (running(log=temporary / "log.txt", **places) as server,
              httpx.Client(base_url=server.url, timeout=120) as client):
            _round(all_targets, http, seed + 1, lambda target, sent: act("over HTTP", target, sent, functools.partial(_over_http, client)))
        if "Traceback" in (temporary / "log.txt").read_text(encoding="utf-8", errors="replace"):
            found["the server's output holds a traceback"] += 1
        after = _files()
        made = sorted(str(path) for path in after.keys() | before.keys() if after.get(path) != before.get(path))
    print("| what | measured |")
    print("|---|---|")
    print(f"| functions of the page, endpoints of the programming interface | {sum(t.component is not None for t in all_targets)}, "
          f"{sum(t.component is None for t in all_targets)} |")
    print(f"| hostile calls in process / over HTTP, seed {seed} | {counts['in process']:,} / {counts['over HTTP']:,} |")
    print(f"| answers that are neither a value nor one sentence | {sum(found.values())} |")
    print(f"| files made or changed outside the temporary folder | {len(made)} |")
    print(f"| slowest call | {slowest[0]:.2f} s, {slowest[1]} |")
    for what, times in found.most_common(20):
        print(f"{times} times {what}\n    for {first.get(what, '')}", file=sys.stderr)
    if found or made:
        sys.exit(f"error: {sum(found.values())} hostile calls got a bad answer, and {len(made)} files were touched ({made[:3]}).")


def _round(all_targets: list[Target], calls: int, seed: int, act) -> None:
    """So many calls, shared out evenly; a function without arguments can be called in one way only, and the others do its part."""
    lone = [target for target in all_targets if not target.good]
    others = [target for target in all_targets if target.good]
    for target in lone:
        bombard(target, 1, seed, lambda sent, t=target: act(t, sent))
    for i, target in enumerate(others):
        part = (calls - len(lone)) // len(others) + (i < (calls - len(lone)) % len(others))
        bombard(target, part, seed, lambda sent, t=target: act(t, sent))


def _over_http(client: httpx.Client, target: Target, sent) -> str | None:
    """What is wrong with the answer to the same call over HTTP; see harness.hostile.trouble."""
    try:
        body = {"data": sent} if target.component is None else {
            "data": sent, "component_id": target.component, "fn_name": target.function, "session_hash": "hostile"}
        content = json.dumps(body)
    except ValueError:
        return None                # a number that cannot be written cannot be sent
    path = f"gradio_api/call/{target.function}" if target.component is None else "gradio_api/component_server"
    answer = client.post(path, content=content, headers={"Content-Type": "application/json"})
    if answer.status_code == 200 and target.component is None:
        answer = client.get(f"{path}/{answer.json()['event_id']}")
    if answer.status_code >= 500 or "Traceback" in answer.text:
        return f"status {answer.status_code}: {answer.text[:100]!r}"
    if answer.status_code != 200:
        return None                # refused before it came to us
    if target.component is not None:
        said = answer.json().get("notice", "")
        return refusal_trouble(html.unescape(said)) if said else None
    event = dict(line.split(": ", 1) for line in answer.text.split("\n") if ": " in line)
    if event.get("event") != "error":
        return None
    told = json.loads(event["data"])
    return refusal_trouble(told.get("error", str(told)) if isinstance(told, dict) else str(told))


def _files() -> dict[str, float]:
    """Each file of the project, weights included, and when it changed last."""
    found = {}
    for folder, inner, names in os.walk(ROOT):
        inner[:] = [name for name in inner if name not in OURS]
        found |= {str(Path(folder, name).relative_to(ROOT)): Path(folder, name).stat().st_mtime for name in names}
    return found


if __name__ == "__main__":
    command(main, description=__doc__)
