"""Report on Audio Viz's networks over a collection: figures and plots in one HTML page.

python -m training report audioviz --data DATA --work FOLDER
"""

from __future__ import annotations

import html
import json
from pathlib import Path
from typing import Any

import numpy as np
import plotly.graph_objects as go
import torch
from plotly.subplots import make_subplots

from core.arrays import Float32Array
from core.audioviz.extract import NETWORKS, STYLE_NETWORKS
from core.audioviz.mappings import principal_components
from core.audioviz.model import Autoencoder, StyleNet
from core.nn.weights import load
from training.audioviz.prepare import Prepared, find_shards, prepare
from training.audioviz.scores import features, scale_codes

MOST_POINTS = 4_000  # of a latent plot


def report(data: Path, work: Path) -> str:
    """Write ``report.html`` and ``report.json`` under `work`: code statistics, latent plots, maps a style.

    Parameters
    ----------
    data, work : Path
        As for preparing.

    Returns
    -------
    str
        One line of JSON: where the page lies and the least deviation of each network.
    """
    torch.set_num_threads(1)
    prepared = prepare(data, find_shards(work))
    told: dict[str, Any] = {}
    pieces: list[str] = []
    for model_name in NETWORKS:
        network: Autoencoder | StyleNet
        if model_name in STYLE_NETWORKS:
            network, card = load(f"audioviz_{model_name}", StyleNet)
        else:
            network, card = load(f"audioviz_{model_name}", Autoencoder)
        codes = scale_codes(network, prepared, every=10)
        told[model_name] = {"card": card.stem, **features(codes, prepared, every=10)}
        figures = (code_statistics(codes), latent_plot(codes, prepared), style_map(codes, prepared))
        pieces += [
            f"<h2>{html.escape(model_name)}</h2>",
            *(_div(figure, first=not pieces) for figure in figures),
        ]
    (work / "report.json").write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    page = work / "report.html"
    page.write_text(
        "<!doctype html><meta charset='utf-8'><title>Audio Viz: what the networks hear</title>"
        "<style>body{font:16px sans-serif;margin:2rem auto;max-width:1100px}</style>"
        f"<h1>What the networks hear</h1><p>{len(prepared)} sounds.</p>{''.join(pieces)}",
        encoding="utf-8",
    )
    return json.dumps({"page": page.name, "least_std": {name: block["std"] for name, block in told.items()}})


def _div(figure: go.Figure, *, first: bool) -> str:
    return str(figure.to_html(full_html=False, include_plotlyjs=first))


def code_statistics(codes: list[Float32Array]) -> go.Figure:
    """Distribution of every number: a dead one would be a line."""
    together = np.concatenate(codes)
    step = max(1, len(together) // 2_000)
    figure = go.Figure(
        [
            go.Violin(y=column[::step], name=str(i + 1), points=False, spanmode="hard")
            for i, column in enumerate(together.T)
        ]
    )
    return figure.update_layout(
        title="Each number over all moments",
        yaxis_title="on the model's scale",
        xaxis_title="number",
        showlegend=False,
        height=360,
    )


def latent_plot(codes: list[Float32Array], prepared: Prepared) -> go.Figure:
    """The two directions of largest variance, a color a style."""
    lengths = [len(code) for code in codes]
    styles = np.repeat([clip.style or "other" for clip in prepared.clips], lengths)
    places = principal_components(np.concatenate(codes).astype(np.float64))[:, :2]
    chosen = np.random.default_rng(0).permutation(len(places))[:MOST_POINTS]
    figure = go.Figure(
        [
            go.Scattergl(
                x=places[chosen][styles[chosen] == style, 0],
                y=places[chosen][styles[chosen] == style, 1],
                mode="markers",
                name=style,
                marker={"size": 4, "opacity": 0.6},
            )
            for style in sorted(set(styles))
        ]
    )
    return figure.update_layout(
        title="Moments in the latent space", xaxis_title="first component", yaxis_title="second", height=460
    )


def style_map(codes: list[Float32Array], prepared: Prepared) -> go.Figure:
    """Mean and deviation of every number for every style."""
    styles = sorted({clip.style or "other" for clip in prepared.clips})
    rows = {
        style: np.concatenate(
            [
                code
                for code, clip in zip(codes, prepared.clips, strict=True)
                if (clip.style or "other") == style
            ]
        )
        for style in styles
    }
    numbers = [str(i + 1) for i in range(codes[0].shape[1])]
    figure = make_subplots(
        1, 2, subplot_titles=("mean", "deviation"), shared_yaxes=True, horizontal_spacing=0.12
    )
    for column, values in enumerate(
        ([row.mean(axis=0) for row in rows.values()], [row.std(axis=0) for row in rows.values()])
    ):
        figure.add_trace(
            go.Heatmap(z=np.array(values), x=numbers, y=styles, coloraxis=f"coloraxis{column + 1}"),
            row=1,
            col=column + 1,
        )
    return figure.update_layout(
        title="Each number by style",
        height=340,
        coloraxis={"colorbar": {"x": 0.44, "thickness": 12}},
        coloraxis2={"colorbar": {"x": 1.0, "thickness": 12}},
    )
