"""A photograph stays in memory while it arrives."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

from starlette.datastructures import Headers
from starlette.formparsers import MultiPartParser

from core import limits
from pages.components.shared.uploads import keep_uploads_in_memory

BOUNDARY = "line"


async def parts(size: int):
    yield f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="f"; filename="face.jpg"\r\n\r\n'.encode()
    yield bytes(size)
    yield f"\r\n--{BOUNDARY}--\r\n".encode()


def rolled_to_disk(size: int) -> bool:
    async def arrive() -> bool:
        headers = Headers({"content-type": f"multipart/form-data; boundary={BOUNDARY}"})
        form = await MultiPartParser(headers, parts(size)).parse()
        rolled = form["f"].file._rolled
        await form.close()
        return rolled

    # A thread of its own: browser tests leave a running loop in this one.
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(lambda: asyncio.run(arrive())).result()


def test_an_upload_of_five_megabytes_touches_no_disk(monkeypatch):
    monkeypatch.setattr(MultiPartParser, "spool_max_size", 1024 * 1024)
    assert rolled_to_disk(5 * limits.MEGABYTE)  # as the web server is by itself
    keep_uploads_in_memory()
    assert not rolled_to_disk(5 * limits.MEGABYTE)
