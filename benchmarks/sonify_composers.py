"""Sonify benchmark: time to compose melodies and pieces, beside the original's way, on one core.

    python -m benchmarks.sonify_composers [--json OUT.json]

Warm: the models are loaded and each job has run once. The original's way reads its window of fifty notes anew for
every note. "Click to sound" is everything between the visitor's click and the WAV: compose, measure, render, encode.
"""

from __future__ import annotations

import argparse
import json
import os
from functools import partial
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")  # one core, before numpy is imported
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
import pandas as pd
import torch

from benchmarks.timing import time_fastest
from core import audio, synth
from core.nn.weights import load
from core.sonify.compose import Composers, compose, trade
from core.sonify.settings import DEFAULT_RANGES, Settings, Voice
from core.tables.table import Table, read_text
from training.baselines.sonify_original.model import OriginalPitchNetwork
from training.baselines.sonify_original.pitch import follow_pitch


def table_of(n_points: int) -> Table:
    """A random walk."""
    values = np.cumsum(np.random.default_rng(0).normal(size=n_points))
    return read_text(pd.DataFrame({"v": values}).to_csv(index=False))


def settings_of(mode: str, takes: int, n_points: int) -> Settings:
    """The page's defaults for a mode."""
    low, high = DEFAULT_RANGES[mode]
    return Settings(mode=mode, voices=(Voice(column="v", low=low, high=high),), takes=takes, n_notes=n_points)


def main() -> None:
    """Print a table of jobs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    torch.set_num_threads(1)
    composers = Composers.from_weights()
    rows: list[dict[str, object]] = []

    def told(job: str, n_notes: int, took: float) -> None:
        rows.append({"job": job, "notes": n_notes, "seconds": took, "notes_per_sec": n_notes / took})
        print(f"{job:44}{n_notes:8,}{took:10.3f} s{n_notes / took:10,.0f} notes/s")

    table = table_of(300)
    values = table.frame["v"].to_numpy(dtype=float)
    for takes in (1, 3, 8):
        settings = settings_of("melody", takes, 300)
        took = time_fastest(partial(compose, table, settings, composers))[0]
        told(f"melody, {takes} takes at once", 300 * takes, took)
    piece = settings_of("piece", 1, 300)
    made = compose(table, piece, composers, engine="embedded")
    assert made.composition is not None
    assert made.composition.accompanied is not None
    n_notes = 300 + len(made.composition.accompanied.notes)
    told(
        "piece, balanced by rendering",
        n_notes,
        time_fastest(lambda: compose(table, piece, composers, engine="embedded"))[0],
    )
    network, _ = load("sonify_original_pitch", OriginalPitchNetwork)
    told("the original's way, one melody", 300, time_fastest(lambda: follow_pitch(network, values))[0])

    def click_to_sound(settings: Settings) -> bytes:
        """What happens between the click and the player."""
        sonification = compose(table, settings, composers, engine="embedded")
        return audio.encode(synth.render(sonification.midi, engine="embedded").audio, "wav")

    for mode in ("melody", "piece"):
        settings = settings_of(mode, 3, 300)
        took = time_fastest(partial(click_to_sound, settings))[0]
        told(f"click to sound, {mode}", 300, took)
    told(
        "the trade figure, 11 places of the dial",
        3300,
        time_fastest(lambda: trade(table, settings_of("melody", 1, 300), composers))[0],
    )
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1))


if __name__ == "__main__":
    main()
