"""Film of a presentation: the picture with its playhead, what sounds lit up, the current value large, and the sound."""

from __future__ import annotations

from pathlib import Path

from core.presentation.film_settings import FilmSettings, check_film
from core.presentation.presentation import Presentation
from core.progress import Progress


def make_film(
    presentation: Presentation, settings: FilmSettings | None = None, *, progress: Progress | None = None
) -> bytes:
    """Film a presentation.

    Parameters
    ----------
    presentation : Presentation
    settings : FilmSettings, optional
    progress : callable, optional
        Called with a share from 0 to 1 and what is being done. What it raises ends the film and leaves nothing behind.

    Returns
    -------
    bytes
        An MP4 or WebM file.

    Raises
    ------
    InputError
        If there is no sound, it is too long, or there is no such picture.
    """
    check_film(presentation, settings or FilmSettings())
    raise NotImplementedError


def write_film(
    presentation: Presentation,
    target: Path,
    settings: FilmSettings | None = None,
    *,
    progress: Progress | None = None,
) -> None:
    """Film a presentation into a file; a film that is not finished leaves no file.

    Parameters
    ----------
    presentation, settings, progress
        As `make_film` has them.
    target : Path
        Replaced if it exists.

    Raises
    ------
    InputError
        As `make_film` raises it, or if the disk is full.
    """
    check_film(presentation, settings or FilmSettings())
    raise NotImplementedError
