"""Export a model as safetensors and a JSON card. The only writer of ``weights/``."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol, TypeVar

import numpy as np
import torch
from safetensors import numpy as numpy_file
from safetensors import torch as torch_file

from core.nn.card import Card, read_card
from core.nn.config import ArrayModelConfig
from core.nn.weights import Arrays, class_path, find_infinite, to_arrays

Module = TypeVar("Module", bound=torch.nn.Module)


class ArrayModel(Protocol):
    """A model that was counted or clustered and not trained by gradient: its tensors are arrays."""

    @property
    def config(self) -> ArrayModelConfig:
        """Sizes."""

    @property
    def tensors(self) -> Arrays:
        """By the names that the configuration states."""


def describe_pair(
    model: torch.nn.Module | ArrayModel,
    *,
    name: str,
    data: list[dict[str, Any]],
    training: dict[str, Any],
    metrics: dict[str, Any],
    intended_use: str,
    limits: str,
    version: int = 1,
    vocabulary: Sequence[str] = (),
) -> Card:
    """The card of a model.

    Parameters
    ----------
    model : torch.nn.Module or ArrayModel
        A module with ``config_class`` and a ``config`` of that class, or arrays with their ``config``.
    name, version, vocabulary, data, training, metrics, intended_use, limits
        As on `core.nn.card.Card`.
    """
    if isinstance(model, torch.nn.Module):
        n_parameters = sum(parameter.numel() for parameter in model.parameters())
    else:
        n_parameters = sum(array.size for array in model.tensors.values())
    config: Any = model.config
    return Card(
        name=name,
        version=version,
        class_path=class_path(type(model)),
        config=dataclasses.asdict(config),
        vocabulary=list(vocabulary),
        sha256=hashlib.sha256(_list_bytes(model)).hexdigest(),
        n_parameters=n_parameters,
        data=data,
        training=training,
        metrics=metrics,
        intended_use=intended_use,
        limits=limits,
    )


def to_half(model: Module) -> Module:
    """Store a module in half precision, but for normalizations: a variance may be larger than half precision can hold.

    Parameters
    ----------
    model : torch.nn.Module
        Is changed.

    Examples
    --------
    >>> norm = torch.nn.BatchNorm1d(1)
    >>> _ = norm.running_var.fill_(70_000)
    >>> to_half(torch.nn.Sequential(torch.nn.Linear(1, 1), norm)).state_dict()["1.running_var"].item()
    70000.0
    """
    for module in model.modules():
        if not isinstance(module, torch.nn.modules.batchnorm._BatchNorm):
            for tensor in (*module.parameters(recurse=False), *module.buffers(recurse=False)):
                if tensor.is_floating_point():
                    tensor.data = tensor.data.half()
    return model


def write_pair(model: torch.nn.Module | ArrayModel, card: Card, directory: Path) -> None:
    """Write a model's tensors and its card, and read the card back.

    Raises
    ------
    WeightsError
        If the card would not be accepted by the loader.
    ValueError
        If a tensor holds what is no finite number.
    """
    _check_finite(model)
    directory.mkdir(parents=True, exist_ok=True)
    (directory / f"{card.stem}.safetensors").write_bytes(_list_bytes(model))
    path = directory / f"{card.stem}.json"
    content = json.dumps(dataclasses.asdict(card), indent=1, ensure_ascii=False)
    path.write_text(content + "\n", encoding="utf-8")
    read_card(path)


def _check_finite(model: torch.nn.Module | ArrayModel) -> None:
    """Refuse weights that a loss went wrong in, or that half precision could not hold."""
    bad = find_infinite(to_arrays(model) if isinstance(model, torch.nn.Module) else model.tensors)
    if bad:
        raise ValueError(f"These tensors hold infinite numbers or none at all: {', '.join(bad)}.")


def _list_bytes(model: torch.nn.Module | ArrayModel) -> bytes:
    """The content of a model's tensors file."""
    if isinstance(model, torch.nn.Module):
        state = model.state_dict().items()
        return bytes(torch_file.save({key: value.detach().cpu().contiguous() for key, value in state}))
    return bytes(numpy_file.save({key: np.ascontiguousarray(array) for key, array in model.tensors.items()}))
