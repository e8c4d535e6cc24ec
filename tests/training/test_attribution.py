"""Attribution of the training data, and what the licenses of a pair's data allow."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from core.errors import InputError
from core.nn.card import OPEN, WEIGHTS_DIR
from training.attribution import (
    ATTRIBUTION,
    README,
    describe_all,
    describe_allowed,
    describe_set,
    fill_table,
    list_data_sets,
    list_pairs,
)
from training.datasets import DATA_SETS, DataSet
from training.recipe import list_recipes, read_recipe

CLIPS = (
    "title,artist,licence,repo,commit,path,licence_evidence\n"
    '"A|B <b>","Ann [x](http://y)",CC-BY-SA-4.0,o/r,0123456789abcdef,a b/c.ogg,README\n'
    '"A|B <b>","Ann [x](http://y)",CC-BY-SA-4.0,o/r,0123456789abcdef,a b/c.ogg,README\n'
    "Z,Ben,CC0-1.0,o/r,0123456789abcdef,z.ogg,README\n"
)
SCORES = (
    "composer,title,licence,typesetter,mutopia_id,source_path\n"
    "BachJS,Aria,Creative Commons Attribution-ShareAlike 4.0 International,Cat,M-1,ftp/a.ly\n"
    "BachJS,Bourree,Public Domain,Dan,M-2,ftp/b.ly\n"
)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    for name, file, text in (
        ("audio_clips", "clips.csv", CLIPS),
        ("mutopia_piano", "index.csv", SCORES),
    ):
        (tmp_path / "open" / name).mkdir(parents=True)
        (tmp_path / "open" / name / file).write_text(text, encoding="utf-8")
    return tmp_path


def test_every_author_and_typesetter_is_named_with_license_and_source(data: Path) -> None:
    text = describe_all(data)
    assert text.count(r"| Ann \[x\](http://y) | A\|B \<b\> | CC BY-SA 4.0 | ") == 1
    assert "https://github.com/o/r/blob/0123456789ab/a%20b/c.ogg), README |" in text
    assert "| Ben | Z | CC0 1.0 |" in text
    assert (
        "| Cat | BachJS, [Aria](https://github.com/MutopiaProject/MutopiaProject/blob/2144afd6f52d/ftp/a.ly) "
        in text
    )
    assert "| CC BY-SA 4.0 | M-1 |" in text
    assert "In the public domain, typeset by Dan." in text


def test_a_missing_index_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"clips\.csv is missing"):
        describe_all(tmp_path)


def test_what_is_shipped_names_every_open_set_as_it_is_known() -> None:
    text = (WEIGHTS_DIR / ATTRIBUTION).read_text(encoding="utf-8")
    for data_set in DATA_SETS.values():
        assert (describe_set(data_set) in text) is data_set.is_open, data_set.name
    listed = re.findall(r"^## (\S+/\S+)$", text, re.MULTILINE)
    used = {name for one in map(read_recipe, list_recipes()) if one.set == OPEN for name in one.data}
    assert used <= set(listed)
    # Authors one by one, where each file has its own: more of them than sets.
    assert len(re.findall(r"^\| .*github\.com", text, re.MULTILINE)) > 250


def test_nobody_is_kept_from_a_pair_whose_data_are_all_open() -> None:
    recipes = [read_recipe(name) for name in list_recipes()]
    bound = [one.name for one in recipes if one.set != OPEN]
    assert bound
    free = [
        one.name for one in recipes if one.set != OPEN and all(DATA_SETS[name].is_open for name in one.data)
    ]
    assert free == []


def test_the_table_of_licenses_is_that_of_the_cards() -> None:
    text = (WEIGHTS_DIR / README).read_text(encoding="utf-8")
    assert fill_table(text) == text
    for which, card in list_pairs():
        (row,) = [line for line in text.splitlines() if line.startswith(f"| `{card.stem}` |")]
        assert f"| {which} |" in row
        assert all(data_set.name in row for data_set in list_data_sets(card))
    with pytest.raises(InputError, match="lacks a mark"):
        fill_table("# Weights")


@pytest.mark.parametrize(
    ("names", "allowed"),
    [
        (["open/openscore_lieder", "open/pop909"], "any use"),
        (["open/polish_voice"], "any use; name the authors"),
        (["open/audio_clips"], "any use; name the authors (if an adaptation: CC BY-SA)"),
        (["open/nottingham"], "any use (if an adaptation: GPL)"),
        (["open/nottingham", "nc/asap"], "non-commercial research"),
        (["unclear/essen_kern"], "non-commercial research; academic research only for essen_kern"),
        (["unclear/ssvd"], "non-commercial research; no license stated for SSVD"),
    ],
)
def test_what_licenses_allow_is_the_least_of_them(names: list[str], allowed: str) -> None:
    assert describe_allowed([DATA_SETS[name] for name in names]) == allowed


def test_what_a_recipe_makes_itself_needs_no_license() -> None:
    made = DataSet(
        name="made singing", license="None needed: the recipe makes it (random melodies)", credit=""
    )
    assert made.is_open and describe_allowed([made]) == "any use"
