"""Heavy uploads at once: three visitors bring a large table, a long recording and a large photograph at the same moment.

python -m benchmarks.heavy_uploads

Their jobs run in workers as the pages run them; counted are the workers and what they start. A fourth visitor brings a table
of 10,000 rows meanwhile. Prints one JSON line.
"""

from __future__ import annotations

import io
import json
import time
from contextlib import suppress
from functools import partial
from typing import Any

import numpy as np
import psutil
from PIL import Image

from core.audio import Audio, encode
from core.emotion.job import find_faces_in_photograph
from core.extrapolate.job import extend_upload
from core.extrapolate.request import Request
from core.jobs import JobQueue, Lane, make_job
from core.limits import HEAVY_UPLOAD_BYTES, MEGABYTE
from core.sonify.job import read_upload
from core.tables.table import ReadOptions
from core.workers import Limits

_LIMITS = Limits(memory_mb=2048, cpu_sec=240, wall_sec=300)


def measure_uploads() -> dict[str, Any]:
    """Seconds until each is read or refused, and the most memory of all workers."""
    jobs, family = JobQueue(2), psutil.Process()
    table, small = _write_table(1_400_000), _write_table(10_000)
    work: dict[str, partial[Any]] = {
        "table of 97 MB": partial(read_upload, table, "t.csv", ReadOptions()),
        "recording of 15 minutes": partial(extend_upload, _write_recording(), "r.mp3", Request(seconds=30.0)),
        "photograph of 24 megapixels": partial(find_faces_in_photograph, _write_photograph(), "p.jpg"),
        "table of 10,000 rows": partial(read_upload, small, "s.csv", ReadOptions()),
    }
    began, most, own = time.monotonic(), 0.0, family.memory_info().rss / MEGABYTE
    tickets = {}
    for name, call in work.items():
        lane: Lane = "compose" if "recording" in name else "read"
        heavy = max(len(part) for part in call.args if isinstance(part, bytes)) > HEAVY_UPLOAD_BYTES
        job = make_job(call, key=name, lane=lane, heavy=heavy, limits=_LIMITS)
        tickets[name] = jobs.submit(job, visitor=name)
    waits: dict[str, float] = {}
    while len(waits) < len(tickets):
        time.sleep(0.05)
        total = 0.0
        for one in family.children(recursive=True):
            with suppress(psutil.Error):
                total += one.memory_info().rss / MEGABYTE
        most = max(most, total)
        for name, ticket in tickets.items():
            if ticket.is_over:
                waits.setdefault(name, round(time.monotonic() - began, 1))
    outcomes = {name: ticket.state for name, ticket in tickets.items()}
    jobs.close()
    return {"seconds": waits, "outcomes": outcomes, "workers_mb_most": round(most), "asking_mb": round(own)}


def _write_table(n_rows: int) -> bytes:
    values = np.random.default_rng(1).normal(size=(n_rows, 3)).round(12)
    rows = (f"{i},{a},{b},{c}\n" for i, (a, b, c) in enumerate(values.tolist()))
    return ("n,a,b,c\n" + "".join(rows)).encode()


def _write_recording() -> bytes:
    rng, sr = np.random.default_rng(2), 44_100
    beat = np.tile(np.exp(-np.arange(sr // 2) / 3_000), 2 * 15 * 60).astype(np.float32)
    return encode(Audio((0.3 * beat * rng.normal(size=(2, beat.size))).astype(np.float32), sr), "mp3")


def _write_photograph() -> bytes:
    coarse = np.random.default_rng(3).integers(0, 255, (50, 75, 3), dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(coarse).resize((6000, 4000)).save(file, "JPEG", quality=97)
    data: bytes = file.getvalue()
    return data


if __name__ == "__main__":
    print(json.dumps(measure_uploads()))
