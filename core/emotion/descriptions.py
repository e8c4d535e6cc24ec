"""Descriptions of mood and music in words: traits of two pieces compared, the rated mood beside the target."""

from __future__ import annotations

from core.emotion.moods import Mood
from core.emotion.piano.attributes import Attributes
from core.music.midi import note_name

# The classifier's own error on an axis from -1 to 1: how far its ratings of the two halves of one clip lie apart, on
# average over the 91 test clips of EMOPIA (`python -m benchmarks.emotion_music halves DATA`).
RATING_ERROR = {"valence": 0.29, "arousal": 0.18}
# Traits that are compared: name, least ratio that is told (or, where there is none, least difference), words for more
# and for less, and figures. Tempo: listeners notice changes from 6 to 8 % (Thomas 2007); pitch, loudness and
# articulation are a whole tone, four steps of velocity and a tenth.
_LEGATO = "note length {b:.1f} times the time to the next onset instead of {a:.1f}"
_TRAITS: tuple[tuple[str, float | None, float, tuple[str, str], str], ...] = (
    ("onset_rate", 1.08, 0, ("faster", "slower"), "{b:.1f} onsets per second instead of {a:.1f}"),
    ("register", None, 2.0, ("higher", "lower"), "by {by:.0f} semitones on average"),
    (
        "majorness",
        None,
        0.08,
        ("major", "minor"),
        "{b:+.2f} instead of {a:+.2f} on a scale from minor (-1) to major (1)",
    ),
    ("loudness", None, 4.0, ("louder", "softer"), "velocity {b:.0f} instead of {a:.0f}"),
    ("articulation", 1.12, 0, ("more legato", "more staccato"), _LEGATO),
    ("thickness", 1.12, 0, ("fuller", "thinner"), "{b:.1f} notes per onset instead of {a:.1f}"),
)


def difference_in_words(first: Attributes, second: Attributes) -> list[str]:
    """Differences of the second piece from the first, one phrase per trait.

    Returns
    -------
    list of str
        Such as ``"slower: 2.1 onsets per second instead of 3.4"``; empty if nothing differs enough to be heard.
    """
    told = []
    for name, least_ratio, least, (more, less), figures in _TRAITS:
        a, b = getattr(first, name), getattr(second, name)
        ratio = b / max(a, 1e-6)
        heard = abs(b - a) >= least if least_ratio is None else not 1 / least_ratio < ratio < least_ratio
        if heard:
            word = more if b > a else less
            if name == "majorness" and not (b > 0 >= a or b < 0 <= a):
                word = f"more {word}"
            told.append(f"{word}: {figures.format(a=a, b=b, by=abs(b - a))}")
    return told


def traits_in_words(attributes: Attributes) -> str:
    """The traits of one piece in a sentence."""
    mode = "major" if attributes.majorness > 0 else "minor"
    return (
        f"Measured on the notes: {attributes.onset_rate:.1f} onsets per second, {attributes.thickness:.1f} notes per onset, mean "
        f"pitch {note_name(round(attributes.register))}, mean velocity {attributes.loudness:.0f}, closer to {mode}."
    )


def agreement_in_words(target: Mood, measured: Mood) -> list[str]:
    """How the rated mood compares with the target: the rating, then each axis, the one that is further off first.

    An axis is within the classifier's own error if it differs by no more than :data:`RATING_ERROR`.

    Examples
    --------
    >>> asked, rated = Mood(valence=-0.45, arousal=0.5), Mood(valence=-0.05, arousal=0.6)
    >>> for sentence in agreement_in_words(asked, rated):
    ...     print(sentence)
    Valence is 0.40 above the target: rated -0.05, target -0.45.
    Arousal is within the classifier's error (0.18): rated +0.60, target +0.50.
    An independent classifier rates this piece: tense.
    """
    off = {axis: getattr(measured, axis) - getattr(target, axis) for axis in RATING_ERROR}
    told = []
    for axis in sorted(off, key=lambda axis: abs(off[axis]) / RATING_ERROR[axis], reverse=True):
        error = RATING_ERROR[axis]
        side = "above" if off[axis] > 0 else "below"
        words = (
            f"within the classifier's error ({error:.2f})"
            if abs(off[axis]) <= error
            else f"{abs(off[axis]):.2f} {side} the target"
        )
        figures = f"rated {getattr(measured, axis):+.2f}, target {getattr(target, axis):+.2f}"
        told.append(f"{axis.capitalize()} is {words}: {figures}.")
    return [*told, f"An independent classifier rates this piece: {measured.name}."]
