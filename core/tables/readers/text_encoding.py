"""Text in any usual encoding, turned into UTF-8 bytes with plain line ends."""

from __future__ import annotations

import codecs
import re

from charset_normalizer import from_bytes

from core import limits
from core.errors import InputError, plural
from core.tables.raw_table import WHAT_WORKS

#: What can be chosen, and its name in words. Python has codecs that are no encodings ("punycode" is even
#: quadratic), so the list is closed.
ENCODINGS: dict[str, str] = {
    "utf-8": "UTF-8",
    "utf-16-le": "UTF-16 LE",
    "utf-16-be": "UTF-16 BE",
    "utf-32-le": "UTF-32 LE",
    "utf-32-be": "UTF-32 BE",
    "cp1252": "Windows-1252",
    "latin-1": "Latin-1",
    "iso8859-15": "Latin-9",
    "cp1250": "Windows-1250",
    "iso8859-2": "Latin-2",
    "cp1251": "Windows-1251",
    "koi8-r": "KOI8-R",
    "cp1253": "Windows-1253",
    "cp1254": "Windows-1254",
    "cp932": "Shift-JIS",
    "euc-jp": "EUC-JP",
    "gb18030": "GB18030",
    "big5": "Big5",
    "euc-kr": "EUC-KR",
    "mac-roman": "Mac Roman",
}

_BOMS = (  # UTF-32 LE begins with UTF-16 LE's mark, so it is asked first
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_CHUNK = 1024 * 1024
_SAMPLE = 32 * 1024
_NON_ASCII = re.compile(rb"[\x80-\xff]+")
# The euro, the pound, the yen, degrees, micro, powers, quotation marks, dashes and fixed spaces, as Windows-1252 has them.
_WESTERN_SIGNS = bytes.fromhex("80 a3 a5 b0 b5 b2 b3 b9 a0 91 92 93 94 96 97 b1 a7 bc bd be b7 d7 f7")
# Letters of Polish that are signs, or capitals, in Windows-1252: ą ś ź of Latin-2, then ą ź ł ż of Windows-1250 and of both.
_CENTRAL_LETTERS = {"iso8859-2": rb"[\xb1\xb6\xbc]", "cp1250": rb"[\xb9\x9f\xb3\xbf]"}
_CONTROLS = bytes(set(range(32)) - {9, 10, 11, 12, 13, 26, 27})
# Asked of charset-normalizer, the common ones first; the UTFs are settled before it is asked.
_ASKED = ["cp932", "euc_jp", "gb18030", "big5", "euc_kr", "cp1251", "koi8_r", "cp1250", "cp1253", "cp1254"]


def to_utf8(data: bytes, encoding: str | None) -> tuple[bytes, str, list[str]]:
    r"""Text bytes as UTF-8 with ``\n`` line ends.

    Parameters
    ----------
    data : bytes
        Text in any encoding.
    encoding : str or None
        A key of :data:`ENCODINGS`, or ``None`` to guess: a byte order mark, UTF-16's pattern of zeros,
        valid UTF-8, then charset-normalizer on a bounded sample.

    Returns
    -------
    body : bytes
        UTF-8 without a mark.
    encoding : str
        The key of :data:`ENCODINGS` that was used.
    warnings : list of str
        A sentence when characters had to be replaced.

    Raises
    ------
    InputError
        When the bytes are not text, or not in the encoding that was asked for.
    """
    used = guess_encoding(data) if encoding is None else _look_up_encoding(encoding)
    try:
        body, n_replaced = _transcode(data, used, strict=encoding is not None)
    except UnicodeDecodeError as error:
        # What would be guessed is read as when it is guessed: else a file's own options would refuse it.
        if guess_encoding(data) != used:
            raise InputError(
                f"This text is not in {ENCODINGS[used]}. Choose another encoding, or auto-detect."
            ) from error
        body, n_replaced = _transcode(data, used, strict=False)
    if len(body) > 2 * limits.MAX_TABLE_BYTES:
        raise InputError("This text is too large once it is decoded. Save it as UTF-8 with fewer rows.")
    _refuse_binary(body)
    warnings = []
    if n_replaced:
        are, were = ("is", "was") if n_replaced == 1 else ("are", "were")
        characters = plural(n_replaced, "character")
        warnings.append(f"{characters} {are} not valid {ENCODINGS[used]} and {were} replaced by “�”.")
    if b"\r" in body:
        body = body.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return body, used, warnings


def guess_encoding(data: bytes) -> str:
    """The most likely key of :data:`ENCODINGS` for some text."""
    for mark, name in _BOMS:
        if data.startswith(mark):
            return name
    wide = _wide_encoding(data[: 4 * 1024])
    if wide:
        return wide
    if _is_mostly_utf8(data):
        return "utf-8"
    return _guess_legacy(data)


def _look_up_encoding(encoding: str) -> str:
    try:
        wanted = codecs.lookup(encoding).name
    except (LookupError, ValueError):
        wanted = ""
    if wanted == "shift_jis":
        wanted = "cp932"  # Windows' Shift-JIS reads all of the standard's and more
    for key in ENCODINGS:
        if codecs.lookup(key).name == wanted:
            return key
    names = ", ".join(ENCODINGS.values())
    raise InputError(f"The encoding “{encoding[:40]}” is not supported. Choose one of {names}.")


def _wide_encoding(sample: bytes) -> str | None:
    """UTF-16 without a mark shows as zeros at every second byte of ordinary text."""
    half = len(sample) // 2
    if half < 2 or b"\x00" not in sample:
        return None
    zeros_even, zeros_odd = sample[0::2].count(0) / half, sample[1::2].count(0) / half
    if zeros_odd > 0.3 and zeros_even < 0.05:
        return "utf-16-le"
    if zeros_even > 0.3 and zeros_odd < 0.05:
        return "utf-16-be"
    return None


def _is_mostly_utf8(data: bytes) -> bool:
    """Valid UTF-8, but for at most one in fifty of the characters beyond ASCII.

    One broken character in a long UTF-8 file must not turn all its accents into noise.
    """
    n_good = n_bad = 0
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    for start in range(0, len(data), _CHUNK):
        piece = data[start : start + _CHUNK]
        if piece.isascii() and not decoder.getstate()[0]:
            continue
        text = decoder.decode(piece, final=start + _CHUNK >= len(data))
        bad = text.count("\ufffd")
        n_bad += bad
        n_good += sum(map(len, re.findall(r"[^\x00-\x7f]+", text))) - bad
    return n_bad == 0 or n_good >= 50 * n_bad


def _guess_legacy(data: bytes) -> str:
    first = _NON_ASCII.search(data)
    start = first.start() if first else 0
    start = data.rfind(b"\n", 0, start) + 1 if start < _SAMPLE else start
    sample = data[start : start + _SAMPLE]
    if _looks_western(sample):
        return _find_central(sample) or _decodable(data, "cp1252") or "latin-1"
    best = from_bytes(sample, cp_isolation=_ASKED, enable_fallback=False).best()
    guessed = best.encoding.replace("_", "-") if best else ""
    for key in ENCODINGS:
        if guessed and codecs.lookup(key).name == codecs.lookup(guessed).name:
            return key
    return _decodable(data, "cp1252") or "latin-1"


def _looks_western(sample: bytes) -> bool:
    """Whether high bytes are isolated among ASCII letters, as in Western languages."""
    runs = [len(run) for run in _NON_ASCII.findall(sample)]
    if not runs:
        return True
    if not sample.translate(None, delete=_WESTERN_SIGNS + bytes(range(128))):
        return True
    n_letters = len(re.findall(rb"[A-Za-z]", sample))
    return (
        max(runs) <= 2 and sum(runs) <= 0.4 * (n_letters + sum(runs)) and _decodable(sample, "cp1252") != ""
    )


def _find_central(sample: bytes) -> str:
    """Detect Windows-1250 or Latin-2 by symbols that would stand within words: "miesi¹c", "pa¼dziernik"."""
    for encoding, letters in _CENTRAL_LETTERS.items():
        if re.search(rb"[a-z]" + letters + rb"[a-z]", sample) and _decodable(sample, encoding):
            return encoding
    return ""


def _decodable(data: bytes, encoding: str) -> str:
    try:
        data.decode(encoding)
    except UnicodeDecodeError:
        return ""
    return encoding


def _transcode(data: bytes, encoding: str, *, strict: bool) -> tuple[bytes, int]:
    """Decode and encode a megabyte at a time: a whole text as Python characters can be four times as large."""
    for mark, name in _BOMS:
        if encoding == name and data.startswith(mark):
            data = data[len(mark) :]
    if encoding == "utf-8" and data.isascii():
        return data, 0
    decoder = codecs.getincrementaldecoder(encoding)(
        "strict" if strict and encoding != "utf-8" else "replace"
    )
    pieces, n_replaced = [], 0
    for start in range(0, len(data), _CHUNK):
        text = decoder.decode(data[start : start + _CHUNK], final=start + _CHUNK >= len(data))
        n_replaced += text.count("\ufffd")
        pieces.append(text.encode("utf-8", errors="replace"))
    return b"".join(pieces), n_replaced


def _refuse_binary(body: bytes) -> None:
    sample = body[: 64 * 1024]
    n_controls = len(sample) - len(sample.translate(None, delete=_CONTROLS))
    if b"\x00" in body or n_controls > 0.01 * len(sample) + 1:
        raise InputError(f"This file contains binary data, not text. {WHAT_WORKS}")
