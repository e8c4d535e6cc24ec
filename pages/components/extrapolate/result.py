"""What the Extrapolate page made: to hear in three ways, to see with its joins, to compare, to take away."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import partial

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core import limits
from core.audio.flac import FlacSound
from core.extrapolate import descriptions
from core.extrapolate.charts import mood_figure, whole_figure
from core.extrapolate.job import ExtendedSound, cut_sound
from core.extrapolate.report import report, settings_json
from core.extrapolate.request import Request
from core.extrapolate.result import Measurements
from core.workers import Limits
from pages.components.extrapolate.source import Source
from pages.components.shared.colors import voice_colors
from pages.components.shared.downloads import downloads
from pages.components.shared.figures import keep_figure
from pages.components.shared.messages import plain, show_list, show_note
from pages.components.shared.player.player import ChartLink, player
from pages.components.shared.results import obtain, obtain_later

WHOLE, ORIGINAL, ADDITION = "Whole", "Original", "Addition"
CHART_KEY, MOOD_CHART_KEY = "extrapolate-chart", "extrapolate-mood-chart"
# What the player is sent: beyond this, six minutes of stereo, it gets mono at 24 kHz.
_MAX_PLAYED_BYTES = 64_000_000
EXTENDING = "Extending this recording"
# Fifteen minutes of stereo with ten more on each side are 400 MB as they are, and their measures and file as much again.
_LIMITS = Limits(memory_mb=2048, cpu_sec=240, wall_sec=300)


@dataclass(frozen=True, kw_only=True, eq=False)
class Made:
    """A result with what it was made from."""

    extended: ExtendedSound
    source: Source
    request: Request

    @property
    def result(self) -> Measurements:
        """What was measured."""
        return self.extended.made

    @property
    def identity(self) -> tuple[str, Request]:
        """Equal where the result is equal."""
        return self.source.identity, self.request


def extend_sound(source: Source, request: Request, about: DeltaGenerator) -> Made:
    """Extend the sound, or take what was made of the same.

    Parameters
    ----------
    source : Source
    request : Request
    about : DeltaGenerator
        Such as ``st.empty()``: says afterwards what a visitor's sound is.

    Raises
    ------
    DashboardError
        If the sound cannot be read, the request cannot be met, or the visitor has stopped it.
    """
    extended = obtain(
        source.extend(request),
        slot="extrapolate",
        what=EXTENDING,
        identity=(source.identity, request) if source.is_private else None,
        private=source.is_private,
        heavy=source.n_bytes > limits.HEAVY_UPLOAD_BYTES,
        limits=_LIMITS,
    )
    if source.is_private:
        channels = "stereo" if extended.sound.n_channels == 2 else "mono"
        about.caption(
            plain(
                f"{source.title}: {extended.recording_sec:.1f} seconds, {channels}, {extended.sound.sr:,} Hz."
            )
        )
    return Made(extended=extended, source=source, request=request)


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
    sound, smaller = _choose_sound(made, choice)
    times, places = _choose_places(made, choice)
    player(
        sound,
        key="extrapolate.player",
        title=f"{made.source.title}: {choice.lower()}",
        views=("waveform",),
        charts=[
            ChartLink(container_key=key, times_sec=times, x=places, xaxis=axis)
            for key, axis in ((CHART_KEY, "xaxis2"), (MOOD_CHART_KEY, "xaxis"))
        ],
    )
    if smaller:
        st.caption("The player has this long sound in mono at 24 kHz; the files below have all of it.")
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
            alt=f"Waveform and mel spectrogram of {result.duration_sec:.0f} seconds; new parts are shaded and "
            f"{len(result.joins)} joins are marked with their scores",
        )


def _choose_sound(made: Made, choice: str) -> tuple[FlacSound, bool]:
    """What is played, and whether it was made smaller for that."""
    extended, source = made.extended, made.source
    whole, spans = extended.sound, extended.added_spans
    lengths = {
        WHOLE: whole.n_samples,
        ORIGINAL: round(extended.recording_sec * whole.sr),
        ADDITION: sum(stop - start for start, stop in spans),
    }
    smaller = 2 * lengths[choice] * whole.n_channels > _MAX_PLAYED_BYTES
    if choice == WHOLE and not smaller:
        return whole, False
    if choice == ORIGINAL:
        call = source.play(smaller=smaller)
        identity: object = (source.identity, smaller)
    else:
        call = partial(
            cut_sound, whole, spans if choice == ADDITION else ((0, whole.n_samples),), smaller=smaller
        )
        identity = (made.identity, choice, smaller)
    sound = obtain(
        call,
        slot="extrapolate.listen",
        what="Cutting out what is played",
        identity=identity,
        private=source.is_private,
        heavy=smaller,
        limits=_LIMITS,
    )
    return sound, smaller


def _choose_places(made: Made, choice: str) -> tuple[list[float], list[float]]:
    """Seconds of what is played, and where in the whole each of them lies."""
    result = made.result
    if choice == ORIGINAL:
        length, start = made.extended.recording_sec, result.own_sec[0] - result.at_sec
        return (
            [0.0, length],
            [min(max(0.0, start + second), result.duration_sec) for second in (0.0, length)],
        )
    if choice == ADDITION:
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


def _tabulate_joins(result: Measurements) -> pd.DataFrame:
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
    colors = voice_colors()
    figure = keep_figure(
        partial(mood_figure, result, colors=colors),
        key="extrapolate.mood_chart",
        identity=(made.identity, colors),
        private=made.source.is_private,
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
    result, source, sound = made.result, made.source, made.extended.sound

    def settings() -> bytes:
        """The choices, and of which sound they were made."""
        sha256 = None if source.given is None else source.given.sha256
        return settings_json(result.request, sha256=sha256, example=source.example or None)

    mp3 = obtain_later(
        partial(FlacSound.encode, sound, "mp3"),
        what="Writing the MP3 file",
        identity=made.identity,
        private=source.is_private,
        limits=_LIMITS,
    )
    downloads(
        {
            "wav": lambda: sound.encode("wav"),
            "flac": lambda: sound.data,
            "mp3": mp3,
            "settings.json": settings,
            "report.json": lambda: json.dumps(report(result), allow_nan=False).encode(),
        },
        name=f"{source.title}-extended",
        key="extrapolate.download",
        see_as=f"{source.title}, extended",
        sound=sound,
    )
