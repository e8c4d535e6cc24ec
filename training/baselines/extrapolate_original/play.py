"""Play the original project's network: seconds of samples in, seconds of samples out."""

from __future__ import annotations

import numpy as np
import soxr
import torch

from core.arrays import Float32Array
from core.extrapolate.spectrograms import SR
from training.baselines.extrapolate_original.config import OriginalConfig
from training.baselines.extrapolate_original.model import OriginalNet


def cut_seconds(y: Float32Array, config: OriginalConfig, n_sec: int) -> Float32Array | None:
    """The first seconds of a sound at ``SR`` as vectors of samples, shape=(n_sec, sr); None if it is shorter."""
    low = soxr.resample(y, SR, config.sr, quality="HQ")
    low = (
        np.pad(low, (0, max(0, n_sec * config.sr - len(low))))
        if len(low) > (n_sec - 0.5) * config.sr
        else low
    )
    return low[: n_sec * config.sr].reshape(n_sec, config.sr) if len(low) >= n_sec * config.sr else None


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
