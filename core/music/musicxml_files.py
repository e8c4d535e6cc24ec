"""Files of MusicXML, plain or compressed (.mxl), opened safely.

A file comes from anywhere, so it is measured before it is parsed: sizes and counts are limited, entities are
refused, and of an archive only the one file that its container names is unpacked, up to a limit.
"""

from __future__ import annotations

import re
from html.entities import html5
from importlib import import_module
from typing import Any
from xml.sax.saxutils import escape

from core.errors import InputError
from core.files.archives import (
    DamagedArchiveError,
    LargeArchiveError,
    LockedArchiveError,
    check_zip,
    read_zip_part,
)
from core.files.reading import check_file_size, in_megabytes
from core.music.tune_reading import decode_text

MAX_XML_BYTES = 8 * 1024 * 1024
MAX_XML_TAGS = 1_000_000
MAX_MXL_BYTES = 4 * 1024 * 1024
MAX_MXL_ENTRIES = 500
MAX_MXL_SCORES = 8  # that are looked into
_HEAD_BYTES = 64 * 1024


def parse_musicxml(data: bytes) -> Any:
    """Open a file and parse it.

    Returns
    -------
    Element
        The root.

    Raises
    ------
    InputError
        If it is too large, damaged, locked, defines entities, or is empty.
    """
    archive = data.lstrip(b"\0 \t\r\n")
    return _parse(_unpack_mxl(archive) if archive[:2] == b"PK" else data)


def _unpack_mxl(data: bytes) -> bytes:
    """The score inside a compressed file."""
    damaged = "This .mxl archive is damaged or cut off. Export it again, or upload uncompressed MusicXML."
    check_file_size(len(data), MAX_MXL_BYTES, "This .mxl archive", advice="Upload a shorter score.")
    try:
        files = check_zip(data, max_parts=MAX_MXL_ENTRIES, max_bytes=MAX_MXL_ENTRIES * MAX_XML_BYTES)
        name = _find_score(data, [file.filename for file in files])
        if name is None:
            raise InputError(damaged)
        return read_zip_part(data, name, MAX_XML_BYTES)
    except DamagedArchiveError as error:
        raise InputError(damaged) from error
    except LockedArchiveError as error:
        raise InputError(
            "This .mxl archive is locked or compressed in an unsupported way. Upload uncompressed MusicXML."
        ) from error
    except LargeArchiveError as error:
        raise InputError(
            f"This .mxl archive holds too many files, or a score that unpacks to more than "
            f"{in_megabytes(MAX_XML_BYTES)}. Upload a shorter one."
        ) from error


def _find_score(data: bytes, names: list[str]) -> str | None:
    """The file of an archive that holds the score: one that its container names, else the first by its ending."""
    by_path = {_plain_path(name): name for name in reversed(names)}
    wanted = [by_path[path] for path in _named_by_container(data, by_path) if path in by_path]
    scores = [name for name in names if not name.upper().startswith(("META-INF/", "__MACOSX/"))]
    candidates = (
        list(
            dict.fromkeys(name for name in (*wanted, *scores) if name.lower().endswith((".musicxml", ".xml")))
        )
        or wanted[:1]
    )
    if len(candidates) > 1:
        for name in candidates[:MAX_MXL_SCORES]:
            if b"score-" in read_zip_part(data, name, MAX_XML_BYTES)[:_HEAD_BYTES].replace(b"\0", b""):
                return name
    return candidates[0] if candidates else None


def _plain_path(path: str) -> str:
    """A path by which files of an archive are compared: programs differ in slashes and capitals."""
    return path.replace("\\", "/").removeprefix(".").lstrip("/").lower()


def _named_by_container(data: bytes, by_path: dict[str, str]) -> list[str]:
    """The files that an archive's table of contents names; none where it is missing or damaged."""
    if "meta-inf/container.xml" not in by_path:
        return []
    try:
        container = _parse(read_zip_part(data, by_path["meta-inf/container.xml"], MAX_XML_BYTES))
    except InputError:
        return []
    files = [file.get("full-path", "") for file in container.iter() if str(file.tag).endswith("rootfile")]
    return [_plain_path(file) for file in files[:MAX_MXL_ENTRIES]]


def _parse(data: bytes) -> Any:
    defused: Any = import_module("defusedxml")  # it has no types
    tree: Any = import_module("defusedxml.ElementTree")
    if not data.strip():
        raise InputError("This MusicXML is empty. Upload MusicXML exported from a notation program.")
    if len(data) > MAX_XML_BYTES or data.count(b"<") > MAX_XML_TAGS:
        raise InputError(
            f"This MusicXML is too large: at most {in_megabytes(MAX_XML_BYTES)} can be read. Upload a shorter score."
        )
    try:
        try:
            root = tree.fromstring(data.strip(b"\0 \t\r\n") if data[:1] not in b"\xfe\xff" else data)
        except (tree.ParseError, ValueError, LookupError):
            root = tree.fromstring(_repair(data))
    except defused.DefusedXmlException as error:
        raise InputError(
            "This XML file defines entities of its own, which is not allowed here. "
            "Export it again from a notation program."
        ) from error
    except (tree.ParseError, ValueError, LookupError) as error:
        raise InputError(
            "This MusicXML is damaged or cut off: it is not well-formed XML. Export it again."
        ) from error
    for element in root.iter():
        if isinstance(element.tag, str) and "}" in element.tag:
            element.tag = element.tag.rpartition("}")[2]
    return root


def _repair(data: bytes) -> str:
    """The text of XML whose encoding is another than it says, or that has entities of HTML and loose ampersands."""
    text = decode_text(data).strip("\0 \t\r\n")
    text = re.sub(r"^<\?xml[^>]{0,200}\?>", "", text)
    text = re.sub(r"[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]", "", text)
    return re.sub(
        r"&(?!#[0-9]{1,7};|#x[0-9a-fA-F]{1,6};|(?:amp|lt|gt|quot|apos);)([A-Za-z]{2,10};)?", _entity, text
    )


def _entity(found: re.Match[str]) -> str:
    name = found[1] or ""
    return escape(html5[name]) if name in html5 else f"&amp;{name}"
