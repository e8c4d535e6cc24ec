"""Composition: the takes of a melody or the accompaniment of an arrangement, with their evaluation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.arrays import FloatArray
from core.sonify.fidelity import Fidelity

if TYPE_CHECKING:
    import pandas as pd

    from core.sonify.metrical_layout import Score


@dataclass(frozen=True, kw_only=True)
class Take:
    """One composition of all voices.

    Attributes
    ----------
    pitches : tuple of ndarray of float, shape=(n_points,)
        A voice each; NaN where silent.
    fidelity : tuple of Fidelity
        A voice each.
    nats : tuple of float or None
        Mean cost of a note under the n-gram of real melodies, a voice each; None below four notes.
    """

    pitches: tuple[FloatArray, ...]
    fidelity: tuple[Fidelity, ...]
    nats: tuple[float | None, ...]


@dataclass(frozen=True, kw_only=True)
class Chord:
    """A chord of the accompaniment, such as ``Am7``."""

    onset_sec: float
    duration_sec: float
    name: str


@dataclass(frozen=True, kw_only=True)
class Accompanied:
    """The rendered accompaniment of an arrangement.

    Attributes
    ----------
    notes : DataFrame
        ``onset_sec``, ``duration_sec``, ``pitch``, ``velocity``, ``is_bass``.
    chords : tuple of Chord
    in_key : float or None
        Share of its notes inside the harmony's scale; None without notes.
    consonance, real_consonance : float or None
        Mean pitch consonance at the data's onsets, -1 to 1, and that of real pieces which no training saw.
    margin_db : float or None
        How far the data voice is above the rest at its onsets, where least; None where nothing else sounds.
    """

    notes: pd.DataFrame
    chords: tuple[Chord, ...]
    in_key: float | None
    consonance: float | None
    real_consonance: float | None
    margin_db: float | None


@dataclass(frozen=True, kw_only=True)
class Composition:
    """The composed part of a sonification.

    Attributes
    ----------
    takes : tuple of Take
        Of a melody, all that were composed; of a piece, none.
    direct_nats : tuple of float or None
        What the direct mapping costs under the same scorer, a voice each.
    real_nats : float
        What real melodies cost that no training saw.
    score : Score or None
        The bars, where there are any.
    accompanied : Accompanied or None
        Of a piece.
    """

    takes: tuple[Take, ...] = ()
    direct_nats: tuple[float | None, ...] = ()
    real_nats: float | None = None
    score: Score | None = None
    accompanied: Accompanied | None = None
