"""The short-time Fourier transform and its inverse beside librosa's."""

import librosa
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.signal.stft import get_window, istft, power_spectrogram, stft
from tests.core.signal.sounds import noise

# n_fft, hop_length, win_length: as Extrapolate, Audio Viz and the voice have them, and others.
SIZES = [
    (2048, 512, None),
    (2048, 441, 1102),
    (512, 256, None),
    (8192, 2205, None),
    (1000, 300, 800),
    (1024, None, 512),
]
# librosa warns of a sound that is shorter than a frame, and does the same.
pytestmark = pytest.mark.filterwarnings("ignore:n_fft")


@pytest.mark.parametrize("name", ["hann", "hamming", "blackman"])
@pytest.mark.parametrize("fftbins", [True, False])
def test_windows_are_those_of_librosa_and_made_once(name, fftbins):
    ours = get_window(name, 512, fftbins=fftbins)
    assert ours == pytest.approx(librosa.filters.get_window(name, 512, fftbins=fftbins), abs=1e-6)
    assert get_window(name, 512, fftbins=fftbins) is ours
    with pytest.raises(ValueError, match="read-only"):
        ours[0] = 1.0


@pytest.mark.parametrize("sizes", SIZES)
@pytest.mark.parametrize("n", [1, 100, 512, 2048, 10_000, 60_001])
@pytest.mark.parametrize("center", [True, False])
def test_a_spectrum_is_that_of_librosa(sizes, n, center):
    n_fft, hop_length, win_length = sizes
    if not center and n < n_fft:
        return
    arguments = {"n_fft": n_fft, "hop_length": hop_length, "win_length": win_length, "center": center}
    expected = librosa.stft(noise(n), **arguments)
    found = stft(noise(n), **arguments)
    assert found.shape == expected.shape
    assert np.abs(found - expected).max() < 2e-4 * np.abs(expected).max()
    largest = float(np.abs(expected).max()) ** 2
    assert power_spectrogram(noise(n), **arguments) == pytest.approx(
        np.abs(expected) ** 2, abs=1e-5 * largest
    )


def test_a_window_of_ones_own_is_taken():
    window = np.hanning(512).astype(np.float32)
    expected = librosa.stft(noise(9_000), n_fft=512, hop_length=256, window=window)
    assert np.abs(stft(noise(9_000), n_fft=512, hop_length=256, window=window) - expected).max() < 1e-3


def test_a_power_spectrogram_of_more_than_a_block_and_of_chosen_frames():
    y = noise(700_000)
    expected = np.abs(librosa.stft(y, n_fft=512, hop_length=256)) ** 2
    whole = power_spectrogram(y, n_fft=512, hop_length=256)
    assert np.abs(whole - expected).max() < 1e-5 * expected.max()
    chosen = np.array([0, 5, 2_000, 2_734])
    assert np.array_equal(power_spectrogram(y, n_fft=512, hop_length=256, frames=chosen), whole[:, chosen])
    assert np.array_equal(power_spectrogram(y, n_fft=512, hop_length=256, frames=slice(9)), whole[:, :9])


@pytest.mark.parametrize(("n_fft", "hop_length"), [(2048, 512), (2048, 441), (512, 256), (1000, 300)])
@pytest.mark.parametrize("n", [1, 100, 2048, 10_000, 60_001])
def test_a_spectrum_that_no_sound_has_gives_the_sound_of_librosa(n_fft, hop_length, n):
    spectrum = stft(noise(n), n_fft=n_fft, hop_length=hop_length)
    turn = np.exp(2j * np.pi * np.random.default_rng(1).random(spectrum.shape))
    spectrum = (spectrum * turn).astype(np.complex64)
    expected = librosa.istft(spectrum, n_fft=n_fft, hop_length=hop_length, length=n)
    # Where next to no window reaches, both divide by next to nothing.
    assert istft(spectrum, hop_length=hop_length, length=n) == pytest.approx(expected, abs=1e-3)


def test_without_a_length_a_sound_ends_with_its_last_frame():
    spectrum = stft(noise(10_000))
    expected = librosa.istft(spectrum)
    assert istft(spectrum) == pytest.approx(expected, abs=1e-4)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 9_000), st.integers(0, 2**32 - 1))
def test_a_sound_that_is_taken_apart_is_put_together_again(n, seed):
    y = noise(n, seed)
    # What no frame reaches is silence: the rest of a hop behind the last frame's half window is reached always.
    assert istft(stft(y), length=n) == pytest.approx(y, abs=1e-4)
