"""Unit selection: a beam search for the slices of a recording that come next, over joins, predictions, repetitions.

The graph of likely jumps is that of concatenative synthesis (Schwarz 2006) and of similarity graphs for audio
inpainting (Perraudin et al. 2018); what is new here is the prediction that steers it, and that it also runs backwards.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.arrays import FloatArray, IntArray
from core.extrapolate.analysis import Analysis

# Jumps considered from every bound, and plans kept side by side.
N_JUMPS = 12
N_BEAMS = 24


@dataclass(frozen=True, kw_only=True)
class Costs:
    """Search costs, in units of the mean distance between two slices.

    Attributes
    ----------
    jump : float
        For any jump; below it the natural next slice wins.
    edge, context : float
        Weights of the sound around a join and of the slices that lead to it.
    bar : float
        For a jump to another beat of the bar.
    target : float
        Weight of the distance to what the model predicts.
    repeat : float
        For a slice that was used before, fading over :attr:`memory_slices`.
    run : float
        For every slice that goes on copying the recording beyond :attr:`run_slices`.
    """

    jump: float = 0.5
    edge: float = 1.0
    context: float = 1.2
    bar: float = 3.0
    target: float = 2.0
    repeat: float = 0.8
    run: float = 0.4
    run_slices: int = 12
    memory_slices: int = 48
    min_run_slices: int = 4

    @classmethod
    def of(cls, adventure: float, slice_sec: float = 0.5) -> Costs:
        """Costs for a variation of 0 to 1: shorter runs, cheaper jumps.

        Parameters
        ----------
        adventure : float in [0, 1]
        slice_sec : float
            Usual length of a slice: what is unbroken is felt in seconds, not in beats.
        """
        shortest = 4 if adventure < 0.8 else 2
        run_sec = 6.5 - 6.0 * adventure
        return cls(
            jump=0.9 - 0.8 * adventure,
            run_slices=max(shortest, round(run_sec / slice_sec)),
            repeat=0.5 + 0.8 * adventure,
            min_run_slices=shortest,
        )


class JumpGraph:
    """Costs of all jumps of a recording, and the few worth considering from each bound.

    Parameters
    ----------
    analysis : Analysis
    costs : Costs
    backward : bool
        Whether the recording is walked from its end: a jump then leads to the slice that ends at a bound.
    """

    def __init__(self, analysis: Analysis, costs: Costs, *, backward: bool = False) -> None:
        from scipy.spatial.distance import cdist

        self.n = analysis.n
        self.costs = costs
        features = analysis.features.astype(np.float64)
        edges = analysis.edges.astype(np.float64)
        position = analysis.bar_position
        if backward:
            # Bound p of the walk is bound n - p of the recording; what leads to it is what follows there.
            features, position = features[::-1], position[::-1]
            half = edges.shape[1] // 2
            edges = np.concatenate([edges[::-1, half:], edges[::-1, :half]], axis=1)
        self.features = features
        self.scale = float(cdist(features, features).mean()) + 1e-9
        half = edges.shape[1] // 2
        leading = edges[:, :half]
        cost = costs.edge * cdist(leading, leading)
        before = features[np.maximum(np.arange(self.n + 1) - 1, 0)]
        cost = cost / (cost.mean() + 1e-9) + costs.context * cdist(before, before) / self.scale
        places = np.append(position, (position[-1] + (1 if not backward else -1)) % analysis.beats_a_bar)
        cost += costs.bar * (places[:, None] != places[None])
        cost += costs.jump
        arange = np.arange(self.n + 1)
        cost[arange, arange] = np.inf  # going on is no jump
        cost[:, self.n] = np.inf  # nothing begins at the end
        near = np.abs(arange[:, None] - arange[None]) < 2
        cost[near] = np.inf
        self.cost = cost
        k = min(N_JUMPS, max(1, self.n - 1))
        self.candidates = np.argpartition(cost, k - 1, axis=1)[:, :k]

    def forbid(self, bound: int, start: int) -> None:
        """Exclude the jump from a boundary to a slice; another candidate takes its place."""
        self.cost[bound, start] = np.inf
        k = self.candidates.shape[1]
        self.candidates[bound] = np.argpartition(self.cost[bound], k - 1)[:k]


def search(
    graph: JumpGraph,
    bound: int,
    slice_sec: FloatArray,
    seconds: float,
    *,
    targets: FloatArray | None = None,
    target_weights: FloatArray | None = None,
    slice_costs: FloatArray | None = None,
    adventure: float = 0.4,
    seed: int = 0,
    jump_first: bool = False,
) -> list[int]:
    """Find slices that continue from a boundary for a given length.

    Parameters
    ----------
    graph : JumpGraph
    bound : int
        Where the recording is left, 0 to ``graph.n``.
    slice_sec : ndarray, shape=(n,)
        Length of each slice, in the order of the graph's walk.
    seconds : float
        The plan is at least so long.
    targets : ndarray, shape=(m, n_features), optional
        Predicted features of each second; the last one holds for what is longer.
    target_weights : ndarray, shape=(n_features,), optional
        How much each feature counts in the distance to the targets.
    slice_costs : ndarray, shape=(n,), optional
        What each slice costs whenever it is played, in the order of the graph's walk.
    adventure : float in [0, 1]
        How much chance has a part in it.
    seed : int
    jump_first : bool
        Whether the first slice may not be the recording's own next one.

    Returns
    -------
    list of int
        Slices in the order of the walk.
    """
    costs, n = graph.costs, graph.n
    rng, noise = np.random.default_rng(seed), 0.15 + 0.5 * adventure
    position = np.array([bound])
    run = np.array([costs.run_slices if jump_first else 0])
    total, elapsed = np.zeros(1), np.zeros(1)
    used = np.zeros((1, n))
    history: list[tuple[IntArray, IntArray]] = []
    emission = _measure_emission(graph, targets, target_weights)
    fade = 1.0 - 1.0 / costs.memory_slices
    first = True
    while elapsed.min() < seconds and len(history) < 100_000:
        goals = np.concatenate([position[:, None], graph.candidates[position]], axis=1)  # (beams, 1 + k)
        step = np.concatenate(
            [np.zeros((len(position), 1)), graph.cost[position[:, None], goals[:, 1:]]], axis=1
        )
        step[:, 0] = np.where(goals[:, 0] >= n, np.inf, costs.run * np.maximum(0, run - costs.run_slices))
        if first and jump_first:
            step[:, 0] = np.inf
        # A run that has just begun goes on; at the recording's end it must jump all the same.
        young = (run < costs.min_run_slices) & (position < n) & (not first)
        step[young, 1:] = np.inf
        chosen = np.minimum(goals, n - 1)
        step += costs.repeat * np.take_along_axis(used, chosen, axis=1)
        if emission is not None:
            second = np.minimum(elapsed.astype(int), len(emission) - 1)
            step += costs.target * emission[second[:, None], chosen]
        if slice_costs is not None:
            step += slice_costs[chosen]
        step[:, 1:] += noise * rng.gumbel(size=step[:, 1:].shape)
        reached = total[:, None] + step
        keep = _keep_best(reached, goals)
        beam, column = np.divmod(keep, reached.shape[1])
        slices = goals[beam, column]
        history.append((beam, slices))
        run = np.where(column == 0, run[beam] + 1, 1)
        total = reached[beam, column]
        total -= total.min()
        elapsed = elapsed[beam] + slice_sec[slices]
        used = used[beam] * fade
        used[np.arange(len(slices)), slices] += 1.0
        position = slices + 1
        first = False
    return _cut_walk(_trace_back(history, int(np.argmin(total))), slice_sec, seconds)


def _trace_back(history: list[tuple[IntArray, IntArray]], place: int) -> list[int]:
    """The slices of one plan, read back from its end."""
    walk: list[int] = []
    for beam, slices in reversed(history):
        walk.append(int(slices[place]))
        place = int(beam[place])
    walk.reverse()
    return walk


def _measure_emission(
    graph: JumpGraph, targets: FloatArray | None, weights: FloatArray | None
) -> FloatArray | None:
    if targets is None or not len(targets):
        return None
    from scipy.spatial.distance import cdist

    scale = np.ones(graph.features.shape[1]) if weights is None else np.sqrt(weights)
    return np.asarray(cdist(targets * scale, graph.features * scale) / graph.scale)


def _keep_best(reached: FloatArray, goals: IntArray) -> IntArray:
    """Indices of the best continuations, at most one per target slice and source beam."""
    order = np.argsort(reached, axis=None)
    finite = order[np.isfinite(reached.ravel()[order])]
    if not len(finite):
        raise ValueError("No slice can follow; the recording has too few of them.")
    seen: dict[int, int] = {}
    keep = []
    for place in finite:
        goal = int(goals.ravel()[place])
        # Two plans at the same slice differ in their past only; a few of them are enough.
        if seen.get(goal, 0) < 3:
            seen[goal] = seen.get(goal, 0) + 1
            keep.append(place)
        if len(keep) == N_BEAMS:
            break
    return np.array(keep)


def _cut_walk(walk: list[int], slice_sec: FloatArray, seconds: float) -> list[int]:
    """Trim a plan after the slice that reaches the length."""
    lengths = np.cumsum(slice_sec[walk])
    return walk[: int(np.searchsorted(lengths, seconds - 1e-6)) + 1]


def runs(walk: list[int]) -> list[tuple[int, int]]:
    """Runs of a plan that follow the recording: first slice and the one after the last."""
    found: list[tuple[int, int]] = []
    for slice_ in walk:
        if found and found[-1][1] == slice_:
            found[-1] = (found[-1][0], slice_ + 1)
        else:
            found.append((slice_, slice_ + 1))
    return found
