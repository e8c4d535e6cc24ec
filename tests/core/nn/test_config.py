"""`core.nn.config` and `core.nn.layers`: what sizes are refused, and layers as torch makes them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import pytest
import torch

from core.nn.config import ModelConfig
from core.nn.layers import stack_dense, stack_lstm, store


@dataclass(frozen=True, kw_only=True)
class SmallConfig(ModelConfig):
    width: int = 3
    widths: tuple[int, ...] = (1, 2)
    low: tuple[float, ...] = (-1.0, 0.0)
    dropout: float = 0.0
    temperature: float = 1.0
    kind: Literal["a", "b"] = "a"
    look_ahead: bool = False


def test_lists_from_a_card_become_tuples() -> None:
    config = SmallConfig(widths=[4, 5], low=[-2.0])  # type: ignore[arg-type]
    assert config.widths == (4, 5) and config.low == (-2.0,)
    assert config == SmallConfig(widths=(4, 5), low=(-2.0,))


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"width": 0}, "width must be a whole number from 1, not 0"),
        ({"width": 1.5}, "width must be a whole number from 1, not 1.5"),
        ({"width": True}, "width must be a whole number from 1, not True"),
        ({"widths": ()}, r"widths must hold whole numbers from 1, not \(\)"),
        ({"widths": [3, 0]}, r"widths must hold whole numbers from 1, not \(3, 0\)"),
        ({"dropout": 1.0}, r"dropout must lie in \[0, 1\), not 1.0"),
        ({"dropout": float("nan")}, r"dropout must lie in \[0, 1\), not nan"),
        ({"temperature": 0.0}, "temperature must be above 0, not 0.0"),
        ({"kind": "c"}, "kind must be one of a, b, not 'c'"),
    ],
)
def test_what_cannot_be_is_named(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        SmallConfig(**wrong)


def test_layers_have_the_sizes_that_were_asked_for() -> None:
    # Dropout between layers of one layer would be a warning, and warnings are errors here.
    assert stack_lstm(3, 4, 1, dropout=0.5).dropout == 0.0
    assert stack_lstm(3, 4, 2, dropout=0.5)(torch.zeros(1, 5, 3))[0].shape == (1, 5, 4)
    assert stack_dense(3, 7, 2)(torch.zeros(6, 3)).shape == (6, 2)
    whole = store(torch.tensor([1, 2], dtype=torch.int16))
    assert whole.dtype == torch.int16 and not whole.requires_grad
