"""A folder of music: both layouts, what is left out and why, and that nothing outside of it is ever read."""

import contextlib
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import audio
from core.audioviz import music_library as module
from core.audioviz.music_library import Library, Track, open_library
from core.errors import InputError
from tests.core.sounds import tone

WAV = audio.encode(tone(duration_sec=0.2, sr=8_000), "wav")

FMA_TABLE = """,album,artist,set,track,track
,title,name,subset,genre_top,title
track_id,,,,,
2,AWOL,Some "Artist",small,Hip-Hop,Food
140,Niris,Nicky Cook,small,Folk,"Queen, of the Wires"
999,Other,Nobody,small,Rock,Not here
"""


def put(folder: Path, name: str, data: bytes = WAV) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def test_folders_name_genre_artist_and_track_and_albums_are_passed_over(tmp_path):
    for name in (
        "Folk/Ann/Air.wav",
        "Folk/Ann/First Album/Reel.WAV",
        "Folk/Bob/Jig.wav",
        "Rock/Noise.wav",
        "loose.wav",
    ):
        put(tmp_path, name)
    put(tmp_path, "Folk/Ann/cover.jpg")
    put(tmp_path, ".hidden/secret.wav")
    library = open_library(tmp_path)
    assert [(t.genre, t.artist, t.title) for t in library.tracks] == [
        ("", "", "loose"),
        ("Folk", "Ann", "Air"),
        ("Folk", "Ann", "Reel"),
        ("Folk", "Bob", "Jig"),
        ("Rock", "", "Noise"),
    ]
    assert library.genres() == ["", "Folk", "Rock"]
    assert library.artists(["Folk"]) == ["Ann", "Bob"]
    assert [t.title for t in library.select(["Folk"], ["Bob"])] == ["Jig"]
    assert library.in_words() == "5 tracks."
    assert library.read(library.tracks[0]) == WAV


def test_the_layout_of_fma_takes_names_from_its_table(tmp_path):
    put(tmp_path, "fma_metadata/tracks.csv", FMA_TABLE.encode())
    put(tmp_path, "fma_small/000/000002.wav")
    put(tmp_path, "fma_small/000/000140.wav")
    put(tmp_path, "fma_small/000/000141.wav")
    library = open_library(tmp_path)
    assert ("Hip-Hop", 'Some "Artist"', "Food") in [(t.genre, t.artist, t.title) for t in library.tracks]
    assert library.select(["Folk"])[0].title == "Queen, of the Wires"
    # A file that the table does not know is filed by its folders.
    assert ("fma_small", "000", "000141") in [(t.genre, t.artist, t.title) for t in library.tracks]


@pytest.mark.parametrize(
    "table", [b"", b"a,b\n", b"\xff\xfe\x00", b",x\n,y\ntrack_id\n2,3\n", b'"' + b"x" * 200_000]
)
def test_a_damaged_table_of_fma_is_passed_over(tmp_path, table):
    put(tmp_path, "fma_metadata/tracks.csv", table)
    put(tmp_path, "fma_small/000/000002.wav")
    assert [track.genre for track in open_library(tmp_path).tracks] == ["fma_small"]


def test_broken_files_and_links_that_lead_out_are_skipped_and_counted(tmp_path):
    inside, outside = tmp_path / "music", tmp_path / "private"
    put(inside, "Folk/Ann/Air.wav")
    put(inside, "Folk/Ann/empty.wav", b"")
    put(inside, "Folk/Ann/text.mp3", b"no sound at all, only words")
    put(outside, "diary.wav")
    (inside / "Folk/out.wav").symlink_to(outside / "diary.wav")
    (inside / "Folk/out").symlink_to(outside)
    (inside / "Folk/gone.wav").symlink_to(inside / "nothing.wav")
    (inside / "Folk/again.wav").symlink_to(inside / "Folk/Ann/Air.wav")
    (inside / "Folk/loop").symlink_to(inside)
    os.mkfifo(inside / "Folk/pipe.wav")
    library = open_library(inside)
    assert [track.title for track in library.tracks] == ["again", "Air"]
    assert (library.n_broken, library.n_outside) == (4, 2)
    assert "4 files that are damaged or not audio" in library.in_words()
    assert "2 links to outside the folder" in library.in_words()


def test_a_file_that_has_become_a_link_to_the_outside_is_not_read(tmp_path):
    inside = tmp_path / "music"
    path = put(inside, "Folk/Ann/Air.wav")
    library = open_library(inside)
    path.unlink()
    with pytest.raises(InputError, match="can no longer be read"):
        library.read(library.tracks[0])
    path.symlink_to(put(tmp_path, "private.wav"))
    with pytest.raises(InputError, match="lies outside"):
        library.read(library.tracks[0])
    path.unlink()
    os.mkfifo(path)
    with pytest.raises(InputError, match="no longer a file"):
        library.read(library.tracks[0])


@given(parts=st.lists(st.sampled_from(["..", "music", "Folk", "private.wav", "/", "a"]), max_size=6))
def test_no_path_leads_out_of_the_folder(tmp_path_factory, parts):
    top = tmp_path_factory.mktemp("top")
    put(top, "private.wav", b"secret")
    put(top, "music/Folk/a", WAV)
    library = Library(folder=(top / "music").resolve(), tracks=())
    track = Track(genre="", artist="", title="", path="/".join(parts))
    with contextlib.suppress(InputError):
        assert library.read(track) != b"secret"


def test_the_listing_is_bounded_and_says_so(tmp_path, monkeypatch):
    for i in range(6):
        put(tmp_path, f"Folk/Ann/{i}.wav")
    monkeypatch.setattr(module, "MAX_TRACKS", 4)
    library = open_library(tmp_path)
    assert len(library.tracks) == 4 and not library.complete
    assert "There is more" in library.in_words()


def test_no_folder_and_no_music_are_told(tmp_path):
    with pytest.raises(InputError, match="does not exist"):
        open_library(tmp_path / "nowhere")
    with pytest.raises(InputError, match="does not exist"):
        open_library(put(tmp_path, "file.wav"))
    put(tmp_path, "empty/broken.mp3", b"")
    with pytest.raises(InputError, match="1 file that is damaged"):
        open_library(tmp_path / "empty")
