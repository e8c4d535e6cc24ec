"""Model card: a few rows in plain words, the rest as a file; every card that there is can be shown."""

from streamlit.testing.v1 import AppTest

from core.nn.card import find_pair
from pages.components.shared import texts
from pages.components.shared.messages import plain
from pages.components.shared.model_results import RESULTS, _find, list_results
from training.attribution import list_pairs


def test_results_are_plain_words_and_every_path_leads_to_a_figure():
    cards = [card for _, card in list_pairs() if card.name in RESULTS]
    assert all(list_results(card) for card in cards)
    for name, rows in RESULTS.items():
        own = [card for card in cards if card.name == name]
        for words, places, _ in rows:
            assert "_" not in words
            for place in places.split("|") if own else ():
                assert any(isinstance(_find(card.metrics, place), int | float) for card in own), (name, place)


def draw_every_card():
    from pages.components.shared.model_card import model_card
    from training.attribution import list_pairs

    for _, card in list_pairs():
        model_card(card)


def test_every_card_that_there_is_can_be_shown_and_says_its_set():
    at = AppTest.from_function(draw_every_card, default_timeout=60).run()
    assert not at.exception
    limits = [text.value for text in at.markdown if "**Limitations.**" in text.value]
    pairs = list_pairs()
    assert len(limits) == len(pairs) > 0
    # A few rows each: the rest is in the file.
    assert len(at.table) == len(limits) and max(len(table.value) for table in at.table) <= 8
    words = {"open": texts.OPEN_SET, "research": texts.RESEARCH_SET}
    for (which, card), table in zip(pairs, at.table, strict=True):
        assert plain(words[which]) in table.value[texts.VALUE].tolist(), card.stem
    # The file that is downloaded is the card itself, of whichever set.
    assert [find_pair(card.stem).is_file() for _, card in pairs] == [True] * len(at.get("download_button"))
