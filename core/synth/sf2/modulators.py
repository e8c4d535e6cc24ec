"""Modulators of a SoundFont: what velocity and key add to the generators of a zone.

After FluidSynth 2.3 (``fluid_mod.c``, ``fluid_conv.c``): a modulator adds source x second source x amount to a
generator; linear, concave, convex and switch curves, in both directions, with and without sign. Controllers count
with the value that they have unless a piece moves them, because both engines follow the same few (see
`core.synth.note_events`), and those have their own rules.

Velocity to attenuation is left out on purpose, and `core.synth.sf2.excerpt` writes the standard's amount for
FluidSynth: a font that follows velocity with less would make quiet data louder than another font does.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

Modulators = Mapping[tuple[int, int, int], int]
"""Amounts by source, destination and second source, numbered as in the file."""

VELOCITY_TO_ATTENUATION = (0x0502, 48, 0)
VELOCITY_TO_FILTER = (0x0102, 8, 0x0D02)
WHEEL_TO_VIBRATO = (0x0081, 6, 0)
MAX_MODULATORS = 64  # of a zone; FluidSynth reads as many
_IGNORED = {VELOCITY_TO_ATTENUATION, VELOCITY_TO_FILTER, WHEEL_TO_VIBRATO}
# Places in the sample, ranges and indices are no values that could be added to.
_FIXED = {0, 1, 2, 3, 4, 12, 41, 43, 44, 45, 46, 47, 50, 53, 54, 57, 58}
_FOLLOWED = {0x80 | number for number in (1, 7, 10, 11)}
_RESTING = {14: 0.5, 16: 2.0 / 127.0}  # pitch wheel in the middle, two semitones of range
_CURVE = 400.0 / 960.0


def read_modulators(rows: NDArray[np.void]) -> dict[tuple[int, int, int], int]:
    """Amounts of the modulators of one zone; of two that link the same, the last one counts."""
    rows = rows[:MAX_MODULATORS]
    names = zip(rows["src"].tolist(), rows["dest"].tolist(), rows["amt_src"].tolist(), strict=True)
    return dict(zip(names, rows["amount"].tolist(), strict=True))


def added_modulators(
    inner: Modulators, outer: Modulators, n_generators: int
) -> tuple[tuple[int, int, int, int], ...]:
    """Source, destination, second source and amount of what instrument and preset modulators add up to.

    Parameters
    ----------
    inner, outer : mapping
        Of the instrument's zone and of the preset's, which are added.
    n_generators : int
        Destinations from this number on do not exist.
    """
    total = dict(inner)
    for name, amount in outer.items():
        total[name] = total.get(name, 0) + amount
    return tuple(
        (*name, amount)
        for name, amount in total.items()
        if amount
        and name not in _IGNORED
        and name[1] < n_generators
        and name[1] not in _FIXED
        and not {name[0] & 0xFF, name[2] & 0xFF} & _FOLLOWED
    )


def offsets(modulators: tuple[tuple[int, int, int, int], ...], key: int, velocity: int) -> dict[int, float]:
    """What `modulators` add to each generator for one key and velocity."""
    sums: dict[int, float] = {}
    for source, destination, second, amount in modulators:
        if source & 0x7F == 0 and not source & 0x80:
            continue  # FluidSynth: no source, no effect
        value = amount * _value(source, key, velocity)
        if second:
            value *= _value(second, key, velocity)
        sums[destination] = sums.get(destination, 0.0) + value
    return sums


def _value(source: int, key: int, velocity: int) -> float:
    """The source's value through its curve, in [0, 1] or, with sign, [-1, 1]."""
    index, is_controller = source & 0x7F, bool(source & 0x80)
    raw = 0.0 if is_controller else {2: velocity / 128.0, 3: key / 128.0, **_RESTING}.get(index, 0.0)
    is_negative, has_sign, curve = bool(source & 0x100), bool(source & 0x200), source >> 10
    x = 1.0 - raw if is_negative else raw
    if not has_sign:
        return _bend(x, curve)
    return math.copysign(_bend(abs(2.0 * x - 1.0), curve), x - 0.5)


def _bend(x: float, curve: int) -> float:
    """A curve from 0 to 1: linear, concave, convex, switch."""
    if curve == 1:
        return min(-_CURVE * math.log10(max(1.0 - x, 1e-9)), 1.0)
    if curve == 2:
        return max(1.0 + _CURVE * math.log10(max(x, 1e-9)), 0.0)
    if curve == 3:
        return float(x >= 0.5)
    return x
