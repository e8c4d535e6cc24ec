"""Model card: figures of any depth become rows, and every card that there is can be shown."""

from streamlit.testing.v1 import AppTest

from core.nn.card import read_cards
from pages.components.shared.model_card import metrics_table


def test_figures_of_any_depth_become_rows():
    metrics = {
        "nll": {"value": 1.25, "low": 1.0, "high": 1.5, "n": 1030},
        "pop": {"consonance": {"value": 0.5, "n": 80}},
        "clean": True,
        "lstm": {"nats": 2.0, "interval": [1.9, 2.1]},
    }
    table = metrics_table(metrics)
    assert table["metric"].tolist() == ["NLL", "pop, consonance", "clean", "LSTM"]
    assert table.iloc[0].to_dict() == {
        "metric": "NLL",
        "value": "1.25",
        "interval": "1 to 1.5",
        "n": "1,030",
        "nats": "",
    }
    assert table["interval"].tolist() == ["1 to 1.5", "", "", "1.9 to 2.1"]
    assert table["value"].tolist()[2] == "yes"


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
