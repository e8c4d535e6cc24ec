"""Mapping of features to the ten parameters of a scene: PCA, k-means, scaling, smoothing, order, interpolation.

The order of the steps: features are brought to the model's own scale; a mapping makes ten numbers of them;
these are scaled to [0, 1], smoothed, put in order and, if wanted, interpolated to another rate.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from core.arrays import Float32Array, FloatArray
from core.audioviz.mel_windows import RATE_HZ
from core.audioviz.sound_measures import PARAMETERS
from core.errors import InputError

if TYPE_CHECKING:
    from core.audioviz.extract import Hearing

Mapping = Literal["deterministic", "random", "pca", "kmeans", "kmeans_pca"]
ScalingAxis = Literal["across", "by"]
Scaling = Literal["standard", "minmax"]
Interpolation = Literal["linear", "hold", "cubic"]

N_PARAMETERS = len(PARAMETERS)
N_CLUSTERS = 10
# A number that moves less than this on the model's own scale counts as standing still: scaling it up to the
# whole range would show noise.
LEAST_DEVIATION = 0.01
MAX_SMOOTHING_SEC = 30.0
_MANY = 4_000  # moments that clusters are learned from, at most


def map_features(
    hearing: Hearing,
    *,
    mapping: Mapping = "deterministic",
    scaling_axis: ScalingAxis = "by",
    scaling: Scaling = "minmax",
    smoothing_sec: float = 0.1,
    zero_phase: bool = True,
    order: Sequence[int] = tuple(range(N_PARAMETERS)),
    seed: int = 0,
    rate_hz: float | None = None,
    interpolation: Interpolation = "linear",
) -> Float32Array:
    """Map features to ten scene parameters per frame.

    Parameters
    ----------
    hearing : Hearing
    mapping : str
        ``deterministic``: the model's first ten numbers as they are. ``random``: ten mixtures of all numbers by an
        orthonormal matrix drawn with `seed`. ``pca``: the ten principal components of the sound's own numbers, in
        order of their variance, then those of largest variance first. ``kmeans``: nearness to ten clusters of the
        sound's moments. ``kmeans_pca``: the principal components of these.
    scaling_axis : {"across", "by"}
        One scale for all ten numbers, or one for each. Across, a number that moves more than another stays so.
    scaling : {"standard", "minmax"}
        As in `scale`.
    smoothing_sec : float in [0, 30]
        Time constant in seconds: after it, a step has come to 63 % of its height (causal) or, zero-phase, to 82 %,
        having left its beginning as much before the step. 0 leaves the numbers as they are.
    zero_phase : bool
        Smooth forwards and backwards, so that nothing comes late; else forwards only, as a live sound would be.
    order : sequence of int
        A permutation of 0 to 9: parameter ``i`` is driven by number ``order[i]``.
    seed : int
        For ``random`` and for where the clusters begin.
    rate_hz : float in (0, 240], optional
        Rate of the result; the features' own 20 Hz by default.
    interpolation : {"linear", "hold", "cubic"}
        Between moments, where `rate_hz` is another: straight lines, steps, or monotone curves (Fritsch and
        Carlson 1980), which do not overshoot.

    Returns
    -------
    ndarray of float32, shape=(n, 10)
        Each in [0, 1], columns in the order of `PARAMETERS`. A number that stands still is 0.5 throughout.

    Raises
    ------
    InputError
        If a setting is none of these.

    Examples
    --------
    >>> from core.audio import Audio
    >>> from core.audioviz.extract import Listener
    >>> hearing = Listener().hear(Audio(np.sin(np.arange(44_100) ** 1.5 / 500), sr=22_050))
    >>> parameters = map_features(hearing, mapping="pca", rate_hz=60)
    >>> parameters.shape, bool(parameters.min() >= 0), bool(parameters.max() <= 1)
    ((118, 10), True, True)
    """
    _check(mapping, scaling_axis, scaling, interpolation, smoothing_sec, order)
    numbers = apply_mapping(hearing.scaled_codes, mapping, seed)
    values = scale(numbers, scaling_axis, scaling)
    values = smooth(values, smoothing_sec, zero_phase=zero_phase)
    values = values[:, list(order)]
    if rate_hz is not None and rate_hz != RATE_HZ:
        values = interpolate(values, rate_hz, interpolation)
    return np.asarray(np.clip(values, 0.0, 1.0), dtype=np.float32)


def _check(
    mapping: str, axis: str, scaling: str, interpolation: str, smoothing_sec: float, order: Sequence[int]
) -> None:
    for given, known, what in (
        (mapping, Mapping, "mapping"),
        (axis, ScalingAxis, "scaling axis"),
        (scaling, Scaling, "scaling"),
        (interpolation, Interpolation, "interpolation"),
    ):
        if given not in get_args(known):
            raise InputError(f'There is no {what} "{given}". Available: {", ".join(get_args(known))}.')
    if not 0 <= smoothing_sec <= MAX_SMOOTHING_SEC:
        raise InputError(f"Smoothing must be 0 to {MAX_SMOOTHING_SEC:.0f} seconds, not {smoothing_sec:g}.")
    if sorted(order) != list(range(N_PARAMETERS)):
        raise InputError(
            f"The order must name each number from 0 to {N_PARAMETERS - 1} once, not {', '.join(map(str, order))}."
        )


# Mapping.


def apply_mapping(features: NDArray[np.floating], mapping: Mapping, seed: int = 0) -> FloatArray:
    """Ten numbers from any number of features, unscaled: (n, d) -> (n, 10).

    Features are on the model's own scale, on which the range of each is about 1. Where a sound gives fewer than
    ten components, the rest are 0.
    """
    x = np.asarray(features, dtype=np.float64)
    if mapping == "deterministic":
        return _fill(x[:, :N_PARAMETERS])
    if mapping == "random":
        return x @ _orthonormal(x.shape[1], seed)
    if mapping == "pca":
        return principal_components(x)
    near = nearness(x, seed)
    return near if mapping == "kmeans" else principal_components(near)


def _fill(x: FloatArray) -> FloatArray:
    return np.pad(x, ((0, 0), (0, N_PARAMETERS - x.shape[1])))


def _orthonormal(d: int, seed: int) -> FloatArray:
    """Ten orthogonal directions, (d, 10), as far as the dimension allows."""
    rng = np.random.default_rng(seed)
    q, r = np.linalg.qr(rng.standard_normal((max(d, N_PARAMETERS), N_PARAMETERS)))
    q = q * np.sign(np.diag(r))
    return np.asarray(q[:d])


def principal_components(x: FloatArray) -> FloatArray:
    """The ten directions of largest variance of the sound's own features, (n, d) -> (n, 10).

    The sign of each is the one in which its largest weight is positive, so that it does not depend on the solver.
    """
    centerd = x - x.mean(axis=0)
    directions = np.linalg.svd(centerd, full_matrices=False)[2][:N_PARAMETERS]
    largest = np.take_along_axis(directions, np.abs(directions).argmax(axis=1)[:, None], axis=1)
    return _fill(centerd @ np.where(largest < 0, -directions, directions).T)


def nearness(x: FloatArray, seed: int = 0) -> FloatArray:
    """Nearness to ten clusters, (n, d) -> (n, 10): exp(-distance² / (2 s²)), s the mean distance to the nearest one.

    The original took 1 / distance, which has no bound. Clusters are found by k-means++ (Arthur and
    Vassilvitskii 2007) and Lloyd's steps, and are ordered by the time at which their moments lie on average.
    """
    from scipy.cluster.vq import kmeans2
    from scipy.spatial.distance import cdist

    rng = np.random.default_rng(seed)
    sample = x if len(x) <= _MANY else x[np.sort(rng.choice(len(x), _MANY, replace=False))]
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "One of the clusters is empty")  # it stays where it was
        centers, _ = kmeans2(sample, _choose_centers(sample, rng), iter=30, minit="matrix")
    distance = cdist(x, centers, "sqeuclidean")
    nearest = distance.argmin(axis=1)
    moments = np.arange(len(x))
    middle = [moments[nearest == k].mean() if (nearest == k).any() else np.inf for k in range(len(centers))]
    distance = distance[:, np.argsort(middle, kind="stable")]
    width = float(np.sqrt(distance.min(axis=1)).mean()) + 1e-9
    # Twice the mean: a moment is near to a few clusters, so that moving between two of them shows.
    return _fill(np.exp(-distance / (2 * (2 * width) ** 2)))


def _choose_centers(x: FloatArray, rng: np.random.Generator) -> FloatArray:
    from scipy.spatial.distance import cdist

    centers = x[[rng.integers(len(x))]]
    while len(centers) < min(N_CLUSTERS, len(x)):
        distance = cdist(x, centers, "sqeuclidean").min(axis=1)
        total = distance.sum()
        if total <= 1e-12:  # fewer different moments than clusters
            break
        centers = np.vstack([centers, x[rng.choice(len(x), p=distance / total)]])
    return centers


# Scaling, smoothing, interpolation.


def scale(numbers: FloatArray, axis: ScalingAxis, scaling: Scaling) -> FloatArray:
    """Scale ten numbers to [0, 1].

    ``minmax``: (x - least) / (most - least), of a number's own values, or of all ten numbers together; least and
    most without the outermost hundredth, because one click or a second of silence would take the whole range.
    ``standard``: z = (x - mean) / deviation, then the normal distribution function of z, which is 0.5 at the mean,
    0.16 and 0.84 one deviation away, and never quite 0 or 1. The original cut 0.5 + 0.4 z off at 0 and 1.

    A number whose deviation is below `LEAST_DEVIATION` becomes 0.5 where each has its own scale.
    """
    from scipy.special import ndtr

    over = 0 if axis == "by" else None
    moves = numbers.std(axis=over, keepdims=True) >= LEAST_DEVIATION
    if scaling == "standard":
        deviation = np.where(moves, numbers.std(axis=over, keepdims=True), 1.0)
        values = ndtr((numbers - numbers.mean(axis=over, keepdims=True)) / deviation)
    else:
        low, high = (np.percentile(numbers, q, axis=over, keepdims=True) for q in (1, 99))
        span = high - low
        values = np.clip((numbers - low) / np.where(span > LEAST_DEVIATION / 10, span, 1.0), 0.0, 1.0)
    return np.asarray(np.where(moves, values, 0.5))


def smooth(
    values: FloatArray, smoothing_sec: float, *, zero_phase: bool = True, rate_hz: float = RATE_HZ
) -> FloatArray:
    """An exponential mean with a time constant in seconds, (n, 10) -> (n, 10).

    ``y[i] = k y[i - 1] + (1 - k) x[i]`` with ``k = exp(-1 / (seconds * rate))``, begun with the first value; zero-phase,
    the same is done once more from the end. The original's slider at its middle had a constant of 15 ms.
    """
    from scipy.signal import lfilter

    if smoothing_sec <= 0:
        return values
    keep = float(np.exp(-1.0 / (smoothing_sec * rate_hz)))

    def once(x: FloatArray) -> FloatArray:
        """One forward smoothing pass."""
        result, _ = lfilter([1 - keep], [1, -keep], x, axis=0, zi=keep * x[:1])
        return np.asarray(result)

    forwards = once(values)
    return once(forwards[::-1])[::-1] if zero_phase else forwards


def interpolate(values: FloatArray, rate_hz: float, how: Interpolation = "linear") -> FloatArray:
    """The same curves at another rate, over the same time.

    Raises
    ------
    InputError
        If the rate lies outside (0, 240] Hz.
    """
    if not 0 < rate_hz <= 240:
        raise InputError(f"The parameter rate must be above 0 and at most 240 per second, not {rate_hz:g}.")
    times = np.arange(len(values)) / RATE_HZ
    wanted = np.arange(int(np.floor((len(values) - 1) * rate_hz / RATE_HZ + 1e-9)) + 1) / rate_hz
    if how == "hold":
        return np.asarray(values[np.minimum((wanted * RATE_HZ + 1e-9).astype(int), len(values) - 1)])
    if how == "cubic" and len(values) > 1:
        from scipy.interpolate import PchipInterpolator

        return np.asarray(PchipInterpolator(times, values, axis=0)(wanted))
    return np.stack([np.interp(wanted, times, column) for column in values.T], axis=1)
