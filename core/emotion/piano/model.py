"""A stacked LSTM over played notes: the next pitch, then its step, its duration and its velocity.

Notable: each of the four is a choice among classes, drawn one after the other, so a rhythm is never an average.
Beside the last note the network reads which keys sound, the chord before, and what followed the same figure
earlier, exactly and moved along the keyboard; gates of its state add these to the logits of the keys (pointing as in
Vinyals et al. 2015 and the neural cache of Grave et al. 2017). Every condition (six measured attributes, valence,
arousal, kind of music) can be unknown, so that one network composes and scores, and a condition can be pressed
harder than it was heard (Ho and Salimans 2022). LSTM: Hochreiter and Schmidhuber 1997; played notes as
(pitch, step, duration, velocity): Oore et al. 2018 and the original project; attribute control: Meade et al. 2019.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from core.emotion.piano import tokenizer as tk
from core.emotion.piano.config import N_INTERVALS, PianoConfig
from core.emotion.piano.copy_features import CLASS_LINE, FOUND, HEARD, N_MATCHES, N_SOURCES, PLACES
from core.nn.layers import stack_dense, stack_lstm

State = tuple[Tensor, Tensor]


class PianoLSTM(nn.Module):
    """Predicts the next note of a piano piece from the notes so far."""

    config_class = PianoConfig

    def __init__(self, config: PianoConfig) -> None:
        super().__init__()
        self.config = config
        self.pitch = nn.Embedding(tk.N_PITCHES + 1, config.pitch_size)
        self.interval = nn.Embedding(N_INTERVALS, config.rhythm_size)
        self.rhythm = nn.ModuleList(
            nn.Embedding(n + 1, config.rhythm_size) for n in (tk.N_STEPS, tk.N_DURATIONS, tk.N_VELOCITIES)
        )
        self.match = nn.ModuleList(nn.Embedding(N_MATCHES, config.match_size) for _ in range(2))
        self.place = nn.Embedding(PLACES, config.match_size)
        self.condition = nn.Sequential(nn.Linear(config.n_conditions, config.condition_size), nn.Tanh())
        self.lstm = stack_lstm(config.input_size, config.hidden_size, config.n_layers, config.dropout)
        self.dropout = nn.Dropout(config.dropout)
        self.pitch_head = nn.Linear(config.hidden_size, tk.N_PITCHES)
        # One gate a line, one for each key looked up and one for its match's length.
        self.gates = nn.Linear(config.hidden_size, config.n_dense + config.n_sources)
        told = config.told_size
        self.step_head = stack_dense(told, config.head_size, tk.N_STEPS)
        self.duration_head = stack_dense(told + config.rhythm_size, config.head_size, tk.N_DURATIONS)
        self.velocity_head = stack_dense(told + 2 * config.rhythm_size, config.head_size, tk.N_VELOCITIES)

    def embed(self, rows: Tensor, sources: Tensor, dense: Tensor, conditions: Tensor) -> Tensor:
        """Input vector of the first layer.

        Parameters
        ----------
        rows : Tensor of int64, shape=(B, T, 6)
            The last note's pitch, step, duration and velocity, the interval to it, its place in the chord.
        sources : Tensor of int64, shape=(B, T, N_SOURCES + 5)
        dense : Tensor of float32, shape=(B, T, N_DENSE, N_PITCHES)
        conditions : Tensor of float32, shape=(B, T, n_conditions)

        Returns
        -------
        Tensor, shape=(B, T, input_size)
        """
        keys = torch.cat([rows[..., :1], sources[..., :N_SOURCES]], dim=-1)
        heard = dense[..., HEARD, :] @ self.pitch.weight[: tk.N_PITCHES]  # (B, T, len(HEARD), pitch_size)
        return torch.cat(
            [
                self.pitch(keys).flatten(-2),
                heard.flatten(-2),
                self.interval(rows[..., 4]),
                *(table(rows[..., 1 + i]) for i, table in enumerate(self.rhythm)),
                *(table(sources[..., FOUND + i]) for i, table in enumerate(self.rhythm)),
                *(table(sources[..., N_SOURCES + i]) for i, table in enumerate(self.match)),
                self.place(rows[..., 5]),
                dense[..., CLASS_LINE, :12],
                self.condition(conditions),
            ],
            dim=-1,
        )

    def forward(
        self, rows: Tensor, sources: Tensor, dense: Tensor, conditions: Tensor, state: State | None = None
    ) -> tuple[Tensor, State]:
        """Read notes; parameters as of :meth:`embed`.

        Returns
        -------
        hidden : Tensor, shape=(B, T, hidden_size)
            For the four heads.
        state : (Tensor, Tensor), each shape=(n_layers, B, hidden_size)
        """
        hidden, state = self.lstm(self.embed(rows, sources, dense, conditions), state)
        return self.dropout(hidden), state

    def pitch_logits(self, hidden: Tensor, sources: Tensor, dense: Tensor) -> Tensor:
        """Logits of the next pitch, shape=(B, T, N_PITCHES)."""
        gates = self.gates(hidden)
        n = self.config.n_dense
        logits = self.pitch_head(hidden) + (gates[..., None, :n] @ dense).squeeze(-2)
        padded = torch.cat([logits, logits.new_zeros((*logits.shape[:-1], 1))], dim=-1)
        return padded.scatter_add(-1, sources[..., :N_SOURCES], gates[..., n:])[..., : tk.N_PITCHES]

    def told(self, hidden: Tensor, sources: Tensor, pitch: Tensor, interval: Tensor) -> Tensor:
        """Input of the other three heads: the state, the pitch, and the performance of the matched note."""
        is_found = (pitch == sources[..., 0])[..., None].to(hidden.dtype)
        return torch.cat(
            [
                hidden,
                self.pitch(pitch),
                self.interval(interval),
                *(table(sources[..., FOUND + i]) for i, table in enumerate(self.rhythm)),
                is_found,
            ],
            dim=-1,
        )

    def rhythm_logits(self, told: Tensor, step: Tensor, duration: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Logits of step, of duration given the step, and of velocity given both."""
        stepped = torch.cat([told, self.rhythm[0](step)], dim=-1)
        lasting = torch.cat([stepped, self.rhythm[1](duration)], dim=-1)
        return self.step_head(told), self.duration_head(stepped), self.velocity_head(lasting)


def interval_token(pitch: Tensor, before: Tensor) -> Tensor:
    """Token of the interval between two pitches; the last token where there is none."""
    none = (pitch == tk.NO_PITCH) | (before == tk.NO_PITCH)
    step = (pitch - before).clamp(-24, 24) + 24
    return torch.where(none, N_INTERVALS - 1, step)
