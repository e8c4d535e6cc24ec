"""Sizes of the original's pitch and temporal networks; the numbers are its own unless a comment says otherwise."""

from __future__ import annotations

from dataclasses import dataclass

from core.nn.config import ModelConfig

# The range of the original's training notes, which is also the range that data is spread over (MIDI pitch).
LOWEST_PITCH, HIGHEST_PITCH = 50, 89

# The vector of a note in the temporal network.
PITCH_SCALE = 90.0  # component 0 is pitch / 90
N_DURATIONS = 16  # components 1-16: bins of 0.25 s, up to 4 s
N_STARTS = 80  # components 17-96: bins of 0.25 s, modulo 20 s
VELOCITY_SCALE = 128.0  # component 97 is velocity / 128
N_FEATURES = 2 + N_DURATIONS + N_STARTS
BIN_SEC = 0.25


@dataclass(frozen=True, kw_only=True)
class OriginalPitchConfig(ModelConfig):
    """Settings of the pitch network.

    Attributes
    ----------
    classes : tuple of int
        The MIDI pitches that the network can play, rising, within 50-89. The original has 38.
    prompt : tuple of int, length ``window``
        MIDI pitches of the first training window, from which a sonification starts.
    hidden_size : int > 0
        Width of the first LSTM; the second is as wide as there are classes.
    dropout : float, in [0, 1)
        Before the last layer.
    window : int > 1
        Notes of context.
    uniform_share : float, in (0, 1)
        Share of a uniform distribution over all 128 pitches in the measured probability, so that a pitch
        outside the classes costs a finite number of nats. Fitted on validation; sonifying does not use it.
    """

    classes: tuple[int, ...]
    prompt: tuple[int, ...]
    hidden_size: int = 256
    dropout: float = 0.5
    window: int = 50
    uniform_share: float = 1e-3

    def __post_init__(self) -> None:
        super().__post_init__()
        _check_window(self.window, len(self.prompt))
        in_range = all(LOWEST_PITCH <= pitch <= HIGHEST_PITCH for pitch in self.classes)
        if not in_range or list(self.classes) != sorted(set(self.classes)):
            raise ValueError(f"classes must be rising pitches within 50-89, got {self.classes}")
        if not all(0 <= pitch <= 127 for pitch in self.prompt):
            raise ValueError(f"prompt must hold pitches within 0-127, got {self.prompt}")
        if not self.uniform_share < 1:
            raise ValueError(f"uniform_share must be below 1, got {self.uniform_share}")

    @classmethod
    def tiny(cls) -> OriginalPitchConfig:
        """A network that a test trains in a moment."""
        return cls(classes=tuple(range(60, 68)), prompt=(60, 62, 64, 65, 67), hidden_size=12, window=5)


@dataclass(frozen=True, kw_only=True)
class OriginalTemporalConfig(ModelConfig):
    """Settings of the temporal network.

    Attributes
    ----------
    prompt : tuple of (int, int, int, int), length ``window``
        The first training window: pitch, duration bin (0-15), start bin (0-79), velocity of each note.
    hidden_size : int > 0
        Width of the first LSTM; the second is as wide as the vector of a note, 98.
    dropout : float, in [0, 1)
        Before the last layer.
    window : int > 1
        Notes of context.
    pitch_sd : float > 0
        Semitones; standard deviation of the network's pitch error on validation. Sonifying does not use it.
    """

    prompt: tuple[tuple[int, int, int, int], ...]
    hidden_size: int = 256
    dropout: float = 0.5
    window: int = 50
    pitch_sd: float = 12.0

    def __post_init__(self) -> None:
        super().__post_init__()
        _check_window(self.window, len(self.prompt))
        limits = (128, N_DURATIONS, N_STARTS, 128)
        for note in self.prompt:
            fits = len(note) == 4 and all(0 <= x < n for x, n in zip(note, limits, strict=True))
            if not fits:
                raise ValueError(f"a note of the prompt must be pitch, bin, bin, velocity, got {note}")

    @classmethod
    def tiny(cls) -> OriginalTemporalConfig:
        """A network that a test trains in a moment."""
        prompt = tuple((60 + i, 1, 2 * i, 64) for i in range(5))
        return cls(prompt=prompt, hidden_size=12, window=5)


def _check_window(window: int, n_prompt: int) -> None:
    if window < 2:
        raise ValueError(f"window must be at least 2 notes, got {window}")
    if n_prompt != window:
        raise ValueError(f"prompt must have {window} notes, as the window, got {n_prompt}")
