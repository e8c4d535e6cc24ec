"""Tables beyond memory: time and memory of whole processes, and what a database sends, as the command line is used.

python -m benchmarks.large_tables parquet|csv|postgres|million [--rows N] [--gb N] [--keep DIR]
"""

from __future__ import annotations

import argparse
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[1]
N_FILES = 40


def watch(
    command: list[str], env: dict[str, str] | None = None, cwd: Path = ROOT
) -> tuple[float, float, str]:
    """Seconds by the clock, and the most megabytes that a process and all that it started held at once, and its words."""
    began = time.perf_counter()
    process = subprocess.Popen(
        command,
        cwd=cwd,
        env={**os.environ, **(env or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    seen = psutil.Process(process.pid)
    most = 0
    while process.poll() is None:
        try:
            tree = [seen, *seen.children(recursive=True)]
            most = max(most, sum(_resident(each) for each in tree))
        except psutil.NoSuchProcess:
            pass
        time.sleep(0.02)
    seconds = time.perf_counter() - began
    return seconds, most / 2**20, (process.stdout.read() if process.stdout else "").strip()


def _resident(process: psutil.Process) -> int:
    try:
        return int(process.memory_info().rss)
    except psutil.NoSuchProcess:
        return 0


def sonify(what: str, *options: str, **ways: object) -> tuple[float, float, str]:
    """Run ``python -m core sonify`` to MIDI and sound."""
    with tempfile.TemporaryDirectory() as folder:
        files = ["--midi", f"{folder}/out.mid", "--wav", f"{folder}/out.wav"]
        return watch([sys.executable, "-m", "core", "sonify", what, *options, *files], **ways)  # type: ignore[arg-type]


def tell(name: str, result: tuple[float, float, str]) -> None:
    """One line of a table."""
    seconds, megabytes, words = result
    print(f"{name:<60} {seconds:7.2f} s {megabytes:7.0f} MB  {words[-110:]}")


_ROWS = (
    "SELECT TIMESTAMP '2000-01-01' + to_seconds(i * 7) AS time, round(sin(i / 5e6) * 10 + random(), 3) AS value, "
    "(i * 7919 % 1000) / 10.0 AS other, ['Oslo', 'Rome', 'Bern', 'Lima'][1 + i % 4] AS city FROM range({low}, {high}) AS r(i)"
)


_READINGS = (
    "CREATE TABLE readings AS SELECT timestamptz '2000-01-01' + i * interval '7 seconds' AS time, "
    "(sin(i / 5e5) * 10 + random())::numeric(8, 3) AS value, (ARRAY['Oslo', 'Rome'])[1 + i % 2] AS city "
    "FROM generate_series(0, {n} - 1) AS i"
)


def run_parquet(folder: Path, n_rows: int) -> None:
    """A Parquet file of so many rows to 300 points, mean and median, and four cities."""
    import duckdb

    path = folder / f"rows{n_rows}.parquet"
    if not path.exists():
        duckdb.connect(config={"threads": 2, "memory_limit": "2GB"}).execute(
            f"COPY ({_ROWS.format(low=0, high=n_rows)}) TO '{path}' (FORMAT parquet)"
        )
    print(f"Parquet, {n_rows:,} rows, {path.stat().st_size / 1e9:.2f} GB")
    tell("  300 points", sonify(str(path)))
    tell(
        "  300 points a city, rows filtered",
        sonify(str(path), "--split", "city", "--where", "other", ">=", "20"),
    )
    tell("  medians", sonify(str(path), "--aggregate", "median"))
    tell("  in the order of the file", sonify(str(path), "--time", "", "--split", "", "--value", "value"))


def run_csv(folder: Path, gigabytes: float) -> None:
    """CSV files in a folder, read as one table."""
    import duckdb

    target = folder / f"csv{gigabytes:g}"
    target.mkdir(exist_ok=True)
    n_rows = int(gigabytes * 1e9 / N_FILES / 36.1)
    connection = duckdb.connect(config={"threads": 2, "memory_limit": "1GB"})
    for i in range(N_FILES):
        path = target / f"part{i:02d}.csv"
        if not path.exists():
            connection.execute(f"COPY ({_ROWS.format(low=i * n_rows, high=(i + 1) * n_rows)}) TO '{path}'")
    connection.close()
    size = sum(path.stat().st_size for path in target.iterdir()) / 1e9
    print(f"CSV, {N_FILES} files, {size:.2f} GB, {n_rows * N_FILES:,} rows")
    result = sonify(str(target))
    tell("  300 points", result)
    print(f"  {result[0] / size:.2f} s a GB")


def run_postgres(n_rows: int) -> None:
    """A table of PostgreSQL: what crosses the wire, counted by a relay between the app and the server."""
    sys.path.insert(0, str(ROOT))
    from tests.postgres_server import find_programs, run_server

    programs = find_programs()
    if programs is None:
        raise SystemExit("PostgreSQL is not installed.")
    with run_server(programs) as server, tempfile.TemporaryDirectory() as home:
        server.run(_READINGS.format(n=n_rows))
        relay = Relay(server.port)
        secrets = Path(home) / ".streamlit"
        secrets.mkdir()
        url = server.url.replace(str(server.port), str(relay.port))
        (secrets / "secrets.toml").write_text(f'[connections.lab]\nurl = "{url}"\n', encoding="utf-8")
        print(f"PostgreSQL, {n_rows:,} rows")
        for name, options in (("300 points", ()), ("300 points a city", ("--split", "city"))):
            relay.n_bytes = 0
            result = sonify("db:lab/readings", *options, env={"HOME": home})
            tell(f"  {name}: {relay.n_bytes / 1000:,.0f} kB from the server", result)


class Relay:
    """A port that leads to another one and counts what comes back."""

    def __init__(self, target: int) -> None:
        self.n_bytes = 0
        self._target = target
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            asked, _ = self._listening.accept()
            served = socket.create_connection(("127.0.0.1", self._target))
            threading.Thread(target=self._carry, args=(asked, served, False), daemon=True).start()
            threading.Thread(target=self._carry, args=(served, asked, True), daemon=True).start()

    def _carry(self, source: socket.socket, target: socket.socket, counts: bool) -> None:
        try:
            while data := source.recv(65_536):
                if counts:
                    self.n_bytes += len(data)
                target.sendall(data)
        except OSError:
            # The other direction has ended first.
            pass
        finally:
            target.close()


_WITH_PANDAS = """
import sys, numpy as np, pandas as pd
frame = pd.read_csv(sys.argv[1], parse_dates=["time"])
values = frame.sort_values("time")["walk"].to_numpy()
points = [part.mean() for part in np.array_split(values, 300)]
sys.path.insert(0, sys.argv[2])
import pretty_midi
from core import audio, synth
low, high = min(points), max(points)
midi = pretty_midi.PrettyMIDI()
track = pretty_midi.Instrument(0)
track.notes = [pretty_midi.Note(96, round(36 + 48 * (v - low) / (high - low)), i * 40 / 300, (i + 1) * 40 / 300) for i, v in enumerate(points)]
midi.instruments.append(track)
open(sys.argv[3], "wb").write(audio.encode(synth.render(midi).audio, "wav"))
"""


def run_million(folder: Path, repeats: int = 3) -> None:
    """A CSV of a million rows to sound as a whole process, beside pandas with the same synthesizer."""
    from benchmarks.sonify_scale import csv

    path = folder / "million.csv"
    path.write_bytes(csv(1_000_000))
    print(f"CSV, 1,000,000 rows, {path.stat().st_size / 1e6:.0f} MB; the fastest of {repeats}, in turn")
    ours, theirs = [], []
    for _ in range(repeats):
        ours.append(sonify(str(path), "--value", "walk"))
        theirs.append(
            watch([sys.executable, "-c", _WITH_PANDAS, str(path), str(ROOT), str(folder / "pandas.wav")])
        )
    tell("  python -m core sonify", min(ours))
    tell("  pandas.read_csv and the same synthesizer", min(theirs))


def main() -> None:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=("parquet", "csv", "postgres", "million"))
    parser.add_argument("--rows", type=int)
    parser.add_argument("--gb", type=float, default=20.0)
    parser.add_argument("--keep", type=Path, help="where files are made, and found again")
    options = parser.parse_args()
    folder = options.keep or Path(tempfile.mkdtemp(prefix="sonoscope-large-"))
    folder.mkdir(parents=True, exist_ok=True)
    try:
        if options.what == "parquet":
            run_parquet(folder, options.rows or 100_000_000)
        elif options.what == "csv":
            run_csv(folder, options.gb)
        elif options.what == "postgres":
            run_postgres(options.rows or 10_000_000)
        else:
            run_million(folder)
    finally:
        if options.keep is None:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
