"""SVG elements as text: everything that a visitor wrote is escaped and bounded, colors stand in presentation attributes only."""

from __future__ import annotations

from html import escape
from typing import Literal

from core.arrays import FloatArray
from core.presentation.letters import (
    FONT_FAMILY,
    choose_family,
    set_direction,
    write_font_faces,
)

Anchor = Literal["start", "middle", "end"]


class SvgWriter:
    """An SVG file that is written element by element.

    Parameters
    ----------
    width, height : int
        In pixels.

    Examples
    --------
    >>> svg = SvgWriter(40, 20)
    >>> svg.text(4, 12, "<rain>", size=12, fill="#000")
    >>> "&lt;rain&gt;" in svg.finish()
    True
    """

    def __init__(self, width: int, height: int) -> None:
        self.width, self.height = width, height
        self._parts: list[str] = []

    def add(self, markup: str) -> None:
        """Add elements that are written already."""
        self._parts.append(markup)

    def rect(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        *,
        fill: str,
        radius: float = 0.0,
        opacity: float = 1.0,
    ) -> None:
        """Add a rectangle."""
        round_off = f' rx="{radius:.1f}"' if radius else ""
        self.add(
            f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" fill="{fill}"'
            f"{round_off}{_write_opacity('fill', opacity)}/>"
        )

    def line(
        self,
        x1: float,
        y1: float,
        x2: float,
        y2: float,
        *,
        stroke: str,
        width: float = 1.0,
        dash: float = 0.0,
    ) -> None:
        """Add a straight line."""
        dashed = f' stroke-dasharray="{dash:.1f} {dash:.1f}"' if dash else ""
        self.add(
            f'<path d="M{x1:.1f} {y1:.1f}L{x2:.1f} {y2:.1f}" fill="none" stroke="{stroke}" stroke-width="{width:.2f}"{dashed}/>'
        )

    def polyline(
        self, x: FloatArray, y: FloatArray, *, stroke: str, width: float, opacity: float = 1.0
    ) -> None:
        """Add a line through points; it breaks where one is NaN."""
        self.add(
            f'<path d="{_write_path(x, y)}" fill="none" stroke="{stroke}" stroke-width="{width:.2f}"'
            f'{_write_opacity("stroke", opacity)} stroke-linejoin="round" stroke-linecap="round"/>'
        )

    def dots(
        self, x: FloatArray, y: FloatArray, *, radius: float, fill: str, ring: str = "", opacity: float = 1.0
    ) -> None:
        """Add disks of one size as one path: lines of hardly any length with round ends; ``ring`` is a color around each."""
        path = _write_path(x, y, is_dotted=True)
        if not path:
            return
        layers = [(ring, 2.8 * radius)] if ring else []
        for color, width in [*layers, (fill, 2 * radius)]:
            self.add(
                f'<path d="{path}" fill="none" stroke="{color}" stroke-width="{width:.2f}" stroke-linecap="round"'
                f"{_write_opacity('stroke', opacity)}/>"
            )

    def text(
        self,
        x: float,
        y: float,
        text: str,
        *,
        size: float,
        fill: str,
        anchor: Anchor = "start",
        bold: bool = False,
    ) -> None:
        """Add a line of text, which is escaped; the caller fits it."""
        weight = ' font-weight="700"' if bold else ""
        family = choose_family(text)
        named = f' font-family="{family}"' if family else ""
        at = "" if anchor == "start" else f' text-anchor="{anchor}"'
        self.add(
            f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size:.1f}" fill="{fill}"{at}{weight}{named}>'
            f"{escape(set_direction(text))}</text>"
        )

    def finish(self) -> str:
        """The file."""
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{self.width}" height="{self.height}" '
            f'viewBox="0 0 {self.width} {self.height}" font-family="{FONT_FAMILY}">{"".join(self._parts)}</svg>'
        )


def carry_fonts(svg: str) -> str:
    """A drawing with its fonts inside, which looks the same in any browser: a file of its own.

    Examples
    --------
    >>> carry_fonts(SvgWriter(40, 20).finish()).count("@font-face")
    2
    """
    root, end, rest = svg.partition(">")
    return f"{root}{end}<style>{write_font_faces()}</style>{rest}"


def _write_path(x: FloatArray, y: FloatArray, *, is_dotted: bool = False) -> str:
    """A path through points to a tenth of a pixel, in steps, which take half as many letters; it breaks at NaN.

    Examples
    --------
    >>> import numpy as np
    >>> x, y = np.array([0.0, 1.0, np.nan, 2.0, 3.5]), np.array([9.5, 9.0, 0.0, 9.0, 9.0])
    >>> _write_path(x, y)
    'm0 9.5l1-.5m1 0l1.5 0'
    >>> _write_path(x, y, is_dotted=True)
    'm0 9.5h.1m.9-.5h.1m.9 0h.1m1.4 0h.1'
    """
    steps, command, at_x, at_y = [], "m", 0, 0
    for px, py in zip(x.tolist(), y.tolist(), strict=True):
        if px != px or py != py:
            command = "m"
            continue
        to_x, to_y = round(px * 10), round(py * 10)
        down = _write_tenths(to_y - at_y)
        steps.append(f"{command}{_write_tenths(to_x - at_x)}{'' if down.startswith('-') else ' '}{down}")
        at_x, at_y = to_x, to_y
        if is_dotted:
            steps.append("h.1")
            at_x += 1
        else:
            command = "l"
    return "".join(steps)


def _write_tenths(n: int) -> str:
    """Such as "-.5" for -5."""
    whole, tenths = divmod(abs(n), 10)
    return f"{'-' if n < 0 else ''}{whole or ('' if tenths else 0)}{f'.{tenths}' if tenths else ''}"


def _write_opacity(of: str, opacity: float) -> str:
    return f' {of}-opacity="{opacity:.2f}"' if opacity < 1 else ""
