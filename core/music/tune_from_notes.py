"""Quantization of played or sung notes to a tune: sixteenth grid, bar lines, octave range."""

from __future__ import annotations

from collections.abc import Sequence

from core.errors import InputError
from core.music.tune import TICKS, Key, Meter, Tune, regular_bars
from core.music.tune_reading import fill_with_rests

_GRID = TICKS // 4  # a sixteenth
MAX_LINE_NOTES = 2_000


def line_as_tune(
    notes: Sequence[tuple[float, float, int]],
    *,
    key: str,
    mode: str,
    meter: str,
    upbeat: float = 0.0,
) -> Tune:
    """Lay bars over a line.

    Parameters
    ----------
    notes : sequence of (float, float, int)
        Onset and length in quarters, and MIDI note number, in order of time. They are moved to the nearest
        sixteenth; the first begins the tune, a gap becomes a rest, and an overlap goes to the later note.
    key, mode, meter : str
        ``"Bb"``, ``"dorian"``, ``"6/8"``.
    upbeat : float
        Quarters before the first bar line.

    Returns
    -------
    Tune

    Raises
    ------
    InputError
        If there is no note, there are too many, or the upbeat does not fit into a bar.
    """
    if not notes:
        raise InputError("This opening has no notes. Use one that starts with a melody.")
    if len(notes) > MAX_LINE_NOTES:
        raise InputError(f"This melody has {len(notes):,} notes. Use at most {MAX_LINE_NOTES:,}.")
    the_key, the_meter = Key(tonic=key, mode=mode), Meter(meter=meter)
    pickup = round(upbeat * 4) * _GRID
    if not 0 <= pickup < max(the_meter.bar_tick, 1):
        raise InputError(
            f"A pickup of {upbeat:g} quarter notes does not fit in a bar of {the_meter.bar_tick / TICKS:g}."
        )
    first = round(notes[0][0] * 4)
    onsets = [(round(onset * 4) - first) * _GRID for onset, _, _ in notes]
    line: list[tuple[int, int, int]] = []
    place = 0
    for i, (_, length, pitch) in enumerate(notes):
        begin = max(place, onsets[i])
        place = max(begin + _GRID, begin + round(length * 4) * _GRID)
        if i + 1 < len(notes):
            place = max(begin + _GRID, min(place, onsets[i + 1]))
        line.append((begin, place, pitch))
    bars = regular_bars(place, (the_meter,), pickup) or (pickup,)
    return Tune(events=fill_with_rests(line), bars=bars, keys=(the_key,), meters=(the_meter,))


def move_into_range(tune: Tune, low: int, high: int) -> Tune:
    """The tune as few octaves away as brings it between two MIDI notes; unchanged where no octave does."""
    if not tune.pitches:
        return tune
    fits = [
        12 * octaves
        for octaves in range(-10, 11)
        if min(tune.pitches) + 12 * octaves >= low and max(tune.pitches) + 12 * octaves <= high
    ]
    return tune.transposed(min(fits, key=abs)) if fits else tune
