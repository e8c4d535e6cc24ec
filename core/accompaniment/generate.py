"""Compose an accompaniment for a melody of data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.accompaniment.chords import TICKS, ChordSpan, chord_span, harmony_scale, tone_table, tonic_chord
from core.accompaniment.config import FigurationConfig, HarmoniserConfig, Steering
from core.accompaniment.figuration import BASS_BELOW, CLASHES, DataVoice, FigureWriter
from core.accompaniment.harmony import ChordWriter, Request
from core.accompaniment.tokenizer import DENSITIES, LOW, N_VELOCITIES, STYLES, VELOCITY_STEP
from core.arrays import BoolArray, IntArray
from core.errors import InputError
from core.music.scales import KEYS, SCALES
from core.nn.card import WEIGHTS_DIR, Card
from core.nn.weights import load_arrays

__all__ = ["DENSITIES", "STYLES", "Accompaniment", "Accompanist"]

BARS = (48, 36)
_PHRASE_BARS = 4
_BASE_VELOCITY, _PHRASE_ARCH, _PIECE_ARCH = 62.0, 6.0, 4.0
_VELOCITIES = (24, 108)


@dataclass(frozen=True, kw_only=True)
class Accompaniment:
    """The composed accompaniment.

    Attributes
    ----------
    notes : ndarray of int64, shape=(m, 4)
        Onset and duration in twelfths of a quarter from bar line 0, pitch, velocity; sorted by onset, then pitch.
    is_bass : ndarray of bool, shape=(m,)
        Whether a note is the lowest voice and low enough to be a bass.
    chords : tuple of ChordSpan
        One after another from bar line 0 to the end of the last bar.
    """

    notes: IntArray
    is_bass: BoolArray
    chords: tuple[ChordSpan, ...]


@dataclass(frozen=True, kw_only=True)
class Accompanist:
    """Composer of accompaniments; shared by all visitors, calls do not change it."""

    chord_writer: ChordWriter
    figure_writer: FigureWriter
    cards: tuple[Card, ...]
    steering: Steering

    @classmethod
    def from_weights(cls, directory: Path = WEIGHTS_DIR) -> Accompanist:
        """Load the two models.

        Raises
        ------
        WeightsError
            As in `core.nn.weights.load_arrays`.
        """
        _, chords, chord_card = load_arrays("sonify_chords", HarmoniserConfig, directory=directory)
        _, figures, figure_card = load_arrays("sonify_figuration", FigurationConfig, directory=directory)
        return cls.from_tensors(chords, figures, cards=(chord_card, figure_card))

    @classmethod
    def from_tensors(
        cls,
        harmonizer: Mapping[str, NDArray[Any]],
        figurator: Mapping[str, NDArray[Any]],
        *,
        cards: tuple[Card, ...] = (),
        steering: Steering | None = None,
    ) -> Accompanist:
        """Use the tensors of two models that are in memory."""
        return cls(
            chord_writer=ChordWriter(harmonizer),
            figure_writer=FigureWriter(figurator),
            cards=cards,
            steering=steering or Steering(),
        )

    def compose(
        self,
        melody: IntArray,
        *,
        bar: int,
        n_bars: int,
        key: str,
        scale: str,
        style: str,
        density: int,
        seed: int,
        progress: Callable[[float], None] | None = None,
    ) -> Accompaniment:
        """Write an accompaniment for a whole melody, which stays as it is.

        Parameters
        ----------
        melody : ndarray of int64, shape=(n, 4)
            Onset and duration (twelfths of a quarter from bar line 0), pitch, velocity, sorted by onset;
            voices may overlap. Notes beyond the last bar are not looked at.
        bar : {48, 36}
            Twelfths of a quarter in a bar.
        n_bars : int > 0
            The last of them closes on the tonic.
        key, scale : str
            Of the data, as in `core.music.scales`; the accompaniment keeps to `harmony_scale` of them.
        style : {"pop", "classical"}
        density : int in [1, 5]
            From few notes a beat to many, in fifths of the pieces of this style.
        seed : int >= 0
            Another seed gives another accompaniment; the same one gives the same, on the same machine.
        progress : callable, optional
            Told the share that is done, 0 to 1.

        Returns
        -------
        Accompaniment
            No note is outside the bars, outside the harmony scale, or within two semitones of a data note
            that sounds at the same time.

        Raises
        ------
        InputError
            If an argument is not one of the above.
        """
        request = _check_request(melody, bar, n_bars, key, scale, style, density)
        report = progress or (lambda share: None)
        rng = np.random.default_rng(seed)
        report(0.0)
        chords = self.chord_writer.write(request, self.steering, rng)
        report(0.1)
        written = self.figure_writer.write(
            request, chords, self.steering, rng, lambda share: report(0.1 + 0.88 * share)
        )
        notes = np.concatenate([written, _close_piece(request)])
        notes = notes[np.lexsort((notes[:, 2], notes[:, 0]))]
        notes[:, 3] = _shape_velocities(notes, request)
        report(1.0)
        return Accompaniment(
            notes=notes, is_bass=bass_notes(notes), chords=_name_chords(chords, request.tonic)
        )


def _check_request(
    melody: IntArray, bar: int, n_bars: int, key: str, scale: str, style: str, density: int
) -> Request:
    if melody.ndim != 2 or melody.shape[1] != 4 or not len(melody):
        raise InputError(
            f"A melody is a table of notes with four columns, not one of the shape {melody.shape}."
        )
    if bar not in BARS or n_bars < 1:
        raise InputError(f"Bars have 48 or 36 twelfths and there is at least one, not {n_bars} of {bar}.")
    if key not in KEYS or scale not in SCALES:
        raise InputError(f"There is no key {key} {scale}. Keys are {', '.join(KEYS)}.")
    if style not in STYLES or density not in DENSITIES:
        raise InputError(
            f"Styles are {' and '.join(STYLES)} and densities 1 to 5, not {style} and {density}."
        )
    held = melody[(melody[:, 0] >= 0) & (melody[:, 0] < n_bars * bar)].astype(np.int64)
    if (np.diff(held[:, 0]) < 0).any():
        raise InputError("The notes of a melody must be in the order of their onsets.")
    return Request(
        melody=held,
        bar=bar,
        n_bars=n_bars,
        tonic=KEYS.index(key),
        scale=harmony_scale(key, scale, held[:, 2]),
        style=style,
        density=density,
    )


def _close_piece(request: Request) -> IntArray:
    """Write the last bar: the tonic triad, spread upward from the bass as far as the data allow."""
    begin, end = (request.n_bars - 1) * request.bar, request.n_bars * request.bar
    tones = np.flatnonzero(tone_table()[tonic_chord(request.scale, request.tonic)])
    onsets, pitches = DataVoice(request.melody).during(begin, end)
    classes = [(request.tonic + int(tone)) % 12 for tone in tones]
    root, third, fifth = sorted(classes, key=lambda c: (c - request.tonic) % 12)
    rows: list[list[int]] = []
    for low, pitch_class in ((33, root), (45, root), (50, fifth), (55, third)):
        # From this place upwards by octaves; where the data are in the way, the voice is left out.
        for pitch in range(low + (pitch_class - low) % 12, 76, 12):
            stops = onsets[CLASHES[pitches, pitch - LOW]]
            stop = int(stops.min()) if len(stops) else end
            if stop - begin >= TICKS // 2 and all(abs(pitch - row[2]) > 2 for row in rows):
                rows.append([begin, min(stop, end) - begin, pitch, N_VELOCITIES // 2 - len(rows) % 2])
                break
    return np.array(rows, dtype=np.int64).reshape(-1, 4)


def _shape_velocities(notes: IntArray, request: Request) -> IntArray:
    """Velocity classes to velocities, with an arch over each phrase of four bars and one over the piece."""
    bars = notes[:, 0] / request.bar
    phrase = np.sin(np.pi * (bars % _PHRASE_BARS) / _PHRASE_BARS)
    piece = np.sin(np.pi * np.clip(bars / request.n_bars, 0.0, 1.0))
    level = _BASE_VELOCITY + _PHRASE_ARCH * phrase + _PIECE_ARCH * piece
    velocity = np.round(level + VELOCITY_STEP * (notes[:, 3] - N_VELOCITIES / 2))
    loud: IntArray = np.clip(velocity, *_VELOCITIES).astype(np.int64)
    return loud


def bass_notes(notes: IntArray) -> BoolArray:
    """Mask of the bass notes: below G3, with no lower note sounding at their onset.

    Parameters
    ----------
    notes : ndarray of int64, shape=(m, 4)
        Sorted by onset, then pitch.
    """
    bass = np.zeros(len(notes), dtype=bool)
    held: list[tuple[int, int]] = []  # end, pitch
    for i, (onset, duration, pitch, _) in enumerate(notes.tolist()):
        held = [(end, other) for end, other in held if end > onset]
        bass[i] = pitch < BASS_BELOW and all(pitch <= other for _, other in held)
        held.append((onset + duration, pitch))
    return bass


def _name_chords(chords: IntArray, tonic: int) -> tuple[ChordSpan, ...]:
    changes = np.flatnonzero(np.diff(chords)) + 1
    starts, ends = np.r_[0, changes], np.r_[changes, len(chords)]
    return tuple(
        chord_span(int(chords[start]), int(start) * TICKS, int(end - start) * TICKS, tonic)
        for start, end in zip(starts, ends, strict=True)
    )
