"""Compose a piano piece for a mood by one call; what `core.compose_piece(...)` does."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.audio.flac import FlacSound
from core.emotion.job import PlayedPiece
from core.errors import InputError
from core.library.arguments import read_arguments, suggest_nearest
from core.library.results import Result, Writer
from core.presentation.presentation import Presentation
from core.progress import Progress, ignore_progress

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pretty_midi import PrettyMIDI

    from core.music.performance import Performance

_OWN = frozenset(("mood", "to", "begin", "title", "source", "license", "progress"))
_BEGIN_SEC = 10.0


class ComposedPiece(Result):
    """A piano piece, returned by `compose_piece`.

    Attributes
    ----------
    played : PlayedPiece
    """

    def __init__(self, played: PlayedPiece, report: dict[str, Any], **told: str) -> None:
        super().__init__(**told)
        self.played, self._report = played, report

    @property
    def sound(self) -> FlacSound:
        """The sound as FLAC."""
        return self.played.sound

    @property
    def midi(self) -> PrettyMIDI:
        """The notes."""
        return self.played.midi()

    @property
    def report(self) -> dict[str, Any]:
        """Target mood, ratings by the classifier, traits and every note."""
        return self._report

    @property
    def words(self) -> tuple[str, ...]:
        """What was asked for, and how the piece is rated."""
        note = (self.played.note,) if self.played.note else ()
        return (*self.presentation.mapping, *note)

    def _present(self) -> Presentation:
        from core.emotion.presentation import present

        return present(self.played, title=self.title, source=self.source, license_text=self.license_text)

    def _writers(self, settings: Mapping[str, Any]) -> dict[str, Writer]:
        from core.emotion.job import print_score, write_musicxml

        played, title = self.played, self.presentation.title
        return super()._writers(settings) | {
            "musicxml": lambda: write_musicxml(
                played.performance, played.tempo_qpm, played.key, title
            ).encode(),
            "pdf": lambda: print_score(
                played.performance, played.tempo_qpm, played.key, title, (self.presentation.subtitle,)
            ),
        }


def compose_piece(
    mood: str | Sequence[float] | None = None,
    *,
    to: str | Sequence[float] | None = None,
    seconds: float | None = None,
    begin: Any = None,
    key: str | None = None,
    seed: int | None = None,
    program: int | None = None,
    title: str = "",
    source: str = "",
    license: str = "",
    progress: Progress | None = None,
    **settings: Any,
) -> ComposedPiece:
    """Compose a piano piece for a mood.

    Parameters
    ----------
    mood : str or (float, float), optional
        A name such as "happy" or "peaceful", or valence and arousal from -1 to 1; neutral if not given.
    to : str or (float, float), optional
        The mood at the end of the piece, where it changes.
    seconds : float
        Length; 30 if not given. ``bars`` or ``notes`` instead of it.
    begin : str, Path or PrettyMIDI, optional
        Opening notes: a MIDI file, notes, or the name of an example melody. ``voice="hum.wav"`` instead of it.
    key : str, optional
        Tonic to keep.
    seed : int
        Equal seeds give equal pieces.
    program : int
        General MIDI program from 0, a piano.
    title, source, license : str
        Shown on page, picture and film.
    progress : callable, optional
        Called with a share from 0 to 1 and what is being done.
    **settings
        Every option of ``python -m core emotion --help`` by its name: ``valence``, ``arousal``, ``bars``, ``notes``, ``photo``,
        ``voice``, ``begin_seconds``, ``steering``, ``tempo``, ``temperature``, …

    Returns
    -------
    ComposedPiece
        Shows itself in a notebook; saves itself as sound, MIDI, MusicXML, PDF, picture, film or page.

    Raises
    ------
    InputError
        If an argument cannot be used; the message says what to change.

    Examples
    --------
    >>> from core import compose_piece
    >>> piece = compose_piece("happy", notes=8)
    >>> piece.report["n_notes"], piece.report["request"]["named"]
    (8, ['happy', 'happy'])
    """
    from core.emotion import job
    from core.emotion.command import add_arguments, choose_request
    from core.emotion.report import report

    given = {"seconds": seconds, "key": key, "seed": seed, "program": program, **settings}
    given |= _read_moods(mood, to, given)
    if begin is not None and isinstance(begin, str | Path) and str(begin) not in _example_names():
        given["begin"] = begin
    options = read_arguments("compose_piece", add_arguments, given, own=_OWN)
    tell = progress or ignore_progress
    told: dict[str, Any] = {}
    file = _read_settings_file(options.settings)
    request = choose_request(options, file, told)
    prompt = _choose_beginning(begin, options, file, told)
    made = job.compose_piece(request, prompt, tell)
    return ComposedPiece(
        job.play_piece(made, tell), report(made) | told, title=title, source=source, license_text=license
    )


def _read_moods(mood: Any, to: Any, given: Mapping[str, Any]) -> dict[str, Any]:
    """The options that place the moods."""
    told: dict[str, Any] = {}
    if mood is not None:
        if given.get("valence") is not None or given.get("arousal") is not None:
            raise InputError("Give mood, or valence and arousal, not both.")
        told["valence"], told["arousal"] = _read_mood("mood", mood)
    if to is not None:
        told["to"] = _read_mood("to", to)
    return told


def _read_mood(argument: str, mood: Any) -> tuple[float, float]:
    from core.emotion.moods import NAMED_MOODS

    if isinstance(mood, str):
        if mood not in NAMED_MOODS:
            nearest = suggest_nearest(mood, NAMED_MOODS, what="The moods")
            raise InputError(f"There is no mood “{mood[:40]}”. {nearest}")
        return NAMED_MOODS[mood].valence, NAMED_MOODS[mood].arousal
    is_pair = isinstance(mood, list | tuple) and len(mood) == 2
    if not is_pair or not all(isinstance(each, int | float) and not isinstance(each, bool) for each in mood):
        raise InputError(
            f"{argument} was {mood!r:.40}; it can be {', '.join(NAMED_MOODS)}, or valence and arousal such as (0.5, -0.2)."
        )
    return float(mood[0]), float(mood[1])


def _read_settings_file(path: Path | None) -> Any:
    from core.files.reading import read_file
    from core.settings_file import MAX_SETTINGS_BYTES, read_settings

    return None if path is None else read_settings(read_file(path, MAX_SETTINGS_BYTES), "emotion")


def _example_names() -> tuple[str, ...]:
    from core.emotion.examples import example_names

    return example_names()


def _choose_beginning(begin: Any, options: Any, file: Any, told: dict[str, Any]) -> Performance | None:
    from pretty_midi import PrettyMIDI

    from core.emotion.command import choose_beginning
    from core.emotion.compose import first_seconds
    from core.emotion.examples import example
    from core.music.performance import Performance

    if begin is None or options.begin is not None:
        return choose_beginning(options, file, told)
    if isinstance(begin, Result):
        begin = begin.midi
    if isinstance(begin, PrettyMIDI):
        notes = Performance.from_midi(begin)
    elif isinstance(begin, str):
        notes = example(begin)
    elif isinstance(begin, Performance):
        notes = begin
    else:
        raise InputError(
            f"begin was of the type {type(begin).__name__:.40}; it can be the name of a MIDI file, notes as PrettyMIDI, or one of "
            f"{', '.join(_example_names())}."
        )
    return first_seconds(notes, _BEGIN_SEC if options.begin_seconds is None else options.begin_seconds)
