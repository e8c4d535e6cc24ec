"""Audio decoder: any sound file that a visitor uploads or a browser records becomes a waveform.

Bytes go in and samples come out; nothing touches the disk. `core.files.signatures` recognizes and locates it and
`core.audio.streaming` reads it.
"""

from __future__ import annotations

import math
from contextlib import closing
from typing import Any

import numpy as np
import soxr

from core import limits
from core.arrays import Float32Array
from core.audio.mpeg_streams import mend_mpeg
from core.audio.streaming import Source, check_work, open_ffmpeg, open_soundfile, open_wav_chunks
from core.audio.waveform import MAX_SR, MIN_SR, Audio
from core.errors import DashboardError, InputError, keep_printable
from core.files.signatures import Kind, locate_sound

# Nothing above 24 kHz is heard, and limits.MAX_AUDIO_SEC was chosen for memory at this rate.
MAX_DECODED_SR = 48_000
# Less than one note's attack: no feature can do anything with it.
MIN_DECODED_SEC = 0.05
# Encoders fill their last frames, so that a sound of exactly the longest length comes out a little longer.
_SLACK_SEC = 0.1


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
        If the file is too large, too long, shorter than 0.05 s, damaged beyond that, not sound, a video
        without sound, or built so that decoding it would take too long.

    Examples
    --------
    >>> import numpy as np
    >>> from core.audio import Audio, decode, encode
    >>> mp3 = encode(Audio(np.zeros((2, 44_100)), sr=44_100), "mp3")
    >>> audio = decode(mp3, name="silence.mp3")
    >>> audio.sr, audio.y.shape
    (44100, (2, 44100))
    >>> decode(b"a,b\\n1,2\\n", name="table.csv")
    Traceback (most recent call last):
    core.errors.InputError: table.csv is a text file, not sound. WAV, MP3, FLAC, OGG, Opus, M4A, AAC, AIFF, AU and WebM files work; choose one of those.
    """
    shown = _shorten_name(name)
    kind, start = locate_sound(data, shown)
    data = data[start:] if start else data
    data = mend_mpeg(data) if kind.reader == "mp3" else data
    openers = [open_soundfile, open_ffmpeg] if kind.by_soundfile else [open_ffmpeg]
    openers += [open_wav_chunks] if kind.reader == "wav" else []
    for open_source in openers:
        tape = _Tape(shown, max_sec)
        try:
            _copy(open_source(data, kind, shown), tape, shown)
        except DashboardError:
            raise
        except Exception:  # noqa: S110 - two libraries with a dozen exception types; below we say it better
            pass
        tape.flush()
        if tape.duration_sec >= MIN_DECODED_SEC:
            return tape.audio()
    raise InputError(_describe_failure(shown, kind, tape))


def _copy(source: Source, tape: _Tape, shown: str) -> None:
    with closing(source.blocks):
        tape.expect(source.declared_sec)
        check_work((source.declared_sec or 0.0) * source.samples_a_sec, shown)
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
            raise self._too_long(f"says it lasts {_spoken_time(declared_sec)}")
        self._declared_sec = declared_sec

    def write(self, block: Float32Array, sr: int) -> None:
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
        self._sr = min(_check_rate(self._shown, sr), MAX_DECODED_SR)
        self._source_sr = self._sr
        if self._declared_sec is not None:
            self._grow(self._declared_sec)

    def _change_rate(self, sr: int) -> None:
        self.flush()
        self._source_sr = _check_rate(self._shown, sr)
        if sr != self._sr:
            self._resampler = soxr.ResampleStream(sr, self._sr, self._channels, dtype="float32", quality="HQ")

    def _append(self, block: Float32Array) -> None:
        end = self._n + len(block)
        if end > (self._max_sec + _SLACK_SEC) * self._sr:
            raise self._too_long(f"lasts more than {_spoken_time(self._max_sec)}")
        if end > self._room:
            # Memory that is never written costs nothing, so one step to the longest length is cheapest.
            self._grow(self._max_sec)
        track = self._flat.reshape(self._channels, -1)[:, self._n : end]
        track[:] = block.T
        np.clip(track, -1.0, 1.0, out=track)  # the resampler overshoots
        self._n = end

    def _too_long(self, says: str) -> InputError:
        longest = _spoken_time(self._max_sec)
        return InputError(f"{self._shown} {says}; up to {longest} works. Cut it or export a part.")

    def _grow(self, seconds: float) -> None:
        room = math.ceil((seconds + _SLACK_SEC) * self._sr)
        larger = np.empty((self._channels, room), dtype=np.float32)
        larger[:, : self._n] = self._flat.reshape(self._channels, -1)[:, : self._n]
        self._flat = larger.reshape(-1)


# Sentences.


def _shorten_name(name: str) -> str:
    """The last path component, without control characters, short, and fit to begin a sentence."""
    last = name.replace("\\", "/").rstrip("/").rpartition("/")[2]
    shown = keep_printable(last).strip() or "the file"
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


def _check_rate(shown: str, sr: int) -> int:
    if not MIN_SR <= sr <= MAX_SR:
        raise InputError(
            f"{shown} has a sampling rate of {sr} Hz; {MIN_SR} Hz to {MAX_SR} Hz works. "
            "Export it again, for instance at 44100 Hz."
        )
    return sr


def _describe_failure(shown: str, kind: Kind, tape: _Tape) -> str:
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
