"""Composing job of Emotion Music: a piece composed, judged, played and encoded, as plain data."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from core import synth
from core.audio.flac import FlacSound
from core.emotion.compose import Progress, Request, Result, compose
from core.music.performance import Performance

if TYPE_CHECKING:
    from core.emotion.judge.judge import MoodJudge
    from core.emotion.piano.generate import PianoComposer

# Of the work, what composing takes.
_COMPOSING_SHARE = 0.7


@dataclass(frozen=True, kw_only=True)
class PlayedPiece:
    """A piece with its sound.

    Attributes
    ----------
    made : Result
    sound : FlacSound
    note : str or None
        What a visitor should know of how it was played.
    """

    made: Result
    sound: FlacSound
    note: str | None


def compose_and_play(
    request: Request, prompt: Performance | None = None, *, progress: Progress | None = None
) -> PlayedPiece:
    """Compose, judge and play a piece with the shipped networks, which a process loads once.

    Parameters
    ----------
    request : Request
    prompt : Performance, optional
        The beginning.
    progress : callable, optional
        Called with a share from 0 to 1 and what is being done.

    Raises
    ------
    DashboardError
        If the request cannot be met, or a network's files are missing.
    """
    tell = progress or (lambda share, stage: None)
    composer, judge = _load_networks()
    made = compose(
        request,
        composer,
        judge,
        prompt=prompt,
        progress=lambda share, stage: tell(_COMPOSING_SHARE * share, stage),
    )
    tell(_COMPOSING_SHARE, "Playing the notes")
    rendering = synth.render(made.midi())
    return PlayedPiece(made=made, sound=FlacSound.of(rendering.audio), note=rendering.note)


@cache
def _load_networks() -> tuple[PianoComposer, MoodJudge]:
    from core.emotion.judge.judge import MoodJudge
    from core.emotion.piano.generate import PianoComposer

    return PianoComposer.from_weights(), MoodJudge.from_weights()
