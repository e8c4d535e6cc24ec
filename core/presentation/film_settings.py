"""Settings of a film: size, theme, container, and what stands before and after the sound."""

from __future__ import annotations

from dataclasses import dataclass

from core.errors import InputError
from core.presentation.presentation import Presentation
from core.presentation.themes import THEMES, Theme
from core.video import CONTAINERS as CONTAINERS
from core.video import Container

SIZES: dict[str, tuple[int, int]] = {
    "1920x1080": (1920, 1080),
    "1080x1080": (1080, 1080),
    "1080x1920": (1080, 1920),
}
MIN_FPS, MAX_FPS = 5, 60
MAX_OPENING_SEC = 10.0
MAX_CLOSING_SEC = 10.0
MIN_FILM_SEC, MAX_FILM_SEC = 0.2, 600.0


@dataclass(frozen=True, kw_only=True)
class FilmSettings:
    """What a film is made to be.

    Attributes
    ----------
    size : {"1920x1080", "1080x1080", "1080x1920"}
        Width and height in pixels.
    theme : {"light", "dark"}
    container : {"mp4", "webm"}
        H.264 and AAC, or VP9 and Opus.
    fps : int in [5, 60]
        Frames a second.
    picture : int
        Which of the presentation's pictures is shown.
    opening_sec : float in [0, 10]
        How long the opening card stands in silence before the sound begins; 0 for none.
    closing_sec : float in [0, 10]
        How long the last frame stands after the sound, with source and license.
    captions : bool
        Whether spoken captions are shown as subtitles.

    Raises
    ------
    InputError
        If a setting is out of range; the message says what works.

    Examples
    --------
    >>> FilmSettings(size="1080x1920").shape
    (1080, 1920)
    """

    size: str = "1920x1080"
    theme: str = "light"
    container: Container = "mp4"
    fps: int = 30
    picture: int = 0
    opening_sec: float = 2.5
    closing_sec: float = 1.0
    captions: bool = True

    def __post_init__(self) -> None:
        for what, value, known in (
            ("size", self.size, SIZES),
            ("theme", self.theme, THEMES),
            ("format", self.container, CONTAINERS),
        ):
            if value not in known:
                raise InputError(f"A film has no {what} {value!r:.40}. Choose {', '.join(known)}.")
        if not MIN_FPS <= self.fps <= MAX_FPS:
            raise InputError(f"A film can have {MIN_FPS} to {MAX_FPS} frames per second, not {self.fps}.")
        for what, seconds, most in (
            ("opening card", self.opening_sec, MAX_OPENING_SEC),
            ("last frame", self.closing_sec, MAX_CLOSING_SEC),
        ):
            if not 0 <= seconds <= most:
                raise InputError(f"The {what} of a film can stand 0 to {most:g} seconds, not {seconds:g}.")

    @property
    def shape(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return SIZES[self.size]

    @property
    def colors(self) -> Theme:
        """The theme's colors."""
        return THEMES[self.theme]

    @property
    def opening_frames(self) -> int:
        """How many frames stand before the sound begins."""
        return round(self.opening_sec * self.fps)


def check_film(presentation: Presentation, settings: FilmSettings) -> None:
    """Refuse what no film can be made of, before anything is drawn.

    Raises
    ------
    InputError
        If there is no sound, it is too long, or there is no such picture.
    """
    seconds = presentation.sound.duration_sec
    if not presentation.sound.n_samples:
        raise InputError("There is no sound yet, so there is nothing to film. Play something first.")
    if not MIN_FILM_SEC <= seconds <= MAX_FILM_SEC:
        raise InputError(
            f"A film can be {MIN_FILM_SEC:g} seconds to {MAX_FILM_SEC / 60:.0f} minutes long; this sound is "
            f"{_in_words(seconds)} long. Make a {'shorter' if seconds > 1 else 'longer'} one."
        )
    n_pictures = len(presentation.pictures)
    if not 0 <= settings.picture < n_pictures:
        known = f"pictures 0 to {n_pictures - 1}" if n_pictures else "no picture"
        raise InputError(f"There is no picture {settings.picture} to film; this result has {known}.")


def _in_words(seconds: float) -> str:
    """A length as a person says it."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{seconds:.2g} s"
