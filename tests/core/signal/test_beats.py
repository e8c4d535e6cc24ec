"""Tempo and beats beside what librosa finds, what they say of sounds that are known, and that noise has no pulse."""

import json

import numpy as np
import pytest

from core.signal.beats import MIN_PERIODICITY, beat_track, find_pulse, periodicity, steady_intervals, tempo
from tests.core.signal.librosa_beats import BEAT_ARGUMENTS, FILE, RATES, TEMPO_ARGUMENTS, name_of, onsets_of
from tests.core.signal.sounds import SR, TEMPOS_QPM, noise, piece

RECORDED = json.loads(FILE.read_text(encoding="utf-8"))


def clicks(qpm: float, frame_rate: float, n: int = 1500) -> tuple[np.ndarray, np.ndarray]:
    places = np.rint(np.arange(10, n, 60 * frame_rate / qpm)).astype(int)
    envelope = np.zeros(n, dtype=np.float32)
    envelope[places[places < n]] = 5.0
    return envelope, places


@pytest.mark.parametrize(("sr", "hop_length"), RATES)
@pytest.mark.parametrize("qpm", TEMPOS_QPM)
def test_tempo_and_beats_are_those_of_librosa(qpm, sr, hop_length):
    envelope = onsets_of(piece(qpm), hop_length)
    recorded = RECORDED[name_of(qpm, sr, hop_length)]
    for arguments, expected in zip(TEMPO_ARGUMENTS, recorded["tempi"], strict=True):
        assert tempo(envelope, sr=sr, hop_length=hop_length, **arguments) == pytest.approx(expected)
    for arguments, expected in zip(BEAT_ARGUMENTS, recorded["beats"], strict=True):
        assert beat_track(envelope, sr=sr, hop_length=hop_length, **arguments).tolist() == expected, arguments


def test_a_long_sound_has_the_tempo_and_the_beats_of_its_parts():
    envelope = onsets_of(piece(92.0))
    long = np.tile(envelope, 6)
    found = tempo(long, sr=SR, hop_length=512)
    assert found == pytest.approx(RECORDED["long"]["tempo"])
    assert found == pytest.approx(tempo(envelope, sr=SR, hop_length=512), rel=0.03)
    assert beat_track(long, sr=SR, hop_length=512, bpm=92.0).tolist() == RECORDED["long"]["beats"]


@pytest.mark.parametrize("step", [4, 10])
@pytest.mark.parametrize("qpm", TEMPOS_QPM)
def test_fewer_comparisons_find_the_same_tempo(qpm, step):
    envelope = onsets_of(piece(qpm))
    assert tempo(envelope, sr=SR, hop_length=512, step=step) == tempo(envelope, sr=SR, hop_length=512)


@pytest.mark.parametrize("qpm", [66.0, 100.0, 150.0])
def test_beats_fall_on_clicks(qpm):
    envelope, places = clicks(qpm, SR / 512)
    beats = beat_track(envelope, sr=SR, hop_length=512, bpm=qpm)
    assert len(beats) >= len(places) - 2
    # At the ends, where neighbors lack, one or two may stand beside the clicks.
    assert max(int(np.abs(places - beat).min()) for beat in beats[1:-2]) <= 1


@pytest.mark.parametrize("n", [1, 2, 3, 50, 5000])
def test_what_has_no_onset_has_no_beat_and_what_is_short_does_no_harm(n):
    assert len(beat_track(np.zeros(n, dtype=np.float32), sr=SR, hop_length=512)) == 0
    assert find_pulse(np.zeros(n, dtype=np.float32), sr=SR, hop_length=512)[0] is None
    short = np.abs(noise(n))
    beats = beat_track(short, sr=SR, hop_length=512, bpm=120.0)
    assert np.all(np.diff(beats) > 0) and np.all((beats >= 0) & (beats < n))
    assert 0 < tempo(short, sr=SR, hop_length=512) < 320


@pytest.mark.parametrize("hop_length", [220, 512])
@pytest.mark.parametrize("qpm", TEMPOS_QPM)
def test_a_piece_with_a_pulse_has_its_tempo_within_one_percent(qpm, hop_length):
    found, beats = find_pulse(onsets_of(piece(qpm), hop_length), sr=SR, hop_length=hop_length)
    assert found == pytest.approx(qpm, rel=0.01)
    assert len(beats) > 0.8 * 20 * qpm / 60


@pytest.mark.parametrize("hop_length", [220, 512])
@pytest.mark.parametrize("kind", ["white", "brown", "tone", "vibrato", "at random times"])
def test_what_has_no_pulse_has_no_tempo(kind, hop_length):
    t = np.arange(15 * SR) / SR
    y = 0.1 * noise(len(t))
    if kind == "brown":
        y = np.cumsum(y) / 100
    elif kind == "tone":
        y = np.sin(2 * np.pi * 440.0 * t)
    elif kind == "vibrato":
        y = sum(
            np.sin(2 * np.pi * 220 * k * t + 0.3 * k * np.sin(2 * np.pi * 5.5 * t)) / k for k in range(1, 9)
        )
    elif kind == "at random times":
        y *= 1e-3
        fall = np.exp(-np.arange(3_000) / 600)
        for place in np.random.default_rng(2).integers(0, len(t) - 3_000, 40):
            y[place : place + 3_000] += fall * np.sin(place * np.arange(3_000) / 1e6)
    assert find_pulse(onsets_of(y.astype(np.float32), hop_length), sr=SR, hop_length=hop_length)[0] is None


def test_onsets_that_repeat_are_periodic_and_noise_is_not():
    envelope, _ = clicks(120.0, 100.0)
    assert periodicity(envelope, 50.0, 100.0) > 0.9
    assert periodicity(envelope, 37.0, 100.0) < MIN_PERIODICITY
    assert periodicity(np.abs(noise(1500)), 50.0, 100.0) < MIN_PERIODICITY


def test_steady_intervals_leave_out_what_is_too_short_or_too_long():
    beats = np.array([0, 50, 101, 150, 170, 220, 320])
    assert steady_intervals(beats).tolist() == [50, 51, 49, 50]
    assert steady_intervals(beats, 0.01).tolist() == [50, 50]
