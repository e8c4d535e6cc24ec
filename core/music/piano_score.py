"""Piano score of a performance: beats, two staves, voices, written lengths, spelling; written as MusicXML 4.0."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.arrays import FloatArray, IntArray
from core.errors import InputError
from core.music import musicxml_elements as xml
from core.music.beat_grid import BeatGrid, choose_first_bar, note_accents, place_onsets, track_beats
from core.music.hands import split_hands
from core.music.performance import Performance
from core.music.piano_bars import PianoSign, lay_out_bars
from core.music.score_spelling import Head, SpelledScore, print_accidentals, spell_score
from core.music.staff_voices import BarLines, WrittenChord, share_voices, write_lengths
from core.music.tune import TICKS, Key, Meter
from core.music.written_lengths import FINEST, tuplet_beat

MAX_BARS = 600
_TEMPOS = (20.0, 400.0)
_SAME_TEMPO = 0.015  # of a logarithm: a tempo that is found again within this is the same
_MAX_ROUNDS = 4
_DYNAMICS = ((32, "pp"), (48, "p"), (62, "mp"), (78, "mf"), (98, "f"), (128, "ff"))
_DYNAMIC_MARGIN = 5  # of velocity, past the border between two marks
# Voices as MuseScore numbers them: four a staff.
_VOICES = {(1, 0): 1, (1, 1): 2, (2, 0): 5, (2, 1): 6}


@dataclass(frozen=True, kw_only=True)
class PianoScore:
    """A performance as it is written.

    Attributes
    ----------
    performance : Performance
    grid : BeatGrid
    begin_tick : int
        Place of the first bar (or pickup) in the grid.
    lines : BarLines
        Ticks from there.
    onset_tick : ndarray of int64, shape=(n,)
        Where each note is written, from the first bar; -1 for a note that another one of its key covers.
    written_tick : ndarray of int64, shape=(n,)
        Written lengths; 0 where nothing is written.
    staff : ndarray of int64, shape=(n,)
        1 upper, 2 lower.
    bars : list of dict
        By bar: signs of each (staff, voice), the voice 0 or 1.
    spelled : SpelledScore
    tempo_qpm : float
        Of the metronome mark, quarters a minute.
    """

    performance: Performance
    grid: BeatGrid
    begin_tick: int
    lines: BarLines
    onset_tick: IntArray
    written_tick: IntArray
    staff: IntArray
    bars: list[dict[tuple[int, int], list[PianoSign]]]
    spelled: SpelledScore
    tempo_qpm: float

    @property
    def n_bars(self) -> int:
        """Full bars, without a pickup."""
        return len(self.bars) - (self.lines.shift(0) > 0)

    @property
    def n_lost(self) -> int:
        """Notes that are not written, because the same key is struck again on the same place."""
        return int((self.onset_tick < 0).sum())

    @property
    def onset_error_sec(self) -> FloatArray:
        """How far each written note lies from where it was played, absolute."""
        written = self.onset_tick >= 0
        at = self.grid.seconds_at(self.onset_tick[written] + self.begin_tick)
        return np.abs(at - self.performance.onset_sec[written])

    def seconds_at(self, tick: FloatArray | IntArray) -> FloatArray:
        """When places of the score sound."""
        return self.grid.seconds_at(np.asarray(tick, dtype=np.float64) + self.begin_tick)

    def heads(self) -> list[Head]:
        """Note heads in reading order."""
        return [
            Head(note=note, bar=number, staff=staff, tied=sign.tie_from)
            for number, bar in enumerate(self.bars)
            for staff in (1, 2)
            for sign in sorted(
                (sign for voice in (0, 1) for sign in bar.get((staff, voice), ()) if sign.notes),
                key=lambda sign: sign.onset,
            )
            for note in sign.notes
        ]


def write_score(
    performance: Performance,
    *,
    tempo_qpm: float,
    grid: BeatGrid | None = None,
    meter: str = "4/4",
    key: Key | None = None,
    first_bar_tick: int | None = None,
) -> PianoScore:
    """Write a performance down.

    Parameters
    ----------
    performance : Performance
    tempo_qpm : float in [20, 400]
        Quarters a minute, near which the beats are found.
    grid : BeatGrid, optional
        The beats where they are known.
    meter : str
    key : Key, optional
        Of the signature; the one with the fewest accidentals if not given.
    first_bar_tick : int, optional
        The first bar line in the grid; found if not given.

    Returns
    -------
    PianoScore

    Raises
    ------
    InputError
        If there is no note, the tempo is out of range or the score would be longer than :data:`MAX_BARS`.

    Examples
    --------
    >>> played = Performance.of([60, 64, 67, 72], [0.0, 0.52, 0.98, 1.5], [0.4, 0.5, 0.5, 0.5], [70] * 4)
    >>> score = write_score(played, tempo_qpm=120)
    >>> score.onset_tick.tolist(), score.written_tick.tolist(), score.n_lost
    ([0, 480, 960, 1440], [480, 480, 480, 480], 0)
    """
    _check(performance, tempo_qpm, meter)
    pitch = performance.pitch
    if grid is None:
        grid = _track_beats(performance, tempo_qpm)
    is_known = abs(np.log(tempo_qpm / grid.tempo_qpm)) <= _SAME_TEMPO
    onset, end = _quantize(performance, grid)
    if first_bar_tick is None:
        first_bar_tick = choose_first_bar(
            onset, pitch, end - onset, beat_tick=tuplet_beat(meter), bar_tick=Meter(meter=meter).bar_tick
        )
    kept, end = _merge_repeated(onset, pitch, end)
    last = int(np.ceil(_last_place(onset, end)))
    begin, lines = _lay_bar_lines(int(onset.min()), last, first_bar_tick, meter)
    if len(lines.edges) - 1 > MAX_BARS:
        raise InputError(
            f"The score would have {len(lines.edges) - 1:,} bars; up to {MAX_BARS} can be written."
        )
    onset, end = onset - begin, np.minimum(end - begin, lines.edges[-1])
    order = np.lexsort((pitch, onset))
    order = order[kept[order]]
    staff = np.ones(len(pitch), dtype=np.int64)
    staff[order] = split_hands(onset[order], end[order], pitch[order])
    chords = {
        number: _write_staff(
            onset, end, pitch, [int(i) for i in order if staff[i] == number], lines, grid.exact
        )
        for number in (1, 2)
    }
    lines = lines.until(max(chord.end for voices in chords.values() for voice in voices for chord in voice))
    written = np.zeros(len(pitch), dtype=np.int64)
    for chord in (chord for voices in chords.values() for voice in voices for chord in voice):
        written[list(chord.notes)] = chord.end - chord.onset
    unspelled = PianoScore(
        performance=performance,
        grid=grid,
        begin_tick=begin,
        lines=lines,
        onset_tick=np.where(kept, onset, -1),
        written_tick=written,
        staff=staff,
        bars=lay_out_bars(chords, lines),
        spelled=SpelledScore.empty(),
        tempo_qpm=tempo_qpm if is_known else grid.tempo_qpm,
    )
    return _spell(unspelled, key)


def find_tempo_qpm(performance: Performance, near_qpm: float) -> float:
    """The tempo of the beats on which a performance is written, which :func:`write_score` finds again near it.

    Parameters
    ----------
    performance : Performance
        At least one note.
    near_qpm : float
        Expected quarters a minute.

    Examples
    --------
    >>> played = Performance.of([60, 64, 67, 72], [0.0, 0.5, 1.0, 1.5], [0.5] * 4, [70] * 4)
    >>> round(find_tempo_qpm(played, near_qpm=110))
    120
    """
    tempo = near_qpm
    for _ in range(_MAX_ROUNDS):
        found = _track_beats(performance, tempo).tempo_qpm
        if abs(np.log(found / tempo)) <= _SAME_TEMPO:
            break
        tempo = min(_TEMPOS[1], max(_TEMPOS[0], found))
    return tempo


def _track_beats(performance: Performance, near_qpm: float) -> BeatGrid:
    accents = note_accents(performance.pitch, performance.duration_sec)
    return track_beats(performance.onset_sec, near_qpm=near_qpm, accent=accents)


def _check(performance: Performance, tempo_qpm: float, meter: str) -> None:
    """Refuse what cannot be written, before much is computed for it."""
    if not _TEMPOS[0] <= tempo_qpm <= _TEMPOS[1]:
        raise InputError(f"A tempo can be 20 to 400 BPM, not {tempo_qpm:g}.")
    if not len(performance):
        raise InputError("There is no note to write down. Compose a piece first.")
    bars = (
        float(performance.onset_sec[-1] - performance.onset_sec[0])
        * tempo_qpm
        / 60
        * TICKS
        / Meter(meter=meter).bar_tick
    )
    if bars > 2 * MAX_BARS:
        raise InputError(
            f"The score would have more than {MAX_BARS} bars, which is the most that can be written."
        )


def _quantize(performance: Performance, grid: BeatGrid) -> tuple[IntArray, FloatArray]:
    """Written onsets and played ends, in ticks of the grid; the played length is kept from where the note is written."""
    onset = place_onsets(performance.onset_sec, performance.pitch, grid)
    sounds = grid.ticks_at(performance.onset_sec + performance.duration_sec) - grid.ticks_at(
        performance.onset_sec
    )
    return onset, np.maximum(onset + sounds, onset + float(FINEST) / 2)


def _merge_repeated(
    onset: IntArray, pitch: IntArray, end: FloatArray
) -> tuple[NDArray[np.bool_], FloatArray]:
    """Of notes of one key on one place keep the first, as long as the longest; a key that is struck again ends."""
    kept = np.ones(len(pitch), dtype=bool)
    end = end.copy()
    last: dict[int, int] = {}
    for i in np.lexsort((pitch, onset)).tolist():
        before = last.get(int(pitch[i]))
        if before is not None and onset[before] == onset[i]:
            kept[i] = False
            end[before] = max(end[before], end[i])
            continue
        if before is not None:
            end[before] = min(end[before], float(onset[i]))
        last[int(pitch[i])] = i
    return kept, end


def _last_place(onset: IntArray, end: FloatArray) -> float:
    """Where the score ends: a last chord that is held for long is written with a whole note at most."""
    return min(float(end.max()), float(onset.max()) + 4 * TICKS)


def _lay_bar_lines(first: int, last: int, first_bar: int, meter: str) -> tuple[int, BarLines]:
    """Place of the first bar or pickup, and the bar lines from there."""
    bar_tick = Meter(meter=meter).bar_tick
    line = (
        first_bar + (first - first_bar) // bar_tick * bar_tick
    )  # the last bar line at or before the first note
    beat = tuplet_beat(meter)
    begin = line + (first - line) // beat * beat
    edges = [0] if begin == line else [0, line + bar_tick - begin]
    while edges[-1] < last - begin or len(edges) < 2:
        edges.append(edges[-1] + bar_tick)
    return begin, BarLines(edges=tuple(edges), meter=meter, bar_tick=bar_tick)


def _write_staff(
    onset: IntArray, end: FloatArray, pitch: IntArray, notes: Sequence[int], lines: BarLines, exact: bool
) -> tuple[list[WrittenChord], list[WrittenChord]]:
    """The two voices of a staff with their written lengths."""
    voices = share_voices(onset, end, pitch, notes, exact=exact)
    upper = write_lengths(voices[0], lines, exact=exact)
    lower = write_lengths(voices[1], lines, exact=exact, busy=[(chord.onset, chord.end) for chord in upper])
    return upper, lower


def _spell(score: PianoScore, key: Key | None) -> PianoScore:
    """Name the notes, in the order in which they are written."""
    order = np.lexsort((score.performance.pitch, np.maximum(score.onset_tick, 0)))
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    heads = [
        Head(note=int(rank[head.note]), bar=head.bar, staff=head.staff, tied=head.tied)
        for head in score.heads()
    ]
    spelled = spell_score(score.performance.pitch[order], heads, key)
    names = [spelled.spellings[int(at)] for at in rank]
    return PianoScore(**{**vars(score), "spelled": SpelledScore(key=spelled.key, spellings=names)})


def to_musicxml(score: PianoScore, *, title: str = "Piano piece") -> str:
    """Write a score as a notation program opens it.

    Parameters
    ----------
    score : PianoScore
    title : str

    Returns
    -------
    str
        MusicXML 4.0, partwise; a part of two staves with up to two voices each. A gap of the lower voice is left empty.

    Examples
    --------
    >>> played = Performance.of([60, 64], [0.0, 0.5], [0.5, 0.5], [70, 70])
    >>> "<fifths>0</fifths>" in to_musicxml(write_score(played, tempo_qpm=120))
    True
    """
    heads = score.heads()
    words = print_accidentals(heads, score.spelled.spellings, score.spelled.key.fifths)
    accidental = {(head.bar, head.note, head.tied): word for head, word in zip(heads, words, strict=True)}
    dynamics = _dynamics(score)
    measures = []
    pickup = score.lines.shift(0) > 0
    for number, bar in enumerate(score.bars):
        length = score.lines.edges[number + 1] - score.lines.edges[number]
        parts: list[str] = []
        for (staff, voice), signs in sorted(bar.items()):
            if parts:
                parts.append(f"<backup><duration>{length}</duration></backup>")
            parts += [_write_sign(sign, score, accidental, number, staff, voice) for sign in signs]
        head = _attributes(score) + _tempo(score.tempo_qpm) if number == 0 else ""
        if number in dynamics:
            head += _direction(f"<dynamics><{dynamics[number]}/></dynamics>")
        final = xml.FINAL_BARLINE if number == len(score.bars) - 1 else ""
        implicit = ' implicit="yes"' if pickup and number == 0 else ""
        measures.append(
            f'<measure number="{number + (0 if pickup else 1)}"{implicit}>{head}{"".join(parts)}{final}</measure>'
        )
    return (
        f"{xml.HEAD}{xml.write_title(title)}{xml.write_part_list('Piano')}"
        f'<part id="P1">{"".join(measures)}</part></score-partwise>\n'
    )


def _attributes(score: PianoScore) -> str:
    return (
        f"<attributes><divisions>{TICKS}</divisions>{xml.write_key(score.spelled.key)}"
        f"{xml.write_time(score.lines.meter)}<staves>2</staves>"
        f"{xml.write_clef(bass=False, staff=1)}{xml.write_clef(bass=True, staff=2)}</attributes>"
    )


def _direction(content: str, sound: str = "", placement: str = "below") -> str:
    return (
        f'<direction placement="{placement}"><direction-type>{content}</direction-type>'
        f"<staff>1</staff>{sound}</direction>"
    )


def _tempo(tempo_qpm: float) -> str:
    return _direction(
        f"<metronome><beat-unit>quarter</beat-unit><per-minute>{tempo_qpm:.0f}</per-minute></metronome>",
        f'<sound tempo="{tempo_qpm:.3f}"/>',
        "above",
    )


def _dynamics(score: PianoScore) -> dict[int, str]:
    """Marks by bar: for the mean loudness of what begins in it, where that has left the mark before for good."""
    marks: dict[int, str] = {}
    low, high = 0.0, 0.0
    for number, bar in enumerate(score.bars):
        notes = [note for signs in bar.values() for sign in signs if not sign.tie_from for note in sign.notes]
        if not notes:
            continue
        mean = float(score.performance.velocity[notes].mean())
        if marks and low - _DYNAMIC_MARGIN <= mean <= high + _DYNAMIC_MARGIN:
            continue
        borders = [0, *(above for above, _ in _DYNAMICS)]
        at = next(i for i, (above, _) in enumerate(_DYNAMICS) if mean < above)
        low, high = float(borders[at]), float(borders[at + 1])
        marks[number] = _DYNAMICS[at][1]
    return marks


def _write_sign(
    sign: PianoSign,
    score: PianoScore,
    accidental: dict[tuple[int, int, bool], tuple[str, bool]],
    bar: int,
    staff: int,
    voice: int,
) -> str:
    """A chord, a rest or an empty stretch of one voice."""
    number = _VOICES[staff, voice]
    if sign.hidden:
        return f"<forward><duration>{sign.duration}</duration><voice>{number}</voice><staff>{staff}</staff></forward>"
    marks = [
        f'<tuplet type="{kind}"/>'
        for kind, here in (("start", sign.tuplet_opens), ("stop", sign.tuplet_closes))
        if here
    ]
    if not sign.notes:
        return xml.write_note(
            None,
            sign.duration,
            sign.value,
            notations=marks,
            full_bar=sign.full_bar,
            staff=staff,
            voice=number,
        )
    written = []
    for n, note in enumerate(sign.notes):
        word, courtesy = accidental[bar, note, sign.tie_from]
        written.append(
            xml.write_note(
                score.spelled.spellings[note],
                sign.duration,
                sign.value,
                tie_from=sign.tie_from,
                tie_to=sign.tie_to,
                accidental=word,
                courtesy=courtesy,
                beams=() if n else sign.beams,
                notations=() if n else marks,
                staff=staff,
                voice=number,
                chord=n > 0,
            )
        )
    return "".join(written)
