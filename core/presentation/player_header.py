"""Player header: what the player in the browser is told of a sound, in the app and in an exported page."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Literal

from core.presentation.presentation import ShownNote, ShownPoint, SpokenCaption

View = Literal["line", "roll", "score", "waveform"]


def describe_player(
    *,
    title: str,
    views: Sequence[View],
    notes: Sequence[ShownNote] = (),
    points: Sequence[ShownPoint] = (),
    point_noun: str = "point",
    line: Sequence[tuple[float, float | None]] = (),
    voice_names: Sequence[str] = (),
    scores: Sequence[dict[str, Any]] = (),
    captions: Sequence[SpokenCaption] = (),
    captions_language: str = "en",
    are_captions_in_sound: bool = True,
) -> dict[str, Any]:
    """Describe all but the sound.

    Parameters
    ----------
    title : str
    views : sequence of {"line", "roll", "score", "waveform"}
        Those for which nothing was given are left out; the waveform stands in when nothing remains.
    notes : sequence of ShownNote
    points : sequence of ShownPoint
        In any order.
    point_noun : str
        What one of them is called, such as "note".
    line : sequence of (float, float or None)
        Time in seconds and value; the line breaks where the value is None.
    voice_names : sequence of str
    scores : sequence of dict
        ``width`` in pixels, and ``url``, or ``svg`` and ``notes``.
    captions : sequence of SpokenCaption
        Shown while they are said; where they are not in the sound the browser says them.
    captions_language : str
        BCP 47 code.
    are_captions_in_sound : bool

    Returns
    -------
    dict
        What JSON can hold: no NaN.
    """
    header: dict[str, Any] = {
        "title": title,
        "views": _keep_drawable(views, notes=notes, points=points, line=line, scores=scores),
        "voices": list(voice_names),
        # Columns: a third of the size of one object a note.
        "notes": [
            [
                *(round_value(value) for value in (note.onset_sec, note.duration_sec, note.pitch)),
                int(note.velocity),
                int(note.voice),
            ]
            for note in sorted(notes, key=lambda note: note.onset_sec)
        ],
        "points": [
            {
                "t": round_value(point.onset_sec),
                "d": round_value(point.duration_sec),
                "label": point.label,
                "value": round_value(point.value),
                "gap": point.kind == "gap",
                "peak": bool(point.peak),
                "voice": int(point.voice),
            }
            for point in sorted(points, key=lambda point: (point.onset_sec, point.voice))
        ],
        "noun": point_noun,
        "line": [[round_value(time), round_value(value)] for time, value in line],
    }
    if scores:
        header["scores"] = list(scores)
    if captions:
        header["captions"] = {
            "list": [
                [
                    round_value(caption.onset_sec),
                    round_value(caption.duration_sec),
                    caption.text,
                    # Only where it is shown otherwise than it is said.
                    *filter(None, [caption.shown]),
                ]
                for caption in captions
            ],
            "language": captions_language,
            "speak": not are_captions_in_sound,
        }
    return header


def round_value(value: float | None) -> float | None:
    """Convert to a value of JSON: no NaN or infinity, numpy scalars to Python ones.

    Examples
    --------
    >>> round_value(0.12345678), round_value(float("nan"))
    (0.123457, None)
    """
    if value is None or not math.isfinite(value):
        return None
    return round(float(value), 6)


def _keep_drawable(
    views: Sequence[View],
    *,
    notes: Sequence[ShownNote],
    points: Sequence[ShownPoint],
    line: Sequence[tuple[float, float | None]],
    scores: Sequence[dict[str, Any]],
) -> list[View]:
    material = {
        "roll": bool(notes),
        "line": bool(line) or bool(points),
        "score": bool(scores),
        "waveform": True,
    }
    return [view for view in dict.fromkeys(views) if material[view]] or ["waveform"]
