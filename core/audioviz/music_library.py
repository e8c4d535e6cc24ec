"""Music library: a folder of sound files on the server's own disk, by genre, artist and track.

Two layouts are understood: that of FMA (``fma_metadata/tracks.csv`` beside a folder of files named by their number,
Defferrard et al. 2017), and folders of the form ``genre/artist/track.mp3``, where ``genre/track.mp3`` and albums
below an artist work as well. Nothing outside of the folder is ever read: links are followed to their end first.
"""

from __future__ import annotations

import csv
import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from core import limits
from core.errors import InputError, keep_printable
from core.files.folders import FolderSearch, open_without_waiting, read_head, resolve_folder
from core.files.signatures import recognize_sound

_PLAIN = (".wav", ".flac", ".aif", ".aiff", ".au", ".caf")
_PACKED = (".mp3", ".ogg", ".oga", ".opus", ".m4a", ".aac", ".wma", ".webm", ".mp4")
SUFFIXES = frozenset((*_PLAIN, *_PACKED))
MAX_TRACKS = 20_000
MAX_ENTRIES = 200_000
MAX_DEPTH = 8
MAX_METADATA_BYTES = 600 * limits.MEGABYTE
METADATA = Path("fma_metadata") / "tracks.csv"
_COLUMNS = (("track", "genre_top"), ("artist", "name"), ("track", "title"))
# What says of a file which kind it is stands at its beginning.
_HEAD_BYTES = 4096


@dataclass(frozen=True, kw_only=True)
class Track:
    """One track of the library.

    Attributes
    ----------
    genre, artist : str
        Empty where the folder does not say.
    title : str
    path : str
        Relative to the library's folder, with slashes.
    """

    genre: str
    artist: str
    title: str
    path: str


@dataclass(frozen=True, kw_only=True)
class Library:
    """Tracks found in a folder, by genre and artist.

    Attributes
    ----------
    folder : Path
        Resolved.
    tracks : tuple of Track
        By genre, artist and title.
    n_broken : int
        Files that are called music but are empty, cannot be opened or do not begin like sound; links to nothing.
    n_outside : int
        Links that lead out of the folder.
    n_closed : int
        Folders that cannot be read.
    complete : bool
        False where the folder holds more than is looked at.
    """

    folder: Path
    tracks: tuple[Track, ...]
    n_broken: int = 0
    n_outside: int = 0
    n_closed: int = 0
    complete: bool = True

    def genres(self) -> list[str]:
        """All genres in alphabetical order."""
        return sorted({track.genre for track in self.tracks}, key=str.casefold)

    def artists(self, genres: Sequence[str] = ()) -> list[str]:
        """Artists of some genres, or of all where none is named."""
        found = {track.artist for track in self.select(genres)}
        return sorted(found, key=str.casefold)

    def select(self, genres: Sequence[str] = (), artists: Sequence[str] = ()) -> list[Track]:
        """Tracks of some genres and artists; an empty sequence chooses all."""
        return [
            track
            for track in self.tracks
            if (not genres or track.genre in genres) and (not artists or track.artist in artists)
        ]

    def in_words(self) -> str:
        """Summary of the library: how much there is, what was left out and why."""
        n = len(self.tracks)
        said = [f"{n:,} {'track' if n == 1 else 'tracks'}."]
        left_out = (
            (self.n_broken, "file that is damaged or not audio", "files that are damaged or not audio"),
            (self.n_outside, "link to outside the folder", "links to outside the folder"),
            (self.n_closed, "folder that cannot be read", "folders that cannot be read"),
        )
        words = [f"{n:,} {one if n == 1 else many}" for n, one, many in left_out if n]
        if words:
            said.append(f"Left out: {', '.join(words)}.")
        if not self.complete:
            said.append(
                f"There is more; the first {MAX_TRACKS:,} tracks of at most {MAX_ENTRIES:,} files are listed."
            )
        return " ".join(said)

    def read(self, track: Track) -> bytes:
        """The bytes of a track.

        Parameters
        ----------
        track : Track
            Of this library.

        Returns
        -------
        bytes

        Raises
        ------
        InputError
            If the file is gone, too large or no longer inside of the folder.
        """
        shown = Path(track.path).name
        try:
            path = (self.folder / track.path).resolve(strict=True)
            if not path.is_relative_to(self.folder):
                raise InputError(f"{shown} lies outside the music library's folder. Choose another track.")
            # A pipe would wait for ever; a file may have changed into one since it was listed.
            with open(path, "rb", opener=open_without_waiting) as file:
                about = os.fstat(file.fileno())
                if not stat.S_ISREG(about.st_mode):
                    raise InputError(f"{shown} is no longer a file. Choose another track.")
                return file.read(limits.MAX_AUDIO_BYTES + 1)
        except (OSError, RuntimeError) as error:
            raise InputError(f"{shown} can no longer be read. Choose another track.") from error


def open_library(folder: str | Path) -> Library:
    """Scan a folder.

    Parameters
    ----------
    folder : str or Path

    Returns
    -------
    Library
        Of at most `MAX_TRACKS` tracks.

    Raises
    ------
    InputError
        If there is no such folder, or no music in it.
    """
    root = resolve_folder(folder, _NO_FOLDER)
    search = FolderSearch(
        root, _sounds, SUFFIXES, max_files=MAX_TRACKS, max_entries=MAX_ENTRIES, max_depth=MAX_DEPTH
    )
    paths = list(search)
    known = _read_metadata(root)
    tracks = [_describe_track(path, known) for path in paths]
    tracks.sort(key=lambda t: (t.genre.casefold(), t.artist.casefold(), t.title.casefold(), t.path))
    library = Library(
        folder=root,
        tracks=tuple(tracks),
        n_broken=search.n_broken,
        n_outside=search.n_outside,
        n_closed=search.n_closed,
        complete=search.complete,
    )
    if not tracks:
        raise InputError(
            f"The music library has no playable track. {library.in_words()} Put audio files into its folder."
        )
    return library


_NO_FOLDER = (
    "The music library's folder does not exist or cannot be read. Set SONOSCOPE_LIBRARY to a folder of music, or choose "
    "another source."
)


def _sounds(path: Path) -> bool:
    """Whether a file begins like sound; raises InputError if not."""
    recognize_sound(read_head(path, _HEAD_BYTES), path.name)
    return True


def _describe_track(path: Path, known: dict[int, tuple[str, str, str]]) -> Track:
    number = int(path.stem) if path.stem.isdecimal() and len(path.stem) <= 9 else -1
    if number in known:
        genre, artist, title = known[number]
        return Track(genre=genre, artist=artist, title=title or path.stem, path=path.as_posix())
    genre, artist, *_ = (*map(_clean, path.parts[:-1]), "", "")
    return Track(genre=genre, artist=artist, title=_clean(path.stem), path=path.as_posix())


def _clean(text: str) -> str:
    # A name that is no text in the file system's encoding holds surrogates, which cannot be sent to a browser.
    text = text.encode("utf-8", "replace").decode("utf-8")
    return keep_printable(text).strip()[: limits.MAX_NAME_CHARS]


def _read_metadata(root: Path) -> dict[int, tuple[str, str, str]]:
    """Genre, artist and title by track number, from FMA's table; none where there is no such table."""
    path = root / METADATA
    known: dict[int, tuple[str, str, str]] = {}
    try:
        if not path.resolve(strict=True).is_relative_to(root) or path.stat().st_size > MAX_METADATA_BYTES:
            return known
        with path.open(encoding="utf-8", errors="replace", newline="") as file:
            rows = csv.reader(file)
            head = list(zip(next(rows), next(rows), strict=False))
            columns = [head.index(name) for name in _COLUMNS]
            for row in _whole_rows(rows):
                if row and row[0].isdecimal() and len(row) > max(columns) and len(known) < 10 * MAX_TRACKS:
                    genre, artist, title = (_clean(row[i]) for i in columns)
                    known[int(row[0])] = (genre, artist, title)
    except (OSError, RuntimeError, ValueError, StopIteration, csv.Error):
        pass
    return known


def _whole_rows(rows: Iterator[list[str]]) -> Iterator[list[str]]:
    """Readable rows; those with a field over 128 kB are skipped."""
    while True:
        try:
            yield next(rows)
        except StopIteration:
            return
        except csv.Error:
            continue
