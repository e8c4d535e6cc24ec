"""Audio Viz benchmark: milliseconds a frame, size and memory of rendered videos, a process a video.

python -m benchmarks.scene_videos [--scenes bars,waves] [--sizes 1920x1080] [--seconds 10]
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time

import numpy as np

from benchmarks.audioviz_speed import song
from core.audioviz.film import render_video
from core.audioviz.scene_drawing import PAINTERS
from core.video import CONTAINERS, Container

FPS = 30
_RATE_HZ = 60.0


def measure(scene: str, size: str, container: Container, seconds: int) -> dict[str, float | str]:
    """Render one video of a sound with a beat, and tell what it took."""
    rng = np.random.default_rng(1)
    times = np.arange(round(seconds * _RATE_HZ)) / _RATE_HZ
    params = 0.5 + 0.4 * np.sin(times[:, None] * rng.uniform(0.3, 2, 10) + rng.uniform(0, 6, 10))
    params[:, 1] = np.exp(-6 * (times % 0.5))  # the pulse
    width, height = (int(side) for side in size.split("x"))
    audio = song(seconds)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    clock, processor = time.perf_counter(), time.process_time()
    data = render_video(
        params, _RATE_HZ, audio, scene=scene, size=(width, height), fps=FPS, container=container
    )
    n_frames = seconds * FPS
    return {
        "scene": scene,
        "size": size,
        "container": container,
        "ms_a_frame": round((time.perf_counter() - clock) / n_frames * 1000, 1),
        "cpu_ms_a_frame": round((time.process_time() - processor) / n_frames * 1000, 1),
        "mbit_s": round(len(data) * 8 / seconds / 1e6, 2),
        "mb_above_idle": round((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024),
    }


def main() -> None:
    """Print one line of JSON a video."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scenes", default=",".join(PAINTERS))
    parser.add_argument("--sizes", default="640x360,1920x1080,1080x1080,1080x1920")
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--one", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        scene, size, container = options.one
        print(json.dumps(measure(scene, size, container, options.seconds)))
        return
    for scene in options.scenes.split(","):
        for size in options.sizes.split(","):
            for container in CONTAINERS:
                command = [sys.executable, "-m", "benchmarks.scene_videos", "--seconds", str(options.seconds)]
                made = subprocess.run(
                    [*command, "--one", scene, size, container], capture_output=True, text=True, check=True
                )
                print(made.stdout.strip(), flush=True)


if __name__ == "__main__":
    main()
