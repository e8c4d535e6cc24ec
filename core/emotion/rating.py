"""Rate the mood of a composed piece by a judge that chose none of its notes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from core.emotion.compose import Composition, Request, compose, own_notes
from core.emotion.moods import Mood
from core.music.performance import Performance
from core.progress import Progress, ignore_progress

if TYPE_CHECKING:
    from core.emotion.judge.judge import Judgment, MoodJudge
    from core.emotion.piano.generate import PianoComposer


@dataclass(frozen=True, kw_only=True)
class Result(Composition):
    """A composed piece with its ratings.

    Attributes
    ----------
    judgment : Judgment
        The mood of the composed notes. No note was chosen by the judge, but the valence of the one that was trained on
        listeners' ratings guided about 20 settings of the steering, and its labels taught the composer of the research set.
    over_time : list of (float, Mood)
        The same along the piece; seconds.
    """

    judgment: Judgment
    over_time: list[tuple[float, Mood]] = field(default_factory=list)


def rate(composed: Composition, judge: MoodJudge) -> Result:
    """Rate the notes that were composed; those of the opening are not rated."""
    own = own_notes(composed.piece)
    return Result(
        request=composed.request,
        piece=composed.piece,
        tempo_qpm=composed.tempo_qpm,
        judgment=judge.judge(own),
        over_time=judge.over_time(own),
    )


def compose_and_rate(
    request: Request,
    composer: PianoComposer,
    judge: MoodJudge,
    *,
    prompt: Performance | None = None,
    progress: Progress | None = None,
) -> Result:
    """Compose a piece, then rate its mood; as `core.emotion.compose.compose`.

    Examples
    --------
    >>> from core.emotion.judge.judge import MoodJudge
    >>> from core.emotion.moods import MoodPath
    >>> from core.emotion.piano.generate import PianoComposer
    >>> request = Request(path=MoodPath.still(Mood(valence=0.7, arousal=0.5)), unit="notes", length=8)
    >>> result = compose_and_rate(request, PianoComposer.from_weights(), MoodJudge.from_weights())
    >>> len(result.performance), -1 <= result.judgment.mood.valence <= 1
    (8, True)
    """
    tell = progress or ignore_progress
    composed = compose(request, composer, prompt=prompt, progress=tell)
    tell(0.95, "Rating the mood")
    return rate(composed, judge)
