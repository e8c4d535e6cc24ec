"""A piano piece for a request: composed to its length, judged, set on a beat for the score."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import numpy as np

from core.emotion.moods import Mood, MoodPath
from core.emotion.tempo import expected_tempo_qpm, fit_tempo_qpm
from core.errors import InputError
from core.music.performance import Performance
from core.music.piano_score import to_musicxml

if TYPE_CHECKING:
    from pretty_midi import PrettyMIDI

    from core.emotion.judge.judge import Judgement, MoodJudge
    from core.emotion.piano.generate import PianoComposer, Piece

Progress = Callable[[float, str], None]
Unit = Literal["seconds", "bars", "notes"]
FEWEST_JUDGED = 3
MIN_SEC, MAX_SEC = 2.0, 600.0
MIN_NOTES, MAX_NOTES = FEWEST_JUDGED, 5_000
MAX_BARS = 200
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
        low, high, word = {
            "seconds": (MIN_SEC, MAX_SEC, "seconds"),
            "bars": (1, MAX_BARS, "bars"),
            "notes": (MIN_NOTES, MAX_NOTES, "notes"),
        }[self.unit]
        if not low <= self.length <= high:
            raise InputError(f"A piece can have {low:g} to {high:,g} {word}, not {self.length:,g}.")
        if not 0 <= self.program <= 127:
            raise InputError("An instrument is a number from 0 to 127.")


@dataclass(frozen=True, kw_only=True)
class Result:
    """A piece and what is known about it.

    Attributes
    ----------
    request : Request
    piece : Piece
    judgement : Judgement
        The mood of the notes that were composed, by the judge, which had no part in composing.
    over_time : list of (float, Mood)
        The same along the piece; seconds.
    tempo_qpm : float
        Quarters a minute on which the score is written.
    """

    request: Request
    piece: Piece
    judgement: Judgement
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
        return to_musicxml(
            self.performance, tempo_qpm=self.tempo_qpm, key=self.piece.key, mode=self.piece.mode, title=title
        )


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
    """
    tell = progress or (lambda share, stage: None)
    prompt = _checked(request, prompt)
    shares = 2 if request.unit == "bars" else 1

    def composed(duration_sec: float | None, done: int) -> Piece:
        """One pass; ``done`` are those before it."""
        tell(done / (shares + 0.2), "Composing")
        return composer.compose(
            request.path, prompt=prompt, n_notes=int(request.length) if request.unit == "notes" else None,
            duration_sec=duration_sec, temperature=request.temperature, top_p=request.top_p, seed=request.seed,
            steering=request.steering,
            progress=lambda share: tell((done + min(1.0, share)) / (shares + 0.2), "Composing"),
        )  # fmt: skip

    near = expected_tempo_qpm(request.path)
    if request.unit == "bars":
        # A bar's length is known when the piece is: the same seed begins alike at the second length.
        near = fit_tempo_qpm(composed(_bars_sec(request.length, near), 0).performance, near)
        piece = composed(_bars_sec(request.length, near), 1)
        tempo = near
    else:
        piece = composed(float(request.length) if request.unit == "seconds" else None, 0)
        tempo = fit_tempo_qpm(piece.performance, near)
    tell(0.95, "Judging the mood")
    own = own_notes(piece)
    return Result(
        request=request, piece=piece, judgement=judge.judge(own), over_time=judge.over_time(own),
        tempo_qpm=tempo,
    )  # fmt: skip


def own_notes(piece: Piece) -> Performance:
    """The notes that were composed, without the beginning; all of them where too few were added to be judged."""
    n = piece.n_prompt if piece.n_prompt + FEWEST_JUDGED <= len(piece.performance) else 0
    return piece.performance.part(n, len(piece.performance))


def _bars_sec(bars: float, tempo_qpm: float) -> float:
    return min(MAX_SEC, max(MIN_SEC, bars * QUARTERS_A_BAR * 60.0 / tempo_qpm))


def _checked(request: Request, prompt: Performance | None) -> Performance | None:
    if prompt is None or not len(prompt):
        return None
    prompt = prompt.shifted(-float(prompt.onset_sec[0]))
    if request.unit == "notes" and len(prompt) >= request.length:
        raise InputError(
            f"The beginning has {len(prompt):,} notes and the piece {request.length:,g}. Ask for more notes, or use less of "
            "the beginning."
        )
    seconds = (
        request.length
        if request.unit == "seconds"
        else _bars_sec(request.length, expected_tempo_qpm(request.path))
    )
    if request.unit != "notes" and prompt.end_sec > MAX_PROMPT_SHARE * seconds:
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
