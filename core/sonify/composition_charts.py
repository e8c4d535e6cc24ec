"""Chart of fidelity against musicality of a composed melody, and the chord chart of an arrangement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from core.arrays import FloatArray, IntArray
from core.charts import pick_color, set_layout
from core.sonify.direct_mapping import Sonification

if TYPE_CHECKING:
    import pandas as pd
    import plotly.graph_objects as go

BARS_A_LINE = 4
_HEIGHT = 360
# Ticks of the stretched axis of rank correlation, and the correlation beyond which all look alike.
_RHO_TICKS = (-0.9, -0.5, 0.0, 0.5, 0.9, 0.99, 0.999)
_MOST_RHO = 0.9999
_RULE = "#7D8790"  # seen on light and on dark ground
# Labels nearer than this to another one, in shares of the axes, would cover it. The ends come first.
_LABEL_ROOM = (0.09, 0.08)
_LABEL_ORDER = (0, 100, 50, 20, 80, 30, 70, 10, 90, 40, 60)


@dataclass(frozen=True, kw_only=True)
class Place:
    """A melody in the trade-off chart: nats per note and rank correlation with the data."""

    nats: float
    rho: float


@dataclass(frozen=True, kw_only=True)
class Trade:
    """The trade-off between fidelity and musicality for one table.

    Attributes
    ----------
    dial : DataFrame
        ``fidelity``, ``rho``, ``nats``, as `core.sonify.compose.trade` gives them; rows without a figure
        are left out.
    own : Place
        The melody that sounds.
    own_fidelity : float
        Its place on the dial, 0 to 1.
    real_nats : float or None
        What real melodies cost.
    direct : Place or None
        The direct mapping.
    """

    dial: pd.DataFrame
    own: Place
    own_fidelity: float
    real_nats: float | None
    direct: Place | None


def trade_of(sonification: Sonification, dial: pd.DataFrame) -> Trade | None:
    """Compare the current melody with those of the other fidelity settings.

    Parameters
    ----------
    sonification : Sonification
        A melody.
    dial : DataFrame
        From `core.sonify.compose.trade`.

    Returns
    -------
    Trade or None
        None where there is nothing to trade: constant data have no order, and below four notes a melody has
        no cost.
    """
    composition, voice = sonification.composition, sonification.voices[0].voice
    known = dial.dropna(subset=["rho", "nats"])
    if composition is None or not composition.takes or len(known) < 2:
        return None
    take = composition.takes[sonification.settings.take - 1]
    rho, nats = take.fidelity[0].spearman, take.nats[0]
    if rho is None or nats is None:
        return None
    exact, direct_nats = known.iloc[-1], composition.direct_nats[0]
    return Trade(
        dial=known,
        own=Place(nats=nats, rho=rho * voice.direction),
        own_fidelity=sonification.settings.fidelity,
        real_nats=composition.real_nats,
        # The exact end of the dial has the pitches of the direct mapping.
        direct=None if direct_nats is None else Place(nats=direct_nats, rho=float(exact["rho"])),
    )


def trade_figure(trade: Trade, colors: Sequence[str] = ()) -> go.Figure:
    """Draw nats per note against fidelity, with the current melody marked.

    Parameters
    ----------
    trade : Trade
    colors : sequence of str, optional
        CSS colors: of the dial's line, of the visitor's mark, of the direct mapping.

    Returns
    -------
    plotly.graph_objects.Figure
        Its axis of rank correlation is Fisher's z, so that 0.9, 0.99 and 0.999 stand apart.
    """
    import plotly.graph_objects as go

    line, own, direct = (pick_color(colors, place) for place in range(3))
    percent = np.round(trade.dial["fidelity"].to_numpy() * 100).astype(int)
    figure = go.Figure()
    figure.add_scatter(
        x=trade.dial["nats"],
        y=_stretch(trade.dial["rho"]),
        mode="lines+markers+text",
        name="fidelity settings",
        text=_label_dials(trade, percent),
        textposition="top center",
        customdata=np.stack([percent, trade.dial["rho"]], axis=1),
        hovertemplate="%{customdata[0]}%: rank correlation %{customdata[1]:.3f}, %{x:.2f} nats/note<extra></extra>",
        marker={"size": 7, "color": line},
        line={"width": 1.5, "color": line, "dash": "dot"},
        cliponaxis=False,
    )
    marker: dict[str, Any] = {"size": 17, "color": own, "line": {"width": 2, "color": line}}
    _mark_place(figure, "playing", trade.own, marker, f" ({_write_percent(trade.own_fidelity)})")
    if trade.direct is not None:
        marker = {"size": 13, "symbol": "diamond-open", "color": direct, "line": {"width": 2.5}}
        _mark_place(figure, "direct mapping", trade.direct, marker)
    if trade.real_nats is not None:
        label = {"text": "real melodies", "textangle": -90, "yref": "paper", "y": 0.02, "yanchor": "bottom"}
        figure.add_vline(
            trade.real_nats, line_dash="dash", line_width=1.5, line_color=_RULE, annotation=label
        )
    figure.update_xaxes(title_text="surprise to a model of real melodies (nats/note)")
    figure.update_yaxes(
        title_text="rank correlation with the data",
        automargin=True,
        zeroline=False,
        tickvals=_stretch(_RHO_TICKS),
        ticktext=[f"{rho:g}" for rho in _RHO_TICKS],
    )
    set_layout(figure, _HEIGHT, top=12)
    return figure


def _mark_place(
    figure: go.Figure, name: str, place: Place, marker: dict[str, Any], legend_end: str = ""
) -> None:
    figures = f"rank correlation {_write_rho(place.rho)}, {place.nats:.2f} nats/note"
    figure.add_scatter(
        x=[place.nats],
        y=_stretch([place.rho]),
        mode="markers",
        name=name + legend_end,
        marker=marker,
        hovertemplate=f"{name}: {figures}<extra></extra>",
        cliponaxis=False,
    )


def _stretch(rho: ArrayLike) -> FloatArray:
    """Fisher's z-transformation (1915)."""
    z: FloatArray = np.arctanh(np.clip(np.asarray(rho, dtype=np.float64), -_MOST_RHO, _MOST_RHO))
    return z


def _label_dials(trade: Trade, percent: IntArray) -> list[str]:
    """Label the fidelity settings that have room for a label; hover shows all."""
    places = np.stack([trade.dial["nats"], _stretch(trade.dial["rho"])], axis=1)
    own = np.array([trade.own.nats, *_stretch([trade.own.rho])])
    others = [nats for nats in (trade.real_nats, trade.direct and trade.direct.nats) if nats is not None]
    width = float(np.ptp([*places[:, 0], own[0], *others]))
    extent = np.maximum([width, float(np.ptp(places[:, 1]))], 1e-9)
    taken, texts = [own / extent], [""] * len(places)
    for wanted in _LABEL_ORDER:
        for i in np.flatnonzero(percent == wanted):
            place = places[i] / extent
            if all((np.abs(place - other) >= _LABEL_ROOM).any() for other in taken):
                taken.append(place)
                texts[i] = f"{wanted}%"
    return texts


def trade_in_words(trade: Trade) -> str:
    """Summarize the figure in a sentence."""
    text = (
        f"At {_write_percent(trade.own_fidelity)} fidelity the melody has a rank correlation of {_write_rho(trade.own.rho)} with the "
        f"data and a surprise of {trade.own.nats:.2f} nats/note"
    )
    others = []
    if trade.real_nats is not None:
        others.append(f"real melodies: {trade.real_nats:.2f}")
    if trade.direct is not None:
        others.append(f"direct mapping: {trade.direct.nats:.2f}")
    return f"{text} ({', '.join(others)})." if others else f"{text}."


def trade_description(trade: Trade) -> str:
    """Describe the figure for a screen reader."""
    first, last = trade.dial.iloc[0], trade.dial.iloc[-1]
    return (
        "Rank correlation with the data against surprise, by fidelity setting: from "
        f"{first['rho']:.2f} at {first['nats']:.2f} nats ({_write_percent(first['fidelity'])}) to "
        f"{last['rho']:.2f} at {last['nats']:.2f} nats ({_write_percent(last['fidelity'])}). {trade_in_words(trade)}"
    )


def _write_percent(share: float) -> str:
    return f"{share * 100:.3g}%"


def _write_rho(rho: float) -> str:
    """Format a rank correlation without rounding it up to 1."""
    return f"{min(rho, 0.999) if rho < 1 else 1:.3f}"


def chords_by_bar(sonification: Sonification) -> list[str]:
    """Name the chords of every bar.

    Returns
    -------
    list of str
        A bar each, its chords with a space between them; "%" where a chord of before is held, as musicians
        write it. Empty without an accompaniment.
    """
    composition = sonification.composition
    if composition is None or composition.score is None or composition.accompanied is None:
        return []
    score = composition.score
    start = sonification.timeline.onset_sec[0] - score.onset[0] * score.tick_sec
    bars: list[list[str]] = [[] for _ in range(score.n_bars)]
    for chord in composition.accompanied.chords:
        # Half a twelfth: an onset on the bar line must not fall before it by rounding.
        place = int((chord.onset_sec - start + score.tick_sec / 2) // score.bar_sec)
        if 0 <= place < score.n_bars:
            bars[place].append(chord.name)
    return [" ".join(names) or "%" for names in bars]


def chord_chart(bars: Sequence[str]) -> str:
    """Write bars as lines of four, with bar lines below each other."""
    width = max((len(bar) for bar in bars), default=0)
    lines = [bars[i : i + BARS_A_LINE] for i in range(0, len(bars), BARS_A_LINE)]
    return "\n".join(f"| {' | '.join(bar.ljust(width) for bar in line)} |" for line in lines)
