"""Settings of a sonification: columns, pitch range, scale, rhythm, mode; checked, saved and read as JSON."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Collection
from dataclasses import dataclass, field, fields
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar

from core import limits
from core.errors import InputError
from core.music.scales import KEYS, SCALES
from core.settings_file import SettingsFile, build, read_settings, require_whole_characters
from core.speech.languages import LANGUAGES

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

    Built = TypeVar("Built", bound=DataclassInstance)

PARTS = ("value", "trend", "season", "rest")
# As statistics calls them.
PART_NAMES = MappingProxyType({"value": "value", "trend": "trend", "season": "seasonal", "rest": "residual"})
POLARITIES = ("up", "down")
CHANNELS = ("loudness", "duration", "pan")
AGGREGATES = ("mean", "median", "min", "max", "last")
SAMPLINGS = ("rows", "steps")
SCALINGS = ("auto", "linear", "log", "rank", "robust")
# Which voices share one scale of values: those of one unit, all, or none; see `core.sonify.pitch_scales`.
PITCH_SCALES = ("unit", "all", "separate")
MODES = ("direct", "melody", "piece")
RHYTHMS = ("uniform", "time", "composed")
PACES = ("duration", "tempo", "bars")
METERS = ("4/4", "3/4")
STYLES = ("pop", "classical")
DENSITIES = (1, 2, 3, 4, 5)
DEFAULT_FIDELITY = 0.5  # the middle of the dial; what it reaches stands in docs/EXPERIMENTS.md
TICK_UNITS = ("off", "year", "month", "week", "day", "hour", "unit", "row")
REFERENCES = ("min", "mean", "max")
# Four instruments that are easy to tell apart: piano, marimba, flute, cello.
DEFAULT_PROGRAMS = (0, 12, 73, 42)

# Where a voice sounds when nobody chose: four octaves, or, above an accompaniment, two and a half.
DEFAULT_RANGES = MappingProxyType({"direct": (36, 84), "melody": (36, 84), "piece": (60, 91)})

# Reverb, one loudness and a limiter: on for what a network composed, off for direct mapping, whose level is the datum's.
MIXES = ("auto", "on", "off")

FILTER_OPERATORS = ("is", "is not", "contains", ">=", "<=")


def _require_choice(what: str, choices: Collection[object], value: object) -> None:
    if value not in choices:
        raise InputError(f"{what} was {value!r:.60}; it can be {', '.join(map(str, choices))}.")


def _require_number(what: str, low: float, high: float, unit: str, value: object) -> None:
    ok = isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high
    if not ok:
        raise InputError(f"{what} was {value!r:.60}; it can be {low:.10g} to {high:.10g}{unit}.")


def _require_text(name: str, value: object) -> None:
    """Refuse lone surrogates, which JSON can encode but nothing can display or save."""
    if isinstance(value, str):
        require_whole_characters(name, value)


def _choice(default: object, what: str, choices: Collection[object]) -> Any:
    """A field restricted to given choices, or a tuple of them; ``what`` begins the error message."""
    return field(default=default, metadata={"require": partial(_require_choice, what, choices)})


def _number(default: float | None, what: str, low: float, high: float, unit: str = "") -> Any:
    """A field with a number from ``low`` to ``high``, or None where that is the default."""
    return field(default=default, metadata={"require": partial(_require_number, what, low, high, unit)})


def _require_fields(chosen: DataclassInstance) -> None:
    for item in fields(chosen):
        value = getattr(chosen, item.name)
        _require_text(item.name, value)
        if "require" in item.metadata and not (value is None and item.default is None):
            for each in value if isinstance(value, tuple) else (value,):
                item.metadata["require"](each)


def default_duration_sec(n_points: int) -> float:
    """Default length of a sonification: 0.4 s per point, between 5 and 40 s.

    Twelve points in 40 s would drone; 300 in 40 s are 7.5 notes a second, near the most that ears follow.
    """
    return float(min(40, max(5, round(0.4 * n_points))))


@dataclass(frozen=True, kw_only=True)
class Filter:
    """Keep only the rows whose cell in ``column`` satisfies ``operator`` ``value``.

    ``is``, ``is not`` and ``contains`` compare text without regard to case; ``>=`` and ``<=`` compare
    numbers, or dates where the column holds dates.
    """

    column: str
    operator: str = _choice("is", "The comparison of a filter", FILTER_OPERATORS)
    value: str = ""

    def __post_init__(self) -> None:
        _require_fields(self)


@dataclass(frozen=True, kw_only=True)
class Voice:
    """One column as one instrument: all of its rows, or those of one label of the column that settings split by."""

    column: str
    label: str | None = None
    # The value itself, or its trend, season or rest by STL.
    part: str = _choice("value", "The part of a voice", PARTS)
    program: int = _number(0, "The instrument (General MIDI program)", 0, 127)  # General MIDI
    # Pitches: C2, where small speakers still sound, to C6. Four octaves give 49 semitones or 29 notes of a major scale.
    low: int = _number(36, "The lowest note", 0, 127)
    high: int = _number(84, "The highest note", 0, 127)
    polarity: str = _choice("up", "The direction of a voice", POLARITIES)  # "up": a larger value is higher
    # Its own way of placing values on its range; None takes that of the settings.
    scaling: str | None = _choice(None, "The scaling of a voice", SCALINGS)
    velocity: int = _number(96, "The velocity", 1, 127)  # of an ordinary note
    pan: float = _number(0.0, "The pan", -1, 1)  # -1 left, 1 right
    also: tuple[str, ...] = _choice((), "What a value is also mapped to", CHANNELS)

    def __post_init__(self) -> None:
        _require_fields(self)
        if self.low >= self.high:
            raise InputError(
                f"The lowest note of {self.column!r:.60} is not below its highest note. "
                "Choose a range of at least two notes."
            )

    @property
    def value_name(self) -> str:
        """Name of the value played: "rain", or "rain (trend)"."""
        return self.column if self.part == "value" else f"{self.column} ({PART_NAMES[self.part]})"

    @property
    def direction(self) -> int:
        """1 where a larger value is a higher pitch, -1 where it is a lower one."""
        return 1 if self.polarity == "up" else -1


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Settings of a whole sonification. Equal settings and equal data give equal notes.

    Examples
    --------
    >>> settings = Settings(voices=(Voice(column="rain"),), scale="dorian")
    >>> Settings.from_json(settings.to_json()) == settings
    True
    >>> Settings(scale="polka")
    Traceback (most recent call last):
    core.errors.InputError: The scale was 'polka'; it can be chromatic, major, ...
    """

    # "melody": a network composes near the data; "piece": it composes the rest.
    mode: str = _choice("direct", "The mode", MODES)
    voices: tuple[Voice, ...] = ()
    time: str | None = None  # column that orders the rows; None keeps the order of the file
    # Column of labels. Each voice plays the rows of its own label; rows of one label and one time are joined.
    split: str | None = None
    filters: tuple[Filter, ...] = ()

    # At most; more rows than this are aggregated.
    n_notes: int = _number(300, "The maximum number of notes", 1, limits.MAX_NOTES)
    aggregate: str = _choice("mean", "The aggregation", AGGREGATES)
    # "steps": a note only where the value has moved by step_share of the first voice's range.
    sampling: str = _choice("rows", "The sampling", SAMPLINGS)
    step_share: float = _number(0.04, "The value step", 0.001, 0.5)
    scaling: str = _choice("auto", "The scaling", SCALINGS)
    # "unit": voices of one unit share one scale of values, so that the same value has the same pitch.
    pitch_scale: str = _choice("unit", "The pitch scale", PITCH_SCALES)
    smoothing: int = _number(1, "The smoothing", 1, 999, " notes")  # of the centered moving mean; 1 is none
    # Of STL; None guesses from the time column.
    period: int | None = _number(None, "The season length", 2, 100_000, " rows")

    key: str = _choice("C", "The key", KEYS)
    scale: str = _choice("major", "The scale", SCALES)
    # "time": the gaps of the time column are the gaps between notes; "composed": the network's, in bars.
    rhythm: str = _choice("uniform", "The rhythm", RHYTHMS)
    pace: str = _choice("duration", "What sets the length", PACES)
    duration_sec: float = _number(
        40.0, "The duration", limits.MIN_DURATION_SEC, limits.MAX_DURATION_SEC, " seconds"
    )
    # With pace "tempo": one note a quarter.
    tempo_qpm: float = _number(240.0, "The tempo", 20, 960, " notes per minute")
    # With pace "bars".
    bars: int = _number(16, "The length", 1, limits.MAX_BARS, " bars")
    beat_qpm: float = _number(100.0, "The tempo", 30, 300, " BPM")
    meter: str = _choice("4/4", "The time signature", METERS)

    tick_unit: str = _choice("off", "The unit of the time ticks", TICK_UNITS)
    tick_every: float = _number(1.0, "The interval of the time ticks", 1e-9, 1e12)
    references: tuple[str, ...] = _choice((), "A reference tone", REFERENCES)
    accents: bool = False
    # Title, time and extremes are said over the notes.
    captions: bool = False
    language: str = _choice("en", "The language", LANGUAGES)

    # Of a melody: 0 is free of the data, 1 is exact.
    fidelity: float = _number(DEFAULT_FIDELITY, "The fidelity", 0, 1)
    takes: int = _number(3, "The number of takes", 1, limits.MAX_TAKES)  # melodies composed at once
    take: int = 1  # the one that sounds
    # Equal seeds give equal notes; direct mapping draws nothing.
    seed: int = _number(0, "The seed", 0, 2**31 - 1)
    # Of a piece's accompaniment; the density from 1, sparse, to 5, busy.
    style: str = _choice("pop", "The style", STYLES)
    density: int = _number(3, "The density", DENSITIES[0], DENSITIES[-1])
    accompaniment_program: int = _number(
        0, "The accompaniment instrument (General MIDI program)", 0, 127
    )  # General MIDI
    mix: str = _choice("auto", "The mix", MIXES)

    def __post_init__(self) -> None:
        if len(self.voices) > limits.MAX_VOICES:
            raise InputError(
                f"{len(self.voices)} voices were chosen; the limit is {limits.MAX_VOICES}. Choose fewer columns or labels."
            )
        _require_fields(self)
        _require_number("The take", 1, self.takes, "", self.take)
        labels = [voice.label for voice in self.voices if voice.label is not None]
        if labels and self.split is None:
            raise InputError(
                f"A voice plays the label {labels[0]!r:.60}, but no column to split by was chosen. Choose the column of labels."
            )

    @property
    def is_mixed(self) -> bool:
        """Whether the sound gets reverb and the loudness of composed music."""
        return self.mix == "on" or (self.mix == "auto" and self.mode != "direct")

    def name_voices(self) -> tuple[str, ...]:
        """Names of the voices on the page and in the MIDI file.

        Examples
        --------
        >>> oslo, rome = Voice(column="rain", label="Oslo"), Voice(column="wind", label="Rome")
        >>> Settings(voices=(oslo,), split="city").name_voices()
        ('Oslo',)
        >>> Settings(voices=(oslo, rome), split="city").name_voices()
        ('Oslo, rain', 'Rome, wind')
        >>> Settings(voices=(oslo, Voice(column="wind", label="Oslo")), split="city").name_voices()
        ('rain', 'wind')
        """
        return name_voices(self.voices)

    def to_json(self) -> str:
        """Write the settings as JSON text that :meth:`from_json` reads back equal."""
        return json.dumps(dataclasses.asdict(self), indent=2, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str | bytes) -> Settings:
        """Read settings from JSON text; where they do not say which voices share a scale, each keeps its own.

        Raises
        ------
        InputError
            If the text is not JSON, names an unknown setting or holds a value of the wrong kind.
        """
        return cls.from_file(read_settings(text, "sonify"))

    @classmethod
    def from_file(cls, file: SettingsFile) -> Settings:
        """Build settings from a settings file; see :meth:`from_json`."""
        # Written before voices could share a scale: it sounds as it did.
        return cls.from_dict({"pitch_scale": "separate", **file.settings})

    @classmethod
    def from_dict(cls, raw: object) -> Settings:
        """Build settings from plain data, refusing what does not belong; see :meth:`from_json`."""
        return build(cls, raw)


def name_voices(voices: Collection[Voice]) -> tuple[str, ...]:
    """Distinct names of the voices; see `Settings.name_voices`."""
    is_one_column = len({voice.column for voice in voices}) == 1
    is_one_label = len({voice.label for voice in voices}) == 1 and not is_one_column
    return tuple(_name_voice(voice, is_one_column, is_one_label) for voice in voices)


def _name_voice(voice: Voice, is_one_column: bool, is_one_label: bool) -> str:
    if voice.label is None or is_one_label:
        return voice.value_name
    if is_one_column:
        return voice.label if voice.part == "value" else f"{voice.label} ({PART_NAMES[voice.part]})"
    return f"{voice.label}, {voice.value_name}"
