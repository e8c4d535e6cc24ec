"""A playhead over plotly charts that follows the scenes; a click on a chart's point goes there in the sound."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from pages.components.shared import component_state

_HERE = Path(__file__).parent
_PLAYER = _HERE.parent / "player"

_component = st.components.v2.component(
    "sonoscope_playhead",
    html='<span class="follows" aria-hidden="true"></span>',
    js="\n".join(
        [
            component_state.SCRIPT,
            (_PLAYER / "player_chart.js").read_text(encoding="utf-8"),
            (_HERE / "playhead.js").read_text(encoding="utf-8"),
        ]
    ),
    isolate_styles=True,
)


def playhead(container_keys: Sequence[str], *, follows: str, seconds: float, key: str) -> None:
    """Let a line run over charts whose horizontal axis is seconds.

    Parameters
    ----------
    container_keys : sequence of str
        Keys of the ``st.container`` that hold one ``st.plotly_chart`` each.
    follows : str
        Key of the component that plays; it carries the time in an element with ``data-time``.
    seconds : float
        Length of the sound.
    key : str
        Streamlit key.
    """
    times = [0.0, round(float(seconds), 3)]
    _component(
        key=key,
        data={
            "follows": f".st-key-{_class_name(follows)}",
            "seconds": times[1],
            "links": [
                {
                    "selector": f".st-key-{_class_name(name)} .js-plotly-plot",
                    "t": times,
                    "x": times,
                    "axis": "xaxis",
                }
                for name in container_keys
            ],
        },
    )


def _class_name(key: str) -> str:
    """Name a container's class as Streamlit does."""
    return re.sub(r"[^a-zA-Z0-9_-]", "-", key.strip())
