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

# Fifteen minutes in the shortest frames of Opus, 2.5 ms, are 360,000; each costs the same whatever it holds.
MAX_PACKETS = 400_000
# Short frames are sent together: a message costs more than the samples of 2.5 ms.
_MESSAGE_BYTES = 1 << 17


class TooManyPacketsError(ValueError):
    """The sound track is cut into more than ``MAX_PACKETS``."""


class Head(NamedTuple):
    """What FFmpeg found when it opened a file."""

    has_video: bool
    n_channels: int  # of the first sound track; 0 if there is none
    sr: int  # Hz, of the same; 0 if the header says nothing
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
    TooManyPacketsError
        After ``MAX_PACKETS``.
    OSError, ValueError
        If FFmpeg cannot open the file, or ends before it has said that it is through.
    """
    from core.files.processes import open_process  # not at the top: the other process has no such package

    with open_process(Path(__file__), demuxer, str(max_channels), data=data) as output:
        yield from _messages(output)


def _messages(stream: IO[bytes]) -> Generator[Head | Block, None, None]:
    yield Head(**_message(stream))
    while message := _message(stream):
        if "n_packets" in message:
            raise TooManyPacketsError(f"more than {message['n_packets']} packets")
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
    sr = stream.codec_context.sample_rate if stream else 0
    head = Head(bool(container.streams.video), n_channels, sr or 0, declared_sec)
    _send(out, head._asdict())
    if stream is not None:
        _serve_samples(container.demux(stream), order, max_channels, out)
    _send(out, {})


def _serve_samples(packets: Iterable[Any], order: list[str], max_channels: int, out: IO[bytes]) -> None:
    import av

    converter: Any = None
    made_for = None
    sender = _Sender(out, order)
    try:
        for n_packets, packet in enumerate(packets):
            if n_packets >= MAX_PACKETS:
                sender.flush()
                _send(out, {"n_packets": MAX_PACKETS})
                return
            for frame in _frames(packet):
                if frame.layout.nb_channels > max_channels:
                    continue
                form = (frame.format.name, frame.layout.name, frame.sample_rate)
                if form != made_for:
                    # Interleaved, because PyAV reads past the last of 8 or more separate channels.
                    converter, made_for = av.AudioResampler(format="flt"), form
                for interleaved in converter.resample(frame):
                    sender.add(interleaved, form)
    finally:
        sender.flush()  # what was read before a damaged place, too


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


class _Sender:
    """Sends frames; those of one form that follow each other, together."""

    def __init__(self, out: IO[bytes], order: list[str]) -> None:
        self._out = out
        self._order = order
        self._form: object = None
        self._head: dict[str, Any] = {}
        self._pieces: list[bytes] = []
        self._n_bytes = 0

    def add(self, frame: Any, form: object) -> None:
        """Take an interleaved frame; `form` says what it was made of."""
        if form != self._form:
            self.flush()
            names = self._order or [channel.name for channel in frame.layout.channels]
            self._form = form
            self._head = {"n_channels": frame.layout.nb_channels, "names": names, "sr": frame.sample_rate}
        n_bytes = 4 * frame.samples * self._head["n_channels"]
        self._pieces.append(bytes(memoryview(frame.planes[0])[:n_bytes]))  # behind them there may be padding
        self._n_bytes += n_bytes
        if self._n_bytes >= _MESSAGE_BYTES:
            self.flush()

    def flush(self) -> None:
        """Send what has been taken."""
        if self._n_bytes:
            _send(self._out, {"n_bytes": self._n_bytes, **self._head})
            self._out.write(b"".join(self._pieces))
        self._pieces, self._n_bytes = [], 0


def _send(out: IO[bytes], message: dict[str, Any]) -> None:
    out.write(json.dumps(message).encode() + b"\n")


def _main() -> None:
    data = sys.stdin.buffer.read()
    _serve(data, sys.argv[1], int(sys.argv[2]), sys.stdout.buffer)
    sys.stdout.buffer.flush()
    os._exit(0)  # without collecting what `_channels` keeps


if __name__ == "__main__":
    _main()
