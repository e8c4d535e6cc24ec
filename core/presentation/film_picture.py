"""The picture in a film: what has sounded is drawn in full, a long score or roll scrolls."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from core.arrays import FloatArray
from core.presentation.drawing import draw
from core.presentation.film_layout import FilmLayout
from core.presentation.film_lights import Lights, find_playhead
from core.presentation.film_planes import Box, Planes, color_of, widen
from core.presentation.presentation import Drawing, Picture, Presentation, RollPicture, ScorePicture
from core.presentation.svg_raster import to_pixels
from core.presentation.themes import Theme

_MOST_PIXELS = 40_000_000  # of a long score or roll: 60 MB of planes
_TILE = 1_600  # rows or columns of it that are rasterized at once
_FAINT = {"light": 0.62, "dark": 0.5}  # how far what is still to come fades into the paper
_SCROLL_SEC = 0.6
_READING_LINE = 0.42  # of the picture's height, where the line of a score that sounds stands
_FADE_PX = 40  # in which a line of a score fades at the upper and lower edge
_NARROW, _WIDE = 36, 60  # pixels a second: a roll that had fewer than the first scrolls with the second
_HEAD = 0.35  # of the roll's width, where the playhead then stands


class FilmPicture:
    """One picture of a presentation, drawn once; `update` and `paint` bring it to a time.

    Parameters
    ----------
    presentation : Presentation
    picture : Picture
    layout : FilmLayout
    theme : Theme
    fps : int
        A scrolling roll moves on by whole pixels each frame.
    """

    def __init__(
        self, presentation: Presentation, picture: Picture, layout: FilmLayout, theme: Theme, fps: int
    ) -> None:
        self.box = layout.picture
        left, top, right, bottom = self.box
        self._width, self._height = right - left, bottom - top
        drawing, zoom = _shrink(_draw(presentation, picture, layout, theme, self._width, fps))
        self._paper, self._faint = color_of(theme.background), _FAINT.get(theme.name, 0.6)
        self._full = _rasterize(drawing, zoom, self._width, self._height, self._paper)
        self._shown = self._full  # what has sounded in full, the rest faint
        self._segments = drawing.segments
        self._lines = _list_lines(self._segments)
        self._panels = [(int(top) // 2 * 2, int(bottom + 2) // 2 * 2) for top, bottom in drawing.panels]
        self._lights = Lights(drawing, picture, layout, theme)
        self._offset = (-1, -1)
        self._area: Box | None = None
        self._fade = round(_FADE_PX * layout.unit / 2) * 2
        if not isinstance(picture, ScorePicture) and _runs_to_the_right(self._segments):
            self._area = self._begin_faint(8 * layout.unit)
        self._reached = self._area[0] if self._area else 0

    def update(self, base: Planes, t: float) -> list[Box]:
        """Bring what stays to a time; return what changed."""
        left, top, _, _ = self.box
        revealed = self._reveal(t)
        offset = self._find_offset(t)
        if offset != self._offset:
            self._offset = offset
            self._show(base)
            return [self.box]
        if revealed is None:
            return []
        moved_x, moved_y = left - offset[0], top - offset[1]
        x0, y0, x1, y1 = revealed
        box = widen(x0 + moved_x, y0 + moved_y, x1 + moved_x, y1 + moved_y, self.box)
        part = (box[0] - moved_x, box[1] - moved_y, box[2] - moved_x, box[3] - moved_y)
        base.put(self._shown.cut(part), box[0], box[1])
        return [box]

    def paint(self, frame: Planes, t: float) -> list[Box]:
        """Paint what glows at a time, and the playhead; return where."""
        return self._lights.paint(frame, t, self._offset)

    def _show(self, base: Planes) -> None:
        """Put the part of the drawing that is seen in its place."""
        left, top, _, _ = self.box
        x, y = self._offset
        base.put(self._shown.cut((x, y, x + self._width, y + self._height)), left, top)
        if x and self._area:  # the names of the keys and the legend stay
            base.put(self._shown.cut((0, 0, self._area[0] - 2, self._height)), left, top)
            base.put(self._shown.cut((0, 0, self._width, self._area[1])), left, top)
        shade = np.linspace(1, 0, self._fade, dtype=np.float32)[:, None]
        if y:
            base.lay(np.broadcast_to(shade, (self._fade, self._width)), self._paper, left, top)
        if y + self._height < self._shown.height:
            below = np.broadcast_to(shade[::-1], (self._fade, self._width))
            base.lay(below, self._paper, left, top + self._height - self._fade)

    def _find_offset(self, t: float) -> tuple[int, int]:
        """Which point of the drawing stands at the upper left corner."""
        return self._find_column(t), self._find_row(t)

    def _find_column(self, t: float) -> int:
        """Of a roll: the playhead stays where it is while the notes pass."""
        most = self._shown.width - self._width
        if most <= 0:
            return 0
        begin, end = float(self._segments[0, 0]), float(self._segments[-1, 1])
        place = find_playhead(self._segments, min(max(t, begin), end))
        x = place[0] if place else 0.0
        return int(min(max(round((x - _HEAD * self._width) / 2) * 2, 0), most // 2 * 2))

    def _find_row(self, t: float) -> int:
        """Of a score: it glides to the next line just before that sounds."""
        most = self._shown.height - self._height
        if most <= 0 or not len(self._lines):
            return 0
        targets = np.clip(self._lines[:, 1:].mean(axis=1) - _READING_LINE * self._height, 0, most)
        i = max(0, int(np.searchsorted(self._lines[:, 0], t, "right")) - 1)
        place = float(targets[i])
        if i + 1 < len(targets):
            share = min(max(1 - (float(self._lines[i + 1, 0]) - t) / _SCROLL_SEC, 0.0), 1.0)
            place += (float(targets[i + 1]) - place) * share * share * (3 - 2 * share)
        return int(place // 2) * 2

    def _begin_faint(self, margin: float) -> Box:
        """Fade the picture where the playhead has still to pass; return where."""
        whole = (0, 0, self._full.width, self._full.height)
        low, top, bottom = self._segments[:, 2].min(), self._segments[:, 4].min(), self._segments[:, 5].max()
        area = widen(low - margin, top, self._full.width, bottom, whole)
        self._shown = self._full.copy()
        self._make_faint(area)
        return area

    def _make_faint(self, box: Box) -> None:
        """Fade a part, but not the names that stand between the panels of a chart."""
        x0, y0, x1, y1 = box
        for top, bottom in self._panels or ((y0, y1),):
            strip = (x0, max(top, y0), x1, min(bottom, y1))
            if strip[1] >= strip[3] or x0 >= x1:
                continue
            part = self._shown.cut(strip)
            part.put(self._full.cut(strip), 0, 0)
            paper = Planes.empty(part.width, part.height)
            paper.fill(self._paper)
            part.mix(paper, self._faint)

    def _reveal(self, t: float) -> Box | None:
        """Draw in full what the playhead has passed; return where something changed."""
        if self._area is None:
            return None
        x0, y0, x1, y1 = self._area
        place = find_playhead(self._segments, t)
        reached = x0 if place is None else min(max(int(place[0] // 2) * 2, x0), x1)
        if place is None and t > float(self._segments[0, 0]):
            reached = x1
        if reached == self._reached:
            return None
        box = (min(reached, self._reached), y0, max(reached, self._reached), y1)
        if reached > self._reached:
            self._shown.cut(box).put(self._full.cut(box), 0, 0)
        else:
            self._make_faint(box)
        self._reached = reached
        return box


def _draw(
    presentation: Presentation, picture: Picture, layout: FilmLayout, theme: Theme, width: int, fps: int
) -> Drawing:
    """The drawing; of a roll whose notes would be too narrow a wider one."""
    height = layout.picture[3] - layout.picture[1]

    def draw_wide(across: int) -> Drawing:
        return draw(presentation, picture, across, height, theme, is_titled=False, text_px=layout.drawing_px)

    drawing = draw_wide(width)
    if not isinstance(picture, RollPicture) or not _runs_to_the_right(drawing.segments):
        return drawing
    across = float(drawing.segments[:, 3].max() - drawing.segments[:, 2].min())
    seconds = float(drawing.segments[-1, 1] - drawing.segments[0, 0])
    if across >= _NARROW * layout.unit * seconds:
        return drawing
    a_second = 2 * fps if _NARROW <= 2 * fps <= 2 * _WIDE else _WIDE
    most = _MOST_PIXELS // height
    return draw_wide(min(round(width - across + a_second * seconds), most))


def _shrink(drawing: Drawing) -> tuple[Drawing, float]:
    """Make the places of a very long score smaller, and by how much its picture is to be."""
    zoom = min(1.0, (_MOST_PIXELS / (drawing.width * drawing.height)) ** 0.5)
    segments, marks = drawing.segments.copy(), drawing.marks.copy()
    segments[:, 2:6] *= zoom
    marks[:, 2:6] *= zoom
    small = replace(
        drawing,
        width=int(drawing.width * zoom),
        height=int(drawing.height * zoom),
        segments=segments,
        marks=marks,
    )
    return small, zoom


def _rasterize(
    drawing: Drawing, zoom: float, width: int, height: int, paper: tuple[float, float, float]
) -> Planes:
    """A drawing on paper at least as large as its place; in tiles, so that it never stands there as pixels."""
    across, down = drawing.width // 2 * 2, drawing.height // 2 * 2
    whole = Planes.empty(max(width, across), max(height, down))
    whole.fill(paper)
    for top in range(0, down, _TILE):
        for left in range(0, across, _TILE):
            wide, high = min(_TILE, across - left), min(_TILE, down - top)
            window = (left / zoom, top / zoom, wide / zoom, high / zoom)
            whole.put(Planes.of(to_pixels(drawing.svg, window, zoom)), left, top)
    return whole


def _runs_to_the_right(segments: FloatArray) -> bool:
    """Whether the playhead has one way from left to right."""
    if not len(segments) or segments[:, 3].max() - segments[:, 2].min() < 2:
        return False
    return not (np.diff(segments[:, 2]) < -1).any()


def _list_lines(segments: FloatArray) -> FloatArray:
    """When the playhead comes to another line, and the line's top and bottom."""
    if not len(segments):
        return np.empty((0, 3))
    is_new = np.append(True, (np.diff(segments[:, 4:6], axis=0) != 0).any(axis=1))
    return np.column_stack([segments[is_new, 0], segments[is_new, 4], segments[is_new, 5]])
