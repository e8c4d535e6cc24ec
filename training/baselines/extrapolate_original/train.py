"""Train the original project's network as it was trained, on raw seconds, and play it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import soxr
import torch

from core.arrays import Float32Array
from core.extrapolate.spectrograms import SR
from training.baselines.extrapolate_original.config import OriginalConfig
from training.baselines.extrapolate_original.model import OriginalNet
from training.optimization import Clock, descend


def cut_seconds(y: Float32Array, config: OriginalConfig, n_sec: int) -> Float32Array | None:
    """The first seconds of a sound at ``SR`` as vectors of samples, shape=(n_sec, sr); None if it is shorter."""
    low = soxr.resample(y, SR, config.sr, quality="HQ")
    low = (
        np.pad(low, (0, max(0, n_sec * config.sr - len(low))))
        if len(low) > (n_sec - 0.5) * config.sr
        else low
    )
    return low[: n_sec * config.sr].reshape(n_sec, config.sr) if len(low) >= n_sec * config.sr else None


def fit_original(
    sounds: Sequence[Float32Array],
    config: OriginalConfig,
    *,
    n_epochs: int = 60,
    batch_size: int = 10,
    seed: int = 0,
) -> tuple[OriginalNet, dict[str, Any]]:
    """Train the network: one example per clip, squared error of samples summed over seconds, Adam at 1e-3.

    Parameters
    ----------
    sounds : sequence of ndarray
        Clips at ``SR``; those shorter than context and horizon are left out.
    config : OriginalConfig
    n_epochs, batch_size, seed : int

    Returns
    -------
    OriginalNet
        With its weights rounded to sixteen bits.
    dict
        Examples, epochs, hours, and the summed error on the training examples beside that of silence.
    """
    torch.manual_seed(seed)
    clock, size = Clock(math.inf), config.n_context + config.n_horizon
    cut = [cut_seconds(y, config, size) for y in sounds]
    x = torch.from_numpy(np.stack([seconds for seconds in cut if seconds is not None]).astype(np.float32))
    model = OriginalNet(config).train()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    rng, last = np.random.default_rng(seed), float("nan")
    for _ in range(n_epochs):
        losses = []
        order = rng.permutation(len(x))
        for start in range(0, len(order) - 1, batch_size):
            batch = x[order[start : start + batch_size]]
            if len(batch) < 2:
                continue
            said = model(batch[:, : config.n_context])
            loss = (said - batch[:, config.n_context :]).square().mean(dim=(0, 2)).sum()
            descend(model, optimizer, loss, max_norm=None)
            losses.append(loss.item())
        last = float(np.mean(losses))
    silence = float(x[:, config.n_context :].square().mean(dim=(0, 2)).sum())
    told = {
        "examples": len(x),
        "epochs": n_epochs,
        "hours": clock.hours,
        "summed_error": round(last, 4),
        "summed_error_of_silence": round(silence, 4),
    }
    return model.eval(), told


@torch.inference_mode()
def play_original(model: OriginalNet, context: Float32Array) -> Float32Array:
    """The network's continuation of a context: ten seconds at ``SR``.

    A context that is shorter than its twenty seconds has silence before it.
    """
    config = model.config
    low = soxr.resample(context, SR, config.sr, quality="HQ")[-config.n_context * config.sr :]
    low = np.pad(low, (config.n_context * config.sr - len(low), 0)).astype(np.float32)
    said = model(torch.from_numpy(low.reshape(1, config.n_context, config.sr)))[0]
    return np.asarray(soxr.resample(said.flatten().numpy(), config.sr, SR, quality="HQ"), dtype=np.float32)
