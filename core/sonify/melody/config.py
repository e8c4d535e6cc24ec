"""Sizes of the melody network."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from core.nn.config import ArrayModelConfig
from core.nn.shapes import Layers, dense, embedding, linear, recurrent

MODES = ("major", "minor", "unknown")
TICKS = 12  # in a quarter
N_PHASES = TICKS  # place inside a quarter
N_QUARTERS = 8  # quarter in the bar; longer bars share the last
RHYTHM_WIDTH = 64  # between what is known after a note and the rhythm

# Quarters between one onset and the next: what the rhythm head can say. Sixteen classes, from a thirty-second
# to two bars of four, triplets and dotted values among them; other gaps go to the nearest one.
IOI_QUARTERS: tuple[float, ...] = (
    1 / 8, 1 / 6, 1 / 4, 1 / 3, 3 / 8, 1 / 2, 2 / 3, 3 / 4, 1, 4 / 3, 3 / 2, 2, 3, 4, 6, 8,
)  # fmt: skip  # a table: one entry a line would fill a screen


@dataclass(frozen=True, kw_only=True)
class MelodyConfig(ArrayModelConfig):
    """Sizes of :class:`~core.sonify.melody.model.MelodyLSTM`."""

    class_path: ClassVar[str] = "core.sonify.melody.model.MelodyLSTM"

    max_interval: int = 24  # semitones; two octaves hold 99.97 % of the steps of real melodies
    hidden_size: int = 256  # as wide as the original's first layer
    n_layers: int = 2
    interval_size: int = 48  # embedding widths, all small beside the hidden layer
    pitch_class_size: int = 24
    place_size: int = 12
    ioi_size: int = 16
    mode_size: int = 8
    dropout: float = 0.25  # between layers and before the heads, in training only

    @property
    def n_intervals(self) -> int:
        """Intervals that can be predicted: from ``-max_interval`` to ``max_interval`` semitones."""
        return 2 * self.max_interval + 1

    @property
    def n_iois(self) -> int:
        """Classes of the rhythm head."""
        return len(IOI_QUARTERS)

    @classmethod
    def tiny(cls) -> MelodyConfig:
        """A network for tests."""
        sizes = dict.fromkeys(("pitch_class_size", "place_size", "ioi_size"), 4)
        return cls(hidden_size=16, interval_size=8, mode_size=2, dropout=0.0, **sizes)

    @property
    def input_size(self) -> int:
        """Numbers that the first recurrent layer reads."""
        note = self.interval_size + self.pitch_class_size + 1
        return note + self.mode_size + self.ioi_size + 2 * self.place_size

    def layers(self) -> Layers:
        """Embeddings, the recurrent layers, and a head each for the next interval and its time."""
        known = self.hidden_size + self.interval_size + self.pitch_class_size
        return {
            "interval": embedding(self.n_intervals + 1, self.interval_size),
            "pitch_class": embedding(12, self.pitch_class_size),
            "mode": embedding(len(MODES), self.mode_size),
            "ioi": embedding(self.n_iois, self.ioi_size),
            "phase": embedding(N_PHASES, self.place_size),
            "quarter": embedding(N_QUARTERS, self.place_size),
            "lstm": recurrent(self.input_size, self.hidden_size, self.n_layers),
            "interval_head": linear(self.hidden_size, self.n_intervals),
            "ioi_head": dense(known, RHYTHM_WIDTH, self.n_iois),
        }
