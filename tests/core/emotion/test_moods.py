"""Moods and paths between them, and the tempo that is expected of a mood and fitted to played notes."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.emotion.examples import example, example_names
from core.emotion.moods import NAMED_MOODS, Mood, MoodPath
from core.emotion.tempo import expected_tempo_qpm, fit_tempo_qpm
from core.errors import InputError
from core.music.performance import Performance

SIDE = st.floats(-1, 1)


@pytest.mark.parametrize(("valence", "arousal"), [(1.1, 0), (0, -2), (math.nan, 0), (0, math.inf)])
def test_a_mood_outside_the_plane_is_refused(valence, arousal):
    with pytest.raises(InputError, match="from -1 to 1"):
        Mood(valence=valence, arousal=arousal)


def test_a_mood_has_the_quadrant_of_emopia_and_the_nearest_name():
    corners = {(0.5, 0.5): "Q1", (-0.5, 0.5): "Q2", (-0.5, -0.5): "Q3", (0.5, -0.5): "Q4"}
    for (valence, arousal), quadrant in corners.items():
        assert Mood(valence=valence, arousal=arousal).quadrant == quadrant
    for name, mood in NAMED_MOODS.items():
        assert mood.name == name


@given(SIDE, SIDE, SIDE, SIDE, st.floats(-2, 3))
def test_a_path_begins_and_ends_at_its_moods_and_never_leaves_what_lies_between(v, a, w, b, share):
    path = MoodPath(start=Mood(valence=v, arousal=a), end=Mood(valence=w, arousal=b))
    assert path.at(0) == path.start
    assert path.at(1).valence == pytest.approx(w)
    mood = path.at(share)
    assert min(v, w) - 1e-9 <= mood.valence <= max(v, w) + 1e-9
    assert min(a, b) - 1e-9 <= mood.arousal <= max(a, b) + 1e-9


def test_every_example_is_a_singable_line():
    for name in example_names():
        notes = example(name)
        assert len(notes) >= 8
        assert (notes.step_sec[1:] > 0).all()
        assert notes.pitch.max() - notes.pitch.min() <= 16


@pytest.mark.parametrize("tempo_qpm", [72.0, 96.0, 120.0])
def test_the_fitted_tempo_is_that_of_even_sixteenths_with_human_jitter(tempo_qpm):
    rng = np.random.default_rng(0)
    beats = np.cumsum(rng.choice([0.25, 0.5, 0.5, 1.0], 60))
    onsets = beats * 60 / tempo_qpm + rng.normal(0, 0.008, 60)
    played = Performance.of([60] * 60, onsets, [0.2] * 60, [70] * 60)
    assert fit_tempo_qpm(played, tempo_qpm * 1.12) == pytest.approx(tempo_qpm, rel=0.02)


def test_three_notes_have_the_tempo_that_is_expected_and_excitement_is_expected_to_be_faster():
    assert fit_tempo_qpm(Performance.of([60, 62, 64], [0, 0.7, 1.1], [1, 1, 1], [70] * 3), 88.0) == 88.0
    calm, wild = (MoodPath.still(Mood(valence=0, arousal=arousal)) for arousal in (-1, 1))
    assert expected_tempo_qpm(wild) == pytest.approx(2 * expected_tempo_qpm(calm))
