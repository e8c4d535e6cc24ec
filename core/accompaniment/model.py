"""The two networks of the full arrangement: harmonizer and figurator.

`Harmonizer` chooses a chord for each beat. A bidirectional LSTM reads the whole melody, so that a chord can
prepare where the melody goes; an autoregressive LSTM writes the chords. It is the harmonization network of
Lim, Rhyu and Lee (2017, "Chord generation from symbolic melody using BLSTM networks") with the decoder that
theirs lacks, so that a chord also knows the chords before it.

`Figurator` writes the accompaniment a note at a time: when it begins, how long it lasts, which pitch, how
loud, each a categorical choice that sees the ones before (the event view of Huang and Yang, 2020, "Pop Music
Transformer", with an LSTM, which a server without a GPU can step in numpy). Notable: a pitch's score is the
sum of one for its height and one for its place above the chord's root, so that a figure learned on one chord
serves all; and the model is shown what was played one bar before, so that figures repeat.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from core.accompaniment import tokenizer as tk
from core.accompaniment.config import FigurationConfig, HarmoniserConfig


class Harmonizer(nn.Module):
    """Chords from a melody."""

    config_class = HarmoniserConfig

    def __init__(self, config: HarmoniserConfig) -> None:
        super().__init__()
        self.config = config
        directions = 2 if config.look_ahead else 1
        self.encoder = nn.LSTM(
            config.n_features, config.d_encoder, batch_first=True, bidirectional=config.look_ahead
        )
        # One more row than chords: what stands before the first.
        self.chord = nn.Embedding(config.n_chords + 1, config.d_chord)
        width = directions * config.d_encoder
        self.decoder = nn.LSTM(width + config.d_chord, config.d_decoder, batch_first=True)
        self.out = nn.Linear(config.d_decoder + width, config.n_chords)
        self.drop = nn.Dropout(config.dropout)

    def encode(self, features: Tensor) -> Tensor:
        """Read a melody: (B, T, n_features) to (B, T, width)."""
        encoded: Tensor = self.encoder(features)[0]
        return encoded

    def forward(self, features: Tensor, chords: Tensor) -> Tensor:
        """Score the chord of each beat, given the chords before it.

        Parameters
        ----------
        features : Tensor, shape=(B, T, n_features)
        chords : Tensor of int64, shape=(B, T)
            The chords of the piece; each beat sees those before it.

        Returns
        -------
        Tensor, shape=(B, T, n_chords)
            Logits.
        """
        encoded = self.drop(self.encode(features))  # (B, T, width)
        before = torch.cat([torch.full_like(chords[:, :1], self.config.n_chords), chords[:, :-1]], dim=1)
        written, _ = self.decoder(torch.cat([encoded, self.drop(self.chord(before))], dim=2))
        logits: Tensor = self.out(torch.cat([self.drop(written), encoded], dim=2))
        return logits


class Figurator(nn.Module):
    """The notes of an accompaniment, one at a time."""

    config_class = FigurationConfig

    def __init__(self, config: FigurationConfig) -> None:
        super().__init__()
        self.config = config
        event, state, head = config.d_event, config.d_state, config.d_head
        # What the recurrence reads: the note before, its surroundings, and the bar before.
        self.in_step = nn.Embedding(tk.N_STEPS, event)
        self.in_height = nn.Embedding(tk.N_HEIGHTS + 1, event)  # the last row begins a piece
        self.in_relative = nn.Embedding(tk.N_RELATIVE, event)
        self.in_duration = nn.Embedding(tk.N_DURATIONS, event)
        self.in_velocity = nn.Embedding(tk.N_VELOCITIES, event)
        self.in_lag_step = nn.Embedding(tk.N_LAG_STEPS, event)
        self.in_lag_more = nn.Embedding(tk.N_LAG_MORE, event)
        self.in_context = nn.Linear(config.n_context, event)
        self.lstm = nn.LSTM(event, state, batch_first=True)
        self.step = nn.Linear(state, tk.N_STEPS)
        # What the note itself depends on, once its moment is known.
        self.at_state = nn.Linear(state, head)
        self.at_context = nn.Linear(config.n_context, head, bias=False)
        self.at_step = nn.Embedding(tk.N_STEPS, head)
        self.at_lag_relative = nn.Embedding(tk.N_LAG_RELATIVE, head)
        self.at_lag_duration = nn.Embedding(tk.N_LAG_DURATIONS, head)
        self.at_lag_left = nn.Embedding(tk.N_LAG_LEFT, head)
        self.at_place = nn.Embedding(tk.N_PLACES, head)
        self.duration = nn.Linear(head, tk.N_DURATIONS)
        self.mix = nn.Linear(head, head)
        self.mix_duration = nn.Embedding(tk.N_DURATIONS, head)
        self.height = nn.Linear(head, tk.N_HEIGHTS)
        self.relative = nn.Linear(head, tk.N_RELATIVE, bias=False)
        self.velocity = nn.Linear(head, tk.N_VELOCITIES)
        self.velocity_height = nn.Embedding(tk.N_HEIGHTS, tk.N_VELOCITIES)
        self.drop = nn.Dropout(config.dropout)
        for module in self.modules():
            if isinstance(module, nn.Embedding):
                # They are summed, ten at a time: the usual unit variance would saturate the sum.
                nn.init.normal_(module.weight, std=0.1)

    def forward(
        self, context: Tensor, note: Tensor, lag: Tensor, root: Tensor, first: Tensor
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Score every choice of every note, given the notes before it.

        Parameters
        ----------
        context : Tensor, shape=(B, T, n_context)
            At each note's moment.
        note, lag : Tensor of int64, shape=(B, T, 5) and (B, T, 6)
            As in `training.sonify.piece_events.Events`. Note 0 is only read: it stands before the notes that are written.
        root : Tensor of int64, shape=(B, T)
            Pitch class of the chord's root.
        first : Tensor of bool, shape=(B, T)
            Whether there is nothing before the note's successor to read; such notes are replaced by the beginning.

        Returns
        -------
        step, duration, pitch, velocity : Tensor, shape=(B, T - 1, classes)
            Logits for notes 1 to T - 1; pitches are heights above `tokenizer.LOW`.
        """
        state, _ = self.lstm(self.drop(self._read(context, note, lag, first)[:, :-1]))
        state = self.drop(state)  # (B, T - 1, d_state)
        note, lag, context, root = note[:, 1:], lag[:, 1:], context[:, 1:], root[:, 1:]
        here = self.at_state(state) + self.at_context(context) + self.at_step(note[..., 0])
        here = here + self.at_lag_relative(lag[..., 2]) + self.at_lag_duration(lag[..., 3])
        here = torch.relu(here + self.at_lag_left(lag[..., 4]) + self.at_place(lag[..., 5]))
        mixed = self.drop(torch.relu(self.mix(here) + self.mix_duration(note[..., 3])))
        # Class above the root of the height h is h + 11 - root: a window into the relative scores.
        # Training transposes a piece by moving its roots, so that they may lie outside 0 to 11.
        window = torch.arange(tk.N_HEIGHTS) + (11 - root)[..., None]
        pitch = self.height(mixed) + torch.gather(self.relative(mixed), 2, window.clamp(0, tk.N_RELATIVE - 1))
        velocity = self.velocity(mixed) + self.velocity_height(note[..., 1])
        return self.step(state), self.duration(here), pitch, velocity

    def _read(self, context: Tensor, note: Tensor, lag: Tensor, first: Tensor) -> Tensor:
        height = torch.where(first, tk.N_HEIGHTS, note[..., 1])
        told: Tensor = self.in_step(note[..., 0]) + self.in_relative(note[..., 2])
        told = told + self.in_duration(note[..., 3]) + self.in_velocity(note[..., 4])
        told = torch.where(first[..., None], 0.0, told) + self.in_height(height)
        told = told + self.in_lag_step(lag[..., 0]) + self.in_lag_more(lag[..., 1])
        read: Tensor = told + self.in_context(context)
        return read
