"""Link previews: the first HTML of each page says what it is, and nothing else is touched."""

from __future__ import annotations

import asyncio
import gzip
from typing import Any

import pytest
from starlette.types import Message, Receive, Scope, Send

from pages.components.shared.link_preview import LinkPreview
from served_app import PREVIEWS

PAGE = b"<html><head><title>Streamlit</title></head></html>"


async def serve(scope: Scope, receive: Receive, send: Send) -> None:
    """What Streamlit does: one HTML page for all addresses, compressed where that is wanted, JSON below _stcore."""
    headers = dict(scope["headers"])
    is_page = not scope["path"].startswith("/_stcore")
    body = PAGE if is_page else b"<title>Streamlit</title>"
    if b"gzip" in headers.get(b"accept-encoding", b""):
        body = gzip.compress(body)
    kind = b"text/html; charset=utf-8" if is_page else b"application/json"
    fields = [(b"content-type", kind), (b"content-length", str(len(body)).encode()), (b"etag", b'"1"')]
    await send({"type": "http.response.start", "status": 200, "headers": fields})
    await send({"type": "http.response.body", "body": body[:9], "more_body": True})
    await send({"type": "http.response.body", "body": body[9:]})


def ask(path: str, method: str = "GET", **headers: str) -> tuple[dict[bytes, bytes], bytes]:
    """Headers and body of an answer."""
    sent: list[Any] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        await asyncio.Event().wait()  # Nobody leaves.
        raise AssertionError

    fields = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": "http", "method": method, "path": path, "scheme": "http", "headers": fields}
    asyncio.run(LinkPreview(serve, PREVIEWS)(scope, receive, send))
    assert sent[0]["status"] == 200
    return dict(sent[0]["headers"]), b"".join(message.get("body", b"") for message in sent[1:])


@pytest.mark.parametrize(
    ("path", "title", "picture"),
    [
        ("/", "Sonoscope", "https://a.org/link-preview/home.png"),
        ("/folk_generator", "Folk Generator · Sonoscope", "https://a.org/link-preview/folk_generator.png"),
        ("/below/audio_viz", "Audio Viz · Sonoscope", "https://a.org/below/link-preview/audio_viz.jpg"),
    ],
)
def test_each_page_has_its_title_and_picture(path, title, picture) -> None:
    headers, body = ask(
        path, host="a.org", x_forwarded_proto="https", accept_encoding="gzip", if_none_match='"1"'
    )
    page = body.decode()
    assert f"<title>{title}</title>" in page and "Streamlit" not in page
    assert f'<meta property="og:image" content="{picture}">' in page
    assert headers[b"content-length"] == str(len(body)).encode() and b"etag" not in headers
    place = "/" + picture.partition("https://a.org/")[2]
    assert ask(place)[0][b"content-type"].startswith(b"image/")


@pytest.mark.parametrize("path", ["/_stcore/health", "/static/x.js", "/link-preview/other.png"])
def test_nothing_else_is_touched(path) -> None:
    assert b"<title>Streamlit</title>" in ask(path, host="a.org")[1]


def test_a_host_that_is_markup_stays_words() -> None:
    assert b"<script>" not in ask("/", host='"><script>')[1]


def test_every_page_of_the_app_has_a_preview() -> None:
    assert all(preview.picture.is_file() and preview.sentence for preview in PREVIEWS.values())
    source = (next(iter(PREVIEWS.values())).picture.parents[4] / "app.py").read_text(encoding="utf-8")
    assert all(f"pages/{page}.py" in source for page in PREVIEWS if page)
    assert source.count("st.Page(") == len(PREVIEWS)
