"""Engraving of a piano score for the screen and for print, and when each drawn note sounds, for a playhead."""

from __future__ import annotations

import numpy as np

from core.errors import InputError
from core.music.engraving import Engraving, ScoreInTime, engrave, strip_names
from core.music.piano_score import PianoScore, to_musicxml
from core.music.score_pdf import PAGE_PX, to_pdf
from core.music.tune import TICKS
from core.music.tune_engraving import MAX_DRAWN_SIGNS, DrawnNote

# Scores for wide and for narrow pages, pixels.
SCORE_WIDTHS_PX = (900, 600, 400)
PRINT_SCALE = 38  # a staff is 6.2 mm high
# What the player looks for in a drawing, beside the notes' ids.
PLAYER_CLASSES = ("system", "measure", "staff", "notehead", "tint")


def draw_score(score: PianoScore, *, width_px: int, scale: int = 36) -> ScoreInTime:
    """Draw a score on one page as high as it needs to be.

    Parameters
    ----------
    score : PianoScore
    width_px, scale : int
        As :func:`core.music.engraving.engrave` has them.

    Returns
    -------
    ScoreInTime
        Of the elements only those have ids that sound.

    Raises
    ------
    InputError
        If the score has more notes and rests than are drawn.

    Examples
    --------
    >>> from core.music.performance import Performance
    >>> from core.music.piano_score import write_score
    >>> played = Performance.of([60, 64, 67], [0.0, 0.5, 0.5], [0.5, 0.5, 0.5], [70, 70, 70])
    >>> drawn = draw_score(write_score(played, tempo_qpm=120), width_px=600)
    >>> [(len(ids.split()), onset) for ids, onset, _ in drawn.notes]
    [(1, 0.0), (2, 0.5)]
    """
    engraving = engrave(_checked(score), notation="musicxml", width_px=width_px, scale=scale)
    notes = [
        (note.id, round(note.onset_sec, 3), round(note.end_sec, 3)) for note in drawn_notes(engraving, score)
    ]
    ids = {name for names, _, _ in notes for name in names.split()}
    svg = strip_names(engraving.svg[0], ids=ids, classes=PLAYER_CLASSES)
    return ScoreInTime(svg=svg, width_px=width_px, notes=tuple(notes))


def print_score(score: PianoScore, *, title: str, lines: tuple[str, ...] = ()) -> bytes:
    """Print a score on A4 pages as PDF, black on white.

    Parameters
    ----------
    score : PianoScore
    title : str
    lines : tuple of str
        At most two lines of facts below the title.

    Raises
    ------
    InputError
        If the score has more notes and rests than are drawn.
    """
    width, height = PAGE_PX
    drawn = engrave(_checked(score), notation="musicxml", width_px=width, height_px=height, scale=PRINT_SCALE)
    return to_pdf(drawn, title=title, lines=lines)


def _checked(score: PianoScore) -> str:
    text = to_musicxml(score)
    n_signs = text.count("<note>")
    if n_signs > MAX_DRAWN_SIGNS:
        raise InputError(
            f"A score of {n_signs:,} notes and rests is too long to be drawn; up to {MAX_DRAWN_SIGNS:,} are. "
            "Compose a shorter piece, or open the MusicXML file in a notation program."
        )
    return text


def drawn_notes(engraving: Engraving, score: PianoScore) -> list[DrawnNote]:
    """When what is drawn sounds: one entry a place at which notes begin, until the next or the longest of them ends.

    Parameters
    ----------
    engraving : Engraving
        Of `score`.
    score : PianoScore

    Returns
    -------
    list of DrawnNote
        Ascending. The time of a place is that at which its first note was played.
    """
    played: dict[int, float] = {}
    ends: dict[int, float] = {}
    performance = score.performance
    for i in np.flatnonzero(score.onset_tick >= 0).tolist():
        tick = int(score.onset_tick[i])
        onset, end = (
            float(performance.onset_sec[i]),
            float(performance.onset_sec[i] + performance.duration_sec[i]),
        )
        played[tick] = min(played.get(tick, np.inf), onset)
        ends[tick] = max(ends.get(tick, 0.0), end)
    found: list[DrawnNote] = []
    for quarters, names in engraving.onsets:
        tick = round(quarters * TICKS)
        if tick not in played:
            continue  # the second part of a tied note: what sounds began before
        onset = played[tick]
        if found and found[-1].end_sec > onset:
            found[-1] = DrawnNote(id=found[-1].id, onset_sec=found[-1].onset_sec, end_sec=onset)
        found.append(DrawnNote(id=" ".join(names), onset_sec=onset, end_sec=ends[tick]))
    return found
