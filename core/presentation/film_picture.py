"""The picture in a film: what has sounded is drawn in full, what sounds lights up, the playhead runs, a long score scrolls."""

from __future__ import annotations

import numpy as np

from core.arrays import Float32Array, FloatArray
from core.presentation.drawing import draw
from core.presentation.film_layout import FilmLayout
from core.presentation.film_planes import Box, Planes, color_of, widen
from core.presentation.presentation import (
    ChartPicture,
    Drawing,
    Picture,
    Presentation,
    RollPicture,
    ScorePicture,
)
from core.presentation.svg_raster import to_pixels
from core.presentation.themes import Theme

_MOST_HEIGHT = 30_000  # pixels of a score: 120 MB of planes at 1080p
_STRIP = 1_600  # rows of it that are rasterized at once
_GHOST = 0.62  # how far what is still to come fades into the paper
_RELEASE_SEC = 0.2  # in which a note that has ended stops glowing
_SHORTEST_SEC = 0.1  # for which a note glows at least
_POP_SEC = 0.12  # in which a note that begins settles to its size
_SCROLL_SEC = 0.6
_READING_LINE = 0.42  # of the picture's height, where the line of a score that sounds stands
_MOST_LIT = 200


class FilmPicture:
    """One picture of a presentation, drawn once; `update` and `paint` bring it to a time.

    Parameters
    ----------
    presentation : Presentation
    picture : Picture
    layout : FilmLayout
    theme : Theme
    """

    def __init__(
        self, presentation: Presentation, picture: Picture, layout: FilmLayout, theme: Theme
    ) -> None:
        self.box = layout.picture
        self._kind, self._theme = picture, theme
        self._unit = layout.unit
        left, top, right, bottom = self.box
        width, height, zoom = right - left, bottom - top, layout.zoom
        drawing = draw(
            presentation, picture, round(width / zoom), round(height / zoom), theme, is_titled=False
        )
        zoom = min(zoom, _MOST_HEIGHT / drawing.height, width / drawing.width)
        self._whole = _rasterize(drawing, zoom, width, height, theme)
        self._segments = _place(drawing.segments, zoom, (2, 3, 4, 5))
        self._marks = _place(drawing.marks, zoom, (2, 3, 4, 5))
        self._ends = np.maximum(self._marks[:, 1], self._marks[:, 0] + _SHORTEST_SEC)
        self._colors = [color_of(code) for code in theme.voices]
        self._ink = color_of(theme.text)
        self._paper = color_of(theme.background)
        self._ring = max(self._ink, self._paper)
        self._accent = color_of(theme.accent)
        self._offset: int | None = None
        self._lines = _list_lines(self._segments)
        self._reached = 0
        self._is_revealed = not isinstance(picture, ScorePicture) and self._begin_ghost()

    def update(self, base: Planes, t: float) -> list[Box]:
        """Bring what stays to a time; return what changed."""
        left, top, _, _ = self.box
        changed: list[Box] = []
        offset = self._find_offset(t)
        if offset != self._offset:
            self._offset = offset
            base.put(self._cut(offset), left, top)
            changed.append(self.box)
        if self._is_revealed:
            changed += self._reveal(base, t)
        return changed

    def paint(self, frame: Planes, t: float) -> list[Box]:
        """Paint what glows at a time, and the playhead; return where."""
        painted = []
        begun = np.searchsorted(self._marks[:, 0], t, "right")
        lit = np.flatnonzero(self._ends[:begun] + _RELEASE_SEC > t)[-_MOST_LIT:]
        if isinstance(self._kind, ScorePicture):
            head = self._paint_playhead(frame, t)
            painted += [self._tint_sign(frame, i, t) for i in lit.tolist()]
            return painted + head
        painted += self._paint_playhead(frame, t)
        paint = self._paint_dot if isinstance(self._kind, ChartPicture) else self._paint_bar
        return painted + [paint(frame, i, t) for i in lit.tolist()]

    # What stays.

    def _cut(self, offset: int) -> Planes:
        left, top, right, bottom = self.box
        return self._whole.cut((0, offset, right - left, offset + bottom - top))

    def _find_offset(self, t: float) -> int:
        """Top of the part of a score that is seen; it glides to the next line just before that sounds."""
        _, top, _, bottom = self.box
        most = self._whole.height - (bottom - top)
        if most <= 0 or not len(self._lines):
            return 0
        targets = np.clip(self._lines[:, 1:].mean(axis=1) - _READING_LINE * (bottom - top), 0, most)
        i = max(0, int(np.searchsorted(self._lines[:, 0], t, "right")) - 1)
        place = float(targets[i])
        if i + 1 < len(targets):
            share = min(max(1 - (float(self._lines[i + 1, 0]) - t) / _SCROLL_SEC, 0.0), 1.0)
            place += (float(targets[i + 1]) - place) * share * share * (3 - 2 * share)
        return int(place // 2) * 2

    def _begin_ghost(self) -> bool:
        """Fade the picture where the playhead has still to pass; False where it has no one way from left to right."""
        if not len(self._segments):
            return False
        low, high = self._segments[:, 2].min(), self._segments[:, 3].max()
        if (np.diff(self._segments[:, 2]) < -1).any() or high - low < 2:
            return False
        whole = (0, 0, self._whole.width, self._whole.height)
        top, bottom = self._segments[:, 4].min(), self._segments[:, 5].max()
        self._area = widen(low + 4 * self._unit, top, self._whole.width, bottom, whole)
        self._full = self._whole
        self._whole = self._full.copy()
        paper = Planes.empty(self._area[2] - self._area[0], self._area[3] - self._area[1])
        paper.fill(self._paper)
        self._whole.cut(self._area).mix(paper, _GHOST)
        self._reached = self._area[0]
        return True

    def _reveal(self, base: Planes, t: float) -> list[Box]:
        """Draw in full what the playhead has passed."""
        left, top, _, _ = self.box
        x0, y0, x1, y1 = self._area
        place = self._find_playhead(t)
        reached = x0 if place is None else min(max(int(place[0] // 2) * 2, x0), x1)
        if place is None and t > float(self._segments[0, 1]):
            reached = x1
        if reached == self._reached:
            return []
        source = self._full if reached > self._reached else self._whole
        low, high = sorted((reached, self._reached))
        self._reached = reached
        base.put(source.cut((low, y0, high, y1)), left + low, top + y0)
        return [(left + low, top + y0, left + high, top + y1)]

    # What passes.

    def _find_playhead(self, t: float) -> tuple[float, float, float] | None:
        """Place, top and bottom of the playhead in the picture; None before the first and after the last moment."""
        if not len(self._segments):
            return None
        i = int(np.searchsorted(self._segments[:, 0], t, "right")) - 1
        if i < 0:
            return None
        begin, end, x0, x1, top, bottom = self._segments[i].tolist()
        if t > end and i == len(self._segments) - 1:
            return None
        share = min(max((t - begin) / (end - begin), 0.0), 1.0) if end > begin else 1.0
        return x0 + (x1 - x0) * share, top, bottom

    def _paint_playhead(self, frame: Planes, t: float) -> list[Box]:
        place = self._find_playhead(t)
        if place is None:
            return []
        x, top, bottom = place
        left, up, _, _ = self.box
        x, top, bottom = x + left, top + up - (self._offset or 0), bottom + up - (self._offset or 0)
        half = 1.6 * self._unit
        box = widen(x - 9 * self._unit, top, x + 9 * self._unit, bottom, self.box)
        if box[2] <= box[0] or box[3] <= box[1]:
            return []
        across = np.arange(box[0], box[2], dtype=np.float32) + np.float32(0.5 - x)
        line = np.clip(half + 0.5 - np.abs(across), 0, 1) * np.float32(0.92)
        glow = np.float32(0.16) * np.exp(-((across / (5 * self._unit)) ** 2))
        alpha = np.broadcast_to(np.maximum(line, glow), (box[3] - box[1], box[2] - box[0]))
        frame.lay(np.ascontiguousarray(alpha, dtype=np.float32), self._accent, box[0], box[1])
        return [box]

    def _level(self, i: int, t: float) -> tuple[float, float]:
        """How strongly a note glows, 0 to 1, and how large it is, from 1 up."""
        since, over = t - float(self._marks[i, 0]), t - float(self._ends[i])
        level = 1.0 if over <= 0 else max(0.0, 1 - over / _RELEASE_SEC)
        return level, 1 + 0.5 * float(np.exp(-since / _POP_SEC))

    def _mark(self, i: int) -> tuple[float, float, float, float, tuple[float, float, float]]:
        """A mark's place in the frame and its color."""
        left, top, _, _ = self.box
        x, y, width, height, voice = self._marks[i, 2:].tolist()
        return (
            x + left,
            y + top - (self._offset or 0),
            width,
            height,
            self._colors[int(voice) % len(self._colors)],
        )

    def _paint_dot(self, frame: Planes, i: int, t: float) -> Box:
        x, y, width, height, color = self._mark(i)
        level, size = self._level(i, t)
        radius = max(0.85 * max(width, height), 9 * self._unit) * size
        cx, cy = x + width / 2, y + height / 2
        reach = 4.2 * radius
        box = widen(cx - reach, cy - reach, cx + reach, cy + reach, self.box)
        if box[2] <= box[0] or box[3] <= box[1]:
            return box
        distance = _distance(box, cx, cy, cx, cy)
        frame.lay(
            (0.42 * level * np.exp(-((distance / (2.1 * radius)) ** 2))).astype(np.float32), color, *box[:2]
        )
        frame.lay(level * np.clip(radius * 1.35 + 0.5 - distance, 0, 1), self._paper, *box[:2])
        frame.lay(level * np.clip(radius + 0.5 - distance, 0, 1), color, *box[:2])
        return box

    def _paint_bar(self, frame: Planes, i: int, t: float) -> Box:
        x, y, width, height, color = self._mark(i)
        level, size = self._level(i, t)
        thick = min(width, height)
        reach = 2.2 * max(thick, 10 * self._unit) * size
        box = widen(x - reach, y - reach, x + width + reach, y + height + reach, self.box)
        if box[2] <= box[0] or box[3] <= box[1]:
            return box
        distance = _distance(box, x, y, x + width, y + height, thick / 2)
        glow = 0.5 * level * np.exp(-((np.maximum(distance, 0) / (0.45 * reach)) ** 2))
        frame.lay(glow.astype(np.float32), color, *box[:2])
        edge = 2.5 * self._unit if isinstance(self._kind, RollPicture) else 0.0
        if edge:
            frame.lay(level * np.clip(edge + 0.5 - distance, 0, 1), self._ring, *box[:2])
        frame.lay(level * np.clip(0.5 - distance, 0, 1), color, *box[:2])
        return box

    def _tint_sign(self, frame: Planes, i: int, t: float) -> Box:
        """Light up a sign of a score: its ink takes the color of the voice, on a ground that glows."""
        x, y, width, height, color = self._mark(i)
        level, size = self._level(i, t)
        pad = 7 * self._unit
        reach = 3 * pad * size
        box = widen(x - reach, y - reach, x + width + reach, y + height + reach, self.box)
        if box[2] <= box[0] or box[3] <= box[1]:
            return box
        place = frame.cut(box)
        span = self._ink[0] - self._paper[0]
        ink: Float32Array = np.clip(
            (place.y.astype(np.float32) - np.float32(self._paper[0])) / np.float32(span), 0, 1
        )
        inner = 0.5 * min(width, height)
        distance = _distance(box, x, y, x + width, y + height, inner)
        frame.lay(
            (0.34 * level * np.exp(-((np.maximum(distance, 0) / (1.4 * pad)) ** 2))).astype(np.float32),
            color,
            *box[:2],
        )
        frame.lay((ink * level * np.clip(1.5 * pad - distance, 0, 1)).astype(np.float32), color, *box[:2])
        return box


def _rasterize(drawing: Drawing, zoom: float, width: int, height: int, theme: Theme) -> Planes:
    """A drawing on paper at least as large as its place; in strips, so that it never stands there as pixels."""
    across, rows = min(width, _even(drawing.width * zoom)), _even(drawing.height * zoom)
    whole = Planes.empty(width, max(height, rows))
    whole.fill(color_of(theme.background))
    for top in range(0, rows, _STRIP):
        n = min(_STRIP, rows - top)
        window = (0.0, top / zoom, across / zoom, n / zoom)
        whole.put(Planes.of(to_pixels(drawing.svg, window, zoom)), 0, top)
    return whole


def _even(length: float) -> int:
    return int(length // 2) * 2


def _place(table: FloatArray, zoom: float, columns: tuple[int, ...]) -> FloatArray:
    """Segments or marks in pixels of the film."""
    placed = np.array(table, dtype=float, copy=True).reshape(-1, table.shape[1])
    placed[:, columns] *= zoom
    return placed


def _list_lines(segments: FloatArray) -> FloatArray:
    """When the playhead comes to another line, and the line's top and bottom."""
    if not len(segments):
        return np.empty((0, 3))
    is_new = np.append(True, (np.diff(segments[:, 4:6], axis=0) != 0).any(axis=1))
    return np.column_stack([segments[is_new, 0], segments[is_new, 4], segments[is_new, 5]])


def _distance(
    box: Box, left: float, top: float, right: float, bottom: float, radius: float = 0.0
) -> Float32Array:
    """Of each pixel of a box from a rectangle with round corners; 0 or less inside."""
    x = np.arange(box[0], box[2], dtype=np.float32) + np.float32(0.5)
    y = np.arange(box[1], box[3], dtype=np.float32) + np.float32(0.5)
    across = x - np.clip(x, left + radius, right - radius)
    down = y - np.clip(y, top + radius, bottom - radius)
    distance: Float32Array = np.hypot(across[None, :], down[:, None]) - np.float32(radius)
    return distance
