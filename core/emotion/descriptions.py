"""What a mood did to the music, in words: measured traits compared."""

from __future__ import annotations

from core.emotion.moods import Mood
from core.emotion.piano.attributes import Attributes

# Below these a difference is not told. Tempo: listeners notice changes from 6 to 8 % (Thomas 2007); pitch,
# loudness and articulation are a whole tone, four steps of velocity and a tenth.
_RATIO_TOLD = 1.08
_SEMITONES_TOLD = 2.0
_VELOCITY_TOLD = 4.0
_ARTICULATION_TOLD = 1.12
_MAJORNESS_TOLD = 0.08


def difference_in_words(first: Attributes, second: Attributes) -> list[str]:
    """How the second piece differs from the first, a phrase a trait.

    Returns
    -------
    list of str
        Such as ``"slower: 2.1 onsets a second instead of 3.4"``; empty if nothing differs enough to be heard.
    """
    told = []
    ratio = second.onset_rate / max(first.onset_rate, 1e-6)
    if ratio >= _RATIO_TOLD or ratio <= 1 / _RATIO_TOLD:
        told.append(
            f"{'faster' if ratio > 1 else 'slower'}: {second.onset_rate:.1f} onsets a second instead of "
            f"{first.onset_rate:.1f}"
        )
    if abs(second.register - first.register) >= _SEMITONES_TOLD:
        semitones = abs(second.register - first.register)
        told.append(
            f"{'higher' if second.register > first.register else 'lower'}: by {semitones:.0f} semitones on average"
        )
    if abs(second.majorness - first.majorness) >= _MAJORNESS_TOLD:
        told.append(
            f"{_mode_word(first, second)}: {second.majorness:+.2f} instead of {first.majorness:+.2f}, from -1, minor, "
            "to 1, major"
        )
    if abs(second.loudness - first.loudness) >= _VELOCITY_TOLD:
        told.append(
            f"{'louder' if second.loudness > first.loudness else 'softer'}: velocity {second.loudness:.0f} instead of "
            f"{first.loudness:.0f}"
        )
    ratio = second.articulation / max(first.articulation, 1e-6)
    if ratio >= _ARTICULATION_TOLD or ratio <= 1 / _ARTICULATION_TOLD:
        told.append(
            f"{'more bound' if ratio > 1 else 'more detached'}: notes last {second.articulation:.1f} times the way to the "
            f"next instead of {first.articulation:.1f}"
        )
    ratio = second.thickness / max(first.thickness, 1e-6)
    if ratio >= _ARTICULATION_TOLD or ratio <= 1 / _ARTICULATION_TOLD:
        told.append(
            f"{'fuller' if ratio > 1 else 'thinner'}: {second.thickness:.1f} notes at once instead of {first.thickness:.1f}"
        )
    return told


def _mode_word(first: Attributes, second: Attributes) -> str:
    if second.majorness > first.majorness:
        return "major" if second.majorness > 0 >= first.majorness else "more major"
    return "minor" if second.majorness < 0 <= first.majorness else "more minor"


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
