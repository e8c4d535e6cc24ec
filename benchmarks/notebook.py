"""Notebook benchmark: seconds from a data frame to a result that shows itself, by number of rows, and what a cell then holds.

    python -m benchmarks.notebook [--rows 10000] [--engine auto]

Warm, the fastest of three; the first call of a process is told beside it. The last column is the HTML of the cell.
"""

from __future__ import annotations

import argparse
import time
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.timing import time_fastest
from core.library.sonification import SonifiedTable, sonify

TARGET_SEC = 1.0


def make_frame(n_rows: int) -> pd.DataFrame:
    """Hourly prices and volumes, as they could come from an exchange."""
    rng = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "date": pd.date_range("2015-01-01", periods=n_rows, freq="h"),
            "price": 100 + rng.normal(size=n_rows).cumsum(),
            "volume": rng.lognormal(size=n_rows),
        }
    )


def sonify_and_show(frame: pd.DataFrame, engine: str) -> dict[str, Any]:
    """A cell with one line."""
    return show(sonify(frame, engine=engine))


def show(result: SonifiedTable) -> dict[str, Any]:
    """What a notebook asks of the last line of a cell."""
    return result._repr_mimebundle_()


def main() -> None:
    """Measure and print a line for each number of rows."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, nargs="*", default=[100, 10_000, 1_000_000])
    parser.add_argument("--engine", default="auto")
    options = parser.parse_args()
    began = time.perf_counter()
    show(sonify([1, 2, 3], duration_sec=1, engine=options.engine))
    print(f"first call of a process: {time.perf_counter() - began:.1f} s")
    print("rows        sonify  +display  together  processor  cell")
    for n_rows in options.rows:
        frame = make_frame(n_rows)
        made = sonify(frame, engine=options.engine)
        sounding, _ = time_fastest(partial(sonify, frame, engine=options.engine))
        together, processor = time_fastest(partial(sonify_and_show, frame, options.engine))
        size = len(show(made)["text/html"])
        verdict = "" if together <= TARGET_SEC else f"  above {TARGET_SEC:g} s"
        print(
            f"{n_rows:9,}  {sounding:7.2f}  {together - sounding:8.2f}  {together:8.2f}  {processor:9.2f}  "
            f"{size / 1e6:.2f} MB{verdict}"
        )


if __name__ == "__main__":
    main()
