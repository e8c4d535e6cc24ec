"""A stacked LSTM over the events of a folk tune: the next pitch, then its length, then whether a phrase ends.

Notable: beside the last event it reads what stood at the same place some bars and phrases before, and what followed
earlier occurrences of the same figure (:mod:`core.folk.tokenizer`); a gate
for each of these places lets it say "that note again" at once (pointing as in Vinyals et al. 2015 and See et
al. 2017, added to the logits instead of mixed). LSTM: Hochreiter and Schmidhuber 1997; for folk tunes Eck and
Schmidhuber 2002, Sturm et al. 2016.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from core.folk import tokenizer as tk
from core.folk.config import BOUNDARY_WIDTH, FolkConfig
from core.music.tune import MODES
from core.nn.layers import stack_dense, stack_lstm

State = tuple[Tensor, Tensor]


class FolkLSTM(nn.Module):
    """Predicts the next event of a tune from the events so far."""

    config_class = FolkConfig

    def __init__(self, config: FolkConfig) -> None:
        super().__init__()
        self.config = config
        self.pitch = nn.Embedding(tk.N_PITCHES + 1, config.pitch_size)
        self.duration = nn.Embedding(tk.N_DURATIONS + 2, config.duration_size)
        self.places = nn.ModuleList(nn.Embedding(n, config.place_size) for n in config.place_columns.values())
        self.collection = nn.Embedding(len(config.collections), config.context_size)
        self.mode = nn.Embedding(len(MODES), config.context_size)
        self.meter = nn.Embedding(len(tk.METERS), config.context_size)
        self.input_dropout = nn.Dropout(config.input_dropout)
        self.lstm = stack_lstm(config.input_size, config.hidden_size, config.n_layers, config.dropout)
        self.dropout = nn.Dropout(config.dropout)
        self.pitch_head = nn.Linear(config.hidden_size, tk.N_PITCHES)
        self.pitch_gate = nn.Linear(config.hidden_size, config.n_sources)
        self.duration_head = nn.Linear(config.hidden_size + config.pitch_size, tk.N_DURATIONS)
        self.duration_gate = nn.Linear(config.hidden_size + config.pitch_size, config.n_sources)
        after_event = config.hidden_size + config.pitch_size + config.duration_size
        self.boundary_head = stack_dense(after_event, BOUNDARY_WIDTH, tk.N_BOUNDARIES)

    def embed(self, rows: Tensor, context: Tensor) -> Tensor:
        """Input vector of the first layer.

        Parameters
        ----------
        rows : Tensor of int64, shape=(B, T, N_COLUMNS)
        context : Tensor of int64, shape=(B, 3)
            Collection, mode, meter.

        Returns
        -------
        Tensor, shape=(B, T, input_size)
        """
        sources = self._split_sources(rows)
        pitches = torch.cat([rows[..., tk.PITCH : tk.PITCH + 1], sources[0]], dim=-1)
        lengths = torch.cat([rows[..., tk.DURATION : tk.DURATION + 1], sources[1]], dim=-1)
        told = torch.cat(
            [self.collection(context[:, 0]), self.mode(context[:, 1]), self.meter(context[:, 2])], dim=-1
        )  # (B, 3 * context_size)
        return torch.cat(
            [
                self.pitch(pitches).flatten(-2),
                self.duration(lengths).flatten(-2),
                *(
                    table(rows[..., i])
                    for table, i in zip(self.places, self.config.place_columns, strict=True)
                ),
                told[:, None].expand(-1, rows.shape[1], -1),
            ],
            dim=-1,
        )

    def forward(self, rows: Tensor, context: Tensor, state: State | None = None) -> tuple[Tensor, State]:
        """Read events.

        Parameters
        ----------
        rows : Tensor of int64, shape=(B, T, N_COLUMNS)
            From :class:`~core.folk.tokenizer.FeatureReader`.
        context : Tensor of int64, shape=(B, 3)
        state : (Tensor, Tensor), each shape=(n_layers, B, hidden_size), optional
            Carried from the events before.

        Returns
        -------
        hidden : Tensor, shape=(B, T, hidden_size)
            For the three heads.
        state : (Tensor, Tensor)
        """
        hidden, state = self.lstm(self.input_dropout(self.embed(rows, context)), state)
        return self.dropout(hidden), state

    def pitch_logits(self, hidden: Tensor, rows: Tensor) -> Tensor:
        """Logits of the next pitch, shape=(B, T, N_PITCHES)."""
        return self._point_at_sources(
            self.pitch_head(hidden), self.pitch_gate(hidden), self._split_sources(rows)[0]
        )

    def duration_logits(self, hidden: Tensor, rows: Tensor, pitch: Tensor) -> Tensor:
        """Logits of the next length given the next pitch, shape=(B, T, N_DURATIONS)."""
        x = torch.cat([hidden, self.pitch(pitch)], dim=-1)
        return self._point_at_sources(
            self.duration_head(x), self.duration_gate(x), self._split_sources(rows)[1]
        )

    def boundary_logits(self, hidden: Tensor, pitch: Tensor, duration: Tensor) -> Tensor:
        """Logits of the boundary after the next event, shape=(B, T, N_BOUNDARIES)."""
        x = torch.cat([hidden, self.pitch(pitch), self.duration(duration)], dim=-1)
        logits: Tensor = self.boundary_head(x)
        return logits

    def _split_sources(self, rows: Tensor) -> tuple[Tensor, Tensor]:
        """Pitches and lengths at the places that this network looks up, each shape=(B, T, n_sources)."""
        n = self.config.n_sources
        lengths = tk.SOURCES + tk.N_SOURCES
        return rows[..., tk.SOURCES : tk.SOURCES + n], rows[..., lengths : lengths + n]

    @staticmethod
    def _point_at_sources(logits: Tensor, gates: Tensor, sources: Tensor) -> Tensor:
        """Add each copy source's gate to the logit of its token; empty sources are ignored."""
        n = logits.shape[-1]
        padded = torch.cat([logits, logits.new_zeros((*logits.shape[:-1], 2))], dim=-1)
        return padded.scatter_add(-1, sources.clamp(max=n + 1), gates)[..., :n]
