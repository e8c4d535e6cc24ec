"""Music goes on out of its own beats: tempo and bars are found, joins keep to them, the beginning stays as it was."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core import synth
from core.audio import Audio
from core.errors import InputError
from core.extrapolate.analysis import Analysis, analyze
from core.extrapolate.blockwise_features import estimate_key
from core.extrapolate.joins import MAX_LAG_SEC, best_lag
from core.extrapolate.recompose import recompose
from core.extrapolate.slice_search import Costs, JumpGraph, runs, search
from core.music.performance import Performance
from training.extrapolate.known_pieces import KnownPiece

TEMPO = 120.0
CHORDS = ((48, 64, 67, 72), (45, 64, 69, 72), (41, 65, 69, 72), (43, 62, 67, 71))


def song(n_bars: int = 16) -> Audio:
    """Chords on the beats, a bass on the bar's first, a little tune: a piece of known tempo."""
    rng = np.random.default_rng(0)
    beat = 60 / TEMPO
    notes = []
    for bar in range(n_bars):
        bass, *chord = CHORDS[bar % 4]
        start = bar * 4 * beat
        notes.append((bass, start, 3.5 * beat, 100))
        for k in range(4):
            notes += [(pitch, start + k * beat, 0.4 * beat, 60 + 25 * (k == 0)) for pitch in chord]
            notes.append(
                (int(rng.choice(chord)) + 12, start + (k + 0.5 * (rng.random() < 0.3)) * beat, 0.4 * beat, 80)
            )
    return synth.render(
        Performance.of(*zip(*notes, strict=True)).to_midi(), engine="embedded", sr=22_050
    ).audio


@pytest.fixture(scope="module")
def piece() -> tuple[Audio, Analysis]:
    audio = song()
    return audio, analyze(audio)


def test_tempo_beats_and_bars_of_a_piece_are_found(piece):
    audio, found = piece
    assert found.tempo_qpm == pytest.approx(TEMPO, rel=0.02)
    assert found.beats_a_bar == 4
    beats = found.bounds[:-1] / audio.sr / (60 / TEMPO)
    assert np.abs(beats - np.round(beats)).max() < 0.12
    firsts = np.round(beats[found.bar_position == 0]).astype(int)
    assert (firsts % 4 == 0).mean() > 0.9


def test_noise_without_a_pulse_is_a_texture():
    rng = np.random.default_rng(1)
    found = analyze(Audio(0.1 * rng.standard_normal(22_050 * 12), 22_050))
    assert not found.has_beat
    assert found.n == 24
    assert (np.diff(found.bounds) > 0).all()


@pytest.mark.parametrize(
    ("y", "said"),
    [
        (np.zeros(22_050 * 8), "silent"),
        (np.ones(22_050 * 8) * 0.3, "silent"),
        (np.ones(22_050), "at least 5"),
    ],
)
def test_what_cannot_be_gone_on_from_is_refused(y, said):
    with pytest.raises(InputError, match=said):
        analyze(Audio(y, 22_050))


def test_the_addition_is_long_enough_and_what_was_there_stays_sample_for_sample(piece):
    audio, found = piece
    made = recompose(audio, found, bound=found.n, seconds=20, seed=1)
    own = made.at_sample
    start = found.bounds[0]
    kept = own - round(0.05 * audio.sr)
    np.testing.assert_array_equal(made.y[:, :kept], np.atleast_2d(audio.y)[:, start : start + kept])
    assert (made.y.shape[1] - own) / audio.sr >= 19.9
    assert made.joins and all(join.good for join in made.joins)


def test_joins_keep_the_beat_and_the_bar(piece):
    audio, found = piece
    made = recompose(audio, found, bound=found.n, seconds=30, seed=3)
    assert max(join.phase_ms for join in made.joins) <= 1e3 * MAX_LAG_SEC
    whole = analyze(Audio(made.y, audio.sr))
    assert whole.tempo_qpm == pytest.approx(TEMPO, rel=0.03)
    positions = found.bar_position[made.slices]
    assert (np.diff(positions) % 4 == 1).mean() > 0.9


def test_what_is_put_before_ends_where_the_recording_begins(piece):
    audio, found = piece
    made = recompose(audio, found, bound=0, seconds=10, direction="before", seed=2)
    tail = made.y[:, made.at_sample + round(0.05 * audio.sr) :]
    stop = found.bounds[-1]
    np.testing.assert_array_equal(tail, np.atleast_2d(audio.y)[:, stop - tail.shape[1] : stop])
    assert made.at_sample / audio.sr >= 9.9


def test_the_same_seed_gives_the_same_addition_and_another_seed_another(piece):
    audio, found = piece
    first = recompose(audio, found, bound=found.n, seconds=15, seed=4)
    assert recompose(audio, found, bound=found.n, seconds=15, seed=4).slices == first.slices
    assert any(
        recompose(audio, found, bound=found.n, seconds=15, seed=s).slices != first.slices for s in range(5, 9)
    )


def test_an_adventurous_plan_copies_shorter_stretches(piece):
    _, found = piece
    lengths = found.slice_sec.astype(float)

    def longest(adventure: float) -> float:
        walks = [
            search(JumpGraph(found, Costs.of(adventure)), found.n, lengths, 60, adventure=adventure, seed=s)
            for s in range(4)
        ]
        return float(np.mean([np.mean([stop - start for start, stop in runs(walk)]) for walk in walks]))

    assert longest(1.0) < longest(0.0)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 59), st.integers(0, 100), st.booleans())
def test_every_plan_starts_with_a_jump_where_asked_and_never_leaves_the_recording(bound, seed, backward):
    found = texture()
    walk = search(
        JumpGraph(found, Costs(), backward=backward),
        bound,
        found.slice_sec.astype(float),
        10,
        seed=seed,
        jump_first=True,
    )
    assert walk[0] != bound
    assert all(0 <= place < found.n for place in walk)
    assert len(walk) == 20


def texture() -> Analysis:
    rng = np.random.default_rng(5)
    return Analysis(
        sr=1000,
        bounds=np.arange(61) * 500,
        bar_position=np.zeros(60, int),
        beats_a_bar=1,
        tempo_qpm=None,
        features=rng.standard_normal((60, 6)).astype(np.float32),
        edges=rng.standard_normal((61, 8)).astype(np.float32),
        mel_db=np.zeros((80, 1300), np.float32),
        flux=np.ones(1300, np.float32),
        harmony=np.zeros((12, 60), np.float32),
        center=np.zeros(6, np.float32),
        scale=np.ones(6, np.float32),
    )


@given(st.integers(-200, 200))
def test_the_lag_of_a_shifted_wave_is_found(shift):
    sr = 22_050
    rng = np.random.default_rng(2)
    wave = np.convolve(rng.standard_normal(6000), np.ones(8) / 8, "same").astype(np.float32)
    mono = np.concatenate([wave, np.zeros(500, np.float32), wave])
    lag, likeness = best_lag(mono, 3000, 6500 + 3000 + shift, sr)
    assert lag == -shift
    assert likeness > 0.99


def test_a_long_addition_stays_in_the_key_of_a_recording_that_leaves_it():
    parts = [
        KnownPiece(
            tempo_qpm=120.0, tonic=tonic, mode="major", meter=4, programs=(0, 33, 0), drums=True
        ).audio(seconds)
        for tonic, seconds in ((0, 24.0), (7, 14.0))
    ]
    audio = Audio(np.concatenate([part.mono().y for part in parts]), parts[0].sr)
    found = analyze(audio)
    home = estimate_key(found.harmony)

    def key(seed: int, keep_key: bool) -> tuple[str, str] | None:
        made = recompose(audio, found, bound=found.n, seconds=60, seed=seed, keep_key=keep_key)
        return estimate_key(found.harmony[:, made.slices])

    assert any(key(seed, False) != home for seed in range(4))
    assert all(key(seed, True) == home for seed in range(4))
    # A few bars sound like the key of their chords: they are left alone.
    short = [
        recompose(audio, found, bound=found.n, seconds=15, seed=2, keep_key=kept).slices
        for kept in (True, False)
    ]
    assert short[0] == short[1]


def test_a_recording_without_pitch_has_no_key_to_keep(piece):
    audio, found = piece
    silent = replace(found, harmony=np.zeros_like(found.harmony))
    slices = [
        recompose(audio, each, bound=found.n, seconds=30, seed=0, keep_key=kept).slices
        for each, kept in ((silent, True), (found, False))
    ]
    assert slices[0] == slices[1]
