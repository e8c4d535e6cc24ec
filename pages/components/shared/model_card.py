"""Model card: purpose, limitations and a few facts in plain words; everything else in the card's JSON, as a download."""

from __future__ import annotations

from collections.abc import Iterable

import streamlit as st

from core.nn.card import RESEARCH, Card, find_pair, find_set_of
from pages.components.shared import texts
from pages.components.shared.messages import plain
from pages.components.shared.model_results import list_results


def model_card(card: Card) -> None:
    """Draw a card: a sentence on its use and its limits, a short table, and the whole card as a file."""
    st.markdown(f"**{plain(texts.name_model(card.name, card.version))}**")
    st.markdown(f"{plain(card.intended_use)}\n\n**{texts.LIMITATIONS}** {plain(card.limits)}")
    st.table(_tabulate(card), hide_index=True, alt=f"{texts.MODEL_DETAILS}: {card.stem}")
    st.download_button(
        texts.MODEL_CARD_FILE,
        lambda: find_pair(card.stem).read_bytes(),
        file_name=f"{card.stem}.json",
        mime="application/json",
        key=f"card.{card.stem}",
        on_click="ignore",
        icon=":material/download:",
        help=texts.MODEL_CARD_FILE_HELP,
    )


def show_cards(cards: Iterable[Card | None]) -> None:
    """Draw model cards one below the other; None for a network without a card."""
    for place, card in enumerate(card for card in cards if card is not None):
        if place:
            st.divider()
        model_card(card)


def _tabulate(card: Card) -> dict[str, list[str]]:
    rows = [
        (texts.TRAINING_DATA, _list_data(card)),
        (texts.WEIGHTS_SET, texts.RESEARCH_SET if find_set_of(card.stem) == RESEARCH else texts.OPEN_SET),
        *list_results(card),
        (texts.SIZE, _describe_size(card)),
    ]
    return {texts.FACT: [plain(fact) for fact, _ in rows], texts.VALUE: [plain(value) for _, value in rows]}


def _list_data(card: Card) -> str:
    """Data sets with their licenses."""
    return "; ".join(
        texts.name_dataset(str(item.get("name", "")), str(item.get("license", ""))) for item in card.data
    )


def _describe_size(card: Card) -> str:
    hours, hardware = card.training.get("hours"), str(card.training.get("hardware", ""))
    known = hours if isinstance(hours, int | float) and not isinstance(hours, bool) else 0
    return texts.describe_size(card.n_parameters, known, hardware)
