"""Results of the Folk Generator: composed tunes with player and score, measures, downloads."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import streamlit as st

from core.accompaniment.strumming import NONE
from core.audio.flac import FlacSound
from core.errors import InputError
from core.folk.collection_names import collection_name
from core.folk.job import (
    SCORE_PX,
    ComposedTunes,
    PlayedTune,
    TuneRequest,
    compose_tunes,
    draw_score,
    play_tune,
    print_score,
)
from core.folk.playback import name_tune_track
from core.folk.presentation import present
from core.folk.settings import FolkSettings, Kept, keep_bars
from core.folk.tune_measures import in_key
from core.folk.tune_plan import MIN_SPAN
from core.music import midi
from core.music.tune import Tune
from core.music.tune_engraving import measure_bars
from core.music.tune_files import to_abc, to_kern, to_musicxml
from core.nn.terms import add_terms
from pages.components.folk import texts
from pages.components.folk.controls import remember_measures
from pages.components.folk.descriptions import (
    human_baseline,
    originality_in_words,
    quality_in_words,
)
from pages.components.shared import texts as shared_texts
from pages.components.shared.colors import color_score
from pages.components.shared.controls import BOUND
from pages.components.shared.downloads import downloads
from pages.components.shared.exports import Exportable, picture_file, show_exports
from pages.components.shared.messages import show_list, show_note
from pages.components.shared.metrics import show_metrics
from pages.components.shared.model_cache import load_card
from pages.components.shared.play_next import play_next
from pages.components.shared.player.player import player, player_notes
from pages.components.shared.results import obtain, obtain_later

METRIC_PX = 260
N_COLUMNS = 3
MAX_TITLE = 80
PLAYER = "folk.player"
COMPOSING, PLAYING = texts.COMPOSING, texts.PLAYING


def request_tunes(settings: FolkSettings, beginning: Tune | None, kept: Kept | None) -> TuneRequest:
    """Build the composer's request; with kept bars, their tune is composed first.

    Raises
    ------
    DashboardError
        If the request contradicts itself, or the network's files are missing.
    """
    if settings.high - settings.low < MIN_SPAN:
        raise InputError(texts.refuse_span(midi.note_name(settings.low), midi.note_name(settings.high)))
    request = settings.request(beginning)
    if kept is None:
        return request
    is_private = beginning is not None

    def compose(whole: TuneRequest) -> tuple[Tune, ...]:
        """The tunes that the kept bars are of."""
        return obtain_tunes(whole, is_private=is_private, slot="folk.base_tunes").tunes

    return keep_bars(request, kept, compose)


def obtain_tunes(request: TuneRequest, *, is_private: bool, slot: str = "folk.tunes") -> ComposedTunes:
    """Compose the requested tunes, or take them from the cache.

    Raises
    ------
    DashboardError
        If the request contradicts itself, or the network's files are missing.
    """
    return obtain(
        partial(compose_tunes, without_accompaniment(request)),
        slot=slot,
        what=COMPOSING,
        private=is_private,
    )


def without_accompaniment(request: TuneRequest) -> TuneRequest:
    """The request for the tunes alone, which what plays along does not change."""
    return replace(request, accompaniment=NONE)


def obtain_played(
    request: TuneRequest, tunes: tuple[Tune, ...], variant: int, settings: FolkSettings, *, is_private: bool
) -> PlayedTune:
    """Render, engrave and measure a tune, or take it from the cache."""
    return obtain(
        partial(play_tune, request, variant, settings.tempo_qpm, settings.program, tunes[variant]),
        slot="folk.result",
        what=PLAYING,
        identity=identify_played(request, variant, settings),
        private=is_private,
    )


def identify_played(request: TuneRequest, variant: int, settings: FolkSettings) -> tuple[object, ...]:
    """Cache dependencies of a rendered tune."""
    return request, variant, settings.tempo_qpm, settings.program


def describe(tune: Tune) -> str:
    """A tune in a few words: bars, key and meter."""
    key = tune.keys[0]
    n_written = len(measure_bars(tune)) if tune.repeats else len(tune.bars)
    return texts.describe_form(
        len(tune.bars), n_written, texts.name_key(key.tonic, key.mode), tune.meters[0].name
    )


def show_tune(
    result: PlayedTune, made: ComposedTunes, variant: int, stays: tuple[int, ...], *, is_picking: bool
) -> None:
    """Draw the player with the score of one tune, and say how it was selected."""
    played = result.played
    remember_measures(result.tune)
    player(
        played.sound,
        key=PLAYER,
        title=texts.describe_variant(variant + 1, describe(result.tune)),
        notes=player_notes(played.midi),
        scores=played.scores,
        picks_bars=is_picking,
        has_pickup=result.tune.pickup_tick > 0,
    )
    said = texts.describe_selection(
        made.n_composed, made.n_out_of_key, made.n_unusual, made.n_in_spite, made.n_alike
    )
    st.caption(f"{said} {texts.KEPT_FRAMED}" if stays else said)
    show_note(played.note)


def show_others(made: ComposedTunes, variant: int) -> None:
    """Draw the scores of the other variants side by side."""
    if len(made.tunes) < 2:
        return
    st.header(texts.OTHERS, anchor=False)
    others = [n for n in range(len(made.tunes)) if n != variant]
    n_columns = min(N_COLUMNS, max(2, len(others)))
    for start in range(0, len(others), n_columns):
        for column, n in zip(st.columns(n_columns), others[start : start + n_columns], strict=False):
            with column:
                st.button(
                    texts.play_variant(n + 1),
                    key=f"folk.play_variant_{n + 1}",
                    on_click=_play_variant,
                    args=(n + 1,),
                    icon=":material/play_arrow:",
                )
                alt = f"Score of variant {n + 1}: {describe(made.tunes[n])}"
                st.image(color_score(made.svgs[n]), alt=alt, width="stretch")


def _play_variant(n: int) -> None:
    st.session_state["folk.variant"] = n
    play_next(PLAYER)


def show_measures(result: PlayedTune) -> None:
    """Draw how new and how good the tune is."""
    human = human_baseline(load_card("folk_fingerprint"))
    left, right = st.columns(2)
    with left:
        st.header(texts.ORIGINALITY, anchor=False)
        run = (
            texts.LONGEST_MATCH,
            f"{result.originality.longest_run} intervals",
            texts.LONGEST_MATCH_HELP,
        )
        show_metrics([run], width_px=METRIC_PX)
        show_list(originality_in_words(result.tune, result.originality, human))
    with right:
        st.header(texts.QUALITY, anchor=False)
        figures = [
            (texts.BITS, f"{result.bits:.2f}", texts.BITS_HELP),
            (texts.IN_KEY, f"{in_key(result.tune):.0%}", texts.IN_KEY_HELP),
        ]
        show_metrics(figures, width_px=METRIC_PX)
        show_list(quality_in_words(result.tune, result.bits, load_card("folk_melody")))


def show_downloads(
    result: PlayedTune,
    settings: FolkSettings,
    variant: int,
    *,
    identity: object,
    is_private: bool,
    settings_file: Callable[[str], bytes],
) -> None:
    """Draw the title and the downloads of the tune; each file is made on click."""
    tune, sound = result.tune, result.played.sound
    key, tempo = tune.keys[0], settings.tempo_qpm
    usual = texts.name_tune(key.tonic, key.mode)
    given = st.text_input(
        texts.TUNE_TITLE,
        key="folk.title",
        max_chars=MAX_TITLE,
        placeholder=usual,
        help=texts.TUNE_TITLE_HELP,
        **BOUND,
    )
    title = " ".join((given or "").split()) or usual
    saved = settings_file(given or "")
    mp3 = obtain_later(
        partial(FlacSound.encode, sound, "mp3"),
        what="Writing this MP3 file",
        identity=("mp3", sound.sha256),
        private=is_private,
    )
    svg = obtain_later(partial(draw_score, tune, SCORE_PX), what="Drawing this score", private=is_private)
    name = f"folk-{key.tonic}-{key.mode}-{settings.seed}-{variant + 1}".replace("#", "sharp")
    scores = (shared_texts.SCORE,) if result.played.scores else ()
    exported = Exportable(
        key="folk",
        present=lambda title: present(result, title=title),
        identity=identity,
        title=title,
        pictures=(*scores, shared_texts.PIANO_ROLL),
        is_private=is_private,
        name=title if given else name,
    )
    downloads(
        {
            "pdf": _later_pdf(tune, title, settings, is_private=is_private),
            "musicxml": lambda: to_musicxml(
                tune, title=title, tempo_qpm=tempo, program=settings.program
            ).encode(),
            "mid": lambda: midi.to_bytes(name_tune_track(result.played.midi, title)),
            "mp3": mp3,
            "wav": lambda: sound.encode("wav"),
            "svg": lambda: svg().encode(),
            "png": picture_file(exported),
            "abc": lambda: to_abc(tune, title=title, tempo_qpm=tempo).encode(),
            "krn": lambda: to_kern(tune, title=title, tempo_qpm=tempo).encode(),
            "settings.json": lambda: saved,
        },
        name=title if given else name,
        key="folk.download",
        see_as=title if given else f"Folk tune, {describe(tune)}",
        sound=sound,
    )
    show_exports(exported)


def _later_pdf(tune: Tune, title: str, settings: FolkSettings, *, is_private: bool) -> Callable[[], bytes]:
    """Function that prints the score on A4 with title and credits."""
    facts = f"{describe(tune)}, {settings.tempo_qpm:g} BPM"
    made = add_terms(texts.credit(collection_name(settings.collection)), "folk_melody")
    return obtain_later(
        partial(print_score, tune, title, [facts, made]), what="Printing this score", private=is_private
    )
