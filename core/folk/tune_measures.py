"""Measures of a tune: valid bars, share in key, ending, phrase lengths, cost under the network, longest copied run."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from core.music.tune import FREE, MODE_SCALES, Tune, in_force

if TYPE_CHECKING:
    from core.folk.generate import FolkComposer
    from core.folk.originality.fingerprint import Fingerprint


@dataclass(frozen=True, kw_only=True)
class TuneFacts:
    """Measures of one tune.

    Attributes
    ----------
    n_notes, n_bars : int
        The pickup is no bar.
    lowest, highest : int
        MIDI note numbers.
    bars_valid : bool
        As :func:`bars_are_full` says.
    in_key : float
        Share of notes in the mode's scale; in minor the leading note belongs to it.
    ends_on_tonic, ends_after_rest : bool
    phrases : tuple of int
        Notes in each phrase.
    pitch_bits, joint_bits : float
        Mean cost of an event under the network: of its pitch alone, and of pitch and length.
    longest_copied_run : int
        Intervals in a row that also occur in the training tunes.
    """

    n_notes: int
    n_bars: int
    lowest: int
    highest: int
    bars_valid: bool
    in_key: float
    ends_on_tonic: bool
    ends_after_rest: bool
    phrases: tuple[int, ...]
    pitch_bits: float
    joint_bits: float
    longest_copied_run: int


def facts_of(tune: Tune, composer: FolkComposer, fingerprint: Fingerprint) -> TuneFacts:
    """Measure a tune of at least one note."""
    pitches = tune.pitches
    bits = composer.bits(tune).mean(axis=0)
    return TuneFacts(
        n_notes=len(pitches),
        n_bars=len(tune.bars),
        lowest=min(pitches),
        highest=max(pitches),
        bars_valid=bars_are_full(tune),
        in_key=in_key(tune),
        ends_on_tonic=ends_on_tonic(tune),
        ends_after_rest=ends_after_rest(tune),
        phrases=phrase_lengths(tune),
        pitch_bits=float(bits[0]),
        joint_bits=float(bits[1]),
        longest_copied_run=fingerprint.longest_copied_run(tune),
    )


def in_key(tune: Tune) -> float:
    """Share of the notes that lie in the scale of the tune's first key; 1 without notes."""
    key = tune.keys[0]
    inside = [(pitch - key.pitch_class) % 12 in MODE_SCALES[key.mode] for pitch in tune.pitches]
    return float(np.mean(inside)) if inside else 1.0


def bars_are_full(tune: Tune) -> bool:
    """Whether bars lie a bar apart, notes begin with them, and pickup and last bar make one bar or two.

    A tune in free meter has no bars to fill.
    """
    if tune.meters[0].meter == FREE:
        return False
    bar = tune.meters[0].bar_tick
    onsets = {event.onset_tick for event in tune.events}
    regular = all(b - a == bar for a, b in pairwise(tune.bars)) and set(tune.bars) <= onsets
    return regular and (tune.length_tick % bar == 0 or (tune.length_tick - tune.pickup_tick) % bar == 0)


def ends_on_tonic(tune: Tune) -> bool:
    """Whether the last note is the tonic of the last key; a rest may fill its bar."""
    return bool(tune.pitches) and tune.pitches[-1] % 12 == tune.keys[-1].pitch_class


def ends_after_rest(tune: Tune) -> bool:
    """Whether the last note follows a rest: then the tune sounds closed before it."""
    notes = [event for event in tune.events if event.pitch is not None]
    return len(notes) > 1 and notes[-1].onset_tick != notes[-2].end_tick


def phrase_lengths(tune: Tune) -> tuple[int, ...]:
    """Notes in each phrase; all notes are one phrase where none is marked."""
    lengths, n = [], 0
    for event in tune.events:
        n += event.pitch is not None
        if event.ends_phrase and n:
            lengths.append(n)
            n = 0
    return (*lengths, n) if n else tuple(lengths)


def share_in_mode(tune: Tune) -> float:
    """Share of a tune's chords whose notes all lie in the mode; 1 without chords.

    Examples
    --------
    >>> from core.music.abc_notation import read_abc
    >>> share_in_mode(read_abc('L:1/4\\nK:Am\\n"Am"A2 "E7"B2|"D"A2 "Am"A2|')[0])
    0.75
    """
    fits = []
    for chord in tune.chords:
        key = in_force(tune.keys, chord.onset_tick)
        scale = {(key.pitch_class + step) % 12 for step in MODE_SCALES[key.mode]}
        fits.append(set(chord.pitch_classes) <= scale)
    return float(np.mean(fits)) if fits else 1.0
