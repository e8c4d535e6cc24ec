"""Every pair that is shipped, of both sets, loads into the class that its card names."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import torch

from core.nn.card import WEIGHTS_DIR, find_pair, read_card
from core.nn.weights import load, load_arrays

STEMS = sorted(path.stem for path in WEIGHTS_DIR.rglob("*.json"))


@pytest.mark.parametrize("stem", STEMS)
def test_a_shipped_pair_loads_strictly_into_the_class_on_its_card(stem: str) -> None:
    path: Path = find_pair(stem)
    card = read_card(path)
    module, _, name = card.class_path.rpartition(".")
    model_class: Any = getattr(import_module(module), name)
    if issubclass(model_class, torch.nn.Module):
        model, same = load(card.name, model_class, version=card.version, directory=path.parent)
        assert isinstance(model, model_class) and same == card
    else:
        # Arrays name the class of their configuration beside them.
        found: Any = next(
            one
            for one in vars(sys.modules[module]).values()
            if getattr(one, "class_path", None) == card.class_path
        )
        _, tensors, same = load_arrays(card.name, found, version=card.version, directory=path.parent)
        assert tensors and same == card
