"""What librosa 0.11.0 finds in sounds of known tempo, kept on disk: its beat tracker takes half a minute to compile.

Written anew by ``python -m tests.core.signal.librosa_beats``.
"""

import json
from pathlib import Path

import numpy as np

from core.signal.levels import power_to_db
from core.signal.mel import mel_filters
from core.signal.onsets import onset_strength
from core.signal.stft import power_spectrogram
from tests.core.signal.sounds import SR, TEMPOS_QPM, piece

FILE = Path(__file__).parents[2] / "data" / "librosa_beats.json"
# Sampling rate and hop of the onsets: those of Extrapolate, those of Audio Viz at half the rate.
RATES = [(22_050, 512), (22_050, 220)]
TEMPO_ARGUMENTS = ({}, {"start_bpm": 80.0, "std_bpm": 0.5}, {"ac_size": 4.0, "max_tempo": 150.0})
BEAT_ARGUMENTS = tuple(
    {"bpm": bpm, "tightness": tightness} for bpm in (None, 70.0, 100.0, 183.0) for tightness in (100.0, 400.0)
)


def onsets_of(y: np.ndarray, hop_length: int = 512) -> np.ndarray:
    """Onset strength, as the features of both pages take it."""
    S = mel_filters(sr=SR, n_fft=2048, n_mels=80) @ power_spectrogram(y, hop_length=hop_length)
    S_db = power_to_db(S)
    return onset_strength(np.maximum(S_db, S_db.max() - 80.0))


def name_of(qpm: float, sr: int, hop_length: int) -> str:
    """The key of a case."""
    return f"{qpm:g} a minute, {sr} Hz, hop {hop_length}"


def record() -> dict[str, dict[str, object]]:
    """Ask librosa."""
    import librosa

    import tests.conftest  # noqa: F401 - the SoundFont of the tests

    found: dict[str, dict[str, object]] = {}
    for qpm in TEMPOS_QPM:
        for sr, hop_length in RATES:
            given = {"onset_envelope": onsets_of(piece(qpm), hop_length), "sr": sr, "hop_length": hop_length}
            tempi = [float(librosa.feature.tempo(**given, **more)[0]) for more in TEMPO_ARGUMENTS]
            beats = [
                librosa.beat.beat_track(**given, **more, trim=False)[1].tolist() for more in BEAT_ARGUMENTS
            ]
            found[name_of(qpm, sr, hop_length)] = {"tempi": tempi, "beats": beats}
    given = {"onset_envelope": np.tile(onsets_of(piece(92.0)), 6), "sr": SR, "hop_length": 512}
    beats = librosa.beat.beat_track(**given, bpm=92.0, trim=False)[1].tolist()
    found["long"] = {"tempo": float(librosa.feature.tempo(**given)[0]), "beats": beats}
    return found


if __name__ == "__main__":
    FILE.write_text(json.dumps(record()) + "\n", encoding="utf-8")
