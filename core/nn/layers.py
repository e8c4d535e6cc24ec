"""Shared torch layers: stacked LSTM, two dense layers, stored buffers."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor, nn


def stack_lstm(n_inputs: int, width: int, n_layers: int, dropout: float) -> nn.LSTM:
    """An LSTM that reads (B, T, n_inputs), with dropout between its layers where it has several."""
    from torch import nn

    between = dropout if n_layers > 1 else 0.0
    return nn.LSTM(n_inputs, width, n_layers, batch_first=True, dropout=between)


def stack_dense(n_inputs: int, width: int, n_outputs: int) -> nn.Sequential:
    """A dense layer of ``width`` with a ReLU, and one to ``n_outputs``."""
    from torch import nn

    return nn.Sequential(nn.Linear(n_inputs, width), nn.ReLU(), nn.Linear(width, n_outputs))


def store(values: Tensor) -> nn.Parameter:
    """Numbers of any type that are exported and checked like weights, and never trained by gradient."""
    from torch import nn

    return nn.Parameter(values, requires_grad=False)
