"""Spectra, tempo and beats beside librosa's own, and what they say of sounds that are known."""

import librosa
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.audio import Audio
from core.extrapolate.analysis import onset_flux
from core.signal.beats import FRAME_RATE, LONG_FRAMES, beat_frames, usual_tempo
from core.signal.spectra import (
    FMIN,
    HOP,
    N_BINS,
    N_FFT,
    N_MELS,
    SR,
    chroma_filters,
    chroma_of,
    istft,
    log_mel,
    mel_filters,
    mel_hz,
    pitch_class_shares,
    power,
    stft,
)
from training.extrapolate.known_pieces import KnownPiece


def noise(n: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(n).astype(np.float32)


@pytest.fixture(scope="module")
def pieces() -> list[Audio]:
    kinds = ((92.0, 4, True), (131.0, 3, False), (168.0, 4, True))
    return [
        KnownPiece(
            tempo_qpm=tempo, tonic=2, mode="minor", meter=meter, programs=(24, 33, 65), drums=drums
        ).audio(20.0)
        for tempo, meter, drums in kinds
    ]


def flux_of(audio: Audio) -> np.ndarray:
    return onset_flux(log_mel(power(audio.mono().resampled(SR).y)))


def test_filters_are_those_of_librosa():
    assert mel_filters() == pytest.approx(
        librosa.filters.mel(sr=SR, n_fft=N_FFT, n_mels=N_MELS, fmin=FMIN), abs=1e-7
    )
    assert mel_hz() == pytest.approx(librosa.mel_frequencies(n_mels=N_MELS + 2, fmin=FMIN, fmax=SR / 2)[1:-1])
    assert chroma_filters() == pytest.approx(librosa.filters.chroma(sr=SR, n_fft=N_FFT, tuning=0.0), abs=1e-6)
    plain = librosa.filters.chroma(sr=SR, n_fft=N_FFT, tuning=0.0, octwidth=None, norm=None)
    assert pitch_class_shares() == pytest.approx(plain, abs=1e-6)


# librosa warns of a sound that is shorter than a frame, and does the same.
@pytest.mark.filterwarnings("ignore:n_fft")
@pytest.mark.parametrize("n", [1, 100, HOP, N_FFT, 10_000, 60_001])
def test_a_spectrum_is_that_of_librosa(n):
    expected = librosa.stft(noise(n), n_fft=N_FFT, hop_length=HOP)
    assert stft(noise(n)).shape == expected.shape
    assert np.abs(stft(noise(n)) - expected).max() < 2e-4 * np.abs(expected).max()
    assert power(noise(n)) == pytest.approx(np.abs(expected) ** 2, rel=1e-3, abs=1e-2)


@pytest.mark.parametrize("n", [1, 100, N_FFT, 10_000, 60_001])
def test_a_spectrum_that_no_sound_has_gives_the_sound_of_librosa(n):
    spectrum = stft(noise(n)) * np.exp(2j * np.pi * np.random.default_rng(1).random((N_BINS, 1 + n // HOP)))
    spectrum = spectrum.astype(np.complex64)
    expected = librosa.istft(spectrum, n_fft=N_FFT, hop_length=HOP, length=n)
    # Where next to no window reaches, both divide by next to nothing.
    assert istft(spectrum, n) == pytest.approx(expected, abs=1e-3)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 9_000), st.integers(0, 2**32 - 1))
def test_a_sound_that_is_taken_apart_is_put_together_again(n, seed):
    y = noise(n, seed)
    # What no frame reaches is silence: the rest of a hop behind the last frame's half window is reached always.
    assert istft(stft(y), n) == pytest.approx(y, abs=1e-4)


def test_a_chord_is_heard_in_the_chroma(pieces):
    y = pieces[1].mono().resampled(SR).y
    expected = librosa.feature.chroma_stft(S=power(y), sr=SR, n_fft=N_FFT, hop_length=HOP, tuning=0.0)
    assert chroma_of(power(y)) == pytest.approx(expected, abs=1e-3)
    assert not chroma_of(np.zeros((N_BINS, 3), dtype=np.float32)).any()


def test_tempo_and_beats_are_those_of_librosa(pieces):
    for piece in pieces:
        flux = flux_of(piece)
        expected = librosa.feature.tempo(onset_envelope=flux, sr=SR, hop_length=HOP)[0]
        assert usual_tempo(flux) == pytest.approx(expected)
        for tempo in (None, 70.0, 100.0, 183.0):
            _, beats = librosa.beat.beat_track(
                onset_envelope=flux, sr=SR, hop_length=HOP, bpm=tempo, trim=False
            )
            assert np.array_equal(beat_frames(flux, tempo), beats), (piece, tempo)


def test_a_long_sound_has_the_tempo_and_the_beats_of_its_parts(pieces):
    flux = flux_of(pieces[0])
    long = np.tile(flux, 1 + LONG_FRAMES // len(flux))
    assert len(long) > LONG_FRAMES
    assert usual_tempo(long) == pytest.approx(usual_tempo(flux), rel=0.03)
    _, beats = librosa.beat.beat_track(onset_envelope=long, sr=SR, hop_length=HOP, bpm=92.0, trim=False)
    assert np.array_equal(beat_frames(long, 92.0), beats)


@pytest.mark.parametrize("qpm", [66.0, 100.0, 150.0])
def test_beats_fall_on_clicks(qpm):
    flux = np.zeros(1500, dtype=np.float32)
    clicks = np.rint(np.arange(10, 1500, 60 * FRAME_RATE / qpm)).astype(int)
    flux[clicks[clicks < 1500]] = 5.0
    beats = beat_frames(flux, qpm)
    assert len(beats) >= len(clicks) - 2
    # At the ends, where neighbours lack, one or two may stand beside the clicks.
    assert max(int(np.abs(clicks - beat).min()) for beat in beats[1:-2]) <= 1


@pytest.mark.parametrize("n", [1, 2, 3, 50, 5000])
def test_what_has_no_onset_has_no_beat_and_what_is_short_does_no_harm(n):
    assert len(beat_frames(np.zeros(n, dtype=np.float32), None)) == 0
    short = np.abs(noise(n))
    beats = beat_frames(short, 120.0)
    assert np.all(np.diff(beats) > 0) and np.all((beats >= 0) & (beats < n))
    assert 0 < usual_tempo(short) < 320
