"""Composition below the player: takes, trade of fidelity against musicality, the piece, its models."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from core.sonify import composition_charts as figures
from core.sonify.composition import Accompanied, Composition
from core.sonify.direct_mapping import Sonification
from core.sonify.metrical_layout import Score
from core.sonify.settings import Settings
from pages.components.shared.colors import voice_colors
from pages.components.shared.figures import keep_figure
from pages.components.shared.messages import plain
from pages.components.shared.metrics import show_metrics, write_figure
from pages.components.shared.model_cache import load_card
from pages.components.shared.model_card import show_cards
from pages.components.shared.page import show_when_opened
from pages.components.sonify.requests import Heard, obtain_trade

METRIC_PX = 165


def show_composition(sonification: Sonification) -> None:
    """Draw what is known as soon as the sound is: the takes of a melody, or what stands around a piece's data."""
    composition = sonification.composition
    if composition is None:
        return
    if composition.takes:
        st.subheader("Takes", anchor=False)
        _show_takes(sonification, composition)
    if composition.accompanied is not None and composition.score is not None:
        st.subheader("The piece", anchor=False)
        _show_piece(sonification, composition.score, composition.accompanied)


def _show_takes(sonification: Sonification, composition: Composition) -> None:
    several = len(sonification.voices) > 1
    rows = []
    for number, take in enumerate(composition.takes, 1):
        for voice, fidelity, nats in zip(sonification.voices, take.fidelity, take.nats, strict=True):
            rows.append(
                {
                    "take": str(number),
                    **({"voice": plain(voice.name)} if several else {}),
                    "rank correlation": write_figure(fidelity.spearman, ".3f"),
                    "moves followed": write_figure(fidelity.moves_followed, ".1%"),
                    "nats a note": write_figure(nats, ".2f"),
                    "plays": "yes" if number == sonification.settings.take else "",
                }
            )
    st.table(pd.DataFrame(rows), hide_index=True, border="horizontal", alt="The takes and their figures")
    known = [("real melodies", composition.real_nats)]
    known += [
        (f"the direct mapping{f' of {voice.name}' if several else ''}", nats)
        for voice, nats in zip(sonification.voices, composition.direct_nats, strict=True)
    ]
    costs = ", ".join(f"{name} {nats:.2f}" for name, nats in known if nats is not None)
    st.caption(
        "Moves followed: of all changes in the data, the share that the melody answers in the right direction. "
        "Nats a note: how much the melody surprises an independent model of real melodies; less is more usual"
        f"{plain(f' ({costs})') if costs else ''}."
    )


def _show_piece(sonification: Sonification, score: Score, accompanied: Accompanied) -> None:
    show_metrics(_measure_piece(sonification, score, accompanied), width_px=METRIC_PX)
    if accompanied.consonance is not None and accompanied.real_consonance is not None:
        st.caption(
            f"Consonance of this piece: {accompanied.consonance:.2f}; of real {sonification.settings.style} pieces: "
            f"{accompanied.real_consonance:.2f}."
        )
    bars = figures.chords_by_bar(sonification)
    if bars:
        with st.expander("Chords, bar by bar", icon=":material/queue_music:"):
            st.code(figures.chord_chart(bars), language=None)
            st.caption("“%” holds the chord before it.")


def _measure_piece(
    sonification: Sonification, score: Score, accompanied: Accompanied
) -> list[tuple[str, str, str]]:
    settings = sonification.settings
    return [
        (
            "Bars",
            f"{score.n_bars:,}",
            f"In {settings.meter}, from the first note of the data to the last chord.",
        ),
        (
            "Quarters a minute",
            f"{score.tempo_qpm:.4g}",
            f"The tempo, steady; the meter is {settings.meter}.",
        ),
        (
            "In the key",
            write_figure(accompanied.in_key, ".0%"),
            "Share of the accompaniment's notes inside the scale of the harmony.",
        ),
        (
            "Consonance",
            write_figure(accompanied.consonance, ".2f"),
            "How well the accompaniment fits the data where they sound together, -1 to 1.",
        ),
        (
            "Data above the rest",
            write_figure(accompanied.margin_db, ".1f", " dB"),
            "How much louder the data are than everything else at their onsets, measured in the sound where it is least.",
        ),
        (
            "Accompaniment",
            f"{len(accompanied.notes):,} notes",
            "Chords and bass, on tracks of their own in the MIDI file.",
        ),
    ]


def show_trade(heard: Heard) -> None:
    """Measure and draw the trade between fidelity and musicality; takes seconds, so it comes last.

    Raises
    ------
    DashboardError
        As `core.sonify.compose.trade`.
    """
    st.subheader("Fidelity against musicality", anchor=False)
    sonification = heard.played.sonification
    found = figures.trade_of(sonification, obtain_trade(heard))
    if found is None:
        st.caption(
            "There is no trade to show: constant data have no order to keep, and a cost needs four notes or more."
        )
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
    st.caption(
        "Each dot is a melody composed from these data at one place of the dial. Further up tells the data better; "
        "further left is what a model of real melodies expects more readily. Left of the dashed line a melody is more "
        "predictable than real ones are."
        + (" The first voice is measured." if len(sonification.voices) > 1 else "")
    )


def show_models(settings: Settings) -> None:
    """Draw the cards of the models that this sound was made with, in an expander that reads them when it is opened."""

    def draw() -> None:
        """Read the cards and draw them."""
        names = []
        if settings.mode == "melody":
            names = ["sonify_melody", "sonify_ngram"]
        elif settings.mode == "piece":
            melody = ["sonify_melody"] if settings.rhythm == "composed" else []
            names = ["sonify_chords", "sonify_figuration", *melody]
        show_cards([load_card(name) for name in names])

    show_when_opened("About the models", draw, icon=":material/info:", key="sonify.models")
