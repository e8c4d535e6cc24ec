"""What the Extrapolate page made: to hear in three ways, to see with its joins, to compare, to take away."""

from __future__ import annotations

import json
from collections.abc import Hashable
from dataclasses import dataclass

import numpy as np
import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.arrays import Float32Array
from core.audio.encoding import encode_parts, encode_preview
from core.extrapolate import descriptions
from core.extrapolate.analysis import analyse
from core.extrapolate.charts import mood_figure, whole_figure
from core.extrapolate.extend import extend
from core.extrapolate.report import report, settings_json
from core.extrapolate.request import Request
from core.extrapolate.result import Result
from pages.components.extrapolate.source import Source
from pages.components.shared.colours import voice_colours
from pages.components.shared.downloads import downloads
from pages.components.shared.messages import show_list, show_note
from pages.components.shared.model_cache import load_forecaster
from pages.components.shared.player.player import ChartLink, player
from pages.components.shared.progress import progress_bar
from pages.components.shared.session_cache import remember

WHOLE, ORIGINAL, ADDITION = "Whole", "Original", "Addition"
CHART_KEY, MOOD_CHART_KEY = "extrapolate-chart", "extrapolate-mood-chart"
# What the player is sent: beyond this, six minutes of stereo, it gets mono at 24 kHz.
_MAX_PLAYED_BYTES = 64_000_000
_STOPPED = "extrapolate.stopped"


@dataclass(frozen=True, kw_only=True, eq=False)
class Made:
    """A result with what it was made from."""

    result: Result
    source: Source
    identity: Hashable


def extend_sound(source: Source, request: Request, place: DeltaGenerator) -> Made | None:
    """Extend the sound, or give back what was made of the same; None if the visitor stopped it.

    Parameters
    ----------
    source : Source
    request : Request
    place : DeltaGenerator
        Such as ``st.empty()``: shows how far the work is, and the button that stops it.

    Raises
    ------
    DashboardError
        If the request cannot be met.
    """
    identity = (source.identity, request)
    if st.session_state.get(_STOPPED) == identity:
        with place.container():
            st.info("Stopped. Nothing was added.", icon=":material/pan_tool:")
            st.button(
                "Go on after all", key="extrapolate.resume", on_click=_resume, icon=":material/play_arrow:"
            )
        return None

    def work() -> Made:
        with place.container(), progress_bar() as tell:
            tell(0.0, "Listening for beats and bars")
            st.button(
                "Stop",
                key="extrapolate.stop",
                on_click=_stop,
                args=(identity,),
                icon=":material/stop_circle:",
                help="A step that has begun is finished first.",
            )
            analysis = remember("extrapolate.analysis", source.identity, lambda: analyse(source.audio))
            result = extend(
                source.audio, request, forecaster=load_forecaster(), analysis=analysis, progress=tell
            )
        return Made(result=result, source=source, identity=identity)

    try:
        return remember("extrapolate.result", identity, work)
    finally:
        place.empty()


def _stop(identity: Hashable) -> None:
    st.session_state[_STOPPED] = identity


def _resume() -> None:
    st.session_state.pop(_STOPPED, None)


def show_listening(made: Made) -> None:
    """Draw the choice of what is heard, the player, and the picture over which its playhead runs."""
    result = made.result
    choice = st.segmented_control(
        "Listen to",
        [WHOLE, ORIGINAL, ADDITION],
        default=WHOLE,
        key="extrapolate.listen",
        help="The whole, the recording as it came, or only what was added.",
    )
    choice = choice or WHOLE
    parts, times, places = _choose_parts(made, choice)
    small = sum(part.size for part in parts) * 2 > _MAX_PLAYED_BYTES
    wav = remember(
        "extrapolate.wav",
        (made.identity, choice),
        lambda: encode_preview(parts, result.sr) if small else encode_parts(parts, result.sr, "wav"),
    )
    link = [
        ChartLink(container_key=key, times_sec=times, x=places, xaxis=axis)
        for key, axis in ((CHART_KEY, "xaxis2"), (MOOD_CHART_KEY, "xaxis"))
    ]
    player(
        wav,
        key="extrapolate.player",
        title=f"{made.source.name}: {choice.lower()}",
        views=("waveform",),
        charts=link,
    )
    if small:
        st.caption("The player has this long sound in mono at 24 kHz; the files below have all of it.")
    colours, dark = voice_colours(), st.context.theme.type == "dark"
    figure = remember(
        "extrapolate.figure",
        (made.identity, tuple(colours), dark),
        lambda: whole_figure(result, colours=colours, dark=dark),
    )
    with st.container(key=CHART_KEY):
        st.plotly_chart(
            figure,
            key="extrapolate.chart",
            config={"displaylogo": False},
            alt=f"Waveform and mel spectrogram of {result.duration_sec:.0f} seconds; new parts are shaded and "
            f"{len(result.joins)} joins are marked with their scores",
        )


def _choose_parts(made: Made, choice: str) -> tuple[list[Float32Array], list[float], list[float]]:
    """What is played, and where in the whole each of its seconds lies."""
    result = made.result
    if choice == ORIGINAL:
        length, start = made.source.audio.duration_sec, result.own_sec[0] - result.at_sec
        return (
            [np.atleast_2d(made.source.audio.y)],
            [0.0, length],
            [min(max(0.0, start + second), result.duration_sec) for second in (0.0, length)],
        )
    if choice == ADDITION:
        times: list[float] = []
        places: list[float] = []
        parts: list[Float32Array] = []
        at = 0.0
        for added in result.added:
            parts.append(result.parts[0] if added.side == "before" else result.parts[-1])
            length = added.stop_sec - added.start_sec
            times += [at, at + length]
            places += [added.start_sec, added.stop_sec]
            at += length
        return parts, times, places
    return list(result.parts), [0.0, result.duration_sec], [0.0, result.duration_sec]


def show_joins(made: Made) -> None:
    """Draw what is told of the joins, and the table of all of them."""
    result = made.result
    for note in result.notes:
        show_note(note)
    show_list([descriptions.joins_in_words(result), descriptions.identical_in_words(result)])
    with st.expander("Every join", icon=":material/join_inner:"):
        st.dataframe(
            _tabulate_joins(result),
            hide_index=True,
            alt="Every join with its time and scores",
            height="content" if len(result.joins) < 12 else 420,
        )


def _tabulate_joins(result: Result) -> pd.DataFrame:
    rows = [
        {
            "time, s": round(join.time_sec, 2),
            "score": round(join.score, 2),
            "within the limits": join.good,
            "level jump, dB": round(join.level_jump_db, 1),
            "limit, dB": round(join.level_limit_db, 1),
            "onset, z": round(join.flux_z, 2),
            "beat moved, ms": None if join.phase_ms is None else round(join.phase_ms, 1),
            "left at, s": round(join.source_out_sec, 2),
            "goes on from, s": round(join.source_in_sec, 2),
        }
        for join in result.joins
    ]
    return pd.DataFrame(rows)


def show_measures(made: Made) -> None:
    """Draw tempo, key and loudness before and after, and the mood along the whole."""
    result = made.result
    st.subheader("Before and after", anchor=False)
    st.table(
        pd.DataFrame(descriptions.portrait_rows(result)),
        hide_index=True,
        alt="Tempo, key and loudness of the recording and of what was added",
    )
    copied = ", ".join(f"{added.self_copy:.0%} {added.side}" for added in result.added)
    st.caption(
        f"Share of the addition that follows the recording unbroken for more than 8 seconds: {copied}."
    )
    st.subheader("The mood along it", anchor=False)
    colours = voice_colours()
    figure = remember(
        "extrapolate.mood_figure",
        (made.identity, tuple(colours)),
        lambda: mood_figure(result, colours=colours),
    )
    with st.container(key=MOOD_CHART_KEY):
        st.plotly_chart(
            figure,
            key="extrapolate.mood_chart",
            config={"displaylogo": False},
            alt="Valence and arousal along the whole, estimated from the sound; new parts are shaded",
        )
    show_list(descriptions.mood_in_words(result))
    st.caption(
        "Estimated from the sound: arousal from loudness, onsets and brightness; valence from how major the harmony is, "
        "brightness and pace. 0 is the middle of real music, ±1 the ends."
    )


def show_downloads(made: Made) -> None:
    """Draw the files; each is made when it is clicked."""
    result, source = made.result, made.source

    def settings() -> bytes:
        sha256 = None if source.example else source.identity
        return settings_json(result.request, sha256=sha256, example=source.example)

    downloads(
        {
            "wav": lambda: encode_parts(result.parts, result.sr, "wav"),
            "flac": lambda: encode_parts(result.parts, result.sr, "flac"),
            "mp3": lambda: encode_parts(result.parts, result.sr, "mp3"),
            "settings.json": settings,
            "report.json": lambda: json.dumps(report(result), allow_nan=False).encode(),
        },
        name=f"{source.name}-extended",
        key="extrapolate.download",
        see_as=f"{source.name}, extended",
    )
