"""Report of a piano piece as JSON: target mood, ratings and who rated, measured attributes and every note."""

from __future__ import annotations

import dataclasses
from typing import Any

from core.emotion.compose import own_notes
from core.emotion.piano.attributes import is_key_clear, measure
from core.emotion.rater import find_rater
from core.emotion.rating import Result


def report(result: Result) -> dict[str, Any]:
    """Request and result, ready for JSON: moods, measures, every note."""
    request, piece, played = result.request, result.piece, result.performance
    judgment = result.judgment
    return {
        "job": "emotion",
        "request": {**dataclasses.asdict(request), "named": [request.path.start.name, request.path.end.name]},
        "judged": {
            **dataclasses.asdict(judgment.mood),
            "rated_by": find_rater().rated_by,
            "p_high_valence": judgment.p_high_valence,
            "p_high_arousal": judgment.p_high_arousal,
            "over_time": [
                {"time_sec": round(time, 3), **dataclasses.asdict(mood)} for time, mood in result.over_time
            ],
        },
        "attributes": dataclasses.asdict(measure(played)),
        "n_notes": len(played),
        "n_beginning": piece.n_prompt,
        "duration_sec": played.end_sec,
        "tempo_qpm": result.tempo_qpm,
        "key": piece.key,
        "mode": piece.mode,
        "is_key_clear": is_key_clear(own_notes(piece)),
        "notes": [
            {
                "pitch": int(played.pitch[i]),
                "onset_sec": round(float(played.onset_sec[i]), 4),
                "duration_sec": round(float(played.duration_sec[i]), 4),
                "velocity": int(played.velocity[i]),
            }
            for i in range(len(played))
        ],
    }
