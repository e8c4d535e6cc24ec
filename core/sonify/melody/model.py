"""A stacked LSTM over melodies: the next interval, then the time until the note after.

Notable: it reads intervals and places above the tonic instead of pitches, so it knows no octave; the key may be
told or left unknown, and it is trained on both. Next pitch and rhythm share the state (Hochreiter and
Schmidhuber 1997; for melodies Eck and Schmidhuber 2002, Sturm et al. 2016).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from core.nn.layers import stack_dense, stack_lstm
from core.sonify.melody.config import MODES, N_PHASES, N_QUARTERS, RHYTHM_WIDTH, MelodyConfig

State = tuple[Tensor, Tensor]


class MelodyLSTM(nn.Module):
    """Predicts the next interval from the notes so far, and a note's length from it and the notes before."""

    config_class = MelodyConfig

    def __init__(self, config: MelodyConfig) -> None:
        super().__init__()
        self.config = config
        self.interval = nn.Embedding(config.n_intervals + 1, config.interval_size)  # the last: no note before
        self.pitch_class = nn.Embedding(12, config.pitch_class_size)
        self.mode = nn.Embedding(len(MODES), config.mode_size)
        self.ioi = nn.Embedding(config.n_iois, config.ioi_size)
        self.phase = nn.Embedding(N_PHASES, config.place_size)
        self.quarter = nn.Embedding(N_QUARTERS, config.place_size)
        self.lstm = stack_lstm(config.input_size, config.hidden_size, config.n_layers, config.dropout)
        self.dropout = nn.Dropout(config.dropout)
        self.interval_head = nn.Linear(config.hidden_size, config.n_intervals)
        ioi_input = config.hidden_size + config.interval_size + config.pitch_class_size
        self.ioi_head = stack_dense(ioi_input, RHYTHM_WIDTH, config.n_iois)

    def forward(
        self,
        interval: Tensor,
        pitch_class: Tensor,
        register: Tensor,
        ioi: Tensor,
        phase: Tensor,
        quarter: Tensor,
        mode: Tensor,
        state: State | None = None,
    ) -> tuple[Tensor, State]:
        """Read notes.

        Parameters
        ----------
        interval, pitch_class, ioi, phase, quarter, mode : Tensor of int64, shape=(B, T)
            As in :class:`~training.sonify.melody_features.Features`; mode indexes ``MODES``.
        register : Tensor of float, shape=(B, T)
        state : (Tensor, Tensor), each shape=(n_layers, B, hidden_size), optional
            Carried from the notes before.

        Returns
        -------
        hidden : Tensor, shape=(B, T, hidden_size)
            What is known after each note; for :meth:`interval_logits` and :meth:`ioi_logits`.
        state : (Tensor, Tensor)
        """
        note = [self.interval(interval), self.pitch_class(pitch_class), self.mode(mode)]
        place = [self.ioi(ioi), self.phase(phase), self.quarter(quarter), register.unsqueeze(-1)]
        x = torch.cat(note + place, dim=-1)  # (B, T, input_size)
        hidden, state = self.lstm(x, state)
        return self.dropout(hidden), state

    def interval_logits(self, hidden: Tensor) -> Tensor:
        """Logits of the next interval, shape=(..., n_intervals)."""
        logits: Tensor = self.interval_head(hidden)
        return logits

    def ioi_logits(self, hidden: Tensor, interval: Tensor, pitch_class: Tensor) -> Tensor:
        """Logits of the time from the next note to the one after, given the next note.

        Parameters
        ----------
        hidden : Tensor, shape=(..., hidden_size)
        interval, pitch_class : Tensor of int64, shape=(...)
            Of the next note.

        Returns
        -------
        Tensor, shape=(..., n_iois)
        """
        x = torch.cat([hidden, self.interval(interval), self.pitch_class(pitch_class)], dim=-1)
        logits: Tensor = self.ioi_head(x)
        return logits
