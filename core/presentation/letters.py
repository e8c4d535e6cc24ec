"""Letters of drawings and films: the shipped fonts, widths of lines, wrapping, and texts of visitors made harmless.

Source Sans (renamed, as its license asks of changed copies) for Latin, Greek and Cyrillic, DejaVu Sans for Hebrew and Arabic; other
scripts are drawn in the fonts of the machine where it has some, emoji too, and are left out where it has none. `benchmarks/drawing_fonts.py` makes the files.
"""

from __future__ import annotations

import base64
import unicodedata
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from core.errors import keep_printable

if TYPE_CHECKING:
    from PIL.ImageFont import FreeTypeFont

FONTS = Path(__file__).parent / "fonts"
FONT_FILES = tuple(str(path) for path in sorted(FONTS.glob("*.ttf")))
FONT_FAMILY = (
    "'Sonoscope Sans', 'Source Sans 3', 'Source Sans Pro', 'Segoe UI', 'Helvetica Neue', Arial, sans-serif"
)
SCRIPTS_FAMILY = f"'Sonoscope Sans Scripts', {FONT_FAMILY}"
MAX_LETTERS = 300
"""Of a text of a visitor; what lies beyond is left out."""
_MEASURED_PX = 100
_ISOLATE_RIGHT_TO_LEFT, _END_ISOLATE = "\u2067", "\u2069"
_ELLIPSIS = "…"
_NOT_SEEN = ("Mn", "Me", "Cf")
# Symbols such as emoji, what encloses them, private letters and such as are none: few fonts have them.
_RARE = ("So", "Sk", "Me", "Co", "Cn")
_VARIANTS = range(0xFE00, 0xFE10)
_NO_LETTER = "\U000efffd"


def clean_text(text: str) -> str:
    """A text of a visitor on one line: at most `MAX_LETTERS` letters, without control characters and marks of direction.

    Emoji that no font here has are left out; they would be drawn as boxes.

    Examples
    --------
    >>> clean_text("rain\\n \\u202e(mm)\\x00")
    'rain (mm)'
    """
    kept = keep_printable(text[: 4 * MAX_LETTERS])
    if not kept.isascii():
        kept = "".join(letter for letter in kept if _can_draw(letter))
    kept = " ".join(kept.split())
    return kept if len(kept) <= MAX_LETTERS else kept[: MAX_LETTERS - 1] + _ELLIPSIS


def _can_draw(letter: str) -> bool:
    """Whether a letter is drawn as itself; only symbols are looked at, as words with letters left out would be other words."""
    if ord(letter) in _VARIANTS:
        return False
    return unicodedata.category(letter) not in _RARE or letter < "\u0250" or _has_glyph(letter)


@lru_cache(maxsize=4_096)
def _has_glyph(letter: str) -> bool:
    """Whether a font that is shipped or of the machine has a letter: drawn, it is neither nothing nor the box of a missing one."""
    return _draw_letter(letter) not in (_draw_letter(_NO_LETTER), _draw_letter(" "))


def _draw_letter(letter: str) -> bytes:
    import resvg_py

    svg = f'<svg xmlns="http://www.w3.org/2000/svg" width="32" height="32"><text x="2" y="26" font-size="24" font-family="{SCRIPTS_FAMILY}">{letter}</text></svg>'
    return bytes(resvg_py.svg_to_bytes(svg_string=svg, font_files=list(FONT_FILES), skip_system_fonts=False))


def is_right_to_left(text: str) -> bool:
    """Whether the first letter with a direction is Hebrew, Arabic or of another script that runs to the left.

    Examples
    --------
    >>> is_right_to_left("2020: \\u05de\\u05d7\\u05d9\\u05e8"), is_right_to_left("price")
    (True, False)
    """
    for letter in text:
        direction = unicodedata.bidirectional(letter)
        if direction in ("L", "R", "AL"):
            return direction != "L"
    return False


def set_direction(text: str) -> str:
    """The text between marks that have it run to the left where it does, whatever draws it."""
    return f"{_ISOLATE_RIGHT_TO_LEFT}{text}{_END_ISOLATE}" if is_right_to_left(text) else text


def choose_family(text: str) -> str | None:
    """The family for a text with letters that the main one lacks; None where the main one serves."""
    return SCRIPTS_FAMILY if any("\u0590" <= letter <= "\u06ff" for letter in text) else None


def measure_text(text: str, size: float, *, bold: bool = False) -> float:
    """Width of a line in pixels, to a few percent; of letters that no shipped font has, as wide as they may be.

    Examples
    --------
    >>> round(measure_text("Rainfall", 100)), round(measure_text("Rainfall", 100, bold=True))
    (320, 337)
    """
    is_main = choose_family(text) is None
    return sum(_measure_letter(letter, bold, is_main) for letter in text) * size / _MEASURED_PX


@lru_cache(maxsize=4_096)
def _measure_letter(letter: str, bold: bool, is_main: bool) -> float:
    if unicodedata.category(letter) in _NOT_SEEN:
        return 0.0
    is_main = is_main and (
        letter < "\u0590" or "\u1e00" <= letter < "\u2190" or "\u2669" <= letter < "\u2670"
    )
    if is_main or letter < "\u0700" or "\u2190" <= letter < "\u2670" or "\ufb1d" <= letter < "\uff00":
        return float(_load_font(is_main, bold).getlength(letter))
    return float(_MEASURED_PX)


@cache
def _load_font(is_main: bool, bold: bool) -> FreeTypeFont:
    from PIL import ImageFont

    name = f"SonoscopeSans{'' if is_main else 'Scripts'}{'Bold' if bold else 'Regular'}.ttf"
    return ImageFont.truetype(str(FONTS / name), _MEASURED_PX, layout_engine=ImageFont.Layout.BASIC)


def fit_text(text: str, width: float, size: float, *, bold: bool = False, max_lines: int = 1) -> list[str]:
    """Wrap a text into lines of at most a width; what does not fit ends in an ellipsis.

    Parameters
    ----------
    text : str
        Cleaned here.
    width, size : float
        Pixels.
    bold : bool
    max_lines : int

    Examples
    --------
    >>> fit_text("Rainfall of the whole year in Norway", 120, 20, max_lines=2)
    ['Rainfall of the', 'whole year i…']
    """
    lines: list[str] = []
    rest = clean_text(text)
    while rest and len(lines) < max_lines:
        head = _take_line(rest, width, size, bold)
        if len(lines) == max_lines - 1 and len(head) < len(rest):
            room = width - measure_text(_ELLIPSIS, size, bold=bold)
            head = rest[: _count_fitting(rest, room, size, bold)].rstrip(" ,;:") + _ELLIPSIS
            rest = ""
        lines.append(head.rstrip())
        rest = rest[len(head) :].lstrip()
    return lines


def _take_line(text: str, width: float, size: float, bold: bool) -> str:
    """As many whole words as fit; of a word that is too long, as many letters."""
    n = _count_fitting(text, width, size, bold)
    if n >= len(text):
        return text
    at_space = text.rfind(" ", 0, n + 1)
    return text[: at_space if at_space > n // 3 else n]


def _count_fitting(text: str, width: float, size: float, bold: bool) -> int:
    used, n, is_main = 0.0, 0, choose_family(text) is None
    for letter in text:
        used += _measure_letter(letter, bold, is_main) * size / _MEASURED_PX
        if used > width and n:
            break
        n += 1
    return n


@cache
def write_font_faces() -> str:
    """CSS that carries the Latin letters of both weights, for a picture or a page of its own: 54 kB.

    A page's policy must allow ``font-src data:``.
    """
    faces = []
    for style, weight in (("Regular", 400), ("Bold", 700)):
        data = base64.b64encode((FONTS / f"SonoscopeSans{style}.woff2").read_bytes()).decode()
        faces.append(
            f"@font-face{{font-family:'Sonoscope Sans';font-weight:{weight};src:url(data:font/woff2;base64,{data}) format('woff2')}}"
        )
    return "".join(faces)
