"""Training in several processes (DistributedDataParallel): each takes its part of every batch.

``torchrun --nproc_per_node=N -m training train NAME --data PATH`` starts them. gloo is used on processors, nccl on GPUs.

Losses and weights are those of one process up to rounding, where the loss is a mean over examples or their parts.
They differ where a unit is dropped out (each process draws its own) and where batch normalization takes means over a
part instead of the whole batch.
"""

from __future__ import annotations

import dataclasses
import gc
import json
import os
import warnings
from collections.abc import Callable
from typing import Any, TypeVar

import torch
from torch import Tensor, nn
from torch import distributed as dist
from torch.nn.parallel import DistributedDataParallel

from core.errors import InputError

Model = TypeVar("Model", bound=nn.Module)
Batch = TypeVar("Batch")
Loss = Callable[[Model, Batch], tuple[Tensor, float]]


def begin(device: str = "cpu") -> str:
    """Join the other processes, where torchrun started several; the device of this one."""
    if int(os.environ.get("WORLD_SIZE", "1")) < 2 or dist.is_initialized():
        return device
    dist.init_process_group("nccl" if device == "cuda" else "gloo")
    return f"cuda:{os.environ.get('LOCAL_RANK', '0')}" if device == "cuda" else device


def end() -> None:
    """Leave the other processes, when all are ready for it."""
    if dist.is_initialized():
        # What still listens to the group ends before it does, or the process aborts when it exits.
        gc.collect()
        dist.destroy_process_group()


def find_rank() -> int:
    """The number of this process, from 0."""
    return dist.get_rank() if dist.is_initialized() else 0


def count_processes() -> int:
    """How many processes train together."""
    return dist.get_world_size() if dist.is_initialized() else 1


def is_first() -> bool:
    """Whether this process is the one that scores, reports and writes."""
    return find_rank() == 0


def refuse_other_step(step: int, device: str) -> None:
    """Stop unless all processes begin at the same step.

    Raises
    ------
    InputError
        If one of them has no checkpoint, or another one.
    """
    if not dist.is_initialized():
        return
    steps = [torch.zeros(1, dtype=torch.int64, device=device) for _ in range(dist.get_world_size())]
    dist.all_gather(steps, torch.tensor([step], device=device))
    if len(found := sorted({int(one) for one in steps})) > 1:
        raise InputError(
            f"The processes would go on from steps {', '.join(map(str, found))}. "
            "Give them one folder with --work, which all of them can read."
        )


def hand_out(told: dict[str, Any], model: nn.Module, device: str) -> dict[str, Any]:
    """Give every process the first one's weights and what it tells, which JSON must be able to hold."""
    if not dist.is_initialized():
        return told
    for tensor in model.state_dict().values():
        dist.broadcast(tensor, 0)
    content = torch.tensor(list(json.dumps(told).encode()), dtype=torch.uint8, device=device)
    size = torch.tensor([len(content)], device=device)
    dist.broadcast(size, 0)
    if not is_first():
        content = torch.zeros(int(size), dtype=torch.uint8, device=device)
    dist.broadcast(content, 0)
    received: dict[str, Any] = json.loads(bytes(content.tolist()))
    return received


class Gradients:
    """Computes the loss of a batch and the gradients of a network's weights."""

    def __init__(self, model: nn.Module, loss: Loss[Any, Any]) -> None:
        self.model, self.loss = model, loss

    def compute(self, batch: Any) -> float:
        """The mean loss; the gradients are in the weights."""
        mean, _ = self.loss(self.model, batch)
        torch.autograd.backward(mean)
        return float(mean.detach())

    def close(self) -> None:
        """Nothing is to be let go of."""


class SharedGradients(Gradients):
    """The same with several processes: each computes every n-th example of a batch."""

    def __init__(self, model: nn.Module, loss: Loss[Any, Any], device: str) -> None:
        super().__init__(model, loss)
        self.rank, self.n, self.device = dist.get_rank(), dist.get_world_size(), device
        # Whether all weights are used in each step is the feature's affair, so unused ones are looked for; that
        # there were none is no news.
        warnings.filterwarnings("ignore", message=".*find_unused_parameters=True was specified")
        self.module: nn.Module | None = DistributedDataParallel(
            _LossModule(model, loss), find_unused_parameters=True
        )

    def compute(self, batch: Any) -> float:
        """The mean loss of the whole batch; its gradients are in the weights."""
        assert self.module is not None
        part = take_part(batch, self.rank, self.n)
        is_idle = count_examples(part) == 0
        # A process without an example computes the first one and gives it no weight.
        mean, n_units = self.module(take_part(batch, 0, count_examples(batch)) if is_idle else part)
        n_units = 0.0 if is_idle else float(n_units)
        total = torch.tensor([n_units], dtype=torch.float64, device=self.device)
        dist.all_reduce(total)
        # DistributedDataParallel means over processes; the batch's loss means over units.
        share = n_units / float(total)
        torch.autograd.backward(mean * (share * self.n))
        said = (mean.detach().double() * share).reshape(1)
        dist.all_reduce(said)
        return float(said)

    def close(self) -> None:
        """Let go of what listens to the group of processes."""
        self.module = None


def share_gradients(model: nn.Module, loss: Loss[Any, Any], device: str = "cpu") -> Gradients:
    """What computes losses and gradients, in as many processes as there are."""
    return SharedGradients(model, loss, device) if dist.is_initialized() else Gradients(model, loss)


class _LossModule(nn.Module):
    """A network and its loss in one forward pass: what DistributedDataParallel listens to."""

    def __init__(self, model: nn.Module, loss: Loss[Any, Any]) -> None:
        super().__init__()
        self.model, self.loss = model, loss

    def forward(self, batch: Any) -> tuple[Tensor, float]:
        return self.loss(self.model, batch)


def map_tensors(function: Callable[[Tensor], Tensor], batch: Any) -> Any:
    """A batch with its tensors replaced, inside tuples, named tuples, lists, dicts and dataclasses."""
    if isinstance(batch, Tensor):
        return function(batch)
    if isinstance(batch, tuple) and hasattr(batch, "_fields"):
        return type(batch)(*(map_tensors(function, item) for item in batch))
    if isinstance(batch, tuple | list):
        return type(batch)(map_tensors(function, item) for item in batch)
    if isinstance(batch, dict):
        return {key: map_tensors(function, item) for key, item in batch.items()}
    if dataclasses.is_dataclass(batch) and not isinstance(batch, type):
        held = {field.name: getattr(batch, field.name) for field in dataclasses.fields(batch)}
        return dataclasses.replace(
            batch, **{name: map_tensors(function, item) for name, item in held.items()}
        )
    return batch


def take_part(batch: Any, rank: int, n: int) -> Any:
    """Every n-th example of a batch, from one on; a tensor's first axis is the examples, and a single number is all's."""
    return map_tensors(lambda tensor: tensor[rank::n] if tensor.ndim else tensor, batch)


def count_examples(batch: Any) -> int:
    """How many examples a batch has: the length of its first tensor that has an axis."""
    lengths: list[int] = []

    def note(tensor: Tensor) -> Tensor:
        if tensor.ndim:
            lengths.append(len(tensor))
        return tensor

    map_tensors(note, batch)
    return lengths[0] if lengths else 1


def move(batch: Any, device: str) -> Any:
    """A batch with its tensors on a device."""
    return batch if device == "cpu" else map_tensors(lambda tensor: tensor.to(device), batch)
