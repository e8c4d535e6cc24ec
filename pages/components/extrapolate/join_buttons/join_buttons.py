"""One button per join: plays some seconds around it in the page's player, without a rerun."""

from __future__ import annotations

from collections.abc import Sequence

from pages.components.shared.component import container_selector, register_component

# So much is heard before a join, and after it.
LEAD_SEC, TAIL_SEC = 3.0, 3.0

_component = register_component(__file__)


def join_buttons(
    joins: Sequence[tuple[float, str, bool]], *, duration_sec: float, player_key: str, label: str, key: str
) -> None:
    """Show the buttons.

    Parameters
    ----------
    joins : sequence of (float, str, bool)
        Time in what the player plays, in seconds; what the button says; whether the join is within its limits.
    duration_sec : float
        Length of what the player plays.
    player_key : str
        Key of the player.
    label : str
        What the buttons are called together when they are read out.
    key : str
        Streamlit key.
    """
    _component(
        key=key,
        data={
            "player": container_selector(player_key),
            "label": label,
            "joins": [
                {
                    "from": round(max(0.0, time_sec - LEAD_SEC), 3),
                    "to": round(min(duration_sec, time_sec + TAIL_SEC), 3),
                    "text": text,
                    "good": good,
                }
                for time_sec, text, good in joins
            ],
        },
    )
