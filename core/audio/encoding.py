"""Audio encoder: WAV, FLAC and MP3 files of a whole sound or of its parts, and a small Opus stream for listening."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, BinaryIO, Literal, get_args

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from core.arrays import Float32Array
from core.audio.waveform import Audio
from core.errors import InputError

Container = Literal["wav", "flac", "mp3"]

_MP3_RATES = (8_000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000)
_MAX_WAV_BYTES = 2**32 - 64
# Samples that stay in the processor's cache while they become integers.
_BLOCK = 65_536
_OPUS_SR = 48_000
_LAYOUTS = ("mono", "stereo")
# Bits a second on average: where listeners in blind tests no longer tell music from the original.
_OPUS_BPS = {"mono": 72_000, "stereo": 128_000}
# Above 5 of 10 the encoder takes half as long again, for nothing that is heard at these rates.
_OPUS_OPTIONS = {"compression_level": "5"}
# Half the time of the thorough search.
_AAC_OPTIONS = {"aac_coder": "fast"}
AAC_LEAD = 1024
"""Samples at 48 kHz by which FFmpeg's coder begins before the sound."""


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

    Examples
    --------
    >>> import numpy as np
    >>> from core.audio import Audio, encode
    >>> tone = Audio(0.5 * np.sin(2 * np.pi * 440 * np.arange(8000) / 8000), sr=8000)
    >>> data = encode(tone, "wav")
    >>> data[:4], len(data)
    (b'RIFF', 16044)
    """
    return encode_parts([np.atleast_2d(audio.y)], audio.sr, container, mp3_kbps=mp3_kbps)


def encode_parts(
    parts: Sequence[Float32Array], sr: int, container: Container, *, mp3_kbps: int = 192
) -> bytes:
    """As :func:`write_parts`, in memory."""
    buffer = io.BytesIO()
    write_parts(buffer, parts, sr, container, mp3_kbps=mp3_kbps)
    return buffer.getvalue()


def write_parts(
    file: BinaryIO, parts: Sequence[Float32Array], sr: int, container: Container, *, mp3_kbps: int = 192
) -> None:
    """Write parts that sound one after the other as one file, so that the whole never stands in memory again.

    Parameters
    ----------
    file : binary file
        Open for writing; soundfile needs to seek in it.
    parts : sequence of ndarray, each shape=(channels, n)
    sr : int
        Hz.
    container, mp3_kbps
        As in :func:`encode`, which also tells what is raised.
    """
    n_channels, n_bytes = parts[0].shape[0], 2 * sum(part.size for part in parts)
    if container == "wav" and n_bytes > _MAX_WAV_BYTES:
        raise InputError("A WAV file holds 4 GB, and this sound needs more. Cut it or choose FLAC.")
    if container in ("wav", "flac"):
        frames = (_to_int16(block) for block in _split(parts))
        _write_frames(file, frames, sr, n_channels, format=container.upper(), subtype="PCM_16")
        return
    if container != "mp3":
        raise ValueError(f"container must be one of {', '.join(get_args(Container))}, not {container!r}.")
    if n_channels > 2:
        raise InputError(f"An MP3 holds 1 or 2 channels, this sound has {n_channels}. Choose WAV or FLAC.")
    if not 32 <= mp3_kbps <= 320:
        raise ValueError(f"mp3_kbps must lie between 32 and 320, not {mp3_kbps}.")
    rate = next((rate for rate in _MP3_RATES if rate >= sr), _MP3_RATES[-1])
    # MPEG-1, 2 and 2.5: (highest, lowest) bit rate. soundfile spreads its level 0 to 1 over that range.
    high, low = (320, 32) if rate >= 32_000 else (160, 8) if rate >= 16_000 else (64, 8)
    level = (high - min(mp3_kbps, high)) / (high - low)
    blocks = (np.clip(block, -1.0, 1.0) for block in _resample(_split(parts), n_channels, sr, rate))
    settings = {"format": "MP3", "subtype": "MPEG_LAYER_III", "bitrate_mode": "CONSTANT"}
    _write_frames(file, blocks, rate, n_channels, compression_level=level, **settings)


def encode_opus(parts: Sequence[Float32Array], sr: int) -> bytes:
    """Write a small file for listening in a browser: Opus in Ogg, two to six times smaller than FLAC.

    A decoder gives back as many samples as went in, in time to the sample: the file says how much of the codec's
    lead-in and of its last frame is to be left off. By PyAV: it takes 0.13 s for 30 s of stereo, libsndfile 0.67 s.

    Parameters
    ----------
    parts : sequence of ndarray, each shape=(channels, n)
        One or two channels, one after the other.
    sr : int
        Hz.

    Returns
    -------
    bytes
        At 48 kHz, the only rate of the format; the same sound gives the same bytes, always.

    Examples
    --------
    >>> tone = np.sin(np.arange(96_000) / 9).astype(np.float32)[None]
    >>> data = encode_opus([tone], 48_000)
    >>> data[:4], 5_000 < len(data) < 20_000
    (b'OggS', True)
    """
    layout = _LAYOUTS[parts[0].shape[0] - 1]
    return _encode_stream(parts, sr, "ogg", "libopus", "flt", _OPUS_BPS[layout], _OPUS_OPTIONS)


def encode_aac(parts: Sequence[Float32Array], sr: int, *, kbps: int) -> bytes:
    """Write a file for browsers that play no Opus, such as Safari before 18.4: AAC in MP4.

    A decoder that does not read the container's edit list begins `AAC_LEAD` samples early.

    Parameters
    ----------
    parts : sequence of ndarray, each shape=(channels, n)
        One or two channels, one after the other.
    sr : int
        Hz.
    kbps : int
        Bit rate in kbit/s.

    Returns
    -------
    bytes
        At 48 kHz; the same sound gives the same bytes, always.

    Examples
    --------
    >>> tone = np.sin(np.arange(96_000) / 9).astype(np.float32)[None]
    >>> data = encode_aac([tone], 48_000, kbps=64)
    >>> data[4:8], 5_000 < len(data) < 30_000
    (b'ftyp', True)
    """
    return _encode_stream(parts, sr, "mp4", "aac", "fltp", kbps * 1_000, _AAC_OPTIONS)


def _encode_stream(
    parts: Sequence[Float32Array],
    sr: int,
    container: str,
    codec: Literal["libopus", "aac"],
    sample_format: Literal["flt", "fltp"],
    bps: int,
    options: dict[str, str],
) -> bytes:
    import av

    layout = _LAYOUTS[parts[0].shape[0] - 1]
    buffer = io.BytesIO()
    # Without "bitexact" the stream's number in the container is drawn by lot.
    with av.open(buffer, "w", format=container, container_options={"fflags": "bitexact"}) as file:
        stream = file.add_stream(codec, rate=_OPUS_SR, layout=layout, bit_rate=bps, options=options)
        stream.format = sample_format
        at = 0
        for block in _resample(_split(parts), parts[0].shape[0], sr, _OPUS_SR):
            if not len(block):
                continue
            samples = np.clip(block, -1.0, 1.0, dtype=np.float32)
            samples = samples.reshape(1, -1) if sample_format == "flt" else samples.T
            frame = av.AudioFrame.from_ndarray(
                np.ascontiguousarray(samples), format=sample_format, layout=layout
            )
            frame.sample_rate, frame.pts = _OPUS_SR, at
            at += len(block)
            file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
    return buffer.getvalue()


def resample_mono(parts: Iterable[Float32Array], sr: int, rate: int) -> Iterator[Float32Array]:
    """The mean of the channels at another rate, some seconds at a time, each block shape=(n,).

    Parameters
    ----------
    parts : iterable of ndarray, each shape=(channels, n)
        What sounds one after the other.
    sr, rate : int
        Hz.
    """
    mono = (block.mean(axis=1, keepdims=True, dtype=np.float32) for block in _split(parts, 10 * sr))
    for block in _resample(mono, 1, sr, rate):
        yield block[:, 0]


def _split(parts: Iterable[Float32Array], n: int = _BLOCK) -> Iterator[Float32Array]:
    """The sound in short blocks, (channels, n) -> (n, channels)."""
    for part in parts:
        for start in range(0, part.shape[1], n):
            yield part[:, start : start + n].T


def _resample(blocks: Iterable[Float32Array], n_channels: int, sr: int, rate: int) -> Iterator[Float32Array]:
    """Blocks of ``(n, channels)`` at another rate."""
    if rate == sr:
        yield from blocks
        return
    stream = soxr.ResampleStream(sr, rate, n_channels, dtype="float32", quality="HQ")
    for block in blocks:
        yield stream.resample_chunk(np.ascontiguousarray(block))
    yield stream.resample_chunk(np.empty((0, n_channels), np.float32), last=True)


def _to_int16(block: Float32Array) -> NDArray[np.int16]:
    scaled = block * np.float32(32768.0)
    np.rint(scaled, out=scaled)
    return np.clip(scaled, -32768.0, 32767.0, out=scaled).astype(np.int16)


def _write_frames(
    file: BinaryIO, blocks: Iterable[NDArray[Any]], sr: int, n_channels: int, **settings: Any
) -> None:
    with soundfile.SoundFile(file, "w", samplerate=sr, channels=n_channels, **settings) as sound:
        for block in blocks:
            sound.write(block)
