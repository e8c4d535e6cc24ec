"""Training in several processes (DistributedDataParallel): each takes its part of every batch.

``torchrun --nproc_per_node=N -m training train NAME --data PATH`` starts them. gloo is used on processors, nccl on GPUs.
"""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable
from typing import Any, TypeVar

import torch
from torch import Tensor, nn
from torch import distributed as dist
from torch.nn.parallel import DistributedDataParallel

Model = TypeVar("Model", bound=nn.Module)
Batch = TypeVar("Batch")
Loss = Callable[[Model, Batch], tuple[Tensor, float]]


def begin() -> None:
    """Join the other processes, where torchrun started several."""
    if int(os.environ.get("WORLD_SIZE", "1")) > 1 and not dist.is_initialized():
        dist.init_process_group("nccl" if torch.cuda.is_available() else "gloo")


def end() -> None:
    """Leave the other processes."""
    if dist.is_initialized():
        dist.destroy_process_group()


def is_first() -> bool:
    """Whether this process is the one that scores, reports and writes."""
    return not dist.is_initialized() or dist.get_rank() == 0


def share_gradients(model: Model, loss: Loss[Model, Batch]) -> Callable[[Batch], float]:
    """A function that computes the loss of a batch and the gradients of the weights; it returns the loss.

    Where there are several processes, each computes every n-th example, and gradients and loss are those of the whole
    batch.
    """
    if not dist.is_initialized():

        def compute(batch: Batch) -> float:
            mean, _ = loss(model, batch)
            torch.autograd.backward(mean)
            return float(mean.detach())

        return compute
    return _Sharer(model, loss).compute


class _LossModule(nn.Module):
    """A network and its loss in one forward pass: what DistributedDataParallel listens to."""

    def __init__(self, model: nn.Module, loss: Loss[Any, Any]) -> None:
        super().__init__()
        self.model, self.loss = model, loss

    def forward(self, batch: Any) -> tuple[Tensor, float]:
        return self.loss(self.model, batch)


class _Sharer:
    """Computes one process's part of each batch."""

    def __init__(self, model: nn.Module, loss: Loss[Any, Any]) -> None:
        self.rank, self.n = dist.get_rank(), dist.get_world_size()
        self.module = DistributedDataParallel(_LossModule(model, loss), find_unused_parameters=True)

    def compute(self, batch: Any) -> float:
        """The loss of the whole batch; the gradients are in the weights."""
        mean, n_units = self.module(take_part(batch, self.rank, self.n))
        total = torch.tensor([float(n_units)], dtype=torch.float64)
        dist.all_reduce(total)
        # DistributedDataParallel means over processes; the batch's loss means over units.
        share = float(n_units) / float(total)
        torch.autograd.backward(mean * (share * self.n))
        said = (mean.detach().double() * share).reshape(1)
        dist.all_reduce(said)
        return float(said)


def take_part(batch: Any, rank: int, n: int) -> Any:
    """Every n-th example of a batch, from one on; tensors inside tuples, lists, dicts and dataclasses."""
    if isinstance(batch, Tensor):
        return batch[rank::n]
    if isinstance(batch, tuple | list):
        return type(batch)(take_part(item, rank, n) for item in batch)
    if isinstance(batch, dict):
        return {key: take_part(item, rank, n) for key, item in batch.items()}
    if dataclasses.is_dataclass(batch) and not isinstance(batch, type):
        return dataclasses.replace(
            batch, **{f.name: take_part(getattr(batch, f.name), rank, n) for f in dataclasses.fields(batch)}
        )
    return batch
