"""The still parts of a film's frame: title, legend, source; and what changes now and then: values, captions, clock."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from core.presentation.film_card import credit_line
from core.presentation.film_layout import FilmLayout
from core.presentation.film_planes import Box, Planes, color_of, widen
from core.presentation.film_text import begin_picture, shrink_to_fit, to_film, write_bullet
from core.presentation.letters import measure_text
from core.presentation.presentation import Presentation, ShownPoint
from core.presentation.svg_writing import Anchor, SvgWriter
from core.presentation.themes import Theme

_FEWEST_SEC = 0.1  # values that follow faster cannot be read: of them every so many seconds one is shown
_MOST_VALUES = 4


def draw_stage(presentation: Presentation, layout: FilmLayout, theme: Theme, *, has_readout: bool) -> Planes:
    """A whole frame without picture, values and captions."""
    svg = begin_picture(layout.width, layout.height, theme.background)
    left, top, right, bottom = layout.header
    title = shrink_to_fit(
        presentation.title, right - left, layout.title_px, lines=layout.title_lines, least=0.6, bold=True
    )
    title.write(svg, left, top, theme.text)
    y = top + title.height + 0.2 * layout.subtitle_px
    subtitle = shrink_to_fit(presentation.subtitle, right - left, layout.subtitle_px, least=0.7)
    subtitle.write(svg, left, y, theme.muted)
    y += subtitle.height + 0.3 * layout.subtitle_px
    if not has_readout and len(presentation.voices) > 1 and y + layout.small_px < bottom:
        _draw_legend(svg, presentation, layout, theme, y)
    credit = shrink_to_fit(credit_line(presentation), 0.72 * layout.inner_width, layout.small_px, least=0.75)
    credit.write(svg, left, layout.footer[1] + 0.75 * layout.small_px, theme.muted)
    return to_film(svg)


def _draw_legend(
    svg: SvgWriter, presentation: Presentation, layout: FilmLayout, theme: Theme, y: float
) -> None:
    x, right, size = float(layout.header[0]), layout.header[2], layout.small_px
    for place, voice in enumerate(presentation.voices):
        name = shrink_to_fit(voice.name, right - x - 1.2 * size, size, least=0.8)
        if x + 4 * size > right:
            break
        write_bullet(svg, x, y, size, theme.voices[place % len(theme.voices)])
        name.write(svg, x + 0.9 * size, y, theme.muted)
        x += name.width + 2.2 * size


class Readout:
    """Current values and their place, large.

    Parameters
    ----------
    presentation : Presentation
    layout : FilmLayout
    theme : Theme
    """

    def __init__(self, presentation: Presentation, layout: FilmLayout, theme: Theme) -> None:
        self.box = layout.readout
        self._layout, self._theme = layout, theme
        self._voices = sorted({point.voice for point in presentation.points})[:_MOST_VALUES]
        self._names = [voice.name for voice in presentation.voices]
        self._points: list[list[ShownPoint]] = [
            sorted((p for p in presentation.points if p.voice == voice), key=lambda point: point.onset_sec)
            for voice in self._voices
        ]
        self._onsets = [np.array([point.onset_sec for point in points]) for points in self._points]
        steps = np.diff(self._onsets[0]) if self._onsets else np.empty(0)
        self._is_fast = bool(len(steps) and np.median(steps) < _FEWEST_SEC)
        self._shown: tuple[str, ...] | None = None
        self._value_px = self._choose_size()
        self._draw = lru_cache(maxsize=64)(self._draw_texts)

    def update(self, base: Planes, t: float) -> Box | None:
        """Paint what is current at a time; None where it stands already."""
        if self._is_fast:
            t = np.floor(t / _FEWEST_SEC) * _FEWEST_SEC if t > 0 else t
        texts = self._read(t)
        if texts == self._shown:
            return None
        self._shown = texts
        base.put(self._draw(texts), self.box[0], self.box[1])
        return self.box

    def _read(self, t: float) -> tuple[str, ...]:
        """The place, then the value of each voice; empty before the first."""
        found = [
            points[i] if (i := int(np.searchsorted(onsets, t, "right")) - 1) >= 0 else None
            for points, onsets in zip(self._points, self._onsets, strict=True)
        ]
        latest = max((point for point in found if point), key=lambda point: point.onset_sec, default=None)
        place = latest.place_text if latest else ""
        return (place, *(point.value_text if point else "" for point in found))

    def _choose_size(self) -> float:
        """Size of the values: the longest one fits its column."""
        left, top, right, bottom = self.box
        n = max(1, len(self._voices))
        room = (right - left) / n - 0.4 * self._layout.small_px
        texts = {point.value_text for points in self._points for point in points}
        longest = sorted(texts, key=len)[-6:]
        widest = max((measure_text(text, 1.0, bold=True) for text in longest), default=1.0)
        most = 0.48 * (bottom - top) if n > 1 else 0.54 * (bottom - top)
        return float(min(most, room / max(widest, 0.5)))

    def _draw_texts(self, texts: tuple[str, ...]) -> Planes:
        left, top, right, bottom = self.box
        width, height = right - left, bottom - top
        layout, theme = self._layout, self._theme
        svg = begin_picture(width, height, theme.background)
        n = max(1, len(self._voices))
        # Beside the title the values stand at the right edge, below it they begin where the title does.
        anchor: Anchor = "end" if layout.is_wide else "start"
        edge = int(layout.is_wide)
        place = shrink_to_fit(
            texts[0], width, min(layout.title_px * (0.86 if layout.is_wide else 1.1), 0.26 * height)
        )
        place.write(svg, width * edge, 0.0, theme.text, anchor=anchor)
        for column, (voice, text) in enumerate(zip(self._voices, texts[1:], strict=True)):
            x, color = width * (column + edge) / n, theme.voices[voice % len(theme.voices)]
            value = shrink_to_fit(text, width / n, self._value_px, least=0.4, bold=True)
            base_line = 0.86 * height
            value.write(svg, x, base_line - value.size, color, anchor=anchor)
            if n > 1 and voice < len(self._names):
                name = shrink_to_fit(self._names[voice], width / n - layout.small_px, 0.9 * layout.small_px)
                name.write(svg, x, base_line - self._value_px - 1.1 * name.size, color, anchor=anchor)
        return to_film(svg)


class Captions:
    """Subtitles of the words that are spoken in the sound."""

    def __init__(self, presentation: Presentation, layout: FilmLayout, theme: Theme) -> None:
        self.box = layout.captions
        self._layout, self._theme = layout, theme
        self._captions = presentation.captions
        self._shown: str | None = None

    def update(self, base: Planes, t: float) -> Box | None:
        """Paint what is spoken at a time; None where it stands already."""
        current = next(
            (c.text for c in self._captions if c.onset_sec <= t < c.onset_sec + c.duration_sec), ""
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
            shown = shrink_to_fit(text, width - 3 * size, size, lines=2)
            pill, wide = shown.height + 0.7 * size, min(float(width), shown.width + 2 * size)
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
        self._bar: Box = (left, top, right, top + max(2, layout.margin // 32 * 2))
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
