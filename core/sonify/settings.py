"""Everything a visitor can choose about a sonification, as values that can be saved and shared."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, TypeVar

from core import limits
from core.errors import InputError
from core.music.scales import KEYS, SCALES

PARTS = ("value", "trend", "season", "rest")
POLARITIES = ("up", "down")
CHANNELS = ("loudness", "duration", "pan")
AGGREGATES = ("mean", "median", "min", "max", "last")
SAMPLINGS = ("rows", "steps")
SCALINGS = ("auto", "linear", "log", "rank", "robust")
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

T = TypeVar("T")

FILTER_OPERATORS = ("is", "is not", "contains", ">=", "<=")


def _check_choice(what: str, value: str, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise InputError(f"{what} was {value!r:.60}; it can be {', '.join(choices)}.")


def _check_range(what: str, value: float, low: float, high: float, unit: str = "") -> None:
    ok = isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high
    if not ok:
        raise InputError(f"{what} was {value!r:.60}; it can be {low:g} to {high:g}{unit}.")


def default_duration_sec(n_points: int) -> float:
    """How long a sonification lasts where nobody chose: 0.4 s a point, at least 5 s and at most 40 s.

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
    operator: str = "is"
    value: str = ""

    def __post_init__(self) -> None:
        _check_choice("The comparison of a row filter", self.operator, FILTER_OPERATORS)


@dataclass(frozen=True, kw_only=True)
class Voice:
    """One column as one instrument."""

    column: str
    part: str = "value"  # the value itself, or its trend, season or rest by STL
    program: int = 0  # General MIDI program, 0-127
    low: int = 36  # lowest pitch; C2, where small speakers still sound
    high: int = 84  # highest pitch; C6. Four octaves give 49 semitones or 29 notes of a major scale
    polarity: str = "up"  # "up": a larger value is a higher pitch
    velocity: int = 96  # 1-127, the loudness of an ordinary note
    pan: float = 0.0  # -1 left, 1 right
    also: tuple[str, ...] = ()  # what the value drives besides pitch

    def __post_init__(self) -> None:
        _check_choice("The part of a voice", self.part, PARTS)
        _check_choice("The polarity of a voice", self.polarity, POLARITIES)
        _check_range("The instrument of a voice", self.program, 0, 127)
        _check_range("The lowest note of a voice", self.low, 0, 127)
        _check_range("The highest note of a voice", self.high, 0, 127)
        _check_range("The loudness of a voice", self.velocity, 1, 127)
        _check_range("The pan of a voice", self.pan, -1, 1)
        for channel in self.also:
            _check_choice("What a value drives besides pitch", channel, CHANNELS)
        if self.low >= self.high:
            raise InputError(
                f"The lowest note of {self.column!r:.60} is not below its highest one. "
                "Choose a range of at least two notes."
            )

    @property
    def name(self) -> str:
        """What the voice is called on the page and in the MIDI track."""
        return self.column if self.part == "value" else f"{self.column} ({self.part})"


@dataclass(frozen=True, kw_only=True)
class Settings:
    """A whole sonification. Equal settings and equal data give equal notes."""

    mode: str = "direct"  # "melody": a network composes near the data; "piece": it composes the rest
    voices: tuple[Voice, ...] = ()
    time: str | None = None  # column that orders the rows; None keeps the order of the file
    filters: tuple[Filter, ...] = ()

    n_notes: int = 300  # at most; more rows than this are aggregated
    aggregate: str = "mean"
    sampling: str = "rows"  # "steps": a note only where the value has moved by step_share
    step_share: float = 0.04  # of the first voice's range, for sampling "steps"
    scaling: str = "auto"
    smoothing: int = 1  # notes in the centred moving mean; 1 is none
    period: int | None = None  # rows in a season for STL; None guesses from the time column

    key: str = "C"
    scale: str = "major"
    # "time": the gaps of the time column are the gaps between notes; "composed": the network's, in bars.
    rhythm: str = "uniform"
    pace: str = "duration"
    duration_sec: float = 40.0
    tempo_qpm: float = 240.0  # with pace "tempo": one note a quarter
    bars: int = 16  # with pace "bars"
    beat_qpm: float = 100.0  # with pace "bars": quarters a minute
    meter: str = "4/4"

    tick_unit: str = "off"
    tick_every: float = 1.0
    references: tuple[str, ...] = ()
    accents: bool = False

    fidelity: float = DEFAULT_FIDELITY  # of a melody: 0 is free of the data, 1 is exact
    takes: int = 3  # melodies composed at once
    take: int = 1  # the one that sounds
    seed: int = 0  # equal seeds give equal notes; direct mapping draws nothing
    style: str = "pop"  # of a piece's accompaniment
    density: int = 3  # of it, from 1, sparse, to 5, busy
    accompaniment_program: int = 0  # General MIDI program, 0-127

    def __post_init__(self) -> None:
        if len(self.voices) > limits.MAX_VOICES:
            raise InputError(
                f"{len(self.voices)} voices were asked for; up to {limits.MAX_VOICES} can be told apart. "
                "Choose fewer columns."
            )
        _check_range("The number of notes", self.n_notes, 1, limits.MAX_NOTES)
        _check_choice("The way rows are joined", self.aggregate, AGGREGATES)
        _check_choice("The sampling", self.sampling, SAMPLINGS)
        _check_range("The step of the sampling", self.step_share, 0.001, 0.5)
        _check_choice("The mode", self.mode, MODES)
        _check_choice("The scaling", self.scaling, SCALINGS)
        _check_range("The smoothing", self.smoothing, 1, 999, " notes")
        if self.period is not None:
            _check_range("The season", self.period, 2, 100_000, " rows")
        _check_choice("The key", self.key, KEYS)
        _check_choice("The scale", self.scale, tuple(SCALES))
        _check_choice("The rhythm", self.rhythm, RHYTHMS)
        _check_choice("The pace", self.pace, PACES)
        _check_range(
            "The duration", self.duration_sec, limits.MIN_DURATION_SEC, limits.MAX_DURATION_SEC, " seconds"
        )
        _check_range("The tempo", self.tempo_qpm, 20, 960, " notes a minute")
        self._check_composer()
        _check_choice("The unit of the time ticks", self.tick_unit, TICK_UNITS)
        _check_range("The distance of the time ticks", self.tick_every, 1e-9, 1e12)
        for reference in self.references:
            _check_choice("A reference tone", reference, REFERENCES)

    def _check_composer(self) -> None:
        _check_range("The length", self.bars, 1, limits.MAX_BARS, " bars")
        _check_range("The tempo", self.beat_qpm, 30, 300, " quarters a minute")
        _check_choice("The metre", self.meter, METERS)
        _check_range("The fidelity", self.fidelity, 0, 1)
        _check_range("The number of takes", self.takes, 1, limits.MAX_TAKES)
        _check_range("The take", self.take, 1, self.takes)
        _check_range("The seed", self.seed, 0, 2**31 - 1)
        _check_choice("The style", self.style, STYLES)
        _check_range("The density", self.density, DENSITIES[0], DENSITIES[-1])
        _check_range("The accompaniment's instrument", self.accompaniment_program, 0, 127)

    def to_json(self) -> str:
        """Write the settings as JSON text that :meth:`from_json` reads back equal."""
        return json.dumps(dataclasses.asdict(self), indent=2, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str | bytes) -> Settings:
        """Read settings from JSON text.

        Raises
        ------
        InputError
            If the text is not JSON, names an unknown setting or holds a value of the wrong kind.
        """
        try:
            raw = json.loads(text)
        except (ValueError, RecursionError):
            raise InputError(
                "This settings file is not JSON. Use a file that was downloaded with “Settings”."
            ) from None
        if isinstance(raw, Mapping) and isinstance(raw.get("settings"), Mapping):
            raw = raw["settings"]  # a downloaded file keeps the settings beside a note on the data
        return cls.from_dict(raw)

    @classmethod
    def from_dict(cls, raw: object) -> Settings:
        """Build settings from plain data, refusing what does not belong; see :meth:`from_json`."""
        values = _checked_fields(cls, raw, "settings")
        values["voices"] = tuple(_build(Voice, item, "voice") for item in _items(values, "voices"))
        values["filters"] = tuple(_build(Filter, item, "filter") for item in _items(values, "filters"))
        values["references"] = tuple(_items(values, "references"))
        return _construct(cls, values)


def _items(values: dict[str, Any], name: str) -> list[Any]:
    items = values.get(name, [])
    if not isinstance(items, list | tuple) or len(items) > 20:
        raise InputError(f"In the settings, {name} must be a list of at most 20 entries.")
    return list(items)


def _checked_fields(cls: type, raw: object, what: str) -> dict[str, Any]:
    if not isinstance(raw, Mapping):
        raise InputError(f"The {what} must be a JSON object with named values.")
    known = {item.name for item in dataclasses.fields(cls)}
    unknown = sorted(str(name) for name in raw if name not in known)
    if unknown:
        raise InputError(
            f"The {what} name something unknown: {unknown[0]!r:.60}. Known: {', '.join(sorted(known))}."
        )
    return dict(raw)


def _build(cls: type[T], raw: object, what: str) -> T:
    values = _checked_fields(cls, raw, what)
    if "also" in values:
        values["also"] = tuple(_items(values, "also"))
    return _construct(cls, values)


def _construct(cls: type[T], values: dict[str, Any]) -> T:
    for item in dataclasses.fields(cls):  # type: ignore[arg-type]
        value = values.get(item.name)
        expected = {"str": str, "int": int, "float": (int, float), "bool": bool}.get(str(item.type))
        if item.name in values and expected is not None:
            is_bool_for_number = isinstance(value, bool) and expected is not bool
            if not isinstance(value, expected) or is_bool_for_number:  # type: ignore[arg-type]
                raise InputError(
                    f"In the settings, {item.name} was {value!r:.60}, which is not a {item.type}."
                )
        if item.name in ("time", "period") and value is not None:
            wanted = str if item.name == "time" else int
            if not isinstance(value, wanted) or isinstance(value, bool):
                raise InputError(f"In the settings, {item.name} was {value!r:.60}, which cannot be used.")
    try:
        return cls(**values)
    except TypeError as error:
        raise InputError(
            f"The settings are incomplete: {str(error).rpartition(' ')[2]} is missing."
        ) from None
