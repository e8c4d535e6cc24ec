"""Link previews: what a messenger or a search engine is told of a link to a page, before any script has run.

Streamlit sends the same empty page for every address, with the title "Streamlit"; `st.set_page_config` changes it in the
visitor's browser only. `served_app.py` puts this middleware before Streamlit's own server.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import FileResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_PICTURES = "link-preview"
_HTML = "text/html"
# Streamlit's page has 2 kB; what is larger is not that page.
_MAX_BYTES = 100_000


@dataclass(frozen=True, kw_only=True)
class Preview:
    """What is told of a page: title, a sentence, and a picture with its description."""

    title: str
    sentence: str
    picture: Path
    picture_words: str


class LinkPreview:
    """Middleware that gives the HTML of each page its title, description and picture, and serves the pictures.

    Parameters
    ----------
    app : ASGI application
    previews : mapping of str to Preview
        By the last part of the page's address; the default page's is "".
    """

    def __init__(self, app: ASGIApp, previews: Mapping[str, Preview]) -> None:
        self.app, self.previews = app, previews

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        path = str(scope.get("path", ""))
        parts = [part for part in path.split("/") if part]
        if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD"):
            await self.app(scope, receive, send)
        elif len(parts) >= 2 and parts[-2] == _PICTURES and parts[-1].partition(".")[0] in self._names():
            preview = self.previews[self._names()[parts[-1].partition(".")[0]]]
            answer = FileResponse(preview.picture, headers={"Cache-Control": "public, max-age=86400"})
            await answer(scope, receive, send)
        elif path.endswith("/") or (parts and parts[-1] in self.previews):
            page = parts[-1] if parts and parts[-1] in self.previews else ""
            above = parts[:-1] if page else parts
            await self._answer_page(scope, receive, send, page, "/".join(above))
        else:
            await self.app(scope, receive, send)

    def _names(self) -> dict[str, str]:
        """Names of the pictures, and the pages that they are of."""
        return {page or "home": page for page in self.previews}

    async def _answer_page(self, scope: Scope, receive: Receive, send: Send, page: str, above: str) -> None:
        # Compressed, or not sent because the browser has it, it could not be changed.
        dropped = (b"accept-encoding", b"if-none-match", b"if-modified-since", b"range")
        plain = {**scope, "headers": [pair for pair in scope["headers"] if pair[0].lower() not in dropped]}
        start: Message | None = None
        body = b""

        async def change(message: Message) -> None:
            nonlocal start, body
            if message["type"] == "http.response.start":
                is_page = message["status"] == 200 and Headers(raw=message["headers"]).get(
                    "content-type", ""
                ).startswith(_HTML)
                if is_page:
                    start = message
                    return
            elif start is not None and message["type"] == "http.response.body":
                body += message.get("body", b"")
                if message.get("more_body") and len(body) < _MAX_BYTES:
                    return
                body = self._add_tags(body, scope, page, above)
                headers = MutableHeaders(raw=start["headers"])
                if scope["method"] == "GET":
                    headers["content-length"] = str(len(body))
                for name in ("etag", "last-modified", "accept-ranges"):
                    del headers[name]
                await send(start)
                start = None
                message = {**message, "body": body}
            await send(message)

        await self.app(plain, receive, change)

    def _add_tags(self, body: bytes, scope: Scope, page: str, above: str) -> bytes:
        preview = self.previews[page]
        headers = Headers(scope=scope)
        scheme = headers.get("x-forwarded-proto", scope["scheme"]).partition(",")[0].strip()
        root = f"{scheme}://{headers.get('host', '')}/" + (f"{above}/" if above else "")
        picture = f"{root}{_PICTURES}/{page or 'home'}{preview.picture.suffix}"
        tags = {
            "og:type": "website",
            "og:site_name": "Sonoscope",
            "og:title": preview.title,
            "og:description": preview.sentence,
            "og:image": picture,
            "og:image:alt": preview.picture_words,
            "twitter:card": "summary_large_image",
        }
        lines = [f"<title>{escape(preview.title)}</title>"]
        lines.append(f'<meta name="description" content="{escape(preview.sentence)}">')
        lines += [f'<meta property="{name}" content="{escape(text)}">' for name, text in tags.items()]
        return body.replace(b"<title>Streamlit</title>", "".join(lines).encode(), 1)
