"""Sentences on a folk tune: overlap with training tunes, predictability, phrases, cadence, range."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from core.errors import plural
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
    "the major sixth",
    "the minor seventh",
    "the leading tone",
]
_STEPS = {
    0: "repeated",
    1: "a half step",
    2: "a whole step",
    3: "a minor third",
    4: "a major third",
    5: "a fourth",
    7: "a fifth",
    12: "an octave",
}


@dataclass(frozen=True, kw_only=True)
class Human:
    """Longest matches of human tunes with training tunes, in intervals."""

    median: float
    percentile_95: float


def human_baseline(card: Card) -> Human:
    """Longest matches of the test tunes, from the card of the fingerprint."""
    found = card.metrics["test"]
    return Human(median=float(found["median"]), percentile_95=float(found["percentile_95"]))


def human_bits(card: Card | None) -> float | None:
    """Bits per event, pitch and length jointly, of human test tunes; None where the card does not say."""
    test: Any = card.metrics.get("test") if card is not None else None
    for part in ("europe", "erk"):
        found = test.get(part) if isinstance(test, dict) else None
        if isinstance(found, dict) and isinstance(found.get("joint_bits"), int | float):
            return float(found["joint_bits"])
    return None


def _sounding(tune: Tune) -> list[Event]:
    return [event for event in tune.events if event.pitch is not None]


def originality_in_words(tune: Tune, found: Originality, human: Human) -> list[str]:
    """Describe the longest match with a training tune, compared with human tunes."""
    compared = (
        f"Median for human tunes: {human.median:g} intervals; 1 in 20 has more than {human.percentile_95:g}. Measured the same "
        "way, against all other tunes."
    )
    if found.longest_run == 0:
        return ["No run of three or more intervals occurs in the training tunes.", compared]
    notes = _sounding(tune)
    first, last = (
        max(0, tune.bar_of(notes[min(at, len(notes) - 1)].onset_tick)) + 1
        for at in (found.first_note, found.last_note)
    )
    where = f"in bar {first}" if first == last else f"in bars {first} to {last}"
    said = f"The longest match with a training tune is {plural(found.longest_run, 'interval')} long, {where}."
    if found.longest_run <= human.median:
        verdict = "No more overlap than a typical folk tune."
    elif found.longest_run <= human.percentile_95:
        verdict = "More overlap than a typical folk tune, but within the usual range."
    else:
        verdict = "More overlap than 19 of 20 folk tunes: part of this tune may be known."
    return [said, verdict, compared]


def quality_in_words(tune: Tune, bits: float, human: float | None) -> list[str]:
    """Predictability, phrases, cadence and range."""
    return [
        _describe_cost(bits, human),
        _describe_phrases(tune),
        _describe_cadence(tune),
        _describe_range(tune),
    ]


def _describe_cost(bits: float, human: float | None) -> str:
    if human is None:
        return f"{bits:.2f} bits per note under the model."
    if bits > human + 0.8:
        heard = "more surprising"
    elif bits < human - 0.8:
        heard = "more predictable"
    else:
        heard = "about as predictable"
    return f"{bits:.2f} bits per note: {heard}{' as' if heard.startswith('about') else ' than'} the average European test tune ({human:.2f})."


def _describe_phrases(tune: Tune) -> str:
    bar = tune.meters[0].bar_tick
    ends = [event.end_tick for event in tune.events if event.ends_phrase]
    if not ends or not bar:
        return "No phrases are marked."
    # A pickup belongs to the phrase that it leads to, so phrases are whole bars but for it.
    edges = [round(end / bar) for end in [*ends[:-1], tune.length_tick]]
    lengths = [end - start for start, end in zip([0, *edges[:-1]], edges, strict=True)]
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
        return f"{said}, a repeated note."
    size = _STEPS.get(abs(step), f"{abs(step)} semitones")
    return f"{said}, reached by {size} from {'below' if step > 0 else 'above'}."


def _describe_range(tune: Tune) -> str:
    pitches = tune.pitches
    low, high = min(pitches), max(pitches)
    return f"{_count(len(pitches), 'note')}, {_spell(low, tune)} to {_spell(high, tune)}: {high - low} semitones."


def _spell(pitch: int, tune: Tune) -> str:
    """Spell a note as in the score."""
    letter, alter, octave = spell(pitch, shown_key(tune.keys[0]))
    return f"{letter}{'#' * alter or 'b' * -alter}{octave}"
