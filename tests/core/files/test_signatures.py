"""Every container is recognized and read; what is no sound is named."""

from __future__ import annotations

import io
import struct
import zipfile

import psutil
import pytest

from core.audio import Audio, decode, encode, ffmpeg
from core.errors import InputError
from tests.core.sounds import UPLOADS, amplitudes_at, by_ffmpeg, peak_hz, silent_video, tone, uploads


@pytest.mark.parametrize("upload", UPLOADS)
def test_every_container_gives_the_two_tones_back(upload: str) -> None:
    sound = decode(uploads()[upload])
    assert sound.n_channels == 2
    # A frame of AAC, MP2 or ADPCM is at most 2048 samples, and the last one is filled up.
    assert -0.001 < sound.duration_sec - 1.5 < 2 * 2048 / 44_100
    assert peak_hz(sound.y[0], sound.sr) == pytest.approx(440, abs=2)
    assert peak_hz(sound.y[1], sound.sr) == pytest.approx(660, abs=2)
    middle = sound.y[:, sound.sr // 4 : sound.sr + sound.sr // 4]
    assert amplitudes_at(middle[0], sound.sr, [440])[0] == pytest.approx(0.5, rel=0.05)


def test_the_list_of_containers_is_complete() -> None:
    assert sorted(UPLOADS) == sorted(uploads())


@pytest.mark.parametrize("upload", ["wav int16", "flac", "mp3", "m4a", "webm"])
def test_mono_stays_one_dimensional(upload: str) -> None:
    mono = tone()
    made = {
        "wav int16": lambda: encode(mono, "wav"),
        "flac": lambda: encode(mono, "flac"),
        "mp3": lambda: encode(mono, "mp3"),
        "m4a": lambda: by_ffmpeg(Audio(mono.y[None], mono.sr), "ipod", "aac", layout="mono"),
        "webm": lambda: by_ffmpeg(Audio(mono.y[None], mono.sr), "webm", "libopus", layout="mono"),
    }
    assert decode(made[upload]()).y.ndim == 1


@pytest.mark.parametrize(
    "upload", ["wav int16", "flac", "mp3", "adts", "aiff", "au", "webm", "transport stream"]
)
def test_a_file_that_breaks_off_gives_what_is_there(upload: str) -> None:
    data = uploads()[upload]
    sound = decode(data[: len(data) // 2])
    assert 0.4 < sound.duration_sec < 0.9
    assert peak_hz(sound.y[0], sound.sr) == pytest.approx(440, abs=4)


def test_damage_inside_costs_only_its_own_part() -> None:
    data = bytearray(uploads()["adts"])
    data[len(data) // 2 : len(data) // 2 + 300] = bytes(300)
    assert decode(bytes(data)).duration_sec > 1.2


def test_tags_in_an_unknown_encoding_do_not_matter() -> None:
    tag = b"TIT2\x00\x00\x00\x06\x00\x00\x03\xff\xfe\xe9\xe8\xe7"
    data = b"ID3\x03\x00\x00" + bytes([0, 0, 0, len(tag)]) + tag
    for upload in ("mp3", "adts", "flac"):
        assert decode(data + uploads()[upload]).duration_sec == pytest.approx(1.5, abs=0.1)


@pytest.mark.parametrize("size", [0, 2**31, 2**32 - 1])
def test_a_wav_with_a_wrong_data_size_is_read_to_its_end(size: int) -> None:
    data = bytearray(encode(tone(), "wav"))
    data[40:44] = struct.pack("<I", size)
    assert decode(bytes(data)).duration_sec == pytest.approx(1.0)


def test_a_flac_of_unknown_length_is_read() -> None:
    data = bytearray(uploads()["flac"])
    data[21] &= 0xF0
    data[22:26] = bytes(4)
    assert decode(bytes(data)).duration_sec == pytest.approx(1.5, abs=0.1)


def test_the_decoding_process_is_told_the_demuxer_and_guesses_nothing() -> None:
    with pytest.raises(ValueError, match="Expecting value"):
        list(ffmpeg.read(uploads()["wav int16"], "mov", 8))


def test_a_process_that_was_stopped_early_is_gone() -> None:
    before = psutil.Process().children()  # a browser that other tests use, say
    messages = ffmpeg.read(uploads()["adts"], "aac", 8)
    next(messages)
    assert len(psutil.Process().children()) == len(before) + 1
    messages.close()
    assert psutil.Process().children() == before


def zip_archive() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("song.wav", encode(tone(), "wav"))
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"", r"is empty \(0 bytes\)"),
        (b"year,sales\n2020,1\n", "is a text file, not sound"),
        ("größe;menge\n".encode() * 2000, "is a text file, not sound"),
        ("größe\n".encode("utf-16"), "is a text file, not sound"),
        (b"BMW,1\nMZ,2\n", "is a text file, not sound"),
        (b"<!DOCTYPE html><html></html>", "is a web page, not sound"),
        (b"#EXTM3U\nfile:///etc/passwd\n", "is a playlist of names, not sound"),
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n" + bytes(100), "is a PDF document, not sound"),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), "is a PNG picture, not sound"),
        (b"\xff\xd8\xff\xe0" + bytes(100), "is a JPEG picture, not sound"),
        (b"RIFF\x10\0\0\0WEBPVP8 " + bytes(100), "is a WebP picture, not sound"),
        (b"\0\0\0\x18ftypheic" + bytes(100), "is a HEIC picture, not sound"),
        (b"MThd\0\0\0\6\0\1\0\1\1\xe0" + bytes(20), "is a MIDI file of notes, not sound"),
        (zip_archive(), "is a ZIP archive, not sound"),
        (bytes(5000), "was not recognized as sound"),
        (b"RIFF\x04\0\0\0WAVE", "looks like a WAV file, but it is damaged or cut off"),
        (encode(tone(), "wav")[:44], "is a WAV file in which no sound was found|damaged or cut off"),
        (silent_video(), "is a video without a sound track. Choose one with sound in it"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_no_sound_is_named(data: bytes, what: str) -> None:
    with pytest.raises(InputError, match=rf"^holiday\.bin {what}") as told:
        decode(data, name="/home/ada/holiday.bin")
    assert "/home" not in str(told.value)
    assert str(told.value).endswith(".")


def test_a_playlist_dressed_as_a_sound_opens_no_other_file() -> None:
    # Behind an ID3 tag FFmpeg, left to guess, would still find the playlist and follow it.
    with pytest.raises(InputError):
        decode(
            b"ID3\x03\x00\x00\x00\x00\x00\x00" + b"#EXTM3U\n#EXT-X-TARGETDURATION:1\nfile:///etc/hostname\n"
        )
