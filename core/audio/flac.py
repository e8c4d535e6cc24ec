"""FLAC storage of finished sounds: lossless at 16 bits, with a smaller Opus copy for playback."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import soundfile

from core.arrays import Float32Array
from core.audio.encoding import Container, encode, encode_opus, encode_parts
from core.audio.waveform import Audio
from core.limits import MEGABYTE

# From here on a browser is sent Opus first: with all else of a page it would be more than 1.2 MB.
_MAX_SENT_BYTES = 900_000
# Six minutes of stereo. No browser is sent more (the pages make it mono first), and Opus would take 4 s of 15 minutes.
_MAX_PLAYED_BYTES = 64 * MEGABYTE
# Times as many bytes as 16-bit samples: music takes a fifth to a half of them as FLAC.
_LIKELY_LARGE = 5


@dataclass(frozen=True, kw_only=True)
class FlacSound:
    """A finished sound as a FLAC file, and where that is large a smaller one for listening.

    Attributes
    ----------
    data : bytes
        The file; samples of 16 bits, as a WAV file of the same sound has them.
    sha256 : str
        Of ``data``.
    sr : int
        Hz.
    n_samples, n_channels : int
    small : bytes
        The same sound as Ogg Opus (`core.audio.encoding.encode_opus`), as long and in time to the sample; empty where
        ``data`` is small itself.

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
    small: bytes = b""

    @classmethod
    def of(cls, audio: Audio) -> FlacSound:
        """Encode a sound."""
        return cls.of_parts([np.atleast_2d(audio.y)], audio.sr)

    @classmethod
    def of_parts(cls, parts: Sequence[Float32Array], sr: int) -> FlacSound:
        """Encode what sounds one after the other, each shape=(channels, n)."""
        n_samples, n_channels = sum(part.shape[1] for part in parts), parts[0].shape[0]
        n_bytes = 2 * n_samples * n_channels
        may_be_small = n_channels <= 2 and _MAX_SENT_BYTES < n_bytes <= _MAX_PLAYED_BYTES
        # What is this long is nearly always large as FLAC: both are encoded side by side, which leave Python to others.
        is_early = may_be_small and n_bytes > _LIKELY_LARGE * _MAX_SENT_BYTES
        with ThreadPoolExecutor(max_workers=1) as pool:
            early = pool.submit(encode_opus, parts, sr) if is_early else None
            data = encode_parts(parts, sr, "flac")
            small = b""
            if may_be_small and len(data) > _MAX_SENT_BYTES:
                small = encode_opus(parts, sr) if early is None else early.result()
        return cls(
            data=data,
            sha256=hashlib.sha256(data).hexdigest(),
            sr=sr,
            n_samples=n_samples,
            n_channels=n_channels,
            small=small,
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
