"""What a bad, long or damaged sound is told."""

from __future__ import annotations

import io
import struct
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from core import limits
from core.audio import decode, encode, ffmpeg
from core.errors import DashboardError, InputError
from tests.core.sounds import UPLOADS, tone, uploads


@pytest.mark.parametrize("sr", [100, 500_000])
def test_a_rate_out_of_range_is_named(sr: int) -> None:
    data = bytearray(encode(tone(sr=8_000), "wav"))
    data[24:28] = struct.pack("<I", sr)
    with pytest.raises(InputError, match=f"sampling rate of {sr} Hz; 1000 Hz to 384000 Hz works"):
        decode(bytes(data))


def test_more_than_eight_channels_are_refused() -> None:
    buffer = io.BytesIO()
    soundfile.write(buffer, np.zeros((5000, 16)), 44_100, format="WAV")
    with pytest.raises(
        InputError, match="has 16 channels; up to 8 works. Mix it down to stereo".replace(".", r"\.")
    ):
        decode(buffer.getvalue())


def test_a_crash_of_ffmpeg_costs_the_visitor_one_sentence(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    crashing = tmp_path / "crashing.py"
    crashing.write_text("import os; os.abort()")
    monkeypatch.setattr(ffmpeg, "__file__", str(crashing))
    with pytest.raises(InputError, match="looks like an AAC file, but it is damaged"):
        decode(uploads()["adts"])


@pytest.mark.parametrize("upload", UPLOADS)
def test_the_first_hundredth_of_a_file_gives_a_sentence(upload: str) -> None:
    data = uploads()[upload]
    sentence = r"damaged or cut off|lasts only|no sound was found|was not recognized|without a sound track"
    with pytest.raises(InputError, match=sentence):
        decode(data[: len(data) // 100])


def test_a_declared_length_is_refused_before_decoding() -> None:
    data = bytearray(uploads()["flac"])
    # STREAMINFO ends with 36 bits of sample count; 2 h 3 min at 44.1 kHz.
    data[21] &= 0xF0
    data[22:26] = struct.pack(">I", 7380 * 44_100)
    expected = "The file says it lasts 2 h 3 min; up to 15 min works. Cut it or export a part."
    with pytest.raises(InputError) as told:
        decode(bytes(data))
    assert str(told.value) == expected


@pytest.mark.parametrize("upload", ["wav int16", "mp3", "m4a", "webm"])
def test_a_file_that_is_too_long_is_told_both_lengths(upload: str) -> None:
    with pytest.raises(InputError, match=r"song\.mp3 says it lasts 1\.5\d* s; up to 1 s works\. Cut it"):
        decode(uploads()[upload], name="song.mp3", max_sec=1.0)


@pytest.mark.parametrize("upload", ["adts", "transport stream"])
def test_a_file_without_a_length_is_stopped_while_decoding(upload: str) -> None:
    with pytest.raises(InputError, match="lasts more than 1 s; up to 1 s works"):
        decode(uploads()[upload], max_sec=1.0)


def test_a_header_that_declares_too_little_does_not_open_the_door() -> None:
    data = bytearray(uploads()["webm"])
    at = data.find(b"\x44\x89")  # Matroska's Duration: id, size, float64 milliseconds
    assert data[at + 2] == 0x88
    data[at + 3 : at + 11] = struct.pack(">d", 200.0)
    assert decode(bytes(data)).duration_sec == pytest.approx(1.5, abs=0.01)
    with pytest.raises(InputError, match="lasts more than 1 s; up to 1 s works"):
        decode(bytes(data), max_sec=1.0)


def test_a_file_with_too_many_bytes_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_AUDIO_BYTES", limits.MEGABYTE)
    with pytest.raises(InputError, match=r"has 3 MB; up to 1 MB can be read\. Export it as MP3, or cut it\."):
        decode(bytes(3 * limits.MEGABYTE))


def test_less_than_50_ms_is_too_short() -> None:
    with pytest.raises(InputError, match="lasts only 20 ms; 50 ms is the least"):
        decode(encode(tone(duration_sec=0.02), "wav"))
    assert decode(encode(tone(duration_sec=0.05), "wav")).n_samples == 2205


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("the file", "The file"),
        ("C:\\music\\a.mp3", "a.mp3"),
        ("x" * 500, "x" * 119 + "…"),
        ("a\nb/", "a b"),
        ("/", "The file"),
    ],
)
def test_messages_show_a_short_name_without_its_folder(name: str, shown: str) -> None:
    with pytest.raises(InputError) as told:
        decode(b"", name=name)
    assert str(told.value).startswith(f"{shown} is empty")


READ_HERE = ["wav int16", "wav float", "wav extensible", "flac", "mp3", "vorbis", "opus", "aiff", "au", "caf"]
# Headers are where lies are dangerous, so half of the changes go there.
CHANGES = st.lists(
    st.tuples(st.floats(0, 1) | st.floats(0, 0.01), st.binary(min_size=1, max_size=8)), min_size=1, max_size=6
)


@settings(max_examples=25, deadline=None)
@given(
    magic=st.sampled_from(
        [
            b"",
            b"RIFF\xff\xff\0\0WAVEfmt ",
            b"fLaC\0\0\0\x22",
            b"OggS\0\2",
            b"ID3\3\0\0\0\0\0\0",
            b"\xff\xfb\x90\x64",
            b"\xff\xf1\x50\x80",
            b"FORM\0\0\1\0AIFFCOMM",
            b".snd\0\0\0\x18",
            b"caff\0\1\0\0desc",
            b"\x1a\x45\xdf\xa3",
            b"\0\0\0\x18ftypM4A ",
            b"\0\0\0\x08moov",
            b"\x30\x26\xb2\x75\x8e\x66\xcf\x11",
            b"RIFF\xff\xff\0\0AVI LIST",
            b"#!AMR\n",
            b"FLV\1\5",
        ]
    ),
    rest=st.binary(max_size=3000),
)
def test_random_bytes_give_a_sound_or_a_sentence(magic: bytes, rest: bytes) -> None:
    check_sound_or_sentence(magic + rest)


@settings(max_examples=60, deadline=None)
@given(
    upload=st.sampled_from(READ_HERE),
    changes=CHANGES,
    kept=st.just(1.0) | st.floats(0, 1),
)
def test_a_damaged_upload_gives_a_sound_or_a_sentence(
    upload: str, changes: list[tuple[float, bytes]], kept: float
) -> None:
    check_damaged(upload, changes, kept)


# A process each, 0.1 s; the long run that found PyAV's crashes took 90 000 files.
@settings(max_examples=40, deadline=None)
@given(
    upload=st.sampled_from([name for name in UPLOADS if name not in READ_HERE]),
    changes=CHANGES,
    kept=st.just(1.0) | st.floats(0, 1),
)
def test_a_damaged_upload_in_the_other_process_gives_a_sound_or_a_sentence(
    upload: str, changes: list[tuple[float, bytes]], kept: float
) -> None:
    check_damaged(upload, changes, kept)


def check_damaged(upload: str, changes: list[tuple[float, bytes]], kept: float) -> None:
    data = bytearray(uploads()[upload])
    for where, new in changes:
        at = int(where * (len(data) - 1))
        data[at : at + len(new)] = new
    check_sound_or_sentence(bytes(data[: int(kept * len(data))]))


def check_sound_or_sentence(data: bytes) -> None:
    try:
        sound = decode(data, max_sec=20.0)
    except DashboardError as error:
        assert str(error)[0].isupper()
        assert str(error).endswith(".")
        return
    assert sound.n_channels in (1, 2)
    assert 0.05 <= sound.duration_sec <= 20.2
    assert np.abs(sound.y).max() <= 1
