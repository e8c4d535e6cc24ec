"""Playhead over Plotly charts, synchronized with the scenes; a click on a chart seeks."""

from __future__ import annotations

from collections.abc import Sequence

from pages.components.shared.component import chart_selector, container_selector, register_component

_component = register_component(__file__, "../player/player_chart.js")


def playhead(container_keys: Sequence[str], *, follows: str, seconds: float, key: str) -> None:
    """Show a playhead over charts whose horizontal axis is in seconds.

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
            "follows": container_selector(follows),
            "seconds": times[1],
            "links": [
                {
                    "selector": chart_selector(name),
                    "t": times,
                    "x": times,
                    "axis": "xaxis",
                }
                for name in container_keys
            ],
        },
    )
