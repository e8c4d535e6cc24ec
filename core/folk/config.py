"""Sizes of the folk network."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from core.folk import tokenizer as tk
from core.music.tune import MODES
from core.nn.config import ArrayModelConfig
from core.nn.shapes import Layers, dense, embedding, linear, recurrent

# Columns that are embedded with place_size, and how many values each has.
PLACE_COLUMNS = {
    tk.PLACE: tk.N_PLACES,
    tk.BAR_NUMBER: tk.N_BAR_NUMBERS,
    tk.PHRASE_BAR: tk.N_PHRASE_BARS,
    tk.PHRASE_EVENT: tk.N_PHRASE_EVENTS,
    tk.TO_PHRASE: tk.N_TO_PHRASE,
    tk.TO_END: tk.N_TO_END,
    tk.BOUNDARY: 3,
    tk.MATCH: tk.N_MATCHES,
    tk.STEP_MATCH: tk.N_MATCHES,
    tk.OTHER_MATCH: tk.N_MATCHES,
    tk.INTERVAL_MATCH: tk.N_MATCHES,
    tk.RHYTHM_MATCH: tk.N_MATCHES,
}
N_FIRST_PLACES = 9  # that networks with the first sources read
BOUNDARY_WIDTH = 48  # between the state and what follows an event


@dataclass(frozen=True, kw_only=True)
class FolkConfig(ArrayModelConfig):
    """Sizes of the network; the vocabulary itself is fixed in :mod:`core.folk.tokenizer`."""

    class_path: ClassVar[str] = "core.folk.model.FolkLSTM"

    hidden_size: int = 320
    n_layers: int = 2
    pitch_size: int = 24  # of an embedded pitch, shared by the last note and the notes looked up
    duration_size: int = 12
    place_size: int = 24
    context_size: int = 12  # collection, mode and meter, each
    dropout: float = 0.4  # between layers and before the heads
    input_dropout: float = 0.1
    n_sources: int = tk.N_FIRST_SOURCES  # places looked up that it reads
    collections: tuple[str, ...] = tk.ESSEN_COLLECTIONS  # that it knows; the first is "unknown"

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.n_sources not in (tk.N_FIRST_SOURCES, tk.N_SOURCES):
            raise ValueError(
                f"The tokenizer looks up {tk.N_FIRST_SOURCES} or {tk.N_SOURCES} places, not {self.n_sources}."
            )
        if self.collections[:1] != tk.COLLECTIONS[:1] or not set(self.collections) <= set(tk.COLLECTIONS):
            raise ValueError(f"collections must begin with unknown and be of {', '.join(tk.COLLECTIONS)}.")

    @classmethod
    def tiny(
        cls, n_sources: int = tk.N_FIRST_SOURCES, collections: tuple[str, ...] = tk.ESSEN_COLLECTIONS
    ) -> FolkConfig:
        """A network for tests."""
        return cls(
            hidden_size=16,
            n_layers=2,
            pitch_size=8,
            duration_size=4,
            place_size=4,
            context_size=4,
            n_sources=n_sources,
            collections=collections,
        )

    @property
    def place_columns(self) -> dict[int, int]:
        """The columns that are embedded as places, and how many values each has."""
        columns = list(PLACE_COLUMNS.items())
        return dict(columns if self.n_sources == tk.N_SOURCES else columns[:N_FIRST_PLACES])

    @property
    def input_size(self) -> int:
        """Numbers that the first recurrent layer reads."""
        event = self.pitch_size + self.duration_size
        places = len(self.place_columns) * self.place_size
        return (1 + self.n_sources) * event + places + 3 * self.context_size

    def layers(self) -> Layers:
        """Embeddings, the recurrent layers, and heads for pitch, length and what follows."""
        size, pitch, duration = self.hidden_size, self.pitch_size, self.duration_size
        return {
            "pitch": embedding(tk.N_PITCHES + 1, pitch),
            "duration": embedding(tk.N_DURATIONS + 2, duration),
            "places": {
                str(i): embedding(n, self.place_size) for i, n in enumerate(self.place_columns.values())
            },
            "collection": embedding(len(self.collections), self.context_size),
            "mode": embedding(len(MODES), self.context_size),
            "meter": embedding(len(tk.METERS), self.context_size),
            "lstm": recurrent(self.input_size, size, self.n_layers),
            "pitch_head": linear(size, tk.N_PITCHES),
            "pitch_gate": linear(size, self.n_sources),
            "duration_head": linear(size + pitch, tk.N_DURATIONS),
            "duration_gate": linear(size + pitch, self.n_sources),
            "boundary_head": dense(size + pitch + duration, BOUNDARY_WIDTH, tk.N_BOUNDARIES),
        }
