"""Direct mapping: every point is a note whose pitch is its value."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from core import limits
from core.errors import InputError
from core.sonify import mapping, points
from core.sonify.fidelity import Fidelity, measure
from core.sonify.points import BoolArray, FloatArray, Groups, IntArray, Rows
from core.sonify.settings import Settings, Voice
from core.sonify.timeline import Timeline, lay_out, sayable_tempo, tick_times
from core.tables.read_options import plural
from core.tables.table import Table

if TYPE_CHECKING:
    from pretty_midi import Instrument, PrettyMIDI

    from core.sonify.composition import Composition

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
    """One voice, ready to sound.

    Attributes
    ----------
    voice : Voice
    scaling : str
        The scaling that was used; the one that "auto" chose.
    points : DataFrame
        One row a point in the order of sounding: ``row`` and ``row_last`` (rows of the file from 0; the
        first and last in the order of sounding), ``n_rows``, ``time`` (seconds since 1970, or the
        number), ``value`` (NaN at a gap), ``level`` (0-1), ``onset_sec``, ``duration_sec``, ``pitch``
        (NaN where silent), ``velocity``, ``pan`` (-1 to 1), ``sounds``, ``outlier``.
    fidelity : Fidelity
    """

    voice: Voice
    scaling: str
    points: pd.DataFrame
    fidelity: Fidelity


@dataclass(frozen=True, kw_only=True)
class Line:
    """One voice before anything is decided about time: what its points are worth and where they would lie.

    Attributes
    ----------
    voice : Voice
    values, level : ndarray of float, shape=(n_points,)
        Value, NaN at a gap, and its place from 0 to 1.
    scaling : str
        The scaling that was used.
    pitch : ndarray of float, shape=(n_points,)
        MIDI note numbers of the direct mapping, NaN where silent.
    sounds : ndarray of bool, shape=(n_points,)
    """

    voice: Voice
    values: FloatArray
    level: FloatArray
    scaling: str
    pitch: FloatArray
    sounds: BoolArray


@dataclass(frozen=True, kw_only=True)
class Plan:
    """A table's points, mapped but not yet in time."""

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
        return _lead_in_sec(self.settings)


@dataclass(frozen=True, kw_only=True)
class Sonification:
    """What a table sounds like: the notes, and where in the table each one comes from.

    ``composition`` tells what a network added, and is None where every pitch is the data's.
    """

    midi: PrettyMIDI
    voices: tuple[VoiceResult, ...]
    settings: Settings
    rows: Rows
    groups: Groups
    timeline: Timeline
    notes: tuple[str, ...]
    composition: Composition | None = None

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
    """
    planned = plan(table, settings)
    timeline = lay_out(planned.rows, planned.groups, planned.chosen, settings, planned.lead_in_sec)
    return realise(planned, timeline)


def plan(table: Table, settings: Settings) -> Plan:
    """Choose the rows, join them to points and map the points; raises as :func:`sonify` does."""
    if not settings.voices:
        raise InputError("No column was chosen. Choose at least one column of numbers to hear.")
    rows = points.select_rows(table, settings)
    groups = points.group_rows(len(rows.index), settings.n_notes)
    series = [_series(table, rows, groups, voice, settings) for voice in settings.voices]
    chosen = (
        points.stepped(series[0], settings.step_share)
        if settings.sampling == "steps"
        else np.ones(groups.n_groups, dtype=bool)
    )
    lines = tuple(
        _line(values, voice, settings, chosen) for values, voice in zip(series, settings.voices, strict=True)
    )
    return Plan(
        settings=settings,
        rows=rows,
        groups=groups,
        chosen=chosen,
        lines=lines,
        notes=(*rows.notes, *_infinite_notes(table, settings)),
    )


def realise(
    planned: Plan,
    timeline: Timeline,
    pitches: Sequence[FloatArray] | None = None,
    tempo_qpm: float | None = None,
) -> Sonification:
    """Put planned points into time and write the notes.

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
    voices = tuple(
        _voice_result(line, settings, planned, timeline, line.pitch if pitches is None else pitches[i])
        for i, line in enumerate(planned.lines)
    )
    midi = _write(voices, settings, planned.rows, timeline, tempo_qpm or _file_tempo(timeline.step_sec))
    return Sonification(
        midi=midi,
        voices=voices,
        settings=settings,
        rows=planned.rows,
        groups=planned.groups,
        timeline=timeline,
        notes=(*planned.notes, *timeline.notes),
    )


def _infinite_notes(table: Table, settings: Settings) -> list[str]:
    """Say how many cells are infinite: they have no place on an axis and stay silent."""
    heard = {voice.column for voice in settings.voices}
    return [
        f"{plural(column.n_infinite, 'cell')} of {column.name} {'is' if column.n_infinite == 1 else 'are'} "
        "infinite and silent."
        for column in table.columns
        if column.name in heard and column.n_infinite
    ]


def _series(table: Table, rows: Rows, groups: Groups, voice: Voice, settings: Settings) -> FloatArray:
    values = points.column_values(table, rows, voice, settings)
    return points.smooth(points.aggregate(values, groups, settings.aggregate), settings.smoothing)


def _line(values: FloatArray, voice: Voice, settings: Settings, chosen: BoolArray) -> Line:
    scaling = settings.scaling
    if scaling == "auto":
        scaling = mapping.choose_scaling(values, mapping.n_pitches(voice, settings))
    level = mapping.spread(values, scaling)
    sounds = chosen & ~np.isnan(values)
    pitch = np.where(sounds, mapping.quantise(level, voice, settings), np.nan)
    return Line(voice=voice, values=values, level=level, scaling=scaling, pitch=pitch, sounds=sounds)


def _voice_result(
    line: Line, settings: Settings, planned: Plan, timeline: Timeline, pitch: FloatArray
) -> VoiceResult:
    voice, groups, rows = line.voice, planned.groups, planned.rows
    outlier = mapping.outliers(line.values)
    points = pd.DataFrame(
        {
            "row": rows.index[groups.edges[:-1]],
            "row_last": rows.index[groups.edges[1:] - 1],
            "n_rows": np.diff(groups.edges),
            "time": timeline.time,
            "value": line.values,
            "level": line.level,
            "onset_sec": timeline.onset_sec,
            "duration_sec": _durations(line.level, voice, timeline),
            "pitch": pitch,
            "velocity": _velocities(line.level, outlier & settings.accents, voice),
            "pan": _pans(line.level, voice),
            "sounds": line.sounds,
            "outlier": outlier,
        }
    )
    fidelity = measure(
        measured_values(planned, line), pitch, line.sounds,
        polarity=voice.polarity, duration_sec=timeline.duration_sec,
    )  # fmt: skip
    return VoiceResult(voice=voice, scaling=line.scaling, points=points, fidelity=fidelity)


def measured_values(planned: Plan, line: Line) -> FloatArray:
    """The values that a voice's fidelity is measured against: with sampling "steps" only the chosen ones."""
    if planned.settings.sampling == "steps":
        return np.where(planned.chosen, line.values, np.nan)
    return line.values


def _durations(level: FloatArray, voice: Voice, timeline: Timeline) -> FloatArray:
    """Length of each note in seconds; a quarter to all of its room where the value drives it."""
    share = np.where(np.isnan(level), 1.0, 0.25 + 0.75 * level) if "duration" in voice.also else 1.0
    return timeline.room_sec * share


def _velocities(level: FloatArray, accented: BoolArray, voice: Voice) -> IntArray:
    """MIDI velocity of each note, 1-127; a third to all of the voice's where the value drives it."""
    share = (
        np.where(np.isnan(level), 1.0, 1 / 3 + 2 / 3 * level)
        if "loudness" in voice.also
        else np.ones(len(level))
    )
    velocity = np.round(voice.velocity * share) + ACCENT_BOOST * accented
    clipped: IntArray = np.clip(velocity, 1, 127).astype(np.int64)
    return clipped


def _pans(level: FloatArray, voice: Voice) -> FloatArray:
    """Place of each note, -1 left to 1 right; from left to right where the value drives it."""
    if "pan" in voice.also:
        return np.where(np.isnan(level), 0.0, -0.9 + 1.8 * level)
    return np.full(len(level), voice.pan)


def _lead_in_sec(settings: Settings) -> float:
    if not settings.references:
        return 0.0
    n_tones = len(settings.references) * len(settings.voices)
    return n_tones * (REFERENCE_SEC + REFERENCE_GAP_SEC) + REFERENCE_PAUSE_SEC


def _write(
    voices: tuple[VoiceResult, ...], settings: Settings, rows: Rows, timeline: Timeline, tempo_qpm: float
) -> PrettyMIDI:
    import pretty_midi

    midi = pretty_midi.PrettyMIDI(resolution=TICKS_PER_QUARTER, initial_tempo=tempo_qpm)
    for result in voices:
        midi.instruments.append(_track(result, settings))
    if settings.references:
        midi.instruments.extend(_reference_tracks(voices, settings))
    if settings.accents:
        midi.instruments.extend(_accent_tracks(voices))
    if settings.tick_unit != "off":
        midi.instruments.extend(_tick_track(rows, settings, timeline))
    if midi.get_end_time() > limits.MAX_DURATION_SEC + 60:
        raise InputError(
            f"This would last {midi.get_end_time() / 60:.0f} minutes; up to "
            f"{limits.MAX_DURATION_SEC / 60:.0f} work. Choose fewer notes or a faster pace."
        )
    return midi


def _file_tempo(step_sec: float) -> float:
    """Tempo in quarter notes a minute at which notes fall on quarters, eighths or sixteenths."""
    quarter = step_sec
    while quarter < 0.25:
        quarter *= 2
    return sayable_tempo(60.0 / quarter)


def _track(result: VoiceResult, settings: Settings) -> Instrument:
    import pretty_midi

    voice = result.voice
    track = pretty_midi.Instrument(program=voice.program, name=voice.name)
    if "pan" not in voice.also:
        track.control_changes.append(pretty_midi.ControlChange(CC_PAN, _pan_control(voice.pan), 0.0))
    for point in _each(result.points[result.points["sounds"]]):
        onset, pitch = float(point.onset_sec), round(float(point.pitch))
        if "pan" in voice.also:
            track.control_changes.append(pretty_midi.ControlChange(CC_PAN, _pan_control(point.pan), onset))
        if settings.scale == "continuous":
            wheel = min(8191, round((float(point.pitch) - pitch) * PITCH_WHEEL_PER_SEMITONE))
            track.pitch_bends.append(pretty_midi.PitchBend(wheel, onset))
        track.notes.append(
            pretty_midi.Note(int(point.velocity), pitch, onset, onset + float(point.duration_sec))
        )
    return track


def _each(points: pd.DataFrame) -> Iterator[Any]:
    """Go through points by name; pandas cannot say what type each cell has."""
    yield from points.itertuples()


def _pan_control(pan: float) -> int:
    return int(np.clip(round(64 + 63 * pan), 0, 127))


def _reference_tracks(voices: tuple[VoiceResult, ...], settings: Settings) -> list[Instrument]:
    """Before the data: each voice plays its lowest, mean and highest value, in that order."""
    import pretty_midi

    tracks, onset = [], 0.0
    for result in voices:
        voice = result.voice
        track = pretty_midi.Instrument(program=voice.program, name=f"{voice.name}: reference tones")
        for reference in settings.references:
            pitch = round(reference_pitch(result, reference, settings))
            track.notes.append(pretty_midi.Note(voice.velocity, pitch, onset, onset + REFERENCE_SEC))
            onset += REFERENCE_SEC + REFERENCE_GAP_SEC
        tracks.append(track)
    return tracks


def reference_value(result: VoiceResult, reference: str) -> float:
    """The lowest, mean or highest value of a voice's points."""
    values = result.points["value"].dropna().to_numpy(dtype=float)
    if reference == "mean":
        unit = float(np.abs(values).max()) or 1.0
        return float((values / unit).mean() * unit)
    return float(values.min() if reference == "min" else values.max())


def reference_pitch(result: VoiceResult, reference: str, settings: Settings) -> float:
    """The pitch at which a voice would play its lowest, mean or highest value."""
    known = result.points.dropna(subset=["value"]).sort_values("value")
    level = np.interp(reference_value(result, reference), known["value"], known["level"])
    return float(mapping.quantise(np.array([level]), result.voice, settings)[0])


def _accent_tracks(voices: tuple[VoiceResult, ...]) -> list[Instrument]:
    """A bell an octave above each outlier, beside its louder note."""
    import pretty_midi

    tracks = []
    for result in voices:
        track = pretty_midi.Instrument(program=ACCENT_PROGRAM, name=f"{result.voice.name}: outliers")
        for point in _each(result.points[result.points["sounds"] & result.points["outlier"]]):
            onset, pitch = float(point.onset_sec), min(127, round(float(point.pitch)) + 12)
            track.notes.append(
                pretty_midi.Note(ACCENT_VELOCITY, pitch, onset, onset + float(point.duration_sec))
            )
        if track.notes:
            tracks.append(track)
    return tracks


def _tick_track(rows: Rows, settings: Settings, timeline: Timeline) -> list[Instrument]:
    import pretty_midi

    track = pretty_midi.Instrument(program=0, is_drum=True, name="Time ticks")
    for onset in tick_times(rows, settings, timeline):
        track.notes.append(pretty_midi.Note(TICK_VELOCITY, TICK_PITCH, float(onset), float(onset) + TICK_SEC))
    return [track] if track.notes else []
