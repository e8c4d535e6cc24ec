"""Tables of the folk network's card as tables that can be read: a row a figure, a column a collection."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from core.nn.card import Card

if TYPE_CHECKING:
    import pandas as pd

_PARTS = {
    "erk": "Germany: Erk",
    "europe": "Europe",
    "china": "China",
    "nottingham": "Nottingham",
    "all": "all test tunes",
}
# What a row says, where its value stands in a part's figures, and how it is written.
_ROWS: tuple[tuple[str, tuple[str, ...], str], ...] = (
    ("Pitch of the next note, bits", ("pitch_bits",), ".2f"),
    ("— by an n-gram", ("baselines", "ngram_pitch_bits"), ".2f"),
    ("— by this network when phrase marks are read", ("phrase_marks_read", "pitch_bits"), ".2f"),
    ("Pitch and length of the next note, bits", ("joint_bits",), ".2f"),
    ("— by an n-gram", ("baselines", "ngram_joint_bits"), ".2f"),
    ("— by this network when phrase marks are read", ("phrase_marks_read", "joint_bits"), ".2f"),
    ("Next onset on a grid of sixteenths, right guesses", ("onset_accuracy",), ".1%"),
    ("— by the tutorial network", ("classic", "onset_accuracy"), ".1%"),
    ("Next onset on a grid of sixteenths, cost in nats", ("onset_nll_nats",), ".2f"),
    ("— by the tutorial network", ("classic", "onset_nll_nats"), ".2f"),
    ("Tunes", ("n_tunes",), ",d"),
    ("Notes and rests", ("n_events",), ",d"),
)
_COMPOSED = (
    ("Bars that are full", "bars_valid"),
    ("Notes in the key", "in_key"),
    ("Tunes that end on the tonic when asked", "ends_on_tonic"),
)


def folk_figures(card: Card) -> list[tuple[str, pd.DataFrame]]:
    """Tables of a card's test part and of the tunes that were composed for it.

    Parameters
    ----------
    card : Card
        Of the folk network.

    Returns
    -------
    list of (str, DataFrame)
        Title and table; a figure that the card does not have is a dash. Intervals of 95 % stand in brackets.
    """
    import pandas as pd

    found = []
    test = card.metrics.get("test")
    if isinstance(test, Mapping):
        parts = [part for part in _PARTS if isinstance(test.get(part), Mapping)]
        rows = [
            {"figure": text, **{_PARTS[part]: _write_cell(test[part], path, form) for part in parts}}
            for text, path, form in _ROWS
        ]
        found.append(("How good it is, on tunes that no training saw", pd.DataFrame(rows)))
    composed = card.metrics.get("generated")
    if isinstance(composed, Mapping):
        title = f"{composed.get('n_tunes', 0):,} tunes that it composed, beside tunes by people"
        found.append((title, _tabulate_composed(composed)))
    return found


def _write_cell(figures: Mapping[str, Any], path: tuple[str, ...], form: str) -> str:
    *groups, name = path
    for group in groups:
        figures = figures.get(group) or {}
    value = figures.get(name)
    if not isinstance(value, int | float):
        return "–"
    interval = (figures.get("intervals") or {}).get(name)
    ends = f" ({format(interval[0], form)} to {format(interval[1], form)})" if interval else ""
    return format(value, form) + ends


def _tabulate_composed(figures: Mapping[str, Any]) -> pd.DataFrame:
    import pandas as pd

    rows = [
        {"figure": text, "composed": format(figures[name], ".1%"), "by people": ""}
        for text, name in _COMPOSED
        if name in figures
    ]
    runs, people = figures.get("copied_run") or {}, figures.get("held_out_copied_run") or {}
    for text, name in (("in the middle", "median"), ("that one in twenty exceeds", "percentile_95")):
        if name in runs and name in people:
            rows.append(
                {
                    "figure": f"Longest copied run, {text}, intervals",
                    "composed": f"{runs[name]:g}",
                    "by people": f"{people[name]:g}",
                }
            )
    for name, value in (figures.get("overlap") or {}).items():
        rows.append(
            {
                "figure": f"Overlap with people's tunes: {str(name).replace('_', ' ')}",
                "composed": format(value, ".1%"),
                "by people": "",
            }
        )
    return pd.DataFrame(rows)
