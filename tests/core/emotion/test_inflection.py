"""The same notes in another mood: pitches and order stay, everything else changes continuously with the mood."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.emotion.inflection import perform_in_mood, stretch
from core.emotion.moods import NAMED_MOODS, Mood, MoodPath
from core.emotion.piano.attributes import NAMES, measure
from core.emotion.piano.steering import EMOPIA_PLANE, mode_pull
from core.music.performance import Performance
from tests.core.emotion.test_piano import performances

HAPPY, SAD = (MoodPath.still(NAMED_MOODS[name]) for name in ("happy", "sad"))
axis = st.floats(-1.0, 1.0)
NEAR = 0.01


def piece(n: int = 120) -> Performance:
    """Chords over a bass, in quavers."""
    generator = np.random.default_rng(0)
    onset = np.repeat(0.25 * np.arange(n // 3), 3)
    pitch = np.tile([48, 64, 72], n // 3) + np.repeat(generator.integers(0, 7, n // 3), 3)
    return Performance.of(pitch, onset, generator.uniform(0.1, 0.6, n), generator.integers(40, 90, n))


@given(performances(), axis, axis)
def test_pitches_and_their_order_stay(notes, valence, arousal):
    played = perform_in_mood(notes, HAPPY, MoodPath.still(Mood(valence=valence, arousal=arousal)))
    assert played.pitch.tolist() == notes.pitch.tolist()
    chords = np.diff(notes.onset_sec) == 0
    assert (np.diff(played.onset_sec)[chords] == 0).all()
    assert len(played) == len(notes)
    assert ((played.velocity >= 1) & (played.velocity <= 127)).all()


@given(performances(), axis, axis)
def test_in_its_own_mood_a_piece_is_played_as_it_was(notes, valence, arousal):
    path = MoodPath.still(Mood(valence=valence, arousal=arousal))
    played = perform_in_mood(notes, path, path)
    assert played.onset_sec == pytest.approx(notes.onset_sec)
    assert played.duration_sec == pytest.approx(notes.duration_sec)
    assert played.velocity.tolist() == notes.velocity.tolist()


@settings(max_examples=25)
@given(axis, axis, st.sampled_from([(NEAR, 0.0), (0.0, NEAR), (-NEAR, NEAR)]))
def test_neighbors_on_the_pad_are_played_alike(valence, arousal, apart):
    notes = piece()
    first = Mood(valence=valence, arousal=arousal)
    second = Mood(
        valence=float(np.clip(valence + apart[0], -1, 1)), arousal=float(np.clip(arousal + apart[1], -1, 1))
    )
    one, other = (perform_in_mood(notes, HAPPY, MoodPath.still(mood)) for mood in (first, second))
    # Per hundredth of an axis: 2 % of tempo, half a step of velocity and rounding, 4 % of a duration.
    assert other.end_sec == pytest.approx(one.end_sec, rel=0.04)
    assert np.abs(other.velocity - one.velocity).max() <= 2
    traits = [np.array([getattr(measure(each), name) for name in NAMES]) for each in (one, other)]
    assert traits[1][2] == traits[0][2]
    assert traits[1][5] == pytest.approx(traits[0][5], abs=0.01)
    assert traits[1][[0, 3, 4]] == pytest.approx(traits[0][[0, 3, 4]], rel=0.04)


@given(axis, axis, st.floats(-0.5, 0.5), st.integers(0, 11))
def test_what_the_pad_asks_of_the_composer_is_continuous(valence, arousal, faster, tonic):
    mood = Mood(valence=valence, arousal=arousal)
    beside = Mood(
        valence=float(np.clip(valence + NEAR, -1, 1)), arousal=float(np.clip(arousal + NEAR, -1, 1))
    )
    # Standard deviations of each attribute.
    assert np.abs(EMOPIA_PLANE.targets(beside, faster) - EMOPIA_PLANE.targets(mood, faster)).max() <= 5 * NEAR
    heard = np.bincount([0, 4, 7, 9, 2], minlength=12).astype(float)
    pulls = [mode_pull(heard, tonic, each.valence, 0.3) for each in (mood, beside)]
    assert np.abs(pulls[1] - pulls[0]).max() <= 10 * NEAR


def test_a_sad_performance_is_slower_softer_and_more_legato():
    happily, sadly = piece(), perform_in_mood(piece(), HAPPY, SAD)
    before, after = measure(happily), measure(sadly)
    assert after.onset_rate < before.onset_rate / 1.3
    assert after.loudness < before.loudness - 10
    assert after.articulation > before.articulation * 1.2
    assert after.majorness == pytest.approx(before.majorness, abs=0.06)


def test_in_calm_music_the_pedal_holds_the_more_of_a_note_the_longer_its_bass_stays():
    notes = Performance.of([36, 60, 64, 67, 41], [0.0, 0.5, 1.0, 1.5, 2.0], [0.2] * 5, [60] * 5)
    angry, calm = MoodPath.still(Mood(valence=0, arousal=1)), MoodPath.still(Mood(valence=0, arousal=-1))
    pedaled = perform_in_mood(notes, angry, calm)
    lengths = pedaled.duration_sec[:4]
    assert (np.diff(lengths) < 0).all()
    assert (pedaled.onset_sec[:4] + lengths <= pedaled.onset_sec[4]).all()
    assert perform_in_mood(notes, calm, angry).duration_sec.max() < 0.2


@given(performances(), st.floats(0.5, 2.0))
def test_stretching_multiplies_every_time_after_the_first_onset(notes, factor):
    played = stretch(notes, factor)
    assert np.diff(played.onset_sec) == pytest.approx(factor * np.diff(notes.onset_sec), abs=1e-9)


def test_no_notes_stay_no_notes():
    assert len(perform_in_mood(Performance.of([], [], [], []), HAPPY, SAD)) == 0
