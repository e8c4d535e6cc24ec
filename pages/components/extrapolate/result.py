"""Result of the Extrapolate page: versions to play and compare, chart, joins, measures, downloads."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import partial

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core import limits
from core.audio.flac import FlacSound
from core.errors import DashboardError
from core.extrapolate import descriptions
from core.extrapolate.charts import mood_figure, whole_figure
from core.extrapolate.job import ExtendedSound, cut_sound
from core.extrapolate.presentation import present
from core.extrapolate.report import report, settings_json
from core.extrapolate.request import Request
from core.extrapolate.result import Measurements
from core.workers import Limits
from pages.components.extrapolate import texts
from pages.components.extrapolate.controls import draw_again
from pages.components.extrapolate.join_buttons.join_buttons import join_buttons
from pages.components.extrapolate.source import Source
from pages.components.shared import texts as shared_texts
from pages.components.shared.colors import voice_colors
from pages.components.shared.controls import KEPT
from pages.components.shared.downloads import downloads
from pages.components.shared.exports import Exportable, picture_file, show_exports
from pages.components.shared.figures import keep_figure
from pages.components.shared.messages import plain, show_list, show_note, telling_errors
from pages.components.shared.player.player import ChartLink, player
from pages.components.shared.results import obtain, obtain_later, result_key
from pages.components.shared.server_cache import server_cache, session_token

PLAYER_KEY = "extrapolate.player"
CHART_KEY, MOOD_CHART_KEY = "extrapolate-chart", "extrapolate-mood-chart"
# What the player is sent: beyond this, six minutes of stereo, it gets mono at 24 kHz.
_MAX_PLAYED_BYTES = 64_000_000
# Source, request and hash of the sound that is shown, and of the one before it.
_SHOWN = "extrapolate.shown"
_LISTEN = "extrapolate.listen"
# Fifteen minutes of stereo with ten more on each side are 400 MB as they are, and their measures and file as much again.
_LIMITS = Limits(memory_mb=2048, cpu_sec=240, wall_sec=300)


@dataclass(frozen=True, kw_only=True, eq=False)
class Made:
    """A result with its source and request."""

    extended: ExtendedSound
    source: Source
    request: Request

    @property
    def result(self) -> Measurements:
        """Measurements of the result."""
        return self.extended.made

    @property
    def identity(self) -> tuple[str, Request]:
        """Cache identity of the result."""
        return self.source.identity, self.request


def extend_sound(source: Source, request: Request, place: DeltaGenerator) -> Made:
    """Extend the sound, or take the result from the cache.

    Parameters
    ----------
    source : Source
    request : Request
    place : DeltaGenerator
        Such as ``st.empty()``, where progress is drawn; what stands below stays while a new result is made.

    Raises
    ------
    DashboardError
        If the sound cannot be read, the request cannot be met, or the visitor has stopped it; not where a result of the same
        sound was shown before: that is returned, and the error is drawn.
    """
    try:
        made = _obtain_result(source, request, place)
    except DashboardError:
        former = _find_last(source)
        if former is None:
            raise
        with telling_errors():
            raise
        st.caption(texts.former_result(former.request))
        return former
    shown = st.session_state.get(_SHOWN, ())
    mark = (source.identity, request, made.extended.sound.sha256)
    is_other = bool(shown) and shown[0][0] == source.identity and shown[0][1] != request
    if is_other and draw_again(request.seed, is_former=shown[0][2] == mark[2]):
        st.rerun()
    if not shown or shown[0] != mark:
        st.session_state[_SHOWN] = (mark, *shown[:1])
    return made


def _obtain_result(source: Source, request: Request, place: DeltaGenerator | None = None) -> Made:
    extended = obtain(
        source.extend(request),
        slot="extrapolate",
        what=texts.EXTENDING,
        identity=_identify(source, request),
        private=source.is_private,
        heavy=source.n_bytes > limits.HEAVY_UPLOAD_BYTES,
        limits=_LIMITS,
        place=place,
    )
    return Made(extended=extended, source=source, request=request)


def _identify(source: Source, request: Request) -> object:
    return (source.identity, request) if source.is_private else None


def _find_request(source: Source, n: int) -> Request | None:
    """Request of the last (0) or previous (1) result shown, if it was of this sound."""
    shown = st.session_state.get(_SHOWN, ())
    return shown[n][1] if len(shown) > n and shown[n][0] == source.identity else None


def _find_last(source: Source) -> Made | None:
    """The last result shown, if it is of this sound and still cached."""
    request = _find_request(source, 0)
    if request is None:
        return None
    owner = session_token() if source.is_private else ""
    key = result_key(source.extend(request), _identify(source, request), owner)
    try:
        extended: ExtendedSound = server_cache().get(key)
    except KeyError:
        return None
    return Made(extended=extended, source=source, request=request)


def show_listening(made: Made) -> str:
    """Draw the choice of a version, the player, and the chart below it; returns the version."""
    former = _find_request(made.source, 1)
    versions = [texts.WHOLE, texts.ORIGINAL, texts.ADDITION]
    if former is not None and former != made.request:
        versions.append(texts.PREVIOUS)
    if st.session_state.get(_LISTEN) not in (None, *versions):
        del st.session_state[_LISTEN]
    choice = st.segmented_control(
        texts.VERSION,
        versions,
        default=texts.WHOLE,
        required=True,
        key=_LISTEN,
        **KEPT,
        help=texts.VERSION_HELP,
        label_visibility="collapsed",
    )
    choice = choice if choice in versions else texts.WHOLE
    heard = made
    if choice == texts.PREVIOUS and former is not None:
        heard = _obtain_result(made.source, former)
    sound, smaller = _choose_sound(heard, choice)
    # The charts are of the result that is shown; another version has no place in them.
    charts = []
    if heard is made:
        times, places = _choose_places(made, choice)
        charts = [
            ChartLink(container_key=key, times_sec=times, x=places, xaxis=axis)
            for key, axis in ((CHART_KEY, "xaxis2"), (MOOD_CHART_KEY, "xaxis"))
        ]
    player(
        sound,
        key=PLAYER_KEY,
        title=texts.player_title(made.source.title, choice),
        views=("waveform",),
        charts=charts,
        timeline=(made.source.identity, _find_start(heard.result, choice)),
    )
    if smaller:
        st.caption(texts.REDUCED)
    if differs := descriptions.length_in_words(made.result):
        st.caption(differs)
    for note in made.result.notes:
        show_note(note)
    _show_chart(made)
    return choice


def show_about_sound(made: Made) -> None:
    """Describe the visitor's sound."""
    if made.source.is_private:
        sound = made.extended.sound
        about = texts.describe_sound(
            made.source.title, made.extended.recording_sec, sound.n_channels, sound.sr
        )
        st.caption(plain(about))


def _show_chart(made: Made) -> None:
    result = made.result
    colors, dark = voice_colors(), st.context.theme.type == "dark"
    figure = keep_figure(
        partial(whole_figure, result, made.extended.picture, colors=colors, dark=dark),
        key="extrapolate.chart",
        identity=(made.identity, colors, dark),
        private=made.source.is_private,
    )
    with st.container(key=CHART_KEY):
        st.plotly_chart(
            figure,
            key="extrapolate.chart",
            config={"displaylogo": False},
            alt=texts.CHART_ALT.format(seconds=result.duration_sec, joins=len(result.joins)),
        )


def _find_start(result: Measurements, choice: str) -> float:
    """Start of the played sound on the recording's time line, which all versions share."""
    if choice == texts.ORIGINAL:
        return 0.0
    start = result.at_sec - result.own_sec[0]
    return start + result.added[0].start_sec if choice == texts.ADDITION else start


def _choose_sound(made: Made, choice: str) -> tuple[FlacSound, bool]:
    """Choose the sound to play, and whether it was reduced in size."""
    extended, source = made.extended, made.source
    whole, spans = extended.sound, extended.added_spans
    all_of_it = choice in (texts.WHOLE, texts.PREVIOUS)
    length = whole.n_samples
    if choice == texts.ORIGINAL:
        length = round(extended.recording_sec * whole.sr)
    elif choice == texts.ADDITION:
        length = sum(stop - start for start, stop in spans)
    smaller = 2 * length * whole.n_channels > _MAX_PLAYED_BYTES
    if all_of_it and not smaller:
        return whole, False
    if choice == texts.ORIGINAL:
        call = source.play(smaller=smaller)
        identity: object = (source.identity, smaller)
    else:
        call = partial(cut_sound, whole, ((0, whole.n_samples),) if all_of_it else spans, smaller=smaller)
        identity = (made.identity, all_of_it, smaller)
    sound = obtain(
        call,
        slot="extrapolate.listen",
        what=texts.PREPARING,
        identity=identity,
        private=source.is_private,
        heavy=smaller,
        limits=_LIMITS,
    )
    return sound, smaller


def _choose_places(made: Made, choice: str) -> tuple[list[float], list[float]]:
    """Map times of the played sound to times of the whole."""
    result = made.result
    if choice == texts.ORIGINAL:
        length, start = made.extended.recording_sec, result.own_sec[0] - result.at_sec
        return (
            [0.0, length],
            [min(max(0.0, start + second), result.duration_sec) for second in (0.0, length)],
        )
    if choice == texts.ADDITION:
        times: list[float] = []
        places: list[float] = []
        at = 0.0
        for added in result.added:
            length = added.stop_sec - added.start_sec
            times += [at, at + length]
            places += [added.start_sec, added.stop_sec]
            at += length
        return times, places
    return [0.0, result.duration_sec], [0.0, result.duration_sec]


def show_joins(made: Made, choice: str) -> None:
    """Draw the join summary, a play button for each join, and the table of joins."""
    result = made.result
    st.header(texts.JOINS, anchor=False)
    show_list([descriptions.joins_in_words(result), descriptions.identical_in_words(result)])
    beyond = not all(join.good for join in result.joins)
    captions = [texts.JOINS_CAPTION, *([texts.JOINS_BEYOND] if beyond else [])]
    st.caption(
        " ".join(captions) if choice == texts.WHOLE else texts.JOINS_ELSEWHERE,
        help=descriptions.scores_in_words(result),
    )
    if choice == texts.WHOLE and result.joins:
        join_buttons(
            [
                (join.time_sec, texts.join_button(n, join.time_sec, join.score), join.good)
                for n, join in enumerate(result.joins, 1)
            ],
            duration_sec=result.duration_sec,
            player_key=PLAYER_KEY,
            label=texts.JOINS_LABEL,
            key="extrapolate.join_buttons",
        )
    with st.expander(texts.ALL_JOINS, icon=":material/join_inner:"):
        st.dataframe(
            _tabulate_joins(result),
            hide_index=True,
            alt=texts.ALL_JOINS_ALT,
            height="content" if len(result.joins) < 12 else 420,
        )


def _tabulate_joins(result: Measurements) -> pd.DataFrame:
    rows = [
        (
            round(join.time_sec, 2),
            round(join.score, 2),
            texts.YES if join.good else texts.NO,
            round(join.level_jump_db, 1),
            round(join.level_limit_db, 1),
            round(join.flux_z, 2),
            None if join.phase_ms is None else round(join.phase_ms, 1),
            round(join.source_out_sec, 2),
            round(join.source_in_sec, 2),
        )
        for join in result.joins
    ]
    return pd.DataFrame(rows, columns=list(texts.JOIN_COLUMNS))


def show_measures(made: Made) -> None:
    """Draw mood, tempo, key and loudness of the recording and of what was added, and the mood over time."""
    result = made.result
    st.header(texts.COMPARISON, anchor=False)
    for sentence in descriptions.mood_in_words(result):
        st.markdown(plain(sentence), help=descriptions.thresholds_in_words())
    st.table(pd.DataFrame(descriptions.portrait_rows(result)), hide_index=True, alt=texts.PORTRAIT_ALT)
    st.caption(descriptions.copies_in_words(result))
    st.header(texts.MOOD_OVER_TIME, anchor=False)
    colors = voice_colors()
    figure = keep_figure(
        partial(mood_figure, result, colors=colors),
        key="extrapolate.mood_chart",
        identity=(made.identity, colors),
        private=made.source.is_private,
    )
    with st.container(key=MOOD_CHART_KEY):
        st.plotly_chart(
            figure, key="extrapolate.mood_chart", config={"displaylogo": False}, alt=texts.MOOD_ALT
        )
    st.caption(texts.MOOD_CAPTION)


def show_downloads(made: Made) -> None:
    """Draw the downloads; each file is made on click."""
    st.header(texts.DOWNLOAD, anchor=False)
    result, source, sound = made.result, made.source, made.extended.sound

    def settings() -> bytes:
        """The settings, with the hash of the sound they were made for."""
        sha256 = None if source.given is None else source.given.sha256
        return settings_json(result.request, sha256=sha256, example=source.example or None)

    mp3 = obtain_later(
        partial(FlacSound.encode, sound, "mp3"),
        what=texts.MP3,
        identity=made.identity,
        private=source.is_private,
        limits=_LIMITS,
    )
    exported = Exportable(
        key="extrapolate",
        present=lambda title: present(made.extended, title=title, source=source.title),
        identity=made.identity,
        title=f"{source.title}, extended",
        pictures=(shared_texts.WAVEFORM,),
        is_private=source.is_private,
        name=f"{source.title}-extended",
    )
    downloads(
        {
            "wav": lambda: sound.encode("wav"),
            "flac": lambda: sound.data,
            "mp3": mp3,
            "png": picture_file(exported),
            "settings.json": settings,
            "report.json": lambda: json.dumps(report(result), allow_nan=False).encode(),
        },
        name=f"{source.title}-extended",
        key="extrapolate.download",
        see_as=f"{source.title}, extended",
        sound=sound,
    )
    show_exports(exported)
