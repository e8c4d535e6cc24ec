"""Who rates moods here: rules from published studies, or in the research set a classifier trained on listeners' ratings.

Only the card is read, so that pages can tell it without loading the judge.
"""

from __future__ import annotations

from dataclasses import dataclass

from core.nn.terms import list_research


@dataclass(frozen=True, kw_only=True)
class Rater:
    """What a page tells of who rates.

    Attributes
    ----------
    noun : str
        With its article, within a sentence.
    rated_by : str
        A whole sentence.
    error : dict of str
        On each axis from -1 to 1, how far the ratings of the two halves of one clip lie apart, on average over the 91 test clips
        of EMOPIA (``python -m benchmarks.emotion_music halves DATA``, with and without ``SONOSCOPE_WEIGHTS=research``).
    """

    noun: str
    rated_by: str
    error: dict[str, float]


RULES = Rater(
    noun="rules from published studies",
    rated_by="Rated by rules from published studies of music and emotion; 0 is the average of open classical piano music.",
    error={"valence": 0.36, "arousal": 0.16},
)
CLASSIFIER = Rater(
    noun="a classifier trained on listeners’ ratings",
    rated_by="Rated by a classifier trained on listeners’ ratings of pop piano and game music (EMOPIA, VGMIDI).",
    error={"valence": 0.29, "arousal": 0.18},
)


def find_rater() -> Rater:
    """Who rates in the chosen set of weights.

    Examples
    --------
    >>> find_rater() in (RULES, CLASSIFIER)
    True
    """
    # The open set has the rules and the research set the classifier (a test holds it against the cards).
    return CLASSIFIER if list_research(["mood"]) else RULES
