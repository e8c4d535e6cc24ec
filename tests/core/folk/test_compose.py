"""Composed tunes are valid whatever is asked, and the same for the same seed."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import InputError
from core.folk.config import FolkConfig
from core.folk.draft import MAX_REPEATS
from core.folk.generate import FolkComposer
from core.folk.model import FolkLSTM
from core.folk.tokenizer import COLLECTIONS, HEARD_AS, exchange_degrees
from core.folk.tune_measures import in_key
from core.folk.tune_plan import COMPOSABLE_METERS
from core.music.kern import read_kern, to_kern
from core.music.tune import MODE_SCALES, MODES, TICKS, Tune
from core.nn.weights import to_arrays


@pytest.fixture(scope="module")
def tiny() -> FolkComposer:
    """An untrained network: validity must not depend on what it proposes."""
    torch.manual_seed(0)
    model = FolkLSTM(FolkConfig.tiny())
    return FolkComposer(model.config, to_arrays(model))


@pytest.fixture(scope="module")
def shipped() -> FolkComposer:
    return FolkComposer.from_weights()


def assert_valid(tune: Tune, *, bars: int, low: int, high: int, tonic: bool) -> None:
    bar = tune.meters[0].bar_tick
    assert tune.length_tick == bars * bar
    onsets = {event.onset_tick for event in tune.events}
    assert set(tune.bars) <= onsets and all(b - a == bar for a, b in pairwise(tune.bars))
    assert all(low <= pitch <= high for pitch in tune.pitches)
    notes = [event for event in tune.events if event.pitch is not None]
    assert notes[0].begins_phrase and notes[-1].ends_phrase and tune.events[0] is notes[0]
    # A phrase begins and ends with a note; a rest after it belongs to none.
    assert not any(event.begins_phrase or event.ends_phrase for event in tune.events if event.pitch is None)
    assert all(b.begins_phrase == a.ends_phrase for a, b in pairwise(notes))
    assert not any(a.pitch is None and b.pitch is None for a, b in pairwise(tune.events))
    # The last note follows a note, and lies in the last bar.
    assert notes[-1].onset_tick == notes[-2].end_tick and notes[-1].onset_tick >= tune.bars[-1]
    if tonic:
        assert notes[-1].pitch % 12 == tune.keys[0].pitch_class


requests = st.fixed_dictionaries(
    {
        "collection": st.sampled_from(COLLECTIONS),
        "key": st.sampled_from(["C", "G", "F#", "Bb", "E"]),
        "mode": st.sampled_from(MODES),
        "meter": st.sampled_from(COMPOSABLE_METERS),
        "bars": st.integers(2, 9),
        "low": st.integers(40, 64),
        "temperature": st.sampled_from([0.0, 0.7, 1.0, 3.0]),
        "top_p": st.sampled_from([0.5, 0.95, 1.0]),
        "seed": st.integers(0, 2**40),
        "count": st.integers(1, 3),
        "end_on_tonic": st.booleans(),
        "pickup_beat": st.sampled_from([0.0, 0.0, 0.5, 0.75]),
    }
)


@settings(max_examples=60, deadline=None)
@given(requests, st.integers(12, 25))
def test_every_request_gives_valid_tunes(tiny: FolkComposer, request: dict, span: int) -> None:
    request["high"] = request["low"] + span
    for tune in tiny.compose(**request, selective=False):
        assert_valid(
            tune,
            bars=request["bars"],
            low=request["low"],
            high=request["high"],
            tonic=request["end_on_tonic"],
        )
        assert read_kern(to_kern(tune)).events == tune.events


def test_the_same_seed_gives_the_same_notes_and_count_changes_none(tiny: FolkComposer) -> None:
    one = tiny.compose(selective=False, bars=4, seed=3, count=1)
    three = tiny.compose(selective=False, bars=4, seed=3, count=3)
    assert one[0] == three[0] and three[0] != three[1]
    assert tiny.compose(selective=False, bars=4, seed=4)[0] != one[0]


def test_temperature_zero_ignores_the_seed(tiny: FolkComposer) -> None:
    assert tiny.compose(selective=False, bars=4, seed=1, temperature=0.0) == tiny.compose(
        selective=False, bars=4, seed=2, temperature=0.0
    )


def test_no_pitch_is_repeated_for_ever(tiny: FolkComposer) -> None:
    pitches = tiny.compose(selective=False, bars=32, temperature=0.0, end_on_tonic=False)[0].pitches
    longest, run = 1, 1
    for a, b in pairwise(pitches):
        run = run + 1 if a == b else 1
        longest = max(longest, run)
    assert longest <= MAX_REPEATS


def test_phrases_end_where_they_are_planned(tiny: FolkComposer) -> None:
    tune = tiny.compose(selective=False, bars=8, meter="3/4", phrase_plan=(3, 5))[0]
    first, last = [event.end_tick for event in tune.events if event.ends_phrase]
    # What follows in the same bar is the pickup of the second phrase, and no note goes on over the bar line.
    assert 7.5 * TICKS <= first <= 9 * TICKS and 21 * TICKS < last <= 24 * TICKS
    assert 9 * TICKS in {event.onset_tick for event in tune.events}


def test_a_beginning_is_kept_and_carried_on(tiny: FolkComposer) -> None:
    whole = tiny.compose(selective=False, bars=8, seed=5)[0]
    n = sum(event.end_tick <= 2 * 4 * TICKS for event in whole.events)
    prompt = Tune(events=whole.events[:n], bars=whole.bars[:2], keys=whole.keys, meters=whole.meters)
    for tune in tiny.compose(selective=False, bars=8, seed=9, count=2, prompt=prompt):
        assert [(e.pitch, e.duration_tick) for e in tune.events[:n]] == [
            (e.pitch, e.duration_tick) for e in prompt.events
        ]
        assert_valid(tune, bars=8, low=60, high=79, tonic=True)


def test_kept_bars_stay_and_the_others_are_new(tiny: FolkComposer) -> None:
    whole = tiny.compose(selective=False, bars=8, seed=5, pickup_beat=1)[0]
    tune = tiny.compose(selective=False, bars=8, seed=6, prompt=whole, keep=[0, 1, 4])[0]
    assert_valid(tune, bars=8, low=60, high=79, tonic=True)

    def inside(one: Tune, bar: int) -> list[tuple[int, int, int | None]]:
        return [
            (e.onset_tick, e.duration_tick, e.pitch) for e in one.events if one.bar_of(e.onset_tick) == bar
        ]

    assert all(inside(tune, bar) == inside(whole, bar) for bar in (-1, 0, 1, 4))
    assert any(inside(tune, bar) != inside(whole, bar) for bar in (2, 3, 5, 6, 7))


def test_progress_goes_up_to_one(tiny: FolkComposer) -> None:
    seen: list[float] = []
    tiny.compose(selective=False, bars=3, progress=seen.append)
    assert seen == sorted(seen) and seen[-1] == 1


@pytest.mark.parametrize(
    ("request_", "match"),
    [
        ({"bars": 10_000}, "10000 bars"),
        ({"meter": "13/16"}, "in 13/16"),
        ({"collection": "atlantis"}, "collection"),
        ({"key": "H"}, "not a key"),
        ({"mode": "locrian"}, "not a mode"),
        ({"low": 60, "high": 62}, "too narrow"),
        ({"low": 90, "high": 60}, "range"),
        ({"low": 0, "high": 400}, "range"),
        ({"key": "C", "low": 61, "high": 71}, "cannot end on it"),
        ({"phrase_plan": (4, 4), "bars": 9}, "9"),
        ({"temperature": -1.0}, "Temperature"),
        ({"temperature": float("nan")}, "Temperature"),
        ({"top_p": 0.0}, "Top-p"),
        ({"count": 0}, "variants"),
        ({"seed": -1}, "seed"),
        ({"keep": [0]}, "no tune"),
        ({"pickup_beat": 9.0}, "pickup"),
        ({"pickup_beat": float("nan")}, "pickup"),
        ({"pickup_beat": float("inf")}, "pickup"),
    ],
)
def test_what_cannot_be_composed_is_said_in_a_sentence(
    tiny: FolkComposer, request_: dict, match: str
) -> None:
    with pytest.raises(InputError, match=match):
        tiny.compose(**request_)


def test_a_beginning_that_does_not_fit_is_refused(tiny: FolkComposer) -> None:
    prompt = tiny.compose(selective=False, bars=4)[0]
    with pytest.raises(InputError, match="more bars"):
        tiny.compose(selective=False, bars=4, prompt=prompt)
    with pytest.raises(InputError, match="range"):
        tiny.compose(selective=False, bars=8, prompt=prompt.transposed(24))
    with pytest.raises(InputError, match="Bar 9"):
        tiny.compose(selective=False, bars=4, prompt=prompt, keep=[8])
    with pytest.raises(InputError, match="own meter"):
        tiny.compose(selective=False, bars=6, prompt=prompt, keep=[0])


def test_the_shipped_network_sings_in_key_in_every_meter(shipped: FolkComposer) -> None:
    for meter in COMPOSABLE_METERS:
        tunes = shipped.compose(key="D", meter=meter, bars=6, count=2, seed=1)
        for tune in tunes:
            assert_valid(tune, bars=6, low=60, high=79, tonic=True)
        pitches = [pitch for tune in tunes for pitch in tune.pitches]
        assert sum((pitch - 2) % 12 in (0, 2, 4, 5, 7, 9, 11) for pitch in pitches) >= 0.9 * len(pitches)


def test_an_expected_tune_costs_fewer_bits_than_a_shuffled_one(shipped: FolkComposer) -> None:
    tune = shipped.compose(bars=8, seed=3, temperature=0.7)[0]
    mixed = [event.pitch for event in tune.events][::-1]
    moved = [replace(event, pitch=pitch) for event, pitch in zip(tune.events, mixed, strict=True)]
    bits, worse = shipped.bits(tune), shipped.bits(replace(tune, events=tuple(moved)))
    assert bits.shape == (len(tune.events), 2) and (bits[:, 1] >= bits[:, 0]).all()
    assert bits.sum() < worse.sum()


@pytest.mark.parametrize("mode", sorted(HEARD_AS))
def test_a_mode_that_no_training_tune_has_is_sung_in_its_scale(shipped: FolkComposer, mode: str) -> None:
    for key in ("G", "Eb"):
        tunes = shipped.compose(mode=mode, key=key, bars=8, count=8, seed=2)
        n_notes = sum(len(tune.pitches) for tune in tunes)
        assert sum(in_key(tune) * len(tune.pitches) for tune in tunes) >= 0.9 * n_notes
        for tune in tunes:
            assert_valid(tune, bars=8, low=60, high=79, tonic=True)
            assert tune.keys[0].mode == mode
    # What is given stays as it is, and costs what it costs in the mode that it is heard as.
    kept = shipped.compose(mode=mode, key=key, bars=8, seed=9, prompt=tunes[0], keep=[0, 1])[0]
    assert [e.pitch for e in kept.events if kept.bar_of(e.onset_tick) < 2] == [
        e.pitch for e in tunes[0].events if tunes[0].bar_of(e.onset_tick) < 2
    ]
    tonic = tunes[0].keys[0]
    events = [replace(e, pitch=exchange_degrees(e.pitch, mode, tonic.pitch_class)) for e in tunes[0].events]
    heard = replace(tunes[0], events=tuple(events), keys=(replace(tonic, mode=HEARD_AS[mode][0]),))
    assert shipped.bits(tunes[0]) == pytest.approx(shipped.bits(heard))


@given(st.integers(1, 126), st.sampled_from(MODES), st.integers(0, 11))
def test_exchanging_degrees_twice_is_nothing_and_leads_from_scale_to_scale(
    pitch: int, mode: str, tonic: int
) -> None:
    other = exchange_degrees(pitch, mode, tonic)
    assert other is not None and exchange_degrees(other, mode, tonic) == pitch
    if mode in HEARD_AS:
        # The leading note belongs to minor alone.
        parent = set(MODE_SCALES[HEARD_AS[mode][0]]) - ({11} if HEARD_AS[mode][0] == "minor" else set())
        assert ((pitch - tonic) % 12 in MODE_SCALES[mode]) == ((other - tonic) % 12 in parent)
    else:
        assert other == pitch
