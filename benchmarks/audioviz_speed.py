"""Audio Viz benchmark: time and memory of feature extraction over three minutes, a process a model.

python -m benchmarks.audioviz_speed
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from pathlib import Path

import numpy as np

from benchmarks.timing import time_fastest
from core.audio import Audio, decode, encode
from core.audioviz.extract import MODELS, Listener, Model
from core.audioviz.mappings import map_features

SECONDS = 180


def song(seconds: int = SECONDS) -> Audio:
    """Stereo at 44.1 kHz: chords, a melody and a beat at 120 a minute."""
    sr = 44_100
    rng = np.random.default_rng(0)
    y = np.zeros((2, seconds * sr), dtype=np.float32)
    t = np.arange(sr // 2) / sr
    for i in range(2 * seconds):
        root = 110 * 2 ** (rng.integers(0, 12) / 12)
        note = sum(np.sin(2 * np.pi * root * k * t) / k for k in (1, 2, 3, 5, 8)) * np.exp(-4 * t)
        hit = rng.standard_normal(len(t)) * np.exp(-60 * t)
        y[:, i * len(t) : (i + 1) * len(t)] = 0.15 * note + 0.1 * hit
    return Audio(y, sr)


def measure(model: Model) -> dict[str, float | str]:
    """Seconds by the clock and of processor time, cold and warm, and memory above what is held before."""
    data = encode(song(), "flac")
    listener = Listener.from_weights([model])
    listener.hear(song(2), model=model)
    idle = int(Path("/proc/self/statm").read_text().split()[1]) * 4096
    resource_before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    def hear() -> None:
        hearing = listener.hear(decode(data), model=model)
        map_features(hearing, mapping="kmeans_pca", rate_hz=60.0)

    clock, processor = time_fastest(hear, warm=False)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return {
        "model": model,
        "seconds": round(clock, 2),
        "cpu_seconds": round(processor, 2),
        "mb_above_idle": round((peak - idle) / 1e6, 1),
        "peak_before_mb": round(resource_before / 1e3, 1),
    }


def main() -> None:
    """Print one line of JSON a model."""
    if len(sys.argv) > 1:
        print(json.dumps(next(measure(model) for model in MODELS if model == sys.argv[1])))
        return
    for model in MODELS:
        print(
            subprocess.run(
                [sys.executable, "-m", "benchmarks.audioviz_speed", model],
                capture_output=True,
                text=True,
                check=True,
            ).stdout.strip()
        )


if __name__ == "__main__":
    main()
