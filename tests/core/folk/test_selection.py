"""Endings are planned as in real tunes, phrases end with a note, and candidates out of key are left out and counted."""

from __future__ import annotations

from dataclasses import replace
from itertools import accumulate

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from core.folk.closings import CLOSINGS, draw_closing, list_closings
from core.folk.config import FolkConfig
from core.folk.draft import CONTRADICTING
from core.folk.generate import FolkComposer
from core.folk.model import FolkLSTM
from core.folk.phrase_marks import place_phrase_marks
from core.folk.selection import MIN_IN_KEY, share_in_key
from core.folk.tokenizer import COLLECTIONS
from core.folk.tune_measures import ends_after_rest, ends_on_tonic, in_key
from core.folk.tune_plan import COMPOSABLE_METERS
from core.music.abc_notation import read_abc
from core.music.tune import TICKS, Meter, Tune
from core.nn.weights import to_arrays


@pytest.fixture(scope="module")
def shipped() -> FolkComposer:
    return FolkComposer.from_weights()


def tune_of(music: str) -> Tune:
    return read_abc(f"X:1\nM:4/4\nL:1/4\nK:C\n{music}")[0]


@given(
    collection=st.sampled_from(COLLECTIONS),
    meter=st.sampled_from(COMPOSABLE_METERS),
    pickup=st.sampled_from([0, 120, 240, 480, 720]),
    begin=st.sampled_from([0, 120, 480]),
    seed=st.integers(0, 99),
)
def test_every_last_bar_has_a_closing_that_fits(collection, meter, pickup, begin, seed):
    end = Meter(meter=meter).bar_tick - pickup
    if begin >= end:
        return
    closings = list_closings(collection, meter, pickup, begin, end)
    onset, ticks = draw_closing(closings, np.random.default_rng(seed))
    assert begin <= onset and 0 < ticks <= end - onset
    assert draw_closing(closings, None) in [closing for closing, _ in closings]


def test_a_closing_is_drawn_as_often_as_it_occurs():
    closings = list_closings("germany/erk", "4/4", 480, 0, 1440)
    weights = dict(closings)
    drawn = [draw_closing(closings, np.random.default_rng(seed)) for seed in range(2000)]
    best = max(weights, key=lambda closing: weights[closing])
    assert drawn.count(best) / 2000 == pytest.approx(weights[best] / sum(weights.values()), abs=0.04)
    assert all(n >= 3 for rows in CLOSINGS.values() for *_, n in rows)


@pytest.mark.parametrize("collection", ["german songs", "polish psalms", "irish", "nottingham"])
def test_no_tune_ends_on_a_note_after_a_rest_and_none_that_is_shown_is_out_of_key(shipped, collection):
    for seed in range(4):
        tunes = shipped.compose(collection=collection, seed=seed, count=3)
        assert not any(ends_after_rest(tune) for tune in tunes)
        assert all(ends_on_tonic(tune) and in_key(tune) >= MIN_IN_KEY for tune in tunes)


def test_what_is_left_out_is_counted_and_the_n_th_tune_does_not_depend_on_how_many_are_asked_for(shipped):
    asked = {"collection": "german songs", "seed": 11}
    free = shipped.compose_selection(**asked, count=12, selective=False).tunes
    selection = shipped.compose_selection(**asked, count=3)
    left_out = selection.n_out_of_key + selection.n_unusual
    assert left_out >= 1 and selection.n_in_spite == 0
    good = [tune for tune in free[: selection.n_composed] if tune in selection.tunes]
    assert good == list(selection.tunes)
    assert any(in_key(tune) < MIN_IN_KEY for tune in free[: selection.n_composed])
    assert shipped.compose(**asked, count=1) == list(selection.tunes[:1])


def test_a_composer_that_finds_no_key_still_gives_tunes_and_says_so():
    torch.manual_seed(0)
    model = FolkLSTM(FolkConfig.tiny())
    selection = FolkComposer(model.config, to_arrays(model)).compose_selection(bars=4, count=2)
    assert len(selection.tunes) == selection.n_in_spite == 2
    assert selection.n_composed == 12 and selection.n_out_of_key + selection.n_unusual == 10


def test_notes_that_are_given_do_not_count_against_the_key():
    tune = tune_of("^C ^D ^F ^G | C D E F |]")
    assert share_in_key(tune, []) == 0.5
    assert share_in_key(tune, [(0, 4 * TICKS)]) == 1
    assert share_in_key(tune, [(0, 8 * TICKS)]) == 1


def test_a_phrase_ends_before_the_pickup_of_the_next_one_and_not_on_a_rest():
    tune = tune_of("C D E F | G3 G | A G F z | C4 |]")
    log_odds = np.array([-9.0] * 4 + [-1.0, -8.0] + [-9.0] * 5)
    marked = place_phrase_marks(tune, (8 * TICKS, 12 * TICKS, 16 * TICKS), log_odds)
    ends = [event.end_tick / TICKS for event in marked.events if event.ends_phrase]
    assert ends == [7, 11, 16]
    assert [event.onset_tick / TICKS for event in marked.events if event.begins_phrase] == [0, 7, 12]
    # Where the earlier note is not clearly likelier, the phrase ends at the bar line.
    unsure = place_phrase_marks(tune, (8 * TICKS, 16 * TICKS), log_odds * 0.1)
    assert [event.end_tick / TICKS for event in unsure.events if event.ends_phrase] == [8, 16]


def test_a_grouping_of_the_beats_is_written_and_shapes_the_notes(shipped):
    (plain,) = shipped.compose(meter="7/8", bars=4, seed=2)
    (grouped,) = shipped.compose(meter="7/8", bars=4, seed=2, groups=(3, 2, 2))
    assert grouped.meters[0].name == "3+2+2/8"
    assert replace(grouped, meters=plain.meters) != plain


@pytest.mark.parametrize("mode", sorted(CONTRADICTING))
def test_the_degree_that_would_contradict_a_mode_is_given_at_most(shipped, mode):
    for seed in range(8):
        for tune in shipped.compose(key="A", mode=mode, low=57, high=76, seed=seed, count=3, selective=False):
            assert all((pitch - 9) % 12 != CONTRADICTING[mode] for pitch in tune.pitches)
    scale = {"dorian": "A4 =F4", "mixolydian": "A4 ^G4", "phrygian": "A4 =B4", "lydian": "A4 =D4"}[mode]
    prompt = read_abc(f"X:1\nM:4/4\nL:1/8\nK:A{mode}\n{scale} |")[0]
    tune = shipped.compose(key="A", mode=mode, low=57, high=76, prompt=prompt, seed=1)[0]
    assert (tune.pitches[1] - 9) % 12 == CONTRADICTING[mode]
    assert all((pitch - 9) % 12 != CONTRADICTING[mode] for pitch in tune.pitches[2:])


@pytest.mark.parametrize(
    ("meter", "groups"), [("7/8", (3, 2, 2)), ("7/8", (2, 2, 3)), ("9/8", (2, 2, 2, 3)), ("5/4", (3, 2))]
)
def test_notes_keep_within_the_groups_that_are_asked_for_or_fill_whole_ones(shipped, meter, groups):
    for tune in shipped.compose(meter=meter, groups=groups, bars=8, seed=2, count=3, selective=False):
        bar = tune.meters[0].bar_tick
        edges = [0, *(bar * n // sum(groups) for n in accumulate(groups))]
        for event in tune.events:
            begin = event.onset_tick % bar
            crossed = [edge for edge in edges if begin < edge < begin + event.duration_tick]
            fills = begin in edges and begin + event.duration_tick in edges
            is_last = event.onset_tick >= tune.bars[-1]
            assert not crossed or fills or is_last  # the closing is a real tune's
