"""Tables of the folk model's card: one row per figure, one column per collection."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from core.nn.card import Card

if TYPE_CHECKING:
    import pandas as pd

_PARTS = {
    "erk": "German songs (Erk)",
    "europe": "Europe",
    "china": "China",
    "nottingham": "Nottingham",
    "all": "All test tunes",
}
# What a row says, where its value stands in a part's figures, and how it is written.
_ROWS: tuple[tuple[str, tuple[str, ...], str], ...] = (
    ("Next pitch (bits)", ("pitch_bits",), ".2f"),
    ("— n-gram baseline", ("baselines", "ngram_pitch_bits"), ".2f"),
    ("— this model, with phrase marks", ("phrase_marks_read", "pitch_bits"), ".2f"),
    ("Next pitch and length (bits)", ("joint_bits",), ".2f"),
    ("— n-gram baseline", ("baselines", "ngram_joint_bits"), ".2f"),
    ("— this model, with phrase marks", ("phrase_marks_read", "joint_bits"), ".2f"),
    ("Next onset on a sixteenth-note grid (accuracy)", ("onset_accuracy",), ".1%"),
    ("— a small LSTM trained on next notes, from a tutorial", ("classic", "onset_accuracy"), ".1%"),
    ("Next onset on a sixteenth-note grid (NLL, nats)", ("onset_nll_nats",), ".2f"),
    ("— a small LSTM trained on next notes, from a tutorial", ("classic", "onset_nll_nats"), ".2f"),
    ("Tunes", ("n_tunes",), ",d"),
    ("Notes and rests", ("n_events",), ",d"),
)
_COMPOSED = (
    ("Complete bars", "bars_valid"),
    ("Notes in key", "in_key"),
    ("Tunes that end on the tonic when asked", "ends_on_tonic"),
)


def folk_figures(card: Card) -> list[tuple[str, pd.DataFrame]]:
    """Tables of a card's test results and of its generated tunes.

    Parameters
    ----------
    card : Card
        Of the folk network.

    Returns
    -------
    list of (str, DataFrame)
        Title and table; a figure that the card does not have is a dash. 95% intervals are in parentheses.
    """
    import pandas as pd

    found = []
    test = card.metrics.get("test")
    if isinstance(test, Mapping):
        parts = [part for part in _PARTS if isinstance(test.get(part), Mapping)]
        rows = [
            {"metric": text, **{_PARTS[part]: _write_cell(test[part], path, form) for part in parts}}
            for text, path, form in _ROWS
        ]
        found.append(("Accuracy on held-out tunes", pd.DataFrame(rows)))
    composed = card.metrics.get("generated")
    if isinstance(composed, Mapping):
        title = f"{composed.get('n_tunes', 0):,} composed tunes, compared with traditional tunes"
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
        {"metric": text, "composed": format(figures[name], ".1%"), "traditional tunes": ""}
        for text, name in _COMPOSED
        if name in figures
    ]
    runs, people = figures.get("copied_run") or {}, figures.get("held_out_copied_run") or {}
    for text, name in (("median", "median"), ("95th percentile", "percentile_95")):
        if name in runs and name in people:
            rows.append(
                {
                    "metric": f"Longest match with training tunes, {text} (intervals)",
                    "composed": f"{runs[name]:g}",
                    "traditional tunes": f"{people[name]:g}",
                }
            )
    for name, value in (figures.get("overlap") or {}).items():
        rows.append(
            {
                "metric": f"Histogram overlap with traditional tunes: {str(name).replace('_', ' ')}",
                "composed": format(value, ".1%"),
                "traditional tunes": "",
            }
        )
    return pd.DataFrame(rows)
