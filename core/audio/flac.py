"""FLAC: how a finished sound is kept and sent, lossless at 16 bits and two to six times smaller than WAV."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import soundfile

from core.arrays import Float32Array
from core.audio.encoding import Container, encode, encode_parts
from core.audio.waveform import Audio


@dataclass(frozen=True, kw_only=True)
class FlacSound:
    """A finished sound as a FLAC file.

    Attributes
    ----------
    data : bytes
        The file; samples of 16 bits, as a WAV file of the same sound has them.
    sha256 : str
        Of ``data``.
    sr : int
        Hz.
    n_samples, n_channels : int

    Examples
    --------
    >>> sound = FlacSound.of(Audio(np.zeros(800, np.float32), 8000))
    >>> sound.duration_sec, sound.decode().y.shape, len(sound.encode("wav"))
    (0.1, (800,), 1644)
    """

    data: bytes
    sha256: str
    sr: int
    n_samples: int
    n_channels: int

    @classmethod
    def of(cls, audio: Audio) -> FlacSound:
        """Encode a sound."""
        return cls.of_parts([np.atleast_2d(audio.y)], audio.sr)

    @classmethod
    def of_parts(cls, parts: Sequence[Float32Array], sr: int) -> FlacSound:
        """Encode what sounds one after the other, each shape=(channels, n)."""
        data = encode_parts(parts, sr, "flac")
        return cls(
            data=data,
            sha256=hashlib.sha256(data).hexdigest(),
            sr=sr,
            n_samples=sum(part.shape[1] for part in parts),
            n_channels=parts[0].shape[0],
        )

    @property
    def duration_sec(self) -> float:
        """Length in seconds."""
        return self.n_samples / self.sr

    def decode(self) -> Audio:
        """The sound, whole."""
        y, sr = soundfile.read(io.BytesIO(self.data), dtype="float32", always_2d=True)
        return Audio(np.ascontiguousarray(y[:, 0] if y.shape[1] == 1 else y.T), sr)

    def decode_between(self, start: int, stop: int) -> Audio:
        """Samples from ``start`` to before ``stop``, without decoding what lies outside."""
        y, sr = soundfile.read(io.BytesIO(self.data), start=start, stop=stop, dtype="float32", always_2d=True)
        return Audio(np.ascontiguousarray(y[:, 0] if y.shape[1] == 1 else y.T), sr)

    def encode(self, container: Container) -> bytes:
        """As a file to take away."""
        return self.data if container == "flac" else encode(self.decode(), container)
