"""Engraved scores as PDF: A4 pages of lines and curves that print as sharply as the printer can.

Verovio's pictures are a small part of SVG (groups, glyphs used by reference, straight lines, Bézier curves, a
few words), so they are walked through here and drawn with reportlab, shape by shape. Anything else in a picture
is an error, never a gap in the score.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Sequence
from importlib import import_module
from typing import Any

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

_SKIPPED = frozenset(("desc", "defs", "style", "title"))
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
_STEP = re.compile(rf"([MmLlHhVvCcSsZz])|({_NUMBER.pattern})")
_N_NUMBERS = {"m": 2, "l": 2, "h": 1, "v": 1, "c": 6, "s": 4, "z": 0}
_STYLED = re.compile(r"(fill|stroke|fill-opacity):([^;]+)")
Points = tuple[float, ...]


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
    """
    canvas_module: Any = import_module("reportlab.pdfgen.canvas")  # it has no types
    out = io.BytesIO()
    canvas = canvas_module.Canvas(out, pagesize=(_WIDTH, _HEIGHT), invariant=1, pageCompression=1)
    canvas.setTitle(_writable(title))
    canvas.setCreator("Sonoscope")
    for number, svg in enumerate(engraving.svg, start=1):
        _draw_head(canvas, _writable(title), [_writable(line) for line in lines[:2]])
        canvas.saveState()
        canvas.translate(_SIDE, _HEIGHT - _TOP - _HEAD)
        canvas.scale(POINTS_A_PIXEL, -POINTS_A_PIXEL)
        _Picture(canvas, svg).draw()
        canvas.restoreState()
        if len(engraving.svg) > 1:
            canvas.setFont("Times-Roman", 9)
            canvas.drawCentredString(_WIDTH / 2, _BOTTOM / 2, f"{number} / {len(engraving.svg)}")
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def _writable(text: str) -> str:
    return text.encode("cp1252", "replace").decode("cp1252")


def _draw_head(canvas: Any, title: str, lines: Sequence[str]) -> None:
    canvas.setFont("Times-Bold", 18)
    canvas.drawCentredString(_WIDTH / 2, _HEIGHT - _TOP - 14, title)
    canvas.setFont("Times-Roman", 10)
    for i, line in enumerate(lines):
        canvas.drawCentredString(_WIDTH / 2, _HEIGHT - _TOP - 31 - 13 * i, line)


class _Picture:
    """One SVG, drawn on a canvas whose y axis points down."""

    def __init__(self, canvas: Any, svg: str) -> None:
        tree: Any = import_module("defusedxml.ElementTree")
        self.canvas = canvas
        self.root = tree.fromstring(svg)
        self.by_id = {element.get("id"): element for element in self.root.iter() if element.get("id")}

    def draw(self) -> None:
        """Draw all of it, at the size that its view box says."""
        for child in self.root:
            self._element(child)

    def _element(self, element: Any) -> None:
        name = _name(element)
        if name in _SKIPPED or "placeholder" in element.get("class", ""):
            return
        self.canvas.saveState()
        self._transform(element.get("transform", ""))
        if name == "svg":
            # The inner picture has finer units; its box is the whole of the outer one.
            box = [float(part) for part in element.get("viewBox").split()]
            outer = [float(part) for part in self.root.get("viewBox").split()]
            self.canvas.scale(outer[2] / box[2], outer[3] / box[3])
        if name in ("svg", "g"):
            italic = "mNum" in element.get("class", "")
            for child in element:
                if _name(child) == "text":
                    self._text(child, italic)
                else:
                    self._element(child)
        elif name == "use":
            self._element(self.by_id[_reference(element)])
        else:
            self._shape(name, element)
        self.canvas.restoreState()

    def _transform(self, text: str) -> None:
        for kind, inside in re.findall(r"(\w+)\(([^)]*)\)", text):
            numbers = [float(part) for part in _NUMBER.findall(inside)]
            x, y = numbers if len(numbers) == 2 else (numbers[0], numbers[0] if kind == "scale" else 0.0)
            if kind not in ("translate", "scale"):
                raise ValueError(f"no score is transformed by {kind}")
            (self.canvas.translate if kind == "translate" else self.canvas.scale)(x, y)

    def _shape(self, name: str, element: Any) -> None:
        path = self.canvas.beginPath()
        if name == "path":
            for step, points in path_steps(element.get("d")):
                if step == "Z":
                    path.close()
                else:
                    {"M": path.moveTo, "L": path.lineTo, "C": path.curveTo}[step](*points)
        elif name in ("polygon", "polyline"):
            numbers = [float(part) for part in _NUMBER.findall(element.get("points"))]
            for i in range(0, len(numbers), 2):
                (path.lineTo if i else path.moveTo)(numbers[i], numbers[i + 1])
            if name == "polygon":
                path.close()
        elif name == "ellipse":
            x, y, rx, ry = (float(element.get(part)) for part in ("cx", "cy", "rx", "ry"))
            path.ellipse(x - rx, y - ry, 2 * rx, 2 * ry)
        elif name == "rect":
            x, y, width, height, radius = (
                float(element.get(part, 0)) for part in ("x", "y", "width", "height", "rx")
            )
            path.roundRect(x, y, width, height, radius)
        else:
            raise ValueError(f"no score is drawn with {name}")
        self._paint(path, element)

    def _paint(self, path: Any, element: Any) -> None:
        style = dict(_STYLED.findall(element.get("style", "")))
        fill = style.get("fill", element.get("fill", "black"))
        width = element.get("stroke-width")
        if fill != "none":
            self.canvas.setFillColor(fill if fill != "currentColor" else "black")
            self.canvas.setFillAlpha(float(style.get("fill-opacity", 1)))
        # Without a width of its own a stroke is finer than a printer's dot.
        if width is not None:
            self.canvas.setStrokeColor(style.get("stroke", "black"))
            self.canvas.setLineWidth(float(width))
            self.canvas.setLineCap(1 if element.get("stroke-linecap") == "round" else 0)
            self.canvas.setLineJoin(1 if element.get("stroke-linejoin") == "round" else 0)
        self.canvas.drawPath(path, stroke=int(width is not None), fill=int(fill != "none"), fillMode=1)

    def _text(self, element: Any, italic: bool) -> None:
        x, y = float(element.get("x", 0)), float(element.get("y", 0))
        words = [
            (part.text.strip(), float(part.get("font-size", "0px").removesuffix("px")))
            for part in element.iter()
            if part.text and part.text.strip()
        ]
        if not words:
            return
        text, size = " ".join(word for word, _ in words), max(size for _, size in words)
        self.canvas.saveState()
        # Letters stand upright in a picture that is upside down.
        self.canvas.translate(x, y)
        self.canvas.scale(1, -1)
        self.canvas.setFont("Times-Italic" if italic else "Times-Roman", size)
        middle = element.get("text-anchor") == "middle"
        (self.canvas.drawCentredString if middle else self.canvas.drawString)(0, 0, _writable(text))
        self.canvas.restoreState()


def path_steps(text: str) -> Iterator[tuple[str, Points]]:
    """An SVG path as absolute moves, lines, curves and closings.

    Parameters
    ----------
    text : str
        The attribute ``d``, of M, L, H, V, C, S and Z in both cases.

    Yields
    ------
    (str, tuple of float)
        ``"M"`` and ``"L"`` with x and y, ``"C"`` with both control points and the end, ``"Z"`` with nothing.

    Raises
    ------
    ValueError
        If it holds anything else.
    """
    if _STEP.sub("", text).strip(" ,\n\t"):
        raise ValueError(f"no path of a score: {text[:40]}")
    x = y = begin_x = begin_y = 0.0
    control: tuple[float, float] | None = None  # of the curve before, for S
    for command, numbers in _commands(text):
        kind, relative = command.upper(), command.islower()
        dx, dy = (x, y) if relative else (0.0, 0.0)
        if kind == "Z":
            x, y, control = begin_x, begin_y, None
            yield "Z", ()
            continue
        if kind in "HV":
            x, y = (numbers[0] + dx, y) if kind == "H" else (x, numbers[0] + dy)
            control = None
            yield "L", (x, y)
            continue
        points = [value + (dy if i % 2 else dx) for i, value in enumerate(numbers)]
        if kind == "S":
            first = (2 * x - control[0], 2 * y - control[1]) if control else (x, y)
            points = [*first, *points]
            kind = "C"
        control = (points[2], points[3]) if kind == "C" else None
        x, y = points[-2:]
        if kind == "M":
            begin_x, begin_y = x, y
        yield kind, tuple(points)


def _commands(text: str) -> Iterator[tuple[str, list[float]]]:
    """Each letter with as many numbers as it takes; numbers that go on repeat the letter."""
    letter = ""
    waiting: list[float] = []
    for found in _STEP.finditer(text):
        if found[1]:
            if waiting:
                raise ValueError(f"no path of a score: {text[:40]}")
            letter = found[1]
            if letter in "Zz":
                yield letter, []
            continue
        if letter in ("", "Z", "z"):
            raise ValueError(f"no path of a score: {text[:40]}")
        waiting.append(float(found[2]))
        if len(waiting) == _N_NUMBERS[letter.lower()]:
            yield letter, waiting
            waiting = []
            # Further pairs after a move are lines.
            letter = {"M": "L", "m": "l"}.get(letter, letter)
    if waiting:
        raise ValueError(f"no path of a score: {text[:40]}")


def _name(element: Any) -> str:
    return str(element.tag).rpartition("}")[2]


def _reference(element: Any) -> str:
    return str(element.get("{http://www.w3.org/1999/xlink}href") or element.get("href")).removeprefix("#")
