"""SVG elements as text: everything that a visitor wrote is escaped and bounded."""

from __future__ import annotations

from html import escape

from core.arrays import FloatArray

FONT_FAMILY = "'DejaVu Sans', Verdana, 'Segoe UI', sans-serif"


class SvgWriter:
    """An SVG file that is written element by element.

    Parameters
    ----------
    width, height : int
        In pixels.
    """

    def __init__(self, width: int, height: int) -> None:
        self.width, self.height = width, height
        self._parts: list[str] = []

    def rect(self, x: float, y: float, width: float, height: float, *, fill: str, more: str = "") -> None:
        """Add a rectangle."""
        self._parts.append(
            f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" fill="{fill}"{more}/>'
        )

    def line(self, x1: float, y1: float, x2: float, y2: float, *, stroke: str, width: float = 1.0) -> None:
        """Add a straight line."""
        self._parts.append(
            f'<path d="M{x1:.1f} {y1:.1f}L{x2:.1f} {y2:.1f}" stroke="{stroke}" stroke-width="{width:.2f}"/>'
        )

    def polyline(
        self, x: FloatArray, y: FloatArray, *, stroke: str, width: float, opacity: float = 1.0
    ) -> None:
        """Add a line through points; it breaks where one is NaN."""
        path, pen = [], "M"
        for px, py in zip(x.tolist(), y.tolist(), strict=True):
            if px != px or py != py:
                pen = "M"
                continue
            path.append(f"{pen}{px:.1f} {py:.1f}")
            pen = "L"
        self._parts.append(
            f'<path d="{"".join(path)}" fill="none" stroke="{stroke}" stroke-width="{width:.2f}" '
            f'stroke-opacity="{opacity:.2f}" stroke-linejoin="round" stroke-linecap="round"/>'
        )

    def circle(self, x: float, y: float, radius: float, *, fill: str) -> None:
        """Add a disk."""
        self._parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}" fill="{fill}"/>')

    def text(
        self,
        x: float,
        y: float,
        text: str,
        *,
        size: float,
        fill: str,
        anchor: str = "start",
        bold: bool = False,
    ) -> None:
        """Add a line of text."""
        weight = ' font-weight="bold"' if bold else ""
        self._parts.append(
            f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size:.1f}" fill="{fill}" text-anchor="{anchor}"{weight}>'
            f"{escape(text)}</text>"
        )

    def finish(self) -> str:
        """The file."""
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{self.width}" height="{self.height}" '
            f'viewBox="0 0 {self.width} {self.height}" font-family="{FONT_FAMILY}">{"".join(self._parts)}</svg>'
        )
