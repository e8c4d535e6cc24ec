"""Tunes to MIDI (PrettyMIDI) and back: melody, meter, key, pickup.

MIDI knows neither phrases nor spelling nor modes beyond major and minor; free meter is not written either.
A pickup is written as the habit of notation programs is: a first bar with a time signature of its own.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from typing import TypeVar

import numpy as np
import pretty_midi
from pretty_midi import PrettyMIDI

from core.errors import InputError, keep_printable
from core.music.key import tonic_and_mode
from core.music.spelling import shown_key
from core.music.tune import FREE, TICKS, Key, Meter, Tune, in_force, regular_bars, tonic_name
from core.music.tune_reading import (
    DENOMINATORS,
    MAX_NOTES,
    add_change,
    check_changes,
    check_length,
    check_tune,
    fill_with_rests,
)

# Gaps and overlaps below a thirty-second are a matter of touch, not of rhythm.
_TOUCH = TICKS // 8
# A player's notes are set on the sixteenths and on the triplets of eighths.
_GRIDS = (TICKS // 4, TICKS // 3)
# From fewer notes no key is told.
_MIN_KEY_NOTES = 6

_Change = TypeVar("_Change", Key, Meter)


def check_playing(tempo_qpm: float, program: int, velocity: int = 90) -> None:
    """Refuse what `to_midi` cannot play.

    Raises
    ------
    InputError
    """
    if not 20 <= tempo_qpm <= 400:
        raise InputError(f"The tempo must be 20 to 400 BPM, not {tempo_qpm:g}.")
    if not 0 <= program <= 127 or not 1 <= velocity <= 127:
        raise InputError("Instruments are numbered 0 to 127, and velocities range from 1 to 127.")


def to_midi(
    tune: Tune, *, tempo_qpm: float = 100.0, program: int = 73, velocity: int = 90, name: str = "Tune"
) -> PrettyMIDI:
    """Make notes of a tune.

    Parameters
    ----------
    tune : Tune
    tempo_qpm : float in [20, 400]
        Quarters a minute.
    program : int in [0, 127]
        General MIDI instrument; 73 is the flute.
    velocity : int in [1, 127]
    name : str
        The track's; the title of the tune.

    Returns
    -------
    PrettyMIDI
        One instrument; key and time signatures where they change. Church modes have the signature of the
        major key with the same accidentals.

    Raises
    ------
    InputError
        If a setting is out of its range.
    """
    check_playing(tempo_qpm, program, velocity)
    pm = PrettyMIDI(resolution=TICKS, initial_tempo=float(tempo_qpm))
    tick_sec = 60.0 / tempo_qpm / TICKS
    part = pretty_midi.Instrument(program=program, name=name or "Tune")
    for event in tune.events:
        if event.pitch is not None:
            begin, end = event.onset_tick * tick_sec, event.end_tick * tick_sec
            part.notes.append(pretty_midi.Note(velocity, event.pitch, begin, end))
    pm.instruments.append(part)
    for tick, meter in _time_signatures(tune):
        above, below = (int(number) for number in meter.split("/"))
        pm.time_signature_changes.append(pretty_midi.TimeSignature(above, below, tick * tick_sec))
    for key in tune.keys:
        pm.key_signature_changes.append(pretty_midi.KeySignature(_key_number(key), key.onset_tick * tick_sec))
    return pm


def _time_signatures(tune: Tune) -> list[tuple[int, str]]:
    found = [(meter.onset_tick, meter.meter) for meter in tune.meters if meter.meter != FREE]
    first, pickup = tune.meters[0], tune.pickup_tick
    if (
        first.meter != FREE
        and 0 < pickup < first.bar_tick
        and all(tick == 0 or tick > pickup for tick, _ in found)
    ):
        part = Fraction(pickup, 4 * TICKS)
        if part.denominator in (1, 2, 4, 8, 16, 32):
            # In the beats of the meter where they serve: a pickup of a quarter in 6/8 is 2/8.
            below = max(part.denominator, int(first.meter.split("/")[1]))
            above = part.numerator * below // part.denominator
            found = [(0, f"{above}/{below}"), (pickup, first.meter), *found[1:]]
    return found


def _key_number(key: Key) -> int:
    if key.mode == "minor":
        return 12 + key.pitch_class
    fifths = 0 if key.mode == "major" else shown_key(key).fifths
    return key.pitch_class if key.mode == "major" else (fifths * 7) % 12


def read_midi(pm: PrettyMIDI) -> tuple[Tune, list[str]]:
    """Read the melody: of the first track that has notes, the top voice.

    Parameters
    ----------
    pm : PrettyMIDI
        Such as :func:`core.music.midi.from_bytes` gives.

    Returns
    -------
    Tune
        It begins with the bar, or the pickup, in which its first note is heard; without phrases.
    list of str
        Sentences about what was chosen, set on the grid or guessed.

    Raises
    ------
    InputError
        If no track but drums has a note, or there are too many.
    """
    parts = [part for part in pm.instruments if part.notes and not part.is_drum]
    if not parts:
        raise InputError(
            "This MIDI file has no melody: only drums play, or nothing does. Choose another file."
        )
    said: list[str] = []
    part = parts[0]
    if len(part.notes) > MAX_NOTES:
        raise InputError(
            f"The first track of this MIDI file has {len(part.notes):,} notes; at most {MAX_NOTES:,} can be read."
        )
    check_changes(len(pm.time_signature_changes) + len(pm.key_signature_changes), "MIDI file")
    label = keep_printable(part.name)[:40] or "without a name"
    if len(parts) > 1:
        said.append(f"{len(parts)} tracks have notes. Only the first is used ({label}).")
    played, grid = _on_grid([(_tick(pm, n.start), _tick(pm, n.end), int(n.pitch)) for n in part.notes])
    if grid:
        said.append("The timing is free. Notes are quantized to sixteenths and triplets.")
    check_length(max(end for _, end, _ in played), "MIDI file")
    line, polyphonic = _top_voice(played)
    if polyphonic:
        said.append(f"Several notes sound at once. Only the top voice of the first track is used ({label}).")
    meters, pickup = _meters(pm, said)
    silence, pickup = _find_beginning(line[0][0], meters, pickup)
    line = [(begin - silence, end - silence, pitch) for begin, end, pitch in line]
    meters = _shift_changes(meters, silence)
    events = fill_with_rests(line)
    length = events[-1].end_tick
    bars = regular_bars(length, meters, pickup) or (0,)
    keys = _shift_changes(_keys(pm, line, said), silence)
    tune = Tune(events=events, bars=bars, keys=keys, meters=meters)
    return check_tune(tune, "MIDI file"), said


def _tick(pm: PrettyMIDI, sec: float) -> int:
    return round(float(pm.time_to_tick(sec)) * TICKS / int(pm.resolution))


def _on_grid(played: list[tuple[int, int, int]]) -> tuple[list[tuple[int, int, int]], bool]:
    """Leave written music as it is; pull played music to the grid."""
    # Everything that notation programs write is a multiple of a 128th, of a triplet 64th or of a quintuplet.
    exact = sum(any(begin % unit == 0 for unit in (15, 20, 12)) for begin, _, _ in played)
    if exact >= 0.9 * len(played):
        return played, False
    pulled = [(_nearest(begin), _nearest(end), pitch) for begin, end, pitch in played]
    return [(begin, max(end, begin + _GRIDS[0]), pitch) for begin, end, pitch in pulled], True


def _nearest(tick: int) -> int:
    places: list[int] = [round(tick / unit) * unit for unit in _GRIDS]
    return min(places, key=lambda place: abs(place - tick))


def _top_voice(played: list[tuple[int, int, int]]) -> tuple[list[tuple[int, int, int]], bool]:
    line: list[tuple[int, int, int]] = []
    polyphonic = False
    # At one place the highest comes first.
    for begin, end, pitch in sorted(played, key=lambda note: (note[0], -note[2])):
        if end <= begin:
            continue
        if line and begin < line[-1][1]:
            last = line[-1]
            legato = last[1] - begin <= _TOUCH and begin > last[0]
            if not legato:
                polyphonic = True
                if pitch <= last[2] or begin == last[0]:
                    continue
            line[-1] = (last[0], begin, last[2])
        line.append((begin, end, pitch))
    if not line:
        raise InputError("The notes of this MIDI file have no length. Export it again.")
    # A gap of less than a thirty-second belongs to the note before it.
    closed = [
        (begin, following[0] if 0 < following[0] - end < _TOUCH else end, pitch)
        for (begin, end, pitch), following in pairwise(line)
    ]
    return [*closed, line[-1]], polyphonic


def _meters(pm: PrettyMIDI, said: list[str]) -> tuple[tuple[Meter, ...], int]:
    """The meters, and the length of the pickup if the first bar has a shorter meter of its own."""
    found: list[Meter] = []
    for change in sorted(pm.time_signature_changes, key=lambda change: float(change.time)):
        above, below = change.numerator, change.denominator
        if 1 <= above <= 99 and below in DENOMINATORS:
            add_change(found, Meter(onset_tick=_tick(pm, change.time), meter=f"{above}/{below}"))
    if not found:
        said.append("The file has no time signature. 4/4 is assumed.")
        return (Meter(meter="4/4"),), 0
    if len(found) > 1 and found[0].bar_tick == found[1].onset_tick < found[1].bar_tick:
        return (replace(found[1], onset_tick=0), *found[2:]), found[0].bar_tick
    return tuple(found), 0


def _find_beginning(first: int, meters: tuple[Meter, ...], pickup: int) -> tuple[int, int]:
    """How much silence before the first note is left out, and the length of the pickup with which the tune begins.

    Whole bars of silence are no music. Of a bar that begins with silence for half of it or more, the rest is a pickup,
    as in files whose first bar is filled up.
    """
    bars = regular_bars(first + 1, meters, pickup)
    at = bisect_right(bars, first) - 1
    if at < 0:
        # Within the pickup, which is then the shorter.
        return first, pickup - first
    bar = in_force(meters, bars[at]).bar_tick
    rest = first - bars[at]
    if 0 < bar <= 2 * rest:
        return first, bar - rest
    return (bars[at], 0) if at > 0 or pickup == 0 else (0, pickup)


def _shift_changes(changes: tuple[_Change, ...], silence: int) -> tuple[_Change, ...]:
    """Keys or meters as many ticks earlier; of those before the beginning the last holds."""
    shifted: list[_Change] = []
    for change in changes:
        add_change(shifted, replace(change, onset_tick=max(0, change.onset_tick - silence)))
    return tuple(shifted)


def _keys(pm: PrettyMIDI, line: list[tuple[int, int, int]], said: list[str]) -> tuple[Key, ...]:
    found: list[Key] = []
    for change in sorted(pm.key_signature_changes, key=lambda change: float(change.time)):
        mode = "major" if change.key_number < 12 else "minor"
        tonic = tonic_name(change.key_number % 12, mode)
        add_change(found, Key(onset_tick=_tick(pm, change.time), tonic=tonic, mode=mode))
    if found:
        return tuple(found)
    if len(line) < _MIN_KEY_NOTES:
        return (Key(),)
    pitches, lengths = (
        np.array([note[2] for note in line]),
        np.array([end - begin for begin, end, _ in line]),
    )
    tonic_class, mode = tonic_and_mode(pitches, lengths)
    key = Key(tonic=tonic_name(tonic_class, mode), mode=mode)
    said.append(f"The file has no key signature. {key.tonic} {key.mode} fits its notes best and is assumed.")
    return (key,)
