"""Pitches of each voice before they are placed in time: values scaled jointly with those of the voices that share a scale."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from core.arrays import BoolArray, FloatArray
from core.errors import join_words
from core.sonify.pitch_scales import choose_registers, group_voices, group_without_scalings
from core.sonify.scaling import choose_scaling, is_skewed, n_pitches, quantize, spread
from core.sonify.settings import Settings, Voice
from core.tables.table import Table

# A voice that fills less than this of the scale it shares gets the advice to have one of its own.
NARROW_SHARE = 0.15


@dataclass(frozen=True, kw_only=True)
class Line:
    """One voice before it is placed in time: values and pitches of its points.

    Attributes
    ----------
    voice : Voice
    name : str
    values, level : ndarray of float, shape=(n_points,)
        Value, NaN at a gap, and its place from 0 to 1.
    scaling : str
        The scaling that was used.
    pitch : ndarray of float, shape=(n_points,)
        MIDI note numbers of the direct mapping, NaN where silent.
    sounds, chosen : ndarray of bool, shape=(n_points,)
        Where it sounds, and where it might.
    pitch_scale : int
        Number of its scale of values.
    """

    voice: Voice
    name: str
    values: FloatArray
    level: FloatArray
    scaling: str
    pitch: FloatArray
    sounds: BoolArray
    chosen: BoolArray
    pitch_scale: int


def map_lines(
    series: Sequence[FloatArray], own_chosen: Sequence[BoolArray], settings: Settings, table: Table
) -> tuple[Line, ...]:
    """Map the values of each scale to levels, jointly for its voices, and the levels to pitches.

    Parameters
    ----------
    series : sequence of ndarray of float, shape=(n_points,)
        Values of each voice, NaN at a gap.
    own_chosen : sequence of ndarray of bool, shape=(n_points,)
        Where each voice might sound.
    settings : Settings
    table : Table
        Its columns say which voices share a scale.
    """
    lines: dict[int, Line] = {}
    names, scales = settings.name_voices(), group_voices(table, settings)
    shared = group_without_scalings(table, settings)
    for scale in dict.fromkeys(scales):
        places = [place for place, number in enumerate(scales) if number == scale]
        scaling = settings.voices[places[0]].scaling or settings.scaling
        spread_over = places
        if scaling == settings.scaling:
            # A voice that left for a scaling of its own leaves the others where they were.
            spread_over = [place for place, number in enumerate(shared) if number == shared[places[0]]]
            together = np.concatenate([series[place] for place in spread_over])
            if scaling == "log" and (together <= 0).any():
                spread_over = places
        together = np.concatenate([series[place] for place in spread_over])
        if scaling == "auto":
            scaling = choose_scaling(together, _count_pitches(spread_over, settings, shared))
        levels = np.split(spread(together, scaling), len(spread_over))
        for place, level in zip(spread_over, levels, strict=True):
            if place not in places:
                continue
            voice, sounds = settings.voices[place], own_chosen[place] & ~np.isnan(level)
            lines[place] = Line(
                voice=voice,
                name=names[place],
                values=series[place],
                level=level,
                scaling=scaling,
                pitch=np.where(sounds, quantize(level, voice, settings), np.nan),
                sounds=sounds,
                chosen=own_chosen[place],
                pitch_scale=scale,
            )
    return tuple(lines[place] for place in range(len(series)))


def _count_pitches(places: Sequence[int], settings: Settings, shared: Sequence[int]) -> int:
    """Fewest pitches of some voices, by which the automatic scaling is chosen.

    Above an accompaniment the default register is smaller. It counts as that of the mode Direct, so that the same settings
    have the same scaling in every mode.
    """
    voices = settings.voices
    usual = choose_registers(shared, settings.mode)
    direct = choose_registers(shared, "direct")
    counted = [
        replace(voices[place], low=direct[place][0], high=direct[place][1])
        if (voices[place].low, voices[place].high) == usual[place]
        else voices[place]
        for place in places
    ]
    return min(n_pitches(voice, settings) for voice in counted)


def advise_scales(lines: Sequence[Line], settings: Settings) -> list[str]:
    """Recommend other scales for voices that hardly move, and a logarithmic one for skewed data."""
    advice = []
    for line in lines:
        shares = [
            other.name for other in lines if other.pitch_scale == line.pitch_scale and other is not line
        ]
        span = float(np.nanmax(line.level) - np.nanmin(line.level))
        if shares and np.unique(line.values[~np.isnan(line.values)]).size > 1 and span < NARROW_SHARE:
            advice.append(
                f"{line.name} uses only {span:.0%} of the pitch scale that it shares with {join_words(shares)}. To hear its own "
                "changes, choose a separate pitch scale for each column."
            )
    skewed = [
        line.name
        for line in lines
        if line.scaling == "linear"
        and (line.voice.scaling or settings.scaling) == "linear"
        and is_skewed(line.values)
    ]
    if skewed:
        verb = "is" if len(skewed) == 1 else "are"
        advice.append(
            f"{join_words(skewed)} {verb} strongly skewed: most values sound low. A logarithmic scaling would spread them out."
        )
    return advice
