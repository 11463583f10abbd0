"""Opens the page: one tab for each plate of tabs/."""

import errno
import os
import re
import signal
import sys
from functools import partial

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")   # nothing on this page calls home
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
os.environ["GRADIO_SSR_MODE"] = "False"                      # its Node would answer before our own addresses and headers
NAME = os.environ.pop("GRADIO_SERVER_NAME", "")              # ours to check, as the port is
PORT = os.environ.pop("GRADIO_SERVER_PORT", None)            # ours to check: Gradio would end in a traceback, or take another port

from page import zerogpu  # noqa: E402, F401, I001 - where there is a GPU to borrow, this has to come before torch
from models.proxies import settle_proxies  # noqa: E402

settle_proxies(NAME)                                         # and this before Gradio, as has the next one
from page import lean  # noqa: E402, F401, I001
import gradio as gr  # noqa: E402 - it reads the environment when it is imported
from starlette.middleware import Middleware  # noqa: E402

from models import hub, precision, registry  # noqa: E402
from models.arguments import command, of_a_file  # noqa: E402
from models.checkpoint import WEIGHTS  # noqa: E402
from models.errors import BadInput  # noqa: E402
from page import api, groups, switch  # noqa: E402
from page.calls import UNKNOWN, CompleteCalls  # noqa: E402
from page.documents import MIDDLEWARE  # noqa: E402
from page.site import Site  # noqa: E402
from page.language import I18N, each, say, tell  # noqa: E402
from page.listening import listening  # noqa: E402
from page.theme import css, theme  # noqa: E402
from tabs import plates  # noqa: E402

POLL = 0.08         # seconds between two looks into Gradio's queue, which only programs use; its own millisecond keeps 5 % of a core busy
SESSIONS = 100      # Gradio keeps for each the last answer of an endpoint, pictures and all; each call from a program is one
UNFETCHED = 256     # sessions of which it keeps the answers that nobody has fetched yet: four times what the queue holds


def build() -> gr.Blocks:
    """The page, one tab for each module of tabs/ that has a PLATE."""
    site = Site(plates())
    page = gr.Blocks(title="GAN Atlas", analytics_enabled=False, delete_cache=(600, 3600))
    with page:
        api.place()
        groups.place([module.PLATE for module in site.plates])
        with gr.Tabs(elem_id="plates", overflow_behavior="wrap"):
            for module in site.plates:
                plate = module.PLATE
                with gr.Tab(each(partial(say, plate.tab)), id=plate.id, elem_classes="plate"):
                    module.build(site)
                    for problem in [p for model in plate.models for p in site.problems.get(model, [])]:
                        gr.Markdown(each(lambda problem=problem: f"*{tell(problem)}*"))
        switch.place()
    return page


def launch(page: gr.Blocks, **options) -> str:
    """Opens a page in its own looks and languages, and returns its address. `options` are those of gr.Blocks.launch."""
    page.queue(max_size=64)
    page._queue.pending_messages_per_session.max_size = UNFETCHED
    page._queue.sleep_when_free, page._queue.progress_update_sleep_when_free = POLL, 10 * POLL
    middleware = [*MIDDLEWARE, Middleware(CompleteCalls, functions=api.endpoints())]
    # `_frontend` decides no more than whether Gradio looks at its own address, for 3 s, and refuses to start on a busy machine. No part of
    # the page takes Gradio's uploads, pictures come as data URIs: a file has one byte at most.
    return page.launch(_frontend=False, theme=theme(), css=css(), i18n=I18N, run_history=False, enable_monitoring=False,
                       max_file_size=1, footer_links=["api"], state_session_capacity=SESSIONS,
                       app_kwargs={"middleware": middleware, "exception_handlers": UNKNOWN}, **options)[1]


def main(root_path: str = os.environ.get("GRADIO_ROOT_PATH", "")) -> None:
    """Opens the page. GRADIO_SERVER_NAME and GRADIO_SERVER_PORT say where, GRADIO_ROOT_PATH does what --root-path does.

    Args:
        root_path: Where a reverse proxy shows the page, as a path or an address: /atlas or https://example.org/atlas.
    """
    if PORT is not None and not (PORT.isascii() and PORT.isdecimal() and 0 < int(PORT[:9]) < 65536):
        sys.exit(f"error: GRADIO_SERVER_PORT is a whole number from 1 to 65535, not {PORT[:40]!r}.")
    if not re.fullmatch(r"(https?://[\w.-]+(:\d{1,5})?)?(/[\w.~-]+)*/?", root_path, re.ASCII):
        sys.exit(f"error: --root-path is a path such as /atlas or an address such as https://example.org/atlas, not {root_path[:60]!r}.")
    registry.note_places()
    signal.signal(signal.SIGTERM, signal.default_int_handler)             # as Ctrl-C: what runs beside the page ends, folders are cleared
    try:
        precision.dtype_for()      # else no weights could be loaded, and the page would be empty
        fetching = hub.fill(WEIGHTS)  # so that a page whose weights come from the Hub opens before they are here
        port = int(PORT) if PORT else None
        where = {"server_name": listening(NAME, port), "server_port": port, "root_path": root_path.rstrip("/"),
                 "prevent_thread_lock": True}
        page = build()
        launch(page, **where)                                             # without a port: the first free one from 7860
        if fetching:
            fetching.join()
            before, page = page, build()                                  # visitors are answered meanwhile
            where["server_port"] = before.server_port
            before.close(verbose=False)
            launch(page, **where)
    except BadInput as error:
        sys.exit(f"error: the page cannot be opened: {error}")
    except OSError as error:
        if error.errno in (None, errno.EADDRINUSE):                       # without a number: Gradio's own, where it found no free port
            reason = str(error).splitlines()[0].rstrip(".")
            sys.exit(f"error: the page cannot be opened ({reason}); set GRADIO_SERVER_PORT to a free port.")
        sys.exit(f"error: the page cannot be opened. {of_a_file(error)}.")
    except KeyboardInterrupt:
        sys.exit(130)
    page.block_thread()


if __name__ == "__main__":
    command(main)
