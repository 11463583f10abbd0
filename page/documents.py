"""What happens to the documents that Gradio sends. They are compressed, as its scripts are already. They show the page's name before any
script has come: Gradio's configuration, most of the document, goes to the end. A page that nobody touches rests. And a policy forbids the
page whatever comes from elsewhere."""

import re

from gradio.brotli_middleware import BrotliMiddleware
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from page.language import LANGUAGES, say, speaking
from page.scripts import head
from page.served import Served
from page.switch import SPOKEN

ANSWERS = ("/gradio_api/", "/queue/", "/component_server", "/file=")      # of the interface, pictures and streams
LARGE = "/component_server"      # of these, what instruments ask for; what is large is compressed, small answers to a drag need not wait
LEAST = 100_000                  # bytes
CONFIGURATION = re.compile(rb"<script>window\.gradio_config = .*?</script><script>window\.gradio_api_info = .*?</script>", re.DOTALL)
# Gradio's loading screen leaves a loop behind that counts seconds at every frame for as long as the page stands: a twentieth of a core.
RESTING = b"""<script>{
  const frame = requestAnimationFrame, counts = /performance\\.now\\(\\)-.{1,9}\\)\\/1e3/;
  window.requestAnimationFrame = work => counts.test(work) ? 0 : frame(work);
}</script>"""
# Only what comes from here runs or is shown. Gradio puts scripts into its document, and instruments' into texts that it evaluates.
POLICY = ("default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval' 'wasm-unsafe-eval' blob:; style-src 'self' 'unsafe-inline'; "
          "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self' data: blob:; worker-src 'self' blob:; object-src 'none'; "
          "base-uri 'self'; form-action 'self'")
OPENING = """<style>
#opening { position: absolute; inset: 30vh 0 auto; text-align: center; padding: 0 1rem; color: #1F2A2E; font-family: Lora, Georgia, serif; }
#opening b { display: block; font-size: 2.2rem; font-weight: 500; margin-bottom: .6rem; }
body:has(.gradio-container [role=tab]) #opening, html[lang|=en] #opening [lang=zh], html[lang|=zh] #opening [lang=en] { display: none; }
@media (prefers-color-scheme: dark) { #opening { color: #E9E4D8; } }
</style><div id="opening" role="status"><b>GAN Atlas</b>%s</div>"""


class Compressed(BrotliMiddleware):
    """Brotli, or gzip for browsers without it, for what is neither an answer of the interface nor a stream."""

    def _is_compressible_file_type(self, scope: Scope) -> bool:
        path = scope.get("path", "")
        return not any(part in path for part in ANSWERS) and "." not in path.rpartition("/")[2]


class CompressedAnswers(BrotliMiddleware):
    """The same for large answers to instruments: pictures in JSON, of which it takes off a quarter."""

    def _is_compressible_file_type(self, scope: Scope) -> bool:
        return LARGE in scope.get("path", "")


class Opening:
    """Rewrites each HTML document."""

    def __init__(self, app: ASGIApp):
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or any(part in scope["path"] for part in ANSWERS):
            return await self.app(scope, receive, send)
        start: Message | None = None

        async def written(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start" and Headers(scope=message).get("content-type", "").startswith("text/html"):
                start = message
            elif start is None:
                await send(message)
            else:                                   # Gradio's template is sent as one piece
                plain = message.get("body", b"")
                body = rewritten(plain)
                headers = MutableHeaders(scope=start)
                headers["content-length"] = str(len(body))
                if body is not plain:              # the page, and not the documentation of its interface
                    headers["content-security-policy"] = POLICY
                await send(start)
                start = None
                await send(message | {"body": body})

        await self.app(scope, receive, written)


def rewritten(body: bytes) -> bytes:
    """The document that opens the page; any other as it is."""
    found = CONFIGURATION.search(body)
    if not found:
        return body
    opening = (OPENING % "".join(map(_idea, LANGUAGES))).encode()
    body = body[:found.start()] + body[found.end():]
    body = body.replace(b"<head>", b"<head>" + SPOKEN + RESTING + head(), 1).replace(b"</body>", found[0] + b"</body>", 1)
    return re.sub(rb"<body[^>]*>", lambda tag: tag[0] + opening, body, count=1)


def _idea(language: str) -> str:
    with speaking(language):
        return f'<span lang="{language}">{say("One game between two networks, and the family that grew from it.")}</span>'


MIDDLEWARE = [Middleware(Served), Middleware(Compressed, quality=5),
              Middleware(CompressedAnswers, quality=4, minimum_size=LEAST), Middleware(Opening)]
