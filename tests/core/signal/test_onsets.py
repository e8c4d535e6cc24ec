"""Onset strength beside librosa's, and where onsets are found."""

import librosa
import numpy as np
import pytest

from core.signal.levels import power_to_db
from core.signal.mel import mel_filters
from core.signal.onsets import interpolate_peaks, onset_detect, onset_strength
from core.signal.stft import power_spectrogram
from tests.core.signal.sounds import SR, noise, piece


@pytest.mark.parametrize(("lag", "max_size"), [(1, 1), (2, 3), (3, 5)])
@pytest.mark.parametrize("n_mels", [40, 80])
def test_onset_strength_is_that_of_librosa(lag, max_size, n_mels):
    S = mel_filters(sr=SR, n_fft=2048, n_mels=n_mels) @ power_spectrogram(piece(92.0), hop_length=512)
    S_db = power_to_db(S)
    expected = librosa.onset.onset_strength(S=S_db, sr=SR, lag=lag, max_size=max_size, center=False)
    assert onset_strength(S_db, lag=lag, max_size=max_size) == pytest.approx(expected, abs=1e-4)


def test_onset_strength_of_next_to_nothing_is_as_long():
    for n in (1, 2, 3):
        assert onset_strength(np.zeros((4, n), np.float32), lag=2).tolist() == [0.0] * n


def test_onsets_are_the_largest_around_and_above_the_threshold():
    envelope = np.zeros(60, dtype=np.float32)
    envelope[[0, 10, 12, 30, 50]] = (2.0, 3.0, 2.0, 1.0, 4.0)
    assert onset_detect(envelope, reach=3, threshold=1.5).tolist() == [0, 10, 50]
    rising = np.linspace(0.0, 5.0, 60)
    assert onset_detect(envelope, reach=3, threshold=rising).tolist() == [0, 10]
    assert not len(onset_detect(envelope[:0], reach=3, threshold=0.0))


def test_onsets_are_peaks_of_librosa_where_they_lie_apart():
    envelope = np.abs(noise(400))
    expected = librosa.util.peak_pick(
        envelope, pre_max=4, post_max=5, pre_avg=0, post_avg=1, delta=0.0, wait=0
    )
    assert onset_detect(envelope, reach=4, threshold=0.0).tolist() == np.asarray(expected).tolist()


def test_a_peak_between_places_is_where_the_parabola_has_its_top():
    place = np.arange(40.0)
    values = -((place - 12.3) ** 2)
    assert interpolate_peaks(values, np.array([12])) == pytest.approx([12.3])
    # At an end, and where three values are alike, it stays.
    assert interpolate_peaks(values, np.array([0, 39])).tolist() == [0.0, 39.0]
    assert interpolate_peaks(np.ones(5), np.array([2])).tolist() == [2.0]
