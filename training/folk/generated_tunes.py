"""Evaluate many generated tunes against held-out ones: validity, key, endings, copies, distributions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from core.folk.generate import FolkComposer
from core.folk.originality.fingerprint import Fingerprint
from core.folk.tune_measures import bars_are_full, ends_on_tonic
from core.folk.tune_plan import COMPOSABLE_METERS
from core.music.tune import MODE_SCALES, Tune

Histogram = Counter[Any]
RANGE = (55, 81)  # G3 to A5: what the collections' tunes use


def measure_generated(
    composer: FolkComposer,
    fingerprint: Fingerprint,
    held_out: Sequence[Tune],
    *,
    n: int = 1000,
    count: int = 4,
    temperature: float = 1.0,
    top_p: float = 1.0,
    seed: int = 0,
) -> dict[str, Any]:
    """Compose ``n`` tunes whose requests are drawn from held-out tunes, and compare both.

    A request takes a held-out tune's collection, key, mode, meter, number of bars and pickup; nothing of its
    notes, and its phrases only where they end with bars.

    Returns
    -------
    dict
        ``bars_valid``, ``in_key``, ``ends_on_tonic``: shares; ``copied_run`` of the composed and of the held-out
        tunes; ``overlap``: shared area of the histograms of pitch class above the tonic, interval, length and
        ambitus.
    """
    rng = np.random.default_rng(seed)
    usable = [tune for tune in held_out if _is_composable(tune)]
    composed: list[Tune] = []
    while len(composed) < n:
        like = usable[int(rng.integers(len(usable)))]
        key = like.keys[0]
        composed += composer.compose(
            collection=like.collection,
            key=key.tonic,
            mode=key.mode,
            meter=like.meters[0].meter,
            bars=_n_bars(like),
            low=RANGE[0],
            high=RANGE[1],
            temperature=temperature,
            top_p=top_p,
            seed=int(rng.integers(2**31)),
            count=min(count, n - len(composed)),
            pickup_beat=min(like.pickup_tick, like.meters[0].bar_tick - 120) // 120 / 4,
        )
    notes = [(pitch, tune) for tune in composed for pitch in tune.pitches]
    in_key = [
        (pitch - tune.keys[0].pitch_class) % 12 in MODE_SCALES[tune.keys[0].mode] for pitch, tune in notes
    ]
    return {
        "n_tunes": len(composed),
        "bars_valid": float(np.mean([bars_are_full(tune) for tune in composed])),
        "in_key": round(float(np.mean(in_key)), 4),
        "ends_on_tonic": float(np.mean([ends_on_tonic(tune) for tune in composed])),
        "copied_run": measure_copied_runs(fingerprint, composed),
        "held_out_copied_run": measure_copied_runs(fingerprint, usable),
        "overlap": {
            name: round(overlap(_histogram(composed, of), _histogram(usable, of)), 4)
            for name, of in _HISTOGRAMS.items()
        },
    }


def _is_composable(tune: Tune) -> bool:
    one_meter = tune.meters[0].meter in COMPOSABLE_METERS and len(tune.meters) == 1
    return one_meter and 4 <= _n_bars(tune) <= 64


def _n_bars(tune: Tune) -> int:
    return round(tune.length_tick / tune.meters[0].bar_tick)


def measure_copied_runs(fingerprint: Fingerprint, tunes: Sequence[Tune]) -> dict[str, float]:
    """Median and 95th percentile of the longest copied run of tunes."""
    runs = [fingerprint.longest_copied_run(tune) for tune in tunes]
    return {
        "median": float(np.median(runs)),
        "percentile_95": float(np.percentile(runs, 95)),
        "n_tunes": len(runs),
    }


_HISTOGRAMS: dict[str, Callable[[Tune], list[int]]] = {
    "pitch_class": lambda tune: [(pitch - tune.keys[0].pitch_class) % 12 for pitch in tune.pitches],
    "interval": lambda tune: [max(-12, min(12, b - a)) for a, b in pairwise(tune.pitches)],
    "duration": lambda tune: [event.duration_tick for event in tune.events],
    "range": lambda tune: [max(tune.pitches) - min(tune.pitches)],
}


def _histogram(tunes: Sequence[Tune], of: Callable[[Tune], list[int]]) -> Histogram:
    return Counter(value for tune in tunes for value in of(tune))


def overlap(one: Histogram, other: Histogram) -> float:
    """Area that two histograms share once each is scaled to one."""
    n, m = sum(one.values()), sum(other.values())
    return sum(min(one[value] / n, other[value] / m) for value in one) if n and m else 0.0
