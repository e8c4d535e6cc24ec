"""Pitch tracking of a voice: SwiftF0, or pYIN where it cannot run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from core.arrays import FloatArray
from core.voice.librosa_compiling import first_alone

if TYPE_CHECKING:
    from swift_f0 import SwiftF0

Tracker = Literal["swift-f0", "pyin"]

SR = 16_000  # SwiftF0 was trained at this rate
HOP_LENGTH = 256
FRAME_SEC = HOP_LENGTH / SR
FMIN, FMAX = 46.875, 2093.75  # SwiftF0's range: from a bass's F#1 to a whistled C7
VOICED = 0.5  # SwiftF0's confidence is calibrated to this

# Both trackers run on eight seconds at a time, which bounds their memory. SwiftF0 sees eleven frames to each side, so
# its parts fit without a seam; pYIN's path has settled after half a second.
_PART_FRAMES, _SEEN_FRAMES, _PYIN_SEEN_FRAMES = 500, 12, 32

# pYIN says whether a frame is voiced; its probabilities are not comparable with SwiftF0's.
_PYIN_VOICED, _PYIN_UNVOICED = 0.95, 0.05
_PYIN_FMIN = 65.0
_PYIN_FRAME = 1024
_PYIN_SIZES: dict[str, Any] = {"frame_length": _PYIN_FRAME, "hop_length": HOP_LENGTH, "fill_na": None}


@dataclass(frozen=True, eq=False)
class PitchTrack:
    """Pitch frame by frame, every 16 ms.

    Attributes
    ----------
    f0_hz : ndarray of float64, shape=(n,)
        A value for every frame, also where nothing sounds.
    confidence : ndarray of float64, shape=(n,)
        0 to 1; a frame with at least :data:`VOICED` is voiced.
    tracker : {"swift-f0", "pyin"}
        What found it.
    """

    f0_hz: FloatArray
    confidence: FloatArray
    tracker: Tracker

    @property
    def times_sec(self) -> FloatArray:
        """Center of each frame, shape=(n,)."""
        return np.arange(len(self.f0_hz), dtype=np.float64) * FRAME_SEC

    @property
    def pitch(self) -> FloatArray:
        """Fractional MIDI numbers, shape=(n,)."""
        return hz_to_midi(self.f0_hz)


def hz_to_midi(frequencies: FloatArray) -> FloatArray:
    """Fractional MIDI numbers of frequencies, as of ``librosa.hz_to_midi``."""
    return np.asarray(69.0 + 12.0 * np.log2(frequencies / 440.0))


def track(y: NDArray[np.float32], tracker: Tracker = "swift-f0") -> PitchTrack:
    """Follow the pitch of one voice.

    Parameters
    ----------
    y : ndarray of float32, shape=(n,)
        Mono, at :data:`SR`.
    tracker : {"swift-f0", "pyin"}
        SwiftF0 (Nieradzik 2025, "SwiftF0: fast and accurate monophonic pitch detection") or pYIN (Mauch and
        Dixon 2014). Where onnxruntime or swift-f0 is missing, pYIN answers for SwiftF0; ``PitchTrack.tracker``
        tells.

    Returns
    -------
    PitchTrack
        ``max(1, n // 256)`` frames.
    """
    detector = _swift_f0() if tracker == "swift-f0" else None
    return _track_pyin(y) if detector is None else _track_swift_f0(y, detector)


@cache
def _swift_f0() -> SwiftF0 | None:
    # A missing shared library of onnxruntime raises OSError or ImportError, depending on the platform.
    try:
        from swift_f0 import SwiftF0
    except (ImportError, OSError):
        return None
    # One thread that sleeps between calls: visitors share the machine. The detector may be shared by threads.
    return SwiftF0(threads=1, spin=False)


def _track_swift_f0(y: NDArray[np.float32], detector: Any) -> PitchTrack:
    def part(y: NDArray[np.float32]) -> tuple[FloatArray, FloatArray]:
        """Pitch and confidence of a stretch."""
        found = detector.detect(y, SR)
        return found.pitch_hz, found.confidence

    f0_hz, confidence = _track_in_parts(y, part, _SEEN_FRAMES)
    return PitchTrack(np.maximum(f0_hz, FMIN), confidence, "swift-f0")


def _track_pyin(y: NDArray[np.float32]) -> PitchTrack:
    import librosa

    def part(y: NDArray[np.float32]) -> tuple[FloatArray, FloatArray]:
        """Pitch and confidence of a stretch."""
        padded = np.pad(y, (0, max(0, _PYIN_FRAME - len(y))))
        with first_alone("pyin"):
            f0_hz, voiced, _ = librosa.pyin(padded, fmin=_PYIN_FMIN, fmax=FMAX, sr=SR, **_PYIN_SIZES)
        return np.abs(f0_hz), np.where(voiced, _PYIN_VOICED, _PYIN_UNVOICED)

    f0_hz, confidence = _track_in_parts(y, part, _PYIN_SEEN_FRAMES)
    return PitchTrack(np.maximum(f0_hz, FMIN), confidence, "pyin")


def _track_in_parts(
    y: NDArray[np.float32],
    part: Callable[[NDArray[np.float32]], tuple[FloatArray, FloatArray]],
    seen_frames: int,
) -> tuple[FloatArray, FloatArray]:
    """Track a sound eight seconds at a time, each part with some frames of its neighbors."""
    n_frames = max(1, len(y) // HOP_LENGTH)
    f0_hz, confidence = np.empty(n_frames), np.empty(n_frames)
    for start in range(0, n_frames, _PART_FRAMES):
        stop = min(start + _PART_FRAMES, n_frames)
        first = max(0, start - seen_frames)
        end = len(y) if stop == n_frames else (stop + seen_frames) * HOP_LENGTH
        found_hz, found_confidence = part(y[first * HOP_LENGTH : end])
        f0_hz[start:stop] = found_hz[start - first : stop - first]
        confidence[start:stop] = found_confidence[start - first : stop - first]
    return f0_hz, confidence
