"""No n-gram of a composed piece comes back more often than in real pieces; what did not loop is as it was."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.emotion.moods import NAMED_MOODS, Mood, MoodPath
from core.emotion.piano import generate
from core.emotion.piano.attributes import key_of
from core.emotion.piano.generate import PianoComposer
from core.emotion.piano.repetition import (
    LENGTHS,
    MOST_OFTEN,
    ORDERS,
    NgramCounts,
    longest_loop_sec,
    most_frequent,
    most_often,
    repeats_too_often,
)
from core.errors import InputError
from core.music.performance import LOWEST_PITCH, Performance

melodies = st.lists(st.integers(60, 63), max_size=80)


@pytest.fixture(scope="module")
def composer() -> PianoComposer:
    return PianoComposer.from_weights()


@given(melodies)
def test_ngrams_are_counted_as_by_hand(melody: list[int]) -> None:
    for order, most in zip(ORDERS, most_frequent(melody), strict=True):
        grams = Counter(tuple(melody[i : i + order]) for i in range(len(melody) - order + 1))
        assert most == max(grams.values(), default=0)


@given(melodies)
def test_a_pitch_is_banned_if_and_only_if_it_brings_an_ngram_back_too_often(melody: list[int]) -> None:
    counts = NgramCounts()
    for pitch in melody:
        counts.push(pitch)
    banned = counts.too_often()
    limits = most_often(len(melody) + 1)
    for pitch in range(60, 64):
        after = [*melody, pitch]
        last = [sum(after[i : i + n] == after[-n:] for i in range(len(after) - n + 1)) for n in ORDERS]
        over = any(
            times > limit for times, limit, n in zip(last, limits, ORDERS, strict=True) if n <= len(after)
        )
        assert banned[pitch - LOWEST_PITCH] == over


@given(st.data())
@settings(max_examples=15)
def test_what_keeps_to_the_bans_never_repeats_too_often(data: st.DataObject) -> None:
    counts, melody = NgramCounts(), []
    for _ in range(60):
        allowed = np.flatnonzero(~counts.too_often()[39:43]) + 60
        pitch = int(data.draw(st.sampled_from(allowed.tolist())))
        counts.push(pitch)
        melody.append(pitch)
    assert not repeats_too_often(melody)


def test_longer_pieces_may_repeat_more_and_longer_figures_less() -> None:
    assert (np.diff(MOST_OFTEN, axis=0) >= 0).all() and (np.diff(MOST_OFTEN, axis=1) <= 0).all()
    assert (most_often(10) == MOST_OFTEN[0]).all() and (most_often(10**6) == MOST_OFTEN[-1]).all()
    assert (most_often(LENGTHS[2]) == MOST_OFTEN[2]).all()


@pytest.mark.parametrize("times", [2, 5, 9])
def test_a_loop_is_as_long_as_it_is_played(times: int) -> None:
    pitch = [50, 52, 55, *[60, 64, 67, 72] * times, 80, 82, 84]
    played = Performance.of(pitch, 0.5 * np.arange(len(pitch)), [0.4] * len(pitch), [60] * len(pitch))
    assert longest_loop_sec(played) == pytest.approx(0.5 * (4 * times - 1))


def test_a_scale_has_no_loop() -> None:
    assert longest_loop_sec(Performance.of(list(range(40, 90)), np.arange(50.0), [0.4] * 50, [60] * 50)) == 0


def test_the_piece_of_the_first_look_does_not_loop(composer: PianoComposer) -> None:
    piece = composer.compose(MoodPath.still(Mood(valence=0.6, arousal=0.3)), duration_sec=30.0, seed=1)
    assert not repeats_too_often(piece.performance.pitch)
    assert longest_loop_sec(piece.performance) < 4.7


def test_a_piece_without_loops_is_the_same_as_without_limits(
    composer: PianoComposer, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = MoodPath.still(NAMED_MOODS["gloomy"])
    limited = [composer.compose(path, duration_sec=12.0, seed=seed).performance for seed in range(6)]
    monkeypatch.setattr(generate, "repeats_too_often", lambda pitch: False)
    free = [composer.compose(path, duration_sec=12.0, seed=seed).performance for seed in range(6)]
    kept = [not repeats_too_often(each.pitch) for each in free]
    assert sum(kept) > 0
    for one, other, is_kept in zip(limited, free, kept, strict=True):
        assert not repeats_too_often(one.pitch)
        if is_kept:
            assert one.pitch.tobytes() == other.pitch.tobytes()
            assert one.onset_sec.tobytes() == other.onset_sec.tobytes()


@pytest.mark.parametrize("key", ["C", "F#"])
def test_a_kept_key_is_the_key_whatever_the_mood(composer: PianoComposer, key: str) -> None:
    for name in ("happy", "sad"):
        path = MoodPath.still(NAMED_MOODS[name])
        open_key, kept = (composer.compose(path, duration_sec=10.0, seed=3, key=k) for k in (None, key))
        assert kept.key == key_of(kept.performance)[0] == key
        up = kept.performance.pitch - open_key.performance.pitch
        assert len(set(up % 12)) == 1 and np.abs(up).max() <= 6


def test_a_key_that_is_none_is_refused_and_so_is_one_beside_an_opening(composer: PianoComposer) -> None:
    path = MoodPath.still(NAMED_MOODS["happy"])
    with pytest.raises(InputError, match="A key is one of C, Db"):
        composer.compose(path, duration_sec=10.0, key="H")
    opening = Performance.of([60, 64], [0.0, 0.5], [0.4, 0.4], [60, 60])
    with pytest.raises(InputError, match="opening notes set the key"):
        composer.compose(path, prompt=opening, duration_sec=10.0, key="C")
