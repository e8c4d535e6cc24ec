"""Hostile uploads from the command line.

python -m benchmarks.hostile --n 300
python -m benchmarks.hostile --only jpeg_scans --seed 7 --n 1 --save /tmp/hostile
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from benchmarks.hostile.campaign import choose_trials, in_one_line, run_campaign, summarize
from benchmarks.hostile.catalog import KINDS
from benchmarks.hostile.kinds import make_upload


def main(arguments: list[str] | None = None) -> int:
    """Run a campaign; 1 if anything is wrong, else 0."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.hostile", description=__doc__)
    parser.add_argument("--n", type=int, help="how many files; of each kind one where nothing is said")
    parser.add_argument("--seed", type=int, default=0, help="of the first file of each kind")
    parser.add_argument("--only", nargs="+", metavar="KIND", help="kinds, families or readers")
    parser.add_argument("--effort", type=float, default=1.0, help="1: as large as uploads may be; .5: quick")
    parser.add_argument("--workers", type=int, default=1, help="processes that read at the same time")
    parser.add_argument("--save", type=Path, metavar="DIR", help="also write the files")
    parser.add_argument("--list", action="store_true", help="name the kinds and what they are")
    parser.add_argument("--verbose", action="store_true", help="a line for each file, not only for faults")
    options = parser.parse_args(arguments)
    kinds = [
        kind
        for kind in KINDS.values()
        if not options.only or {kind.name, kind.family, *kind.readers} & set(options.only)
    ]
    if not kinds:
        parser.error(f"no kind, family or reader is called {' or '.join(options.only)}")
    if options.list:
        for kind in kinds:
            print(f"{kind.family:20} {kind.name:28} {(kind.build.__doc__ or '').strip()}")
        return 0
    n = options.n or len(kinds)
    if options.save:
        options.save.mkdir(parents=True, exist_ok=True)
        for kind, seed in choose_trials(kinds, n, options.seed):
            upload = make_upload(kind, seed, options.effort)
            path = options.save / f"{upload.kind.name}-{upload.seed}.{upload.kind.ending}"
            path.write_bytes(upload.data)
    trials = run_campaign(
        kinds,
        n,
        first_seed=options.seed,
        effort=options.effort,
        n_workers=options.workers,
        tell=lambda trial: (
            print(in_one_line(trial), file=sys.stderr, flush=True) if trial.fault or options.verbose else None
        ),
    )
    summary = summarize(trials)
    print(json.dumps(summary))
    return 1 if summary["failures"] else 0


if __name__ == "__main__":
    sys.exit(main())
