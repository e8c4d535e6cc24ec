"""Parameter-mapping sonification: each point is a note whose pitch is its value."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from core import limits
from core.arrays import BoolArray, FloatArray, IntArray
from core.errors import InputError, plural
from core.sonify.aggregation import Groups, aggregate, column_values, group_rows, mark_steps, smooth
from core.sonify.fidelity import Fidelity, measure
from core.sonify.row_selection import Rows, select_rows
from core.sonify.scaling import outliers, quantize
from core.sonify.settings import Settings, Voice
from core.sonify.timeline import Timeline, lay_out, sayable_tempo, tick_times
from core.sonify.voice_lines import Line, advise_scales, map_lines
from core.tables.table import Table

if TYPE_CHECKING:
    from pretty_midi import Instrument, PrettyMIDI

    from core.sonify.composition import Composition
    from core.speech.captions import CaptionTrack

TICKS_PER_QUARTER = 960
PITCH_WHEEL_PER_SEMITONE = 4096  # 8192 steps for the General MIDI range of two semitones
CC_PAN = 10

# The parts of the sound that are not data: quiet enough to stay behind it.
REFERENCE_SEC, REFERENCE_GAP_SEC, REFERENCE_PAUSE_SEC = 0.4, 0.1, 0.5
TICK_PITCH, TICK_VELOCITY, TICK_SEC = 76, 50, 0.05  # General MIDI drum 76: high wood block
ACCENT_PROGRAM, ACCENT_VELOCITY = 9, 70  # glockenspiel
ACCENT_BOOST = 20


@dataclass(frozen=True, kw_only=True)
class VoiceResult:
    """One voice mapped to notes.

    Attributes
    ----------
    voice : Voice
    name : str
        What it is called beside the others: the column, or the label.
    scaling : str
        The scaling that was used; the one that "auto" chose.
    points : DataFrame
        One row a point in the order of sounding: ``row`` and ``row_last`` (rows of the file from 0; the
        first and last in the order of sounding), ``n_rows``, ``time`` (seconds since 1970, or the
        number), ``value`` (NaN at a gap), ``level`` (0-1), ``onset_sec``, ``duration_sec``, ``pitch``
        (NaN where silent), ``velocity``, ``pan`` (-1 to 1), ``sounds``, ``outlier``.
    fidelity : Fidelity
    pitch_scale : int
        Number of its scale of values; voices with the same number share one.
    """

    voice: Voice
    name: str
    scaling: str
    points: pd.DataFrame
    fidelity: Fidelity
    pitch_scale: int = 0


@dataclass(frozen=True, kw_only=True)
class Plan:
    """A table's points, mapped to pitch but not yet placed in time."""

    settings: Settings
    rows: Rows
    groups: Groups
    chosen: BoolArray
    lines: tuple[Line, ...]
    notes: tuple[str, ...]

    @property
    def time(self) -> FloatArray:
        """Place of each point on the time axis of the data: the mean of its rows, shape=(n_points,)."""
        return self.groups.mean(self.rows.time)

    @property
    def lead_in_sec(self) -> float:
        """How long the reference tones before the data last."""
        n_tones = len(self.settings.references) * len(self.lines)
        return n_tones * (REFERENCE_SEC + REFERENCE_GAP_SEC) + REFERENCE_PAUSE_SEC * (n_tones > 0)

    def lay_out(self) -> Timeline:
        """Onsets and rooms by the rhythm and the pace of the settings; raises as `timeline.lay_out`."""
        return lay_out(self.time, self.chosen, self.settings, self.lead_in_sec)

    def measure(self, line: Line, pitch: FloatArray, duration_sec: float) -> Fidelity:
        """Fidelity of pitches to a line; only the chosen points count."""
        values = np.where(line.chosen, line.values, np.nan)
        polarity = line.voice.polarity
        return measure(values, pitch, line.sounds, polarity=polarity, duration_sec=duration_sec)


@dataclass(frozen=True, kw_only=True)
class Sonification:
    """A sonified table: the notes, and the rows that each one comes from.

    ``composition`` tells what a network added, and is None where every pitch is the data's. ``is_aggregated`` says that an
    engine had joined the rows to points before. ``captions`` is what is said over the notes, None if nothing is.
    """

    midi: PrettyMIDI
    voices: tuple[VoiceResult, ...]
    settings: Settings
    rows: Rows
    groups: Groups
    timeline: Timeline
    notes: tuple[str, ...]
    composition: Composition | None = None
    is_aggregated: bool = False
    captions: CaptionTrack | None = None

    @property
    def end_sec(self) -> float:
        """When the last note ends."""
        return float(self.midi.get_end_time())


def sonify(table: Table, settings: Settings) -> Sonification:
    """Map a table to notes, each pitch straight from its value.

    Parameters
    ----------
    table : Table
    settings : Settings
        With at least one voice.

    Returns
    -------
    Sonification

    Raises
    ------
    InputError
        If a column cannot be heard, nothing is left to hear, or the result would be too long.

    Examples
    --------
    >>> from core.sonify.settings import Settings, Voice
    >>> from core.tables.table import read_text
    >>> table = read_text("month,rain\\n1,30\\n2,55\\n3,80")
    >>> result = sonify(table, Settings(voices=(Voice(column="rain"),), duration_sec=3))
    >>> result.voices[0].points[["value", "onset_sec", "pitch"]]
       value  onset_sec  pitch
    0   30.0        0.0   36.0
    1   55.0        1.0   60.0
    2   80.0        2.0   84.0
    >>> [note.pitch for note in result.midi.instruments[0].notes]
    [36, 60, 84]
    """
    planned = plan(table, settings)
    return realize(planned, planned.lay_out())


def plan(table: Table, settings: Settings) -> Plan:
    """Select the rows, aggregate them to points and map the points; raises as :func:`sonify` does."""
    if not settings.voices:
        raise InputError("No column was chosen. Choose at least one numeric column to play.")
    rows = select_rows(table, settings)
    groups = group_rows(len(rows.index), settings.n_notes)
    series = [_aggregate_column(table, rows, groups, voice, settings) for voice in settings.voices]
    own_chosen = [np.ones(groups.n_groups, dtype=bool)] * len(series)
    if settings.sampling == "steps":
        # The columns of one row move together. Labels do not: each may have rows where the first has none.
        marked = [
            mark_steps(values, settings.step_share) for values in series[: len(series) if rows.series else 1]
        ]
        own_chosen = marked if rows.series else marked * len(series)
    lines = map_lines(series, own_chosen, settings, table)
    chosen = np.logical_or.reduce(own_chosen)
    notes = (*rows.notes, *_count_infinities(table, settings), *advise_scales(lines, settings))
    return Plan(settings=settings, rows=rows, groups=groups, chosen=chosen, lines=lines, notes=notes)


def realize(
    planned: Plan,
    timeline: Timeline,
    pitches: Sequence[FloatArray] | None = None,
    tempo_qpm: float | None = None,
) -> Sonification:
    """Place planned points in time and write the notes.

    Parameters
    ----------
    planned : Plan
    timeline : Timeline
    pitches : sequence of ndarray of float, shape=(n_points,), optional
        A voice each, NaN where silent; the direct mapping if not given.
    tempo_qpm : float, optional
        Of the MIDI file; found from the distance of the notes if not given.

    Returns
    -------
    Sonification

    Raises
    ------
    InputError
        If the result would be too long.
    """
    settings = planned.settings
    if pitches is None:
        pitches = [line.pitch for line in planned.lines]
    voices = tuple(
        _place_points(line, planned, timeline, pitch)
        for line, pitch in zip(planned.lines, pitches, strict=True)
    )
    tempo = tempo_qpm or _choose_file_tempo(timeline.step_sec)
    return Sonification(
        midi=_write_midi(voices, settings, planned.rows, timeline, tempo),
        voices=voices,
        settings=settings,
        rows=planned.rows,
        groups=planned.groups,
        timeline=timeline,
        notes=(*planned.notes, *timeline.notes),
    )


def _count_infinities(table: Table, settings: Settings) -> list[str]:
    """Report how many cells are infinite; they stay silent."""
    heard = {voice.column for voice in settings.voices}
    return [
        f"{plural(column.n_infinite, 'cell')} of {column.name} {'is' if column.n_infinite == 1 else 'are'} "
        "infinite and silent."
        for column in table.columns
        if column.name in heard and column.n_infinite
    ]


def _aggregate_column(
    table: Table, rows: Rows, groups: Groups, voice: Voice, settings: Settings
) -> FloatArray:
    values = column_values(table, rows, voice, settings)
    return smooth(aggregate(values, groups, settings.aggregate), settings.smoothing)


def _find_rows(planned: Plan, label: str | None) -> dict[str, IntArray]:
    """First and last row of the file and number of rows of each point of a voice."""
    edges, index = planned.groups.edges, planned.rows.index
    own = planned.rows.series_of(label)
    if own is None:
        return {"row": index[edges[:-1]], "row_last": index[edges[1:] - 1], "n_rows": np.diff(edges)}
    at = np.searchsorted(own.moment, edges)
    n_rows = np.diff(at)
    # Where a label has no row the point is a gap, called after another label's row of that moment.
    has, first = n_rows > 0, index[edges[:-1]]
    begin, last = np.minimum(at[:-1], len(own.row) - 1), np.maximum(at[1:] - 1, 0)
    return {
        "row": np.where(has, own.row[begin], first),
        "row_last": np.where(has, own.row[last], first),
        "n_rows": n_rows,
    }


def _place_points(line: Line, planned: Plan, timeline: Timeline, pitch: FloatArray) -> VoiceResult:
    voice, level = line.voice, line.level
    outlier = outliers(line.values)
    loudness = _drive("loudness", voice, level, 1 / 3, 1.0, otherwise=1.0)
    velocity = np.round(voice.velocity * loudness) + ACCENT_BOOST * (outlier & planned.settings.accents)
    points = pd.DataFrame(
        {
            **_find_rows(planned, voice.label),
            "time": timeline.time,
            "value": line.values,
            "level": level,
            "onset_sec": timeline.onset_sec,
            "duration_sec": timeline.room_sec * _drive("duration", voice, level, 0.25, 1.0, otherwise=1.0),
            "pitch": pitch,
            "velocity": np.clip(velocity, 1, 127).astype(np.int64),
            "pan": _drive("pan", voice, level, -0.9, 0.9, otherwise=voice.pan),
            "sounds": line.sounds,
            "outlier": outlier,
        }
    )
    fidelity = planned.measure(line, pitch, timeline.duration_sec)
    return VoiceResult(
        voice=voice,
        name=line.name,
        scaling=line.scaling,
        points=points,
        fidelity=fidelity,
        pitch_scale=line.pitch_scale,
    )


def _drive(
    channel: str, voice: Voice, level: FloatArray, low: float, high: float, *, otherwise: float
) -> FloatArray:
    """Values of a channel besides pitch: ``low`` to ``high`` where the data value drives it."""
    driven = np.isfinite(level) & (channel in voice.also)
    return np.where(driven, low + (high - low) * level, otherwise)


def _write_midi(
    voices: tuple[VoiceResult, ...], settings: Settings, rows: Rows, timeline: Timeline, tempo_qpm: float
) -> PrettyMIDI:
    import pretty_midi

    midi = pretty_midi.PrettyMIDI(resolution=TICKS_PER_QUARTER, initial_tempo=tempo_qpm)
    midi.instruments = [_write_track(result, settings) for result in voices]
    if settings.references:
        midi.instruments += _write_references(voices, settings)
    if settings.accents:
        midi.instruments += [track for track in map(_write_accents, voices) if track.notes]
    if settings.tick_unit != "off":
        times = tick_times(rows, settings, timeline).tolist()
        ticks = [(TICK_VELOCITY, TICK_PITCH, onset, TICK_SEC) for onset in times]
        midi.instruments += [_make_track("Time ticks", 0, ticks, is_drum=True)] if ticks else []
    if midi.get_end_time() > limits.MAX_DURATION_SEC + 60:
        raise InputError(
            f"This would last {midi.get_end_time() / 60:.0f} minutes; the limit is "
            f"{limits.MAX_DURATION_SEC / 60:.0f}. Choose fewer notes or a faster tempo."
        )
    return midi


def _choose_file_tempo(step_sec: float) -> float:
    """Tempo in quarter notes a minute at which notes fall on quarters, eighths or sixteenths."""
    quarter = step_sec
    while quarter < 0.25:
        quarter *= 2
    return sayable_tempo(60.0 / quarter)


def _make_track(
    name: str, program: int, notes: Iterable[tuple[int, int, float, float]], *, is_drum: bool = False
) -> Instrument:
    """A track of notes: velocity, pitch, onset and duration in seconds."""
    from pretty_midi import Instrument, Note

    track = Instrument(program=program, is_drum=is_drum, name=name)
    track.notes = [
        Note(velocity, pitch, onset, onset + duration) for velocity, pitch, onset, duration in notes
    ]
    return track


def _write_track(result: VoiceResult, settings: Settings) -> Instrument:
    from pretty_midi import ControlChange, PitchBend

    voice, sounding = result.voice, result.points[result.points["sounds"]]
    pitch = sounding["pitch"].round().astype(int)
    columns = (sounding["velocity"], pitch, sounding["onset_sec"], sounding["duration_sec"])
    track = _make_track(result.name, voice.program, zip(*map(pd.Series.tolist, columns), strict=True))
    pans = (
        zip(sounding["onset_sec"], sounding["pan"], strict=True)
        if "pan" in voice.also
        else [(0.0, voice.pan)]
    )
    track.control_changes = [
        ControlChange(CC_PAN, int(np.clip(round(64 + 63 * pan), 0, 127)), onset) for onset, pan in pans
    ]
    if settings.scale == "continuous":
        wheel = ((sounding["pitch"] - pitch) * PITCH_WHEEL_PER_SEMITONE).round().clip(upper=8191)
        track.pitch_bends = [
            PitchBend(int(bend), onset) for bend, onset in zip(wheel, sounding["onset_sec"], strict=True)
        ]
    return track


def _write_references(voices: tuple[VoiceResult, ...], settings: Settings) -> list[Instrument]:
    """Add reference tones before the data: lowest, mean and highest value of each voice."""
    tracks, onset = [], 0.0
    for result in voices:
        notes = []
        for reference in settings.references:
            pitch = round(reference_pitch(result, reference, settings))
            notes.append((result.voice.velocity, pitch, onset, REFERENCE_SEC))
            onset += REFERENCE_SEC + REFERENCE_GAP_SEC
        name = f"{result.name}: reference tones"
        tracks.append(_make_track(name, result.voice.program, notes))
    return tracks


def _write_accents(result: VoiceResult) -> Instrument:
    """Add a bell an octave above each outlier, besides its louder note."""
    marked = result.points[result.points["sounds"] & result.points["outlier"]]
    pitch = (marked["pitch"].round().astype(int) + 12).clip(upper=127)
    columns = (pitch.tolist(), marked["onset_sec"].tolist(), marked["duration_sec"].tolist())
    notes = [(ACCENT_VELOCITY, *note) for note in zip(*columns, strict=True)]
    return _make_track(f"{result.name}: outliers", ACCENT_PROGRAM, notes)


def reference_pitch(result: VoiceResult, reference: str, settings: Settings) -> float:
    """The pitch at which a voice would play its lowest, mean or highest value: "min", "mean" or "max"."""
    known = result.points.dropna(subset=["value"]).sort_values("value")
    values = known["value"] / (known["value"].abs().max() or 1.0)  # sums of huge numbers overflow
    level = np.interp(values.agg(reference), values, known["level"])
    return float(quantize(np.array([level]), result.voice, settings)[0])
