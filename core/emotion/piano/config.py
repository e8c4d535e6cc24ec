"""Sizes of the piano network."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from core.emotion.piano import tokenizer as tk
from core.emotion.piano.attributes import N_ATTRIBUTES
from core.emotion.piano.copy_features import HEARD, N_DENSE, N_MATCHES, N_SOURCES, PLACES
from core.nn.config import ArrayModelConfig
from core.nn.shapes import Layers, dense, embedding, linear, recurrent

# Kinds of music that the research network was told apart; the open one knows sequenced classics and scores.
KINDS = ("classical", "performed", "pop")
N_INTERVALS = 50  # -24 to 24 semitones since the note before, and none


@dataclass(frozen=True, kw_only=True)
class PianoConfig(ArrayModelConfig):
    """Sizes of the network; what it reads is fixed in :mod:`core.emotion.piano.tokenizer` and ``copy_features``."""

    class_path: ClassVar[str] = "core.emotion.piano.model.PianoLSTM"

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
    kinds: tuple[str, ...] = KINDS

    def __post_init__(self) -> None:
        super().__post_init__()
        if len(set(self.kinds)) != len(self.kinds):
            raise ValueError(f"Kinds of music must differ: {', '.join(self.kinds)}.")
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

    @property
    def n_conditions(self) -> int:
        """Each attribute, valence and arousal as a value and whether it is known; then the kind of music."""
        return 2 * (N_ATTRIBUTES + 2) + len(self.kinds)

    @property
    def input_size(self) -> int:
        """Numbers that the first recurrent layer reads."""
        return (
            (1 + self.n_sources + len(HEARD)) * self.pitch_size
            + 7 * self.rhythm_size
            + 3 * self.match_size
            + 12
            + self.condition_size
        )

    @property
    def told_size(self) -> int:
        """Input size of the step head; the duration and velocity heads have one more class input each."""
        return self.hidden_size + self.pitch_size + 4 * self.rhythm_size + 1

    def layers(self) -> Layers:
        """Embeddings, the recurrent layers, and a head for each of pitch, step, duration and velocity."""
        rhythm, match = self.rhythm_size, self.match_size
        classes = (tk.N_STEPS, tk.N_DURATIONS, tk.N_VELOCITIES)
        return {
            "pitch": embedding(tk.N_PITCHES + 1, self.pitch_size),
            "interval": embedding(N_INTERVALS, rhythm),
            "rhythm": {str(i): embedding(n + 1, rhythm) for i, n in enumerate(classes)},
            "match": {str(i): embedding(N_MATCHES, match) for i in range(2)},
            "place": embedding(PLACES, match),
            "condition": {"0": linear(self.n_conditions, self.condition_size)},
            "lstm": recurrent(self.input_size, self.hidden_size, self.n_layers),
            "pitch_head": linear(self.hidden_size, tk.N_PITCHES),
            "gates": linear(self.hidden_size, self.n_dense + self.n_sources),
            "step_head": dense(self.told_size, self.head_size, tk.N_STEPS),
            "duration_head": dense(self.told_size + rhythm, self.head_size, tk.N_DURATIONS),
            "velocity_head": dense(self.told_size + 2 * rhythm, self.head_size, tk.N_VELOCITIES),
        }
