"""Tensor shapes by torch's ``state_dict`` names, without torch.

A network is told as a tree: its layers by name, each with the shapes of its own tensors.
"""

from __future__ import annotations

from collections.abc import Mapping

# What a batch normalization keeps beside its parameters.
BATCH_STATISTICS = ("running_mean", "running_var", "num_batches_tracked")
Shape = tuple[int, ...]
Layers = Mapping[str, "Shape | Layers"]


def linear(n_in: int, n_out: int, *, bias: bool = True) -> dict[str, Shape]:
    """``nn.Linear``."""
    return {"weight": (n_out, n_in)} | ({"bias": (n_out,)} if bias else {})


def embedding(n_rows: int, width: int) -> dict[str, Shape]:
    """``nn.Embedding``."""
    return {"weight": (n_rows, width)}


def dense(n_inputs: int, width: int, n_outputs: int) -> dict[str, dict[str, Shape]]:
    """:func:`core.nn.layers.stack_dense`."""
    return {"0": linear(n_inputs, width), "2": linear(width, n_outputs)}


def convolution(n_in: int, n_out: int, kernel: tuple[int, int]) -> dict[str, Shape]:
    """``nn.Conv2d`` without bias."""
    return {"weight": (n_out, n_in, *kernel)}


def batch_norm(width: int, *, affine: bool = True) -> dict[str, Shape]:
    """``nn.BatchNorm1d`` and ``nn.BatchNorm2d``, with its `BATCH_STATISTICS`."""
    learned: dict[str, Shape] = {"weight": (width,), "bias": (width,)} if affine else {}
    return learned | dict(zip(BATCH_STATISTICS, ((width,), (width,), ()), strict=True))


def recurrent(
    n_inputs: int, width: int, n_layers: int = 1, *, n_gates: int = 4, both_ways: bool = False
) -> dict[str, Shape]:
    """``nn.LSTM``, and with three gates ``nn.GRU``."""
    shapes: dict[str, Shape] = {}
    for layer in range(n_layers):
        read = n_inputs if layer == 0 else width * (1 + both_ways)
        for way in ("", "_reverse")[: 1 + both_ways]:
            shapes |= {
                f"weight_ih_l{layer}{way}": (n_gates * width, read),
                f"weight_hh_l{layer}{way}": (n_gates * width, width),
                f"bias_ih_l{layer}{way}": (n_gates * width,),
                f"bias_hh_l{layer}{way}": (n_gates * width,),
            }
    return shapes


def flatten(layers: Layers) -> dict[str, Shape]:
    """The shape of every tensor by its whole name.

    Examples
    --------
    >>> flatten({"pitch": embedding(4, 2), "head": {"0": linear(2, 3, bias=False)}})
    {'pitch.weight': (4, 2), 'head.0.weight': (3, 2)}
    """
    found: dict[str, Shape] = {}
    for name, part in layers.items():
        if isinstance(part, tuple):
            found[name] = part
        else:
            found |= {f"{name}.{inner}": shape for inner, shape in flatten(part).items()}
    return found
