"""Verified loading of the trained models in ``weights/``.

A model is a pair: ``NAME_vN.safetensors`` holds tensors and nothing else, ``NAME_vN.json`` is its card, which
says how to build the model, what it was trained on and what it can do. Loading never runs anything from
either file: no pickle, and the caller says which class it expects.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from core.arrays import Float32Array
from core.errors import WeightsError
from core.nn.card import WEIGHTS_DIR, Card, find_card, list_names, read_card

if TYPE_CHECKING:
    import torch

Model = TypeVar("Model", bound="torch.nn.Module")


def class_path(model_class: type) -> str:
    """How a card names a class: its module and its name."""
    return f"{model_class.__module__}.{model_class.__qualname__}"


def load(
    name: str, model_class: type[Model], *, version: int | None = None, directory: Path = WEIGHTS_DIR
) -> tuple[Model, Card]:
    """Build a model and fill it with its verified tensors.

    Parameters
    ----------
    name : str
        The model's name, such as ``"folk_melody"``.
    model_class : type of torch.nn.Module
        The class that the card must name. It has the attribute ``config_class``; the model is
        ``model_class(model_class.config_class(**config))``.
    version : int, optional
        The highest there is if not given.
    directory : Path
        Where the pairs lie.

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
    >>> from core.emotion.classic.model import EmotionClusters
    >>> model, card = load("emotion_classic", EmotionClusters)
    >>> card.stem, card.n_parameters, model.training
    ('emotion_classic_v1', 36, False)
    """
    card = read_card(find_card(name, version=version, directory=directory))
    data = _read_verified(card, directory)
    model = _build(card, model_class)
    _fill(model, card, data)
    n_parameters = sum(parameter.numel() for parameter in model.parameters())
    if n_parameters != card.n_parameters:
        raise WeightsError(
            f'The model "{card.stem}" has {n_parameters} parameters and its card says {card.n_parameters}. '
            "Export the model again."
        )
    return model.eval(), card


def _read_verified(card: Card, directory: Path) -> bytes:
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


def _build(card: Card, model_class: type[Model]) -> Model:
    import torch
    from threadpoolctl import threadpool_limits

    # Our models are small, and their steps end before a second thread has woken. On two busy cores the threads
    # wait for each other in every step: composing 300 notes took 36 s with two threads and 0.8 s with one.
    torch.set_num_threads(1)
    threadpool_limits(1, user_api="blas")  # numpy's
    if card.class_path != class_path(model_class):
        raise WeightsError(
            f'The model "{card.stem}" asks for the class {card.class_path}, and this version of the program '
            f"has {class_path(model_class)} for it. Use the weights that belong to this version."
        )
    expected: Any = model_class
    try:
        model: Model = expected(expected.config_class(**card.config))
    except (TypeError, ValueError, RuntimeError) as error:
        raise WeightsError(
            f'The settings on the card of the model "{card.stem}" do not fit its code. Export the model again.'
        ) from error
    return model


def _fill(model: torch.nn.Module, card: Card, data: bytes) -> None:
    import torch
    from safetensors import SafetensorError
    from safetensors.torch import load as tensors_from_bytes

    try:
        tensors: dict[str, torch.Tensor] = tensors_from_bytes(data)
    except (SafetensorError, ValueError, KeyError) as error:
        raise WeightsError(f'The weights of the model "{card.stem}" are not a safetensors file.') from error
    problem = _find_mismatch(model.state_dict(), tensors)
    bad = [name for name, tensor in tensors.items() if not torch.isfinite(tensor).all()]
    if problem is None and bad:
        problem = f"contain NaN or infinity in {list_names(bad)}"
    if problem is not None:
        raise WeightsError(f'The weights of the model "{card.stem}" {problem}. Export the model again.')
    model.load_state_dict(tensors, strict=True)


def _find_mismatch(expected: dict[str, torch.Tensor], given: dict[str, torch.Tensor]) -> str | None:
    """What does not fit, as the end of a sentence; torch's own message can be pages long."""
    if missing := [name for name in expected if name not in given]:
        return f"lack the tensors {list_names(missing)}"
    if unexpected := [name for name in given if name not in expected]:
        return f"have the tensors {list_names(unexpected)}, which the code does not know"
    for name, tensor in given.items():
        if tensor.shape != expected[name].shape:
            return f'have the shape {tuple(tensor.shape)} in "{name}", not {tuple(expected[name].shape)}'
    return None


def to_arrays(model: torch.nn.Module) -> dict[str, Float32Array]:
    """Copies of a model's tensors as numpy arrays of float32, by name."""
    return {name: tensor.detach().float().cpu().numpy().copy() for name, tensor in model.state_dict().items()}
