"""Plans of phrases: what a visitor writes is read or refused, and what is composed keeps it to the tick."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import InputError
from core.folk.config import FolkConfig
from core.folk.generate import FolkComposer
from core.folk.model import FolkLSTM
from core.folk.phrase_plan import Phrases, parse_phrases
from core.folk.tokenizer import COLLECTIONS
from core.folk.tune_plan import COMPOSABLE_METERS
from core.music.tune import TICKS, Event, Tune
from core.nn.weights import to_arrays


@pytest.fixture(scope="module")
def tiny() -> FolkComposer:
    """An untrained network: a plan must hold whatever it proposes."""
    torch.manual_seed(0)
    model = FolkLSTM(FolkConfig.tiny())
    return FolkComposer(model.config, to_arrays(model))


def phrase_ends(tune: Tune) -> list[int]:
    return [event.end_tick for event in tune.events if event.ends_phrase]


def notes_in(tune: Tune, begin: int, end: int) -> list[tuple[int, int, int | None]]:
    return [
        (event.onset_tick - begin, event.duration_tick, event.pitch)
        for event in tune.events
        if begin <= event.onset_tick < end
    ]


@pytest.mark.parametrize(
    ("text", "bars", "expected"),
    [
        ("", 16, Phrases()),
        (" Automatic ", 7, Phrases()),
        ("4", 16, Phrases(bars=(4, 4, 4, 4))),
        ("4+4+2+6", 16, Phrases(bars=(4, 4, 2, 6))),
        ("3, 5", 8, Phrases(bars=(3, 5))),
        ("AABA", 16, Phrases(bars=(4, 4, 4, 4), letters="AABA")),
        ("aab", 9, Phrases(bars=(3, 3, 3), letters="AAB")),
        ("A4 A4 B8", 16, Phrases(bars=(4, 4, 8), letters="AAB")),
        ("A2+B3+A2", 7, Phrases(bars=(2, 3, 2), letters="ABA")),
        ("ABCD", 8, Phrases(bars=(2, 2, 2, 2))),
    ],
)
def test_a_plan_is_read(text: str, bars: int, expected: Phrases) -> None:
    assert parse_phrases(text, bars) == expected


@pytest.mark.parametrize(
    ("text", "bars", "sentence"),
    [
        ("4+4+4", 16, "make 12 bars, but the tune has 16. Give them 4 bars more, or choose 12 bars"),
        ("4+4+4+5", 16, "Give them 1 bar less"),
        ("5", 16, "do not fill 16 bars. Choose 15 or 20 bars"),
        ("20", 16, "do not fill 16 bars. Choose 20 bars"),
        ("AABA", 15, "cannot be shared evenly by the 4 phrases AABA. Choose 12 or 16 bars"),
        ("ABCABC", 4, "Choose 6 bars"),
        ("A4 A8 B4", 16, "Phrases with the letter A have the same notes, but here 4 and 8 bars"),
        ("A4 B A4", 16, "Some letters"),
        ("0+16", 16, "0 bars has no note"),
        ("<script>", 16, "is not a phrase plan"),
        ("A" * 500, 16, "is not a phrase plan"),
        ("4+" * 500, 16, "is not a phrase plan"),
    ],
)
def test_a_plan_that_does_not_fill_the_bars_gets_its_sentence(text: str, bars: int, sentence: str) -> None:
    with pytest.raises(InputError) as told:
        parse_phrases(text, bars)
    assert sentence in str(told.value)


def assert_phrases_end_near(tune: Tune, stops: Sequence[int]) -> None:
    """No note goes on over a stop, and each phrase ends with a note at most a bar before its own."""
    assert all(stop in {event.end_tick for event in tune.events} for stop in stops)
    bar = tune.meters[0].bar_tick
    ends = [event for event in tune.events if event.ends_phrase]
    assert len(ends) == len(set(stops)) and all(event.pitch is not None for event in ends)
    assert all(stop - 2 * bar < event.end_tick <= stop for event, stop in zip(ends, stops, strict=True))


plans = st.lists(st.integers(1, 5), min_size=1, max_size=5).filter(lambda plan: sum(plan) >= 2)


@settings(max_examples=60, deadline=None)
@given(
    plan=plans,
    meter=st.sampled_from(COMPOSABLE_METERS),
    pickup=st.sampled_from([0.0, 0.5]),
    collection=st.sampled_from(COLLECTIONS),
    seed=st.integers(0, 1000),
    temperature=st.sampled_from([0.0, 1.0, 3.0]),
)
def test_every_phrase_ends_with_a_note_where_it_is_planned_or_before_the_pickup_of_the_next(
    tiny: FolkComposer,
    plan: list[int],
    meter: str,
    pickup: float,
    collection: str,
    seed: int,
    temperature: float,
) -> None:
    for tune in tiny.compose(
        selective=False,
        bars=sum(plan),
        phrase_plan=plan,
        meter=meter,
        pickup_beat=pickup,
        collection=collection,
        seed=seed,
        count=2,
        temperature=temperature,
    ):
        bar = tune.meters[0].bar_tick
        assert_phrases_end_near(tune, [sum(plan[: n + 1]) * bar for n in range(len(plan))])


@settings(max_examples=60, deadline=None)
@given(
    letters=st.text("ABC", min_size=2, max_size=6),
    n_bars=st.integers(1, 3),
    pickup=st.sampled_from([0.0, 1.0]),
    tonic=st.booleans(),
    seed=st.integers(0, 1000),
)
def test_phrases_of_a_letter_have_the_same_notes_but_for_the_last_bar_of_the_tune(
    tiny: FolkComposer, letters: str, n_bars: int, pickup: float, tonic: bool, seed: int
) -> None:
    bars = n_bars * len(letters)
    tune = tiny.compose(
        selective=False,
        bars=bars,
        phrase_plan=(n_bars,) * len(letters),
        phrase_letters=letters,
        pickup_beat=pickup,
        end_on_tonic=tonic,
        seed=seed,
    )[0]
    length = n_bars * 4 * TICKS
    assert_phrases_end_near(tune, [length * (n + 1) for n in range(len(letters))])
    for n, letter in enumerate(letters):
        first = letters.index(letter)
        last = n == len(letters) - 1
        stop = min(length, tune.bars[-1] - n * length) if last else length
        heard = [note for note in notes_in(tune, n * length, (n + 1) * length) if note[0] < max(0, stop)]
        model = notes_in(tune, first * length, (first + 1) * length)
        assert _cut(heard, max(0, stop)) == _cut(model, max(0, stop))
    assert not tonic or tune.pitches[-1] % 12 == tune.keys[0].pitch_class
    assert not any(
        a.pitch is None and b.pitch is None for a, b in zip(tune.events, tune.events[1:], strict=False)
    )


def _cut(notes: Sequence[tuple[int, int, int | None]], stop: int) -> list[tuple[int, int, int | None]]:
    return [(onset, min(length, stop - onset), pitch) for onset, length, pitch in notes if onset < stop]


def test_a_last_repeat_that_closes_the_tune_is_whole(tiny: FolkComposer) -> None:
    tunes = tiny.compose(
        selective=False, bars=8, phrase_plan=(4, 4), phrase_letters="AA", end_on_tonic=True, count=32, seed=1
    )
    half = 16 * TICKS
    first_halves = [[note for note in notes_in(tune, 0, half) if note[2] is not None] for tune in tunes]
    closed = [
        tune
        for tune, (*_, before, last) in zip(tunes, first_halves, strict=True)
        if last[2] in (67, 79) and before[0] + before[1] == last[0]
    ]
    assert closed
    assert all(notes_in(tune, 0, half) == notes_in(tune, half, 2 * half) for tune in closed)


def test_a_beginning_and_kept_bars_come_before_a_repeat(tiny: FolkComposer) -> None:
    plan = {"bars": 8, "phrase_plan": (2, 2, 2, 2), "phrase_letters": "AABA"}
    whole = tiny.compose(selective=False, **plan, seed=5)[0]
    tune = tiny.compose(selective=False, **plan, seed=6, prompt=whole, keep=[3])[0]
    bar = 4 * TICKS
    assert notes_in(tune, 3 * bar, 4 * bar) == notes_in(whole, 3 * bar, 4 * bar)
    assert notes_in(tune, 2 * bar, 3 * bar) == notes_in(tune, 0, bar)
    assert notes_in(tune, 4 * bar, 5 * bar) != notes_in(whole, 4 * bar, 5 * bar)


def test_a_beginning_that_goes_on_over_the_end_of_a_phrase_is_refused(tiny: FolkComposer) -> None:
    model = tiny.compose(selective=False, bars=4)[0]
    long = (
        Event(onset_tick=0, duration_tick=3 * TICKS, pitch=67),
        Event(onset_tick=3 * TICKS, duration_tick=2 * TICKS, pitch=69),
    )
    prompt = Tune(events=long, bars=(0, 4 * TICKS), keys=model.keys, meters=model.meters)
    with pytest.raises(InputError, match="beyond the end of a phrase in bar 1"):
        tiny.compose(selective=False, bars=4, phrase_plan=(1, 3), prompt=prompt)
    tune = tiny.compose(selective=False, bars=4, phrase_plan=(2, 2), prompt=prompt)[0]
    assert_phrases_end_near(tune, [8 * TICKS, 16 * TICKS])


def test_letters_without_lengths_are_refused(tiny: FolkComposer) -> None:
    with pytest.raises(InputError, match="a length each"):
        tiny.compose(selective=False, bars=8, phrase_letters="AABA")
    with pytest.raises(InputError, match="differ in length"):
        tiny.compose(selective=False, bars=8, phrase_plan=(3, 5), phrase_letters="AA")
