"""Files of MusicXML, plain or compressed (.mxl), opened safely.

A file comes from anywhere, so it is measured before it is parsed: sizes and counts are limited, entities are
refused, and of an archive only the one file that its container names is unpacked, up to a limit.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from importlib import import_module
from typing import Any

from core.errors import InputError

MAX_XML_BYTES = 8 * 1024 * 1024
MAX_XML_TAGS = 1_000_000
MAX_MXL_BYTES = 4 * 1024 * 1024
MAX_MXL_ENTRIES = 500


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
    return _parse(_unpack_mxl(data) if data[:2] == b"PK" else data)


def _unpack_mxl(data: bytes) -> bytes:
    """The score inside a compressed file."""
    damaged = "This .mxl archive is damaged or cut off. Export it again, or upload uncompressed MusicXML."
    if len(data) > MAX_MXL_BYTES:
        raise InputError(
            f"This .mxl archive is larger than {MAX_MXL_BYTES // 2**20} MB. Give a shorter score."
        )
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if len(archive.infolist()) > MAX_MXL_ENTRIES:
                raise InputError("This .mxl archive holds too many files. Upload uncompressed MusicXML.")
            container = _parse(_member(archive, "META-INF/container.xml"))
            names = [file.get("full-path", "") for file in container.iter() if file.tag.endswith("rootfile")]
            if not names:
                raise InputError(damaged)
            return _member(archive, names[0])
    except (zipfile.BadZipFile, zlib.error, EOFError, KeyError, OSError) as error:
        raise InputError(damaged) from error
    except (RuntimeError, ValueError) as error:
        raise InputError(
            "This .mxl archive is locked or packed in a way that is not read. Upload uncompressed MusicXML."
        ) from error


def _member(archive: zipfile.ZipFile, name: str) -> bytes:
    info = archive.getinfo(name)
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise ValueError(f"compression {info.compress_type}")
    large = InputError(
        f"The score in this .mxl archive unpacks to more than {MAX_XML_BYTES // 2**20} MB. Give a shorter one."
    )
    if info.file_size > MAX_XML_BYTES:
        raise large
    # The declared size may lie: not more than one byte beyond the limit is ever unpacked.
    with archive.open(info) as packed:
        data = packed.read(MAX_XML_BYTES + 1)
    if len(data) > MAX_XML_BYTES:
        raise large
    return data


def _parse(data: bytes) -> Any:
    defused: Any = import_module("defusedxml")  # it has no types
    tree: Any = import_module("defusedxml.ElementTree")
    if not data.strip():
        raise InputError("This MusicXML is empty. Upload MusicXML such as notation programs export.")
    if len(data) > MAX_XML_BYTES or data.count(b"<") > MAX_XML_TAGS:
        raise InputError(
            f"This MusicXML is too large: at most {MAX_XML_BYTES // 2**20} MB are read. Give a shorter score."
        )
    try:
        return tree.fromstring(data)
    except defused.DefusedXmlException as error:
        raise InputError(
            "This XML defines entities of its own, which no score needs, so it is not opened. "
            "Export it again from a notation program."
        ) from error
    except (tree.ParseError, ValueError, LookupError) as error:
        raise InputError(
            "This MusicXML is damaged or cut off: it is no well-formed XML. Export it again."
        ) from error
