"""Ending of a piano piece: ritardando, no notes outside of the key, final tonic chord."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from core.arrays import FloatArray
from core.emotion.piano.attributes import key_of
from core.emotion.piano.tokenizer import N_PITCHES
from core.music.performance import HIGHEST_PITCH, LOWEST_PITCH, Performance
from core.music.scales import SCALES
from core.music.tune import Key

CHORD_NOTES = 4
SHORTEST_NOTES, SHORTEST_SEC = 12, 4.0  # a shorter piece just stops
CLOSING_NOTES, CLOSING_SEC = 10, 3.0  # in which the close is prepared
LAST_CHORD_SEC = 2.0
SLOWEST = 1.35  # of the last steps; performers slow down to about a third of the tempo more (Friberg 1999)
KEPT_TO = {"major": SCALES["major"], "minor": SCALES["harmonic minor"]}  # so that the leading note leads
OUTSIDE_NATS, DOMINANT_NATS = -4.0, 1.0
DOMINANT = (7, 11, 2)


@dataclass(frozen=True, kw_only=True)
class Ending:
    """Ending of a piece of given length.

    Attributes
    ----------
    n_notes : int or None
    duration_sec : float or None
        Lengths of the whole piece; what comes first ends it.
    """

    n_notes: int | None
    duration_sec: float | None

    @property
    def n_chord(self) -> int:
        """Notes of the last chord; 0 in a piece too short to have one."""
        if self.n_notes is not None and self.n_notes < SHORTEST_NOTES:
            return 0
        if self.duration_sec is not None and self.duration_sec < SHORTEST_SEC:
            return 0
        return CHORD_NOTES

    @property
    def chord_sec(self) -> float:
        """Duration reserved for the last chord, in seconds."""
        return LAST_CHORD_SEC if self.n_chord else 0.0

    @property
    def latest_sec(self) -> float:
        """Latest onset of any note before the last chord."""
        return np.inf if self.duration_sec is None else self.duration_sec - self.chord_sec - 0.2

    def is_due(self, n: int, now_sec: float) -> bool:
        """Whether the last chord comes next."""
        if self.n_notes is not None and n >= self.n_notes - self.n_chord:
            return True
        return self.duration_sec is not None and now_sec >= self.duration_sec - self.chord_sec - 0.25

    def nearness(self, n: int, now_sec: float) -> float:
        """0 until the close is prepared, then up to 1 before the last chord."""
        if not self.n_chord:
            return 0.0
        near = 0.0
        if self.n_notes is not None:
            near = 1.0 - (self.n_notes - self.n_chord - n) / CLOSING_NOTES
        if self.duration_sec is not None:
            near = max(near, 1.0 - (self.duration_sec - self.chord_sec - now_sec) / CLOSING_SEC)
        return float(np.clip(near, 0.0, 1.0))

    def slowing(self, n: int, now_sec: float) -> float:
        """Ritardando factor of the steps."""
        return 1.0 + (SLOWEST - 1.0) * self.nearness(n, now_sec) ** 2

    def pitch_bias(self, n: int, now_sec: float, heard: Callable[[], Performance]) -> FloatArray:
        """Logit bias of the pitches while the ending is prepared, shape=(N_PITCHES,)."""
        near = self.nearness(n, now_sec)
        bias = np.zeros(N_PITCHES)
        played = heard() if near else None
        if played is None or not len(played):
            return bias
        tonic, mode = key_of(played)
        above = (np.arange(N_PITCHES) + LOWEST_PITCH - Key(tonic=tonic).pitch_class) % 12
        bias += np.where(np.isin(above, KEPT_TO[mode]), 0.0, OUTSIDE_NATS * near)
        if near > 0.5:
            bias += np.where(np.isin(above, DOMINANT), DOMINANT_NATS, 0.0)
        return bias


def compose_final_chord(
    heard: Performance, n_chord: int, now_sec: float, ending: Ending, generator: np.random.Generator
) -> list[tuple[int, float, float, int]]:
    """The last chord: the tonic below, and its triad around where the upper voice was.

    Returns
    -------
    list of (pitch, onset_sec, duration_sec, velocity)
        From low to high.
    """
    if not n_chord or not len(heard):
        return []
    tonic, mode = key_of(heard)
    root = Key(tonic=tonic).pitch_class
    steps = heard.step_sec[heard.step_sec > 0]
    usual = float(np.median(steps[-24:])) if len(steps) else 0.4
    onset = now_sec + float(np.clip(usual * 1.5, 0.15, 1.0))
    last = heard.part(max(0, len(heard) - 24), len(heard))
    bass = _nearest(int(np.percentile(last.pitch, 10)), {root})
    top = _nearest(int(np.percentile(last.pitch, 85)), {root})
    top = top if top - bass >= 12 else bass + 12
    third = 4 if mode == "major" else 3
    triad = {root, (root + third) % 12, (root + 7) % 12}
    inner = [pitch for pitch in range(top - 1, bass + 4, -1) if pitch % 12 in triad and pitch % 12 != root]
    # Where the triad leaves too few keys between both, its keys above and below follow.
    others = sorted(
        (p for p in range(LOWEST_PITCH, HIGHEST_PITCH + 1) if p % 12 in triad), key=lambda p: abs(p - top)
    )
    pitches = sorted(list(dict.fromkeys([bass, top, *inner, *others]))[:n_chord])
    end = now_sec + 3.0 if ending.duration_sec is None else ending.duration_sec
    lasting = float(np.clip(end - onset, 0.5, 4.0))
    velocity = int(np.clip(last.velocity.mean() - 4, 20, 120))
    return [(pitch, onset, lasting, max(1, velocity + int(generator.integers(-3, 4)))) for pitch in pitches]


def _nearest(pitch: int, classes: set[int]) -> int:
    around = [p for p in range(LOWEST_PITCH, HIGHEST_PITCH + 1) if p % 12 in classes]
    return min(around, key=lambda p: (abs(p - pitch), p))
