"""Streaming decoders: sound files read in blocks, by libsndfile what it can, by FFmpeg the rest."""

from __future__ import annotations

import io
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


class Source(NamedTuple):
    """A file that was opened but not yet decoded."""

    declared_sec: float | None  # what the header says; None where it says nothing
    blocks: BlockStream


def open_soundfile(data: bytes, kind: Kind, shown: str) -> Source:
    """Open a file of one or two channels with libsndfile.

    Parameters
    ----------
    data : bytes
    kind, shown
        Not needed here; both openers are called alike.

    Returns
    -------
    Source

    Raises
    ------
    ValueError
        If it has more than two channels, which FFmpeg can tell apart.
    soundfile.SoundFileError
        If libsndfile cannot open it.
    """
    file = soundfile.SoundFile(io.BytesIO(data))
    if file.channels > 2:
        # libsndfile does not say which channel is which, and the order differs between containers.
        raise ValueError("left to FFmpeg")

    def blocks() -> BlockStream:
        """Read block after block, and close the file whatever happens."""
        with file:
            while len(block := file.read(_BLOCK_FRAMES, dtype="float32", always_2d=True)):
                yield _clean(block), file.samplerate

    # libsndfile's "unknown" is the largest integer.
    known = 0 < file.frames < 2**62 and file.samplerate > 0
    return Source(file.frames / file.samplerate if known else None, blocks())


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
    except BaseException:
        messages.close()
        raise

    def blocks() -> BlockStream:
        """Read block after block, and end FFmpeg's process whatever happens."""
        with closing(messages):
            for block in messages:
                assert isinstance(block, ffmpeg.Block)
                samples = np.frombuffer(block.samples, dtype=np.float32).reshape(-1, block.n_channels)
                samples = _clean(samples)
                yield (downmix(samples, block.names) if block.n_channels > 2 else samples), block.sr

    return Source(head.declared_sec if kind.declares_length else None, blocks())


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
