"""The tunes of the Folk page: composed, heard, drawn, measured, taken away."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import streamlit as st

from core.audio.flac import FlacSound
from core.errors import InputError
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
from core.folk.tune_measures import in_key
from core.folk.tune_plan import MIN_SPAN
from core.music import midi
from core.music.tune import Tune
from core.music.tune_files import to_abc, to_kern, to_musicxml
from pages.components.folk.controls import FolkSettings, Kept, collection_name
from pages.components.folk.descriptions import (
    human_baseline,
    human_bits,
    originality_in_words,
    quality_in_words,
)
from pages.components.shared.colors import color_score
from pages.components.shared.downloads import downloads
from pages.components.shared.messages import show_list, show_note
from pages.components.shared.metrics import show_metrics
from pages.components.shared.model_cache import load_card
from pages.components.shared.player.player import player, player_notes
from pages.components.shared.results import obtain, obtain_later

METRIC_PX = 190
N_COLUMNS = 3
COMPOSING, PLAYING = "Composing these tunes", "Playing this tune"


def request_tunes(settings: FolkSettings, beginning: Tune | None, kept: Kept | None) -> TuneRequest:
    """What the composer is asked for; where bars are kept, the tune that they are of is composed first.

    Raises
    ------
    DashboardError
        If the request contradicts itself, or the network's files are missing.
    """
    if settings.high - settings.low < MIN_SPAN:
        raise InputError(
            f"The lowest note is {midi.note_name(settings.low)} and the highest {midi.note_name(settings.high)}. "
            "Leave at least a fifth between them."
        )
    request = settings.request(beginning)
    if kept is None:
        return request
    base = obtain_tunes(request, is_private=beginning is not None, slot="folk.base_tunes").tunes[kept.base]
    return replace(request, seed=kept.seed, prompt=base, keep=bars_that_stay(beginning, kept))


def obtain_tunes(request: TuneRequest, *, is_private: bool, slot: str = "folk.tunes") -> ComposedTunes:
    """Compose what is asked for, or give back what was composed of the same.

    Raises
    ------
    DashboardError
        If the request contradicts itself, or the network's files are missing.
    """
    return obtain(partial(compose_tunes, request), slot=slot, what=COMPOSING, private=is_private)


def bars_that_stay(beginning: Tune | None, kept: Kept) -> tuple[int, ...]:
    """Bars, from 0, that are not composed anew. A beginning of one's own stays, whatever else is kept."""
    own = range(max(1, len(beginning.bars))) if beginning is not None else ()
    return tuple(sorted({*kept.bars, *own}))


def obtain_played(
    request: TuneRequest, tunes: tuple[Tune, ...], variant: int, settings: FolkSettings, *, is_private: bool
) -> PlayedTune:
    """Play, draw and measure a tune, or give back what was made of the same."""
    return obtain(
        partial(play_tune, request, variant, settings.tempo_qpm, settings.program, tunes[variant]),
        slot="folk.result",
        what=PLAYING,
        identity=identify_played(request, variant, settings),
        private=is_private,
    )


def identify_played(request: TuneRequest, variant: int, settings: FolkSettings) -> tuple[object, ...]:
    """On what a played tune depends: the tune itself follows from the request."""
    return request, variant, settings.tempo_qpm, settings.program


def describe(tune: Tune) -> str:
    """A tune in a few words: bars, key and meter."""
    key = tune.keys[0]
    return f"{len(tune.bars)} bars in {key.tonic} {key.mode}, {tune.meters[0].meter}"


def show_tune(result: PlayedTune, variant: int, stays: tuple[int, ...]) -> None:
    """Draw the player with the score of one tune."""
    played = result.played
    player(
        played.sound,
        key="folk.player",
        title=f"Variant {variant + 1}: {describe(result.tune)}",
        notes=player_notes(played.midi),
        scores=played.scores,
    )
    if stays:
        st.caption("Framed bars stay as they were; the others are composed anew.")
    show_note(played.note)


def show_others(made: ComposedTunes, variant: int) -> None:
    """Draw the scores of the other variants side by side."""
    if len(made.tunes) < 2:
        return
    st.subheader("The other variants", anchor=False)
    others = [n for n in range(len(made.tunes)) if n != variant]
    n_columns = min(N_COLUMNS, max(2, len(others)))
    for start in range(0, len(others), n_columns):
        for column, n in zip(st.columns(n_columns), others[start : start + n_columns], strict=False):
            with column:
                st.markdown(f"**Variant {n + 1}**")
                alt = f"Score of variant {n + 1}: {describe(made.tunes[n])}"
                st.image(color_score(made.svgs[n]), alt=alt, width="stretch")


def show_measures(result: PlayedTune) -> None:
    """Draw how new and how good the tune is."""
    human = human_baseline(load_card("folk_fingerprint"))
    left, right = st.columns(2)
    with left:
        st.subheader("Originality", anchor=False)
        run = (
            "Longest copied run",
            f"{result.originality.longest_run} intervals",
            "The longest run of intervals that also occurs in a training tune, at any height and in any rhythm.",
        )
        show_metrics([run], width_px=METRIC_PX)
        show_list(originality_in_words(result.tune, result.originality, human))
    with right:
        st.subheader("Quality", anchor=False)
        figures = [
            (
                "Bits a note",
                f"{result.bits:.2f}",
                "How unexpected its notes are to the network, pitch and length together.",
            ),
            (
                "In the key",
                f"{in_key(result.tune):.0%}",
                "Share of the notes that lie in the scale. Minor includes the leading note.",
            ),
        ]
        show_metrics(figures, width_px=METRIC_PX)
        show_list(quality_in_words(result.tune, result.bits, human_bits(load_card("folk_melody"))))


def show_downloads(
    result: PlayedTune,
    settings: FolkSettings,
    variant: int,
    *,
    is_private: bool,
    settings_file: Callable[[], bytes],
) -> None:
    """Draw the files of the tune; each is made when it is clicked."""
    tune, sound = result.tune, result.played.sound
    title = f"Folk tune in {tune.keys[0].tonic} {tune.keys[0].mode}"
    tempo = settings.tempo_qpm
    mp3 = obtain_later(
        partial(FlacSound.encode, sound, "mp3"),
        what="Writing this MP3 file",
        identity=("mp3", sound.sha256),
        private=is_private,
    )
    svg = obtain_later(partial(draw_score, tune, SCORE_PX), what="Drawing this score", private=is_private)
    downloads(
        {
            "mid": lambda: midi.to_bytes(result.played.midi),
            "musicxml": lambda: to_musicxml(tune, title=title).encode(),
            "abc": lambda: to_abc(tune, title=title, tempo_qpm=tempo).encode(),
            "krn": lambda: to_kern(tune).encode(),
            "wav": lambda: sound.encode("wav"),
            "mp3": mp3,
            "svg": lambda: svg().encode(),
            "pdf": _later_pdf(tune, title, settings, variant, is_private=is_private),
            "settings.json": settings_file,
        },
        name=f"folk-{tune.keys[0].tonic}-{tune.keys[0].mode}-{settings.seed}-{variant + 1}".replace(
            "#", "sharp"
        ),
        key="folk.download",
        see_as=f"Folk tune, {describe(tune)}",
        sound=sound,
    )


def _later_pdf(
    tune: Tune, title: str, settings: FolkSettings, variant: int, *, is_private: bool
) -> Callable[[], bytes]:
    """What prints the score on A4, with what it was made of in its head."""
    facts = f"{describe(tune)}, {settings.tempo_qpm:g} quarters a minute"
    made = (
        f"Composed by Sonoscope after {collection_name(settings.collection)}; "
        f"seed {settings.seed}, variant {variant + 1}"
    )
    return obtain_later(
        partial(print_score, tune, title, [facts, made]), what="Printing this score", private=is_private
    )
