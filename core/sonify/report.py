"""Report of a sonification as JSON: settings, mapping accuracy, pitch scales and every note."""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING, Any

from core.sonify.composition import Composition
from core.sonify.descriptions import mapping_in_words, units_of
from core.sonify.direct_mapping import Sonification, VoiceResult
from core.tables.table import Table

if TYPE_CHECKING:
    from core.synth import Rendering


def report(sonification: Sonification, table: Table, rendering: Rendering | None = None) -> dict[str, Any]:
    """Collect the settings, the fidelity figures and every sounding point.

    Parameters
    ----------
    sonification : Sonification
    table : Table
    rendering : Rendering, optional
        Adds how the sound was made.

    Returns
    -------
    dict
        JSON-ready. ``voices[i]["points"]`` lists, for every sounding point, ``row`` (the data row of the
        file, counted from 0), ``row_last`` and ``n_rows`` where rows were joined, ``value``,
        ``onset_sec``, ``duration_sec``, ``pitch`` and ``velocity``. Where a network composed, ``composition`` holds
        its takes (a melody) or its accompaniment, chords and figures (a full arrangement). ``pitch_scales`` lists the scales
        of values, by whose place ``voices[i]["pitch_scale"]`` names one. Where words are spoken, ``captions`` lists them with
        their times, and how long the introduction before the first note is.
    """
    units = units_of(table)
    result: dict[str, Any] = {
        "job": "sonify",
        "source": {"name": table.source_name, "sha256": table.sha256, "guess": dict(table.guess)},
        "settings": dataclasses.asdict(sonification.settings),
        "words": mapping_in_words(sonification, units),
        "notes": [*table.warnings, *sonification.notes],
        "n_rows": _count_rows(sonification),
        "n_points": sonification.groups.n_groups,
        "duration_sec": sonification.end_sec,
        "voices": [_report_voice(voice, units.get(voice.voice.column, "")) for voice in sonification.voices],
        "pitch_scales": _report_scales(sonification),
    }
    if sonification.composition is not None:
        result["composition"] = _report_composition(sonification.composition)
    if sonification.captions is not None:
        result["captions"] = dataclasses.asdict(sonification.captions)
    if rendering is not None:
        result["sound"] = rendering.report()
    return result


def _report_composition(composition: Composition) -> dict[str, Any]:
    told: dict[str, Any] = {}
    if composition.score is not None:
        score = composition.score
        told |= {"n_bars": score.n_bars, "tempo_qpm": score.tempo_qpm, "bar_quarters": score.bar // 12}
    if composition.takes:
        told["real_nll_nats"] = composition.real_nats
        told["direct_nll_nats"] = list(composition.direct_nats)
        told["takes"] = [
            {
                "nll_nats": list(take.nats),
                "fidelity": [dataclasses.asdict(fidelity) for fidelity in take.fidelity],
                "pitches": [
                    [None if math.isnan(pitch) else int(pitch) for pitch in voice] for voice in take.pitches
                ],
            }
            for take in composition.takes
        ]
    if composition.accompanied is not None:
        rest = composition.accompanied
        told["accompaniment"] = {
            "in_key": rest.in_key,
            "consonance": rest.consonance,
            "real_consonance": rest.real_consonance,
            "margin_db": rest.margin_db,
            "chords": [dataclasses.asdict(chord) for chord in rest.chords],
            "notes": rest.notes.to_dict(orient="records"),
        }
    return told


def _count_rows(sonification: Sonification) -> int:
    """Number of rows used; in a split table, those of all labels played."""
    if sonification.settings.split is None:
        return int(sonification.groups.edges[-1])
    of_labels = {result.voice.label: int(result.points["n_rows"].sum()) for result in sonification.voices}
    return of_labels[None] if None in of_labels else sum(of_labels.values())


def _report_scales(sonification: Sonification) -> list[dict[str, Any]]:
    """Each scale of values: its voices, how values are placed on it, and the values at its ends."""
    told: dict[int, dict[str, Any]] = {}
    for result in sonification.voices:
        values = result.points["value"].dropna()
        scale = told.setdefault(
            result.pitch_scale,
            {"voices": [], "scaling": result.scaling, "low": values.min(), "high": values.max()},
        )
        scale["voices"].append(result.name)
        scale["low"] = float(min(scale["low"], values.min()))
        scale["high"] = float(max(scale["high"], values.max()))
    return list(told.values())


def _report_voice(result: VoiceResult, unit: str) -> dict[str, Any]:
    sounding = result.points[result.points["sounds"]]
    names = ["row", "row_last", "n_rows", "value", "onset_sec", "duration_sec", "pitch", "velocity"]
    columns = [sounding[name].tolist() for name in names]
    return {
        "name": result.name,
        "label": result.voice.label,
        "column": result.voice.column,
        "unit": unit,
        "scaling": result.scaling,
        "pitch_scale": result.pitch_scale,
        "fidelity": dataclasses.asdict(result.fidelity),
        "points": [dict(zip(names, cells, strict=True)) for cells in zip(*columns, strict=True)],
    }
