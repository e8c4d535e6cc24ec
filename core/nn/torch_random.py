"""Random numbers identical to ``torch.Generator`` on a CPU, without torch, so that seeds keep their results.

Both are the Mersenne Twister of Matsumoto and Nishimura (1998), which numpy has, too; what torch makes of its whole
numbers is written down here.
"""

from __future__ import annotations

import numpy as np

from core.arrays import Float32Array

_BLOCK = 16  # torch makes normal numbers by so many, eight pairs


class TorchGenerator:
    """``torch.Generator().manual_seed(seed)``; belongs to one call.

    Examples
    --------
    >>> generator = TorchGenerator(0)
    >>> [f"{value:.4f}" for value in generator.normal(16)[:3]]  # torch.randn(16, generator=...)
    ['-1.1258', '-1.1524', '-0.2506']
    >>> generator.choose(np.array([0.5, 0.2, 0.3], dtype=np.float32)) in (0, 1, 2)
    True
    """

    def __init__(self, seed: int) -> None:
        self._twister = np.random.RandomState(seed & 0xFFFFFFFF)

    def normal(self, n: int) -> Float32Array:
        """``torch.randn(n)`` of at least 16 numbers, up to rounding, after Box and Muller (1958)."""
        if n < _BLOCK:
            raise ValueError(f"torch draws fewer than {_BLOCK} numbers in another way; asked for {n}.")
        drawn, whole = self._uniform(n), n - n % _BLOCK
        for start in range(0, whole, _BLOCK):
            drawn[start : start + _BLOCK] = _box_muller(drawn[start : start + _BLOCK])
        if whole < n:
            drawn[-_BLOCK:] = _box_muller(self._uniform(_BLOCK))
        return drawn

    def choose(self, weights: Float32Array) -> int:
        """``torch.multinomial(weights, 1)``: the largest of the weights, each divided by an exponential number."""
        high, low = self._whole(2 * len(weights)).astype(np.uint64).reshape(-1, 2).T
        uniform = (((high << np.uint64(32)) | low) & np.uint64(2**53 - 1)) * 2.0**-53
        return int(np.argmax(weights / (-np.log1p(-uniform)).astype(np.float32)))

    def _whole(self, n: int) -> np.ndarray[tuple[int, ...], np.dtype[np.uint32]]:
        return self._twister.randint(0, 2**32, n, dtype=np.uint32)

    def _uniform(self, n: int) -> Float32Array:
        return (self._whole(n) & np.uint32(2**24 - 1)).astype(np.float32) * np.float32(2**-24)


def _box_muller(uniform: Float32Array) -> Float32Array:
    first, second = uniform[: _BLOCK // 2], uniform[_BLOCK // 2 :]
    radius = np.sqrt(np.float32(-2) * np.log(np.float32(1) - first))
    angle = np.float32(2 * np.pi) * second
    return np.concatenate([radius * np.cos(angle), radius * np.sin(angle)])
