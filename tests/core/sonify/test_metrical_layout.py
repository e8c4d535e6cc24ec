"""Points in bars: all of them, in order, in the length that was asked."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import InputError
from core.sonify.metrical_layout import in_seconds, lay_out_score, most_notes
from core.sonify.settings import Settings


@given(
    n=st.integers(1, 600),
    seconds=st.floats(2, 600),
    meter=st.sampled_from(["4/4", "3/4"]),
    rhythm=st.sampled_from(["uniform", "time"]),
)
def test_every_point_has_a_place_of_its_own_in_the_seconds_asked(n, seconds, meter, rhythm):
    time = np.cumsum(np.random.default_rng(n).exponential(size=n))
    score = lay_out_score(time, Settings(duration_sec=seconds, meter=meter, rhythm=rhythm))
    assert len(score.onset) == n
    assert (np.diff(score.onset) > 0).all()
    assert score.onset[0] >= 0 and score.onset[-1] < score.n_bars * score.bar
    assert score.n_bars * score.bar_sec == pytest.approx(seconds, rel=1e-4)


@given(bars=st.integers(1, 64), share=st.floats(0.01, 1.0), meter=st.sampled_from(["4/4", "3/4"]))
def test_bars_that_were_asked_are_the_bars_that_are_filled(bars, share, meter):
    settings = Settings(pace="bars", bars=bars, meter=meter, beat_qpm=90.0)
    n = max(1, int(most_notes(settings) * share))
    score = lay_out_score(np.arange(n, dtype=float), settings)
    assert score.n_bars == bars
    assert score.tempo_qpm == pytest.approx(90.0, rel=1e-5)
    assert (np.diff(score.onset) > 0).all()
    assert score.onset[-1] < bars * score.bar


def test_even_notes_stand_evenly_at_a_usual_tempo():
    score = lay_out_score(np.arange(300.0), Settings(duration_sec=40))
    assert set(np.diff(score.onset).tolist()) == {3}
    assert 50 < score.tempo_qpm < 180


def test_the_gaps_of_the_time_axis_are_heard_to_the_nearest_sixteenth():
    time = np.array([0.0, 1.0, 2.0, 6.0, 7.0, 15.0])
    score = lay_out_score(time, Settings(duration_sec=9.0, rhythm="time"))
    place = score.onset / score.onset[-1] * 15
    np.testing.assert_allclose(place, time, atol=15 * 3 / score.onset[-1])


def test_points_of_one_time_follow_each_other():
    score = lay_out_score(np.array([0.0, 5, 5, 5, 5, 9]), Settings(duration_sec=5.0, rhythm="time"))
    assert (np.diff(score.onset) >= 3).all()


def test_the_composed_rhythm_is_asked_for_every_point():
    asked = []

    def rhythm(shares, bar):
        asked.append((shares, bar))
        return np.arange(int(shares.sum())) * 3

    lay_out_score(np.arange(50.0), Settings(duration_sec=20, rhythm="composed"), rhythm)
    shares, bar = asked[0]
    assert shares.sum() == 50 and bar == 48
    assert np.ptp(shares) <= 1
    assert shares.max() <= 16


def test_a_score_in_seconds_keeps_rests_and_lengths():
    settings = Settings(pace="bars", bars=2, beat_qpm=60.0)
    score = lay_out_score(np.arange(4.0), settings)
    chosen = np.array([True, False, True, True])
    timeline = in_seconds(score, np.arange(4.0), chosen, 1.5)
    np.testing.assert_allclose(timeline.onset_sec, [1.5, 3.5, 5.5, 7.5], rtol=1e-6)
    # Held through the silent point, but not longer than a bar of four.
    assert timeline.room_sec[0] == pytest.approx(4 * 0.92)
    assert timeline.duration_sec == pytest.approx(8.0)


def test_a_length_beyond_the_limit_says_what_to_do():
    with pytest.raises(InputError, match=r"512 bars at 30 BPM last 68 minutes.*Choose fewer bars"):
        lay_out_score(np.arange(10.0), Settings(pace="bars", bars=512, beat_qpm=30.0))
