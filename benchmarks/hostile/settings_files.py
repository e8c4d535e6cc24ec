"""Hostile settings, alone and together with the table that they are for."""

from __future__ import annotations

import json
from typing import Any

from benchmarks.hostile.kinds import Dice, hostile

_VALUES: tuple[Any, ...] = (0, 1, -1, 2**31, 2**63, 10**400, 1.5, 1e308, -1e308, 5e-324, float("nan"), float("inf"), True, None, "", "C", "\ud800", "\u202e", "x" * 500,
           [], {}, [[]], ["min"] * 20, [None], {"a": 1}, "9" * 4_301)  # fmt: skip
_FIELDS = (
    "mode", "voices", "time", "filters", "n_notes", "aggregate", "sampling", "step_share", "scaling", "smoothing", "period", "key", "scale",
    "rhythm", "pace", "duration_sec", "tempo_qpm", "bars", "beat_qpm", "meter", "tick_unit", "tick_every", "references", "accents", "captions", "language", "fidelity",
    "takes", "take", "seed", "style", "density", "accompaniment_program", "unknown",
)  # fmt: skip


def _both(table: str, settings: dict[str, Any]) -> bytes:
    """A table and settings in one file, for the reader ``sonification``."""
    return json.dumps({"table": table, "settings": settings}).encode()


def _column(values: list[object], times: list[object] | None = None) -> str:
    if times is None:
        return "v\n" + "\n".join(map(str, values)) + "\n"
    return "t,v\n" + "\n".join(f"{time},{value}" for time, value in zip(times, values, strict=True)) + "\n"


@hostile("json", "settings", valid=True)
def settings_plain(dice: Dice) -> bytes:
    """Nothing absurd: settings as they are downloaded."""
    return json.dumps(
        {
            "settings": {
                "voices": [{"column": "v"}],
                "n_notes": dice.randint(1, 5_000),
                "key": dice.choice("CDEFGAB"),
            }
        }
    ).encode()


@hostile("json", "settings", fault=12)
def settings_odd_texts(dice: Dice) -> bytes:
    """Names and values of filters and voices with half a pair, zeros, marks of direction, or of megabytes."""
    text = dice.choice(
        ("\ud800", "\x00", "\u202e", "x" * dice.size(10, 900_000), "\n", "😀", "\udfff\ud800", "=1")
    )
    filters = [
        {"column": dice.choice((text, "v")), "operator": dice.choice(("is", "contains", text)), "value": text}
    ]
    return json.dumps(
        {
            "voices": [{"column": text}] * dice.randint(0, 2),
            "filters": filters,
            "time": dice.choice((None, text)),
        }
    ).encode()


@hostile("json", "settings")
def settings_odd_values(dice: Dice) -> bytes:
    """Values of the wrong type or beyond all bounds, in any field."""
    chosen = {dice.choice(_FIELDS): dice.choice(_VALUES) for _ in range(dice.randint(1, 6))}
    voice = {
        dice.choice(
            ("column", "part", "program", "low", "high", "polarity", "velocity", "pan", "also", "zz")
        ): dice.choice(_VALUES)
        for _ in range(3)
    }
    return json.dumps(
        chosen | ({"voices": [voice] * dice.choice((1, 4, 21))} if dice.random() < 0.5 else {})
    ).encode()


@hostile("json", "settings")
def settings_odd_json(dice: Dice) -> bytes:
    """JSON that is deep, repeated, of another kind, or has numbers of thousands of digits."""
    n = dice.size(10, 900_000)
    return dice.pick(
        b"[" * n, b'{"settings":' * (n // 12) + b"{}" + b"}" * (n // 12), b'{"n_notes":' + b"1" * n + b"}", b'{"n_notes":1e' + b"9" * (n // 9) + b"}",
        b"{" + b'"seed":1,' * (n // 9) + b'"seed":2}', b"null", b'"x"', b"1", b"", b"\xff\xfe{\0}\0", b"{}" * n, b'{"' + b"k" * n + b'":1}', b"NaN", b'{"voices":[' + b"{}," * (n // 3) + b"{}]}",
    )  # fmt: skip


_TIMES = ("1659-{m:02}-01", "0001-{m:02}-01", "9999-{m:02}-01", "2020-01-{m:02}T00:00:00.000001", "1677-09-{m:02}", "2262-{m:02}-12", "{i}e306", "-{i}e300", "{i}e-320",
          "{i}", "1.7e308", "{i}{i}{i}{i}{i}{i}{i}{i}", "-{i}", "2020", "", "{m}/{m}/20")  # fmt: skip


@hostile("json", "sonification", fault=14)
def sonify_far_times(dice: Dice) -> bytes:
    """Rows centuries before pandas' calendar or beyond a double's room, with ticks of any distance."""
    form = dice.choice(_TIMES)
    n = dice.randint(2, 60)
    times: list[object] = [form.format(i=i + 1, m=i % 12 + 1) for i in range(n)]
    settings = {
        "voices": [{"column": "v"}],
        "time": "t",
        "n_notes": dice.choice((2, 10, 300)),
        "tick_unit": dice.choice(("year", "month", "week", "day", "hour", "unit", "row")),
        "tick_every": dice.choice((1, 1e6, 1e12, 1e-9, 0.5, 100)),
        "rhythm": dice.choice(("uniform", "time")),
        "duration_sec": dice.choice((1, 40, 600)),
    }
    return _both(_column([i * 7 % 11 for i in range(n)], times), settings)


@hostile("json", "sonification", fault=15)
def sonify_far_values(dice: Dice) -> bytes:
    """Values at both ends of a double, gaps, infinities and constants, taken apart, scaled and smoothed."""
    few = ("-1e308", "1e308", "", "0", "5e-324", "inf", "-inf", "1", "1.7976931348623157e308", "-0", "nan")
    n = dice.size(2, 3_000)
    chosen = dice.sample(few, dice.randint(1, len(few)))
    settings = {
        "voices": [
            {
                "column": "v",
                "part": dice.choice(("value", "trend", "season", "rest")),
                "also": dice.sample(("loudness", "duration", "pan"), dice.randint(0, 3)),
            }
        ],
        "scaling": dice.choice(("auto", "linear", "log", "rank", "robust")),
        "aggregate": dice.choice(("mean", "median", "min", "max", "last")),
        "sampling": dice.choice(("rows", "steps")),
        "smoothing": dice.choice((1, 3, 999)),
        "period": dice.choice((None, 2, 7, 100_000)),
        "n_notes": dice.choice((1, 10, 300, 5_000)),
        "references": dice.sample(("min", "mean", "max"), dice.randint(0, 3)),
        "accents": dice.random() < 0.5,
        "captions": dice.random() < 0.3,
        "language": dice.choice(("en", "de", "fr", "es", "it", "pt", "nl", "pl")),
    }
    return _both(_column([dice.choice(chosen) for _ in range(n)]), settings)


@hostile("json", "sonification", fault=18)
def sonify_short_notes(dice: Dice) -> bytes:
    """A thousand points in a second whose values drive how long they last."""
    n = dice.size(2, 5_000)
    values: list[object] = [dice.choice((0, 1, i, i * i)) for i in range(n)]
    settings = {
        "voices": [{"column": "v", "also": ["duration", "loudness"][: dice.randint(1, 2)]}],
        "n_notes": min(5_000, n),
        "duration_sec": dice.choice((1, 1, 2, 40)),
        "rhythm": dice.choice(("uniform", "time")),
    }
    return _both(_column(values), settings)


@hostile("json", "sonification")
def sonify_filters(dice: Dice) -> bytes:
    """Filters that leave nothing, compare words with numbers, or name columns that are not there."""
    n = dice.randint(2, 200)
    values = (
        "1e999",
        "nan",
        "",
        "2020-02-30",
        "9999-12-31",
        "0",
        "x",
        "(",
        "[",
        "*",
        "1,5",
        "-1e308",
        "10000-01-01",
    )
    filters = [
        {
            "column": dice.choice(("t", "v", "zz")),
            "operator": dice.choice(("is", "is not", "contains", ">=", "<=")),
            "value": dice.choice(values),
        }
        for _ in range(dice.randint(1, 20))
    ]
    times: list[object] = [f"2020-01-{i % 28 + 1:02}" for i in range(n)]
    return _both(
        _column([i % 9 for i in range(n)], times),
        {"voices": [{"column": "v"}], "filters": filters, "time": dice.choice((None, "t"))},
    )


@hostile("json", "sonification")
def sonify_any_settings(dice: Dice) -> bytes:
    """Each setting at one of its ends, for a table of any size."""
    n = dice.size(1, 20_000)
    settings = {
        "voices": [
            {"column": dice.choice(("v", "t")), "low": dice.choice((0, 60)), "high": dice.choice((61, 127)), "velocity": dice.choice((1, 127)), "pan": dice.choice((-1, 1)),
             "polarity": dice.choice(("up", "down")), "part": dice.choice(("value", "value", "trend"))}
            for _ in range(dice.randint(1, 4))
        ],
        "n_notes": dice.choice((1, 2, 5_000)),
        "step_share": dice.choice((0.001, 0.5)),
        "sampling": dice.choice(("rows", "steps")),
        "smoothing": dice.choice((1, 999)),
        "pace": dice.choice(("duration", "tempo", "bars")),
        "rhythm": dice.choice(("uniform", "time")),
        "duration_sec": dice.choice((1, 600)),
        "tempo_qpm": dice.choice((20, 960)),
        "bars": dice.choice((1, 512)),
        "beat_qpm": dice.choice((30, 300)),
        "key": dice.choice(("C", "F#")),
        "scale": dice.choice(("chromatic", "major")),
        "time": dice.choice((None, "t")),
        "tick_unit": dice.choice(("off", "row", "unit")),
        "tick_every": dice.choice((1e-9, 1e12, 1)),
        "references": dice.choice(([], ["min", "mean", "max"])),
        "accents": dice.random() < 0.5,
    }  # fmt: skip
    return _both(_column([i * i % 97 for i in range(n)], list(range(n))), settings)
