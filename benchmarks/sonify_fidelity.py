"""Sonify benchmark: fidelity of the mapping, from the notes and from pitch tracked in the sound.

    python -m benchmarks.sonify_fidelity --data FOLDER [--json OUT.json]

For each CSV: the first column of numbers that suits, up to 300 notes, four octaves; rank correlation of
value and pitch in a chromatic and a seven-note scale; and, with the sound rendered at four notes a second,
rank correlation of the value with the pitch that YIN tracks in the WAV. A plain linear mapping to the same
pitches, which is what most tools do, stands beside it.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np

from core import synth
from core.errors import DashboardError
from core.sonify.direct_mapping import Sonification, sonify
from core.sonify.fidelity import rank_correlation
from core.sonify.settings import Settings, Voice
from core.tables.table import Table, read_table

N_NOTES = 300
TRACK_SR = 22_050
PROGRAM = 0  # the default voice of the page


def correlate_tracked_pitch(sonification: Sonification, engine: synth.Engine) -> float | None:
    """Rank correlation of the values with the pitch tracked in the middle of each note's sound."""
    import librosa

    rendering = synth.render(sonification.midi, engine=engine)
    y = rendering.audio.resample(TRACK_SR).mono().y
    points = sonification.voices[0].points
    points = points[points["sounds"]]
    hop = 128
    f0 = librosa.yin(y, fmin=55, fmax=1200, sr=TRACK_SR, frame_length=2048, hop_length=hop)
    tracked = []
    times = points[["onset_sec", "duration_sec"]].to_numpy(dtype=float)
    for onset_sec, duration_sec in times.tolist():
        first = round((onset_sec + 0.06) * TRACK_SR / hop)
        last = round((onset_sec + min(duration_sec, 0.23)) * TRACK_SR / hop)
        tracked.append(np.median(f0[first : max(first + 1, last)]))
    return rank_correlation(points["value"].to_numpy(dtype=float), np.log(tracked))


def measure(table: Table, engine: synth.Engine) -> dict[str, object]:
    """Measure one table."""
    time, values = table.suggest()[:2]
    voice = Voice(column=values[0], program=PROGRAM)
    row: dict[str, object] = {"column": values[0], "rows": len(table.frame)}
    for scale in ("chromatic", "major"):
        chosen = Settings(
            voices=(voice,), time=time, n_notes=N_NOTES, scale=scale, pace="tempo", tempo_qpm=240.0
        )
        result = sonify(table, chosen)
        fidelity = result.voices[0].fidelity
        row[f"rho_{scale}"] = fidelity.spearman
        row[f"moves_{scale}"] = fidelity.moves_right
        row["sounding"] = fidelity.sounding
        if scale == "chromatic":
            row["scaling"] = result.voices[0].scaling
            row["rho_tracked"] = correlate_tracked_pitch(result, engine)
            plain = sonify(table, Settings(**{**vars(chosen), "scaling": "linear"}))
            row["rho_linear"] = plain.voices[0].fidelity.spearman
    return row


def main() -> None:
    """Print a table, and the least and the median of each figure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--engine", default="auto", choices=("auto", "fluidsynth", "embedded"))
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    rows = {}
    names = ("rho_chromatic", "rho_major", "rho_tracked", "rho_linear", "moves_chromatic", "sounding")
    print(f"{'file':44} {'scaling':8}" + "".join(f"{name[-10:]:>12}" for name in names))
    for path in sorted(options.data.glob("*.csv")):
        if path.name == "index.csv":
            continue
        try:
            rows[path.name] = row = measure(read_table(path.read_bytes(), name=path.name), options.engine)
        except DashboardError as error:
            print(f"{path.name[:44]:44} {error}")
            continue
        print(f"{path.name[:44]:44} {row['scaling']:8}" + "".join(f"{row[name]:12.4f}" for name in names))
    for label, summary in (("least", np.min), ("median", np.median)):
        print(
            f"{label:44} {'':8}"
            + "".join(f"{summary([row[name] for row in rows.values()]):12.4f}" for name in names)
        )
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1))


if __name__ == "__main__":
    main()
