"""Packing of hostile files: ZIP archives and RIFF chunks that say what they are told to say."""

from __future__ import annotations

import io
import struct
import zipfile


def zipped(parts: dict[str, str | bytes]) -> bytes:
    """A ZIP archive of some parts, packed as fast as can be; a ``mimetype`` stands in clear, as OpenDocument has it."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in parts.items():
            method = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
            archive.writestr(zipfile.ZipInfo(name), content, method, 1)
    return stream.getvalue()


def chunk(name: bytes, content: bytes, *, size: int | None = None) -> bytes:
    """A RIFF chunk, padded to an even length; its size may lie."""
    return (
        name
        + struct.pack("<I", len(content) if size is None else size)
        + content
        + b"\0" * (len(content) % 2)
    )


def riff(form: bytes, content: bytes) -> bytes:
    """A whole RIFF file."""
    return chunk(b"RIFF", form + content)
