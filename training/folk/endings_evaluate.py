"""Evaluate endings and key of composed tunes: what the composer enforces, and what it could fail, beside real tunes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from core.errors import InputError
from core.folk import generate
from core.folk.generate import FolkComposer
from core.folk.originality.fingerprint import Fingerprint
from core.folk.selection import MIN_IN_KEY
from core.folk.tune_measures import ends_after_rest, ends_on_tonic, in_key
from core.music.tune import Tune
from training.folk.closings import closing_of
from training.folk.generated_tunes import measure_copied_runs, measure_generated, overlap
from training.folk.prepare import find_folders, read_folders, split

# Those of them that the network knows are measured.
COLLECTIONS = (
    "german songs", "irish", "nottingham", "hymns", "germany/erk", "germany/ballads", "china/han",
)  # fmt: skip
N_SEEDS = 200
N_LIKE = 100  # tunes of each collection that are composed like held-out ones


def evaluate_endings(data: Path) -> dict[str, Any]:
    """Compose with the page's default settings and like held-out tunes, and compare the last bars with real ones.

    Parameters
    ----------
    data : Path
        The root of the data sets.

    Returns
    -------
    dict
        By collection: ``enforced`` has what the composer sees to; ``composed`` the candidates and those left out;
        ``cadence`` the histogram overlap of onset and length of the final note and of the step to it with held-out
        tunes, of composed tunes, of tunes whose cadence is not drawn for its ending, and of real training tunes;
        ``like_held_out`` is what `training.folk.generated_tunes.measure_generated` says.

    Raises
    ------
    InputError
        If the tunes of a collection are missing.
    """
    parts = split(read_folders(find_folders(data))[0])
    composer, fingerprint = FolkComposer.from_weights(), Fingerprint.from_weights()
    found: dict[str, Any] = {}
    for collection in (name for name in COLLECTIONS if name in composer.collections):
        test, train = (
            [piece.tune for piece in parts[part] if piece.tune.collection == collection]
            for part in ("test", "train")
        )
        if not test:
            raise InputError(
                f"No held-out tune of {collection} lies in {data.name}. Give the folder of the data sets."
            )
        found[collection] = {
            **measure_defaults(composer, fingerprint, collection),
            "cadence": _compare_cadences(composer, test, train),
            "like_held_out": measure_generated(composer, fingerprint, test, n=N_LIKE),
            "held_out_bits": _mean_bits(composer, test),
        }
    return {"n_seeds": N_SEEDS, "collections": found}


def measure_defaults(
    composer: FolkComposer, fingerprint: Fingerprint, collection: str, n_seeds: int = N_SEEDS
) -> dict[str, Any]:
    """What comes of the page's default settings with the first seeds."""
    selections = [
        composer.compose_selection(collection=collection, seed=seed, count=3) for seed in range(n_seeds)
    ]
    tunes = [tune for selection in selections for tune in selection.tunes]
    first = [selection.tunes[0] for selection in selections]
    composed = sum(selection.n_composed for selection in selections)
    out = {
        "out_of_key": sum(selection.n_out_of_key for selection in selections),
        "unusual": sum(selection.n_unusual for selection in selections),
    }
    return {
        "enforced": {
            "n_tunes": len(tunes),
            "end_after_rest": sum(map(ends_after_rest, tunes)),
            "first_variants_under_95_in_key": sum(in_key(tune) < MIN_IN_KEY for tune in first),
            "variants_under_95_in_key": sum(in_key(tune) < MIN_IN_KEY for tune in tunes),
            "not_on_tonic": sum(not ends_on_tonic(tune) for tune in tunes),
        },
        "composed": {
            "n_candidates": composed,
            **out,
            "left_out_share": round(sum(out.values()) / composed, 4),
            "shown_in_spite": sum(selection.n_in_spite for selection in selections),
        },
        "bits": _mean_bits(composer, first),
        "copied_run": measure_copied_runs(fingerprint, first),
    }


def _mean_bits(composer: FolkComposer, tunes: Sequence[Tune]) -> float:
    return round(float(np.mean([composer.bits(tune)[:, 1].mean() for tune in tunes])), 3)


_CADENCE: dict[str, Callable[[Tune], object]] = {
    "onset": lambda tune: (closing_of(tune) or (0, -1, 0))[1],
    "length": lambda tune: (closing_of(tune) or (0, 0, -1))[2],
    "step": lambda tune: max(-12, min(12, tune.pitches[-1] - tune.pitches[-2])),
    "last_three": lambda tune: tuple((pitch - tune.pitches[-1]) for pitch in tune.pitches[-3:]),
}


def _compare_cadences(
    composer: FolkComposer, test: Sequence[Tune], train: Sequence[Tune]
) -> dict[str, dict[str, float]]:
    """Overlap with the held-out tunes that end on their tonic; composed are as many, with their meters and pickups."""
    real = [tune for tune in test if closing_of(tune) is not None]
    other = [tune for tune in train if closing_of(tune) is not None]
    drawn = _compose_like(composer, other)
    usual = generate.N_CADENCES
    try:
        generate.N_CADENCES = 1
        plain = _compose_like(composer, other)
    finally:
        generate.N_CADENCES = usual
    return {
        name: {
            kind: round(overlap(Counter(map(of, tunes)), Counter(map(of, real))), 3)
            for kind, tunes in (("composed", drawn), ("one_cadence", plain), ("real", other))
        }
        for name, of in _CADENCE.items()
    }


def _compose_like(composer: FolkComposer, models: Sequence[Tune], n: int = 2 * N_LIKE) -> list[Tune]:
    rng = np.random.default_rng(0)
    made: list[Tune] = []
    for at in rng.integers(len(models), size=n // 2):
        like = models[int(at)]
        meter = like.meters[0]
        made += composer.compose(
            collection=like.collection,
            key=like.keys[0].tonic,
            mode=like.keys[0].mode,
            meter=meter.meter,
            bars=max(2, min(32, round(like.length_tick / meter.bar_tick))),
            low=55,
            high=81,
            seed=int(rng.integers(2**31)),
            count=2,
            pickup_beat=min(like.pickup_tick % meter.bar_tick, meter.bar_tick - 120) // 120 / 4,
        )
    return made
