"""Emotional piano music: compose a piece for a mood and a length, and fit its tempo for the score.

No judge of moods is imported here or by anything that composes: a finished piece is rated by :mod:`core.emotion.rating`.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from core.emotion.inflection import mean_tempo_factor, perform_in_mood, stretch
from core.emotion.moods import MoodPath
from core.emotion.piano.attributes import measure
from core.emotion.tempo import expected_tempo_qpm, fit_tempo_qpm
from core.errors import InputError
from core.music.performance import Performance
from core.music.piano_score import find_tempo_qpm, to_musicxml, write_score
from core.music.tune import Key
from core.progress import Progress, ignore_progress

if TYPE_CHECKING:
    from pretty_midi import PrettyMIDI

    from core.emotion.piano.draft import Piece
    from core.emotion.piano.generate import PianoComposer
    from core.emotion.piano.steering import MoodPlane

Unit = Literal["seconds", "bars", "notes"]
FEWEST_NOTES = 3
MIN_SEC, MAX_SEC = 2.0, 600.0
_LENGTHS = {"seconds": (MIN_SEC, MAX_SEC), "bars": (1, 200), "notes": (FEWEST_NOTES, 5_000)}
QUARTERS_A_BAR = 4
SAME_TEMPO = 0.06  # octaves within which two passes of one seed have the same beat
MIN_TEMPO_QPM, MAX_TEMPO_QPM = 40.0, 200.0
# A beginning may take so much of the piece; the rest belongs to the mood.
MAX_PROMPT_SHARE = 0.8


@dataclass(frozen=True, kw_only=True)
class Request:
    """Request of a piece: mood, length, opening, instrument, method, locks.

    Attributes
    ----------
    path : MoodPath
    unit : {"seconds", "bars", "notes"}
    length : float
        Of the whole piece, the beginning included, in that unit.
    temperature, top_p : float
    seed : int
    steering : {"network", "classic"}
    program : int
        General MIDI instrument.
    key : str or None
        Tonic that is kept whatever the mood, such as "Eb"; None leaves it to the seed and the music.
    tempo_qpm : float or None
        Quarter notes a minute that are kept whatever the mood; None leaves them to the mood. The length is then met within
        about 5 %.
    notes_for : MoodPath or None
        The mood for which the notes are composed, if they are only to be played in that of ``path``: then all attributes
        but pitches and their order are continuous in ``path``. The length is that of the notes as they were composed.

    Raises
    ------
    InputError
        If a value is out of range.
    """

    path: MoodPath
    unit: Unit = "seconds"
    length: float = 30.0
    temperature: float = 1.0
    top_p: float = 0.95
    seed: int = 0
    steering: Literal["network", "classic"] = "network"
    program: int = 0
    key: str | None = None
    tempo_qpm: float | None = None
    notes_for: MoodPath | None = None

    def __post_init__(self) -> None:
        low, high = _LENGTHS[self.unit]
        if not low <= self.length <= high:
            raise InputError(f"A piece has {low:g} to {high:,g} {self.unit}, not {self.length:,g}.")
        if not 0 <= self.program <= 127:
            raise InputError(f"Instruments are numbered 0 to 127 (General MIDI), not {self.program}.")
        if self.tempo_qpm is not None and not MIN_TEMPO_QPM <= self.tempo_qpm <= MAX_TEMPO_QPM:
            raise InputError(
                f"A fixed tempo ranges from {MIN_TEMPO_QPM:g} to {MAX_TEMPO_QPM:g} BPM, not {self.tempo_qpm:g}."
            )


@dataclass(frozen=True, kw_only=True)
class Composition:
    """A composed piece.

    Attributes
    ----------
    request : Request
    piece : Piece
    tempo_qpm : float
        Quarter notes a minute on which the score is written.
    """

    request: Request
    piece: Piece
    tempo_qpm: float = 100.0

    @property
    def performance(self) -> Performance:
        """The notes, the beginning included."""
        return self.piece.performance

    @property
    def key(self) -> Key:
        """Of the composed notes; the score has its signature."""
        return Key(tonic=self.piece.key, mode=self.piece.mode)

    @property
    def n_bars(self) -> float:
        """Length in bars of four quarters."""
        return self.performance.end_sec * self.tempo_qpm / 60.0 / QUARTERS_A_BAR

    def midi(self) -> PrettyMIDI:
        """The notes for the selected instrument."""
        return self.performance.to_midi(program=self.request.program, tempo_qpm=self.tempo_qpm)

    def musicxml(self, title: str) -> str:
        """The score."""
        score = write_score(self.performance, tempo_qpm=self.tempo_qpm, key=self.key)
        return to_musicxml(score, title=title)


def compose(
    request: Request,
    composer: PianoComposer,
    *,
    prompt: Performance | None = None,
    progress: Progress | None = None,
) -> Composition:
    """Compose a piece.

    Parameters
    ----------
    request : Request
    composer : PianoComposer
    prompt : Performance, optional
        The beginning; its notes stay as they are.
    progress : callable, optional
        Called with a share from 0 to 1 and what is being done.

    Returns
    -------
    Composition

    Raises
    ------
    InputError
        If the beginning leaves no room for the piece.

    Examples
    --------
    >>> from core.emotion.moods import Mood
    >>> from core.emotion.piano.generate import PianoComposer
    >>> request = Request(path=MoodPath.still(Mood(valence=0.7, arousal=0.5)), unit="notes", length=8)
    >>> len(compose(request, PianoComposer.from_weights()).performance)
    8
    """
    tell = progress or ignore_progress
    if prompt is not None:
        prompt = _fit_prompt(request, prompt)
    if prompt is not None and request.tempo_qpm is not None:
        raise InputError("The opening notes set the tempo. Leave the tempo open, or compose without them.")
    piece, tempo = _perform(request, *_compose_to_length(request, composer, prompt, tell), composer.plane)
    return Composition(request=request, piece=piece, tempo_qpm=tempo)


def _compose_to_length(
    request: Request, composer: PianoComposer, prompt: Performance | None, tell: Progress
) -> tuple[Piece, float]:
    """Compose, once more where a length in bars or a fixed tempo needs the tempo of the notes; the piece and its tempo."""
    written = request.notes_for or request.path
    near = request.tempo_qpm or expected_tempo_qpm(written)
    seconds = _wanted_sec(request)
    n_passes = 2 if seconds is not None and (request.unit == "bars" or request.tempo_qpm) else 1

    def compose_once(duration_sec: float | None, done: int) -> Piece:
        """One pass; ``done`` are those before it."""
        return composer.compose(
            written,
            prompt=prompt,
            n_notes=int(request.length) if request.unit == "notes" else None,
            duration_sec=duration_sec,
            temperature=request.temperature,
            top_p=request.top_p,
            seed=request.seed,
            steering=request.steering,
            progress=lambda share: tell((done + min(1.0, share)) / (n_passes + 0.2), "Composing"),
            key=request.key,
        )

    tell(0.0, "Composing")
    piece = compose_once(seconds, 0)
    tempo = _written_tempo(piece, fit_tempo_qpm(piece.performance, near))
    if n_passes == 2 and seconds is not None:
        # The same seed begins alike at the second length.
        if request.tempo_qpm is None:
            piece = compose_once(_bars_sec(request.length, tempo), 1)
            tempo = _written_tempo(piece, tempo)
        else:
            piece = compose_once(_clip_sec(seconds * request.tempo_qpm / tempo), 1)
            tempo = _written_tempo(piece, fit_tempo_qpm(piece.performance, tempo, reach=SAME_TEMPO))
    return piece, tempo


def _written_tempo(piece: Piece, near_qpm: float) -> float:
    """Tempo of the score: what the score prints is what is shown, kept and counted in bars."""
    return find_tempo_qpm(piece.performance, near_qpm) if len(piece.performance) else near_qpm


def _perform(request: Request, piece: Piece, tempo_qpm: float, plane: MoodPlane) -> tuple[Piece, float]:
    """Perform the notes in the requested mood and tempo, where these differ from their own."""
    played = piece.performance
    if request.notes_for is not None:
        played = perform_in_mood(played, request.notes_for, request.path, plane)
        faster = mean_tempo_factor(request.notes_for, request.path, plane)
        tempo_qpm = find_tempo_qpm(played, tempo_qpm * faster)
    if request.tempo_qpm is not None:
        played, tempo_qpm = stretch(played, tempo_qpm / request.tempo_qpm), request.tempo_qpm
    if played is piece.performance:
        return piece, tempo_qpm
    own = played.part(piece.n_prompt, len(played))
    return dataclasses.replace(
        piece, performance=played, attributes=measure(own), path=request.path
    ), tempo_qpm


def _wanted_sec(request: Request) -> float | None:
    """Target length in seconds where known before composing; None for a number of notes."""
    if request.unit == "notes":
        return None
    if request.unit == "seconds":
        return float(request.length)
    return _bars_sec(
        request.length, request.tempo_qpm or expected_tempo_qpm(request.notes_for or request.path)
    )


def own_notes(piece: Piece) -> Performance:
    """The composed notes without the opening; all notes where too few were added to be rated."""
    n = piece.n_prompt if piece.n_prompt + FEWEST_NOTES <= len(piece.performance) else 0
    return piece.performance.part(n, len(piece.performance))


def _bars_sec(bars: float, tempo_qpm: float) -> float:
    return _clip_sec(bars * QUARTERS_A_BAR * 60.0 / tempo_qpm)


def _clip_sec(seconds: float) -> float:
    return min(MAX_SEC, max(MIN_SEC, seconds))


def _fit_prompt(request: Request, prompt: Performance) -> Performance | None:
    """The opening from time 0 on, if it leaves room; None if it has no note."""
    if not len(prompt):
        return None
    prompt = prompt.shifted(-float(prompt.onset_sec[0]))
    if request.unit == "notes":
        if len(prompt) >= request.length:
            raise InputError(
                f"The opening has {len(prompt):,} notes and the whole piece {request.length:,g}. Choose more notes, "
                "or a shorter opening."
            )
        return prompt
    seconds = _wanted_sec(request) or request.length
    if prompt.end_sec > MAX_PROMPT_SHARE * seconds:
        raise InputError(
            f"The opening takes {prompt.end_sec:.0f} of {seconds:.0f} seconds and leaves little to compose. "
            "Choose a longer piece, or a shorter opening."
        )
    return prompt


def first_seconds(performance: Performance, seconds: float) -> Performance:
    """The notes that begin within so many seconds of the first, from time 0 on; at least one."""
    began = performance.onset_sec - performance.onset_sec[0]
    n = max(1, int(np.searchsorted(began, seconds, side="left")))
    return performance.first(n).shifted(-float(performance.onset_sec[0]))
