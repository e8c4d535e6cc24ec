"""Composition below the player: takes, fidelity against musicality, the arrangement, its models."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from core.sonify import composition_charts as figures
from core.sonify.composition import Accompanied, Composition
from core.sonify.direct_mapping import Sonification
from core.sonify.metrical_layout import Score
from core.sonify.settings import Settings
from pages.components.shared import texts as shared_texts
from pages.components.shared.colors import voice_colors
from pages.components.shared.figures import keep_figure
from pages.components.shared.messages import plain
from pages.components.shared.metrics import show_metrics, write_figure
from pages.components.shared.model_cache import load_card
from pages.components.shared.model_card import show_cards
from pages.components.shared.page import show_when_opened
from pages.components.sonify import texts
from pages.components.sonify.requests import Heard, obtain_trade

METRIC_PX = 165


def show_composition(sonification: Sonification) -> None:
    """Draw the takes of a melody, or the chords and measures of an arrangement."""
    composition = sonification.composition
    if composition is None:
        return
    if composition.takes:
        st.header(texts.TAKES_HEADING, anchor=False)
        _show_takes(sonification, composition)
    if composition.accompanied is not None and composition.score is not None:
        st.header(texts.PIECE_HEADING, anchor=False)
        _show_piece(sonification, composition.score, composition.accompanied)


def _show_takes(sonification: Sonification, composition: Composition) -> None:
    several = len(sonification.voices) > 1
    rows = []
    for number, take in enumerate(composition.takes, 1):
        for voice, fidelity, nats in zip(sonification.voices, take.fidelity, take.nats, strict=True):
            rows.append(
                {
                    texts.TAKE_COLUMN: str(number),
                    **({texts.VOICE_COLUMN: plain(voice.name)} if several else {}),
                    texts.MOVES_COLUMN: write_figure(fidelity.moves_followed, ".1%"),
                    texts.RHO_COLUMN: write_figure(fidelity.spearman, ".3f"),
                    texts.NATS_COLUMN: write_figure(nats, ".2f"),
                    texts.PLAYS_COLUMN: "yes" if number == sonification.settings.take else "no",
                }
            )
    st.table(pd.DataFrame(rows), hide_index=True, border="horizontal", alt=texts.TAKES_ALT)
    known = [("real melodies", composition.real_nats)]
    known += [
        (texts.name_direct(voice.name if several else None), nats)
        for voice, nats in zip(sonification.voices, composition.direct_nats, strict=True)
    ]
    costs = ", ".join(f"{name} {nats:.2f}" for name, nats in known if nats is not None)
    st.caption(texts.explain_takes(plain(costs)))


def _show_piece(sonification: Sonification, score: Score, accompanied: Accompanied) -> None:
    show_metrics(_measure_piece(sonification, score, accompanied), width_px=METRIC_PX)
    if accompanied.consonance is not None and accompanied.real_consonance is not None:
        st.caption(
            texts.compare_consonance(
                accompanied.consonance, sonification.settings.style, accompanied.real_consonance
            )
        )
    bars = figures.chords_by_bar(sonification)
    if bars:
        with st.expander(texts.CHORDS, icon=":material/queue_music:"):
            st.code(figures.chord_chart(bars), language=None)
            st.caption(texts.CHORDS_ABOUT)


def _measure_piece(
    sonification: Sonification, score: Score, accompanied: Accompanied
) -> list[tuple[str, str, str]]:
    return texts.describe_arrangement(
        bars=f"{score.n_bars:,}",
        meter=sonification.settings.meter,
        tempo=f"{score.tempo_qpm:.4g}",
        in_key=write_figure(accompanied.in_key, ".0%"),
        consonance=write_figure(accompanied.consonance, ".2f"),
        margin=write_figure(accompanied.margin_db, ".1f", " dB"),
        n_notes=f"{len(accompanied.notes):,}",
    )


def show_trade(heard: Heard) -> None:
    """Measure and draw the trade-off between fidelity and musicality; it takes seconds, so it comes last.

    Raises
    ------
    DashboardError
        As `core.sonify.compose.trade`.
    """
    st.header(texts.TRADE, anchor=False)
    sonification = heard.played.sonification
    found = figures.trade_of(sonification, obtain_trade(heard))
    if found is None:
        st.caption(texts.NO_TRADE)
        return
    colors = voice_colors()
    st.plotly_chart(
        keep_figure(
            lambda: figures.trade_figure(found, colors),
            key="sonify.trade_chart",
            identity=[heard.identity, colors],
            private=heard.is_private,
        ),
        key="sonify.trade_chart",
        config={"displayModeBar": False},
        alt=figures.trade_description(found),
    )
    st.markdown(plain(figures.trade_in_words(found)))
    st.caption(texts.TRADE_ABOUT + (texts.TRADE_FIRST if len(sonification.voices) > 1 else ""))


def show_models(settings: Settings) -> None:
    """Draw the cards of the models used, in an expander that reads them when it is opened."""

    def draw() -> None:
        """Read the cards and draw them."""
        names = []
        if settings.mode == "melody":
            names = ["sonify_melody", "sonify_ngram"]
        elif settings.mode == "piece":
            melody = ["sonify_melody"] if settings.rhythm == "composed" else []
            names = ["sonify_chords", "sonify_figuration", *melody]
        show_cards([load_card(name) for name in names])

    show_when_opened(shared_texts.MODEL_DETAILS, draw, icon=":material/info:", key="sonify.models")
