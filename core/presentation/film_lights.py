"""What passes in a film's picture: the playhead, and the light of the notes that sound."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from core.arrays import Float32Array, FloatArray
from core.presentation.film_layout import FilmLayout
from core.presentation.film_planes import Box, Planes, color_of, widen
from core.presentation.presentation import ChartPicture, Drawing, Picture, RollPicture, ScorePicture
from core.presentation.themes import Theme

_RELEASE_SEC = 0.2  # in which a note that has ended stops glowing
_SHORTEST_SEC = 0.1  # for which a note glows at least
_CROWDED = 40  # notes a second: above it both are halved, or single notes could not be told apart
_POP_SEC = 0.12  # in which a note that begins settles to its size
_MOST_LIT = 200
_Color = tuple[float, float, float]


class Lights:
    """Paints playhead and light on frames.

    Parameters
    ----------
    drawing : Drawing
    picture : Picture
        What it is a drawing of: the dots of a chart, the bars of a roll and the signs of a score light up differently.
    layout : FilmLayout
    theme : Theme
    """

    def __init__(self, drawing: Drawing, picture: Picture, layout: FilmLayout, theme: Theme) -> None:
        self._segments, self._marks, self._panels = drawing.segments, drawing.marks, drawing.panels
        self._box, self._unit = layout.picture, layout.unit
        left, top, right, bottom = self._box
        # Light shines into the margins, but not where a roll goes on beyond the picture's edge.
        self._lit_box = (0, top, layout.width, bottom) if drawing.width <= right - left else self._box
        share = 0.5 if _count_a_second(self._marks) > _CROWDED else 1.0
        self._release_sec = share * _RELEASE_SEC
        self._ends = np.maximum(self._marks[:, 1], self._marks[:, 0] + share * _SHORTEST_SEC)
        self._colors = [color_of(code) for code in theme.voices]
        self._ink, self._paper = color_of(theme.text), color_of(theme.background)
        self._accent = color_of(theme.accent)
        self._has_rings = isinstance(picture, RollPicture)
        self._is_score = isinstance(picture, ScorePicture)
        self._paint_mark: Callable[[Planes, _Mark], Box] = self._paint_bar
        if self._is_score:
            self._paint_mark = self._tint_sign
        elif isinstance(picture, ChartPicture):
            self._paint_mark = self._paint_dot

    def paint(self, frame: Planes, t: float, offset: tuple[int, int]) -> list[Box]:
        """Paint what glows at a time, and the playhead; return where.

        Parameters
        ----------
        frame : Planes
        t : float
            Seconds.
        offset : (int, int)
            Which point of the drawing stands at the upper left corner of the picture's place.
        """
        moved = (self._box[0] - offset[0], self._box[1] - offset[1])
        begun = np.searchsorted(self._marks[:, 0], t, "right")
        lit = np.flatnonzero(self._ends[:begun] + self._release_sec > t)[-_MOST_LIT:].tolist()
        head = self._paint_playhead(frame, t, moved)
        return head + [self._paint_mark(frame, self._place_mark(i, t, moved)) for i in lit]

    def _paint_playhead(self, frame: Planes, t: float, moved: tuple[int, int]) -> list[Box]:
        place = find_playhead(self._segments, t)
        if place is None:
            return []
        x = place[0] + moved[0]
        # The names of a chart's panels stand between them.
        parts = self._panels or (place[1:],)
        boxes = [self._paint_line(frame, x, top + moved[1], bottom + moved[1]) for top, bottom in parts]
        return [box for box in boxes if not _is_empty(box)]

    def _paint_line(self, frame: Planes, x: float, top: float, bottom: float) -> Box:
        box = widen(x - 9 * self._unit, top, x + 9 * self._unit, bottom, self._box)
        if _is_empty(box):
            return box
        across = np.arange(box[0], box[2], dtype=np.float32) + np.float32(0.5 - x)
        line = np.clip(1.6 * self._unit + 0.5 - np.abs(across), 0, 1) * np.float32(0.92)
        glow = np.float32(0.16) * np.exp(-((across / (5 * self._unit)) ** 2))
        alpha = np.broadcast_to(np.maximum(line, glow), (box[3] - box[1], box[2] - box[0]))
        frame.lay(alpha, self._accent, box[0], box[1])
        return box

    def _place_mark(self, i: int, t: float, moved: tuple[int, int]) -> _Mark:
        since, over = t - float(self._marks[i, 0]), t - float(self._ends[i])
        x, y, width, height, voice = self._marks[i, 2:].tolist()
        return _Mark(
            x + moved[0],
            y + moved[1],
            width,
            height,
            color=self._colors[int(voice) % len(self._colors)],
            level=1.0 if over <= 0 else max(0.0, 1 - over / self._release_sec),
            size=1 + 0.5 * float(np.exp(-since / _POP_SEC)),
        )

    def _paint_dot(self, frame: Planes, mark: _Mark) -> Box:
        radius = max(0.85 * max(mark.width, mark.height), 9 * self._unit) * mark.size
        box = mark.surround(3.7 * radius, self._lit_box)
        if _is_empty(box):
            return box
        cx, cy = mark.x + mark.width / 2, mark.y + mark.height / 2
        distance = _distance(box, (cx, cy, cx, cy))
        frame.lay(_glow(distance, 2.1 * radius, 0.42 * mark.level), mark.color, *box[:2])
        frame.lay(_fill(distance, 1.35 * radius, mark.level), self._paper, *box[:2])
        frame.lay(_fill(distance, radius, mark.level), mark.color, *box[:2])
        return box

    def _paint_bar(self, frame: Planes, mark: _Mark) -> Box:
        thick = min(mark.width, mark.height)
        reach = 2.2 * max(thick, 10 * self._unit) * mark.size
        box = mark.surround(reach, self._lit_box)
        if _is_empty(box):
            return box
        distance = _distance(box, mark.corners, thick / 2)
        frame.lay(_glow(distance, 0.45 * reach, 0.5 * mark.level), mark.color, *box[:2])
        if self._has_rings:
            frame.lay(_fill(distance, 2.5 * self._unit, mark.level), max(self._ink, self._paper), *box[:2])
        frame.lay(_fill(distance, 0.0, mark.level), mark.color, *box[:2])
        return box

    def _tint_sign(self, frame: Planes, mark: _Mark) -> Box:
        """Light up a sign of a score: its ink takes the color of the voice, on a ground that glows."""
        pad = 7 * self._unit
        box = mark.surround(3 * pad * mark.size, self._lit_box)
        if _is_empty(box):
            return box
        bright = frame.cut(box).y.astype(np.float32) - np.float32(self._paper[0])
        ink = np.clip(bright / np.float32(self._ink[0] - self._paper[0]), 0, 1)
        distance = _distance(box, mark.corners, min(mark.width, mark.height) / 2)
        frame.lay(_glow(distance, 1.4 * pad, 0.34 * mark.level), mark.color, *box[:2])
        frame.lay(ink * _fill(distance, 1.5 * pad, mark.level), mark.color, *box[:2])
        return box


class _Mark:
    """A mark in the frame, and how it shines: ``level`` 0 to 1, ``size`` from 1 up."""

    def __init__(
        self, x: float, y: float, width: float, height: float, *, color: _Color, level: float, size: float
    ) -> None:
        self.x, self.y, self.width, self.height = x, y, width, height
        self.color, self.level, self.size = color, level, size

    @property
    def corners(self) -> tuple[float, float, float, float]:
        """Left, top, right, bottom."""
        return self.x, self.y, self.x + self.width, self.y + self.height

    def surround(self, reach: float, within: Box) -> Box:
        """The box that is painted on."""
        left, top, right, bottom = self.corners
        return widen(left - reach, top - reach, right + reach, bottom + reach, within)


def find_playhead(segments: FloatArray, t: float) -> tuple[float, float, float] | None:
    """Place, top and bottom of the playhead in a drawing; None before the first and after the last moment.

    Examples
    --------
    >>> find_playhead(np.array([[1.0, 3.0, 10, 30, 0, 50]]), 2.0)
    (20.0, 0.0, 50.0)
    """
    i = int(np.searchsorted(segments[:, 0], t, "right")) - 1
    if i < 0:
        return None
    begin, end, x0, x1, top, bottom = segments[i].tolist()
    if t > end and i == len(segments) - 1:
        return None
    share = min(max((t - begin) / (end - begin), 0.0), 1.0) if end > begin else 1.0
    return x0 + (x1 - x0) * share, top, bottom


def _count_a_second(marks: FloatArray) -> float:
    return len(marks) / max(float(np.ptp(marks[:, 0])), 1.0) if len(marks) else 0.0


def _is_empty(box: Box) -> bool:
    return box[2] <= box[0] or box[3] <= box[1]


def _glow(distance: Float32Array, reach: float, level: float) -> Float32Array:
    glow: Float32Array = np.exp(-((np.maximum(distance, 0) / np.float32(reach)) ** 2)) * np.float32(level)
    return glow


def _fill(distance: Float32Array, radius: float, level: float) -> Float32Array:
    """Solid up to a distance, with a soft edge of one pixel."""
    fill: Float32Array = np.clip(np.float32(radius + 0.5) - distance, 0, 1) * np.float32(level)
    return fill


def _distance(box: Box, corners: tuple[float, float, float, float], radius: float = 0.0) -> Float32Array:
    """Of each pixel of a box from a rectangle with round corners; 0 or less inside."""
    left, top, right, bottom = corners
    x = np.arange(box[0], box[2], dtype=np.float32) + np.float32(0.5)
    y = np.arange(box[1], box[3], dtype=np.float32) + np.float32(0.5)
    across = x - np.clip(x, left + radius, right - radius)
    down = y - np.clip(y, top + radius, bottom - radius)
    distance: Float32Array = np.hypot(across[None, :], down[:, None]) - np.float32(radius)
    return distance
