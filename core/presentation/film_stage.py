"""The still parts of a film's frame: title and source; and what changes now and then: values, captions, clock."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from core.presentation.film_card import credit_line
from core.presentation.film_layout import MOST_VALUES, FilmLayout
from core.presentation.film_planes import Box, Planes, color_of, widen
from core.presentation.film_text import begin_picture, shrink_to_fit, to_film
from core.presentation.letters import measure_text
from core.presentation.presentation import Presentation, ShownPoint
from core.presentation.svg_writing import Anchor, SvgWriter
from core.presentation.themes import Theme

_FEWEST_SEC = 0.1  # values that follow faster cannot be read: of them every so many seconds one is shown
_LONGEST = 6  # texts of a voice that are measured
_UNIT_SHARE = 0.5  # size of a unit by that of its number
_Values = tuple[str, tuple[tuple[str, int], ...]]


def draw_stage(presentation: Presentation, layout: FilmLayout, theme: Theme) -> Planes:
    """A whole frame without picture, values and captions."""
    svg = begin_picture(layout.width, layout.height, theme.background)
    left, top, _, _ = layout.header
    layout.title.write(svg, left, top, theme.text)
    y = top + layout.title.height + 0.2 * layout.subtitle_px
    layout.subtitle.write(svg, left, y, theme.muted)
    credit = shrink_to_fit(credit_line(presentation), 0.72 * layout.inner_width, layout.small_px, least=0.75)
    credit.write(svg, left, layout.footer[1] + 0.75 * layout.small_px, theme.muted)
    return to_film(svg)


class Readout:
    """Current values and their place, large.

    Parameters
    ----------
    presentation : Presentation
    layout : FilmLayout
    theme : Theme
    fps : int
        Of values that follow too fast, those are shown that sound in a frame, so that they are of its lit notes.
    """

    def __init__(self, presentation: Presentation, layout: FilmLayout, theme: Theme, fps: int) -> None:
        assert layout.readout is not None
        self._fps = fps
        self.box = layout.readout
        self._layout, self._theme = layout, theme
        self._known = dict(enumerate(presentation.voices))
        self._columns = _list_columns(presentation.points)
        self._onsets = [np.array([point.onset_sec for point in points]) for points in self._columns]
        steps = np.diff(self._onsets[0])
        self._is_fast = bool(len(steps) and np.median(steps) < _FEWEST_SEC)
        self._has_places = any(point.place_text for points in self._columns for point in points)
        self._value_px = self._choose_size()
        self._shown: _Values | None = None
        self._draw = lru_cache(maxsize=64)(self._draw_values)

    def update(self, base: Planes, t: float) -> Box | None:
        """Paint what is current at a time; None where it stands already."""
        values = self._read(self._hold(t) if self._is_fast else t)
        if values == self._shown:
            return None
        self._shown = values
        base.put(self._draw(values), self.box[0], self.box[1])
        return self.box

    def _hold(self, t: float) -> float:
        """The time of the first frame of those that show the same values."""
        if t <= 0:
            return t
        since = math.floor(t / _FEWEST_SEC + 1e-6) * _FEWEST_SEC
        return (math.ceil(since * self._fps - 0.5 - 1e-6) + 0.5) / self._fps

    def _read(self, t: float) -> _Values:
        """The place, and of each column the value and the voice; empty before the first."""
        found = [
            points[max(0, int(np.searchsorted(onsets, t, "right")) - 1)]
            for points, onsets in zip(self._columns, self._onsets, strict=True)
        ]
        begun = [point for point in found if point.onset_sec <= t]
        latest = max(begun, key=lambda point: point.onset_sec, default=None)
        texts = tuple((point.value_text if point in begun else "", point.voice) for point in found)
        return (latest.place_text if latest else "", texts)

    def _split_unit(self, text: str, voice: int) -> tuple[str, str]:
        """A value without its unit, and the unit."""
        unit = self._known[voice].unit if voice in self._known else ""
        return (text.removesuffix(unit).rstrip(), unit) if unit and text.endswith(unit) else (text, "")

    def _choose_size(self) -> float:
        """Size of the values: the longest one fits its column."""
        left, top, right, bottom = self.box
        n = len(self._columns)
        widest = 0.5
        for points in self._columns:
            texts = {(point.value_text, point.voice) for point in points}
            for text, voice in sorted(texts, key=lambda each: len(each[0]))[-_LONGEST:]:
                number, unit = self._split_unit(text, voice)
                wide = measure_text(number, 1.0, bold=True)
                widest = max(widest, wide + (measure_text(f" {unit}", _UNIT_SHARE) if n == 1 else 0))
        most = (0.52 if n == 1 else 0.42) * (bottom - top)
        return float(min(most, ((right - left) / n - 1.6 * self._layout.small_px) / widest))

    def _draw_values(self, values: _Values) -> Planes:
        left, top, right, bottom = self.box
        width, height = right - left, bottom - top
        layout, theme = self._layout, self._theme
        svg = begin_picture(width, height, theme.background)
        anchor: Anchor = "end" if layout.is_wide else "start"
        size = min(layout.title_px * (0.86 if layout.is_wide else 1), 0.28 * height)
        place = shrink_to_fit(values[0], width, size)
        place.write(svg, width if layout.is_wide else 0, 0.0, theme.text, anchor=anchor)
        y = max(0.3 * height, place.height + 0.3 * layout.small_px) if self._has_places else 0.1 * height
        for column, (text, voice) in enumerate(values[1]):
            self._draw_value(svg, column, text, voice, y)
        return to_film(svg)

    def _draw_value(self, svg: SvgWriter, column: int, text: str, voice: int, y: float) -> None:
        """One value below its name; beside the title it ends at the right edge, below it begins where the title does."""
        layout, n = self._layout, len(self._columns)
        room = svg.width / n
        color = self._theme.voices[voice % len(self._theme.voices)]
        number, unit = self._split_unit(text, voice)
        x, anchor = self._edge(column, room)
        if n > 1:
            name = shrink_to_fit(self._name(voice), room - layout.small_px, layout.small_px, least=0.7)
            name.write(svg, x, y, color, anchor=anchor)
            y += 1.3 * layout.small_px
            unit = ""
        value = shrink_to_fit(number, room, self._value_px, least=0.4, bold=True)
        small = _UNIT_SHARE * value.size
        behind = measure_text(f" {unit}", small) if unit else 0.0
        value.write(svg, x - (behind if anchor == "end" else 0.0), y, color, anchor=anchor)
        if unit:
            at = x if anchor == "end" else x + value.width + behind
            svg.text(at, y + value.size, unit, size=small, fill=color, anchor="end")

    def _name(self, voice: int) -> str:
        """With its unit."""
        if voice not in self._known:
            return ""
        named = self._known[voice]
        return f"{named.name} ({named.unit})" if named.unit else named.name

    def _edge(self, column: int, room: float) -> tuple[float, Anchor]:
        return (room * (column + 1), "end") if self._layout.is_wide else (room * column, "start")


def _list_columns(points: Sequence[ShownPoint]) -> list[list[ShownPoint]]:
    """Points that stand side by side: one column a voice, but one for all where they take turns."""
    voices = sorted({point.voice for point in points if point.value_text})[:MOST_VALUES]
    ordered = sorted((point for point in points if point.voice in voices), key=lambda point: point.onset_sec)
    columns = [[point for point in ordered if point.voice == voice] for voice in voices]
    onsets = [{point.onset_sec for point in column} for column in columns]
    take_turns = sum(map(len, onsets)) == len(set().union(*onsets))
    return [ordered] if take_turns else columns


class Captions:
    """Subtitles of the words that are spoken in the sound."""

    def __init__(self, presentation: Presentation, layout: FilmLayout, theme: Theme) -> None:
        assert layout.captions is not None
        self.box = layout.captions
        self._layout, self._theme = layout, theme
        self._captions = presentation.captions
        # What is spoken in another language than the frame's is marked as such.
        is_foreign = presentation.captions_language != presentation.language
        self._mark = f"{presentation.captions_language.upper()} · " if is_foreign else ""
        self._shown: str | None = None

    def update(self, base: Planes, t: float) -> Box | None:
        """Paint what is spoken at a time; None where it stands already."""
        current = next(
            (c.shown_text for c in self._captions if c.onset_sec <= t < c.onset_sec + c.duration_sec), ""
        )
        if current == self._shown:
            return None
        self._shown = current
        base.put(self._draw(current), self.box[0], self.box[1])
        return self.box

    def _draw(self, text: str) -> Planes:
        left, top, right, bottom = self.box
        width, height = right - left, bottom - top
        size, theme = 1.35 * self._layout.subtitle_px, self._theme
        svg = begin_picture(width, height, theme.background)
        if text:
            shown = shrink_to_fit(self._mark + text, width - 3 * size, size, lines=2)
            pill, wide = shown.height + 0.5 * size, min(float(width), shown.width + 2 * size)
            _draw_pill(svg, wide, pill, theme)
            shown.write(svg, width / 2, (height - shown.height) / 2, theme.text, anchor="middle")
        return to_film(svg)


def _draw_pill(svg: SvgWriter, width: float, height: float, theme: Theme) -> None:
    """A rounded ground in the middle of a picture."""
    for edge, color in ((1.5, theme.border), (0.0, theme.surface)):
        x, y = (svg.width - width) / 2 - edge, (svg.height - height) / 2 - edge
        svg.rect(x, y, width + 2 * edge, height + 2 * edge, fill=color, radius=height / 3)


class Clock:
    """How much of the sound has passed: a bar, and seconds."""

    def __init__(self, presentation: Presentation, layout: FilmLayout, theme: Theme) -> None:
        left, top, right, _ = layout.footer
        self._seconds = presentation.sound.duration_sec
        self._layout, self._theme = layout, theme
        self._bar: Box = (left, top, right, top + max(2, round(2 * layout.unit) * 2))
        size = layout.small_px
        wide = 8 * size
        frame = (0, 0, layout.width, layout.height)
        self._words: Box = widen(right - wide, top + 0.6 * size, right, top + 2.1 * size, frame)
        self._colors = color_of(theme.border), color_of(theme.accent)
        self._shown = ""
        self._reached = -1

    def update(self, base: Planes, t: float) -> list[Box]:
        """Paint bar and seconds; return what changed."""
        t = min(max(t, 0.0), self._seconds)
        changed = []
        left, top, right, bottom = self._bar
        reached = left + round((right - left) * t / self._seconds / 2) * 2
        if reached != self._reached:
            self._reached = reached
            for low, high, color in ((left, reached, self._colors[1]), (reached, right, self._colors[0])):
                base.cut((low, top, high, bottom)).fill(color)
            changed.append(self._bar)
        words = f"{_as_clock(t)} / {_as_clock(self._seconds)}"
        if words != self._shown:
            self._shown = words
            x0, y0, x1, y1 = self._words
            size = self._layout.small_px
            svg = begin_picture(x1 - x0, y1 - y0, self._theme.background)
            svg.text(x1 - x0, 1.15 * size, words, size=size, fill=self._theme.muted, anchor="end")
            base.put(to_film(svg), x0, y0)
            changed.append(self._words)
        return changed


def _as_clock(seconds: float) -> str:
    minutes, rest = divmod(int(seconds + 1e-6), 60)
    return f"{minutes}:{rest:02d}"
