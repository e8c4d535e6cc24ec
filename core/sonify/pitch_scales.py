"""Pitch scales: which voices share one scale of values, and the register of each scale.

On a shared scale the same value has the same pitch, so that voices can be compared with each other. On scales of their own
each voice fills its range, and only its own rises and falls can be compared.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from core.arrays import FloatArray
from core.sonify.settings import DEFAULT_RANGES, PITCH_SCALES, Settings, Voice
from core.tables.name_words import list_words, split_words
from core.tables.readers.cell_kinds import looks_like_unit
from core.tables.table import Table

#: The rule in words, for help texts.
RULE_IN_WORDS = (
    "Columns with the same unit share one scale, so equal values have the same pitch. Without units, columns share one if their "
    "names give the same measure (“temp min” and “temp max”) and their ranges overlap. Seasonal and residual parts have their own."
)
# Measures that columns are named after where no unit is given.
_MEASURES = list_words(
    "price prices cost costs sales revenue income profit spending budget wage wages salary temperature temperatures temp rain "
    "rainfall precipitation snow humidity wind speed pressure depth level height length width distance weight mass area "
    "volume power energy consumption production load voltage current flow traffic population people births deaths cases "
    "visits visitors users views clicks orders passengers students score scores rating ratings grade rate percent share "
    "index age duration latency yield"
)
# What is said of a measure, and is none itself.
_QUALIFIERS = list_words(
    "min minimum max maximum mean avg average median total sum low lower lowest high higher highest open close adj adjusted first "
    "last actual forecast predicted expected target budgeted daily weekly monthly quarterly yearly annual previous current now "
    "new old before after today yesterday in of the per a by and for jan feb mar apr may jun jul aug sep oct nov dec"
)
_PRICES_OF_A_DAY = list_words("open high low close adj adjusted")
# Names that say nothing of what they hold.
_GENERIC = list_words(
    "value values data column col series variable var number count y x unnamed field measure"
)
_BRACKETED = re.compile(r"[(\[]([^()\[\]]{1,30})[)\]]\s*$")
_DEVIATIONS = ("season", "rest")

# From C2 to C7, and above an accompaniment from C4: what several scales share out among them.
_SPANS = {"direct": (36, 96), "melody": (36, 96), "piece": (60, 96)}
# From the lowest register up: the default instruments are cello, piano, marimba and flute.
_FROM_LOW_TO_HIGH = (3, 0, 1, 2)


def group_voices(table: Table, settings: Settings) -> tuple[int, ...]:
    """Number the scales of values: voices with the same number share one.

    Parameters
    ----------
    table : Table
        Its columns know their units; ranges are those of whole columns.
    settings : Settings
        ``pitch_scale`` and the voices are used. Voices with different scalings never share.

    Returns
    -------
    tuple of int
        A number each voice, counted from 0 in the order of the voices.

    Examples
    --------
    >>> from core.tables.table import read_text
    >>> table = read_text("day,temp min (°C),temp max (°C),rain (mm)\\n1,3,9,0\\n2,4,11,7")
    >>> voices = tuple(Voice(column=name) for name in table.frame.columns[[1, 3, 2]])
    >>> group_voices(table, Settings(voices=voices))
    (0, 1, 0)
    >>> group_voices(table, Settings(voices=voices, pitch_scale="separate"))
    (0, 1, 2)
    """
    numbers: list[int] = []
    for place, voice in enumerate(settings.voices):
        shared = (
            numbers[i] for i in range(place) if _share_scale(table, settings.voices[i], voice, settings)
        )
        numbers.append(next(shared, max(numbers, default=-1) + 1))
    return tuple(numbers)


def group_without_scalings(table: Table, settings: Settings) -> tuple[int, ...]:
    """Number the scales as `group_voices`, as if no voice had a scaling of its own.

    Registers and automatic scalings follow these groups, so that a voice that leaves a shared scale changes no other voice.

    Examples
    --------
    >>> from core.tables.table import read_text
    >>> table = read_text("day,temp min (°C),temp max (°C)\\n1,3,9\\n2,4,11")
    >>> low, high = (Voice(column=name) for name in table.frame.columns[1:])
    >>> settings = Settings(voices=(low, replace(high, scaling="rank")))
    >>> group_voices(table, settings), group_without_scalings(table, settings)
    ((0, 1), (0, 0))
    """
    voices = tuple(replace(voice, scaling=None) for voice in settings.voices)
    return group_voices(table, replace(settings, voices=voices))


def _share_scale(table: Table, one: Voice, other: Voice, settings: Settings) -> bool:
    if settings.pitch_scale not in PITCH_SCALES[:2]:
        return False
    # A season swings around zero: beside the values it is part of it would not be heard.
    if (one.part in _DEVIATIONS) != (other.part in _DEVIATIONS):
        return False
    if (one.scaling or settings.scaling) != (other.scaling or settings.scaling):
        return False
    if one.column == other.column or settings.pitch_scale == "all":
        return True
    units = [_find_unit(table, voice.column) for voice in (one, other)]
    if any(units):
        return units[0] == units[1]
    measures = [name_measure(voice.column) for voice in (one, other)]
    return bool(measures[0]) and measures[0] == measures[1] and _overlap(table, one.column, other.column)


def _find_unit(table: Table, name: str) -> str:
    """The unit that a column states, beside its name or in brackets at the end of it; empty where there is none."""
    unit = next((column.unit for column in table.columns if column.name == name), "")
    if not unit:
        bracketed = _BRACKETED.search(name)
        unit = bracketed[1] if bracketed and looks_like_unit(bracketed[1]) else ""
    return "".join(unit.split()).casefold()


def name_measure(name: str) -> frozenset[str]:
    """Words in a column's name that name the quantity measured, if any.

    Examples
    --------
    >>> sorted(name_measure("Sales 2020")), sorted(name_measure("north_sales")), sorted(name_measure("Adj Close"))
    (['sales'], ['sales'], ['price'])
    >>> sorted(name_measure("value 2"))
    []
    """
    words = [word for word in split_words(name) if not word.isdigit()]
    if words and all(word in _PRICES_OF_A_DAY for word in words):
        return frozenset({"price"})
    said = frozenset(words) - _QUALIFIERS
    return said & _MEASURES or said - _GENERIC


def _overlap(table: Table, one: str, other: str) -> bool:
    """Whether the ranges of two numeric columns overlap."""
    lows, highs = [], []
    for name in (one, other):
        if name not in table.frame.columns or table.frame[name].dtype.kind not in "iuf":
            return False
        values = table.frame[name].to_numpy(dtype=float)
        values = values[np.isfinite(values)]
        if not len(values):
            return False
        lows.append(values.min())
        highs.append(values.max())
    return bool(max(lows) <= min(highs))


def choose_registers(scales: Sequence[int], mode: str) -> tuple[tuple[int, int], ...]:
    """Default register of each voice: one per value scale, without overlap.

    Parameters
    ----------
    scales : sequence of int
        As `group_voices` gives them.
    mode : {"direct", "melody", "piece"}

    Returns
    -------
    tuple of (int, int)
        Lowest and highest MIDI note number of each voice.

    Examples
    --------
    >>> choose_registers((0, 0), "direct"), choose_registers((0, 1), "direct")
    (((36, 84), (36, 84)), ((36, 65), (66, 96)))
    """
    first = {scale: scales.index(scale) for scale in dict.fromkeys(scales)}
    if len(first) < 2:
        return (DEFAULT_RANGES[mode],) * len(scales)
    low, high = _SPANS[mode]
    ends: FloatArray = np.linspace(low, high + 1, len(first) + 1)
    order = sorted(first, key=lambda scale: _FROM_LOW_TO_HIGH.index(first[scale] % len(_FROM_LOW_TO_HIGH)))
    ranges = {scale: (int(ends[place]), int(ends[place + 1]) - 1) for place, scale in enumerate(order)}
    return tuple(ranges[scale] for scale in scales)
