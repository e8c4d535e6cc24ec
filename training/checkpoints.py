"""Checkpoints of a training: one safetensors file, replaced at once."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from core.errors import InputError


@dataclass(frozen=True, kw_only=True)
class Checkpoint:
    """Where a training stands.

    Attributes
    ----------
    identity : str
        Of recipe and data.
    tensors : mapping of Tensor
        Weights, averages, moments, with a prefix each.
    told : dict
        Step, losses, history: what JSON can hold.
    """

    identity: str
    tensors: Mapping[str, Tensor]
    told: dict[str, Any]

    def part(self, prefix: str) -> dict[str, Tensor]:
        """The tensors with a prefix, without it."""
        return {k.removeprefix(prefix): v for k, v in self.tensors.items() if k.startswith(prefix)}


def write_checkpoint(path: Path, checkpoint: Checkpoint) -> None:
    """Write a checkpoint so that either the old or the new one is there, whenever the power goes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_suffix(".part")
    # Copies: averaged and best weights may share memory, which the format refuses.
    tensors = {name: tensor.detach().clone().contiguous() for name, tensor in checkpoint.tensors.items()}
    save_file(tensors, beside, {"identity": checkpoint.identity, "told": json.dumps(checkpoint.told)})
    with beside.open("rb") as file:
        os.fsync(file.fileno())
    beside.replace(path)


def read_checkpoint(path: Path, identity: str) -> Checkpoint:
    """Read a checkpoint.

    Raises
    ------
    InputError
        If it is damaged, or of another recipe or of other data.
    """
    try:
        with safe_open(path, framework="pt") as file:
            about = file.metadata() or {}
            if about.get("identity") != identity:
                raise InputError(
                    f"{path} is of another recipe or of other data. Name another folder with --work, or delete the file."
                )
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - not a mapping
    except SafetensorError as error:
        raise InputError(f"{path} is damaged: {error}. Delete the file to begin anew.") from error
    return Checkpoint(identity=identity, tensors=tensors, told=json.loads(about["told"]))


def read_made_by(path: Path) -> dict[str, Any]:
    """By which code a checkpoint was made; nothing where there is no checkpoint that can be read or it does not say."""
    try:
        with safe_open(path, framework="pt") as file:
            told = json.loads((file.metadata() or {})["told"])
    except (SafetensorError, OSError, KeyError):
        return {}
    made_by: dict[str, Any] = told.get("made_by", {})
    return made_by
