"""The original's sonification networks: two LSTMs in series, the second as wide as the output, and a linear layer.

After U. Vashisth et al., "Unleashing the Potential of Data Analytics Through Music" (ICSM 2022) and the
project's public description. What differs: ``forward`` returns the output at every step, of which the
techniques use the last, so that a training can learn from all notes of a window at once; and the batch may
have any size.
"""

from __future__ import annotations

import torch
from torch import nn

from training.baselines.sonify_original.config import N_FEATURES, OriginalPitchConfig, OriginalTemporalConfig


class _SeriesLSTM(nn.Module):
    """LSTM -> LSTM as wide as the output -> dropout -> linear."""

    def __init__(self, *, n_inputs: int, hidden_size: int, n_outputs: int, dropout: float) -> None:
        super().__init__()
        self.first = nn.LSTM(n_inputs, hidden_size, batch_first=True)
        self.second = nn.LSTM(hidden_size, n_outputs, batch_first=True)
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(n_outputs, n_outputs)
        nn.init.xavier_uniform_(self.head.weight)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """``(B, T, n_inputs)`` to ``(B, T, n_outputs)``; no softmax, no sigmoid."""
        hidden, _ = self.first(x)  # (B, T, hidden_size)
        narrow, _ = self.second(hidden)  # (B, T, n_outputs)
        outputs: torch.Tensor = self.head(self.dropout(narrow))
        return outputs


class OriginalPitchNetwork(_SeriesLSTM):
    """Pitch / 89 of a window of notes, shape ``(B, T, 1)``, to logits of the next note's class."""

    config_class = OriginalPitchConfig

    def __init__(self, config: OriginalPitchConfig) -> None:
        super().__init__(
            n_inputs=1,
            hidden_size=config.hidden_size,
            n_outputs=len(config.classes),
            dropout=config.dropout,
        )
        self.config = config


class OriginalTemporalNetwork(_SeriesLSTM):
    """The 98-number vectors of a window of notes, ``(B, T, 98)``, to the next note's vector.

    Components 0 and 97 of the output are pitch / 90 and velocity / 128, the others logits of one bin each.
    """

    config_class = OriginalTemporalConfig

    def __init__(self, config: OriginalTemporalConfig) -> None:
        super().__init__(
            n_inputs=N_FEATURES,
            hidden_size=config.hidden_size,
            n_outputs=N_FEATURES,
            dropout=config.dropout,
        )
        self.config = config
