"""Addresses of sounds: two sounds never share one, and a message without a server holds the sound itself."""

import hashlib
from collections.abc import Iterator

import numpy as np
import pytest
from streamlit import runtime
from streamlit.runtime.media_file_manager import MediaFileManager
from streamlit.runtime.memory_media_file_storage import MemoryMediaFileStorage

from core import audio
from core.audio.flac import FlacSound
from pages.components.shared.sound_address import send_sound, serve_file

KEY = "player"


@pytest.fixture
def storage(monkeypatch: pytest.MonkeyPatch) -> Iterator[MemoryMediaFileStorage]:
    """What a server keeps of its media files."""

    class Server:
        media_file_mgr = MediaFileManager(kept := MemoryMediaFileStorage("/media"))

    monkeypatch.setattr(runtime, "exists", lambda: True)
    monkeypatch.setattr(runtime, "get_instance", Server)
    yield Server.kept


def kept_at(storage: MemoryMediaFileStorage, url: str) -> bytes:
    return storage.get_file(url.removeprefix("/media/")).content


def sound_of(container: audio.Container) -> bytes:
    return audio.encode(audio.Audio(np.zeros((2, 4410), np.float32), 44_100), container)


@pytest.mark.parametrize(("container", "media_type"), [("flac", "audio/flac"), ("wav", "audio/wav")])
def test_a_sound_is_described_and_served_at_an_address_that_stays(storage, container, media_type):
    data = sound_of(container)
    header, inline = send_sound(data, key=KEY)
    assert inline == b""
    assert header is not None and header == {
        "id": hashlib.sha256(data).hexdigest(),
        "url": header["url"],
        "small": None,
        "sr": 44_100,
        "channels": 2,
        "frames": 4410,
    }
    assert kept_at(storage, header["url"]) == data
    assert storage.get_file(header["url"].removeprefix("/media/")).mimetype == media_type
    assert send_sound(data, key=KEY).header == header


def test_a_large_sound_has_two_addresses_and_both_can_be_fetched(storage):
    y = np.random.default_rng(1).normal(0, 0.1, (2, 8 * 44_100)).astype(np.float32)
    sound = FlacSound.of(audio.Audio(y, 44_100))
    header, inline = send_sound(sound, key=KEY)
    assert inline == b"" and header is not None
    assert kept_at(storage, header["url"]) == sound.data
    assert kept_at(storage, header["small"]) == sound.small
    assert storage.get_file(header["small"].removeprefix("/media/")).mimetype == "audio/ogg"
    assert (header["sr"], header["channels"], header["frames"]) == (44_100, 2, y.shape[1])
    assert header["id"] == sound.sha256


def test_two_sounds_that_differ_where_streamlit_does_not_look_have_two_addresses(storage):
    first = b"fLaC" + bytes(2**21)
    second = first[: 2**19] + b"\1" + first[2**19 + 1 :]
    blind = {runtime.get_instance().media_file_mgr.add(data, "audio/flac", "k") for data in (first, second)}
    assert len(blind) == 1, (
        "Streamlit tells them apart by itself: the SHA-256 in serve_file is no longer needed."
    )
    for data in (first, second):
        url = serve_file(data, "audio/flac", key=KEY, sha256=hashlib.sha256(data).hexdigest())
        assert url is not None and kept_at(storage, url) == data


@pytest.mark.parametrize("data", [b"", b"RIFF", b"fLaC", b"RIFF this is not a sound", b"\xff\xfbmp3" * 99])
def test_what_no_browser_plays_is_neither_described_nor_served(storage, data):
    assert send_sound(data, key=KEY) == (None, b"")


def test_a_sound_without_a_frame_is_not_described(storage):
    assert send_sound(sound_of("wav")[:44], key=KEY) == (None, b"")


def test_without_a_server_the_sound_is_in_the_message():
    data = sound_of("flac")
    header, inline = send_sound(data, key=KEY)
    assert inline == data and header is not None and header["url"] is None
