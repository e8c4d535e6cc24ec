"""Model card: a few rows in plain words, the rest as a file; every card that there is can be shown."""

from streamlit.testing.v1 import AppTest

from core.nn.card import read_cards
from pages.components.shared.model_results import RESULTS, list_results


def test_results_are_plain_words_and_every_path_leads_to_a_figure():
    cards = {card.name: card for card in read_cards()}
    for name, rows in RESULTS.items():
        if name in cards:
            assert len(list_results(cards[name])) == len(rows) > 0, name
    facts = [words for rows in RESULTS.values() for words, _, _ in rows]
    assert not any("_" in words for words in facts)


def draw_every_card():
    from core.nn.card import read_cards
    from pages.components.shared.model_card import model_card

    for card in read_cards():
        model_card(card)


def test_every_card_that_there_is_can_be_shown():
    at = AppTest.from_function(draw_every_card, default_timeout=60).run()
    assert not at.exception
    limits = [text.value for text in at.markdown if "**Limitations.**" in text.value]
    assert len(limits) == len(read_cards()) > 0
    # A few rows each: the rest is in the file.
    assert len(at.table) == len(limits) and max(len(table.value) for table in at.table) <= 7
    assert len(at.get("download_button")) == len(limits)
