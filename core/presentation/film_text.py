"""Words in a film: shrunk and wrapped to their place, and painted as planes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.presentation.film_planes import Planes
from core.presentation.letters import fit_text, is_right_to_left, measure_text
from core.presentation.svg_raster import to_pixels
from core.presentation.svg_writing import Anchor, SvgWriter

LINE = 1.25
"""Distance of two lines, in sizes of the letters."""
_SIZES = 6


@dataclass(frozen=True, kw_only=True)
class FittedText:
    """Lines of text that fit their place.

    Attributes
    ----------
    lines : tuple of str
    size, room : float
        Of the letters, and width of the place, in pixels.
    bold : bool
    """

    lines: tuple[str, ...]
    size: float
    room: float
    bold: bool = False

    @property
    def height(self) -> float:
        """In pixels, from the top of the first line to the bottom of the last."""
        return len(self.lines) * self.size * LINE

    @property
    def width(self) -> float:
        """In pixels, of the longest line."""
        return max((measure_text(line, self.size, bold=self.bold) for line in self.lines), default=0.0)

    def write(self, svg: SvgWriter, x: float, top: float, color: str, *, anchor: Anchor = "start") -> None:
        """Add the lines to a picture, below ``top``; what is written from right to left begins at the right."""
        if anchor == "start" and is_right_to_left(" ".join(self.lines)):
            x, anchor = x + self.room, "end"
        for i, line in enumerate(self.lines):
            y = top + i * self.size * LINE + self.size
            svg.text(x, y, line, size=self.size, fill=color, anchor=anchor, bold=self.bold)


def shrink_to_fit(
    text: str, width: float, size: float, *, lines: int = 1, least: float = 0.6, bold: bool = False
) -> FittedText:
    """Wrap a text to a width; what needs more lines becomes smaller, and what then still does is cut.

    Parameters
    ----------
    text : str
        Of any length and script.
    width, size : float
        In pixels.
    lines : int
        At most.
    least : float in (0, 1]
        How far the letters may shrink.
    bold : bool

    Examples
    --------
    >>> shrink_to_fit("Rain in Oslo", 1_000, 40).lines
    ('Rain in Oslo',)
    >>> shrunk = shrink_to_fit("Rain in Oslo " * 30, 400, 40, lines=2)
    >>> len(shrunk.lines), shrunk.lines[-1][-1], shrunk.size
    (2, '…', 24.0)
    """
    for share in np.linspace(1.0, least, _SIZES).tolist():
        wrapped = fit_text(text, width, size * share, bold=bold, max_lines=lines + 1)
        if len(wrapped) <= lines:
            return FittedText(lines=tuple(wrapped), size=size * share, room=width, bold=bold)
    cut = fit_text(text, width, size * least, bold=bold, max_lines=lines)
    return FittedText(lines=tuple(cut), size=size * least, room=width, bold=bold)


def begin_picture(width: int, height: int, paper: str) -> SvgWriter:
    """An empty picture on paper of a color."""
    svg = SvgWriter(width, height)
    svg.rect(0, 0, width, height, fill=paper)
    return svg


def write_bullet(svg: SvgWriter, x: float, top: float, size: float, color: str) -> None:
    """Add a dot before a line of text of a size."""
    radius = 0.25 * size
    svg.rect(x, top + 0.68 * size - radius, 2 * radius, 2 * radius, fill=color, radius=radius)


def to_film(svg: SvgWriter) -> Planes:
    """A picture as planes."""
    return Planes.of(to_pixels(svg.finish()))
