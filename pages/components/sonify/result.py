"""The result of the Sonify page: player, chart, words, figures, files."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Hashable
from dataclasses import dataclass

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from core import audio
from core.errors import plural
from core.music import midi
from core.sonify import charts, descriptions
from core.sonify.direct_mapping import Sonification, VoiceResult
from core.sonify.examples import Example
from core.sonify.fidelity import Fidelity
from core.sonify.report import report
from core.synth import Rendering
from core.tables.table import Table
from pages.components.shared.colours import voice_colours
from pages.components.shared.downloads import downloads
from pages.components.shared.messages import plain, show_list, show_note
from pages.components.shared.metrics import show_metrics, write_figure
from pages.components.shared.player.player import ChartLink, PlayerNote, PlayerPoint, player
from pages.components.shared.session_cache import remember
from pages.components.sonify.composition import METRIC_PX, show_composition

ACCOMPANIMENT = "Accompaniment"
CHART_KEY = "sonify-chart"


@dataclass(frozen=True, kw_only=True)
class Result:
    """What the page keeps of one sonification."""

    identity: Hashable  # of what it was made from
    sonification: Sonification
    rendering: Rendering
    wav: bytes
    notes: list[PlayerNote]
    points: list[PlayerPoint]
    line: list[tuple[float, float | None]]
    words: list[str]


def make_result(
    sonification: Sonification, rendering: Rendering, units: dict[str, str], identity: Hashable
) -> Result:
    """Collect everything that is drawn, once a change of the settings and not once a rerun."""
    first = sonification.voices[0].points
    return Result(
        identity=identity,
        sonification=sonification,
        rendering=rendering,
        wav=audio.encode(rendering.audio, "wav"),
        notes=_player_notes(sonification),
        points=_player_points(sonification, units),
        line=[
            (float(onset), None if np.isnan(value) else float(value))
            for onset, value in zip(first["onset_sec"], first["value"], strict=True)
        ],
        words=descriptions.mapping_in_words(sonification, units),
    )


def _player_notes(sonification: Sonification) -> list[PlayerNote]:
    notes = [
        PlayerNote(onset_sec=onset, duration_sec=duration, pitch=pitch, velocity=int(velocity), voice=place)
        for place, result in enumerate(sonification.voices)
        for onset, duration, pitch, velocity in _rows(
            result.points[result.points["sounds"]], "onset_sec", "duration_sec", "pitch", "velocity"
        )
    ]
    if sonification.composition is not None and sonification.composition.accompanied is not None:
        # As faint as notes are drawn: the data stand before it.
        notes += [
            PlayerNote(
                onset_sec=onset,
                duration_sec=duration,
                pitch=pitch,
                velocity=1,
                voice=len(sonification.voices),
            )
            for onset, duration, pitch in _rows(
                sonification.composition.accompanied.notes, "onset_sec", "duration_sec", "pitch"
            )
        ]
    return notes


def _rows(table: pd.DataFrame, *columns: str) -> list[list[float]]:
    """Some columns of a table, a list a row."""
    rows: list[list[float]] = table[list(columns)].to_numpy(dtype=float).tolist()
    return rows


def _player_points(sonification: Sonification, units: dict[str, str]) -> list[PlayerPoint]:
    points = []
    for place, result in enumerate(sonification.voices):
        labels = descriptions.point_labels(sonification, result, units.get(result.voice.column, ""))
        values = result.points["value"].to_numpy(dtype=float)
        peaks = set(descriptions.peaks(values))
        for i, (onset, room, value) in enumerate(
            zip(result.points["onset_sec"], result.points["duration_sec"], values, strict=True)
        ):
            gap = bool(np.isnan(value))
            points.append(
                PlayerPoint(
                    onset_sec=float(onset),
                    duration_sec=float(room),
                    label=labels[i],
                    value=None if gap else float(value),
                    kind="gap" if gap else "point",
                    peak=i in peaks,
                    voice=place,
                )
            )
    return points


def show_result(result: Result, table: Table, example: Example | None, units: dict[str, str]) -> None:
    """Draw the player, the chart with its playhead, the words, the figures and the downloads."""
    sonification = result.sonification
    _show_player(result)
    with st.container(key=CHART_KEY):
        st.plotly_chart(
            _draw_chart(result, table, units),
            key="sonify.chart",
            config={"displaylogo": False, "modeBarButtonsToRemove": ["select2d", "lasso2d"]},
            alt=charts.description(sonification, units),
        )
    for note in (result.rendering.note, *sonification.notes):
        show_note(note)
    st.subheader("What you hear", anchor=False)
    show_list(result.words)
    st.subheader("How well the sound tells the data", anchor=False)
    for voice in sonification.voices:
        _show_fidelity(voice, len(sonification.voices) > 1)
    show_composition(sonification)
    st.subheader("Take it away", anchor=False)
    _show_downloads(result, table)
    if example is not None:
        st.caption("Every choice is in the address of this page: copy it and the link gives the same sound.")
    else:
        st.caption(
            "The address holds the choices, not your data. With “Settings” and the file the sound can be made again."
        )


def _show_player(result: Result) -> None:
    sonification = result.sonification
    times, x = charts.playhead_map(sonification)
    names = [voice.voice.name for voice in sonification.voices]
    accompanied = sonification.composition is not None and sonification.composition.accompanied is not None
    player(
        result.wav,
        key="sonify.player",
        title=", ".join(names),
        views=("roll", "line", "waveform"),
        notes=result.notes,
        points=result.points,
        line=result.line,
        charts=[ChartLink(container_key=CHART_KEY, times_sec=times, x=x)],
        voice_names=[*names, *([ACCOMPANIMENT] if accompanied else [])],
    )


def _draw_chart(result: Result, table: Table, units: dict[str, str]) -> go.Figure:
    colours = voice_colours()
    return remember(
        "sonify.figure",
        (result.identity, tuple(colours)),
        lambda: charts.chart(result.sonification, table, units=units, colours=colours),
    )


def _show_fidelity(voice: VoiceResult, named: bool) -> None:
    if named:
        st.markdown(f"**{plain(voice.voice.name)}**")
    show_metrics(_describe_fidelity(voice.fidelity), width_px=METRIC_PX)


def _describe_fidelity(fidelity: Fidelity) -> list[tuple[str, str, str]]:
    gaps = plural(fidelity.n_gaps, "gap") if fidelity.n_gaps else "no gaps"
    flat = (
        "" if fidelity.moves_flat is None else f" {fidelity.moves_flat:.1%} of all changes stay on one pitch."
    )
    return [
        (
            "Rank correlation",
            write_figure(fidelity.spearman, ".3f"),
            "Spearman's rho between value and pitch. 1: a larger value never sounds lower; -1 where lower is higher.",
        ),
        (
            "Kendall tau",
            write_figure(fidelity.kendall, ".3f"),
            "Kendall's tau-b between value and pitch.",
        ),
        (
            "Moves heard right",
            write_figure(fidelity.moves_right, ".1%"),
            f"Of the changes that reach another pitch, the share that moves the right way.{flat}",
        ),
        (
            "Points that sound",
            f"{fidelity.sounding:.0%}",
            f"Of {fidelity.n_points:,} points with a number; {gaps} silent.",
        ),
        (
            "Values : pitches",
            f"{fidelity.data_levels:,} : {fidelity.pitch_levels}",
            "Different values, and different pitches that tell them.",
        ),
        (
            "Notes a second",
            f"{fidelity.notes_per_sec:.1f}",
            "Beyond about 8 single notes are hard to follow.",
        ),
    ]


def _show_downloads(result: Result, table: Table) -> None:
    sonification, rendering = result.sonification, result.rendering

    def settings_file() -> bytes:
        about = {"name": table.source_name, "sha256": table.sha256}
        content = {
            "sonoscope": "sonify",
            "data": about,
            "settings": dataclasses.asdict(sonification.settings),
        }
        return json.dumps(content, indent=2, ensure_ascii=False).encode()

    names = [voice.voice.name for voice in sonification.voices]
    downloads(
        {
            "wav": lambda: result.wav,
            "mp3": lambda: audio.encode(rendering.audio, "mp3"),
            "mid": lambda: midi.to_bytes(sonification.midi),
            "settings.json": settings_file,
            "report.json": lambda: json.dumps(
                report(sonification, table, rendering), ensure_ascii=False
            ).encode(),
        },
        name="-".join(names),
        key="sonify.download",
        see_as=", ".join(names),
    )
