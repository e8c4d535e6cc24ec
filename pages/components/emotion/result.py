"""The piece of the Emotion page: player, ratings, comparison of two moods, downloads."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import streamlit as st

from core.audio.flac import FlacSound
from core.emotion.charts import mood_figure
from core.emotion.descriptions import agreement_in_words, difference_in_words, traits_in_words
from core.emotion.job import PlayedPiece, compose_and_play, print_score, write_musicxml
from core.emotion.moods import NAMED_MOODS, Mood, MoodPath
from core.emotion.presentation import list_notes, name_key, present
from core.emotion.rater import find_rater
from core.music import midi
from core.music.performance import Performance
from pages.components.emotion import texts
from pages.components.emotion.beginning import Beginning
from pages.components.emotion.controls import EmotionSettings
from pages.components.shared import texts as shared_texts
from pages.components.shared.colors import voice_colors
from pages.components.shared.controls import BOUND, choose_from
from pages.components.shared.downloads import downloads
from pages.components.shared.exports import Exportable, picture_file, show_exports
from pages.components.shared.messages import plain, show_list, show_note
from pages.components.shared.metrics import show_metrics
from pages.components.shared.player.player import ChartLink, player
from pages.components.shared.results import obtain, obtain_later

METRIC_PX = 150
CHART_KEY = "emotion-mood-chart"


def compose_piece(
    settings: EmotionSettings, beginning: Beginning, *, slot: str = "emotion.result"
) -> PlayedPiece:
    """Compose, rate and render the requested piece, or take it from the cache.

    Raises
    ------
    DashboardError
        If the request cannot be met, or a network's files are missing.
    """
    return obtain(
        ask_for_piece(settings, beginning.notes),
        slot=slot,
        what=texts.COMPOSING,
        private=beginning.is_private,
    )


def ask_for_piece(settings: EmotionSettings, notes: Performance | None) -> partial[PlayedPiece]:
    """Job call for a piece, in the canonical form used as the cache key."""
    return partial(compose_and_play, settings.request(), notes)


def show_player(piece: PlayedPiece) -> None:
    """Draw the player, with the playhead over the mood's chart as well."""
    length = piece.sound.duration_sec
    player(
        piece.sound,
        key="emotion.player",
        title=texts.title_piece(piece.request.path, name_key(piece)),
        views=("roll", "score", "waveform"),
        notes=list_notes(piece),
        voice_names=(texts.PIECE, texts.OPENING) if piece.beginning_sec else (),
        charts=[ChartLink(container_key=CHART_KEY, times_sec=(0.0, length), x=(0.0, length))],
        scores=piece.scores,
    )
    show_note(piece.note)


def show_measures(piece: PlayedPiece) -> None:
    """Draw the mood over time and the measures."""
    mood, path = piece.mood, piece.request.path
    figures = [
        (texts.TEMPO, f"{piece.tempo_qpm:.0f}", texts.TEMPO_HELP),
        (texts.BARS, f"{piece.n_bars:.0f}", texts.BARS_COUNT_HELP),
    ]
    summary, *told = agreement_in_words(path.at(0.5), mood)
    rater = find_rater()
    st.markdown(plain(summary), help=texts.describe_scale(rater))
    show_list(told)
    st.caption(plain(rater.rated_by))
    show_metrics(figures, width_px=METRIC_PX)
    figure = mood_figure(
        [0.0, piece.performance.end_sec],
        [path.at(0.0), path.at(1.0)],
        piece.over_time,
        beginning_sec=piece.beginning_sec,
        colors=voice_colors(),
    )
    with st.container(key=CHART_KEY):
        st.plotly_chart(
            figure,
            key="emotion.chart",
            config={"displaylogo": False},
            alt=texts.CHART,
        )
    st.caption(plain(traits_in_words(piece.traits, piece.key)))


def show_comparison(settings: EmotionSettings, piece: PlayedPiece, beginning: Beginning) -> None:
    """Draw a comparison with the same notes in another mood or with another piece.

    Raises
    ------
    DashboardError
        As `compose_piece`.
    """
    opposite = Mood(valence=-settings.path.start.valence, arousal=-settings.path.start.arousal).name
    columns = st.columns(2)
    same_notes = choose_from(
        texts.COMPARE,
        {texts.SAME_NOTES: True, texts.TWO_PIECES: False},
        key="emotion.compare_by",
        place=columns[0],
    )
    other = columns[1].selectbox(
        texts.OTHER_MOOD,
        list(NAMED_MOODS),
        index=None,
        key="emotion.compare",
        placeholder=texts.opposite_mood(opposite),
        **BOUND,
    )
    other = other or opposite
    st.caption(texts.SAME_NOTES_NOTE if same_notes else texts.TWO_PIECES_NOTE)
    moved = replace(settings, path=MoodPath.still(NAMED_MOODS[other]), notes_for=None)
    if same_notes:
        moved = replace(moved, notes_for=settings.notes_for or settings.path)
    second = compose_piece(moved, beginning, slot="emotion.other")
    for place, name, each, key in zip(
        st.columns(2),
        (texts.name_path(settings.path), other),
        (piece, second),
        ("emotion.left", "emotion.right"),
        strict=True,
    ):
        with place:
            player(each.sound, key=key, title=name.capitalize(), views=("roll",), notes=list_notes(each))
            st.caption(texts.describe_rating(each.mood))
    first, last = (piece.traits, second.traits) if same_notes else (piece.own_traits, second.own_traits)
    told = difference_in_words(first, last)
    if told:
        has_opening = piece.beginning_sec > 0 and not same_notes
        st.markdown(plain(texts.describe_difference(other, has_opening=has_opening)))
        show_list(told)
    else:
        st.markdown(texts.SAME_TRAITS)


def show_downloads(piece: PlayedPiece, *, is_private: bool, settings_file: Callable[[], bytes]) -> None:
    """Draw the files of the piece; each is made when it is clicked."""
    words = texts.name_path(piece.request.path)
    title = texts.title_files(piece.request.path)
    mp3 = obtain_later(
        partial(FlacSound.encode, piece.sound, "mp3"),
        what=texts.WRITING_MP3,
        identity=("mp3", piece.sound.sha256),
        private=is_private,
    )
    score = obtain_later(
        partial(write_musicxml, piece.performance, piece.tempo_qpm, piece.key, title),
        what=texts.WRITING_SCORE,
        private=is_private,
    )
    printed = obtain_later(
        partial(print_score, piece.performance, piece.tempo_qpm, piece.key, title, texts.PRINTED),
        what=texts.PRINTING_SCORE,
        private=is_private,
    )
    scores = (shared_texts.SCORE,) if piece.scores else ()
    exported = Exportable(
        key="emotion",
        present=lambda given: present(piece, title=given, source=shared_texts.SOURCE),
        identity=[piece.request, piece.sound.sha256],
        title=title,
        pictures=(*scores, shared_texts.PIANO_ROLL),
        is_private=is_private,
        name=f"piano-{words}-{piece.request.seed}",
    )
    downloads(
        {
            "wav": lambda: piece.sound.encode("wav"),
            "mp3": mp3,
            "mid": lambda: midi.to_bytes(piece.midi()),
            "musicxml": lambda: score().encode(),
            "pdf": printed,
            "png": picture_file(exported),
            "settings.json": settings_file,
        },
        name=f"piano-{words}-{piece.request.seed}",
        key="emotion.download",
        see_as=title,
        sound=piece.sound,
    )
    show_exports(exported)
