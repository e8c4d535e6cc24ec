"""Result of the Sonify page: player, chart, description, accuracy, downloads."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from core.audio.flac import FlacSound
from core.charts import pick_color
from core.music import midi
from core.presentation.presentation import ShownNote, ShownPoint
from core.sonify.direct_mapping import Sonification, VoiceResult
from core.sonify.job import PlayedTable
from core.sonify.presentation import present
from core.sonify.report import report
from pages.components.shared import texts as shared_texts
from pages.components.shared.colors import voice_colors
from pages.components.shared.downloads import downloads
from pages.components.shared.exports import Exportable, show_exports
from pages.components.shared.figures import keep_figure
from pages.components.shared.messages import plain, show_list, show_note
from pages.components.shared.metrics import show_metrics, write_figure
from pages.components.shared.player.player import ChartLink, player
from pages.components.shared.results import obtain_later
from pages.components.sonify import texts
from pages.components.sonify.composition import METRIC_PX, show_composition
from pages.components.sonify.requests import Heard

ACCOMPANIMENT = texts.ACCOMPANIMENT_VOICE
CHART_KEY = "sonify-chart"
TRACES_A_VOICE = 2  # of the chart: a line and its notes


def show_result(heard: Heard, settings_file: Callable[[], bytes]) -> None:
    """Draw the player and the chart with its playhead, then the mapping, its accuracy and the downloads."""
    played = heard.played
    sonification = played.sonification
    _show_player(played)
    if heard.source.example is not None:
        st.markdown(heard.source.example.about)
    with st.container(key=CHART_KEY):
        st.plotly_chart(
            _draw_chart(heard),
            key="sonify.chart",
            config={"displaylogo": False, "modeBarButtonsToRemove": ["select2d", "lasso2d"]},
            alt=played.chart_words,
        )
    for note in (played.note, *sonification.notes):
        show_note(note)
    st.header(texts.MAPPING, anchor=False)
    show_list(played.words)
    st.header(texts.ACCURACY, anchor=False)
    for voice in sonification.voices:
        _show_fidelity(voice, len(sonification.voices) > 1)
    show_composition(sonification)
    st.header(shared_texts.DOWNLOAD, anchor=False)
    _show_downloads(heard, settings_file)
    _show_exports(heard)
    st.caption(shared_texts.LINK_SAVES_NO_FILE if heard.source.is_private else shared_texts.LINK_SAVES)


def _show_player(played: PlayedTable) -> None:
    sonification = played.sonification
    times, x = played.playhead
    names = [voice.name for voice in sonification.voices]
    accompanied = sonification.composition is not None and sonification.composition.accompanied is not None
    first = sonification.voices[0].points
    player(
        played.sound,
        key="sonify.player",
        title=", ".join(names),
        views=("roll", "line", "waveform"),
        notes=list_player_notes(sonification),
        points=list_player_points(played),
        line=[
            (onset, None if np.isnan(value) else value)
            for onset, value in zip(first["onset_sec"].tolist(), first["value"].tolist(), strict=True)
        ],
        charts=[ChartLink(container_key=CHART_KEY, times_sec=times, x=x)],
        voice_names=[*names, *([ACCOMPANIMENT] if accompanied else [])],
        captions=sonification.captions,
    )


def list_player_notes(sonification: Sonification) -> list[ShownNote]:
    """Piano-roll notes: the data, and behind them the composed notes."""
    notes = [
        ShownNote(onset_sec=onset, duration_sec=duration, pitch=pitch, velocity=int(velocity), voice=place)
        for place, result in enumerate(sonification.voices)
        for onset, duration, pitch, velocity in _rows(
            result.points[result.points["sounds"]], "onset_sec", "duration_sec", "pitch", "velocity"
        )
    ]
    if sonification.composition is not None and sonification.composition.accompanied is not None:
        # As faint as notes are drawn: the data stand before it.
        notes += [
            ShownNote(
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
    """Rows of some columns of a table, as lists."""
    rows: list[list[float]] = table[list(columns)].to_numpy(dtype=float).tolist()
    return rows


def list_player_points(played: PlayedTable) -> list[ShownPoint]:
    """Points for keyboard exploration by ear."""
    points = []
    for place, result in enumerate(played.sonification.voices):
        labels, peaks = played.labels[place], set(played.peaks[place])
        for i, (onset, room, value) in enumerate(_rows(result.points, "onset_sec", "duration_sec", "value")):
            gap = bool(np.isnan(value))
            points.append(
                ShownPoint(
                    onset_sec=onset,
                    duration_sec=room,
                    label=labels[i],
                    value=None if gap else value,
                    kind="gap" if gap else "point",
                    peak=i in peaks,
                    voice=place,
                )
            )
    return points


def _draw_chart(heard: Heard) -> go.Figure:
    colors, chart = voice_colors(), heard.played.chart
    return keep_figure(
        lambda: color_chart(chart, colors),
        key="sonify.chart",
        identity=[heard.identity, colors],
        private=heard.is_private,
    )


def color_chart(chart: dict[str, Any], colors: list[str]) -> go.Figure:
    """A copy of the chart in the colors of the theme."""
    traces = []
    for place, trace in enumerate(chart["data"]):
        color, part = (
            pick_color(colors, place // TRACES_A_VOICE),
            "marker" if "marker" in trace else "line",
        )
        traces.append(trace | {part: trace[part] | ({"color": color} if color else {})})
    return go.Figure({**chart, "data": traces})


def _show_fidelity(voice: VoiceResult, named: bool) -> None:
    if named:
        st.subheader(plain(voice.name), anchor=False)
    show_metrics(texts.describe_accuracy(voice.fidelity, write_figure), width_px=METRIC_PX)


def _show_downloads(heard: Heard, settings_file: Callable[[], bytes]) -> None:
    played, table = heard.played, heard.source.table
    sonification, sound = played.sonification, played.sound

    def report_file() -> bytes:
        told = report(sonification, table) | {"sound": played.sound_facts}
        return json.dumps(told, ensure_ascii=False).encode()

    names = [voice.name for voice in sonification.voices]
    downloads(
        {
            "wav": lambda: sound.encode("wav"),
            "mp3": obtain_later(
                partial(FlacSound.encode, sound, "mp3"),
                what=texts.WRITING_MP3,
                identity=[sound.sha256, "mp3"],
                private=heard.is_private,
            ),
            "mid": lambda: midi.to_bytes(sonification.midi),
            "settings.json": settings_file,
            "report.json": report_file,
        },
        name="-".join(names),
        key="sonify.download",
        see_as=", ".join(names),
        sound=sound,
    )


def _show_exports(heard: Heard) -> None:
    example = heard.source.example
    names = ", ".join(voice.name for voice in heard.played.sonification.voices)
    show_exports(
        Exportable(
            key="sonify",
            present=lambda title: present(
                heard.played, title=title, source="" if example is None else example.source
            ),
            identity=heard.identity,
            title=names if example is None else example.title,
            pictures=(shared_texts.CHART, shared_texts.PIANO_ROLL),
            is_private=heard.is_private,
            name=names,
        )
    )
