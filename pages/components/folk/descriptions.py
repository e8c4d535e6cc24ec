"""Originality and quality of a folk tune in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from core.folk.originality.fingerprint import Originality
from core.music.spelling import shown_key, spell
from core.music.tune import Event, Tune
from core.nn.card import Card

_DEGREES = [
    "the tonic",
    "the lowered second",
    "the second",
    "the minor third",
    "the major third",
    "the fourth",
    "the raised fourth",
    "the fifth",
    "the minor sixth",
    "the sixth",
    "the lowered seventh",
    "the leading note",
]
_STEPS = {
    0: "repeated",
    1: "a semitone",
    2: "a whole tone",
    3: "a minor third",
    4: "a major third",
    5: "a fourth",
    7: "a fifth",
    12: "an octave",
}


@dataclass(frozen=True, kw_only=True)
class Human:
    """How long the longest copied run of a tune by people is, held against the training tunes."""

    median: float
    percentile_95: float


def human_baseline(card: Card) -> Human:
    """What the card of the fingerprint says of its test tunes."""
    found = card.metrics["test"]
    return Human(median=float(found["median"]), percentile_95=float(found["percentile_95"]))


def human_bits(card: Card | None) -> float | None:
    """Bits an event, pitch and length jointly, of test tunes by people; None where the card does not say."""
    test: Any = card.metrics.get("test") if card is not None else None
    for part in ("europe", "erk"):
        found = test.get(part) if isinstance(test, dict) else None
        if isinstance(found, dict) and isinstance(found.get("joint_bits"), int | float):
            return float(found["joint_bits"])
    return None


def _sounding(tune: Tune) -> list[Event]:
    return [event for event in tune.events if event.pitch is not None]


def originality_in_words(tune: Tune, found: Originality, human: Human) -> list[str]:
    """Where the longest copied run lies, and how that compares with tunes by people."""
    compared = (
        f"A tune by people, held against the others in the same way, has a longest run of {human.median:g} in the "
        f"middle, and one in twenty has more than {human.percentile_95:g}."
    )
    if found.longest_run == 0:
        return ["No run of three or more intervals occurs in the training tunes.", compared]
    notes = _sounding(tune)
    first, last = (
        max(0, tune.bar_of(notes[min(at, len(notes) - 1)].onset_tick)) + 1
        for at in (found.first_note, found.last_note)
    )
    where = f"in bar {first}" if first == last else f"in bars {first} to {last}"
    said = f"The longest run that a training tune has too is {found.longest_run} intervals long, {where}."
    if found.longest_run <= human.median:
        verdict = "This tune borrows no more than a typical tune by people does."
    elif found.longest_run <= human.percentile_95:
        verdict = "This tune borrows more than a typical tune by people, and still as tunes by people do."
    else:
        verdict = "This tune borrows more than nearly all tunes by people do: part of it is known already."
    return [said, verdict, compared]


def quality_in_words(tune: Tune, bits: float, human: float | None) -> list[str]:
    """Cost under the network, phrases, cadence and range."""
    return [
        _describe_cost(bits, human),
        _describe_phrases(tune),
        _describe_cadence(tune),
        _describe_range(tune),
    ]


def _describe_cost(bits: float, human: float | None) -> str:
    said = f"A note costs {bits:.2f} bits under the network."
    if human is None:
        return said
    if bits > human + 0.8:
        heard = "it is bolder"
    elif bits < human - 0.8:
        heard = "it is plainer"
    else:
        heard = "it is about as surprising"
    return f"{said} European tunes that it never saw cost {human:.2f} on average, so {heard}."


def _describe_phrases(tune: Tune) -> str:
    bar = tune.meters[0].bar_tick
    ends = [event.end_tick for event in tune.events if event.ends_phrase]
    if not ends or not bar:
        return "No phrases are marked."
    starts = [0, *ends[:-1]]
    lengths = [round((end - start) / bar * 4) / 4 for start, end in zip(starts, ends, strict=True)]
    if len(set(lengths)) == 1:
        return f"{_count(len(lengths), 'phrase')} of {_count(lengths[0], 'bar')}."
    return f"{_count(len(lengths), 'phrase')}, of {' + '.join(f'{n:g}' for n in lengths)} bars."


def _count(n: float, name: str) -> str:
    return f"{n:g} {name}{'' if n == 1 else 's'}"


def _describe_cadence(tune: Tune) -> str:
    pitches, tonic = tune.pitches, tune.keys[0].pitch_class
    if not pitches:
        return "It has no note."
    said = f"It ends on {_spell(pitches[-1], tune)}, {_DEGREES[(pitches[-1] - tonic) % 12]}"
    if len(pitches) < 2:
        return f"{said}."
    step = pitches[-1] - pitches[-2]
    if step == 0:
        return f"{said}, which is repeated."
    size = _STEPS.get(abs(step), f"{abs(step)} semitones")
    return f"{said}, reached by {size} from {'below' if step > 0 else 'above'}."


def _describe_range(tune: Tune) -> str:
    pitches = tune.pitches
    low, high = min(pitches), max(pitches)
    return f"{_count(len(pitches), 'note')} from {_spell(low, tune)} to {_spell(high, tune)}, {high - low} semitones."


def _spell(pitch: int, tune: Tune) -> str:
    """A note as the score spells it."""
    letter, alter, octave = spell(pitch, shown_key(tune.keys[0]))
    return f"{letter}{'#' * alter or 'b' * -alter}{octave}"
