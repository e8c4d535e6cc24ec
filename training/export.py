"""Export a model as safetensors and a JSON card. The only writer of ``weights/``."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save

from core.nn.card import WEIGHTS_DIR, Card, read_card
from core.nn.weights import class_path


def export(
    model: torch.nn.Module,
    *,
    name: str,
    data: list[dict[str, Any]],
    training: dict[str, Any],
    metrics: dict[str, Any],
    intended_use: str,
    limits: str,
    version: int = 1,
    vocabulary: Sequence[str] = (),
    directory: Path = WEIGHTS_DIR,
) -> Card:
    """Write ``NAME_vN.safetensors`` and its card, and read the card back.

    Parameters
    ----------
    model : torch.nn.Module
        With ``config_class`` and a ``config`` of that class.
    name, version
        As in `core.nn.card.Card`.
    vocabulary, data, training, metrics, intended_use, limits
        What the card tells; ``training`` gets the commit where it lacks one.
    directory : Path

    Returns
    -------
    Card

    Raises
    ------
    WeightsError
        If the card would not be accepted by the loader.
    """
    directory.mkdir(parents=True, exist_ok=True)
    tensors = {key: value.detach().cpu().contiguous() for key, value in model.state_dict().items()}
    content = save(tensors)
    config: Any = model.config
    card = Card(
        name=name,
        version=version,
        class_path=class_path(type(model)),
        config=dataclasses.asdict(config),
        vocabulary=list(vocabulary),
        sha256=hashlib.sha256(content).hexdigest(),
        n_parameters=sum(parameter.numel() for parameter in model.parameters()),
        data=data,
        training={"commit": _commit(), **training},
        metrics=metrics,
        intended_use=intended_use,
        limits=limits,
    )
    (directory / f"{card.stem}.safetensors").write_bytes(content)
    path = directory / f"{card.stem}.json"
    path.write_text(
        json.dumps(dataclasses.asdict(card), indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
    )
    return read_card(path)


def _commit() -> str:
    """The commit that the training code was at, with a mark where it had been changed since."""
    found = subprocess.run(
        ["git", "describe", "--always", "--dirty", "--abbrev=12"],
        cwd=Path(__file__).parent,
        capture_output=True,
        text=True,
        check=False,
    )
    return found.stdout.strip() or "unknown"
