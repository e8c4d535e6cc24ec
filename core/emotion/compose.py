"""Emotional piano music: a piece for a mood, composed to its length, judged, set on a beat for the score."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import numpy as np

from core.emotion.moods import Mood, MoodPath
from core.emotion.tempo import expected_tempo_qpm, fit_tempo_qpm
from core.errors import InputError
from core.music.performance import Performance
from core.music.piano_score import to_musicxml, write_score
from core.progress import Progress, ignore_progress

if TYPE_CHECKING:
    from pretty_midi import PrettyMIDI

    from core.emotion.judge.judge import Judgment, MoodJudge
    from core.emotion.piano.generate import PianoComposer, Piece

Unit = Literal["seconds", "bars", "notes"]
FEWEST_JUDGED = 3
MIN_SEC, MAX_SEC = 2.0, 600.0
_LENGTHS = {"seconds": (MIN_SEC, MAX_SEC), "bars": (1, 200), "notes": (FEWEST_JUDGED, 5_000)}
QUARTERS_A_BAR = 4
# A beginning may take so much of the piece; the rest belongs to the mood.
MAX_PROMPT_SHARE = 0.8


@dataclass(frozen=True, kw_only=True)
class Request:
    """What a piece is to be.

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

    Raises
    ------
    InputError
        If the length is out of range.
    """

    path: MoodPath
    unit: Unit = "seconds"
    length: float = 30.0
    temperature: float = 1.0
    top_p: float = 0.95
    seed: int = 0
    steering: Literal["network", "classic"] = "network"
    program: int = 0

    def __post_init__(self) -> None:
        low, high = _LENGTHS[self.unit]
        if not low <= self.length <= high:
            raise InputError(f"A piece can have {low:g} to {high:,g} {self.unit}, not {self.length:,g}.")
        if not 0 <= self.program <= 127:
            raise InputError("An instrument is a number from 0 to 127.")


@dataclass(frozen=True, kw_only=True)
class Result:
    """A piece and what is known about it.

    Attributes
    ----------
    request : Request
    piece : Piece
    judgment : Judgment
        The mood of the notes that were composed, by the judge, which had no part in composing.
    over_time : list of (float, Mood)
        The same along the piece; seconds.
    tempo_qpm : float
        Quarters a minute on which the score is written.
    """

    request: Request
    piece: Piece
    judgment: Judgment
    over_time: list[tuple[float, Mood]] = field(default_factory=list)
    tempo_qpm: float = 100.0

    @property
    def performance(self) -> Performance:
        """The notes, the beginning included."""
        return self.piece.performance

    @property
    def n_bars(self) -> float:
        """Length in bars of four quarters."""
        return self.performance.end_sec * self.tempo_qpm / 60.0 / QUARTERS_A_BAR

    def midi(self) -> PrettyMIDI:
        """The notes for the instrument that was asked for."""
        return self.performance.to_midi(program=self.request.program, tempo_qpm=self.tempo_qpm)

    def musicxml(self, title: str) -> str:
        """The score."""
        return to_musicxml(write_score(self.performance, tempo_qpm=self.tempo_qpm), title=title)


def compose(
    request: Request,
    composer: PianoComposer,
    judge: MoodJudge,
    *,
    prompt: Performance | None = None,
    progress: Progress | None = None,
) -> Result:
    """Compose and judge a piece.

    Parameters
    ----------
    request : Request
    composer : PianoComposer
    judge : MoodJudge
    prompt : Performance, optional
        The beginning; its notes stay as they are.
    progress : callable, optional
        Called with a share from 0 to 1 and what is being done.

    Returns
    -------
    Result

    Raises
    ------
    InputError
        If the beginning leaves no room for the piece.

    Examples
    --------
    >>> from core.emotion.judge.judge import MoodJudge
    >>> from core.emotion.piano.generate import PianoComposer
    >>> request = Request(path=MoodPath.still(Mood(valence=0.7, arousal=0.5)), unit="notes", length=8)
    >>> result = compose(request, PianoComposer.from_weights(), MoodJudge.from_weights())
    >>> len(result.performance), -1 <= result.judgment.mood.valence <= 1
    (8, True)
    """
    tell = progress or ignore_progress
    if prompt is not None:
        prompt = _fit_prompt(request, prompt)
    shares = 2 if request.unit == "bars" else 1

    def compose_once(duration_sec: float | None, done: int) -> Piece:
        """One pass; ``done`` are those before it."""
        tell(done / (shares + 0.2), "Composing")
        return composer.compose(
            request.path,
            prompt=prompt,
            n_notes=int(request.length) if request.unit == "notes" else None,
            duration_sec=duration_sec,
            temperature=request.temperature,
            top_p=request.top_p,
            seed=request.seed,
            steering=request.steering,
            progress=lambda share: tell((done + min(1.0, share)) / (shares + 0.2), "Composing"),
        )

    near = expected_tempo_qpm(request.path)
    if request.unit == "bars":
        # A bar's length is known when the piece is: the same seed begins alike at the second length.
        tempo = fit_tempo_qpm(compose_once(_bars_sec(request.length, near), 0).performance, near)
        piece = compose_once(_bars_sec(request.length, tempo), 1)
    else:
        piece = compose_once(float(request.length) if request.unit == "seconds" else None, 0)
        tempo = fit_tempo_qpm(piece.performance, near)
    tell(0.95, "Judging the mood")
    own = own_notes(piece)
    judgment, over_time = judge.judge(own), judge.over_time(own)
    return Result(request=request, piece=piece, judgment=judgment, over_time=over_time, tempo_qpm=tempo)


def own_notes(piece: Piece) -> Performance:
    """The notes that were composed, without the beginning; all of them where too few were added to be judged."""
    n = piece.n_prompt if piece.n_prompt + FEWEST_JUDGED <= len(piece.performance) else 0
    return piece.performance.part(n, len(piece.performance))


def _bars_sec(bars: float, tempo_qpm: float) -> float:
    return min(MAX_SEC, max(MIN_SEC, bars * QUARTERS_A_BAR * 60.0 / tempo_qpm))


def _fit_prompt(request: Request, prompt: Performance) -> Performance | None:
    """The beginning from time 0 on, if it leaves room; None if it has no note."""
    if not len(prompt):
        return None
    prompt = prompt.shifted(-float(prompt.onset_sec[0]))
    if request.unit == "notes":
        if len(prompt) >= request.length:
            raise InputError(
                f"The beginning has {len(prompt):,} notes and the piece {request.length:,g}. Ask for more notes, "
                "or use less of the beginning."
            )
        return prompt
    seconds = request.length
    if request.unit == "bars":
        seconds = _bars_sec(request.length, expected_tempo_qpm(request.path))
    if prompt.end_sec > MAX_PROMPT_SHARE * seconds:
        raise InputError(
            f"The beginning takes {prompt.end_sec:.0f} of {seconds:.0f} seconds and leaves little to compose. "
            "Ask for a longer piece, or use less of the beginning."
        )
    return prompt


def first_seconds(performance: Performance, seconds: float) -> Performance:
    """The notes that begin within so many seconds of the first, from time 0 on; at least one."""
    began = performance.onset_sec - performance.onset_sec[0]
    n = max(1, int(np.searchsorted(began, seconds, side="left")))
    return performance.first(n).shifted(-float(performance.onset_sec[0]))
