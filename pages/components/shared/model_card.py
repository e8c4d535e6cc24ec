"""Model card: intended use and limitations, training data, results on held-out data, and origin of a model."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import streamlit as st

from core.nn.card import Card
from pages.components.shared import texts
from pages.components.shared.messages import plain

if TYPE_CHECKING:
    import pandas as pd

MAX_COLUMNS = 6
_SPLITS = ("train", "validation", "test")
_WORDS = {"nll": "NLL", "lstm": "LSTM", "ngram": "n-gram"}


def model_card(card: Card, figures: Sequence[tuple[str, pd.DataFrame]] = ()) -> None:
    """Draw a card.

    Parameters
    ----------
    card : Card
        Its metrics may be nested in any way; what they call "test" is shown, and all of them where nothing is.
    figures : sequence of (str, DataFrame)
        Titles and tables to show in place of those that are made of any card's metrics.
    """
    st.markdown(f"**{plain(texts.name_model(card.name, card.version))}**")
    st.markdown(f"{plain(card.intended_use)}\n\n**{texts.LIMITATIONS}** {plain(card.limits)}")
    st.markdown(f"**{texts.TRAINING_DATA}**")
    st.table(_tabulate_data(card.data), hide_index=True, alt=f"{texts.TRAINING_DATA}: {card.stem}")
    for split in dict.fromkeys(str(item["split"]) for item in card.data if item.get("split")):
        st.caption(plain(texts.describe_split(split)))
    for title, table in figures:
        st.markdown(f"**{plain(title)}**")
        st.table(table, hide_index=True, alt=f"{title}: {card.stem}")
    if not figures:
        _show_metrics(card)
    if isinstance(card.metrics.get("definition"), str):
        st.caption(plain(card.metrics["definition"]))
    st.caption(plain(_describe_origin(card)))


def show_cards(cards: Iterable[Card | None]) -> None:
    """Draw model cards one below the other; None for a network without a card."""
    for place, card in enumerate(card for card in cards if card is not None):
        if place:
            st.divider()
        model_card(card)


def _show_metrics(card: Card) -> None:
    """Draw test results first, then other results; training figures are left out."""
    test = card.metrics.get("test")
    others = {
        name: value
        for name, value in card.metrics.items()
        if name not in _SPLITS and isinstance(value, Mapping) and value
    }
    if isinstance(test, Mapping) and test:
        st.markdown(f"**{texts.HELD_OUT}**")
        st.table(metrics_table(test), hide_index=True, alt=f"{texts.HELD_OUT}: {card.stem}")
    if others:
        st.markdown(f"**{texts.OTHER_RESULTS}**")
        st.table(metrics_table(others), hide_index=True, alt=f"{texts.OTHER_RESULTS}: {card.stem}")
    said = [str(card.metrics["unit"])] if card.metrics.get("unit") else []
    said.append(texts.NLL)
    if test or others:
        text = "; ".join(said)
        st.caption(plain(f"{text[0].upper()}{text[1:]}."))


def metrics_table(metrics: Mapping[str, Any]) -> pd.DataFrame:
    """Flatten nested figures to a table of texts, one row per figure.

    Parameters
    ----------
    metrics : mapping
        Numbers, texts, lists, and mappings of the same. A mapping of plain values becomes one row with a
        column a value; what lies deeper is named by its path. Bounds under ``intervals`` stand behind the figure of
        the same name.

    Returns
    -------
    DataFrame
        First column ``metric``; empty texts where a row has no such value. Of more than :data:`MAX_COLUMNS` columns
        every value gets a row of its own, so that the table needs no scrolling sideways.
    """
    import pandas as pd

    rows: list[dict[str, str]] = []
    _flatten(_put_bounds_behind(metrics), (), rows)
    if len({column for row in rows for column in row}) > MAX_COLUMNS:
        rows = [
            {
                texts.METRIC: row[texts.METRIC] if column == texts.VALUE else f"{row[texts.METRIC]}, {column}",
                texts.VALUE: cell,
            }
            for row in rows
            for column, cell in row.items()
            if column != texts.METRIC
        ]
    return pd.DataFrame(rows).fillna("")


def _put_bounds_behind(metrics: Mapping[str, Any]) -> dict[str, Any]:
    """Move every interval behind its figure, at any depth."""
    found = {
        name: _put_bounds_behind(value) if isinstance(value, Mapping) else value
        for name, value in metrics.items()
    }
    bounds = found.get("intervals")
    if isinstance(bounds, Mapping):
        known = {name for name in bounds if name in found and not isinstance(found[name], Mapping)}
        for name in known:
            low, high = bounds[name]
            found[name] = f"{_write(found[name])} [{_write(low)}, {_write(high)}]"
        rest = {name: value for name, value in bounds.items() if name not in known}
        found = {name: value for name, value in found.items() if name != "intervals"} | (
            {"intervals": rest} if rest else {}
        )
    return found


def _flatten(metrics: Mapping[str, Any], path: tuple[str, ...], rows: list[dict[str, str]]) -> None:
    for name, value in metrics.items():
        here = (*path, _name(name))
        if not isinstance(value, Mapping):
            rows.append({texts.METRIC: ", ".join(here), texts.VALUE: _write(value)})
            continue
        plain_values = {
            _name(key): _write(cell)
            for key, cell in _join_bounds(value).items()
            if not isinstance(cell, Mapping)
        }
        if plain_values:
            rows.append({texts.METRIC: ", ".join(here), **plain_values})
        _flatten({key: cell for key, cell in value.items() if isinstance(cell, Mapping)}, here, rows)


def _name(name: object) -> str:
    return " ".join(_WORDS.get(word, word) for word in str(name).split("_"))


def _join_bounds(value: Mapping[str, Any]) -> dict[str, Any]:
    """Join two bounds to one interval after its figure."""
    if not {"low", "high"} <= value.keys():
        return dict(value)
    ends = [value["low"], value["high"]]
    first = {key: cell for key, cell in value.items() if key == "value"}
    rest = {key: cell for key, cell in value.items() if key not in ("value", "low", "high")}
    return {**first, texts.INTERVAL: ends, **rest}


def _write(value: Any) -> str:
    if isinstance(value, bool) or value is None:
        return {True: "yes", False: "no", None: "–"}[value]
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:,.4g}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        numbers = all(isinstance(cell, int | float) and not isinstance(cell, bool) for cell in value)
        between = " to " if numbers and len(value) == 2 else ", "
        return between.join(_write(cell) for cell in value)
    return str(value)


def _tabulate_data(data: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    import pandas as pd

    rows = []
    for item in data:
        pieces = item.get("pieces")
        counts = pieces if isinstance(pieces, Mapping) else {}
        splits = [*(name for name in _SPLITS if name in counts), *(n for n in counts if n not in _SPLITS)]
        rows.append(
            {
                texts.DATASET: str(item.get("name", "")),
                texts.LICENSE: str(item.get("license", "")),
                texts.PIECES: ", ".join(f"{name} {_write(counts[name])}" for name in splits),
            }
        )
    return pd.DataFrame(rows)


def _describe_origin(card: Card) -> str:
    training = card.training
    hours = training.get("hours")
    return texts.describe_training(
        card.n_parameters,
        card.stem,
        card.sha256,
        hours if isinstance(hours, int | float) else 0,
        str(training.get("hardware", "unknown hardware")),
        str(training.get("command", "")),
        training.get("seed", "unknown"),
    )
