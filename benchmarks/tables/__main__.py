"""Command line of the table reading benchmark.

python -m benchmarks.tables cases --data FOLDER --verbose
python -m benchmarks.tables dialects --n 5000
python -m benchmarks.tables switches
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from benchmarks.tables.binary_cases import write_cases
from benchmarks.tables.cases import Verdict, judge_folder, read_ours
from benchmarks.tables.reading_back import Trial, name_factors, run_campaign, shrink, try_dialect
from benchmarks.tables.rivals import RIVALS
from benchmarks.tables.switches import find_switch_faults
from benchmarks.tables.written_tables import make_truth, write_table

# Failures that are reduced to the factors that matter: each takes some twenty readings.
_MOST_SHRUNK = 150
_MOST_CAUSES = 60


def main(arguments: list[str] | None = None) -> int:
    """Run one comparison and print its table; 0 if all of ours is right, else 1."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.tables", description=__doc__)
    jobs = parser.add_subparsers(dest="job", required=True)
    cases = jobs.add_parser("cases", help="awkward tables, beside pandas, DuckDB and clevercsv")
    cases.add_argument(
        "--data", type=Path, metavar="FOLDER", help="with expected.json; the project's own if not given"
    )
    cases.add_argument("--verbose", action="store_true", help="what is wrong in ours, a line a file")
    cases.add_argument("--ours", action="store_true", help="leave the others out")
    dialects = jobs.add_parser("dialects", help="tables of known numbers in random dialects, read back")
    dialects.add_argument("--n", type=int, default=5000, help="how many")
    dialects.add_argument("--seed", type=int, default=0, help="of the first")
    dialects.add_argument("--show", action="store_true", help="print the first file of each cause")
    jobs.add_parser(
        "switches", help="each choice of each decision about the project's own cases, and the way back"
    )
    options = parser.parse_args(arguments)
    if options.job == "dialects":
        return _read_back(options)
    if options.job == "switches":
        return _try_switches()
    if options.data:
        return _compare(options.data, options)
    with tempfile.TemporaryDirectory() as folder:
        write_cases(Path(folder))
        return _compare(Path(folder), options)


def _compare(folder: Path, options: argparse.Namespace) -> int:
    ours = judge_folder(folder, read_ours)
    if options.verbose:
        for verdict in ours:
            if verdict.faults:
                print(f"{verdict.file}: {'; '.join(verdict.faults)}")
    readers = {"ours": ours}
    if not options.ours:
        readers |= {name: judge_folder(folder, reader) for name, reader in RIVALS.items()}
    print(f"{'of ' + str(len(ours)) + ' tables':16}{'wholly right':>14}{'rows and numbers right':>26}")
    for name, verdicts in readers.items():
        print(f"{name:16}{_count(verdicts):>14}{sum(verdict.has_right_numbers for verdict in verdicts):>26}")
    return int(_count(ours) < len(ours))


def _try_switches() -> int:
    n_faults = 0
    with tempfile.TemporaryDirectory() as folder:
        expected = write_cases(Path(folder))
        names = [name for name, wanted in expected.items() if not wanted.get("error")]
        for name in names:
            for fault in find_switch_faults(Path(folder) / name):
                n_faults += 1
                print(f"{name}: {fault}")
    print(f"{n_faults} faults in the switches of {len(names)} tables")
    return int(n_faults > 0)


def _read_back(options: argparse.Namespace) -> int:
    outcomes, failures = run_campaign(range(options.seed, options.seed + options.n))
    print(
        ", ".join(
            f"{name} {outcomes[name]} ({outcomes[name] / options.n:.2%})"
            for name in ("right", "unsure", "wrong")
        )
    )
    causes: dict[str, list[Trial]] = {}
    for trial in failures[:_MOST_SHRUNK]:
        small = shrink(trial.dialect)
        causes.setdefault(f"{trial.outcome}: {name_factors(small)}", []).append(try_dialect(small))
    for cause, trials in sorted(causes.items(), key=lambda item: -len(item[1]))[:_MOST_CAUSES]:
        first = trials[0]
        print(f"{len(trials):5} {cause} | {first.fault} (seed {first.dialect.seed})")
        if options.show:
            print(write_table(first.dialect, make_truth(first.dialect)).decode(first.dialect.encoding)[:400])
    return int(outcomes["right"] < options.n)


def _count(verdicts: list[Verdict]) -> int:
    return sum(not verdict.faults for verdict in verdicts)


if __name__ == "__main__":
    sys.exit(main())
