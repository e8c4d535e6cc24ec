"""Engraved scores as PDF: A4 pages of lines and curves that print as sharply as the printer can.

fpdf2 draws Verovio's pictures. It knows neither a picture inside a picture nor words in parts, so both are first
written plainly; anything else that it does not know is an error, never a gap in the score.
"""

from __future__ import annotations

import datetime as dt
import io
import re
from collections.abc import Sequence
from functools import cache
from importlib import import_module, resources
from typing import Any
from xml.etree.ElementTree import SubElement, register_namespace, tostring

from core.music.engraving import Engraving

POINTS_A_PIXEL = 0.64  # of :func:`core.music.engraving.engrave` at a scale of 40: a staff is 6.5 mm high
_WIDTH, _HEIGHT = 595.28, 841.89  # A4, points
_SIDE, _TOP, _BOTTOM = 48.0, 50.0, 44.0
_HEAD = 66.0  # title and two lines below it
PAGE_PX = (
    int((_WIDTH - 2 * _SIDE) / POINTS_A_PIXEL),
    int((_HEIGHT - _TOP - _HEAD - _BOTTOM) / POINTS_A_PIXEL),
)
"""Width and height for which a score is to be engraved, pixels."""

_SVG = "{http://www.w3.org/2000/svg}"
# Notes of a metronome mark, which the printer's font lacks: drawn as curves of Verovio's music font, by their code there.
_NOTE_GLYPHS = {"\u2669": "ECA5", "\u266a": "ECA7", "\U0001d15e": "ECA3"}
# Accidentals of chord symbols, likewise.
_ACCIDENTAL_GLYPHS = {"\u266d": "EA64", "\u266e": "EA65", "\u266f": "EA66"}
_GLYPHS = _NOTE_GLYPHS | _ACCIDENTAL_GLYPHS
_HALF_HEAD = 126  # of a thousandth of the em: the font has the head's middle on the line of the words
_NOTE_SIZE = 1.2  # of the words'
_ACCIDENTAL_SIZE, _ACCIDENTAL_RAISED = 1.6, 160
_NOTE = re.compile(f"([{''.join(_GLYPHS)}])")
_DRAWN = ("defs", "g", "path", "use", "tspan", "rect", "ellipse", "polygon", "polyline")


def to_pdf(engraving: Engraving, *, title: str, lines: Sequence[str] = ()) -> bytes:
    """Print a score.

    Parameters
    ----------
    engraving : Engraving
        Engraved at ``PAGE_PX`` and a scale of 40; each picture becomes a page.
    title : str
        Stands above the score, and names the document.
    lines : sequence of str
        At most two lines of facts below the title. What Windows-1252 cannot write becomes a question mark.

    Returns
    -------
    bytes
        The same for the same score.

    Raises
    ------
    ValueError
        If a picture holds what Verovio does not draw with.

    Examples
    --------
    >>> from core.music.engraving import engrave
    >>> text = "X:1\\nM:4/4\\nL:1/4\\nK:G\\nGABc|d4|]"
    >>> score = engrave(text, notation="abc", width_px=PAGE_PX[0], height_px=PAGE_PX[1])
    >>> to_pdf(score, title="Up")[:5]
    b'%PDF-'
    """
    from fpdf import FPDF

    pdf = FPDF(unit="pt", format=(_WIDTH, _HEIGHT))
    pdf.core_fonts_encoding = "windows-1252"
    pdf.set_creation_date(dt.datetime(2026, 1, 1, tzinfo=dt.UTC))
    pdf.set_auto_page_break(False)
    pdf.set_title(_writable(title))
    pdf.set_creator("Sonoscope")

    def center(text: str, baseline: float, size: float, style: str = "") -> None:
        """Write a line in the middle of the page, so many points below its edge."""
        writable = _writable(text)
        pdf.set_font("times", style, size)
        pdf.text((_WIDTH - pdf.get_string_width(writable)) / 2, baseline, writable)

    for number, svg in enumerate(engraving.svg, start=1):
        pdf.add_page()
        center(title, _TOP + 14, 18, "B")
        for i, line in enumerate(lines[:2]):
            center(line, _TOP + 31 + 13 * i, 10)
        picture, width, height = _plain(svg)
        width_pt, height_pt = width * POINTS_A_PIXEL, height * POINTS_A_PIXEL
        pdf.image(io.BytesIO(picture), _SIDE, _TOP + _HEAD, width_pt, height_pt)
        if len(engraving.svg) > 1:
            center(f"{number} / {len(engraving.svg)}", _HEIGHT - _BOTTOM / 2, 9)
    return bytes(pdf.output())


def _writable(text: str) -> str:
    """A text with question marks for what the font of the page cannot write."""
    return text.encode("cp1252", "replace").decode("cp1252")


def _plain(svg: str) -> tuple[bytes, float, float]:
    """A picture in the part of SVG that fpdf2 draws, and its width and height in pixels."""
    tree: Any = import_module("defusedxml.ElementTree")  # it has no types
    root = tree.fromstring(svg)
    boxes = [[float(part) for part in part.get("viewBox").split()] for part in root.iter(_SVG + "svg")]
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag in (_SVG + "desc", _SVG + "style") or "placeholder" in child.get("class", ""):
                parent.remove(child)
            elif child.tag == _SVG + "svg":
                # The inner picture has finer units; its box is the whole of the outer one.
                child.tag = _SVG + "g"
                child.set("transform", f"scale({boxes[0][2] / boxes[1][2]})")
            elif child.tag == _SVG + "text":
                kind = parent.get("class", "")
                _flatten_text(child, italic="mNum" in kind, between="" if "harm" in kind else " ")
            elif child.tag.removeprefix(_SVG) not in _DRAWN:
                raise ValueError(f"no score is drawn with {child.tag.removeprefix(_SVG)}")
    register_namespace("", _SVG[1:-1])
    return tostring(root), boxes[0][2], boxes[0][3]


def _flatten_text(element: Any, *, italic: bool, between: str) -> None:
    """Join the words of a text in its largest size; notes and accidentals among them become curves."""
    words = between.join(word.strip() for word in element.itertext() if word.strip())
    size = max(float(part.get("font-size", "0px").removesuffix("px")) for part in element.iter()) or 1.0
    for part in list(element):
        element.remove(part)
    element.text = None
    if _NOTE.search(words) is None:
        _set_words(element, words, size, italic=italic)
        return
    x, y = float(element.get("x", "0")), float(element.get("y", "0"))
    element.clear()
    element.tag = _SVG + "g"
    for part in _NOTE.split(words):
        if part in _GLYPHS:
            outline, width = _read_glyph(_GLYPHS[part])
            is_note = part in _NOTE_GLYPHS
            scale = (_NOTE_SIZE if is_note else _ACCIDENTAL_SIZE) * size / 1000
            raised = (_HALF_HEAD if is_note else _ACCIDENTAL_RAISED) * scale
            place = f"translate({x} {y - raised}) scale({scale} {-scale})"
            SubElement(element, _SVG + "path", d=outline, transform=place)
            x += width * scale
            continue
        # The printer drops a space before words.
        x += _measure_words(" ", size) * (len(part) - len(part.lstrip()))
        if part.strip():
            words_element = SubElement(element, _SVG + "text", x=str(x), y=str(y))
            _set_words(words_element, part.strip(), size, italic=italic)
            x += _measure_words(part.strip(), size)


def _set_words(element: Any, words: str, size: float, *, italic: bool) -> None:
    element.text = _writable(words)
    element.set("font-family", "times")
    element.set("font-size", str(size))
    element.set("font-style", "italic" if italic else "normal")


def _measure_words(words: str, size: float) -> float:
    """Width of words in the page's font, in the unit of the size."""
    from fpdf import FPDF

    pdf = FPDF(unit="pt")
    pdf.set_font("times", size=100)
    return float(pdf.get_string_width(_writable(words))) * size / 100


@cache
def _read_glyph(code: str) -> tuple[str, float]:
    """Outline of a sign of Verovio's music font, y upward, and its width; the em is 1000."""
    data = resources.files("verovio") / "data"
    outline = re.search(r' d="([^"]+)"', (data / "Leipzig" / f"{code}.xml").read_text())
    box = re.search(rf'<g c="{code}"[^>]* h-a-x="([\d.]+)"', (data / "Leipzig.xml").read_text())
    if outline is None or box is None:
        raise ValueError(f"Verovio's font has no sign {code}")
    return outline[1], float(box[1])
