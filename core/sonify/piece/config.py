"""Sizes of the two models of Piece, and how far the composer may steer them."""

from __future__ import annotations

from dataclasses import dataclass

from core.nn.config import ModelConfig


@dataclass(frozen=True, kw_only=True)
class HarmoniserConfig(ModelConfig):
    """Sizes of the model that chooses chords."""

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


@dataclass(frozen=True, kw_only=True)
class FigurationConfig(ModelConfig):
    """Sizes of the model that writes the accompaniment's notes."""

    n_context: int = 107  # what is known about a moment; see tokenizer.contexts
    d_event: int = 96  # width in which the parts of an event are added up
    d_state: int = 192  # the recurrent state: one step of it must cost well under 0.1 ms in numpy
    d_head: int = 160
    dropout: float = 0.15

    @classmethod
    def tiny(cls) -> FigurationConfig:
        """A model small enough for a test to train."""
        return cls(d_event=16, d_state=24, d_head=24, dropout=0.0)


@dataclass(frozen=True, kw_only=True)
class Steering:
    """How the composer uses the two models.

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
