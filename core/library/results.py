"""Results of the library: they show themselves in a notebook, and save themselves as sound, notes, score, picture, film or page."""

from __future__ import annotations

import base64
import dataclasses
import json
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from core.audio import Audio
from core.audio.flac import FlacSound
from core.command_line import write_file
from core.errors import InputError, keep_printable
from core.library.arguments import suggest_nearest
from core.presentation.presentation import Presentation
from core.presentation.themes import THEMES
from core.progress import Progress

if TYPE_CHECKING:
    from pretty_midi import PrettyMIDI

# Of the picture where a notebook shows no HTML, and of one that is saved, in pixels.
PICTURE_SIZE = (1280, 720)
_PAGE_THEMES: dict[str, Literal["auto", "light", "dark"]] = {"auto": "auto", "light": "light", "dark": "dark"}
Writer = Callable[[], bytes]


class Result(ABC):
    """What a call of the library returns.

    As the last line of a cell it shows itself: the page of its own with chart, player and keyboard, or a picture where no
    HTML is shown.

    Parameters
    ----------
    title, source, license_text : str
        What it is called, where data or recording come from, and under what terms.
    """

    def __init__(self, *, title: str = "", source: str = "", license_text: str = "") -> None:
        self.title, self.source, self.license_text = title, source, license_text

    @property
    @abstractmethod
    def sound(self) -> FlacSound:
        """The sound as FLAC."""

    @property
    @abstractmethod
    def report(self) -> dict[str, Any]:
        """Everything that is known of the result, ready for JSON."""

    @property
    @abstractmethod
    def words(self) -> tuple[str, ...]:
        """What was done and what a listener should know, a sentence each."""

    @abstractmethod
    def _present(self) -> Presentation:
        """What a picture, a film and a page show."""

    @cached_property
    def presentation(self) -> Presentation:
        """What a picture, a film and a page show."""
        return self._present()

    @cached_property
    def audio(self) -> Audio:
        """The sound's samples and their rate; 16 bits, as in a file."""
        return self.sound.decode()

    @property
    def midi(self) -> PrettyMIDI:
        """The notes.

        Raises
        ------
        InputError
            If the result has no notes, such as an extended recording.
        """
        raise InputError(f"{type(self).__name__} has a sound and no notes, so there is no MIDI of it.")

    def __repr__(self) -> str:
        lines = [f"{type(self).__name__}: {self._name()}, {self.sound.duration_sec:.1f} s"]
        return "\n".join(keep_printable(line)[:400] for line in [*lines, *self.words])

    def _name(self) -> str:
        return self.presentation.title

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        """What a notebook shows: the page, a picture, or words."""
        makers: dict[str, Callable[[], Any]] = {
            "text/plain": lambda: repr(self),
            "text/html": self._embed,
            "image/png": lambda: base64.b64encode(self.picture("png")).decode(),
        }
        wanted = [
            kind for kind in makers if (not include or kind in include) and not (exclude and kind in exclude)
        ]
        self.presentation  # noqa: B018 - made once, before both need it
        with ThreadPoolExecutor() as pool:  # encoders and rasterizer need no Python meanwhile
            made = {kind: pool.submit(makers[kind]) for kind in wanted}
            return {kind: each.result() for kind, each in made.items()}

    def page(self, theme: str = "auto") -> str:
        """The page of its own, which works without a network, as HTML."""
        from core.presentation.web_page import write_page

        chosen = _PAGE_THEMES.get(theme)
        if chosen is None:
            raise InputError(f"The theme was {theme!r:.20}; it can be {', '.join(_PAGE_THEMES)}.")
        return write_page(self.presentation, theme=chosen)

    def picture(
        self,
        ending: str = "svg",
        *,
        number: int = 0,
        theme: str = "light",
        size: tuple[int, int] | str = PICTURE_SIZE,
    ) -> bytes:
        """One of its pictures.

        Parameters
        ----------
        ending : {"svg", "png"}
        number : int
            Which of the presentation's pictures.
        theme : {"light", "dark"}
        size : (int, int) or str
            Width and height in pixels, also as "1920x1080".

        Raises
        ------
        InputError
            If there is no such picture, theme or ending.
        """
        from core.presentation.drawing import draw
        from core.presentation.svg_raster import to_png
        from core.presentation.svg_writing import carry_fonts

        pictures = self.presentation.pictures
        if not 0 <= number < len(pictures):
            raise InputError(f"There is no picture {number}; there are {len(pictures)}, counted from 0.")
        for what, value, known in (("theme", theme, THEMES), ("picture", ending, ("svg", "png"))):
            if value not in known:
                raise InputError(f"The {what} was {value!r:.20}; it can be {', '.join(known)}.")
        width, height = _check_size(size)
        svg = draw(self.presentation, pictures[number], width, height, THEMES[theme]).svg
        return to_png(svg) if ending == "png" else carry_fonts(svg).encode()

    def save(self, path: str | Path, *, progress: Progress | None = None, **settings: Any) -> Path:
        """Save as a file of the kind that the path's ending names.

        Parameters
        ----------
        path : str or Path
            Ending in .wav, .flac, .mp3, .mid, .json (the report), .svg, .png, .mp4, .webm, .html, and for what has a score
            .musicxml, .pdf or .svg.
        progress : callable, optional
            Of a film: called with a share from 0 to 1 and what is being done.
        **settings
            Of a film those of `core.presentation.film_settings.FilmSettings`, of a picture those of `picture`, of a page
            ``theme``.

        Returns
        -------
        Path

        Raises
        ------
        InputError
            If the ending is unknown, a setting is, the folder is missing, or the disk is full; an older file stays as it was.
        """
        path = Path(path)
        if not path.parent.is_dir():
            raise InputError(f"There is no folder “{str(path.parent)[:200]}”. Make it first.")
        ending = path.suffix.lower().removeprefix(".")
        if ending in ("mp4", "webm"):
            self._save_film(path, ending, settings, progress)
            return path
        writers = self._writers(settings)
        if ending not in writers:
            known = ", ".join(f".{each}" for each in sorted([*writers, "mp4", "webm"]))
            raise InputError(f"“{path.name[:80]}” does not say what to save. End it in {known}.")
        if settings and ending not in ("svg", "png", "html"):
            raise InputError(f"A .{ending} file has no setting “{next(iter(settings))[:40]}”.")
        write_file(path, writers[ending])
        return path

    def _writers(self, settings: Mapping[str, Any]) -> dict[str, Writer]:
        """By ending, what gives the file."""
        return {
            "wav": lambda: self.sound.encode("wav"),
            "flac": lambda: self.sound.encode("flac"),
            "mp3": lambda: self.sound.encode("mp3"),
            "mid": self._write_midi,
            "midi": self._write_midi,
            "json": lambda: json.dumps(self.report, ensure_ascii=False, allow_nan=False).encode(),
            "svg": lambda: self.picture("svg", **_choose(settings, _PICTURE_SETTINGS, "A picture")),
            "png": lambda: self.picture("png", **_choose(settings, _PICTURE_SETTINGS, "A picture")),
            "html": lambda: self.page(**_choose(settings, ("theme",), "A page")).encode(),
        }

    def _write_midi(self) -> bytes:
        from core.music import midi

        return midi.to_bytes(self.midi)

    def _save_film(
        self, path: Path, ending: str, settings: Mapping[str, Any], progress: Progress | None
    ) -> None:
        from core.presentation.film import write_film
        from core.presentation.film_settings import FilmSettings

        known = [field.name for field in dataclasses.fields(FilmSettings) if field.name != "container"]
        chosen = FilmSettings(**{**_choose(settings, known, "A film"), "container": ending})
        write_film(self.presentation, path, chosen, progress=progress)

    def _embed(self) -> str:
        """The page in a frame of its own, which can neither reach the notebook nor be reached by its styles."""
        from core.presentation.embedding import embed_document

        return embed_document(self.page(), self._name())


_PICTURE_SETTINGS = ("number", "theme", "size")


def _choose(given: Mapping[str, Any], known: Any, what: str) -> dict[str, Any]:
    """Settings of a file, if all are known."""
    for name in given:
        if name not in known:
            nearest = suggest_nearest(name, known, what="Its settings")
            raise InputError(f"{what} has no setting “{name[:40]}”. {nearest}")
    return dict(given)


def _check_size(size: Any) -> tuple[int, int]:
    if isinstance(size, str) and re.fullmatch(r"\d{1,5}x\d{1,5}", size):  # as a film's
        size = tuple(map(int, size.split("x")))
    is_pair = isinstance(size, tuple | list) and len(size) == 2 and all(type(each) is int for each in size)
    if not is_pair or not all(100 <= each <= 8_000 for each in size):
        raise InputError(f"The size was {size!r:.40}; it must be width and height from 100 to 8000 pixels.")
    width, height = size
    return width, height
