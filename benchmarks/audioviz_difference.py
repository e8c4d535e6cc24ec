"""Audio Viz benchmark: do two sounds of different style move the picture differently?

``python -m benchmarks.audioviz_difference`` prints one line of JSON: for every pair of sounds how far apart stretches
of five seconds are, between the two sounds and within each of them, and which parameters differ most.
"""

from __future__ import annotations

import argparse
import itertools
import json

import numpy as np

from core.audio import Audio
from core.audioviz.extract import MODELS, Listener
from core.audioviz.mappings import map_features
from core.audioviz.sound_measures import PARAMETERS
from core.extrapolate.examples import EXAMPLES

STRETCH_SEC = 5.0
RATE_HZ = 20
TRAITS = ("mean", "deviation", "speed")


def traits(parameters: np.ndarray) -> np.ndarray:
    """Mean, deviation and speed of each parameter in every stretch of five seconds.

    Parameters
    ----------
    parameters : ndarray, shape=(n, 10)
        At 20 Hz.

    Returns
    -------
    ndarray, shape=(n_stretches, 3, 10)
        Speed is the mean absolute change a second.
    """
    size = round(STRETCH_SEC * RATE_HZ)
    stretches = [parameters[at : at + size] for at in range(0, len(parameters) - size + 1, size)]
    return np.array(
        [
            [part.mean(axis=0), part.std(axis=0), np.abs(np.diff(part, axis=0)).mean(axis=0) * RATE_HZ]
            for part in stretches
        ]
    )


def compare(first: np.ndarray, second: np.ndarray) -> dict[str, object]:
    """How two sounds' traits differ.

    Parameters
    ----------
    first, second : ndarray, shape=(n_stretches, 3, 10)

    Returns
    -------
    dict
        ``between``, ``within``: root mean square distance of stretches of different sounds and of the same one, each
        trait on the scale of its deviation over all stretches. ``nearest_is_own``: share of the stretches whose nearest
        other stretch belongs to the same sound; without a difference about a half. ``largest``: the three parameters and
        traits that differ most, with their means in the first and in the second sound.
    """
    both = np.concatenate([first, second])
    scaled = (both / np.maximum(both.std(axis=0), 1e-3)).reshape(len(both), -1)
    owner = np.array([0] * len(first) + [1] * len(second))
    distance = np.sqrt(((scaled[:, None] - scaled[None]) ** 2).mean(axis=2))
    same = owner[:, None] == owner[None]
    others = ~np.eye(len(both), dtype=bool)
    nearest = np.where(others, distance, np.inf).argmin(axis=1)
    gap = (scaled[owner == 1].mean(axis=0) - scaled[owner == 0].mean(axis=0)).reshape(len(TRAITS), -1)
    order = np.argsort(-np.abs(gap), axis=None)[:3]
    return {
        "between": round(float(distance[~same].mean()), 3),
        "within": round(float(distance[same & others].mean()), 3),
        "nearest_is_own": round(float((owner[nearest] == owner).mean()), 3),
        "n_stretches": len(both),
        "largest": {
            f"{TRAITS[i // len(PARAMETERS)]} of {PARAMETERS[i % len(PARAMETERS)]}": [
                round(float(part.mean(axis=0).flat[i]), 3) for part in (first, second)
            ]
            for i in order
        },
    }


def main() -> None:
    """Print the comparison of every pair."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", choices=MODELS, default="measured")
    parser.add_argument("--composed", action="store_true", help="also the pieces that the networks compose")
    options = parser.parse_args()
    sounds: dict[str, Audio] = {name: example.audio() for name, example in EXAMPLES.items()}
    if options.composed:
        from core.showcase import SHOWPIECES

        sounds |= {
            name: SHOWPIECES[name].make(lambda share, stage: None).mono()
            for name in ("piano", "folk", "series")
        }
    listener = Listener() if options.model == "measured" else Listener.from_weights([options.model])
    found = {
        name: traits(map_features(listener.hear(sound, model=options.model)))
        for name, sound in sounds.items()
    }
    pairs = {f"{a} against {b}": compare(found[a], found[b]) for a, b in itertools.combinations(found, 2)}
    print(json.dumps({"model": options.model, "pairs": pairs}))


if __name__ == "__main__":
    main()
