"""What happens to the documents that Gradio sends: they are compressed, as its scripts are already, and take any browser set to Chinese
for one set to zh-CN, the only simplified Chinese that Gradio's own front end knows."""

from gradio.brotli_middleware import BrotliMiddleware
from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

ANSWERS = ("/gradio_api/", "/queue/", "/component_server", "/file=")      # pictures and streams: little to gain, and a drag must not wait
CHINESE = b"""<script>if (/^zh\\b(?!-(CN|TW)$)/i.test(navigator.language))
  Object.defineProperty(navigator, "language", {get: () => "zh-CN"});</script>"""


class Compressed(BrotliMiddleware):
    """Brotli, or gzip for browsers without it, for what is neither an answer of the interface nor a stream."""

    def _is_compressible_file_type(self, scope: Scope) -> bool:
        path = scope.get("path", "")
        return not any(part in path for part in ANSWERS) and "." not in path.rpartition("/")[2]


class Chinese:
    """Puts CHINESE at the head of each HTML document, before any other script."""

    def __init__(self, app: ASGIApp):
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or any(part in scope["path"] for part in ANSWERS):
            return await self.app(scope, receive, send)
        start: Message | None = None

        async def written(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start":
                start = message
                if not MutableHeaders(scope=message).get("content-type", "").startswith("text/html"):
                    await send(message)
                    start = None
            elif start is None:
                await send(message)
            else:                                   # Gradio's template is sent as one piece
                body = message.get("body", b"").replace(b"<head>", b"<head>" + CHINESE, 1)
                MutableHeaders(scope=start)["content-length"] = str(len(body))
                await send(start)
                start = None
                await send(message | {"body": body})

        await self.app(scope, receive, written)


MIDDLEWARE = [Middleware(Compressed, quality=5), Middleware(Chinese)]
