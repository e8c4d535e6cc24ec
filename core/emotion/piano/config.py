"""Sizes of the piano network."""

from __future__ import annotations

from dataclasses import dataclass

from core.emotion.piano.attributes import N_ATTRIBUTES
from core.emotion.piano.copy_features import N_DENSE, N_SOURCES
from core.nn.config import ModelConfig

# Conditions: each attribute, valence and arousal as a value and whether it is known; then the kind of music.
KINDS = ("classical", "performed", "pop")
N_CONDITIONS = 2 * (N_ATTRIBUTES + 2) + len(KINDS)


@dataclass(frozen=True, kw_only=True)
class PianoConfig(ModelConfig):
    """Sizes of the network; what it reads is fixed in :mod:`core.emotion.piano.tokenizer` and ``copy_features``."""

    hidden_size: int = 384
    n_layers: int = 2
    pitch_size: int = 32  # of an embedded pitch, shared by the last note, the keys looked up and the chords
    rhythm_size: int = 16  # of an embedded step, duration or velocity, each
    match_size: int = 8
    condition_size: int = 48
    head_size: int = 96  # between the state and step, duration and velocity
    dropout: float = 0.1
    n_sources: int = N_SOURCES
    n_dense: int = N_DENSE

    def __post_init__(self) -> None:
        super().__post_init__()
        if (self.n_sources, self.n_dense) != (N_SOURCES, N_DENSE):
            raise ValueError(
                f"The copy features give {N_SOURCES} keys and {N_DENSE} lines, not {self.n_sources} and {self.n_dense}."
            )

    @classmethod
    def tiny(cls) -> PianoConfig:
        """A network for tests."""
        return cls(
            hidden_size=16,
            n_layers=2,
            pitch_size=8,
            rhythm_size=4,
            match_size=2,
            condition_size=4,
            head_size=8,
        )
