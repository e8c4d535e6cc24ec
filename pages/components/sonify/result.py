"""Result of the Sonify page: player, chart, description, accuracy, downloads."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from core.audio.flac import FlacSound
from core.charts import pick_color
from core.music import midi
from core.sonify.direct_mapping import VoiceResult
from core.sonify.job import PlayedTable
from core.sonify.presentation import ACCOMPANIMENT, list_notes, list_points, present
from core.sonify.report import report
from pages.components.shared import texts as shared_texts
from pages.components.shared.colors import voice_colors
from pages.components.shared.downloads import downloads
from pages.components.shared.exports import Exportable, picture_file, show_exports
from pages.components.shared.figures import keep_figure
from pages.components.shared.messages import plain, show_list, show_note
from pages.components.shared.metrics import show_metrics, write_figure
from pages.components.shared.player.player import ChartLink, player
from pages.components.shared.results import obtain_later
from pages.components.sonify import texts
from pages.components.sonify.composition import METRIC_PX, show_composition
from pages.components.sonify.requests import Heard

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
    exported = _export(heard)
    _show_downloads(heard, settings_file, exported)
    show_exports(exported)
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
        notes=list_notes(sonification),
        points=list_points(played),
        line=[
            (onset, None if np.isnan(value) else value)
            for onset, value in zip(first["onset_sec"].tolist(), first["value"].tolist(), strict=True)
        ],
        charts=[ChartLink(container_key=CHART_KEY, times_sec=times, x=x)],
        voice_names=[*names, *([ACCOMPANIMENT] if accompanied else [])],
        captions=sonification.captions,
    )


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


def _show_downloads(heard: Heard, settings_file: Callable[[], bytes], exported: Exportable) -> None:
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
            "png": picture_file(exported),
            "settings.json": settings_file,
            "report.json": report_file,
        },
        name="-".join(names),
        key="sonify.download",
        see_as=", ".join(names),
        sound=sound,
    )


def _export(heard: Heard) -> Exportable:
    example = heard.source.example
    names = ", ".join(voice.name for voice in heard.played.sonification.voices)
    return Exportable(
        key="sonify",
        present=lambda title: present(
            heard.played,
            title=title,
            source=heard.source.table.source_name if example is None else example.source,
        ),
        identity=heard.identity,
        title=names if example is None else example.title,
        pictures=(shared_texts.CHART, shared_texts.PIANO_ROLL),
        is_private=heard.is_private,
        name=names,
    )
