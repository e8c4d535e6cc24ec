"""Streaming decoders: sound files read in blocks, by libsndfile what it can, by FFmpeg the rest."""

from __future__ import annotations

import io
import re
from collections.abc import Generator
from contextlib import closing
from typing import NamedTuple

import numpy as np
import soundfile

from core.arrays import Float32Array
from core.audio import ffmpeg
from core.audio.downmix import downmix
from core.audio.waveform import MAX_CHANNELS
from core.errors import InputError
from core.files.signatures import WORKS, Kind

BlockStream = Generator[tuple[Float32Array, int], None, None]  # (n, 1 or 2) samples and their rate in Hz

_BLOCK_FRAMES = 4096
_FIRST_PAGE, _LATER_PAGE = re.compile(rb"OggS\0[\2\3\6\7]\0{8}"), re.compile(rb"OggS\0[\0\1\4\5]")
_HEADER_BYTES = 1024 * 1024  # within which a WAV file's samples begin
# Of all channels at the file's own rate. Fifteen minutes of 48 kHz in eight channels, of 192 kHz in two and of
# 384 kHz in one are 346 million; what is decoded of them is small, the work is not.
MAX_SAMPLES = 350_000_000


class Source(NamedTuple):
    """A file that was opened but not yet decoded."""

    declared_sec: float | None  # what the header says; None where it says nothing
    samples_a_sec: int  # of all channels; 0 where the header says nothing
    blocks: BlockStream


def check_work(n_samples: float, shown: str) -> None:
    """Refuse a sound that takes too long to decode, though it may be short enough.

    Parameters
    ----------
    n_samples : float
        Of all channels, at the file's own rate.
    shown : str
        How the message calls the file.

    Raises
    ------
    InputError
        If there are more than ``MAX_SAMPLES``.
    """
    if n_samples > MAX_SAMPLES:
        raise InputError(
            f"{shown} holds more than {MAX_SAMPLES // 1_000_000} million samples in its channels, too many to be "
            "decoded here. Export it in stereo at 48 kHz."
        )


def open_soundfile(data: bytes, kind: Kind, shown: str) -> Source:
    """Open a file of one or two channels with libsndfile.

    Parameters
    ----------
    data : bytes
    kind : Kind
    shown : str
        How the messages call the file.

    Returns
    -------
    Source

    Raises
    ------
    ValueError
        If it has more than two channels, which FFmpeg can tell apart, or a length that is not known, or if it is Ogg
        with one stream behind another, of which libsndfile reads the first.
    soundfile.SoundFileError
        If libsndfile cannot open it.
    """
    if kind.reader == "ogg" and _is_chained(data):
        raise ValueError("left to FFmpeg")
    file = soundfile.SoundFile(io.BytesIO(data))
    # libsndfile does not say which channel is which, and the order differs between containers. A length that it calls
    # unknown, the largest integer, makes it lose the last block.
    if file.channels > 2 or file.frames >= 2**62:
        raise ValueError("left to FFmpeg")

    def blocks() -> BlockStream:
        """Read block after block, and close the file whatever happens."""
        n_samples = 0
        with file:
            while len(block := file.read(_BLOCK_FRAMES, dtype="float32", always_2d=True)):
                n_samples += block.size
                check_work(n_samples, shown)
                yield _clean(block), file.samplerate

    known = file.frames > 0 and file.samplerate > 0
    declared_sec = file.frames / file.samplerate if known else None
    return Source(declared_sec, file.channels * file.samplerate, blocks())


def _is_chained(data: bytes) -> bool:
    """Whether an Ogg stream begins behind pages of another, as in recordings of web radio."""
    later = _LATER_PAGE.search(data)
    return later is not None and _FIRST_PAGE.search(data, later.end()) is not None


def open_wav_chunks(data: bytes, kind: Kind, shown: str) -> Source:
    """Open a WAV file whose chunks are not where its sizes say, as behind one of odd length without padding.

    Parameters
    ----------
    data, kind, shown
        As of :func:`open_soundfile`.

    Returns
    -------
    Source

    Raises
    ------
    ValueError
        If its format or its samples are nowhere.
    """
    begin = data.index(b"fmt ", 0, _HEADER_BYTES)
    size = min(int.from_bytes(data[begin + 4 : begin + 8], "little"), 64)
    samples = data.index(b"data", begin + 8 + size, _HEADER_BYTES)
    n_bytes = len(data) - samples - 8
    header = b"WAVE" + data[begin : begin + 8 + size] + b"data" + n_bytes.to_bytes(4, "little")
    riff = b"RIFF" + (len(header) + n_bytes).to_bytes(4, "little")
    return open_soundfile(riff + header + data[samples + 8 :], kind, shown)


def open_ffmpeg(data: bytes, kind: Kind, shown: str) -> Source:
    """Open a file with FFmpeg in another process; more than two channels are mixed to two.

    Parameters
    ----------
    data : bytes
    kind : Kind
        Says which demuxer reads it, and whether its declared length is to be believed.
    shown : str
        How the messages call the file.

    Returns
    -------
    Source

    Raises
    ------
    InputError
        If there is no sound track, or it has more than `MAX_CHANNELS` channels.
    OSError, ValueError
        If FFmpeg cannot read it, as `core.audio.ffmpeg.read` says.
    """
    messages = ffmpeg.read(data, kind.reader, MAX_CHANNELS)
    try:
        head = next(messages)
        assert isinstance(head, ffmpeg.Head)
        _refuse_tracks(head, kind, shown)
        declared_sec = head.declared_sec if kind.declares_length else None
    except BaseException:
        messages.close()
        raise

    def blocks() -> BlockStream:
        """Read block after block, and end FFmpeg's process whatever happens."""
        n_samples = 0
        with closing(messages):
            for block in _refuse_packets(messages, shown):
                assert isinstance(block, ffmpeg.Block)
                n_samples += len(block.samples) // 4
                check_work(n_samples, shown)
                samples = np.frombuffer(block.samples, dtype=np.float32).reshape(-1, block.n_channels)
                samples = _clean(samples)
                yield (downmix(samples, block.names) if block.n_channels > 2 else samples), block.sr

    return Source(declared_sec, head.n_channels * head.sr, blocks())


def _refuse_packets(
    messages: Generator[ffmpeg.Head | ffmpeg.Block, None, None], shown: str
) -> Generator[ffmpeg.Head | ffmpeg.Block, None, None]:
    try:
        yield from messages
    except ffmpeg.TooManyPacketsError as error:
        raise InputError(
            f"{shown} is cut into more than {ffmpeg.MAX_PACKETS:,} pieces, too many to be decoded here. "
            "Export it again, for instance as MP3."
        ) from error


def _refuse_tracks(head: ffmpeg.Head, kind: Kind, shown: str) -> None:
    if not head.n_channels:
        what = "a video without a sound track" if head.has_video else f"{kind.what} without any sound"
        raise InputError(f"{shown} is {what}. Choose one with sound in it, or a sound file: {WORKS}.")
    if head.n_channels > MAX_CHANNELS:
        raise InputError(
            f"{shown} has {head.n_channels} channels; up to {MAX_CHANNELS} works. "
            "Mix it down to stereo and try again."
        )


def _clean(samples: Float32Array) -> Float32Array:
    """NaN and infinity become 0 and the rest is clipped, before a filter or a mix can spread them."""
    return np.clip(np.nan_to_num(samples, nan=0.0, posinf=0.0, neginf=0.0), -1.0, 1.0)
