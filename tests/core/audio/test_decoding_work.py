"""Small files of sound that would take long to decode: what is counted, and the sentence."""

from __future__ import annotations

import io
import json
from typing import Any

import numpy as np
import pytest
import soundfile

from core.audio import decode, encode, ffmpeg, streaming
from core.errors import InputError
from tests.core.sounds import tone, uploads

TOO_MANY_SAMPLES = "holds more than .* million samples in its channels, too many to be decoded here"


def silence(sr: int, n_channels: int, seconds: int, container: str = "FLAC") -> bytes:
    buffer = io.BytesIO()
    with soundfile.SoundFile(buffer, "w", sr, n_channels, format=container, subtype="PCM_16") as file:
        for _ in range(seconds):
            file.write(np.zeros((sr, n_channels), dtype=np.int16))
    return buffer.getvalue()


def test_minutes_of_surround_silence_at_384_khz_are_refused_before_they_are_decoded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # As 350 million are of fifteen minutes, a million is of two seconds and a half.
    monkeypatch.setattr(streaming, "MAX_SAMPLES", 1_000_000)
    monkeypatch.setattr(streaming, "_clean", lambda samples: pytest.fail("something was decoded"))
    for n_channels in (2, 6):
        with pytest.raises(InputError, match=TOO_MANY_SAMPLES):
            decode(silence(384_000, n_channels, 2))


@pytest.mark.parametrize("upload", ["wav int16", "m4a"])
def test_a_header_that_says_nothing_does_not_open_the_door(
    upload: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streaming, "MAX_SAMPLES", 100_000)
    monkeypatch.setattr(streaming.Source, "declared_sec", None)
    with pytest.raises(InputError, match=TOO_MANY_SAMPLES):
        decode(uploads()[upload])


@pytest.mark.parametrize("n_samples", [15 * 60 * 48_000 * 8, 15 * 60 * 192_000 * 2, 15 * 60 * 96_000 * 2])
def test_the_longest_ordinary_sounds_are_not_too_much_work(n_samples: int) -> None:
    streaming.check_work(n_samples, "The file")


class Frame:
    """What the sender needs of PyAV's."""

    def __init__(self, samples: int, sr: int = 48_000) -> None:
        self.samples = samples
        self.sample_rate = sr
        channel = type("Channel", (), {"name": "FC"})
        self.layout = type("Layout", (), {"nb_channels": 1, "channels": [channel]})
        self.planes = [np.full(samples + 8, samples, dtype=np.float32).tobytes()]


def messages_of(out: io.BytesIO) -> list[tuple[dict[str, Any], bytes]]:
    out.seek(0)
    found = []
    while line := out.readline():
        message = json.loads(line)
        found.append((message, out.read(message["n_bytes"])))
    return found


def test_short_frames_are_sent_together() -> None:
    out = io.BytesIO()
    sender = ffmpeg._Sender(out, [])
    for _ in range(50_000):
        sender.add(Frame(1), "mono")
    sender.flush()
    found = messages_of(out)
    assert len(found) == 2
    assert sum(message["n_bytes"] for message, _ in found) == 4 * 50_000
    assert {(message["n_channels"], message["sr"], *message["names"]) for message, _ in found} == {
        (1, 48_000, "FC")
    }


def test_frames_of_another_form_are_sent_apart_and_in_order() -> None:
    out = io.BytesIO()
    sender = ffmpeg._Sender(out, [])
    for samples, sr in ((3, 8_000), (2, 8_000), (4, 16_000), (1, 8_000)):
        sender.add(Frame(samples, sr), sr)
    sender.flush()
    sender.flush()
    found = messages_of(out)
    assert [message["sr"] for message, _ in found] == [8_000, 16_000, 8_000]
    assert [np.frombuffer(samples, np.float32).tolist() for _, samples in found] == [
        [3, 3, 3, 2, 2],
        [4, 4, 4, 4],
        [1],
    ]


def test_a_track_cut_into_very_many_packets_ends_with_a_word(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ffmpeg, "MAX_PACKETS", 10)
    monkeypatch.setattr(ffmpeg, "_frames", lambda packet: [])
    out = io.BytesIO()
    ffmpeg._serve_samples(iter(range(1_000)), [], 8, out)
    out.seek(0)
    assert json.loads(out.readline()) == {"n_packets": 10}
    head = json.dumps({"has_video": False, "n_channels": 1, "sr": 8_000, "declared_sec": None})
    stream = io.BytesIO(head.encode() + b"\n" + out.getvalue())
    with pytest.raises(ffmpeg.TooManyPacketsError):
        list(ffmpeg._messages(stream))


def test_the_visitor_is_told_of_very_many_packets(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(data: bytes, demuxer: str, max_channels: int) -> Any:
        yield ffmpeg.Head(has_video=False, n_channels=1, sr=48_000, declared_sec=1.0)
        raise ffmpeg.TooManyPacketsError("400000")

    monkeypatch.setattr(ffmpeg, "read", refused)
    with pytest.raises(InputError, match=r"a\.webm is cut into more than 400,000 pieces"):
        decode(uploads()["webm"], name="a.webm")


def test_what_was_read_before_a_damaged_place_is_kept() -> None:
    def broken() -> Any:
        yield from range(3)
        raise OSError("damaged")

    out = io.BytesIO()
    with pytest.MonkeyPatch.context() as patch:
        frame = Frame(5)
        frame.format = type("Format", (), {"name": "flt"})  # type: ignore[attr-defined]
        frame.layout.name = "mono"  # type: ignore[attr-defined]
        patch.setattr(ffmpeg, "_frames", lambda packet: [frame])
        patch.setattr("av.AudioResampler", lambda format: type("R", (), {"resample": lambda self, f: [f]})())
        with pytest.raises(OSError, match="damaged"):
            ffmpeg._serve_samples(broken(), [], 8, out)
    assert [len(samples) for _, samples in messages_of(out)] == [60]


def test_an_ordinary_sound_is_what_it_was() -> None:
    sound = tone(duration_sec=0.5)
    assert decode(encode(sound, "flac")).n_samples == sound.n_samples
