"""Engraving of a tune, and when each drawn note sounds, for a playhead."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection
from dataclasses import dataclass, replace
from itertools import pairwise

from pretty_midi import PrettyMIDI

from core.errors import InputError
from core.music.engraving import Engraving, engrave
from core.music.musicxml import to_musicxml
from core.music.repeat_folding import fold_repeats
from core.music.tune import TICKS, Tune

# Four seconds of Verovio at most, if each bar is as full as the readers allow.
MAX_DRAWN_SIGNS = 6_000


@dataclass(frozen=True, kw_only=True)
class DrawnNote:
    """A note of the score in time; of notes that are tied, each has its own stretch.

    Attributes
    ----------
    id : str
        Of its element in the picture.
    onset_sec, end_sec : float
    """

    id: str
    onset_sec: float
    end_sec: float


def engrave_tune(
    tune: Tune,
    *,
    width_px: int,
    height_px: int | None = None,
    scale: int = 40,
    kept: Collection[int] = (),
    tempo_qpm: float | None = None,
) -> Engraving:
    """Draw a tune.

    It is drawn from its MusicXML: beams, breath marks at the ends of phrases and pickups stand there as they
    are to be read. (Verovio draws the phrases of kern as half brackets that no singer knows.)

    Parameters
    ----------
    tune : Tune
    width_px, height_px, scale : int
        As :func:`core.music.engraving.engrave` has them.
    kept : collection of int
        Bars of the tune as it is played, from 0, that stand on tinted ground; the pickup goes with bar 0.
    tempo_qpm : float, optional
        Quarters a minute, for a tempo mark.

    Returns
    -------
    Engraving

    Raises
    ------
    InputError
        If the tune has more than ``MAX_DRAWN_SIGNS`` notes and rests.
    """
    text = to_musicxml(tune, tempo_qpm=tempo_qpm)
    n_signs = text.count("<note>")
    if n_signs > MAX_DRAWN_SIGNS:
        raise InputError(
            f"A score of {n_signs:,} notes and rests is too long to be drawn; up to {MAX_DRAWN_SIGNS:,} are. "
            "Take fewer bars."
        )
    tinted = {
        place for place, bars in enumerate(measure_bars(tune)) if any(max(0, bar) in kept for bar in bars)
    }
    return engrave(
        text,
        notation="musicxml",
        width_px=width_px,
        height_px=height_px,
        scale=scale,
        tinted=tinted,
    )


def measure_bars(tune: Tune) -> list[list[int]]:
    """The bars, from 0, that each measure of the score stands for; -1 is the pickup.

    A repeated measure stands for two bars; both halves of a bar that a repeat sign splits stand for that bar.

    Examples
    --------
    >>> from core.music.abc_notation import read_abc
    >>> measure_bars(read_abc("M:2/4\\nL:1/4\\nK:C\\nC|:D E|F G:|A2|]")[0])
    [[-1], [0, 2], [1, 3], [4]]
    """
    written = fold_repeats(tune)
    starts = sorted({0, *(bar for bar in written.tune.bars if bar < written.tune.length_tick)})
    return [[tune.bar_of(tick) for tick in written.played_ticks(start)] for start in starts]


def drawn_notes(engraving: Engraving, tune: Tune, pm: PrettyMIDI) -> list[DrawnNote]:
    """When each note of the picture sounds.

    Parameters
    ----------
    engraving : Engraving
        Of `tune`, by :func:`engrave_tune`.
    tune : Tune
    pm : PrettyMIDI
        The same tune by :func:`core.music.tune_files.to_midi`; its times are taken as they are.

    Returns
    -------
    list of DrawnNote
        In order of time; a repeated note has one for each time. The first sign of a note begins exactly with the note in
        `pm`.
    """
    sung = [event for event in tune.events if event.pitch is not None]
    played = pm.instruments[0].notes
    onsets = [event.onset_tick for event in sung]
    written = fold_repeats(tune)
    found: list[DrawnNote] = []
    for quarters, names in engraving.onsets:
        for tick in written.played_ticks(round(quarters * TICKS)):
            at = bisect_right(onsets, tick) - 1
            if at < 0 or tick >= sung[at].end_tick:
                continue
            event, note = sung[at], played[at]
            share = (tick - event.onset_tick) / event.duration_tick
            begin = float(note.start + share * (note.end - note.start))
            found += [DrawnNote(id=name, onset_sec=begin, end_sec=float(note.end)) for name in names]
    found.sort(key=lambda note: note.onset_sec)
    # Of tied notes the next one takes over before the sound ends.
    for i, (one, after) in enumerate(pairwise(tuple(found))):
        if after.onset_sec > one.onset_sec:
            found[i] = replace(one, end_sec=min(one.end_sec, after.onset_sec))
    return found
