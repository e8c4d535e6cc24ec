"""FFmpeg decoder in a process of its own: what libsndfile cannot read is decoded here, and a crash stays here.

The app shares one process among all visitors, and a file that makes FFmpeg's bindings crash would end it for
everyone. That is no theory: with PyAV 18.1 a QuickTime file whose six channels are in film order frees memory
twice, and a damaged AAC file with many channels reads beyond an array. So this module starts itself as a
script, sends the upload through a pipe and reads samples from another; nothing touches the disk. The process
takes 0.1 s and 32 MB to start, beside the upload that it holds.

The script half runs without this package on its path, so the module imports nothing but the standard library
and, in the other process, ``av``.
"""

from __future__ import annotations

import io
import json
import os
import sys
from collections.abc import Generator, Iterable
from pathlib import Path
from typing import IO, Any, NamedTuple


class Head(NamedTuple):
    """What FFmpeg found when it opened a file."""

    has_video: bool
    n_channels: int  # of the first sound track; 0 if there is none
    declared_sec: float | None  # None if the header says nothing


class Block(NamedTuple):
    """Consecutive samples, ``n_channels`` interleaved float32 each; a stream may change between blocks."""

    samples: bytes
    n_channels: int
    names: list[str]  # FFmpeg's names of the channels, such as "FL"
    sr: int  # Hz


def read(data: bytes, demuxer: str, max_channels: int) -> Generator[Head | Block, None, None]:
    """Decode the first sound track of a file in another process.

    Parameters
    ----------
    data : bytes
    demuxer : str
        FFmpeg's name of the container. FFmpeg is not left to guess: a playlist names other files to open.
    max_channels : int in [1, 8]
        Frames with more are left out.

    Yields
    ------
    Head, then Block
        Closing the generator ends the process.

    Raises
    ------
    OSError, ValueError
        If FFmpeg cannot open the file, or ends before it has said that it is through.
    """
    from core.files.processes import open_process  # not at the top: the other process has no such package

    with open_process(Path(__file__), demuxer, str(max_channels), data=data) as output:
        yield from _messages(output)


def _messages(stream: IO[bytes]) -> Generator[Head | Block, None, None]:
    yield Head(**_message(stream))
    while message := _message(stream):
        n_bytes = message.pop("n_bytes")
        samples = stream.read(n_bytes)
        if len(samples) < n_bytes:
            raise ValueError("the decoding process broke off")
        yield Block(samples, **message)


def _message(stream: IO[bytes]) -> dict[str, Any]:
    """The next line of JSON, ``{}`` at the end; a process that broke off leaves none, which is a ValueError."""
    message: dict[str, Any] = json.loads(stream.readline())
    return message


# The other process.


def _serve(data: bytes, demuxer: str, max_channels: int, out: IO[bytes]) -> None:
    import av

    # Tags in Latin-1 are common and are not read here, so they must not stop the decoding.
    container: Any = av.open(io.BytesIO(data), format=demuxer, metadata_errors="replace")
    stream = container.streams.audio[0] if container.streams.audio else None
    n_channels, order = _channels(stream.codec_context) if stream else (0, [])
    known = container.duration is not None and container.duration > 0
    declared_sec = container.duration / av.time_base if known else None
    head = Head(bool(container.streams.video), n_channels, declared_sec)
    _send(out, head._asdict())
    if stream is not None:
        _serve_samples(container.demux(stream), order, max_channels, out)
    _send(out, {})


def _serve_samples(packets: Iterable[Any], order: list[str], max_channels: int, out: IO[bytes]) -> None:
    import av

    converter: Any = None
    made_for = None
    for packet in packets:
        for frame in _frames(packet):
            if frame.layout.nb_channels > max_channels:
                continue
            form = (frame.format.name, frame.layout.name, frame.sample_rate)
            if form != made_for:
                # Interleaved, because PyAV reads past the last of 8 or more separate channels.
                converter, made_for = av.AudioResampler(format="flt"), form
            for interleaved in converter.resample(frame):
                _send_frame(out, interleaved, order)


_kept: list[Any] = []


def _channels(codec: Any) -> tuple[int, list[str]]:
    """Number of channels, and their names if their order is unusual; frames are then told only the number.

    PyAV's layouts share memory with their owner, and both free it, if the order needs memory at all. So this
    one is read once (``codec.channels`` would read it again) and never collected: the process ends without.
    """
    layout = codec.layout
    _kept.append(layout)
    n_channels = layout.nb_channels
    if not layout.name.startswith(f"{n_channels} channels ("):
        return n_channels, []
    names = [channel.name for channel in layout.channels]
    codec.layout = f"{n_channels} channels"
    return n_channels, names


def _frames(packet: Any) -> list[Any]:
    """The frames of a packet; none of a damaged one, which costs its own 20 ms and not the rest of the file."""
    import av

    try:
        return [frame for frame in packet.decode() if frame.samples]
    except av.FFmpegError:
        return []


def _send_frame(out: IO[bytes], frame: Any, order: list[str]) -> None:
    n_bytes = 4 * frame.samples * frame.layout.nb_channels
    names = order or [channel.name for channel in frame.layout.channels]
    block = {
        "n_bytes": n_bytes,
        "n_channels": frame.layout.nb_channels,
        "names": names,
        "sr": frame.sample_rate,
    }
    _send(out, block)
    out.write(memoryview(frame.planes[0])[:n_bytes])  # behind them there may be padding


def _send(out: IO[bytes], message: dict[str, Any]) -> None:
    out.write(json.dumps(message).encode() + b"\n")


def _main() -> None:
    data = sys.stdin.buffer.read()
    _serve(data, sys.argv[1], int(sys.argv[2]), sys.stdout.buffer)
    sys.stdout.buffer.flush()
    os._exit(0)  # without collecting what `_channels` keeps


if __name__ == "__main__":
    _main()
