"""Descriptions of mood and music in words: traits of two pieces compared, the rated mood beside the target."""

from __future__ import annotations

from core.emotion.moods import AXIS_NAMES, Mood, show_signed
from core.emotion.piano.attributes import Attributes
from core.emotion.rater import Rater, find_rater
from core.music.spelling import show_accidentals, spell
from core.music.tune import Key

# Traits that are compared: name, least ratio that is told (or, where there is none, least difference), words for more
# and for less, and figures. Tempo: listeners notice changes from 6 to 8 % (Thomas 2007); pitch, loudness and
# articulation are a whole tone, four steps of velocity and a tenth.
_LEGATO = "notes last {b:.1f} times the time to the next one instead of {a:.1f}"
_DEVIATION = {"valence": ("more pleasant", "less pleasant"), "arousal": ("more energetic", "calmer")}
_TRAITS: tuple[tuple[str, float | None, float, tuple[str, str], str], ...] = (
    ("onset_rate", 1.08, 0, ("faster", "slower"), "{b:.1f} notes or chords a second instead of {a:.1f}"),
    ("register", None, 2.0, ("higher", "lower"), "by {by:.0f} semitones on average"),
    (
        "majorness",
        None,
        0.08,
        ("major", "minor"),
        "{b:+.2f} instead of {a:+.2f} on a scale from minor (−1) to major (1)",
    ),
    ("loudness", None, 4.0, ("louder", "softer"), "MIDI velocity {b:.0f} instead of {a:.0f}"),
    ("articulation", 1.12, 0, ("more legato", "more staccato"), _LEGATO),
    ("thickness", 1.12, 0, ("fuller", "thinner"), "{b:.1f} notes at a time instead of {a:.1f}"),
)


def difference_in_words(first: Attributes, second: Attributes) -> list[str]:
    """Differences of the second piece from the first, one phrase per trait.

    Returns
    -------
    list of str
        Such as ``"slower: 2.1 notes or chords a second instead of 3.4"``; empty if nothing differs enough to be heard.
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
            told.append(f"{word}: {figures.format(a=a, b=b, by=abs(b - a)).replace('-', '−')}")
    return told


def traits_in_words(attributes: Attributes, key: Key) -> str:
    """The traits of one piece in a sentence; the key spells its mean pitch."""
    letter, alter, octave = spell(round(attributes.register), key)
    pitch = show_accidentals(f"{letter}{'#' * alter}{'b' * -alter}{octave}")
    return (
        f"On average: {attributes.onset_rate:.1f} notes or chords a second, {attributes.thickness:.1f} notes at a time, pitch "
        f"{pitch}, MIDI velocity {attributes.loudness:.0f}; closer to {'major' if attributes.majorness > 0 else 'minor'}."
    )


def agreement_in_words(target: Mood, measured: Mood, rater: Rater | None = None) -> list[str]:
    """How the rated mood compares with the target: in words, then each axis in figures, the one further off first.

    An axis is close to its target if it differs by no more than the rater's own error; the rater is that of the chosen set of
    weights if not given.

    Examples
    --------
    >>> from core.emotion.rater import CLASSIFIER
    >>> asked, rated = Mood(valence=-0.45, arousal=0.5), Mood(valence=-0.05, arousal=0.6)
    >>> for sentence in agreement_in_words(asked, rated, CLASSIFIER):
    ...     print(sentence)
    Sounds alarmed rather than tense: more pleasant than requested.
    Pleasantness (valence): rated −0.05, target −0.45.
    Energy (arousal): rated +0.60, target +0.50; close (±0.18).
    """
    error = (rater or find_rater()).error
    off = {axis: getattr(measured, axis) - getattr(target, axis) for axis in error}
    axes = sorted(off, key=lambda axis: abs(off[axis]) / error[axis], reverse=True)
    wrong = [_DEVIATION[axis][off[axis] < 0] for axis in axes if abs(off[axis]) > error[axis]]
    told = [_sum_up(target.name, measured.name, wrong)]
    for axis in axes:
        is_close = abs(off[axis]) <= error[axis]
        told.append(
            f"{AXIS_NAMES[axis]} ({axis}): rated {show_signed(getattr(measured, axis))}, target "
            f"{show_signed(getattr(target, axis))}{f'; close (±{error[axis]:.2f})' if is_close else ''}."
        )
    return told


def _sum_up(asked: str, rated: str, wrong: list[str]) -> str:
    """The rating in a sentence, from the names of both moods and what is wrong."""
    deviation = f"{' and '.join(wrong)} than requested"
    if asked == rated:
        return f"Sounds {rated}, but {deviation}." if wrong else f"Sounds {rated}, as requested."
    return (
        f"Sounds {rated} rather than {asked}: {deviation}." if wrong else f"Sounds {rated}, close to {asked}."
    )
