"""Command-line options of a presentation, the same for every job: film, web page and picture."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable

from core.command_line import add_target_argument, show_progress, take_given, write_file
from core.errors import InputError
from core.presentation.film_settings import CONTAINERS, SIZES, FilmSettings
from core.presentation.presentation import Presentation
from core.presentation.themes import THEMES


def add_presentation_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare ``--film``, ``--page``, ``--picture`` and what they look like; see `write_presentation`."""
    add = parser.add_argument
    add_target_argument(parser, "--film", "video with sound as .mp4 or .webm, up to 10 minutes")
    add_target_argument(parser, "--page", "web page with sound and player that works offline, as .html")
    add_target_argument(parser, "--picture", "picture as .svg or .png")
    add("--title", help="title of video, page and picture")
    add(
        "--theme",
        choices=tuple(THEMES),
        help="colors; light if not given, and of a page those of the reader's system",
    )
    add(
        "--film-size",
        choices=tuple(SIZES),
        dest="size",
        help="pixels of video and picture; 1920x1080 if not given",
    )
    add("--fps", type=int, help="frames per second of the video, 5 to 60; 30 if not given")
    add(
        "--opening",
        type=float,
        dest="opening_sec",
        help="seconds of the video's opening card; 2.5 if not given",
    )


def write_presentation(options: argparse.Namespace, present: Callable[[], Presentation]) -> None:
    """Write the film, the web page and the picture that the options name.

    Parameters
    ----------
    options : argparse.Namespace
        Of a parser with `add_presentation_arguments`.
    present : callable
        Gives the presentation; called only where a file was asked for.

    Raises
    ------
    InputError
        If a file's ending is unknown or the film cannot be made.
    OSError
        If a file cannot be written.
    """
    settings = _choose_film(options)  # before anything is composed or written
    draws = _choose_drawing(options)
    _check_page(options)
    if not asks_for_presentation(options):
        return
    presentation = present()
    if draws is not None:
        write_file(options.picture, lambda: draws(presentation))
    if options.page is not None:
        from core.presentation.web_page import write_page

        write_file(options.page, lambda: write_page(presentation, options.theme or "auto"))
    if settings is not None:
        from core.presentation.film import write_film

        with show_progress(sys.stderr) as tell:
            write_film(presentation, options.film, settings, progress=tell)


def asks_for_presentation(options: argparse.Namespace) -> bool:
    """Whether a film, a web page or a picture is to be written."""
    return any(path is not None for path in (options.film, options.page, options.picture))


def check_presentation_arguments(options: argparse.Namespace) -> None:
    """Refuse what `write_presentation` would refuse, before the work begins.

    Raises
    ------
    InputError
        If a file's ending is unknown or a setting is out of range.
    """
    _choose_film(options)
    _choose_drawing(options)
    _check_page(options)


def _check_page(options: argparse.Namespace) -> None:
    if options.page is not None and options.page.suffix.lower() not in (".html", ".htm"):
        raise InputError(_refuse_ending("web page", ".html", options.page.suffix, "--page"))


def _refuse_ending(what: str, known: str, ending: str, option: str) -> str:
    came = f"not {ending!r:.20}" if ending else "and this name has no ending"
    return f"A {what} ends in {known}, {came}. Rename the file of {option}."


def _choose_film(options: argparse.Namespace) -> FilmSettings | None:
    if options.film is None:
        return None
    container = options.film.suffix.lower().removeprefix(".")
    if container not in CONTAINERS:
        raise InputError(_refuse_ending("film", ".mp4 or .webm", options.film.suffix, "--film"))
    given = take_given(options, ("size", "fps", "opening_sec", "theme"))
    return FilmSettings(container=container, **given)


def _choose_drawing(options: argparse.Namespace) -> Callable[[Presentation], str | bytes] | None:
    """What draws the file of ``--picture``."""
    if options.picture is None:
        return None
    ending = options.picture.suffix.lower()
    if ending not in (".svg", ".png"):
        raise InputError(_refuse_ending("picture", ".svg or .png", options.picture.suffix, "--picture"))
    width, height = SIZES[options.size or "1920x1080"]

    def draw_file(presentation: Presentation) -> str | bytes:
        from core.presentation.drawing import draw
        from core.presentation.svg_raster import to_png
        from core.presentation.svg_writing import carry_fonts

        svg = draw(
            presentation, presentation.pictures[0], width, height, THEMES[options.theme or "light"]
        ).svg
        return carry_fonts(svg) if ending == ".svg" else to_png(svg)

    return draw_file
