"""Attribution and terms of the weights: ``weights/ATTRIBUTION.md`` and the table of licenses in ``weights/README.md``.

Every set that an open model may be trained on, with its license, its source and everyone whom CC BY and CC BY-SA ask to
name: authors and typesetters one by one where each file has its own.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from urllib.parse import quote

from core.errors import InputError, join_words, keep_printable
from core.nn.card import OPEN, RESEARCH, WEIGHTS_DIR, Card, find_set_directory, read_cards
from training.datasets import DATA_SETS, DataSet, find_data_set

BEGIN, END = "<!-- table of licenses: begin -->", "<!-- table of licenses: end -->"
ATTRIBUTION, README = "ATTRIBUTION.md", "README.md"

HEAD = """# Attribution

Written by `python -m training attribution --data DIR`; do not edit by hand.

What the open weights in this folder were trained on, under which license, and who made it. None of these files is part of
Sonoscope: they were read as numbers, notes or sounds, turned into training examples and left where they were. Where a
license asks that changes be told, this is the change. Thanks to everyone named here, also where no license asks for it.

A license is what the source itself states. "CC BY" and "CC BY-SA" are those of Creative Commons,
<https://creativecommons.org/licenses/>.
"""
SOUND_FONTS = """## SoundFonts

Some training sounds were rendered from scores of these sets with SoundFonts of Debian, which are not part of Sonoscope:

- FluidR3 Mono GM (MIT): Copyright 2000-2002, 2008 Frank Wen; mono version 2014-2017 Michael Cowgill; Temple Blocks 2002
  Ethan Winer; Drumline Percussion 2016 Michael Schorsch.
- MuseScore General (MIT, parts public domain or CC0): adaptation 2018-2021 S. Christian Collins, from FluidR3 as above, with
  samples by Amir Oosman and Sam Gossner.
- TimGM6mb (GPL-2): Copyright 2004 Tim Brechbill, 2010 David Bolton. What is rendered with a SoundFont is a recording of its
  samples and not the SoundFont; its author states nothing else.
"""


def write_terms(data: Path, directory: Path = WEIGHTS_DIR) -> str:
    """Write both files.

    Parameters
    ----------
    data : Path
        The root of the data sets.
    directory : Path
        The folder of the weights.

    Returns
    -------
    str
        A sentence on what was written.
    """
    path = directory / ATTRIBUTION
    path.write_text(describe_all(data), encoding="utf-8")
    readme = directory / README
    readme.write_text(fill_table(readme.read_text(encoding="utf-8"), directory), encoding="utf-8")
    n_sets = sum(data_set.is_open for data_set in DATA_SETS.values())
    return f"{path.name}: {n_sets} data sets. {readme.name}: {len(list_pairs(directory))} pairs."


# Data sets.


def describe_all(data: Path) -> str:
    """The text of ATTRIBUTION.md."""
    sections = []
    for name, data_set in sorted(DATA_SETS.items()):
        if data_set.is_open:
            sections += [describe_set(data_set), *_LISTS.get(name, _list_nothing)(data / name)]
    return "\n".join([HEAD, *sections, SOUND_FONTS])


def describe_set(data_set: DataSet) -> str:
    """The head of a set's section: name, license, credit, source."""
    lines = [f"## {data_set.name}", "", f"- License: {data_set.license}", f"- Credit: {data_set.credit}"]
    if data_set.source:
        repository, _, commit = data_set.source.partition("@")
        lines.append(f"- Source: <https://github.com/{repository}>, commit {commit[:12]}")
    return "\n".join([*lines, ""])


def _list_nothing(folder: Path) -> list[str]:
    """Where one credit is for all."""
    return []


def _list_clips(folder: Path) -> list[str]:
    """Every track: title, author, license, and where the license is stated."""
    tracks = {}
    for row in _read_rows(folder / "clips.csv"):
        tracks[row["artist"], row["title"], row["repo"], row["path"]] = row
    rows = [
        (
            row["artist"],
            row["title"],
            row["licence"]
            .replace("CC-", "CC ")
            .replace("CC0-", "CC0 ")
            .replace("-", " ")
            .replace("BY SA", "BY-SA"),
            f"[{row['repo']}]({_link(row['repo'], row['commit'], row['path'])}), {row['licence_evidence']}",
        )
        for _, row in sorted(tracks.items(), key=lambda item: [part.casefold() for part in item[0]])
    ]
    return [_tabulate(("author", "title", "license", "file, and where the license is stated"), rows)]


def _list_mutopia(folder: Path) -> list[str]:
    """Every piece whose license asks to name the typesetter; all other typesetters in a sentence."""
    pieces, others = {}, set()
    commit = DATA_SETS["open/mutopia_piano"].source.partition("@")[2]
    for row in _read_rows(folder / "index.csv"):
        if row["licence"] == "Public Domain":
            others.add(row["typesetter"])
        else:
            pieces[row["source_path"]] = row
    rows = [
        (
            row["typesetter"],
            f"{row['composer']}, [{_escape(row['title'])}]({_link('MutopiaProject/MutopiaProject', commit, path)})",
            _shorten_license(row["licence"]),
            row["mutopia_id"],
        )
        for path, row in sorted(pieces.items(), key=lambda item: (item[1]["typesetter"].casefold(), item[0]))
    ]
    table = _tabulate(("typesetter", "piece", "license", "Mutopia's number"), rows, escaped=(1,))
    names = sorted(filter(None, others), key=str.casefold)
    return [table, f"In the public domain, typeset by {_escape(join_words(names))}.\n"]


_LISTS = {"open/audio_clips": _list_clips, "open/mutopia_piano": _list_mutopia}


def _read_rows(path: Path) -> list[dict[str, str]]:
    if not path.is_file():
        raise InputError(f"{path} is missing. Give the folder that holds open, nc and unclear with --data.")
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _shorten_license(stated: str) -> str:
    """Such as "CC BY-SA 4.0" for "Creative Commons Attribution-ShareAlike 4.0 International"."""
    found = re.fullmatch(r"Creative Commons Attribution(-ShareAlike)? (\d\.\d)( International)?", stated)
    return f"CC BY{'-SA' if found[1] else ''} {found[2]}" if found else stated


def _link(repository: str, commit: str, path: str) -> str:
    return f"https://github.com/{repository}/blob/{commit[:12]}/{quote(path)}"


def _escape(text: str) -> str:
    """Text of an index as Markdown shows it."""
    return re.sub(r"([\\|`*_\[\]<>])", r"\\\1", " ".join(keep_printable(text).split()))


def _tabulate(head: Sequence[str], rows: Iterable[Sequence[str]], *, escaped: Sequence[int] = ()) -> str:
    """A table in Markdown; the last column, and those that are escaped already, stay as they are."""
    kept = {len(head) - 1, *escaped}
    lines = ["| " + " | ".join(head) + " |", "|" + " --- |" * len(head)]
    for row in rows:
        cells = (cell if place in kept else _escape(cell) for place, cell in enumerate(row))
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join([*lines, ""])


# Pairs.


def list_pairs(directory: Path = WEIGHTS_DIR) -> list[tuple[str, Card]]:
    """Set and card of every pair, the open ones first."""
    return [
        (which, card)
        for which in (OPEN, RESEARCH)
        for card in read_cards(find_set_directory(which, directory))
    ]


def list_data_sets(card: Card) -> list[DataSet]:
    """The sets on a card; one of a card from before they had their folders is found by its license."""
    found = []
    for row in card.data:
        try:
            found.append(find_data_set(str(row["name"])))
        except KeyError:
            found.append(DataSet(name=str(row["name"]), license=str(row["license"]), credit=""))
    return found


def describe_allowed(data_sets: Sequence[DataSet]) -> str:
    """What the licenses of a pair's data allow with it, by the reading that weights/README.md states.

    Examples
    --------
    >>> describe_allowed([DATA_SETS["open/openscore_lieder"], DATA_SETS["open/pop909"]])
    'any use'
    >>> describe_allowed([DATA_SETS["open/cre_irish"]])
    'any use; name the authors'
    >>> describe_allowed([DATA_SETS["open/nottingham"], DATA_SETS["open/piano_midi_de"]])
    'any use; name the authors (if an adaptation: CC BY-SA and GPL)'
    >>> describe_allowed([DATA_SETS["nc/emopia"], DATA_SETS["unclear/vgmidi"]])
    'non-commercial research; no license stated for VGMIDI'
    """
    if bound := [data_set for data_set in data_sets if not data_set.is_open]:
        silent = [
            _name(one) for one in bound if re.search("none stated|no license", one.license, re.IGNORECASE)
        ]
        academic = [_name(one) for one in bound if "academic" in one.license.lower()]
        parts = ["non-commercial research"]
        parts += [f"academic research only for {join_words(academic)}"] if academic else []
        parts += [f"no license stated for {join_words(silent)}"] if silent else []
        return "; ".join(parts)
    licenses = " ".join(data_set.license for data_set in data_sets)
    words = "any use; name the authors" if "CC BY" in licenses else "any use"
    alike = [name for name, sign in (("CC BY-SA", "CC BY-SA"), ("GPL", "GPL")) if sign in licenses]
    return f"{words} (if an adaptation: {join_words(alike)})" if alike else words


def _name(data_set: DataSet) -> str:
    short = data_set.name.rpartition("/")[2]
    return short.upper() if short in ("vgmidi", "fer2013", "ssvd") else short


def fill_table(text: str, directory: Path = WEIGHTS_DIR) -> str:
    """A README with its table of licenses as the cards have it.

    Raises
    ------
    InputError
        If the README has not both marks.
    """
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise InputError(f"The README of the weights lacks a mark: {BEGIN} or {END}.")
    rows = []
    for which, card in list_pairs(directory):
        data_sets = list_data_sets(card)
        licenses = list(dict.fromkeys(_license_only(data_set) for data_set in data_sets))
        names = ", ".join(data_set.name for data_set in data_sets)
        rows.append((f"`{card.stem}`", which, names, "; ".join(licenses), describe_allowed(data_sets)))
    table = _tabulate(("pair", "set", "data", "licenses", "what they allow"), rows, escaped=range(5))
    return f"{before}{BEGIN}\n{table}{END}{after}"


def _license_only(data_set: DataSet) -> str:
    return data_set.license.partition(" (")[0].partition(", each")[0]


def find_research_data(cards: Iterable[Card]) -> Mapping[str, list[str]]:
    """Of these cards those that name a set that is not open, and the sets."""
    found = {card.stem: [one.name for one in list_data_sets(card) if not one.is_open] for card in cards}
    return {stem: names for stem, names in found.items() if names}
