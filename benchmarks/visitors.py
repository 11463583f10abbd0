"""Whether the page carries a crowd: `python -m benchmarks.visitors`. Needs requirements-dev.txt; memory is read on Linux only.

Starts `python app.py` and lets 25 visitors at once do for some minutes what their browsers would do: drag, type, press, play, and call
the programming interface. Some drop their connection in the middle, one reads a few bytes at a time. Prints a Markdown table; exit code
1 and a sentence if a call failed, memory or temporary files grew, or the server was still busy when all had left.
"""

import asyncio
import html
import json
import random
import re
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path

import httpx
import numpy as np

from harness.server import memory, running
from models.arguments import check_number, command

CROWD = {"drags": 7, "types": 5, "calls": 4, "presses": 6, "vanishes": 2, "reads slowly": 1}
COLOURS, FLOWERS = ("red", "deep blue", "white", "pale pink", "yellow", "orange"), ("rose", "lily", "flower", "iris", "daisy")
GROWTH = 0.05         # of resident memory and of temporary files, in the part of the run that is watched
WATCHED = 0.6         # that part: the last 60 %, 180 s of 300
SECOND = 1.0          # in which a drag must be answered when all have left
BUSY = re.compile(r"queue is full|many people|busy|try again", re.IGNORECASE)


class Crowd:
    """What the visitors share: the page's own list of instruments, and the times of their calls in seconds by kind."""

    def __init__(self, client: httpx.AsyncClient, config: dict, seed: int):
        self.client, self.chance, self.gone = client, random.Random(seed), False
        self.times: dict[str, list[float]] = defaultdict(list)
        self.faults: list[str] = []
        self.busy = 0
        self.instruments = {}
        for part in config["components"]:
            found = re.search(r'data-(?:state|start)="([^"]*)"', self._markup(config, part))
            if found:
                self.instruments[part["props"]["elem_id"]] = (part["id"], json.loads(html.unescape(found[1])))

    @staticmethod
    def _markup(config: dict, part: dict) -> str:
        """A component's own HTML; where it is written in several languages, the config names the English one by its key."""
        value = str(part["props"].get("value"))
        english = (config.get("i18n_translations") or {}).get("en", {})
        return next((text for key, text in english.items() if key in value), value)

    def state(self, instrument: str) -> dict:
        return dict(self.instruments[instrument][1])

    def body(self, instrument: str, function: str, state: dict) -> dict:
        return {"data": state, "component_id": self.instruments[instrument][0], "fn_name": function, "session_hash": "visitor"}

    async def ask(self, kind: str, instrument: str, function: str, state: dict) -> dict:
        """As the page's `server.draw(state)` does."""
        begun = time.perf_counter()
        answer = await self.client.post("gradio_api/component_server", json=self.body(instrument, function, state))
        seconds = time.perf_counter() - begun
        slots = answer.json() if answer.status_code == 200 else {}
        self.judge(kind, answer.status_code == 200 and not slots.get("notice"), slots.get("notice") or answer.text[:200], seconds)
        return slots

    def judge(self, kind: str, good: bool, said: str, seconds: float) -> None:
        """Counts an answer; how long it took counts where it is one, and no sentence that puts off."""
        if good:
            self.times[kind].append(seconds)
        if not good and BUSY.search(said):
            self.busy += 1
        elif not good:
            self.faults.append(f"{kind}: {said}")

    # --- what they do -------------------------------------------------------------------------------------------------

    async def drags(self) -> None:
        state, turn = self.state("infogan"), self.chance.random() * 6
        while True:
            for _ in range(self.chance.randint(10, 40)):
                turn, begun = turn + 0.2, time.perf_counter()
                state |= {"c1": 1.5 * float(np.cos(turn)), "c2": 1.5 * float(np.sin(turn))}
                await self.ask("a drag on the InfoGAN pad", "infogan", "draw", state)
                await asyncio.sleep(max(0.0, 0.1 - (time.perf_counter() - begun)))
            await self.ask("what follows a drag", "infogan", "follow", state)
            await asyncio.sleep(self.chance.random())

    async def types(self) -> None:
        state = self.state("text")
        while True:
            change = time.perf_counter() + 0.3
            sentence = f"a {self.chance.choice(COLOURS)} {self.chance.choice(FLOWERS)} with {self.chance.choice(COLOURS)} stamens"
            slots = await self.ask("a sentence: sketch", "text", "draw", state | {"text": sentence})
            if not slots.get("notice") and time.perf_counter() < change:     # else the next key press came first
                slots = await self.ask("a sentence: painting", "text", "follow", state | {"text": sentence})
            if not slots.get("notice") and time.perf_counter() < change:
                await self.ask("a sentence: the other pictures", "text", "finish", state | {"text": sentence})
            await asyncio.sleep(max(0.0, change - time.perf_counter()))

    async def calls(self) -> None:
        while True:
            name, data = self.chance.choice([("sample", ["cgan-mnist", "0-15", {"label": self.chance.randrange(10)}]), ("text_to_image", [
                f"a {self.chance.choice(COLOURS)} {self.chance.choice(FLOWERS)}", "0-1", "char-cnn-rnn", 1, "stackgan-flowers"])])
            begun = time.perf_counter()
            sent = await self.client.post(f"gradio_api/call/{name}", json={"data": data})
            heard = sent if sent.status_code != 200 else await self.client.get(f"gradio_api/call/{name}/{sent.json()['event_id']}")
            self.judge(f"api: {name}", "event: complete" in heard.text, heard.text[:200], time.perf_counter() - begun)
            await asyncio.sleep(self.chance.random())

    async def presses(self) -> None:
        state = self.state("cgan")
        while True:
            await self.ask("a label button of the cGAN", "cgan", "draw", state | {"label": self.chance.randrange(10)})
            await asyncio.sleep(self.chance.uniform(0.2, 0.8))

    async def vanishes(self) -> None:
        """Asks for dear things and is gone before they come."""
        while True:
            instrument, function, change = self.chance.choice([("text", "finish", {"seed": str(self.chance.randrange(10**6))}),
                                                               ("infogan", "follow", {"seed": str(self.chance.randrange(10**6))})])
            _, writer = await self._raw(self.body(instrument, function, self.state(instrument) | change))
            await asyncio.sleep(self.chance.uniform(0, 0.2))
            writer.transport.abort()
            await asyncio.sleep(self.chance.uniform(0.5, 1.5))

    async def reads_slowly(self) -> None:
        while True:
            reader, writer = await self._raw(self.body("text", "draw", self.state("text")))
            while await reader.read(64):
                await asyncio.sleep(0.02)
            writer.close()

    async def _raw(self, body: dict) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        url, content = self.client.base_url, json.dumps(body).encode()
        reader, writer = await asyncio.open_connection(url.host, url.port, limit=2**10)
        writer.write(f"POST /gradio_api/component_server HTTP/1.1\r\nHost: {url.host}\r\nContent-Type: application/json\r\n"
                     f"Connection: close\r\nContent-Length: {len(content)}\r\n\r\n".encode() + content)
        await writer.drain()
        return reader, writer


def main(seconds: float = 300, seed: int = 0) -> None:
    """Args:
    seconds: how long they stay.
    seed: of what they choose.
    """
    check_number("--seconds", seconds)
    with tempfile.TemporaryDirectory() as place:
        log, places = Path(place) / "log.txt", {"TMPDIR": place, "GRADIO_TEMP_DIR": f"{place}/gradio"}
        with running(log=log, **places) as server:
            crowd, watched, after = asyncio.run(_visit(server, Path(place), seconds, seed))
            said = log.read_text(encoding="utf-8", errors="replace")
    late = [entry for entry in watched if entry[0] >= seconds * (1 - WATCHED)]
    quarter = max(1, len(late) // 4)
    grown = [_median(late[-quarter:], i) / max(1.0, _median(late[:quarter], i)) - 1 for i in (1, 2)]
    print("| what | measured |")
    print("|---|---|")
    print(f"| visitors, for {seconds:.0f} s | {', '.join(f'{n} {what}' for what, n in CROWD.items())} |")
    for kind, times in sorted(crowd.times.items()):
        p50, p95, p99 = (np.percentile(times, share) * 1000 for share in (50, 95, 99))
        print(f"| {kind}, p50 / p95 / p99 of {len(times)} | {p50:.0f} / {p95:.0f} / {p99:.0f} ms |")
    print(f"| resident memory at first, {WATCHED * seconds:.0f} s before the end, and at the end | {watched[0][1]:.0f}, {late[0][1]:.0f}, "
          f"{late[-1][1]:.0f} MB |")
    print(f"| its growth in that time, medians of the first and the last quarter | {grown[0]:+.1%} |")
    print(f"| temporary files at the end | {watched[-1][3]:.0f}, {watched[-1][2]:.0f} KB |")
    print(f"| calls put off with a sentence / failed | {crowd.busy} / {len(crowd.faults)} |")
    print(f"| a drag right after all have left | {after * 1000:.0f} ms |")
    bad = [f"{len(crowd.faults)} calls failed, first {crowd.faults[0]}"] if crowd.faults else []
    bad += [f"{what} grew by {share:.1%}" for what, share in zip(("memory", "the temporary folder"), grown, strict=True) if share > GROWTH]
    bad += [f"a drag took {after:.1f} s when all had left"] if after > SECOND else []
    bad += ["the server's output holds a traceback"] if "Traceback" in said else []
    if bad:
        sys.exit(f"error: {'; '.join(bad)}.")


async def _visit(server, folder: Path, seconds: float, seed: int) -> tuple[Crowd, list[tuple[float, ...]], float]:
    """The crowd, then (seconds, megabytes, kilobytes of temporary files, their number) every few seconds, then the last drag's seconds."""
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=100)
    async with httpx.AsyncClient(base_url=server.url, timeout=120, limits=limits, trust_env=False) as client:
        crowd = Crowd(client, (await client.get("config")).json(), seed)
        state = crowd.state("infogan")
        await crowd.ask("the first drag", "infogan", "draw", state)
        tasks = [asyncio.create_task(getattr(crowd, what.replace(" ", "_"))()) for what, n in CROWD.items() for _ in range(n)]
        begun, watched = time.monotonic(), []
        while time.monotonic() - begun < seconds:
            files = [path.stat().st_size for path in folder.rglob("*") if path.is_file() and path.name != "log.txt"]
            watched.append((time.monotonic() - begun, memory(server.process), sum(files) / 1024, len(files)))
            await asyncio.sleep(min(3.0, seconds / 20))
        ended = [task for task in tasks if task.done()]
        for task in tasks:
            task.cancel()
        for result in await asyncio.gather(*tasks, return_exceptions=True):
            if isinstance(result, Exception):
                crowd.faults.append(f"{type(result).__name__} {result!s:.100}" + (" (a visitor gave up)" if ended else ""))
        last = time.perf_counter()
        await crowd.ask("the last drag", "infogan", "draw", state | {"c1": 0.5})
        return crowd, watched, time.perf_counter() - last


def _median(entries: list[tuple[float, ...]], column: int) -> float:
    return float(np.median([entry[column] for entry in entries]))


if __name__ == "__main__":
    command(main, description=__doc__)
