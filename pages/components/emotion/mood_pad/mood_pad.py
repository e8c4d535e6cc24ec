"""The mood pad: the valence-arousal plane with a mood or a path, and the rated mood.

The browser does the moving; Python hears of it when a handle is let go.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from typing import Any

from core.emotion.moods import NAMED_MOODS, Mood, MoodPath
from pages.components.shared import component_state
from pages.components.shared.component import ignore_change, register_component

# A start and, where one was set, an end. The end is remembered while the pad shows one mood only.
Ends = tuple[Mood, Mood | None]

# An end nearer than this to the start would lie under its handle.
_APART = 0.7

_component = register_component(__file__)


def mood_pad(
    path: MoodPath,
    *,
    key: str,
    moving: bool = False,
    measured: Sequence[tuple[float, Mood]] = (),
    editable: bool = True,
    label: str = "Mood",
    revision: Hashable = None,
    height_px: int = 340,
) -> MoodPath:
    """Show the pad and return the mood set by the visitor.

    Parameters
    ----------
    path : MoodPath
        What is shown first. Another path than in the run before replaces what the visitor chose; the path that
        the pad returned last does not, so it may be handed back.
    key : str
        Streamlit key. What was chosen is kept under it while the visitor is on other pages.
    moving : bool
        Whether there is an end besides the start. A still path gets an end opposite of its start at first; an end
        that was set comes back when ``moving`` does.
    measured : sequence of (float, Mood)
        Time in seconds and the mood measured then: one is drawn as a diamond, several as a thin line from an open
        to a filled diamond.
    editable : bool
        Without it the pad is a picture with a description.
    label : str
        What the pad is called when it is read out.
    revision : hashable
        Another revision replaces what the visitor chose even where ``path`` is the same: a photograph's hash, or
        how often a button was pressed.
    height_px : int
        Height of the plane, in pixels. It is as wide as there is place, up to one and a half times its height.

    Returns
    -------
    MoodPath
        Still unless ``moving``; ``path`` itself where the pad is not editable.
    """
    if editable:
        kept = component_state.settle(
            key,
            path,
            revision=revision,
            take=lambda given: (given.start, given.end if given.moves else None),
            read=read_ends,
            tell=lambda ends: _path(ends, moving),
        )
        shown, version, turn = kept.returned, kept.version, kept.turn
        # The browser remembers the end as well, also while it does not show it.
        end = shown.end if moving else kept.value[1]
    else:
        shown, version, turn, moving = path, 0, 0, path.moves
        end = path.end
    _component(
        key=key,
        data={
            "version": version,
            "turn": turn,
            "start": _point(shown.start),
            "end": _point(end) if end else None,
            "moving": moving,
            "measured": [
                [round(float(time), 3), *_point(mood)]
                for time, mood in sorted(measured, key=lambda pair: pair[0])
                if math.isfinite(time)
            ],
            "moods": [[name, *_point(mood)] for name, mood in NAMED_MOODS.items()],
            "editable": editable,
            "label": label,
            "height": int(height_px),
        },
        on_value_change=ignore_change,
    )
    return shown


def read_ends(sent: Mapping[str, Any]) -> Ends | None:
    """Parse the browser's state: ``start`` and ``end`` as (valence, arousal); ``end`` may be None."""
    start = _mood(sent.get("start"))
    end = _mood(sent.get("end"))
    if start is None or (end is None and sent.get("end") is not None):
        return None
    return start, end


def _mood(pair: object) -> Mood | None:
    if not isinstance(pair, list | tuple) or len(pair) != 2:
        return None
    valence, arousal = (component_state.number(value, -1, 1) for value in pair)
    if valence is None or arousal is None:
        return None
    return Mood(valence=valence, arousal=arousal)


def _path(ends: Ends, moving: bool) -> MoodPath:
    start, end = ends
    return MoodPath(start=start, end=end or _opposite(start)) if moving else MoodPath.still(start)


def _opposite(start: Mood) -> Mood:
    """Default end of a path: the opposite mood; happy from the center."""
    if 2 * math.hypot(start.valence, start.arousal) < _APART:
        return NAMED_MOODS["happy"]
    return Mood(valence=-start.valence, arousal=-start.arousal)


def _point(mood: Mood) -> list[float]:
    return [round(mood.valence, 4), round(mood.arousal, 4)]
