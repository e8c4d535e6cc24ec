"""Concatenative synthesis: beats of the recording in a new order, with bad joins replaced."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from core.arrays import Float32Array, FloatArray
from core.audio import Audio
from core.errors import InputError
from core.extrapolate.analysis import Analysis
from core.extrapolate.blockwise_features import estimate_key, index_key
from core.extrapolate.cadence import Closing, close_walk
from core.extrapolate.joins import Join, Part, Splicer
from core.extrapolate.request import Side
from core.extrapolate.slice_search import Costs, JumpGraph, runs, search
from core.music.key import key_correlations
from core.progress import Progress, ignore_progress

MIN_SLICES = 8
# Plans are made again around joins that came out worse than the recording's own changes.
MAX_ROUNDS = 5
# How much more a slice costs that is a standard deviation further from the key than usual: tried until the key stays.
_PULLS = (0.1, 0.25, 0.5, 1.0)
# A shorter stretch sounds like the key of its chords.
_KEY_SEC = 30.0


@dataclass(frozen=True, kw_only=True, eq=False)
class Addition:
    """Audio added on one side.

    Attributes
    ----------
    y : ndarray of float32, shape=(channels, n)
        With the recording's own sound before it (after it, if it was added before), joined.
    at_sample : int
        Where in ``y`` the recording ends (begins).
    joins : list of Join
        In the time of ``y``.
    slices : list of int
        Which slices of the recording were played, in the order in which they sound.
    closing : Closing or None
        The cadence it ends with.
    arrival_sample : int or None
        Where in ``y`` the last chord of the cadence begins.
    """

    y: Float32Array
    at_sample: int
    joins: list[Join]
    slices: list[int]
    closing: Closing | None = None
    arrival_sample: int | None = None


def recompose(
    audio: Audio,
    analysis: Analysis,
    *,
    bound: int,
    seconds: float,
    direction: Side = "after",
    targets: FloatArray | None = None,
    target_weights: FloatArray | None = None,
    adventure: float = 0.4,
    seed: int = 0,
    own_sec: float | None = None,
    keep_key: bool = False,
    closings: Sequence[Closing] = (),
    progress: Progress | None = None,
) -> Addition:
    """Continue from a slice boundary of the recording, or lead up to it.

    Parameters
    ----------
    audio : Audio
    analysis : Analysis
        Of the same.
    bound : int
        Where the recording is left (entered, if ``direction`` is "before"), 0 to ``analysis.n``.
    seconds : float > 0
        At least so much is added, to the end of a slice.
    direction : {"after", "before"}
    targets, target_weights, adventure, seed
        As in :func:`core.extrapolate.slice_search.search`; targets go away from the bound.
    own_sec : float, optional
        How much of the recording is played beside the addition; all of it if not given.
    keep_key : bool
        Whether slices that sound like the recording's key are preferred where a plan of half a minute or more would
        leave it.
    closings : sequence of Closing, optional
        Cadences to choose from; the addition then ends with one of them, and no later than after ``seconds``.
    progress : callable, optional
        Called with a share from 0 to 1 and what is being done.

    Returns
    -------
    Addition

    Raises
    ------
    InputError
        If the recording has too few slices to choose from.
    """
    if analysis.n < MIN_SLICES:
        raise InputError(
            f"This recording has only {analysis.n} beats or grains to work with; at least {MIN_SLICES} are needed. "
            "Choose a longer one."
        )
    tell = progress or ignore_progress
    backward = direction == "before"
    lengths = analysis.slice_sec.astype(np.float64)
    graph = JumpGraph(analysis, Costs.of(adventure, float(np.median(lengths))), backward=backward)
    start = analysis.n - bound if backward else bound
    lengths = lengths[::-1] if backward else lengths
    splicer = Splicer(audio, analysis)
    home = _Home.of(analysis, backward) if keep_key and seconds >= _KEY_SEC else None
    find = partial(
        search,
        graph,
        start,
        lengths,
        seconds,
        targets=targets,
        target_weights=target_weights,
        adventure=adventure,
        seed=seed,
        jump_first=True,
    )
    slice_costs = None
    best: tuple[int, _Plan] | None = None
    for attempt in range(MAX_ROUNDS):
        tell(attempt / MAX_ROUNDS, "Choosing beats" if attempt == 0 else "Improving joins")
        walk = find(slice_costs=slice_costs)
        if home is not None and attempt == 0:
            walk, slice_costs = home.draw_home(walk, find)
        tell((attempt + 0.5) / MAX_ROUNDS, "Measuring joins")
        walk, closing = close_walk(walk, graph, closings, lengths, seconds)
        plan = _plan(splicer, analysis, bound, walk, backward, own_sec, closing)
        bad = [join for join in plan.joins if not join.good]
        if best is None or len(bad) < best[0]:
            best = len(bad), plan
        if not bad:
            break
        for walk_bound, walk_start in _find_bad_jumps(start, walk, plan.joins, backward):
            graph.forbid(walk_bound, walk_start)
    assert best is not None
    tell(1.0, "Joined")
    return best[1].play(splicer, backward)


@dataclass(frozen=True, kw_only=True, eq=False)
class _Home:
    """Key of a recording, and the distance of each slice from it, in search order."""

    key: tuple[str, str]
    harmony: Float32Array  # (12, n)
    away: FloatArray  # (n,), in standard deviations

    @classmethod
    def of(cls, analysis: Analysis, backward: bool) -> _Home | None:
        """Build from an analysis; None where there is no key or all slices fit it equally."""
        harmony = analysis.harmony[:, ::-1] if backward else analysis.harmony
        key = estimate_key(harmony)
        if key is None:
            return None
        loud = harmony.std(axis=0) > 1e-6 * max(1e-12, float(harmony.max()))
        fits = np.where(loud, key_correlations(harmony.T)[:, *index_key(key)], 0.0)
        if fits.std() < 1e-6:
            return None
        return cls(key=key, harmony=harmony, away=np.clip((fits.mean() - fits) / fits.std(), -2.0, 2.0))

    def keeps(self, walk: list[int]) -> bool:
        """Whether slices together are in the key."""
        return estimate_key(self.harmony[:, walk]) == self.key

    def draw_home(
        self, walk: list[int], find: Callable[..., list[int]]
    ) -> tuple[list[int], FloatArray | None]:
        """Find a plan that stays in key, and its slice costs; the given plan where none is needed or found."""
        if not self.keeps(walk):
            for pull in _PULLS:
                nearer = find(slice_costs=pull * self.away)
                if self.keeps(nearer):
                    return nearer, pull * self.away
        return walk, None


@dataclass(frozen=True, kw_only=True)
class _Plan:
    """A plan: parts including the recording's own, measured joins, and added slices."""

    parts: list[Part]
    joins: list[Join]
    slices: list[int]
    ringing: int = 0  # samples from the last chord's beginning to the end
    closing: Closing | None = None

    def play(self, splicer: Splicer, backward: bool) -> Addition:
        """Render the plan."""
        # Joins are chosen; playing needs the mean of the channels no more, and a long recording's is large.
        splicer.mono = splicer.mono[:0].copy()
        y = splicer.play(self.parts)
        own = self.parts[-1 if backward else 0].n
        return Addition(
            y=y,
            at_sample=y.shape[1] - own if backward else own,
            joins=self.joins,
            slices=self.slices,
            closing=self.closing,
            arrival_sample=None if self.closing is None else y.shape[1] - self.ringing,
        )


def _plan(
    splicer: Splicer,
    analysis: Analysis,
    bound: int,
    walk: list[int],
    backward: bool,
    own_sec: float | None,
    closing: Closing | None,
) -> _Plan:
    n = analysis.n
    if backward:
        walk = [n - 1 - place for place in reversed(walk)]
        stretches = [*runs(walk), (bound, n)]
        parts = splicer.lay_out(stretches, untouched=len(stretches) - 1)
    else:
        parts = splicer.lay_out([(0, bound), *runs(walk)])
    if own_sec is not None:
        n_own = round(own_sec * splicer.sr)
        if backward:
            parts[-1].stop = min(parts[-1].stop, parts[-1].start + n_own)
        else:
            parts[0].start = max(parts[0].start, parts[0].stop - n_own)
    ringing = 0 if closing is None else int(analysis.bounds[closing.stop] - analysis.bounds[closing.arrival])
    joins = splicer.measure_joins(parts)
    return _Plan(parts=parts, joins=joins, slices=walk, ringing=ringing, closing=closing)


def _find_bad_jumps(start: int, walk: list[int], joins: list[Join], backward: bool) -> list[tuple[int, int]]:
    """Boundaries and slices, in search order, of the bad joins."""
    stretches = runs(walk)
    left = [start, *(stop for _, stop in stretches)]
    made = [(out, first) for out, (first, _) in zip(left, stretches, strict=False) if out != first]
    in_order = joins[::-1] if backward else joins
    return [jump for jump, join in zip(made, in_order, strict=False) if not join.good]
