"""Descriptions of mood and music in words: traits of two pieces compared, the judged mood beside the asked one."""

from __future__ import annotations

from core.emotion.moods import Mood
from core.emotion.piano.attributes import Attributes

# Traits that are compared: name, least ratio that is told (or, where there is none, least difference), words for more
# and for less, and figures. Tempo: listeners notice changes from 6 to 8 % (Thomas 2007); pitch, loudness and
# articulation are a whole tone, four steps of velocity and a tenth.
_BOUND = "notes last {b:.1f} times the way to the next instead of {a:.1f}"
_TRAITS: tuple[tuple[str, float | None, float, tuple[str, str], str], ...] = (
    ("onset_rate", 1.08, 0, ("faster", "slower"), "{b:.1f} onsets a second instead of {a:.1f}"),
    ("register", None, 2.0, ("higher", "lower"), "by {by:.0f} semitones on average"),
    (
        "majorness",
        None,
        0.08,
        ("major", "minor"),
        "{b:+.2f} instead of {a:+.2f}, from -1, minor, to 1, major",
    ),
    ("loudness", None, 4.0, ("louder", "softer"), "velocity {b:.0f} instead of {a:.0f}"),
    ("articulation", 1.12, 0, ("more bound", "more detached"), _BOUND),
    ("thickness", 1.12, 0, ("fuller", "thinner"), "{b:.1f} notes at once instead of {a:.1f}"),
)


def difference_in_words(first: Attributes, second: Attributes) -> list[str]:
    """How the second piece differs from the first, a phrase a trait.

    Returns
    -------
    list of str
        Such as ``"slower: 2.1 onsets a second instead of 3.4"``; empty if nothing differs enough to be heard.
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
        f"{attributes.onset_rate:.1f} onsets a second, {attributes.thickness:.1f} notes at once, mean pitch "
        f"{attributes.register:.0f}, velocity {attributes.loudness:.0f}, leaning to {mode}."
    )


def agreement_in_words(target: Mood, measured: Mood) -> str:
    """Whether the judged mood lies where it was asked for.

    Both axes run from -1 to 1; a distance of half an axis' half is called near.
    """
    valence, arousal = measured.valence - target.valence, measured.arousal - target.arousal
    off = []
    if abs(valence) > 0.5:
        off.append("more pleasant" if valence > 0 else "less pleasant")
    if abs(arousal) > 0.5:
        off.append("more excited" if arousal > 0 else "calmer")
    if not off:
        return f"The judge hears {measured.name}, near what was asked for."
    return f"The judge hears {measured.name}: {' and '.join(off)} than what was asked for."
