"""Sound files as people have them: wrong sizes, chunks in any order, tags before and behind, streams without a length.

Each holds the same tone of two seconds, so that its length is known.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Callable
from functools import cache
from typing import Any

import av
import numpy as np
import soundfile

SR = 22_050
SEC = 2.0


def tone(n_channels: int = 1) -> Any:
    """A tone of 440 Hz."""
    y = 0.3 * np.sin(2 * np.pi * 440 * np.arange(int(SR * SEC)) / SR)
    return np.repeat(y[:, None], n_channels, axis=1)


@cache
def saved(form: str, subtype: str = "PCM_16", n_channels: int = 1, endian: str = "FILE") -> bytes:
    """The tone as libsndfile writes it."""
    buffer = io.BytesIO()
    soundfile.write(buffer, tone(n_channels), SR, format=form, subtype=subtype, endian=endian)
    return buffer.getvalue()


@cache
def muxed(form: str, codec: str, sr: int = SR) -> bytes:
    """The tone as FFmpeg writes it."""
    buffer = io.BytesIO()
    with av.open(buffer, "w", format=form) as container:
        stream: Any = container.add_stream(codec, rate=sr, layout="mono")
        samples = (0.3 * np.sin(2 * np.pi * 440 * np.arange(int(sr * SEC)) / sr)).astype(np.float32)[None]
        if codec in ("wmav2", "mp2"):
            stream.bit_rate = 64_000
        frame = av.AudioFrame.from_ndarray(samples, format="fltp", layout="mono")
        frame.sample_rate = sr
        resampler = av.AudioResampler(format=stream.codec_context.format, layout="mono", rate=sr)
        for ready in resampler.resample(frame):
            container.mux(stream.encode(ready))
        container.mux(stream.encode(None))
    return buffer.getvalue()


def chunk(name: bytes, content: bytes, size: int | None = None) -> bytes:
    """A chunk of RIFF."""
    return (
        name
        + struct.pack("<I", len(content) if size is None else size)
        + content
        + b"\0" * (len(content) % 2)
    )


def fmt(tag: int = 1, bits: int = 16, sr: int = SR, more: bytes = b"") -> bytes:
    """The format chunk of one channel."""
    return chunk(b"fmt ", struct.pack("<HHIIHH", tag, 1, sr, sr * bits // 8, bits // 8, bits) + more)


def pcm() -> bytes:
    """Samples of 16 bits."""
    return bytes((tone()[:, 0] * 32767).astype("<i2").tobytes())


def wav(*chunks: bytes, size: int | None = None) -> bytes:
    """A WAV file of chunks."""
    body = b"WAVE" + b"".join(chunks)
    return b"RIFF" + struct.pack("<I", len(body) if size is None else size) + body


def id3(content: bytes, size: int | None = None) -> bytes:
    """An ID3 tag with a size of four times seven bits."""
    n = len(content) if size is None else size
    return b"ID3\x03\0\0" + bytes(n >> shift & 0x7F for shift in (21, 14, 7, 0)) + content


def mp3() -> bytes:
    """Plain frames with the encoder's own header."""
    return muxed("mp3", "libmp3lame")


def bare_mp3() -> bytes:
    """Frames without a tag and without the one that counts them."""
    return mp3()[mp3().index(b"\xff\xf3", mp3().index(b"Info")) :]


def free_first() -> bytes:
    """M4A that begins with room for tags; its table of places counts from the beginning of the file."""
    plain = muxed("ipod", "aac")
    at = plain.index(b"stco") + 8
    n = int.from_bytes(plain[at : at + 4], "big")
    places = struct.unpack(f">{n}I", plain[at + 4 : at + 4 + 4 * n])
    moved = struct.pack(f">{n}I", *(place + 16 for place in places))
    return b"\0\0\0\x10free" + bytes(8) + plain[: at + 4] + moved + plain[at + 4 + 4 * n :]


def counted(n_frames: int) -> bytes:
    """Frames whose first one announces another number than there is."""
    at = mp3().index(b"Info") + 8
    return mp3()[:at] + n_frames.to_bytes(4, "big") + mp3()[at + 4 :]


def picture() -> bytes:
    """A frame of a tag with a picture in which bytes look like a frame of MPEG."""
    content = b"\0image/jpeg\0\x03\0" + b"\xff\xd8\xff\xe0" + b"\xff\xfb\x90\x64" * 300 + b"\xff\xd9"
    return b"APIC" + struct.pack(">I", len(content)) + b"\0\0" + content


SOUNDS: dict[str, Callable[[], bytes]] = {
    "WAV, piped": lambda: wav(fmt(), chunk(b"data", pcm(), 0xFFFFFFFF), size=0xFFFFFFFF),
    "WAV, sizes never filled in": lambda: wav(fmt(), chunk(b"data", pcm(), 0), size=0),
    "WAV, data size 2 GB": lambda: wav(fmt(), chunk(b"data", pcm(), 0x7FFFF000), size=0x7FFFF024),
    "WAV, the file's size is wrong": lambda: wav(fmt(), chunk(b"data", pcm()), size=44),
    "WAV, cut off": lambda: wav(fmt(), chunk(b"data", pcm()), chunk(b"LIST", b"x" * 900))[: 44 + len(pcm())],
    "WAV, LIST first": lambda: wav(chunk(b"LIST", b"INFOISFT\x04\0\0\0Lav\0"), fmt(), chunk(b"data", pcm())),
    "WAV, JUNK and bext first": lambda: wav(chunk(b"JUNK", bytes(28)), chunk(b"bext", bytes(602)), fmt(), chunk(b"data", pcm())),
    "WAV, an odd chunk without its padding": lambda: wav(fmt(), b"note" + struct.pack("<I", 3) + b"abc", chunk(b"data", pcm())),
    "WAV, chunks behind the data": lambda: wav(fmt(), chunk(b"data", pcm()), chunk(b"LIST", b"INFO"), chunk(b"id3 ", id3(b"x" * 20))),
    "WAV, a tag before it": lambda: id3(b"\0" * 200) + wav(fmt(), chunk(b"data", pcm())),
    "WAV, extensible": lambda: saved("WAVEX"),
    "WAV, 24 bits": lambda: saved("WAV", "PCM_24"),
    "WAV, 8 bits": lambda: saved("WAV", "PCM_U8"),
    "WAV, float": lambda: saved("WAV", "FLOAT"),
    "WAV, double": lambda: saved("WAV", "DOUBLE"),
    "WAV, mu-law": lambda: saved("WAV", "ULAW"),
    "WAV, ADPCM": lambda: saved("WAV", "IMA_ADPCM"),
    "WAV, big-endian": lambda: saved("WAV", endian="BIG"),
    "WAV, MP3 inside": lambda: wav(fmt(0x55, 8), chunk(b"data", mp3())),
    "WAV, average rate is wrong": lambda: wav(fmt(), chunk(b"data", pcm())).replace(struct.pack("<I", SR * 2), bytes(4), 1),
    "RF64": lambda: saved("RF64"),
    "Wave64": lambda: saved("W64"),
    "AIFF": lambda: saved("AIFF"),
    "AIFF-C, little-endian": lambda: saved("AIFF", endian="LITTLE"),
    "AIFF, float": lambda: saved("AIFF", "FLOAT"),
    "AU": lambda: saved("AU"),
    "AU, unknown length": lambda: saved("AU")[:8] + b"\xff\xff\xff\xff" + saved("AU")[12:],
    "CAF": lambda: saved("CAF"),
    "FLAC": lambda: saved("FLAC"),
    "FLAC, a tag before it": lambda: id3(b"\0" * 100) + saved("FLAC"),
    "FLAC, unknown length": lambda: saved("FLAC")[:21] + bytes([saved("FLAC")[21] & 0xF0]) + bytes(4) + saved("FLAC")[26:],
    "Ogg Vorbis": lambda: saved("OGG", "VORBIS"),
    "Ogg Vorbis, cut off": lambda: saved("OGG", "VORBIS") + saved("OGG", "VORBIS")[:100],
    "Opus": lambda: muxed("ogg", "libopus", 48_000),
    "WebM": lambda: muxed("webm", "libopus", 48_000),
    "M4A": lambda: muxed("ipod", "aac"),
    "AAC": lambda: muxed("adts", "aac"),
    "AAC, a tag before it": lambda: id3(b"\0" * 100) + muxed("adts", "aac"),
    "MP3": mp3,
    "MP3, zeros before the frames": lambda: bytes(4_096) + mp3(),
    "MP3, few zeros": lambda: bytes(1) + mp3(),
    "MP3, other bytes before the frames": lambda: b"\x17\x03abc" * 100 + mp3(),
    "MP3, half a frame first": lambda: mp3()[200:],
    "MP3, a tag": lambda: id3(b"TIT2\0\0\0\x02\0\0\0x" + bytes(500)) + mp3(),
    "MP3, a tag with a picture": lambda: id3(picture()) + mp3(),
    "MP3, two tags": lambda: id3(bytes(100)) + id3(bytes(60)) + mp3(),
    "MP3, the tag's size is too small": lambda: id3(b"TIT2\0\0\0\x02\0\0\0x" + bytes(900), 300) + mp3(),
    "MP3, the tag's size is too large": lambda: id3(b"TIT2\0\0\0\x02\0\0\0x" + bytes(900), 1_500) + mp3(),
    "MP3, the tag's size is beyond the file": lambda: id3(bytes(200), 2**27) + mp3(),
    "MP3, zeros behind the tag": lambda: id3(bytes(100)) + bytes(2_000) + mp3(),
    "MP3, tags at the end": lambda: mp3() + b"TAG" + bytes(125),
    "MP3, a lyrics tag at the end": lambda: mp3() + b"APETAGEX" + bytes(300),
    "MP3, cut within a frame": lambda: mp3()[:-37],
    "MP3, a hole": lambda: mp3()[:3_000] + bytes(50) + mp3()[3_000:],
    "MP3, its frame count is too large": lambda: counted(65_535),
    "MP3, its frame count is too small": lambda: counted(9),
    "Ogg, a tag before it": lambda: id3(bytes(100)) + saved("OGG", "VORBIS"),
    "WAV, a line end before it": lambda: b"\r\n" + wav(fmt(), chunk(b"data", pcm())),
    "M4A, room before it": free_first,
    "FLAC, zeros before it": lambda: bytes(700) + saved("FLAC"),
    "M4A, zeros before it": lambda: bytes(700) + muxed("ipod", "aac"),
    "Ogg, zeros before it": lambda: bytes(3) + saved("OGG", "VORBIS"),
    "WAV, zeros before it": lambda: bytes(64) + wav(fmt(), chunk(b"data", pcm())),
    "MP2": lambda: muxed("mp2", "mp2"),
    "WMA": lambda: muxed("asf", "wmav2"),
    "MP4 of a telephone": lambda: muxed("mp4", "aac"),
    "Matroska": lambda: muxed("matroska", "aac"),
    "AVI": lambda: muxed("avi", "libmp3lame"),
    "transport stream": lambda: muxed("mpegts", "aac"),
}  # fmt: skip

# Two files one behind the other: they last twice as long.
JOINED: dict[str, Callable[[], bytes]] = {
    "MP3": lambda: mp3() + mp3(),
    "MP3, a tag each": lambda: id3(bytes(90)) + mp3() + id3(picture()) + mp3(),
    "MP3 without a frame count, a tag each": lambda: bare_mp3() + id3(bytes(90)) + bytes(50) + bare_mp3(),
    "Ogg Vorbis": lambda: saved("OGG", "VORBIS") + saved("OGG", "VORBIS"),
}  # fmt: skip
