"""Sentences on a folk tune: overlap with training tunes, predictability, phrases, cadence, range."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from core.errors import plural
from core.folk.closings import region_of
from core.folk.originality.fingerprint import Originality
from core.folk.selection import usual_bits
from core.folk.tune_measures import share_in_mode
from core.music.note_values import notate_bars
from core.music.repeat_folding import fold_repeats
from core.music.spelling import show_accidentals, shown_key, spell, spell_line
from core.music.tune import MODE_SCALES, Event, Tune
from core.nn.card import Card
from pages.components.folk import texts

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
_SPANS = (
    "a unison", "a half step", "a whole step", "a minor third", "a major third", "a fourth", "a tritone", "a fifth",
    "a minor sixth", "a major sixth", "a minor seventh", "a major seventh", "an octave", "a minor ninth", "a major ninth",
    "a minor tenth", "a major tenth", "an eleventh", "an octave and a tritone", "a twelfth",
)  # fmt: skip  # a table: one entry a line would fill a screen
# What a traditional tune of a collection or region is called.
_KINDS = {
    "europe": "European tune",
    "china": "Chinese tune",
    "nottingham": "British or American dance",
    "irish": "Irish dance",
    "german songs": "German song",
    "french songs": "French song",
    "polish songs": "Polish song",
    "art songs": "art song",
    "polish psalms": "Polish psalm",
    "hymns": "hymn",
}
_ABOUT_BITS = 0.2  # from the average, bits a note
_MAX_NAMED = 4  # notes out of the scale


@dataclass(frozen=True, kw_only=True)
class Human:
    """Longest matches of human tunes with training tunes, in intervals."""

    median: float
    percentile_95: float


def human_baseline(card: Card) -> Human:
    """Longest matches of the test tunes, from the card of the fingerprint."""
    found = card.metrics["test"]
    return Human(median=float(found["median"]), percentile_95=float(found["percentile_95"]))


def human_bits(card: Card | None, collection: str) -> float | None:
    """Bits per event, pitch and length jointly, of real test tunes of the collection or its region; None if unknown."""
    test: Any = card.metrics.get("test") if card is not None else None
    for part in (collection, region_of(collection), "all"):
        found = test.get(part) if isinstance(test, dict) else None
        if isinstance(found, dict) and isinstance(found.get("joint_bits"), int | float):
            return float(found["joint_bits"])
    return None


def _sounding(tune: Tune) -> list[Event]:
    return [event for event in tune.events if event.pitch is not None]


def originality_in_words(tune: Tune, found: Originality, human: Human) -> list[str]:
    """Place the longest match with a training tune, and compare it with those of traditional tunes."""
    compared = (
        f"Typical for traditional tunes: {human.median:g} intervals; 1 in 20 exceeds {human.percentile_95:g}."
    )
    if found.longest_run == 0:
        return ["No run of three or more intervals occurs in the training tunes.", compared]
    notes = _sounding(tune)
    first, last = number_bars(
        tune, [notes[min(at, len(notes) - 1)].onset_tick for at in (found.first_note, found.last_note)]
    )
    where = f"In bar {first}." if first == last else f"In bars {first} to {last}."
    if last < first:
        where = f"In bar {first} and on into the repeat, up to bar {last}."
    if found.longest_run <= human.median:
        verdict = "No more overlap than a typical folk tune."
    elif found.longest_run <= human.percentile_95:
        verdict = "More overlap than a typical folk tune, but within the usual range."
    else:
        verdict = "More overlap than 19 of 20 folk tunes: part of this tune may be known."
    return [f"{where} {verdict}", compared]


def number_bars(tune: Tune, ticks: Sequence[int]) -> list[int]:
    """Numbers, in the score, of the bars in which moments of the played tune stand: a repeated bar has one.

    Examples
    --------
    >>> from core.music.abc_notation import read_abc
    >>> tune, _ = read_abc("M:2/4\\nL:1/4\\nK:C\\nC|:D E|F G:|A2|]")
    >>> number_bars(tune, [onset * 480 for onset in (0, 3, 7, 9)])
    [1, 2, 2, 3]
    """
    written = fold_repeats(tune)
    bars = notate_bars(written.tune)
    onsets = [bar.onset_tick for bar in bars]
    return [
        max(1, bars[max(0, bisect_right(onsets, written.written_tick(tick)) - 1)].number) for tick in ticks
    ]


def quality_in_words(tune: Tune, bits: float, card: Card | None) -> list[str]:
    """Notes out of the scale, surprise, phrases, cadence, range and chords."""
    outside = describe_outside(tune)
    repeats = texts.WITH_REPEATS if tune.repeats else ""
    return [
        *([outside] if outside else []),
        _describe_cost(tune, bits, human_bits(card, tune.collection), usual_bits(card, tune.collection)),
        f"{_describe_phrases(tune)}{repeats}.",
        _describe_cadence(tune),
        _describe_range(tune, repeats),
        *_describe_chords(tune),
    ]


def describe_outside(tune: Tune) -> str:
    """Name the notes outside of the scale with their bars in the score; empty if there is none.

    Examples
    --------
    >>> from core.music.abc_notation import read_abc
    >>> describe_outside(read_abc("K:Am\\nA2 ^F2 ^G2 A2 | A8 |")[0])
    '1 note outside A minor: F♯ in bar 1.'
    """
    tune = fold_repeats(tune).tune
    key, notes = tune.keys[0], _sounding(tune)
    bars = number_bars(tune, [event.onset_tick for event in notes])
    names = spell_line([event.pitch for event in notes], [shown_key(key)] * len(notes))
    found: dict[tuple[int, str], None] = {}
    n = 0
    for event, bar, name in zip(notes, bars, names, strict=True):
        if (
            event.pitch is None
            or name is None
            or (event.pitch - key.pitch_class) % 12 in MODE_SCALES[key.mode]
        ):
            continue
        n += 1
        found[bar, texts.name_note(name[0], name[1])] = None
    if not n:
        return ""
    named = [f"{name} in bar {bar}" for bar, name in list(found)[:_MAX_NAMED]]
    rest = ", …" if len(found) > _MAX_NAMED else ""
    return f"{plural(n, 'note')} outside {texts.name_key(key.tonic, key.mode)}: {', '.join(named)}{rest}."


def _describe_cost(tune: Tune, bits: float, human: float | None, usual: tuple[float, float]) -> str:
    if human is None:
        return f"{bits:.2f} bits per note under the model."
    low, high = usual
    kind = _KINDS.get(tune.collection) or _KINDS.get(region_of(tune.collection), "song")
    level = "about as" if abs(bits - human) <= _ABOUT_BITS else "more" if bits > human else "less"
    link = "as" if level == "about as" else "than"
    within = "within" if low <= bits <= high else "outside"
    return (
        f"{bits:.2f} bits per note: {level} surprising {link} the average {kind} ({human:.2f}), "
        f"{within} the range of 19 in 20 ({low:.2f} to {high:.2f})."
    )


def _describe_phrases(tune: Tune) -> str:
    bar = tune.meters[0].bar_tick
    ends = [event.end_tick for event in tune.events if event.ends_phrase]
    if not ends or not bar:
        return "No phrases are marked"
    # A pickup belongs to the phrase that it leads to, so phrases are whole bars but for it.
    edges = [round(end / bar) for end in [*ends[:-1], tune.length_tick]]
    lengths = [end - start for start, end in zip([0, *edges[:-1]], edges, strict=True)]
    if len(set(lengths)) == 1:
        return f"{_count(len(lengths), 'phrase')} of {_count(lengths[0], 'bar')}"
    return f"{_count(len(lengths), 'phrase')}, of {' + '.join(f'{n:g}' for n in lengths)} bars"


def _count(n: float, name: str) -> str:
    return f"{n:g} {name}{'' if n == 1 else 's'}"


def _describe_cadence(tune: Tune) -> str:
    pitches, tonic = tune.pitches, tune.keys[0].pitch_class
    if not pitches:
        return "It has no note."
    said = f"It ends on {_DEGREES[(pitches[-1] - tonic) % 12]} ({_spell(pitches[-1], tune)})"
    if len(pitches) < 2:
        return f"{said}."
    step = pitches[-1] - pitches[-2]
    if step == 0:
        return f"{said}, repeating the note before."
    size = _STEPS.get(abs(step), f"{abs(step)} semitones")
    return f"{said}, reached by {size} from {'below' if step > 0 else 'above'}."


def _describe_range(tune: Tune, repeats: str) -> str:
    pitches = tune.pitches
    low, high = min(pitches), max(pitches)
    span = _SPANS[high - low] if high - low < len(_SPANS) else f"{high - low} semitones"
    return f"{_count(len(pitches), 'note')}{repeats}; range {_spell(low, tune)} to {_spell(high, tune)} ({span})."


def _describe_chords(tune: Tune) -> list[str]:
    names = list(dict.fromkeys(show_accidentals(chord.name) for chord in tune.chords))
    return [texts.describe_chords(names, share_in_mode(tune))] if names else []


def _spell(pitch: int, tune: Tune) -> str:
    """Spell a note as in the score."""
    letter, alter, octave = spell(pitch, shown_key(tune.keys[0]))
    return f"{texts.name_note(letter, alter)}{octave}"
