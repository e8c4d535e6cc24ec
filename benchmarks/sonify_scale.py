"""Sonify benchmark: time from bytes to sound and picture, as the number of rows grows.

python -m benchmarks.sonify_scale
"""

from __future__ import annotations

import time

import numpy as np
import pandas as pd

from core import audio, synth
from core.sonify import charts
from core.sonify.direct_mapping import sonify
from core.sonify.settings import Settings, Voice
from core.tables.table import read_table

SIZES = (1_000, 10_000, 100_000, 1_000_000)
N_NOTES = 500
REPEATS = 3


def csv(n_rows: int) -> bytes:
    """Make a table of a date, a random walk and a second number."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "time": pd.date_range("2000-01-01", periods=n_rows, freq="min").strftime("%Y-%m-%d %H:%M"),
            "walk": rng.normal(size=n_rows).cumsum().round(3),
            "other": rng.normal(size=n_rows).round(4),
        }
    )
    return frame.to_csv(index=False).encode()


def run(data: bytes) -> dict[str, float]:
    """Do the page's work once; seconds of each stage."""
    marks = [time.perf_counter()]
    table = read_table(data, name="rows.csv")
    marks.append(time.perf_counter())
    result = sonify(table, Settings(voices=(Voice(column="walk"),), time="time", n_notes=N_NOTES))
    marks.append(time.perf_counter())
    rendering = synth.render(result.midi)
    audio.encode(rendering.audio, "wav")
    marks.append(time.perf_counter())
    charts.chart(result, table).to_json()
    marks.append(time.perf_counter())
    return dict(zip(("parse", "map", "render", "draw"), np.diff(marks), strict=True))


def main() -> None:
    """Print the median of a few warm runs a size."""
    run(csv(1_000))
    print(f"{'rows':>10} {'MB':>7} {'parse':>8} {'map':>8} {'render':>8} {'draw':>8} {'all':>8}")
    for n_rows in SIZES:
        data = csv(n_rows)
        runs = [run(data) for _ in range(REPEATS)]
        stages = {name: float(np.median([one[name] for one in runs])) for name in runs[0]}
        cells = "".join(f" {seconds:8.3f}" for seconds in (*stages.values(), sum(stages.values())))
        print(f"{n_rows:>10,} {len(data) / 1e6:7.1f}{cells}")


if __name__ == "__main__":
    main()
