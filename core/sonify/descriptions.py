"""The mapping in plain words, and the names of points, values and times."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from core.errors import plural
from core.music.midi import note_name, program_name
from core.sonify.direct_mapping import Sonification, VoiceResult
from core.sonify.points import FloatArray, Rows
from core.sonify.settings import Settings, Voice

_SCALING_WORDS = {
    "linear": "equal steps of the value are equal steps of pitch",
    "log": "equal ratios of the value are equal steps of pitch (logarithmic)",
    "rank": "the pitch tells the rank of a value among the others, not its size",
    "robust": "linear between the 5th and 95th percentile, flat outside",
}
_CHANNEL_WORDS = {
    "loudness": "louder",
    "duration": "longer",
    "pan": "further to the right",
}


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


def time_writer(rows: Rows) -> Callable[[float], str]:
    """Choose how times are written from how fine they are: 1998, May 1998, 12 May 1998, with hours."""
    if not rows.is_date:
        return number_of_axis
    stamps = pd.to_datetime(rows.time, unit="s")
    if (stamps == stamps.normalize()).all():
        days = np.median(np.diff(rows.time)) / 86_400 if len(rows.time) > 1 else 1.0
        if (stamps.day == stamps[0].day).all() and days >= 28:
            yearly = (stamps.month == stamps[0].month).all()
            return _date_writer("%Y" if yearly else "%B %Y")
        return _date_writer("%-d %B %Y")
    return _date_writer("%-d %B %Y %H:%M")


def number_of_axis(value: float) -> str:
    """Write a number of the time axis without grouping, so that a year reads 1998 and not 1,998."""
    return f"{value:.10g}"


def _date_writer(pattern: str) -> Callable[[float], str]:
    def write(seconds: float) -> str:
        """Write seconds since 1970 in the chosen pattern."""
        stamp = pd.Timestamp(seconds, unit="s")
        # %-d is not portable; the day is put in by hand.
        return stamp.strftime(pattern.replace("%-d", str(stamp.day)))

    return write


def point_labels(sonification: Sonification, result: VoiceResult, unit: str = "") -> list[str]:
    """Name every point as a screen reader says it: "May 1998, 366.5 ppm, point 480 of 2,284".

    A point of several rows names the first and the last of them; a gap says so.
    """
    rows, groups = sonification.rows, sonification.groups
    write = time_writer(rows)
    points = result.points
    n_points = len(points)
    labels = []
    for i, (value, n_rows) in enumerate(zip(points["value"], points["n_rows"], strict=True)):
        places = groups.edges[i], groups.edges[i + 1] - 1
        if rows.names is not None:
            first, last = (rows.names[place] for place in places)
        elif sonification.settings.time is None:
            first, last = (f"row {int(rows.time[place]) + 1:,}" for place in places)
        else:
            first, last = (write(rows.time[place]) for place in places)
        when = first if n_rows == 1 or first == last else f"{first} to {last}"
        what = "no data" if np.isnan(value) else number(float(value), unit)
        labels.append(f"{when}, {what}, point {i + 1:,} of {n_points:,}")
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
    settings = sonification.settings
    sentences = [
        _voice_sentence(result, settings, units.get(result.voice.column, ""))
        for result in sonification.voices
    ]
    sentences.extend(_composed_sentences(sonification))
    sentences.append(_time_sentence(sonification))
    gaps = [
        result for result in sonification.voices if result.fidelity.n_gaps and settings.sampling == "rows"
    ]
    for result in gaps:
        n_gaps = result.fidelity.n_gaps
        sentences.append(
            f"{plural(n_gaps, 'gap').capitalize()} in {result.voice.column} {'are' if n_gaps > 1 else 'is'} silent."
        )
    sentences.extend(_cue_sentences(settings))
    return sentences


def _voice_sentence(result: VoiceResult, settings: Settings, unit: str) -> str:
    voice = result.voice
    values = result.points["value"].dropna()
    low, high = float(values.min()), float(values.max())
    instrument = program_name(voice.program)
    if low == high:
        pitch = result.points["pitch"].dropna()
        return f"{voice.name} ({instrument}) is constant: every note is {number(low, unit)}, {_pitch(pitch, -1)}."
    direction = "higher is higher" if voice.polarity == "up" else "higher is lower"
    if settings.mode == "melody" and settings.fidelity < 1:
        # Where a network chooses near the datum, single values have no pitch of their own.
        text = (
            f"{voice.name} ({instrument}): {direction}, from {number(low, unit)} to {number(high, unit)}; "
            f"{_SCALING_WORDS[result.scaling]}."
        )
        return text + _also(voice)
    heard = result.points.dropna(subset=["pitch"]).sort_values("value")
    first, last = heard.iloc[0], heard.iloc[-1]
    text = (
        f"{voice.name} ({instrument}): {direction}. {number(float(first.value), unit)} is {note_name(first.pitch)}, "
        f"{number(float(last.value), unit)} is {note_name(last.pitch)}; {_SCALING_WORDS[result.scaling]}."
    )
    return text + _also(voice)


def _also(voice: Voice) -> str:
    if not voice.also:
        return ""
    return f" A larger value is also {' and '.join(_CHANNEL_WORDS[channel] for channel in voice.also)}."


def _composed_sentences(sonification: Sonification) -> list[str]:
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


def _pitch(pitches: pd.Series, place: int) -> str:
    return note_name(float(pitches.iloc[place])) if len(pitches) else "silent"


def _time_sentence(sonification: Sonification) -> str:
    settings, timeline = sonification.settings, sonification.timeline
    n_rows, n_points = len(sonification.rows.index), sonification.groups.n_groups
    if n_rows > n_points:
        most = int(np.diff(sonification.groups.edges).max())
        least = int(np.diff(sonification.groups.edges).min())
        share = f"{most}" if most == least else f"{least} or {most}"
        joined = {"last": "the last"}.get(settings.aggregate, f"the {settings.aggregate}")
        text = f"{n_rows:,} rows became {n_points:,} notes; each is {joined} of {share} rows"
    else:
        text = f"{plural(n_rows, 'row')}, one note each"
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


def _cue_sentences(settings: Settings) -> list[str]:
    sentences = []
    if settings.references:
        named = {"min": "the lowest", "mean": "the mean", "max": "the highest"}
        order = ", ".join(named[reference] for reference in settings.references)
        sentences.append(f"Before the data each voice plays {order} value.")
    if settings.tick_unit != "off":
        if settings.tick_unit == "row":
            sentences.append(f"A soft tick marks every {plural(round(settings.tick_every), 'note')}.")
        else:
            unit = (
                ""
                if settings.tick_unit == "unit"
                else f" {settings.tick_unit}{'s' if settings.tick_every != 1 else ''}"
            )
            sentences.append(f"A soft tick marks every {settings.tick_every:g}{unit} of {settings.time}.")
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
