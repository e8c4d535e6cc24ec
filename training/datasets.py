"""Data sets on disk and on model cards: find files, read them in several processes, licenses, pieces a split."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

MIDI_SUFFIXES = (".mid", ".midi")
SOUND_SUFFIXES = (".ogg", ".mp3", ".wav", ".flac", ".m4a", ".aac", ".au", ".opus", ".aiff", ".aif")


@dataclass(frozen=True, kw_only=True)
class DataSet:
    """A set that models are trained on, and what its license asks for.

    Attributes
    ----------
    name : str
        As folder of the data root: ``open/NAME``, ``nc/NAME`` (non-commercial use only) or ``unclear/NAME``.
    license : str
        As stated; "none stated" where nothing is.
    credit : str
        Whom to name, and where it comes from.
    source : str
        Repository and commit of the files, ``OWNER/NAME@COMMIT`` on GitHub.
    """

    name: str
    license: str
    credit: str
    source: str = ""

    @property
    def is_open(self) -> bool:
        """Whether the stated license allows any use, commercial ones too, or none is needed."""
        return self.name.startswith("open/") or self.is_made

    @property
    def is_made(self) -> bool:
        """Whether a recipe makes these data itself, from nothing; its card says "None needed" then."""
        return self.license.startswith("None needed")

    def __str__(self) -> str:
        return f"{self.license}. {self.credit}"


# Where the files of the open sets come from; the clips of audio_clips name theirs one by one.
SOURCES = {
    "open/piano_midi_de": "cheriell/ClassicalPianoMIDI-dataset@505aef5e7539ac56cdb4cbc72d08a98bfaf7a208",
    "open/clementi_uvashisth": "uvashisth/Music-is-All-you-need-to-Analyze-Data@a0917e785c35aa5fadcbb258e938c58071b4e482",
    "open/pop909": "music-x-lab/POP909-Dataset@d83e6edba6872a704f5d3b8b32f5cb540088dae6",
    "open/nottingham": "jukedeck/nottingham-dataset@0992bb6cd864f6d4b90d6663e08c0ef53ffaa08f",
    "open/cre_irish": "polifonia-project/folk_ngram_analysis@9d8ccf9fe40ffdd2a1787e75527062fc1d07c669",
    "open/openscore_lieder": "OpenScore/Lieder@bca122458de6da362abe62dd6aec62e25d7759b1",
    "open/vanhandel_songs": "MarkGotham/ScoresOfScores@97fd6876a6b63fdd462fc40e01a6133c65205c2e",
    "open/polish_voice": "pl-wnifc/humdrum-polish-scores@c0403623c0da3f75f1bcd6041dc85098e0cabe02",
    "open/polish_piano": "pl-wnifc/humdrum-polish-scores@c0403623c0da3f75f1bcd6041dc85098e0cabe02",
    "open/chopin_first_editions": "pl-wnifc/humdrum-chopin-first-editions@95dfb105c1669c72d10b04088566154f12d3dc1c",
    "open/open_hymnal": "mzealey/openhymnal@d35811b2d5c9b0bbc5887d60a2936454815416e8",
    "open/mutopia_hymns": "MutopiaProject/MutopiaProject@2144afd6f52d56c5b6995b8b589ef1268b3139f0",
    "open/mutopia_piano": "MutopiaProject/MutopiaProject@2144afd6f52d56c5b6995b8b589ef1268b3139f0",
    "open/tunebook_tuneworks": "jw35/tunebook-abc@c1df9c093204d78b3164bd19f3fd52e9efaaad20",
    "open/tunebook_seattle": "rjl20/abc-tunebook@474bdbefa7b5ff7328605facf496343188299ecd",
    "open/pitch_tests": "MTG/sms-tools-materials@3727b58cfd77f4684395fccb98a32a58f9b2c099",
}
DATA_SETS = {
    name: DataSet(name=name, license=license_, credit=credit, source=SOURCES.get(name, ""))
    for name, license_, credit in (
        ("open/piano_midi_de", "CC BY-SA 3.0 DE", "Bernd Krueger, Source: http://www.piano-midi.de"),
        (
            "open/clementi_uvashisth",
            "CC BY-SA 3.0 DE",
            "Simplified by Utkarsh Vashisth (MIT, 2019) from Bernd Krueger, Source: http://www.piano-midi.de",
        ),
        ("open/pop909", "MIT", "Copyright (c) 2020 Music X Lab, POP909"),
        ("open/nottingham", "GPL-3.0", "The Nottingham collection as published by Jukedeck"),
        (
            "open/cre_irish",
            "CC BY 4.0",
            "Ceol Rince na hÉireann: Diamond, Shahid and McDermott (Polifonia), from transcriptions by Bill Black",
        ),
        ("open/openscore_lieder", "CC0 1.0", "OpenScore Lieder Corpus"),
        ("open/vanhandel_songs", "CC0 1.0", "Leigh VanHandel and others, in Scores of Scores by Mark Gotham"),
        (
            "open/polish_voice",
            "CC BY 4.0",
            "Polish Music Heritage in Open Access, Copyright 2019-2022 The Fryderyk Chopin Institute, https://polishscores.org",
        ),
        (
            "open/polish_piano",
            "CC BY 4.0",
            "Polish Music Heritage in Open Access, Copyright 2019-2022 The Fryderyk Chopin Institute, https://polishscores.org",
        ),
        (
            "open/chopin_first_editions",
            "CC BY 4.0",
            "Humdrum Chopin First Editions, The Fryderyk Chopin Institute",
        ),
        ("open/open_hymnal", "Public domain", "The Open Hymnal Project"),
        ("open/mutopia_hymns", "Public domain", "The Mutopia Project"),
        (
            "open/mutopia_piano",
            "Public domain, CC BY and CC BY-SA, each piece as its typesetter states",
            "The Mutopia Project and its typesetters",
        ),
        (
            "open/tunebook_tuneworks",
            "CC BY-SA (version not stated)",
            "Tuneworks tune book, transcribed by jw35",
        ),
        ("open/tunebook_seattle", "CC BY-SA 4.0", "ABC tune book of Seattle, transcribed by rjl20"),
        (
            "open/audio_clips",
            "CC0, public domain, CC BY and CC BY-SA, each clip as its author states",
            "The authors listed in ATTRIBUTION.md",
        ),
        (
            "nc/audio_clips",
            "CC BY-NC and CC BY-NC-SA, each clip as its author states",
            "The authors of the clips",
        ),
        ("nc/asap", "CC BY-NC-SA 4.0", "Foscarin et al. 2020, ASAP; performances from MAESTRO"),
        ("nc/emopia", "CC BY-NC-SA 4.0", "Hung et al. 2021, EMOPIA"),
        (
            "unclear/essen_kern",
            "Academic research only (MuseData terms); whether trained weights may be published is unclear",
            "Essen folksong collection, copyright 1995, estate of Helmut Schaffrath",
        ),
        (
            "unclear/vgmidi",
            "None stated",
            "Ferreira and Whitehead 2019, VGMIDI; arrangements of commercial game music",
        ),
        (
            "unclear/fer2013",
            "None stated",
            "FER2013, pictures from a web search, for the Kaggle challenge of 2013",
        ),
        (
            "unclear/muxspace_faces",
            "Apache-2.0 for the collection, none stated for its photographs",
            "muxspace",
        ),
        ("unclear/ssvd", "None stated", "SSVD v2.0, github.com/xk-wang/SSVD-v2.0"),
    )
}


def describe_license(name: str) -> str:
    """License and credit of a set by its name, with or without its folder, in one line for a card."""
    return str(find_data_set(name))


def find_data_set(name: str) -> DataSet:
    """What is known of a set by its name, with or without its folder.

    Raises
    ------
    KeyError
        If nothing is: training on a set whose license no one has looked at is refused.
    """
    places = (name, *(f"{folder}/{name}" for folder in ("open", "nc", "unclear")))
    return DATA_SETS[next((place for place in places if place in DATA_SETS), name)]


def find_files(folder: Path, suffixes: Sequence[str]) -> list[Path]:
    """The files of a folder, at any depth, whose names end so, in small or capital letters; by path."""
    found = (path for path in folder.rglob("*") if path.suffix.lower() in suffixes)
    return sorted(path for path in found if path.is_file())


def find_set(path: Path, names: Iterable[str]) -> str | None:
    """The data set that a file's folders name, the innermost first; None where they name none of these."""
    known = set(names)
    return next((part for part in reversed(path.resolve().parts) if part in known), None)


def map_in_processes(
    function: Callable[[Item], Result], items: Iterable[Item], chunksize: int = 16
) -> list[Result]:
    """What a function makes of every item, in order, by up to four processes."""
    with ProcessPoolExecutor(max_workers=max(1, min(4, os.cpu_count() or 1))) as pool:
        return list(pool.map(function, items, chunksize=chunksize))
