"""Sizes of the two models of the full arrangement, and the steering weights."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from core.accompaniment import tokenizer as tk
from core.nn.config import ArrayModelConfig
from core.nn.shapes import Layers, embedding, linear, recurrent


@dataclass(frozen=True, kw_only=True)
class HarmoniserConfig(ArrayModelConfig):
    """Sizes of the model that chooses chords."""

    class_path: ClassVar[str] = "core.accompaniment.model.Harmonizer"

    n_features: int = 45  # what is known about the melody in a beat; see tokenizer.beat_features
    n_chords: int = 109  # twelve roots with nine qualities, and "no chord"
    d_encoder: int = 96  # per direction; all widths are small enough for ten minutes on one core
    d_decoder: int = 160
    d_chord: int = 32  # width of a chord's embedding
    dropout: float = 0.3  # the pieces are few (about 200,000 beats): without it, validation turns early
    look_ahead: bool = True  # False reads the melody only up to now; for the ablation

    @classmethod
    def tiny(cls) -> HarmoniserConfig:
        """A model small enough for a test to train."""
        return cls(d_encoder=16, d_decoder=24, d_chord=8, dropout=0.0)

    def layers(self) -> Layers:
        """The encoder of the melody, the decoder of the chords, and its output."""
        width = self.d_encoder * (1 + self.look_ahead)
        return {
            "encoder": recurrent(self.n_features, self.d_encoder, both_ways=self.look_ahead),
            "chord": embedding(self.n_chords + 1, self.d_chord),
            "decoder": recurrent(width + self.d_chord, self.d_decoder),
            "out": linear(self.d_decoder + width, self.n_chords),
        }


@dataclass(frozen=True, kw_only=True)
class FigurationConfig(ArrayModelConfig):
    """Sizes of the model that writes the accompaniment's notes."""

    class_path: ClassVar[str] = "core.accompaniment.model.Figurator"

    n_context: int = 107  # what is known about a moment; see tokenizer.contexts
    d_event: int = 96  # width in which the parts of an event are added up
    d_state: int = 192  # the recurrent state: one step of it must cost well under 0.1 ms in numpy
    d_head: int = 160
    dropout: float = 0.15

    @classmethod
    def tiny(cls) -> FigurationConfig:
        """A model small enough for a test to train."""
        return cls(d_event=16, d_state=24, d_head=24, dropout=0.0)

    def layers(self) -> Layers:
        """Inputs of the recurrent layer, inputs known after the step, and one head per choice."""
        event, state, head = self.d_event, self.d_state, self.d_head
        read = {
            "step": tk.N_STEPS,
            "height": tk.N_HEIGHTS + 1,
            "relative": tk.N_RELATIVE,
            "duration": tk.N_DURATIONS,
            "velocity": tk.N_VELOCITIES,
            "lag_step": tk.N_LAG_STEPS,
            "lag_more": tk.N_LAG_MORE,
        }
        at = {
            "step": tk.N_STEPS,
            "lag_relative": tk.N_LAG_RELATIVE,
            "lag_duration": tk.N_LAG_DURATIONS,
            "lag_left": tk.N_LAG_LEFT,
            "place": tk.N_PLACES,
        }
        return {
            **{f"in_{name}": embedding(n, event) for name, n in read.items()},
            "in_context": linear(self.n_context, event),
            "lstm": recurrent(event, state),
            "step": linear(state, tk.N_STEPS),
            "at_state": linear(state, head),
            "at_context": linear(self.n_context, head, bias=False),
            **{f"at_{name}": embedding(n, head) for name, n in at.items()},
            "duration": linear(head, tk.N_DURATIONS),
            "mix": linear(head, head),
            "mix_duration": embedding(tk.N_DURATIONS, head),
            "height": linear(head, tk.N_HEIGHTS),
            "relative": linear(head, tk.N_RELATIVE, bias=False),
            "velocity": linear(head, tk.N_VELOCITIES),
            "velocity_height": embedding(tk.N_HEIGHTS, tk.N_VELOCITIES),
        }


@dataclass(frozen=True, kw_only=True)
class Steering:
    """Steering weights and temperatures of the two models.

    Set by holding accompaniments of made-up data against figures of validation pieces, never of test pieces.
    """

    beam_width: int = 8
    chord_noise: float = 0.5  # Gumbel noise a chord and step of harmony: what a seed changes
    chord_consonance: float = 4.0  # weight of "this chord suits the data of this beat", in nats
    chord_trust: float = 0.7  # below 1 the most likely chord is followed less blindly than in training
    stay_bars: int = 2  # a chord that lasts longer is pushed on
    stay_cost: float = 2.0  # nats a bar beyond it
    cadence: float = 2.0  # nats for the dominant before the last bar
    temperature_step: float = 0.8
    temperature_duration: float = 0.8
    temperature_pitch: float = 0.8
    temperature_velocity: float = 1.0
    note_consonance: float = 2.0  # weight of "this note suits the data that sound with it", in nats
    bass_on_root: float = 2.0  # nats for the root under a bar line or a new chord
    above_data: float = 4.0  # nats against a note that is not below the data
    cut_at_clash: bool = True  # a note ends before data that it would clash with
    most_notes: int = 6  # at once
