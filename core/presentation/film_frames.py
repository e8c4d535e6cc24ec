"""Frames of a film, one after the other: the opening card, the picture while it sounds, the last frame."""

from __future__ import annotations

import math

from core.presentation.film_card import draw_card
from core.presentation.film_layout import lay_out
from core.presentation.film_picture import FilmPicture
from core.presentation.film_planes import Box, Pixels, Planes
from core.presentation.film_settings import FilmSettings
from core.presentation.film_stage import Captions, Clock, Readout, draw_stage
from core.presentation.presentation import Presentation

_FADE_SEC = 0.5
_BEFORE = -1e9


class FilmFrames:
    """Paints any frame of a film; in order it is quick.

    Parameters
    ----------
    presentation : Presentation
    settings : FilmSettings
    """

    def __init__(self, presentation: Presentation, settings: FilmSettings) -> None:
        self.fps, self.n_opening = settings.fps, settings.opening_frames
        n_sounding = math.ceil(presentation.sound.duration_sec * settings.fps)
        self.n_frames = self.n_opening + n_sounding + round(settings.closing_sec * settings.fps)
        width, height = settings.shape
        theme = settings.colors
        has_captions = settings.captions and bool(presentation.captions)
        layout = lay_out(presentation, width, height, has_captions=has_captions)
        self._base = draw_stage(presentation, layout, theme)
        picture = presentation.pictures[settings.picture]
        self._picture = FilmPicture(presentation, picture, layout, theme, settings.fps)
        self._readout = Readout(presentation, layout, theme, settings.fps) if layout.readout else None
        self._captions = Captions(presentation, layout, theme) if layout.captions else None
        self._clock = Clock(presentation, layout, theme)
        self._card = draw_card(presentation, layout, theme) if self.n_opening else None
        self._update(_BEFORE)
        self._frame = self._base.copy()
        self._painted: list[Box] = []

    def frame(self, number: int) -> Pixels:
        """Planes of a frame; they are painted over by the next."""
        t = (number - self.n_opening + 0.5) / self.fps  # the middle of the time for which it is seen
        if self._card is not None and number < self.n_opening:
            return self._open(number)
        for box in self._painted:
            self._frame.restore(self._base, box)
        for box in self._update(t):
            self._frame.restore(self._base, box)
        self._painted = self._picture.paint(self._frame, t)
        return _whole(self._frame)

    def _open(self, number: int) -> Pixels:
        """The card, which fades to the picture before the sound begins."""
        assert self._card is not None
        n_fade = min(self.n_opening, round(_FADE_SEC * self.fps))
        share = (number + 1 - (self.n_opening - n_fade)) / (n_fade + 1) if n_fade else 0.0
        if share <= 0:
            return _whole(self._card)
        mixed = self._card.copy()
        mixed.mix(self._base, share * share * (3 - 2 * share))
        return _whole(mixed)

    def _update(self, t: float) -> list[Box]:
        """Bring what stays to a time; return what changed."""
        changed = self._picture.update(self._base, t) + self._clock.update(self._base, t)
        for part in (self._readout, self._captions):
            if part is not None and (box := part.update(self._base, t)) is not None:
                changed.append(box)
        return changed


def _whole(planes: Planes) -> Pixels:
    assert planes.whole is not None
    return planes.whole
