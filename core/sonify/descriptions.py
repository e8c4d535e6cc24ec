"""Descriptions of a sonification in words: the mapping, the points, values and times."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pandas as pd

from core.arrays import FloatArray
from core.errors import join_words, plural
from core.music.midi import note_name, program_name
from core.music.spelling import show_accidentals
from core.sonify.direct_mapping import Sonification, VoiceResult
from core.sonify.fidelity import ENOUGH_AUDIBLE
from core.sonify.row_selection import Rows
from core.sonify.settings import Settings
from core.speech.captions import DUCK_DB
from core.speech.languages import LANGUAGES
from core.tables.table import Table

_SCALING_WORDS = {
    "linear": "equal differences in value are equal intervals",
    "log": "equal ratios of values are equal intervals (logarithmic)",
    "rank": "pitch shows the rank of a value among the others, not its size",
    "robust": "linear between the 5th and 95th percentiles, flat outside them",
}
_CHANNEL_WORDS = {"loudness": "louder", "duration": "longer", "pan": "farther to the right"}
# Populations and budgets are read in digits; what is larger is written with its power of ten.
_LARGEST_PLAIN = 1e15
LAST_YEAR = 2200  # a larger number on a time axis is grouped: 9,999
_REFERENCE_WORDS = {"min": "minimum", "mean": "mean", "max": "maximum"}


def number(value: float, unit: str = "") -> str:
    """Write a number with four significant digits or all whole ones: 366.5 ppm, 7.5%, £1,915, −1,235,000, 1.2e−7.

    Examples
    --------
    >>> number(366.48, "ppm"), number(-7.5, "%"), number(4609.2, "£"), number(-698.4, "£")
    ('366.5 ppm', '−7.5%', '£4,609', '−£698.40')
    """
    if value == 0:
        text = "0"
    elif 1e-3 <= abs(value) < _LARGEST_PLAIN:
        digits = max(0, 3 - int(np.floor(np.log10(abs(value)))))
        text = f"{value:,.{digits}f}"
        if "." in text:
            text = text.rstrip("0").rstrip(".")
    else:
        mantissa, exponent = f"{value:.3e}".split("e")
        text = f"{float(mantissa):g}e{int(exponent)}"
    text = text.replace("-", "−")
    if len(unit) == 1 and unicodedata.category(unit) == "Sc":
        sign, amount = ("−", text[1:]) if text.startswith("−") else ("", text)
        whole, point, cents = amount.partition(".")
        return f"{sign}{unit}{whole}.{cents:0<2}" if point and len(cents) <= 2 else f"{sign}{unit}{amount}"
    return text + unit if unit.startswith("%") else f"{text} {unit}".strip()


def units_of(table: Table) -> dict[str, str]:
    """Unit of each column that has one."""
    return {column.name: column.unit for column in table.columns if column.unit}


def axis_title(members: Sequence[VoiceResult], units: Mapping[str, str]) -> str:
    """Title of the axis of a scale: "rain (mm)"; for a label "Oslo (rain, mm)"; for several voices what they have in common."""
    columns = list(dict.fromkeys(result.voice.column for result in members))
    unit = units.get(columns[0], "")
    if len(members) == 1:
        besides = [unit] if unit else []
        if _hides_column(members[0]):
            besides.insert(0, columns[0])
        return members[0].name + (f" ({', '.join(besides)})" if besides else "")
    if len(columns) == 1:
        return columns[0] + (f" ({unit})" if unit else "")
    return unit if unit and all(units.get(column, "") == unit for column in columns) else ", ".join(columns)


def name_register(members: Sequence[VoiceResult]) -> str:
    """The range of pitches of a scale, such as "C2 to C6"; empty where its voices have different ones."""
    ranges = {(result.voice.low, result.voice.high) for result in members}
    return (
        " to ".join(show_accidentals(note_name(pitch)) for pitch in ranges.pop()) if len(ranges) == 1 else ""
    )


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
    """Choose how rows are named; dates as precisely as needed: 1998, May 1998, May 12, 1998, with hours."""
    rows = sonification.rows
    if rows.names is not None:
        return rows.names.__getitem__
    if sonification.settings.time is None:
        return lambda place: f"row {int(rows.time[place]) + 1:,}"
    if not rows.is_date:
        grouped = "" if _are_years(rows.time) else ","
        return lambda place: f"{rows.time[place]:{grouped}.10g}".replace("-", "−")
    stamps = pd.to_datetime(rows.time + 60 * offset_minutes(rows, rows.time), unit="s")
    if rows.period:
        return lambda place: name_period(stamps[place], rows.period)
    pattern = "%B %-d, %Y, %H:%M"
    hours = stamps - stamps.normalize()
    # One time of day for all days says nothing.
    if (hours == hours[0]).all() and (len(stamps) > 1 or not hours[0]):
        pattern = "%B %-d, %Y"
        days = np.median(np.diff(rows.time)) / 86_400 if len(rows.time) > 1 else 1.0
        if (stamps.day == stamps[0].day).all() and days >= 28:
            pattern = "%Y" if (stamps.month == stamps[0].month).all() else "%B %Y"
    # %-d is not portable, so the day is filled in here.
    return lambda place: stamps[place].strftime(pattern.replace("%-d", str(stamps[place].day)))


def name_period(begin: pd.Timestamp, period: str) -> str:
    """Name a quarter or an ISO week by its first day.

    Examples
    --------
    >>> name_period(pd.Timestamp("2015-04-01"), "quarter"), name_period(pd.Timestamp("2020-12-28"), "week")
    ('Q2 2015', 'Week 53 of 2020')
    """
    if period == "quarter":
        return f"Q{begin.quarter} {begin.year}"
    year, week, _ = begin.isocalendar()
    return f"Week {week} of {year}"


def _are_years(time: FloatArray) -> bool:
    """Whether an axis of numbers counts years, which are written 1998 and not 1,998."""
    return bool(np.all((time == np.floor(time)) & (np.abs(time) <= LAST_YEAR)))


def point_labels(sonification: Sonification, result: VoiceResult, unit: str = "") -> list[str]:
    """Label every point for a screen reader: "May 1998, 366.5 ppm, point 480 of 2,284".

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
    """Describe the mapping: pitch first, then each voice, the composition, time and cues.

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
    sentences = describe_scales(sonification, units)
    sentences += [
        _describe_voice(result, sonification, units.get(result.voice.column, "")) for result in voices
    ]
    sentences += [*_describe_composition(sonification), _describe_time(sonification)]
    sentences += _describe_gaps(sonification)
    sentences += _describe_flat([result for result in voices if _has_flat_moves(result)])
    return [*sentences, *_describe_cues(settings), *_describe_captions(sonification)]


def _describe_gaps(sonification: Sonification) -> list[str]:
    """Describe how many points of each voice have no value."""
    sentences = []
    for result in sonification.voices if sonification.settings.sampling == "rows" else ():
        n_gaps = result.fidelity.n_gaps
        if sonification.is_aggregated:
            n_gaps -= int((result.points["n_rows"] == 0).sum())
        if n_gaps > 0:
            called = result.voice.column if result.voice.label is None else result.name
            sentences.append(f"{plural(n_gaps, 'missing value')} in {called}: silent.")
    return sentences


def _has_flat_moves(result: VoiceResult) -> bool:
    audible = result.fidelity.moves_audible
    return audible is not None and audible < ENOUGH_AUDIBLE


def _describe_flat(results: Sequence[VoiceResult]) -> list[str]:
    if not results:
        return []
    shares = [f"{result.fidelity.moves_flat or 0:.0%} of the changes in {result.name}" for result in results]
    return [f"{join_words(shares)} are too small to change the pitch."]


def describe_scales(sonification: Sonification, units: dict[str, str]) -> list[str]:
    """Describe which voices share a pitch scale, and which cannot be compared.

    Returns
    -------
    list of str
        Nothing for a single voice, whose own sentence tells it.
    """
    voices = sonification.voices
    if len(voices) < 2:
        return []
    scales: dict[int, list[VoiceResult]] = {}
    for result in voices:
        scales.setdefault(result.pitch_scale, []).append(result)
    sentences = [
        _describe_shared(members, sonification, units) for members in scales.values() if len(members) > 1
    ]
    if len(scales) == len(voices):
        sentences.append(
            "Each voice has its own pitch scale: compare when voices rise and fall, not how high they are."
        )
    elif len(scales) > 1:
        sentences.append("Pitches of different scales cannot be compared with each other.")
    return sentences


def _describe_shared(members: list[VoiceResult], sonification: Sonification, units: dict[str, str]) -> str:
    values = pd.concat([result.points["value"].dropna() for result in members])
    unit = units.get(members[0].voice.column, "")
    same_unit = all(units.get(result.voice.column, "") == unit for result in members)
    ends = [number(float(value), unit if same_unit else "") for value in (values.min(), values.max())]
    text = f"{join_words([result.name for result in members])} share one pitch scale, from {ends[0]} to {ends[1]}"
    voices = [result.voice for result in members]
    if len({(voice.low, voice.high, voice.polarity) for voice in voices}) > 1:
        return f"{text}, in registers or directions of their own; {_SCALING_WORDS[members[0].scaling]}."
    same = (
        "the same value has the same pitch"
        if _is_exact(sonification)
        else "the same value lies in the same register"
    )
    return f"{text}: {same}; {_SCALING_WORDS[members[0].scaling]}."


def _is_exact(sonification: Sonification) -> bool:
    """Whether pitch is an exact function of the value, not chosen near it by a network."""
    return sonification.settings.mode != "melody" or sonification.settings.fidelity >= 1


def _describe_voice(result: VoiceResult, sonification: Sonification, unit: str) -> str:
    voice = result.voice
    values = result.points["value"].dropna()
    low, high = float(values.min()), float(values.max())
    instrument = program_name(voice.program)
    if low == high:
        pitch = result.points["pitch"].dropna()
        name = show_accidentals(note_name(float(pitch.iloc[-1]))) if len(pitch) else "silent"
        what = f"{result.name} ({instrument})" + (f", {voice.value_name}," if _hides_column(result) else "")
        return f"{what} is constant: every note is {number(low, unit)}, {name}."
    direction = (
        "higher values are higher notes" if voice.polarity == "up" else "higher values are lower notes"
    )
    if not _is_exact(sonification):
        ends = f", from {number(low, unit)} to {number(high, unit)}"
    else:
        heard = result.points.dropna(subset=["pitch"]).sort_values("value").iloc[[0, -1]]
        pairs = zip(heard["value"], heard["pitch"], strict=True)
        ends = ", " + " and ".join(
            f"{number(value, unit)} is {show_accidentals(note_name(pitch))}" for value, pitch in pairs
        )
    what = f"{result.name} ({instrument})"
    if _hides_column(result):
        what += f" plays {voice.value_name}"
    text = f"{what}: {direction}{ends}"
    # Voices of one scale are told once how values are placed on it.
    n_sharing = sum(other.pitch_scale == result.pitch_scale for other in sonification.voices)
    text += "." if n_sharing > 1 else f"; {_SCALING_WORDS[result.scaling]}."
    if voice.also:
        text += f" Higher values are also {join_words([_CHANNEL_WORDS[channel] for channel in voice.also])}."
    return text


def _describe_composition(sonification: Sonification) -> list[str]:
    """Describe what a network added and what it left unchanged."""
    settings, composition = sonification.settings, sonification.composition
    if composition is None:
        return []
    sentences = []
    if composition.takes:
        if settings.fidelity >= 1:
            how = "plays the note nearest to each value"
        elif settings.fidelity <= 0:
            how = "ignores the values: only their number and rhythm come from the data"
        else:
            how = "stays close to the values while forming a melody"
        sentences.append(
            f"At {settings.fidelity:.0%} fidelity the network {how}, in {show_accidentals(settings.key)} {settings.scale}; "
            f"take {settings.take} of {settings.takes}."
        )
    if composition.accompanied is not None:
        n_notes = len(composition.accompanied.notes)
        sentences.append(
            f"The data is the melody, mapped to pitch as above. A network composed the accompaniment: {plural(n_notes, 'note')} in "
            f"{settings.style} style ({program_name(settings.accompaniment_program)}), softer than the melody."
        )
    return sentences


def _describe_time(sonification: Sonification) -> str:
    settings, timeline = sonification.settings, sonification.timeline
    # Not counted in the rows themselves, which a page does not keep.
    n_rows, n_points = int(sonification.groups.edges[-1]), sonification.groups.n_groups
    noun, each = (
        ("time step", "one note per voice")
        if settings.split
        else (
            "row",
            "one note for each value"
            if any(voice.fidelity.n_gaps for voice in sonification.voices)
            else "one note each",
        )
    )
    noun = "point" if sonification.is_aggregated else noun
    if n_rows > n_points:
        shares = " or ".join(map(str, np.unique(np.diff(sonification.groups.edges))))
        how = {"last": "last value", "min": "minimum", "max": "maximum"}.get(
            settings.aggregate, settings.aggregate
        )
        text = f"{n_rows:,} {noun}s were aggregated to {n_points:,} notes, each the {how} of {shares} {noun}s"
    else:
        text = f"{plural(n_rows, noun)}, {each}"
    labels = {result.voice.label for result in sonification.voices}
    if len(labels) > 1:
        text = f"Each {settings.split} is a voice. {text[0].upper()}{text[1:]}"
    elif None not in labels:
        text = f"Only rows whose {settings.split} is {labels.pop()} are played. {text[0].upper()}{text[1:]}"
    if settings.smoothing > 1:
        text += f", smoothed over {settings.smoothing} notes"
    if settings.sampling == "steps":
        n_kept = int(timeline.chosen.sum())
        text += f"; {n_kept:,} of them sound, one for each change of {100 * settings.step_share:.3g}% of the value range"
    if settings.rhythm == "time":
        rhythm = f"time between notes is proportional to {settings.time}"
    elif settings.rhythm == "composed":
        rhythm = "a network composed the rhythm"
    else:
        rhythm = f"one note every {timeline.step_sec:.3g} s"
    score = sonification.composition.score if sonification.composition is not None else None
    if score is not None:
        rhythm += f"; {plural(score.n_bars, 'bar')} of {settings.meter} at {score.tempo_qpm:.4g} BPM"
    return f"{text}; {rhythm}, {timeline.duration_sec:.3g} s of notes."


def _describe_cues(settings: Settings) -> list[str]:
    sentences = []
    if settings.references:
        order = join_words([_REFERENCE_WORDS[reference] for reference in settings.references])
        noun = "value" if len(settings.references) == 1 else "values"
        sentences.append(f"Reference tones first: each voice plays its {order} {noun}.")
    unit, every = settings.tick_unit, settings.tick_every
    if unit == "row":
        sentences.append(f"A soft tick marks every {_count_up(every, 'note')}.")
    elif unit == "unit":
        sentences.append(f"A soft tick marks every step of {every:g} in {settings.time}.")
    elif unit != "off":
        sentences.append(f"A soft tick marks every {_count_up(every, unit)}.")
    if settings.accents:
        sentences.append("Outliers are louder and marked by a bell.")
    return sentences


def _count_up(every: float, unit: str) -> str:
    """Such as "month" or "3 months"."""
    return unit if every == 1 else f"{every:g} {unit}s"


def _describe_captions(sonification: Sonification) -> list[str]:
    track = sonification.captions
    if track is None:
        return []
    language = LANGUAGES[track.language].name
    if not track.is_in_sound:
        return [
            f"Your browser says the captions, in {language}, during playback; they are not in the sound file."
        ]
    n_moments, (n_extremes, n_all) = track.n_moments[0], track.n_extremes
    parts = [f"{plural(n_moments, 'moment')} of the time axis"] if n_moments else []
    if n_extremes == n_all == 2:
        parts += ["minimum", "maximum"]
    elif n_extremes:
        parts.append(f"{n_extremes}{'' if n_extremes == n_all else f' of {n_all}'} minima and maxima")
    then = f", then {join_words(parts)}" if parts else ""
    room = f"; {len(track.left_out)} more found no room" if track.left_out else ""
    return [
        f"Spoken captions ({language}): names and units before the data{then}{room}. "
        f"The notes are {DUCK_DB:g} dB softer while words are spoken."
    ]


def peaks(values: FloatArray, prominence_share: float = 0.1) -> Sequence[int]:
    """Positions of prominent peaks: at least a tenth of the range above their surroundings."""
    from scipy.signal import find_peaks

    present = np.flatnonzero(~np.isnan(values))
    if len(present) < 3:
        return []
    series = values[present] / (np.abs(values[present]).max() or 1.0)
    spread = float(np.ptp(series))
    found, _ = find_peaks(series, prominence=prominence_share * spread) if spread else ([], {})
    return [int(present[place]) for place in found]
