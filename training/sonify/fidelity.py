"""Evaluate the fidelity of each mode of Sonify Data: rank correlation, direction accuracy, likelihood, consonance."""

from __future__ import annotations

import dataclasses
import time
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import torch

from core.errors import DashboardError, InputError
from core.music.scales import scale_pitches
from core.nn.weights import load
from core.sonify import direct_mapping
from core.sonify.compose import Composers, compose, tonic_of
from core.sonify.direct_mapping import Sonification
from core.sonify.fidelity import Fidelity, measure
from core.sonify.settings import DEFAULT_RANGES, Settings, Voice, default_duration_sec
from core.synth import Engine
from core.tables.table import Table, read_table
from training.baselines.sonify_original.model import OriginalPitchNetwork, OriginalTemporalNetwork
from training.baselines.sonify_original.pitch import data_pitches, follow_pitch
from training.baselines.sonify_original.temporal import follow_temporal

N_NOTES = 300
INDEX = "index.csv"


def evaluate_tables(data: Path, *, engine: Engine = "embedded") -> dict[str, Any]:
    """Sonify the first column of numbers of every CSV in each mode at its default settings, and measure.

    Parameters
    ----------
    data : Path
        CSV files; one named ``index.csv`` is a list of the others and left out.
    engine : {"embedded", "fluidsynth", "auto"}
        What the pieces are balanced with.

    Returns
    -------
    dict
        ``files``: a dict each; ``median``: of every figure over the files that have it; ``beats_direct``: on how
        many files the melody is cheaper than the direct mapping; ``unusable``: files and why. Directions:
        ``*_direction`` is the share of all moves of the data that the pitch answers the right way, standing still
        counted as wrong; ``*_moves_right`` leaves the moves out that stay on one pitch.

    Raises
    ------
    InputError
        If no table can be used.
    """
    torch.set_num_threads(1)
    composers = Composers.from_weights()
    files, unusable = [], []
    for path in sorted(data.rglob("*.csv")):
        if path.name == INDEX:
            continue
        try:
            table = read_table(path.read_bytes(), name=path.name)
            files.append({"file": path.name, **measure_table(table, composers, engine)})
        except DashboardError as error:
            unusable.append({"file": path.name, "why": str(error)})
    if not files:
        raise InputError(f"No CSV in {data.name} has a column of numbers. Give another folder.")
    figures = [name for name, value in files[0].items() if isinstance(value, float | int)]
    figures += [name for row in files for name, value in row.items() if isinstance(value, float)]
    medians = {}
    for name in dict.fromkeys(figures):
        known = [row[name] for row in files if row.get(name) is not None]
        if known and name != "notes":
            medians[name] = round(float(np.median(known)), 4)
    compared = [
        row for row in files if row["melody_nll_nats"] is not None and row["direct_nll_nats"] is not None
    ]
    return {
        "name": "sonify-fidelity",
        "n_files": len(files),
        "files": files,
        "median": medians,
        "beats_direct": sum(row["melody_nll_nats"] < row["direct_nll_nats"] for row in compared),
        "compared": len(compared),
        "unusable": unusable,
    }


def measure_table(table: Table, composers: Composers, engine: Engine) -> dict[str, Any]:
    """All figures of one table."""
    time_column, columns = table.suggest()[:2]
    if not columns:
        raise InputError("This table has no column of numbers.")
    settings = _settings(table, time_column, columns[0])
    scorer = composers.scorer()
    straight = direct_mapping.sonify(table, settings)
    began = time.perf_counter()
    melody = compose(table, dataclasses.replace(settings, mode="melody", takes=1), composers)
    seconds = time.perf_counter() - began
    assert melody.composition is not None
    take = melody.composition.takes[0]
    row: dict[str, Any] = {
        "column": columns[0],
        "notes": straight.voices[0].fidelity.n_points,
        **_describe("direct", straight.voices[0].fidelity),
        **_describe("melody", take.fidelity[0]),
        "melody_in_scale": _measure_in_scale(melody, settings),
        "melody_nll_nats": _round(take.nats[0]),
        "direct_nll_nats": _round(melody.composition.direct_nats[0]),
        "real_nll_nats": scorer.real_nats,
        "melody_notes_per_sec": round(straight.voices[0].fidelity.n_points / seconds, 1),
    }
    row.update(_measure_piece(table, settings, composers, engine))
    row.update(_measure_original(straight, scorer, tonic_of(settings)))
    return row


def _settings(table: Table, time_column: str | None, column: str) -> Settings:
    base = Settings(voices=(Voice(column=column),), time=time_column, n_notes=N_NOTES)
    n_points = direct_mapping.plan(table, base).groups.n_groups
    return dataclasses.replace(base, duration_sec=default_duration_sec(n_points))


def _round(value: float | None) -> float | None:
    return None if value is None else round(float(value), 4)


def _describe(name: str, fidelity: Fidelity) -> dict[str, float | None]:
    return {
        f"{name}_rho": _round(fidelity.spearman),
        f"{name}_direction": _round(fidelity.moves_followed),
        f"{name}_moves_right": _round(fidelity.moves_right),
        f"{name}_sounding": _round(fidelity.sounding),
    }


def _measure_in_scale(sonification: Sonification, settings: Settings) -> float:
    voice = sonification.voices[0]
    allowed = scale_pitches(settings.key, settings.scale, voice.voice.low, voice.voice.high)
    return _round(float(np.isin(voice.points["pitch"].dropna(), allowed).mean())) or 0.0


def _measure_piece(table: Table, settings: Settings, composers: Composers, engine: Engine) -> dict[str, Any]:
    """Figures of the piece; the data voice is read back from the MIDI, by its track."""
    low, high = DEFAULT_RANGES["piece"]
    voices = tuple(dataclasses.replace(voice, low=low, high=high) for voice in settings.voices)
    began = time.perf_counter()
    piece = compose(
        table, dataclasses.replace(settings, mode="piece", voices=voices), composers, engine=engine
    )
    seconds = time.perf_counter() - began
    composition, result = piece.composition, piece.voices[0]
    assert composition is not None
    assert composition.accompanied is not None
    assert composition.score is not None
    rest = composition.accompanied
    points = result.points[result.points["sounds"]]
    track = sorted(piece.midi.instruments[0].notes, key=lambda note: note.start)
    told = measure(
        points["value"].to_numpy(dtype=float),
        np.array([note.pitch for note in track], dtype=float),
        np.ones(len(track), dtype=bool),
        polarity=result.voice.polarity,
        duration_sec=piece.end_sec,
    )
    figures = _describe("piece", told)
    return {
        **figures,
        "piece_sounding": _round(len(track) / result.fidelity.n_points),
        "piece_in_key": _round(rest.in_key),
        "piece_consonance": _round(rest.consonance),
        "real_consonance": _round(rest.real_consonance),
        "piece_margin_db": _round(rest.margin_db),
        "piece_bars": composition.score.n_bars,
        "piece_tempo_qpm": round(composition.score.tempo_qpm, 2),
        "piece_notes_per_sec": round((len(track) + len(rest.notes)) / seconds, 1),
    }


def _measure_original(straight: Sonification, scorer: Any, tonic: int) -> dict[str, Any]:
    """The original's two techniques on the same points."""
    points = straight.voices[0].points
    values = points.loc[points["sounds"], "value"].to_numpy(dtype=float)
    pitch_network, temporal_network = _load_originals()
    played = follow_pitch(pitch_network, values).astype(float)
    song = follow_temporal(temporal_network, values)
    everything = np.ones(len(values), dtype=bool)
    told = measure(values, played, everything, polarity="up", duration_sec=float(len(values)))
    share = float(song["share_sounding"])
    heard = round(share * len(values))
    temporal = measure(
        values[:heard],
        data_pitches(values)[:heard].astype(float),
        everything[:heard],
        polarity="up",
        duration_sec=float(len(values)),
    )
    return {
        "original_pitch_rho": _round(told.spearman),
        "original_pitch_direction": _round(told.moves_followed),
        "original_pitch_sounding": 1.0,
        "original_pitch_nll_nats": _round(scorer.nats(played, tonic)),
        "original_temporal_rho_of_heard": _round(temporal.spearman),
        "original_temporal_sounding": _round(share),
    }


@cache
def _load_originals() -> tuple[OriginalPitchNetwork, OriginalTemporalNetwork]:
    """The original's networks as it trained them, loaded once."""
    pitch, _ = load("sonify_original_clementi", OriginalPitchNetwork)
    temporal, _ = load("sonify_original_temporal_clementi", OriginalTemporalNetwork)
    return pitch, temporal
