"""Descriptions of a sonification in plain words: the mapping, the points, values and times."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from core.arrays import FloatArray
from core.errors import plural
from core.music.midi import note_name, program_name
from core.sonify.direct_mapping import Sonification, VoiceResult
from core.sonify.row_selection import Rows
from core.sonify.settings import Settings
from core.tables.table import Table

_SCALING_WORDS = {
    "linear": "equal steps of the value are equal steps of pitch",
    "log": "equal ratios of the value are equal steps of pitch (logarithmic)",
    "rank": "the pitch tells the rank of a value among the others, not its size",
    "robust": "linear between the 5th and 95th percentile, flat outside",
}
_CHANNEL_WORDS = {"loudness": "louder", "duration": "longer", "pan": "further to the right"}
_REFERENCE_WORDS = {"min": "the lowest", "mean": "the mean", "max": "the highest"}


def number(value: float, unit: str = "") -> str:
    """Write a number with four significant digits: 366.5 ppm, 1,235,000, 1.2e-07."""
    if value == 0:
        text = "0"
    elif 1e-3 <= abs(value) < 1e9:
        digits = max(0, 3 - int(np.floor(np.log10(abs(value)))))
        text = f"{value:,.{digits}f}"
        if "." in text:
            text = text.rstrip("0").rstrip(".")
    else:
        mantissa, exponent = f"{value:.3e}".split("e")
        text = f"{float(mantissa):g}e{int(exponent)}"
    return f"{text} {unit}".strip()


def units_of(table: Table) -> dict[str, str]:
    """Unit of each column that has one."""
    return {column.name: column.unit for column in table.columns if column.unit}


def axis_title(result: VoiceResult, unit: str) -> str:
    """Title of a voice's axis: "rain (mm)", or for a label "Oslo (rain, mm)"."""
    besides = [unit] if unit else []
    if _hides_column(result):
        besides.insert(0, result.voice.column)
    return result.name + (f" ({', '.join(besides)})" if besides else "")


def _hides_column(result: VoiceResult) -> bool:
    """Whether a voice is called after its label alone."""
    return result.voice.label is not None and result.voice.column not in result.name


def offset_minutes(rows: Rows, time: FloatArray) -> FloatArray:
    """Minutes from UTC to the hour that the file has written, 0 where it has written none, shape=(n_times,)."""
    if not rows.offsets:
        return np.zeros(len(time))
    begins, minutes = np.array(rows.offsets, dtype=float).T
    at: FloatArray = minutes[np.maximum(np.searchsorted(begins, time, side="right") - 1, 0)]
    return at


def _row_namer(sonification: Sonification) -> Callable[[int], str]:
    """Choose how rows are called; dates as finely as they need it: 1998, May 1998, 12 May 1998, with hours."""
    rows = sonification.rows
    if rows.names is not None:
        return rows.names.__getitem__
    if sonification.settings.time is None:
        return lambda place: f"row {int(rows.time[place]) + 1:,}"
    if not rows.is_date:
        return lambda place: f"{rows.time[place]:.10g}"  # not grouped: a year reads 1998 and not 1,998
    stamps = pd.to_datetime(rows.time + 60 * offset_minutes(rows, rows.time), unit="s")
    pattern = "%-d %B %Y %H:%M"
    if (stamps == stamps.normalize()).all():
        pattern = "%-d %B %Y"
        days = np.median(np.diff(rows.time)) / 86_400 if len(rows.time) > 1 else 1.0
        if (stamps.day == stamps[0].day).all() and days >= 28:
            pattern = "%Y" if (stamps.month == stamps[0].month).all() else "%B %Y"
    # %-d is not portable; the day is put in by hand.
    return lambda place: stamps[place].strftime(pattern.replace("%-d", str(stamps[place].day)))


def point_labels(sonification: Sonification, result: VoiceResult, unit: str = "") -> list[str]:
    """Name every point as a screen reader says it: "May 1998, 366.5 ppm, point 480 of 2,284".

    A point of several rows names the first and the last of them; a gap says so. Times that were written with an offset
    are told as they were written.
    """
    name, edges, labels = _row_namer(sonification), sonification.groups.edges.tolist(), []
    for i, value in enumerate(result.points["value"].tolist()):
        first, last = name(edges[i]), name(edges[i + 1] - 1)
        when = first if first == last else f"{first} to {last}"
        what = "no data" if np.isnan(value) else number(value, unit)
        labels.append(f"{when}, {what}, point {i + 1:,} of {len(result.points):,}")
    return labels


def mapping_in_words(sonification: Sonification, units: dict[str, str] | None = None) -> list[str]:
    """Say what is heard, one sentence or two a voice and one on time.

    Parameters
    ----------
    sonification : Sonification
    units : dict, optional
        Unit of each column.

    Returns
    -------
    list of str
    """
    units = units or {}
    settings, voices = sonification.settings, sonification.voices
    sentences = [_describe_voice(result, settings, units.get(result.voice.column, "")) for result in voices]
    sentences += [*_describe_composition(sonification), _describe_time(sonification)]
    for result in voices if settings.sampling == "rows" else ():
        n_gaps, verb = result.fidelity.n_gaps, "are" if result.fidelity.n_gaps > 1 else "is"
        if n_gaps:
            called = result.voice.column if result.voice.label is None else result.name
            sentences.append(f"{plural(n_gaps, 'gap')} in {called} {verb} silent.")
    return sentences + _describe_cues(settings)


def _describe_voice(result: VoiceResult, settings: Settings, unit: str) -> str:
    voice = result.voice
    values = result.points["value"].dropna()
    low, high = float(values.min()), float(values.max())
    instrument = program_name(voice.program)
    if low == high:
        pitch = result.points["pitch"].dropna()
        name = note_name(float(pitch.iloc[-1])) if len(pitch) else "silent"
        what = f"{result.name} ({instrument})" + (f", {voice.value_name}," if _hides_column(result) else "")
        return f"{what} is constant: every note is {number(low, unit)}, {name}."
    direction = "higher is higher" if voice.polarity == "up" else "higher is lower"
    if settings.mode == "melody" and settings.fidelity < 1:
        # Where a network chooses near the datum, single values have no pitch of their own.
        ends = f", from {number(low, unit)} to {number(high, unit)}"
    else:
        heard = result.points.dropna(subset=["pitch"]).sort_values("value").iloc[[0, -1]]
        pairs = zip(heard["value"], heard["pitch"], strict=True)
        ends = ". " + ", ".join(f"{number(value, unit)} is {note_name(pitch)}" for value, pitch in pairs)
    told = f" tells {voice.value_name}" if _hides_column(result) else ""
    text = f"{result.name} ({instrument}){told}: {direction}{ends}; {_SCALING_WORDS[result.scaling]}."
    if voice.also:
        text += f" A larger value is also {' and '.join(_CHANNEL_WORDS[channel] for channel in voice.also)}."
    return text


def _describe_composition(sonification: Sonification) -> list[str]:
    """What a network added, and what it left alone."""
    settings, composition = sonification.settings, sonification.composition
    if composition is None:
        return []
    sentences = []
    if composition.takes:
        if settings.fidelity >= 1:
            how = "takes the nearest note to every value"
        elif settings.fidelity <= 0:
            how = "is free of the data: only their number and rhythm are heard"
        else:
            how = "chooses notes near the values that make a melody"
        sentences.append(
            f"At {settings.fidelity:.0%} fidelity the network {how}, in {settings.key} {settings.scale}; "
            f"take {settings.take} of {settings.takes}."
        )
    if composition.accompanied is not None:
        n_notes = len(composition.accompanied.notes)
        sentences.append(
            f"Every note of the data is exact. The network composed {plural(n_notes, 'note')} of accompaniment around "
            f"them ({settings.style}, {program_name(settings.accompaniment_program)}), softer than the data."
        )
    return sentences


def _describe_time(sonification: Sonification) -> str:
    settings, timeline = sonification.settings, sonification.timeline
    # Not counted in the rows themselves, which a page does not keep.
    n_rows, n_points = int(sonification.groups.edges[-1]), sonification.groups.n_groups
    noun, each = ("moment", "one note a voice") if settings.split else ("row", "one note each")
    noun = "point" if sonification.is_aggregated else noun
    if n_rows > n_points:
        shares = " or ".join(map(str, np.unique(np.diff(sonification.groups.edges))))
        text = f"{n_rows:,} {noun}s became {n_points:,} notes; each is the {settings.aggregate} of {shares} {noun}s"
    else:
        text = f"{plural(n_rows, noun)}, {each}"
    if len({result.voice.label for result in sonification.voices}) > 1:
        text = f"Each {settings.split} is a voice of its own. {text[0].upper()}{text[1:]}"
    if settings.smoothing > 1:
        text += f", smoothed over {settings.smoothing} notes"
    if settings.sampling == "steps":
        n_kept = int(timeline.chosen.sum())
        text += (
            f"; {n_kept:,} of them sound, where the value has moved by {settings.step_share:.1%} of its range"
        )
    if settings.rhythm == "time":
        rhythm = f"the gaps of {settings.time} are the gaps between notes"
    elif settings.rhythm == "composed":
        rhythm = "the rhythm is the network's"
    else:
        rhythm = f"one note each {timeline.step_sec:.3g} s"
    score = sonification.composition.score if sonification.composition is not None else None
    if score is not None:
        rhythm += (
            f"; {plural(score.n_bars, 'bar')} of {settings.meter} at {score.tempo_qpm:.4g} quarters a minute"
        )
    return f"{text}; {rhythm}, {timeline.duration_sec:.3g} s in all."


def _describe_cues(settings: Settings) -> list[str]:
    sentences = []
    if settings.references:
        order = ", ".join(_REFERENCE_WORDS[reference] for reference in settings.references)
        sentences.append(f"Before the data each voice plays {order} value.")
    unit, every = settings.tick_unit, settings.tick_every
    if unit == "row":
        sentences.append(f"A soft tick marks every {plural(round(every), 'note')}.")
    elif unit != "off":
        named = "" if unit == "unit" else f" {unit}{'s' if every != 1 else ''}"
        sentences.append(f"A soft tick marks every {every:g}{named} of {settings.time}.")
    if settings.accents:
        sentences.append("Outliers are louder and carry a bell.")
    return sentences


def peaks(values: FloatArray, prominence_share: float = 0.1) -> Sequence[int]:
    """Places of the peaks a listener would look for: at least a tenth of the range above their surroundings."""
    from scipy.signal import find_peaks

    present = np.flatnonzero(~np.isnan(values))
    if len(present) < 3:
        return []
    series = values[present] / (np.abs(values[present]).max() or 1.0)
    spread = float(np.ptp(series))
    found, _ = find_peaks(series, prominence=prominence_share * spread) if spread else ([], {})
    return [int(present[place]) for place in found]
