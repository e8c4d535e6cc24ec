"""Tempo estimation: the steady tempo that fits freely played notes best."""

from __future__ import annotations

import numpy as np

from core.emotion.moods import Mood, MoodPath
from core.music.performance import Performance

_CANDIDATES = 400
# Octaves around the expected tempo in which the beat is looked for, and what an octave squared must be worth.
_REACH = 0.45
_PRIOR = 1.0


def expected_tempo_qpm(path: MoodPath) -> float:
    """Quarters a minute that a mood suggests: 92 for a neutral one, half an octave faster or slower at the ends.

    Tempo is the strongest cue of arousal (Juslin and Laukka 2004, table 7).
    """
    middle: Mood = path.at(0.5)
    return float(92.0 * 2.0 ** (0.5 * middle.arousal))


def fit_tempo_qpm(performance: Performance, near_qpm: float, *, reach: float = _REACH) -> float:
    """Tempo near an expected one whose sixteenth grid fits the onsets best.

    Parameters
    ----------
    performance : Performance
    near_qpm : float
        Quarters a minute.
    reach : float
        Octaves around it in which the tempo lies.

    Returns
    -------
    float
        ``near_qpm`` if there are fewer than four onsets. The alignment of a tempo is the mean resultant length
        of the onsets' phases (Mardia and Jupp 2000, section 2.3.1) over sixteenths and quarters, counted from
        the first onset.
    """
    onsets = np.unique(np.round(performance.onset_sec - performance.onset_sec[:1], 3))
    if len(onsets) < 4:
        return near_qpm
    octaves = np.linspace(-reach, reach, _CANDIDATES)
    tempos = near_qpm * 2.0**octaves
    beats = tempos[:, None] / 60.0 * onsets[None]
    sixteenths, eighths, quarters = (np.cos(2 * np.pi * part * beats).mean(axis=1) for part in (4, 2, 1))
    aligned = sixteenths + 0.5 * eighths + 0.5 * quarters
    return float(tempos[int(np.argmax(aligned - _PRIOR * octaves**2))])
