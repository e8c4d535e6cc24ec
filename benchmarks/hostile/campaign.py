"""A campaign: many hostile files, what came of each, and one line that says it all."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from threading import local

from benchmarks.hostile.kinds import Dice, Kind, make_upload
from benchmarks.hostile.worker import Outcome, Worker

# What must hold for every upload, and what is hoped for.
MAX_SEC, MAX_MB = 20.0, 1_024.0
HOPED_SEC, HOPED_MB = 5.0, 300.0


@dataclass(frozen=True, kw_only=True)
class Trial:
    """One file of a campaign and what came of it."""

    kind: str
    seed: int
    reader: str
    n_bytes: int
    result: Outcome
    valid: bool

    @property
    def fault(self) -> str:
        """What is wrong with it; empty where it was read, or refused in time and with a sentence."""
        result = self.result
        if result.outcome in ("exception", "limit"):
            return result.detail
        # By processor time, because other processes make a file wait.
        if result.processor_sec > MAX_SEC:
            return f"{result.processor_sec:.1f} s"
        if result.most_mb > MAX_MB:
            return f"{result.most_mb:.0f} MB"
        return f"valid, but refused: {result.detail}" if self.valid and result.outcome == "refused" else ""


def choose_trials(kinds: Sequence[Kind], n: int, first_seed: int) -> Iterator[tuple[Kind, int]]:
    """All kinds in turn, each time in another order and with the next seed."""
    for turn in range(-(-n // len(kinds))):
        seed = first_seed + turn
        order = Dice(f"order {seed}").sample(list(kinds), len(kinds))
        for kind in order[: n - turn * len(kinds)]:
            yield kind, seed


def run_trial(worker: Worker, kind: Kind, seed: int, effort: float) -> Trial:
    """Build a file and have it read."""
    upload = make_upload(kind, seed, effort)
    return Trial(
        kind=kind.name,
        seed=seed,
        reader=upload.reader,
        n_bytes=len(upload.data),
        result=worker.read(upload.reader, upload.data, upload.name),
        valid=kind.valid,
    )


def run_campaign(
    kinds: Sequence[Kind],
    n: int,
    *,
    first_seed: int = 0,
    effort: float = 1.0,
    n_workers: int = 1,
    tell: Callable[[Trial], None] = lambda trial: None,
) -> list[Trial]:
    """Try files of all kinds in turn.

    Parameters
    ----------
    kinds : sequence of Kind
    n : int
        How many files.
    first_seed : int
        Of the first file of each kind.
    effort : float in [0, 1]
        How large files become, see :class:`benchmarks.hostile.kinds.Dice`.
    n_workers : int
        Processes that read at the same time.
    tell : callable
        Called with each trial as it ends.

    Returns
    -------
    list of Trial
    """
    own, workers = local(), []

    def run(chosen: tuple[Kind, int]) -> Trial:
        """Try one file with this thread's worker."""
        if not hasattr(own, "worker"):
            own.worker = Worker()
            workers.append(own.worker)
        trial = run_trial(own.worker, *chosen, effort)
        tell(trial)
        return trial

    try:
        if n_workers == 1:
            return [run(chosen) for chosen in choose_trials(kinds, n, first_seed)]
        with ThreadPoolExecutor(n_workers) as pool:
            return list(pool.map(run, choose_trials(kinds, n, first_seed)))
    finally:
        for worker in workers:
            worker.close()


def summarize(trials: Sequence[Trial]) -> dict[str, object]:
    """What a campaign found, as plain data."""
    worst: dict[str, dict[str, object]] = {}
    for trial in trials:
        result = trial.result
        found = worst.setdefault(trial.kind, {"processor_sec": -1.0, "most_mb": -1.0})
        for name, value in (("processor_sec", result.processor_sec), ("most_mb", result.most_mb)):
            if value > found[name]:  # type: ignore[operator]  # both are numbers
                found |= {name: value, f"{name}_seed": trial.seed}
    return {
        "n": len(trials),
        "outcomes": dict(Counter(trial.result.outcome for trial in trials)),
        "processor_sec": round(sum(t.result.processor_sec for t in trials), 1),
        "longest_processor_sec": max((t.result.processor_sec for t in trials), default=0),
        "longest_wall_sec": max((t.result.wall_sec for t in trials), default=0),
        "most_mb": max((t.result.most_mb for t in trials), default=0),
        "over_5_sec": sum(t.result.processor_sec > HOPED_SEC for t in trials),
        "over_300_mb": sum(t.result.most_mb > HOPED_MB for t in trials),
        "worst": worst,
        "failures": [
            {"kind": t.kind, "seed": t.seed, "what": t.fault, **asdict(t.result)} for t in trials if t.fault
        ],
    }


def in_one_line(trial: Trial) -> str:
    """A trial for the eye."""
    result = trial.result
    mark = "FAULT " if trial.fault else ""
    return (
        f"{mark}{trial.kind} --seed {trial.seed} ({trial.n_bytes:,} bytes): {result.outcome} in "
        f"{result.processor_sec:.2f} s ({result.wall_sec:.2f} s by the clock), {result.most_mb:.0f} MB"
        f"{': ' + json.dumps(trial.fault or result.detail, ensure_ascii=True)[:400]}"
    )
