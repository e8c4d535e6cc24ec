"""Model cards: read, check and list ``weights/NAME_vN.json``, of the open and of the research set."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, NoReturn

from core.errors import WeightsError, keep_printable

_PACKAGE = Path(__file__).resolve().parents[1]
# Within the package where it is installed, beside it in a checkout.
WEIGHTS_DIR = next(
    (path for path in (_PACKAGE / "weights", _PACKAGE.parent / "weights") if path.is_dir()),
    _PACKAGE.parent / "weights",
)

# The two sets: of models trained only on data whose licenses allow any use, and of the others.
OPEN, RESEARCH = "open", "research"
SET_VARIABLE = "SONOSCOPE_WEIGHTS"

_MOST_SHOWN = 60

_FILE_STEM = re.compile(r"(?P<name>[a-z][a-z0-9_]*)_v(?P<version>[1-9][0-9]*)")
_TRAINING_KEYS = ("command", "seed", "commit", "hours", "hardware")


@dataclass(frozen=True, kw_only=True)
class Card:
    """Model card of one version of a model; the content of ``NAME_vN.json``.

    Attributes
    ----------
    name : str
        Lower-case letters, digits and underscores, as in the file's name.
    version : int > 0
        A retrained model is a new version; a version never changes.
    class_path : str
        The module and the class, such as ``"core.folk.model.FolkLSTM"``.
    config : dict
        Arguments of the class's ``config_class``, all of them.
    vocabulary : list of str
        The tokens in the order of their ids; empty for a model without tokens.
    sha256 : str
        Of the tensors file, 64 lower-case hexadecimal digits.
    n_parameters : int > 0
        Tied parameters count once.
    data : list of dict
        A data set each: ``name``, ``license``, ``pieces`` (split -> number of pieces), and what else is worth
        saying, such as how near-duplicates were kept out of the test split.
    training : dict
        At least ``command``, ``seed``, ``commit``, ``hours`` and ``hardware``.
    metrics : dict
        Per split: figure, n, interval, and the same for a named baseline.
    intended_use, limits : str
        Whole sentences for the visitor.
    """

    name: str
    version: int
    class_path: str
    config: dict[str, Any]
    vocabulary: list[str]
    sha256: str
    n_parameters: int
    data: list[dict[str, Any]]
    training: dict[str, Any]
    metrics: dict[str, Any]
    intended_use: str
    limits: str

    @property
    def stem(self) -> str:
        """The common name of the pair's two files, ``NAME_vN``."""
        return f"{self.name}_v{self.version}"

    @classmethod
    def from_json(cls, text: str) -> Card:
        """Read a card strictly.

        Parameters
        ----------
        text : str
            A JSON object with exactly the fields of this class.

        Raises
        ------
        WeightsError
            If the text is not such an object; the message names the first field that is wrong and says why.
        """
        try:
            content = json.loads(text, parse_constant=_refuse_constant)
        except (ValueError, RecursionError) as error:
            raise WeightsError("A model card is not valid JSON. Export the model again.") from error
        if not isinstance(content, dict):
            raise WeightsError("A model card must be a JSON object. Export the model again.")
        expected = [field.name for field in fields(cls)]
        _refuse_names("lacks", [key for key in expected if key not in content])
        _refuse_names("has the unknown", [key for key in content if key not in expected])
        _check(content, _CARD_RULES)
        for data_set in content["data"]:
            _check(data_set, _DATA_RULES, "data.")
        return cls(**content)


def _refuse_constant(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


def _refuse_names(verb: str, names: list[str]) -> None:
    if names:
        raise WeightsError(f"A model card {verb} field {list_names(names)}. Export the model again.")


def list_names(names: list[str], at_most: int = 3) -> str:
    """Name the first few, in quotes, and count the rest: ``"a", "b", "c" and 4 more``."""
    shown = ", ".join(f'"{name}"' for name in names[:at_most])
    return shown if len(names) <= at_most else f"{shown} and {len(names) - at_most} more"


# What the fields of a card must be: field, the end of a sentence, test. In this order, so that a later test may
# rely on an earlier one.
Rules = Sequence[tuple[str, str, Callable[[Any], bool]]]


def _matches(pattern: str) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, str) and re.fullmatch(pattern, value, re.ASCII) is not None


def _is_whole(value: object, least: int = 1) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= least


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _is_object(value: object) -> bool:
    return isinstance(value, dict)


def _all_are(kind: type, values: object) -> bool:
    return isinstance(values, list) and all(isinstance(value, kind) for value in values)


_CARD_RULES: Rules = (
    ("name", "lower-case letters, digits and underscores", _matches("[a-z][a-z0-9_]*")),
    ("version", "a whole number from 1", _is_whole),
    ("class_path", "a module and a class, with dots", _matches(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)+")),
    ("config", "an object", _is_object),
    ("vocabulary", "a list of strings, empty where there are no tokens", lambda found: _all_are(str, found)),
    ("vocabulary", "without repetition", lambda found: len(set(found)) == len(found)),
    ("sha256", "64 lower-case hexadecimal digits", _matches("[0-9a-f]{64}")),
    ("n_parameters", "a whole number from 1", _is_whole),
    ("data", "a list of at least one data set", lambda found: isinstance(found, list) and bool(found)),
    ("data", "a list of objects", lambda found: _all_are(dict, found)),
    (
        "training",
        f"an object with {', '.join(_TRAINING_KEYS)}",
        lambda found: _is_object(found) and found.keys() >= set(_TRAINING_KEYS),
    ),
    ("metrics", "a filled object", lambda found: _is_object(found) and bool(found)),
    ("intended_use", "a text", _is_text),
    ("limits", "a text", _is_text),
)
_DATA_RULES: Rules = (
    ("name", "a text", _is_text),
    ("license", "a text", _is_text),
    ("pieces", "an object, split to number", lambda found: _is_object(found) and bool(found)),
    ("pieces", "an object of whole numbers", lambda found: all(_is_whole(n, 0) for n in found.values())),
)


def _check(content: dict[str, Any], rules: Rules, within: str = "") -> None:
    for field, what, holds in rules:
        if not holds(content.get(field)):
            raise WeightsError(f'In a model card, "{within}{field}" must be {what}. Export the model again.')


# Finding.


def read_cards(directory: Path = WEIGHTS_DIR) -> list[Card]:
    """Every card in a folder, by name and version; an empty list where there are none.

    Raises
    ------
    WeightsError
        If one of them cannot be read, as in `read_card`.
    """
    found = [read_card(path) for path in directory.glob("*.json")]
    return sorted(found, key=lambda card: (card.name, card.version))


def chosen_set() -> str:
    """The set of weights that this installation uses: ``"open"``, or ``"research"`` by ``SONOSCOPE_WEIGHTS``.

    Raises
    ------
    WeightsError
        If the variable says something else.
    """
    given = os.environ.get(SET_VARIABLE, "")
    chosen = given.strip().lower() or OPEN
    if chosen not in (OPEN, RESEARCH):
        shown = keep_printable(given[:_MOST_SHOWN])
        raise WeightsError(
            f'{SET_VARIABLE} is "{shown}". It can be "{OPEN}" or "{RESEARCH}": change it where it is set, in the '
            "environment or in .streamlit/secrets.toml, and start again."
        )
    return chosen


def find_set_directory(which: str, directory: Path = WEIGHTS_DIR) -> Path:
    """Where the pairs of a set lie: the open ones in the folder of weights, the others in its ``research`` folder."""
    return directory / RESEARCH if which == RESEARCH else directory


def find_set_of(stem: str, directory: Path = WEIGHTS_DIR) -> str:
    """The set that a pair belongs to; a stem is in one of them only."""
    return RESEARCH if (find_set_directory(RESEARCH, directory) / f"{stem}.json").is_file() else OPEN


def find_pair(stem: str, directory: Path = WEIGHTS_DIR) -> Path:
    """The card file of a pair, ``NAME_vN``, of whichever set."""
    return find_set_directory(find_set_of(stem, directory), directory) / f"{stem}.json"


def has_card(name: str, *, directory: Path = WEIGHTS_DIR) -> bool:
    """Whether the chosen set, or the open one, has a model of this name."""
    return bool(_find_versions(name, directory))


def find_card(name: str, *, version: int | None = None, directory: Path = WEIGHTS_DIR) -> Path:
    """The card file of a model: of the version asked for, or else of the highest.

    Where the research set is chosen, its model is preferred to the open one of the same name.

    Raises
    ------
    WeightsError
        If there is none; the message tells whether the research set has one.
    """
    versions = _find_versions(name, directory, version)
    if versions and version is None:
        return versions[max(versions)]
    if version in versions:
        return versions[version]
    if chosen_set() == OPEN and _list_versions(name, find_set_directory(RESEARCH, directory), version):
        raise WeightsError(
            f'The model "{name}" is in the research set only: not all of its training data are licensed for any use. '
            f"For non-commercial research, set {SET_VARIABLE}={RESEARCH} and start again."
        )
    stems = [path.stem for path in sorted(directory.glob("*.json")) if _FILE_STEM.fullmatch(path.stem)]
    there = f"There are {', '.join(stems)}." if stems else "There are no models at all."
    if version is None:
        raise WeightsError(
            f'There is no trained model "{name}" in this installation. {there} '
            "Fetch the weights or train the model."
        )
    raise WeightsError(f'There is no version {version} of the model "{name}". {there}')


def _find_versions(name: str, directory: Path, version: int | None = None) -> dict[int, Path]:
    """The versions of a model in the first set that has it, or that has this version."""
    sets = (RESEARCH, OPEN) if chosen_set() == RESEARCH else (OPEN,)
    found = (_list_versions(name, find_set_directory(which, directory), version) for which in sets)
    return next((versions for versions in found if versions), {})


def _list_versions(name: str, directory: Path, version: int | None) -> dict[int, Path]:
    """The versions of a model in one folder; none where it lacks the version asked for."""
    # Every name is read and compared as a whole: "folk_v*" would also find "folk_v2_small_v1".
    stems = ((path, _FILE_STEM.fullmatch(path.stem)) for path in sorted(directory.glob("*.json")))
    versions = {int(stem["version"]): path for path, stem in stems if stem and stem["name"] == name}
    return versions if version is None or version in versions else {}


def read_card(path: Path) -> Card:
    """Read one card and check it against its file name.

    Parameters
    ----------
    path : Path
        ``NAME_vN.json``.

    Raises
    ------
    WeightsError
        If the file is missing, is not a valid card, or describes another model than its name says.
    """
    try:
        card = Card.from_json(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise WeightsError(f'The model card "{path.stem}" is missing or unreadable.') from error
    except WeightsError as error:
        raise WeightsError(f'The model card "{path.stem}" cannot be used. {error}') from error
    if card.stem != path.stem:
        raise WeightsError(f'The model card "{path.stem}" describes "{card.stem}". One of them was renamed.')
    return card
