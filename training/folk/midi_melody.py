"""Melodies of data sets that are MIDI files: notes on a grid, the mode by signature and last note, the pickup by long notes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from core.errors import InputError
from core.music.tune import MODE_FIFTHS, TICKS, Event, Key, Meter, Tune, regular_bars, tonic_name

GRID = TICKS // 12


def read_midi_melody(path: Path, *, collection: str, root: int | None = None) -> Tune:
    """Read a MIDI melody on a grid of twelfths of a quarter.

    The key signature's tonic is always the major one: the real tonic is the last note, and with the signature it
    names the mode. The meter's bars begin where long notes lie, because the files do not mark a pickup.

    Parameters
    ----------
    path : Path
    collection : str
    root : int, optional
        Pitch class of the tonic where an expert names it.

    Raises
    ------
    InputError
        If it is no MIDI file with a melody.
    """
    import mido

    try:
        midi = mido.MidiFile(path, clip=True)
    except (OSError, EOFError, ValueError, KeyError, IndexError) as error:
        raise InputError("This is no MIDI file.") from error
    notes, meters, signature = _midi_notes(midi)
    if not notes:
        raise InputError("This MIDI file has no notes.")
    events: list[Event] = []
    place = 0
    for onset, duration, pitch in notes:
        if onset > place:
            events.append(Event(onset_tick=place, duration_tick=onset - place, pitch=None))
            place = onset
        if onset == place:
            events.append(Event(onset_tick=place, duration_tick=duration, pitch=pitch))
            place += duration
    events = events[1:] if events[0].pitch is None else events
    shift = events[0].onset_tick
    events = [
        Event(onset_tick=e.onset_tick - shift, duration_tick=e.duration_tick, pitch=e.pitch) for e in events
    ]
    key = name_root_key(signature, root) if root is not None else None
    key = key or _modal_key(signature, next(e.pitch for e in reversed(events) if e.pitch is not None))
    pickup = _pickup(events, meters[0].bar_tick) if len(meters) == 1 else 0
    return Tune(
        events=tuple(events),
        keys=(key,),
        meters=tuple(meters),
        collection=collection,
        bars=regular_bars(events[-1].end_tick, tuple(meters), pickup),
    )


def _midi_notes(midi: Any) -> tuple[list[tuple[int, int, int]], list[Meter], str]:
    """Notes as (onset, duration, pitch) without overlaps, meters, major key of the signature."""
    raw: list[tuple[int, int, int]] = []
    meters, signature = [Meter()], "C"
    for track in midi.tracks:
        tick = 0
        opened: dict[int, int] = {}
        for message in track:
            tick += message.time
            place = round(tick * 12 / midi.ticks_per_beat) * GRID
            if message.type == "time_signature":
                meter = Meter(onset_tick=place, meter=f"{message.numerator}/{message.denominator}")
                meters = [m for m in meters if m.onset_tick != place] + [meter]
            elif message.type == "key_signature" and place == 0:
                signature = message.key
            elif message.type in ("note_on", "note_off"):
                begun = opened.pop(message.note, None)
                if begun is not None and place > begun:
                    raw.append((begun, place - begun, message.note))
                if message.type == "note_on" and message.velocity > 0:
                    opened[message.note] = place
    raw.sort(key=lambda note: (note[0], -note[2]))
    notes: list[tuple[int, int, int]] = []
    for onset, duration, pitch in raw:
        if notes and onset == notes[-1][0]:
            continue
        if notes and notes[-1][0] + notes[-1][1] > onset:
            notes[-1] = (notes[-1][0], onset - notes[-1][0], notes[-1][2])
        notes.append((onset, duration, pitch))
    return notes, sorted(meters, key=lambda m: m.onset_tick), signature


def _modal_key(signature: str, last_pitch: int) -> Key:
    major = Key(tonic=signature.removesuffix("m"))
    if signature.endswith("m"):
        return Key(tonic=major.tonic, mode="minor")
    above = (last_pitch - major.pitch_class) % 12
    mode = {0: "major", 2: "dorian", 7: "mixolydian", 9: "minor"}.get(above)
    if mode is None or mode == "mixolydian":
        # A tune that ends on the fifth is more often a major tune that leads back to its beginning.
        return major
    return Key(tonic=tonic_name(last_pitch % 12, mode), mode=mode)


def _pickup(events: Sequence[Event], bar: int) -> int:
    """The pickup by which most time is spent in notes that begin with a bar."""
    if bar <= 0:
        return 0
    step = TICKS // 2
    scores: Counter[int] = Counter()
    for event in events:
        if event.pitch is not None and event.onset_tick % step == 0:
            scores[event.onset_tick % bar] += min(event.duration_tick, 2 * TICKS)
    total = sum(scores.values()) or 1
    best = max(range(0, bar, step), key=lambda pickup: scores[pickup] + (0.05 * total if pickup == 0 else 0))
    return best if best <= bar // 2 else 0


def name_root_key(signature: str, root: int) -> Key | None:
    """The key on a root whose mode has a signature; None where no mode has.

    Examples
    --------
    >>> name_root_key("D", 9), name_root_key("Em", 4).mode
    (Key(onset_tick=0, tonic='A', mode='mixolydian'), 'minor')
    """
    fifths = Key(
        tonic=signature.removesuffix("m"), mode="minor" if signature.endswith("m") else "major"
    ).fifths
    for mode, shift in MODE_FIFTHS.items():
        key = Key(tonic=tonic_name(root, mode), mode=mode)
        if (fifths - shift - key.tonic_place) % 12 == 0:
            return key
    return None
