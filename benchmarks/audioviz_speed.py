"""How long Audio Viz takes to hear three minutes, and how much memory: each model in a process of its own.

python -m benchmarks.audioviz_speed
"""

from __future__ import annotations

import json
import subprocess
import sys
import time

SECONDS = 180
MODELS = ("measured", "ae_normal", "ae_shared", "ae_skip", "alexnet", "vgg")


def song(seconds: int = SECONDS):  # type: ignore[no-untyped-def]
    """Stereo at 44.1 kHz: chords, a melody and a beat at 120 a minute."""
    import numpy as np

    from core.audio import Audio

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


def one(model: str) -> dict[str, float | str]:
    """Seconds by the clock and of processor time, cold and warm, and memory above what is held before."""
    import resource
    from pathlib import Path

    from core.audio import decode, encode
    from core.audioviz.extract import Listener
    from core.audioviz.mappings import map_features

    data = encode(song(), "flac")
    listener = Listener.from_weights([model])  # type: ignore[list-item]
    listener.hear(song(2), model=model)  # type: ignore[arg-type]
    idle = int(Path("/proc/self/statm").read_text().split()[1]) * 4096
    resource_before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    times = []
    for _ in range(3):
        start, processor = time.perf_counter(), time.process_time()
        hearing = listener.hear(decode(data), model=model)  # type: ignore[arg-type]
        map_features(hearing, mapping="kmeans_pca", rate_hz=60.0)
        times.append((time.perf_counter() - start, time.process_time() - processor))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return {
        "model": model,
        "seconds": round(min(t for t, _ in times), 2),
        "cpu_seconds": round(min(t for _, t in times), 2),
        "mb_above_idle": round((peak - idle) / 1e6, 1),
        "peak_before_mb": round(resource_before / 1e3, 1),
    }


def main() -> None:
    """Print one line of JSON a model."""
    if len(sys.argv) > 1:
        print(json.dumps(one(sys.argv[1])))
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
