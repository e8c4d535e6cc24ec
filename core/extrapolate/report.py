"""Report of an extension as JSON: request, joins with their scores, measurements; and the settings file."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

from core.extrapolate.joins import Join
from core.extrapolate.request import Request
from core.extrapolate.result import Measurements, Portrait
from core.extrapolate.sound_mood import SoundMood
from core.settings_file import SettingsFile, build, write_settings

ABOUT_JOINS = (
    "good: within the recording's own limits for level, onset and beat. Joins are searched for by the same limits, so that "
    "their number is a constraint that was kept, not a measure of quality."
)


def report(result: Measurements) -> dict[str, Any]:
    """All measurements: every join, the recording and the addition, the mood over time.

    Parameters
    ----------
    result : Measurements

    Returns
    -------
    dict
        Numbers, texts, lists and None only; times in seconds of the whole unless they say otherwise.
    """
    joins = result.joins
    return {
        "job": "extrapolate",
        "request": dataclasses.asdict(result.request),
        "sr": result.sr,
        "duration_sec": round(result.duration_sec, 4),
        "recording": {
            "start_sec": round(result.own_sec[0], 5),
            "stop_sec": round(result.own_sec[1], 5),
            "from_recording_sec": round(result.at_sec, 5),
            "identical": result.identical,
            "identical_sec": [round(time, 5) for time in result.identical_sec],
        },
        "before": _portrait(result.recording),
        "after": {
            added.side: {
                "start_sec": round(added.start_sec, 5),
                "stop_sec": round(added.stop_sec, 5),
                **_portrait(added.portrait),
                "self_copy": round(added.self_copy, 4),
                "n_joins": len(added.joins),
                "ending": added.ending,
                "ending_sec": round(added.ending_sec, 4),
            }
            for added in result.added
        },
        "n_joins": len(joins),
        "good_joins": sum(join.good for join in joins),
        "about_joins": ABOUT_JOINS,
        "joins": [_join(join) for join in joins],
        "mood_over_time": [{"time_sec": round(time, 3), **(_mood(mood) or {})} for time, mood in result.mood],
        "notes": list(result.notes),
    }


def _join(join: Join) -> dict[str, Any]:
    values = {name: _round(value) for name, value in dataclasses.asdict(join).items()}
    return {**values, "score": _round(join.score), "good": join.good}


def _portrait(portrait: Portrait) -> dict[str, Any]:
    key, mode = portrait.key or (None, None)
    return {
        "tempo_qpm": _round(portrait.tempo_qpm),
        "key": key,
        "mode": mode,
        "loudness_lufs": _round(portrait.loudness_lufs),
        "mood": _mood(portrait.mood),
    }


def _mood(mood: SoundMood | None) -> dict[str, float] | None:
    return None if mood is None else {"valence": round(mood.valence, 4), "arousal": round(mood.arousal, 4)}


def _round(value: float | None) -> float | None:
    """JSON has no infinity."""
    return None if value is None or not math.isfinite(value) else round(float(value), 4)


def settings_json(request: Request, *, sha256: str | None = None, example: str | None = None) -> bytes:
    """Settings as a file, with the hash of the sound they were made for.

    Parameters
    ----------
    request : Request
    sha256 : str, optional
        Of the visitor's file, which itself is in no settings.
    example : str, optional

    Returns
    -------
    bytes
    """
    data = {name: value for name, value in (("sha256", sha256), ("example", example)) if value is not None}
    return write_settings("extrapolate", dataclasses.asdict(request), data=data)


def request_of(file: SettingsFile) -> Request:
    """The request in a settings file.

    Raises
    ------
    InputError
        If it is none.

    Examples
    --------
    >>> from core.settings_file import read_settings
    >>> request_of(read_settings(settings_json(Request(mood="lift")), "extrapolate")).mood
    'lift'
    """
    # Files from before endings could be chosen end at the requested second, as they did.
    return build(Request, {"ending": "cut", **file.settings})
