"""Verified loading of the trained models in ``weights/``.

A model is a pair: ``NAME_vN.safetensors`` holds tensors and nothing else, ``NAME_vN.json`` is its card, which
says how to build the model, what it was trained on and what it can do. Loading never runs anything from
either file: no pickle, and the class that the card names must lie in this repository's own code.
"""

from __future__ import annotations

import hashlib
import importlib
import json
import re
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from core.errors import WeightsError

if TYPE_CHECKING:
    import torch

WEIGHTS_DIR = Path(__file__).resolve().parents[2] / "weights"

_NAME = re.compile(r"[a-z][a-z0-9_]*")
_FILE_STEM = re.compile(r"(?P<name>[a-z][a-z0-9_]*)_v(?P<version>[1-9][0-9]*)")
_CLASS_PATH = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)+", re.ASCII)
_SHA256 = re.compile(r"[0-9a-f]{64}")
_TRAINING_KEYS = ("command", "seed", "commit", "hours", "hardware")


@dataclass(frozen=True, kw_only=True)
class Card:
    """What is known about one version of a model; the content of ``NAME_vN.json``.

    Attributes
    ----------
    name : str
        Lower-case letters, digits and underscores, as in the file's name.
    version : int > 0
        A retrained model is a new version; a version never changes.
    class_path : str
        The module and the class, such as ``"core.folk.model.FolkTransformer"``.
    config : dict
        Arguments of the class's ``config_class``, all of them.
    vocabulary : list of str
        The tokens in the order of their ids; empty for a model without tokens.
    sha256 : str
        Of the tensors file, 64 lower-case hexadecimal digits.
    n_parameters : int > 0
        Tied parameters count once.
    data : list of dict
        A data set each: ``name``, ``licence``, ``pieces`` (split -> number of pieces), and what else is worth
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
        _check_identity(content)
        _check_account(content)
        return cls(**content)


def _refuse_constant(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


def _refuse_names(verb: str, names: list[str]) -> None:
    if names:
        raise WeightsError(f"A model card {verb} field {_listed(names)}. Export the model again.")


def _listed(names: list[str], at_most: int = 3) -> str:
    shown = ", ".join(f'"{name}"' for name in names[:at_most])
    return shown if len(names) <= at_most else f"{shown} and {len(names) - at_most} more"


def _require(field: str, holds: bool, what: str) -> None:
    if not holds:
        raise WeightsError(f'In a model card, "{field}" must be {what}. Export the model again.')


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


def _matches(pattern: re.Pattern[str], value: object) -> bool:
    return isinstance(value, str) and pattern.fullmatch(value) is not None


def _check_identity(content: dict[str, Any]) -> None:
    """The fields by which the model is found, checked and built."""
    _require("name", _matches(_NAME, content["name"]), "lower-case letters, digits and underscores")
    _require("version", _is_count(content["version"]), "a whole number from 1")
    _require("class_path", _matches(_CLASS_PATH, content["class_path"]), "a module and a class, with dots")
    _require("config", isinstance(content["config"], dict), "an object")
    vocabulary = content["vocabulary"]
    strings = isinstance(vocabulary, list) and all(isinstance(token, str) for token in vocabulary)
    _require("vocabulary", strings, "a list of strings, empty where there are no tokens")
    _require("vocabulary", len(set(vocabulary)) == len(vocabulary), "without repetition")
    _require("sha256", _matches(_SHA256, content["sha256"]), "64 lower-case hexadecimal digits")
    _require("n_parameters", _is_count(content["n_parameters"]), "a whole number from 1")


def _check_account(content: dict[str, Any]) -> None:
    """The fields that give an account of the model: a card without them may not be shown."""
    data = content["data"]
    _require("data", isinstance(data, list) and len(data) > 0, "a list of at least one data set")
    for data_set in data:
        _require("data", isinstance(data_set, dict), "a list of objects")
        for key in ("name", "licence"):
            _require(f"data.{key}", bool(_text(data_set.get(key))), "a text")
        pieces = data_set.get("pieces")
        _require("data.pieces", isinstance(pieces, dict) and len(pieces) > 0, "an object, split to number")
        whole = all(isinstance(n, int) and not isinstance(n, bool) and n >= 0 for n in pieces.values())
        _require("data.pieces", whole, "an object of whole numbers")
    training = content["training"]
    told = isinstance(training, dict) and all(key in training for key in _TRAINING_KEYS)
    _require("training", told, f"an object with {', '.join(_TRAINING_KEYS)}")
    _require("metrics", isinstance(content["metrics"], dict) and bool(content["metrics"]), "a filled object")
    for key in ("intended_use", "limits"):
        _require(key, bool(_text(content[key])), "a text")


def _text(value: object) -> str:
    return value.strip() if isinstance(value, str) else ""


# Finding.


def cards(directory: Path = WEIGHTS_DIR) -> list[Card]:
    """Every card in a folder, by name and version; an empty list where there are none.

    Raises
    ------
    WeightsError
        If one of them cannot be read, as in `read_card`.
    """
    found = [read_card(path) for path in directory.glob("*.json")]
    return sorted(found, key=lambda card: (card.name, card.version))


def latest(name: str, directory: Path = WEIGHTS_DIR) -> Path:
    """The card file with the highest version of a model.

    Raises
    ------
    WeightsError
        If there is none.
    """
    versions = _versions(name, directory)
    if not versions:
        raise WeightsError(
            f'There is no trained model "{name}" in this installation. {_available(directory)} '
            "Fetch the weights or train the model."
        )
    return versions[max(versions)]


def _versions(name: str, directory: Path) -> dict[int, Path]:
    # Every name is read and compared as a whole: "folk_v*" would also find "folk_v2_small_v1".
    stems = [(path, _FILE_STEM.fullmatch(path.stem)) for path in directory.glob("*.json")]
    return {int(stem["version"]): path for path, stem in stems if stem and stem["name"] == name}


def _available(directory: Path) -> str:
    stems = sorted(path.stem for path in directory.glob("*.json"))
    return f"There are {', '.join(stems)}." if stems else "There are no models at all."


def read_card(path: Path) -> Card:
    """Read one card, and hold it against the name of its file.

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


# Loading.


def load(
    name: str,
    *,
    version: int | None = None,
    directory: Path = WEIGHTS_DIR,
    packages: tuple[str, ...] = ("core", "training"),
) -> tuple[torch.nn.Module, Card]:
    """Build a model and fill it with its verified tensors.

    The class must have the attribute ``config_class``; the model is ``Model(Model.config_class(**config))``.

    Parameters
    ----------
    name : str
        The model's name, such as ``"folk"``.
    version : int, optional
        The highest there is if not given.
    directory : Path
        Where the pairs lie.
    packages : tuple of str
        Packages whose classes may be built; only tests need another value.

    Returns
    -------
    (torch.nn.Module, Card)
        The model on the CPU and in evaluation mode, and its card. The model may be shared: load it once.
        From then on torch computes with one thread.

    Raises
    ------
    WeightsError
        If the pair is missing, the tensors differ from their hash, the class is unknown or lies outside
        ``packages``, its configuration is refused, or names, shapes or number of tensors do not fit, or one
        of them holds NaN or infinity.
    """
    card = read_card(_card_path(name, version, directory))
    data = _verified_bytes(card, directory)
    model = _build(card, packages)
    _fill(model, card, data)
    n_parameters = sum(parameter.numel() for parameter in model.parameters())
    if n_parameters != card.n_parameters:
        raise WeightsError(
            f'The model "{card.stem}" has {n_parameters} parameters and its card says {card.n_parameters}. '
            "Export the model again."
        )
    return model.eval(), card


def _card_path(name: str, version: int | None, directory: Path) -> Path:
    if version is None:
        return latest(name, directory)
    versions = _versions(name, directory)
    if version not in versions:
        raise WeightsError(f'There is no version {version} of the model "{name}". {_available(directory)}')
    return versions[version]


def _verified_bytes(card: Card, directory: Path) -> bytes:
    """The tensors file, read once, so that what is checked is what is used."""
    try:
        data = (directory / f"{card.stem}.safetensors").read_bytes()
    except OSError as error:
        raise WeightsError(f'The model "{card.stem}" has a card but no weights. Fetch them again.') from error
    if hashlib.sha256(data).hexdigest() != card.sha256:
        raise WeightsError(
            f'The weights of the model "{card.stem}" differ from the ones its card describes. '
            "Fetch them again."
        )
    return data


def _build(card: Card, packages: tuple[str, ...]) -> torch.nn.Module:
    import torch

    # Our models are small, and their steps end before a second thread has woken. On two busy cores the threads
    # wait for each other in every step: composing 300 notes took 36 s with two threads and 0.8 s with one.
    torch.set_num_threads(1)
    module_path, _, class_name = card.class_path.rpartition(".")
    if not _lies_in(module_path, packages):
        raise WeightsError(
            f'The model "{card.stem}" asks for a class outside this program, and is not loaded. '
            "Use a card that this program's training wrote."
        )
    try:
        model_class = getattr(importlib.import_module(module_path), class_name)
    except (ImportError, AttributeError) as error:
        raise _unknown_class(card) from error
    # A module also holds what it imported; only what it defines itself is a model of this program.
    is_model = isinstance(model_class, type) and issubclass(model_class, torch.nn.Module)
    if not is_model or not _lies_in(model_class.__module__, packages):
        raise _unknown_class(card)
    if not hasattr(model_class, "config_class"):
        raise _unknown_class(card)
    try:
        model: torch.nn.Module = model_class(model_class.config_class(**card.config))
    except (TypeError, ValueError, RuntimeError) as error:
        raise WeightsError(
            f'The settings on the card of the model "{card.stem}" do not fit its code. Export the model again.'
        ) from error
    return model


def _lies_in(module_path: str, packages: tuple[str, ...]) -> bool:
    return any(module_path == package or module_path.startswith(f"{package}.") for package in packages)


def _unknown_class(card: Card) -> WeightsError:
    return WeightsError(
        f'The model "{card.stem}" asks for the class {card.class_path}, which this version of the program '
        "does not have. Use the weights that belong to this version."
    )


def _fill(model: torch.nn.Module, card: Card, data: bytes) -> None:
    import torch
    from safetensors import SafetensorError
    from safetensors.torch import load as tensors_from_bytes

    try:
        tensors: dict[str, torch.Tensor] = tensors_from_bytes(data)
    except (SafetensorError, ValueError, KeyError) as error:
        raise WeightsError(f'The weights of the model "{card.stem}" are not a safetensors file.') from error
    problem = _mismatch(model.state_dict(), tensors)
    if problem is None:
        bad = [name for name, tensor in tensors.items() if not torch.isfinite(tensor).all()]
        problem = f"contain NaN or infinity in {_listed(bad)}" if bad else None
    if problem is not None:
        raise WeightsError(f'The weights of the model "{card.stem}" {problem}. Export the model again.')
    model.load_state_dict(tensors, strict=True)


def _mismatch(expected: dict[str, torch.Tensor], given: dict[str, torch.Tensor]) -> str | None:
    """What does not fit, as the end of a sentence; torch's own message can be pages long."""
    if missing := [name for name in expected if name not in given]:
        return f"lack the tensors {_listed(missing)}"
    if unexpected := [name for name in given if name not in expected]:
        return f"have the tensors {_listed(unexpected)}, which the code does not know"
    for name, tensor in given.items():
        if tensor.shape != expected[name].shape:
            return f'have the shape {tuple(tensor.shape)} in "{name}", not {tuple(expected[name].shape)}'
    return None
