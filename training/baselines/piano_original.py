"""The original project's piano network, for comparison: one LSTM over windows of 25 notes, three heads of plain numbers.

It reads pitch / 128, step and duration in seconds, and gives 128 pitch scores, a step and a duration. The original trains
it with 0.05 times the cross-entropy of the pitch and squared errors of the rest, ten times the negative part added;
its heads end in a ReLU, so no pitch score is below zero.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from core.nn.config import ModelConfig


@dataclass(frozen=True, kw_only=True)
class OriginalConfig(ModelConfig):
    """Sizes of the original's network."""

    hidden_size: int = 128
    window: int = 25  # notes read before each prediction

    @classmethod
    def tiny(cls) -> OriginalConfig:
        """A network for tests."""
        return cls(hidden_size=8, window=4)


class OriginalLSTM(nn.Module):
    """The original's network with its ReLU heads."""

    config_class = OriginalConfig

    def __init__(self, config: OriginalConfig) -> None:
        super().__init__()
        self.config = config
        self.lstm = nn.LSTM(3, config.hidden_size, batch_first=True)
        self.pitch = nn.Linear(config.hidden_size, 128)
        self.step = nn.Linear(config.hidden_size, 1)
        self.duration = nn.Linear(config.hidden_size, 1)

    def forward(self, windows: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Predict the note after each window.

        Parameters
        ----------
        windows : Tensor of float32, shape=(B, T, 3)
            Pitch / 128, step (s) and duration (s).

        Returns
        -------
        pitch : Tensor, shape=(B, 128)
            Logits, none below zero.
        step, duration : Tensor, shape=(B,)
            Seconds.
        """
        hidden = self.lstm(windows)[0][:, -1]
        return (
            torch.relu(self.pitch(hidden)),
            torch.relu(self.step(hidden)).squeeze(-1),
            torch.relu(self.duration(hidden)).squeeze(-1),
        )

    def loss(self, windows: Tensor, pitch: Tensor, step: Tensor, duration: Tensor) -> Tensor:
        """The original's loss of a batch; pitch as MIDI numbers."""
        scores, est_step, est_duration = self(windows)
        squares = [
            ((est - ref) ** 2 + 10.0 * torch.clamp(-est, min=0.0)).mean()
            for est, ref in ((est_step, step), (est_duration, duration))
        ]
        loss: Tensor = 0.05 * nn.functional.cross_entropy(scores, pitch) + squares[0] + squares[1]
        return loss
