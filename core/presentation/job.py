"""Jobs of a presentation: film, web page and picture, made in a worker process.

The app imports this module for its names and never runs it; what only a worker needs is imported where it is used.
"""

from __future__ import annotations

from core.presentation.film_settings import FilmSettings
from core.presentation.presentation import Presentation
from core.presentation.themes import THEMES, PageTheme
from core.progress import Progress
from core.workers import Limits

FILM_LIMITS = Limits(memory_mb=1024, cpu_sec=1200, wall_sec=900)
"""Of ten minutes of film on a slow machine; of the lane "film"."""


def film(presentation: Presentation, settings: FilmSettings, *, progress: Progress | None = None) -> bytes:
    """The film as a file; see `core.presentation.film.make_film`."""
    from core.presentation.film import make_film

    return make_film(presentation, settings, progress=progress)


def page(presentation: Presentation, theme: PageTheme = "auto") -> bytes:
    """The web page as a file; see `core.presentation.web_page.write_page`."""
    from core.presentation.web_page import write_page

    return write_page(presentation, theme).encode()


def picture(presentation: Presentation, number: int, width: int, height: int, theme: str) -> bytes:
    """One picture of a presentation as a PNG file.

    Parameters
    ----------
    presentation : Presentation
    number : int
        Which of its pictures.
    width, height : int
        In pixels.
    theme : {"light", "dark"}
    """
    from core.presentation.drawing import draw
    from core.presentation.svg_raster import to_png

    return to_png(draw(presentation, presentation.pictures[number], width, height, THEMES[theme]).svg)
