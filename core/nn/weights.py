"""Verified loading of the trained models in ``weights/``.

A model is a pair: ``NAME_vN.safetensors`` holds tensors and nothing else, ``NAME_vN.json`` is its card, which
says how to build the model, what it was trained on and what it can do. Loading never runs anything from
either file: no pickle, and the caller says which class it expects.

`load_arrays` gives numpy arrays, which is what all models compute with in the app: torch takes a second and 200 MB to
import and 700 MB of disk. `load` builds the torch module, for training and evaluation.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from functools import cache, wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from core.errors import WeightsError
from core.nn.card import WEIGHTS_DIR, Card, find_card, find_set_of, list_names, read_card
from core.nn.config import ArrayModelConfig
from core.nn.shapes import Shape, flatten

if TYPE_CHECKING:
    import torch

Arrays = dict[str, NDArray[Any]]
Model = TypeVar("Model", bound="torch.nn.Module")
Config = TypeVar("Config", bound=ArrayModelConfig)
Built = TypeVar("Built")

# The pairs that the job of this process has loaded, and the set of each.
_loaded: dict[str, str] = {}


def list_loaded() -> list[dict[str, str]]:
    """Which pairs of weights this process has loaded since `forget_loaded`, and of which set: for the report of a command.

    Examples
    --------
    >>> from core.sonify.melody.ngram import NgramConfig
    >>> _, _, card = load_arrays("sonify_ngram", NgramConfig)
    >>> {"pair": card.stem, "set": "open"} in list_loaded()
    True
    """
    return [{"pair": stem, "set": which} for stem, which in sorted(_loaded.items())]


def forget_loaded() -> None:
    """Begin the list of `list_loaded` anew: before each job of a process that does several."""
    _loaded.clear()


def keep_model(load_model: Callable[[], Built]) -> Callable[[], Built]:
    """Decorate a function that loads a model: it loads once, and every call tells `list_loaded` what it has loaded.

    Examples
    --------
    >>> from core.sonify.melody.ngram import NgramConfig
    >>> load_scorer = keep_model(lambda: load_arrays("sonify_ngram", NgramConfig)[2])
    >>> card = load_scorer()
    >>> forget_loaded()
    >>> load_scorer() is card, [each["pair"] for each in list_loaded()] == [card.stem]
    (True, True)
    """

    @cache
    def load_once() -> tuple[Built, dict[str, str]]:
        before = dict(_loaded)
        _loaded.clear()
        try:
            model = load_model()
            return model, dict(_loaded)
        finally:
            _loaded.update(before)

    @wraps(load_model)
    def load_and_tell() -> Built:
        model, pairs = load_once()
        _loaded.update(pairs)
        return model

    return load_and_tell


def class_path(model_class: type) -> str:
    """How a card names a class: its module and its name."""
    return f"{model_class.__module__}.{model_class.__qualname__}"


def load_arrays(
    name: str, config_class: type[Config], *, version: int | None = None, directory: Path = WEIGHTS_DIR
) -> tuple[Config, Arrays, Card]:
    """Read the verified tensors of a model that computes in numpy. Torch is not imported.

    Parameters
    ----------
    name : str
        The model's name, such as ``"folk_melody"``.
    config_class : type of ArrayModelConfig
        Its ``class_path`` is the one that the card must name; its ``layers`` say names and shapes of the tensors.
    version : int, optional
        The highest there is if not given.
    directory : Path
        Where the pairs lie.

    Returns
    -------
    config : ArrayModelConfig
    tensors : dict of ndarray
        By name, read-only where the file has the type already; floats are float32, whole numbers as in the file.
    card : Card

    Raises
    ------
    WeightsError
        As in `load`.

    Examples
    --------
    >>> from core.accompaniment.config import HarmoniserConfig
    >>> config, tensors, card = load_arrays("sonify_chords", HarmoniserConfig)
    >>> card.name, card.n_parameters == sum(array.size for array in tensors.values())
    ('sonify_chords', True)
    """
    card, data = _read_pair(name, version, directory, config_class.class_path)
    config, shapes = _build(card, config_class, lambda config: (config, flatten(config.layers())))
    tensors = _read_tensors(card, data, shapes)
    counted = [array for key, array in tensors.items() if key.rpartition(".")[2] not in config.buffers]
    _check_size(card, sum(array.size for array in counted))
    _use_one_thread()
    return config, {key: _widen(array) for key, array in tensors.items()}, card


def load(
    name: str, model_class: type[Model], *, version: int | None = None, directory: Path = WEIGHTS_DIR
) -> tuple[Model, Card]:
    """Build a torch model and fill it with its verified tensors.

    Parameters
    ----------
    name, version, directory
        As in `load_arrays`.
    model_class : type of torch.nn.Module
        The class that the card must name. It has the attribute ``config_class``; the model is
        ``model_class(model_class.config_class(**config))``.

    Returns
    -------
    (model_class, Card)
        The model on the CPU and in evaluation mode, and its card. The model may be shared: load it once.
        From then on torch and numpy's products of matrices compute with one thread.

    Raises
    ------
    WeightsError
        If the pair is missing, the tensors differ from their hash, the card names another class, its
        configuration is refused, or names, shapes or number of tensors do not fit, or one of them holds NaN
        or infinity.

    Examples
    --------
    >>> from core.audioviz.model import Autoencoder
    >>> model, card = load("audioviz_ae_normal", Autoencoder)
    >>> card.name, model.training
    ('audioviz_ae_normal', False)
    """
    import torch

    card, data = _read_pair(name, version, directory, class_path(model_class))
    _use_one_thread()
    torch.set_num_threads(1)
    expected: Any = model_class
    model: Model = _build(card, expected.config_class, expected)
    shapes = {key: tuple(tensor.shape) for key, tensor in model.state_dict().items()}
    tensors = _read_tensors(card, data, shapes)
    model.load_state_dict({key: torch.tensor(array) for key, array in tensors.items()}, strict=True)
    _check_size(card, sum(parameter.numel() for parameter in model.parameters()))
    return model.eval(), card


def _read_pair(name: str, version: int | None, directory: Path, expected: str) -> tuple[Card, bytes]:
    """The card, and the tensors file, read once, so that what is checked is what is used."""
    path = find_card(name, version=version, directory=directory)
    card = read_card(path)
    try:
        data = path.with_suffix(".safetensors").read_bytes()
    except OSError as error:
        raise WeightsError(f'The model "{card.stem}" has a card but no weights. Fetch them again.') from error
    if hashlib.sha256(data).hexdigest() != card.sha256:
        raise WeightsError(
            f'The weights of the model "{card.stem}" differ from the ones its card describes. '
            "Fetch them again."
        )
    if card.class_path != expected:
        raise WeightsError(
            f'The model "{card.stem}" asks for the class {card.class_path}, and this version of the program '
            f"has {expected} for it. Use the weights that belong to this version."
        )
    _loaded[card.stem] = find_set_of(card.stem, directory)
    return card, data


def _build(card: Card, config_class: Callable[..., Config], build: Callable[[Config], Built]) -> Built:
    try:
        return build(config_class(**card.config))
    except (TypeError, ValueError, RuntimeError) as error:
        raise WeightsError(
            f'The settings on the card of the model "{card.stem}" do not fit its code. Export the model again.'
        ) from error


def _read_tensors(card: Card, data: bytes, shapes: Mapping[str, Shape]) -> Arrays:
    """The tensors as they lie in the file: the ones of these names and shapes, all of them finite."""
    from safetensors import SafetensorError
    from safetensors.numpy import load as arrays_from_bytes

    try:
        tensors: Arrays = arrays_from_bytes(data)
    except (SafetensorError, ValueError, KeyError) as error:
        raise WeightsError(f'The weights of the model "{card.stem}" are not a safetensors file.') from error
    problem = _find_mismatch(shapes, tensors)
    bad = find_infinite(tensors)
    if problem is None and bad:
        problem = f"contain NaN or infinity in {list_names(bad)}"
    if problem is not None:
        raise WeightsError(f'The weights of the model "{card.stem}" {problem}. Export the model again.')
    return tensors


def find_infinite(tensors: Mapping[str, NDArray[Any]]) -> list[str]:
    """Names of the tensors that hold NaN or infinity.

    Examples
    --------
    >>> find_infinite({"a": np.ones(2), "b": np.array([1, np.inf])})
    ['b']
    """
    return [name for name, array in tensors.items() if not np.isfinite(array).all()]


def _find_mismatch(expected: Mapping[str, Shape], given: Arrays) -> str | None:
    """Describe a mismatch as the end of a sentence; torch's own message can be pages long."""
    if missing := [name for name in expected if name not in given]:
        return f"lack the tensors {list_names(missing)}"
    if unexpected := [name for name in given if name not in expected]:
        return f"have the tensors {list_names(unexpected)}, which the code does not know"
    for name, array in given.items():
        if array.shape != expected[name]:
            return f'have the shape {array.shape} in "{name}", not {expected[name]}'
    return None


def _check_size(card: Card, n_parameters: int) -> None:
    if n_parameters != card.n_parameters:
        raise WeightsError(
            f'The model "{card.stem}" has {n_parameters} parameters and its card says {card.n_parameters}. '
            "Export the model again."
        )


def _use_one_thread() -> None:
    """Limit numpy's matrix products to one thread, in case numpy was imported before core.

    Our models are small, and their steps end before a second thread has woken. On two busy cores the threads wait for
    each other in every step: composing 300 notes took 36 s with two threads and 0.8 s with one.
    """
    from threadpoolctl import threadpool_limits

    threadpool_limits(1, user_api="blas")


def _widen(array: NDArray[Any]) -> NDArray[Any]:
    return array.astype(np.float32, copy=False) if array.dtype.kind == "f" else array


def to_arrays(model: torch.nn.Module) -> Arrays:
    """Copies of a model's tensors as numpy arrays, as `load_arrays` gives them."""
    return {name: _widen(tensor.detach().cpu().numpy()).copy() for name, tensor in model.state_dict().items()}
