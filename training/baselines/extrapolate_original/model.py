"""The original project's network over raw seconds, 31 separate units, at a width that can be shipped.

Same structure: 20 encoder units, one for the context, 10 decoder units, no weights shared. A unit joins what came
before and its input, takes one number out of every ``t`` neighboring samples (the original's reshape mixes neighbors,
not seconds), and maps them through four dense layers, each with a leaky ReLU of 0.3 and batch normalization, to a
second of samples. The original had a sampling rate of 22,050 Hz and widths of 64 to 512, 399,890,460 parameters in all.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from training.baselines.extrapolate_original.config import OriginalConfig


class Unit(nn.Module):
    """One of the original's units, reading ``n_seconds`` seconds at once."""

    def __init__(self, n_seconds: int, config: OriginalConfig) -> None:
        super().__init__()
        self.n_seconds = n_seconds
        self.mix = nn.Linear(n_seconds, 1)
        layers: list[nn.Module] = []
        size = config.sr
        for width in config.widths:
            layers += [nn.Linear(size, width), nn.LeakyReLU(0.3), nn.BatchNorm1d(width)]
            size = width
        self.layers = nn.Sequential(*layers, nn.Linear(size, config.sr))

    def forward(self, seconds: list[Tensor]) -> Tensor:
        """Seconds of samples, (B, sr) each, to one second."""
        joined = torch.cat(seconds, dim=1)
        rows = joined.view(len(joined), -1, self.n_seconds)  # each holds neighboring samples
        mixed = nn.functional.leaky_relu(self.mix(rows), 0.4).flatten(1)
        said: Tensor = self.layers(mixed)
        return said


class OriginalNet(nn.Module):
    """The original's encoder, context and decoder."""

    config_class = OriginalConfig

    def __init__(self, config: OriginalConfig) -> None:
        super().__init__()
        self.config = config
        n = config.n_context
        # The first unit is given its input twice, as in the original.
        self.encoder = nn.ModuleList([Unit(max(2, k + 1), config) for k in range(n)])
        self.context = Unit(n, config)
        self.decoder = nn.ModuleList([Unit(k + 1, config) for k in range(config.n_horizon)])

    def forward(self, seconds: Tensor) -> Tensor:
        """Predict the next seconds.

        Parameters
        ----------
        seconds : Tensor, shape=(B, n_context, sr)

        Returns
        -------
        Tensor, shape=(B, n_horizon, sr)
        """
        states: list[Tensor] = []
        for k, unit in enumerate(self.encoder):
            given = seconds[:, k]
            states.append(unit([*states, given] if states else [given, given]))
        context = self.context(states)
        said: list[Tensor] = []
        for unit in self.decoder:
            said.append(unit([*said, context]))
        return torch.stack(said, dim=1)
