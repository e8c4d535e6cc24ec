"""A long sound as a file, encoded part by part so that it never stands in memory a second time."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator, Sequence
from typing import BinaryIO

import numpy as np
import soundfile
from numpy.typing import NDArray

from core.audio import Audio, Container, encode

FloatArray = NDArray[np.float32]

_WAV_HEADER = 44
_MP3_RATES = (8_000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000)
_BLOCK_SEC = 20
_PREVIEW_SR = 24_000


def encoded(parts: Sequence[FloatArray], sr: int, container: Container) -> bytes:
    """As :func:`write`, in memory."""
    buffer = io.BytesIO()
    write(buffer, parts, sr, container)
    return buffer.getvalue()


def write(file: BinaryIO, parts: Sequence[FloatArray], sr: int, container: Container) -> None:
    """Write parts that sound one after the other as one file.

    Parameters
    ----------
    file : binary file
        Open for writing; soundfile needs to seek in it.
    parts : sequence of ndarray, each shape=(channels, n)
    sr : int
        Hz.
    container : {"wav", "flac", "mp3"}
        Holding the samples that :func:`core.audio.encode` would write.
    """
    if container == "wav":
        file.write(_wav_header(2 * sum(part.size for part in parts), parts[0].shape[0], sr))
        for block in _blocks(parts, sr):
            file.write(encode(Audio(block, sr), "wav")[_WAV_HEADER:])
        return
    if container == "mp3" and sr not in _MP3_RATES:
        file.write(encode(Audio(np.concatenate(parts, axis=1), sr), "mp3"))
        return
    kind = {"flac": ("FLAC", "PCM_16"), "mp3": ("MP3", "MPEG_LAYER_III")}[container]
    settings = {} if container == "flac" else _mp3_settings(sr)
    with soundfile.SoundFile(
        file, "w", samplerate=sr, channels=parts[0].shape[0], format=kind[0], subtype=kind[1], **settings
    ) as sound:
        for block in _blocks(parts, sr):
            sound.write(_int16(block.T) if container == "flac" else np.clip(block.T, -1.0, 1.0))


def _blocks(parts: Sequence[FloatArray], sr: int) -> Iterator[FloatArray]:
    step = _BLOCK_SEC * sr
    for part in parts:
        for start in range(0, part.shape[1], step):
            yield part[:, start : start + step]


def _mp3_settings(sr: int) -> dict[str, object]:
    """192 kbit/s or the most that the rate allows, as :func:`core.audio.encode` writes it."""
    high, low = (320, 32) if sr >= 32_000 else (160, 8) if sr >= 16_000 else (64, 8)
    return {"bitrate_mode": "CONSTANT", "compression_level": (high - min(192, high)) / (high - low)}


def _int16(block: FloatArray) -> NDArray[np.int16]:
    return np.asarray(np.clip(np.rint(block * 32768.0), -32768, 32767), dtype=np.int16)


def _wav_header(n_bytes: int, n_channels: int, sr: int) -> bytes:
    return struct.pack(
        "<4sI4s4sIHHIIHH4sI",
        *(
            b"RIFF",
            36 + n_bytes,
            b"WAVE",
            b"fmt ",
            16,
            1,
            n_channels,
            sr,
            2 * n_channels * sr,
            2 * n_channels,
            16,
        ),
        *(b"data", n_bytes),
    )


def preview(parts: Sequence[FloatArray], sr: int) -> bytes:
    """The same as a smaller WAV for listening in a browser: mono at 24 kHz, 48 kB a second.

    Parameters
    ----------
    parts : sequence of ndarray, each shape=(channels, n)
    sr : int
        Hz.

    Returns
    -------
    bytes
    """
    import soxr

    rate = min(_PREVIEW_SR, sr)
    stream = soxr.ResampleStream(sr, rate, 1, dtype="float32", quality="HQ")
    frames = [
        _int16(np.asarray(stream.resample_chunk(block.mean(axis=0, dtype=np.float32)))).tobytes()
        for block in _blocks(parts, sr)
    ]
    frames.append(_int16(np.asarray(stream.resample_chunk(np.empty(0, np.float32), last=True))).tobytes())
    return _wav_header(sum(map(len, frames)), 1, rate) + b"".join(frames)
