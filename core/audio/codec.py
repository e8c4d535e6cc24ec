"""Sound as the five features exchange it: decode any upload, encode a download.

Bytes go in and bytes come out; nothing touches the disk. `core.files.sound_signatures` recognises a file and
`core.audio.streaming` reads it.
"""

from __future__ import annotations

import io
import math
import struct
from contextlib import closing
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from core import limits
from core.audio.downmix import FloatArray
from core.audio.streaming import MAX_CHANNELS, Source, open_ffmpeg, open_soundfile
from core.errors import DashboardError, InputError
from core.files.sound_signatures import Kind, kind_of

Container = Literal["wav", "flac", "mp3"]

MIN_SR = 1_000
MAX_SR = 384_000
# Nothing above 24 kHz is heard, and limits.MAX_AUDIO_SEC was chosen for memory at this rate.
MAX_DECODED_SR = 48_000
# Less than one note's attack: no feature can do anything with it.
MIN_DECODED_SEC = 0.05
# Encoders fill their last frames, so that a sound of exactly the longest length comes out a little longer.
_SLACK_SEC = 0.1


@dataclass(frozen=True, eq=False)
class Audio:
    """A waveform and its sampling rate.

    Two sounds are compared with ``np.array_equal(a.y, b.y)``; ``==`` asks whether they are the same object.

    Attributes
    ----------
    y : np.ndarray [shape=(n,) or (channels, n)]
        Samples, nominally in [-1, 1]; any number type is cast to float32. Values beyond full scale are kept
        (resampling overshoots) and clipped only when the sound is encoded.
    sr : int in [1000, 384000]
        Sampling rate in Hz.

    Raises
    ------
    ValueError
        If ``y`` has another shape, no samples, more than 8 channels (most likely a transposed array), or a
        sample that is not finite, or if ``sr`` lies outside its range.
    """

    y: FloatArray
    sr: int

    def __post_init__(self) -> None:
        y = np.asarray(self.y, dtype=np.float32)
        if y.ndim not in (1, 2) or y.size == 0:
            raise ValueError(f"y must have the shape (n,) or (channels, n) with n > 0, not {y.shape}.")
        if y.ndim == 2 and y.shape[0] > MAX_CHANNELS:
            raise ValueError(f"y must have at most {MAX_CHANNELS} channels; {y.shape} looks transposed.")
        # NaN and infinity survive min and max, which need no second array the size of the sound.
        if not (np.isfinite(y.min()) and np.isfinite(y.max())):
            raise ValueError("y must be finite; it holds NaN or infinity.")
        if self.sr != int(self.sr) or not MIN_SR <= self.sr <= MAX_SR:
            raise ValueError(f"sr must be a whole number of Hz from {MIN_SR} to {MAX_SR}, not {self.sr}.")
        object.__setattr__(self, "y", y)
        object.__setattr__(self, "sr", int(self.sr))

    @property
    def n_channels(self) -> int:
        """Number of channels, 1 for ``(n,)``."""
        return 1 if self.y.ndim == 1 else int(self.y.shape[0])

    @property
    def n_samples(self) -> int:
        """Number of samples in one channel."""
        return int(self.y.shape[-1])

    @property
    def duration_sec(self) -> float:
        """Length in seconds."""
        return self.n_samples / self.sr

    def mono(self) -> Audio:
        """The mean of the channels, ``(n,)``; a sound that already is ``(n,)`` comes back as it is."""
        return self if self.y.ndim == 1 else Audio(self.y.mean(axis=0, dtype=np.float32), self.sr)

    def resampled(self, sr: int) -> Audio:
        """The same sound at another rate, by soxr's band-limited "HQ" interpolation.

        Parameters
        ----------
        sr : int in [1000, 384000]
            New sampling rate in Hz.

        Returns
        -------
        Audio
            With the same channels and about ``n * sr / self.sr`` samples; itself where the rate is the same.

        Raises
        ------
        ValueError
            If ``sr`` lies outside its range, or the sound is too short to leave one sample.
        """
        if sr == self.sr:
            return self
        if not MIN_SR <= sr <= MAX_SR:
            raise ValueError(f"sr must be a whole number of Hz from {MIN_SR} to {MAX_SR}, not {sr}.")
        channels = [soxr.resample(channel, self.sr, sr, quality="HQ") for channel in np.atleast_2d(self.y)]
        return Audio(channels[0] if self.y.ndim == 1 else np.stack(channels), sr)


# Decoding.


def decode(data: bytes, *, name: str = "the file", max_sec: float = limits.MAX_AUDIO_SEC) -> Audio:
    """Read any sound file that a visitor uploads or a browser records.

    WAV (integer, float, extensible, compressed), FLAC, MP3, Ogg Vorbis, Opus, M4A, AAC, ALAC, AIFF, AU, CAF,
    WebM, WMA, AMR, and the sound track of a video. A file that breaks off gives what is there.

    Parameters
    ----------
    data : bytes
        The file, at most ``limits.MAX_AUDIO_BYTES``.
    name : str
        How the messages call the file; only its last path component is shown.
    max_sec : float > 0
        Longest sound to accept, in seconds. Compared with what the file declares before anything is decoded,
        and with what came out while decoding, because a header may lie.

    Returns
    -------
    Audio
        ``(n,)`` for one channel, ``(2, n)`` for two; clipped to [-1, 1], NaN and infinity become 0. The
        rate is the file's own up to 48 kHz; a higher one is resampled to 48 kHz while decoding.
        More channels are mixed as `core.audio.downmix.downmix` says.

    Raises
    ------
    InputError
        If the file is too large, too long, shorter than 0.05 s, damaged beyond that, not sound, or a video
        without sound.
    """
    shown = _shown_name(name)
    kind = kind_of(data, shown)
    for open_source in (open_soundfile, open_ffmpeg) if kind.by_soundfile else (open_ffmpeg,):
        tape = _Tape(shown, max_sec)
        try:
            _copy(open_source(data, kind, shown), tape)
        except DashboardError:
            raise
        except Exception:  # noqa: S110 - two libraries with a dozen exception types; below we say it better
            pass
        tape.flush()
        if tape.duration_sec >= MIN_DECODED_SEC:
            return tape.audio()
    raise InputError(_nothing_read(shown, kind, tape))


def _copy(source: Source, tape: _Tape) -> None:
    with closing(source.blocks):
        tape.expect(source.declared_sec)
        for block, sr in source.blocks:
            tape.write(block, sr)
        tape.complete = True


class _Tape:
    """Collects decoded blocks in one array of 1 or 2 channels, and stops at the longest length.

    The first block decides channels and rate; later ones are fitted to it, because a stream may change
    half-way. The array is allocated once for the declared length, so that the largest upload is in memory
    once, not twice as a list of blocks that is joined at the end would be.
    """

    def __init__(self, shown: str, max_sec: float) -> None:
        self.complete = False
        self._shown = shown
        self._max_sec = max_sec
        self._declared_sec: float | None = None
        self._n = 0
        self._flat = np.empty(0, dtype=np.float32)
        self._channels = 0
        self._sr = 0
        self._source_sr = 0
        self._resampler: Any = None

    @property
    def duration_sec(self) -> float:
        """What has been written so far, in seconds."""
        return self._n / self._sr if self._sr else 0.0

    def expect(self, declared_sec: float | None) -> None:
        """Refuse a file that says it is too long before decoding any of it."""
        if declared_sec is not None and declared_sec > self._max_sec + _SLACK_SEC:
            says = f"says it lasts {_spoken_time(declared_sec)}"
            raise InputError(_too_long(self._shown, says, self._max_sec))
        self._declared_sec = declared_sec

    def write(self, block: FloatArray, sr: int) -> None:
        """Append ``(n, 1 or 2)`` samples at ``sr`` Hz."""
        if not self._sr:
            self._start(block.shape[1], sr)
        if sr != self._source_sr:
            self._change_rate(sr)
        if block.shape[1] != self._channels:
            block = block.mean(axis=1, keepdims=True) if self._channels == 1 else np.repeat(block, 2, axis=1)
        if self._resampler is not None:
            block = self._resampler.resample_chunk(np.ascontiguousarray(block))
        self._append(block)

    def flush(self) -> None:
        """Append what the resampler still holds."""
        if self._resampler is not None:
            empty = np.empty((0, self._channels), dtype=np.float32)
            self._append(self._resampler.resample_chunk(empty, last=True))
            self._resampler = None

    def audio(self) -> Audio:
        """What was collected; the tape must not be written afterwards."""
        room, n = self._room, self._n
        if self._channels == 2 and room > n:
            self._flat[n : 2 * n] = self._flat[room : room + n]
        y = self._flat[: self._channels * n]
        if n < room // 2:  # do not keep the large array alive for a small sound
            y = y.copy()
        return Audio(y if self._channels == 1 else y.reshape(2, n), self._sr)

    @property
    def _room(self) -> int:
        return self._flat.size // self._channels

    def _start(self, channels: int, sr: int) -> None:
        self._channels = channels
        self._sr = min(_checked_rate(self._shown, sr), MAX_DECODED_SR)
        self._source_sr = self._sr
        if self._declared_sec is not None:
            self._grow(self._declared_sec)

    def _change_rate(self, sr: int) -> None:
        self.flush()
        self._source_sr = _checked_rate(self._shown, sr)
        if sr != self._sr:
            self._resampler = soxr.ResampleStream(sr, self._sr, self._channels, dtype="float32", quality="HQ")

    def _append(self, block: FloatArray) -> None:
        end = self._n + len(block)
        if end > (self._max_sec + _SLACK_SEC) * self._sr:
            says = f"lasts more than {_spoken_time(self._max_sec)}"
            raise InputError(_too_long(self._shown, says, self._max_sec))
        if end > self._room:
            # Memory that is never written costs nothing, so one step to the longest length is cheapest.
            self._grow(self._max_sec)
        track = self._flat.reshape(self._channels, -1)[:, self._n : end]
        track[:] = block.T
        np.clip(track, -1.0, 1.0, out=track)  # the resampler overshoots
        self._n = end

    def _grow(self, seconds: float) -> None:
        room = math.ceil((seconds + _SLACK_SEC) * self._sr)
        larger = np.empty((self._channels, room), dtype=np.float32)
        larger[:, : self._n] = self._flat.reshape(self._channels, -1)[:, : self._n]
        self._flat = larger.reshape(-1)


# Sentences.


def _shown_name(name: str) -> str:
    """The last path component, without control characters, short, and fit to begin a sentence."""
    last = name.replace("\\", "/").rstrip("/").rpartition("/")[2]
    shown = "".join(char for char in last if char.isprintable()).strip() or "the file"
    shown = shown if len(shown) <= limits.MAX_NAME_CHARS else shown[: limits.MAX_NAME_CHARS - 1] + "…"
    return shown[0].upper() + shown[1:] if shown == "the file" else shown


def _spoken_time(seconds: float) -> str:
    """A length as people say it: "2 h 3 min", "15 min", "1 min 5 s", "0.4 s"."""
    if seconds < 10:
        return f"{seconds:.1f}".removesuffix(".0") + " s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    parts = [(hours, "h"), (minutes, "min"), (0 if hours else rest, "s")]
    return " ".join(f"{value} {unit}" for value, unit in parts if value)


def _too_long(shown: str, says: str, max_sec: float) -> str:
    return f"{shown} {says}; up to {_spoken_time(max_sec)} works. Cut it or export a part."


def _checked_rate(shown: str, sr: int) -> int:
    if not MIN_SR <= sr <= MAX_SR:
        raise InputError(
            f"{shown} has a sampling rate of {sr} Hz; {MIN_SR} Hz to {MAX_SR} Hz works. "
            "Export it again, for instance at 44100 Hz."
        )
    return sr


def _nothing_read(shown: str, kind: Kind, tape: _Tape) -> str:
    if tape.complete and tape.duration_sec:
        return (
            f"{shown} lasts only {tape.duration_sec * 1000:.0f} ms; "
            f"{MIN_DECODED_SEC * 1000:.0f} ms is the least. Choose a longer sound."
        )
    if tape.complete:
        return f"{shown} is {kind.what} in which no sound was found (0 s). Record or export it again."
    return (
        f"{shown} looks like {kind.what}, but it is damaged or cut off before any sound could be read. "
        "Export or upload it again."
    )


# Encoding.


def encode(audio: Audio, container: Container, *, mp3_kbps: int = 192) -> bytes:
    """Write a sound as a file in memory. The same sound gives the same bytes, always.

    WAV and FLAC hold 16-bit integers, ``rint(32768 * y)`` with halves to even, clipped to the range. There is
    no dither: a sonification is data, and data that stays still must stay still in the file. Decoding gives
    ``y`` back within one step, 1/32768, and a decoded 16-bit file encodes to the same samples.

    Parameters
    ----------
    audio : Audio
        One or two channels for MP3, up to eight for the others.
    container : "wav", "flac" or "mp3"
    mp3_kbps : int in [32, 320]
        Constant bit rate of an MP3 in kbit/s. Below 32 kHz the format ends at 160, below 16 kHz at 64. A
        rate that MP3 does not know is resampled to the next higher one, or to 48 kHz. LAME turns the level
        down by 0.2 to 0.5 dB to keep its own overshoot from clipping.

    Returns
    -------
    bytes

    Raises
    ------
    InputError
        If an MP3 would need more than two channels, or a WAV more than 4 GB.
    ValueError
        If the container is another, or ``mp3_kbps`` lies outside its range.
    """
    if container == "wav":
        return _encode_wav(audio)
    if container == "flac":
        return _soundfile_bytes(_int16_frames(audio), audio.sr, format="FLAC", subtype="PCM_16")
    if container == "mp3":
        return _encode_mp3(audio, mp3_kbps)
    raise ValueError(f"container must be one of {', '.join(get_args(Container))}, not {container!r}.")


def _int16_frames(audio: Audio) -> NDArray[np.int16]:
    """Interleaved little-endian samples, ``(n, channels)``."""
    tracks = np.atleast_2d(audio.y)
    frames = np.empty((audio.n_samples, audio.n_channels), dtype="<i2")
    step = 65_536  # a block that stays in the processor's cache makes this twice as fast as whole arrays
    block = np.empty(step, dtype=np.float32)
    for start in range(0, audio.n_samples, step):
        for channel, track in enumerate(tracks):
            part = track[start : start + step]
            scaled = np.multiply(part, 32768.0, out=block[: part.size])
            np.rint(scaled, out=scaled)
            np.clip(scaled, -32768.0, 32767.0, out=scaled)
            frames[start : start + step, channel] = scaled
    return frames


def _encode_wav(audio: Audio) -> bytes:
    frames = _int16_frames(audio)
    if frames.nbytes > 2**32 - 64:
        raise InputError("A WAV file holds 4 GB, and this sound needs more. Cut it or choose FLAC.")
    block_bytes = 2 * audio.n_channels
    header = struct.pack(
        "<4sI4s4sIHHIIHH4sI",
        *(b"RIFF", 36 + frames.nbytes, b"WAVE"),
        *(b"fmt ", 16, 1, audio.n_channels, audio.sr, audio.sr * block_bytes, block_bytes, 16),
        *(b"data", frames.nbytes),
    )
    return b"".join((header, frames.data))


_MP3_RATES = (8_000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000)


def _encode_mp3(audio: Audio, kbps: int) -> bytes:
    if audio.n_channels > 2:
        raise InputError(
            f"An MP3 holds 1 or 2 channels, this sound has {audio.n_channels}. Choose WAV or FLAC."
        )
    if not 32 <= kbps <= 320:
        raise ValueError(f"mp3_kbps must lie between 32 and 320, not {kbps}.")
    sr = next((rate for rate in _MP3_RATES if rate >= audio.sr), _MP3_RATES[-1])
    # MPEG-1, 2 and 2.5: (highest, lowest) bit rate. soundfile spreads its level 0 to 1 over that range.
    high, low = (320, 32) if sr >= 32_000 else (160, 8) if sr >= 16_000 else (64, 8)
    y = np.clip(audio.resampled(sr).y.T, -1.0, 1.0)
    level = (high - min(kbps, high)) / (high - low)
    return _soundfile_bytes(
        y, sr, format="MP3", subtype="MPEG_LAYER_III", bitrate_mode="CONSTANT", compression_level=level
    )


def _soundfile_bytes(frames: NDArray[Any], sr: int, **settings: Any) -> bytes:
    buffer = io.BytesIO()
    soundfile.write(buffer, frames, sr, **settings)
    return buffer.getvalue()
