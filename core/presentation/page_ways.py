"""Ways over a drawing of an exported page: where the playhead stands and what lights up, in as few numbers as are seen."""

from __future__ import annotations

from typing import Any

from core.presentation.presentation import Drawing

# Off by less than this, in pixels, the playhead is where it should be.
_SAME_PX = 0.3
# A mark that is lit for less than a frame or two is not seen.
_LEAST_BETWEEN_SEC = 1 / 30


def list_way(name: str, drawing: Drawing, *, dots: bool) -> dict[str, Any]:
    """Describe a drawing for the page's script: times to 0.1 ms, places to 0.1 pixel.

    Parameters
    ----------
    name : str
        Id of the element that holds it.
    drawing : Drawing
    dots : bool
        Whether its marks are dots.
    """
    return {
        "id": name,
        "width": drawing.width,
        "height": drawing.height,
        "segments": [
            [*_round(row[:2], 4), *_round(row[2:], 1)] for row in join_segments(drawing.segments.tolist())
        ],
        "marks": [
            [*_round(row[:2], 4), *_round(row[2:6], 1), int(row[6])]
            for row in thin_marks(drawing.marks.tolist())
        ],
        "dots": dots,
        "panels": [_round(list(panel), 1) for panel in drawing.panels],
    }


def join_segments(segments: list[list[float]]) -> list[list[float]]:
    """Join segments of the playhead's way that together are a straight line.

    Examples
    --------
    >>> join_segments([[0, 1, 0, 10, 0, 5], [1, 2, 10, 20, 0, 5], [2, 3, 20, 90, 0, 5]])
    [[0, 2, 0, 20, 0, 5], [2, 3, 20, 90, 0, 5]]
    """
    joined: list[list[float]] = []
    low = high = 0.0  # Speeds at which the line passes all ends so far closely enough.
    for begin, end, x0, x1, top, bottom in segments:
        line = joined[-1] if joined else None
        if line is not None and end > line[0] and _follows(line, begin, x0, top, bottom):
            seconds = end - line[0]
            low = max(low, (x1 - _SAME_PX - line[2]) / seconds)
            high = min(high, (x1 + _SAME_PX - line[2]) / seconds)
            if low <= (x1 - line[2]) / seconds <= high:
                line[1], line[3] = end, x1
                continue
        joined.append([begin, end, x0, x1, top, bottom])
        seconds = end - begin
        low, high = float("-inf"), float("inf")
        if seconds > 0:
            low, high = (x1 - _SAME_PX - x0) / seconds, (x1 + _SAME_PX - x0) / seconds
    return joined


def _follows(line: list[float], begin: float, x: float, top: float, bottom: float) -> bool:
    return abs(line[1] - begin) < 1e-6 and abs(line[3] - x) < 1e-6 and line[4:] == [top, bottom]


def thin_marks(marks: list[list[float]]) -> list[list[float]]:
    """Leave out marks of a voice that follow one another faster than a screen shows them; those that sound together stay."""
    last: dict[float, float] = {}
    kept = []
    for mark in marks:
        onset, voice = mark[0], mark[6]
        before = last.get(voice)
        if before is not None and 0 < onset - before < _LEAST_BETWEEN_SEC:
            continue
        last[voice] = onset
        kept.append(mark)
    return kept


def _round(values: list[float], digits: int) -> list[float]:
    return [round(value, digits) for value in values]
