"""Extrapolate benchmark: time and memory, warm and on one core, beside the original project's figures.

python -m benchmarks.extrapolate_speed
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from core.extrapolate.request import Engine

JOBS: tuple[tuple[float, float, Engine], ...] = (
    (30.0, 10.0, "recompose"),
    (30.0, 10.0, "neural"),
    (300.0, 600.0, "recompose"),
    (300.0, 600.0, "neural"),
)
# Measured with the original project's own code: first prediction of 10 s, and its file of weights.
ORIGINAL_SEC, ORIGINAL_GB = 6.0, 1.6


def measure(path: Path, added_sec: float, engine: Engine) -> None:
    """Add to a sound; print the time of a warm run, of processor time, and the peak of memory."""
    import soundfile
    import torch

    from core.audio import Audio
    from core.extrapolate.extend import extend
    from core.extrapolate.forecast import Forecaster
    from core.extrapolate.request import Request

    torch.set_num_threads(1)
    frames, sr = soundfile.read(path, dtype="float32")
    audio = Audio(frames.T, sr)
    forecaster = Forecaster.from_weights()
    request = Request(seconds=added_sec, engine=engine)
    if added_sec <= 30:
        extend(audio, request, forecaster=forecaster)  # the first run builds tables and loads libraries
    start, processor = time.perf_counter(), time.process_time()
    extend(audio, request, forecaster=forecaster)
    clock, used = time.perf_counter() - start, time.process_time() - processor
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{engine:<9} {added_sec:5.0f} s added to {audio.duration_sec:4.0f} s of stereo at 44.1 kHz: {clock:6.2f} s, "
        f"{used:6.2f} s of processor, peak {peak_mb:4.0f} MB",
        flush=True,
    )


def write(path: Path, seconds: float) -> None:
    """A stereo piece at 44.1 kHz, half a minute over and over."""
    import numpy as np
    import soundfile

    from training.extrapolate.known_pieces import KnownPiece

    piece = KnownPiece(tempo_qpm=108.0, tonic=4, mode="minor", meter=4, programs=(24, 33, 65), drums=True)
    audio = piece.audio(30.0).resample(44_100)
    repeats = int(np.ceil(seconds / audio.duration_sec))
    frames = np.tile(audio.y.T, (repeats, 1))[: round(seconds * audio.sr)]
    soundfile.write(path, frames, audio.sr, subtype="FLOAT")


def main() -> None:
    """Run each job in a process of its own, so that its peak of memory is its own."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--job", type=int, help="one of the jobs only, in this process")
    parser.add_argument("--sound", type=Path, help="what to add to")
    options = parser.parse_args()
    if options.job is not None:
        _, added_sec, engine = JOBS[options.job]
        measure(options.sound, added_sec, engine)
        return
    with tempfile.TemporaryDirectory() as folder:
        for k, (given_sec, _, _) in enumerate(JOBS):
            path = Path(folder) / f"{given_sec:.0f}.wav"
            if not path.exists():
                write(path, given_sec)
            job = [
                sys.executable,
                "-m",
                "benchmarks.extrapolate_speed",
                "--job",
                str(k),
                "--sound",
                str(path),
            ]
            subprocess.run(job, check=True)
    print(f"original project: 10 s added in {ORIGINAL_SEC:.0f} s, {ORIGINAL_GB} GB of weights")


if __name__ == "__main__":
    main()
