"""The style sheet of a component: what all share, and its own."""

from __future__ import annotations

from pathlib import Path

_HERE = Path(__file__).parent


def style_sheet(own: Path, *, controls: bool = False) -> str:
    """The shared rules and, after them, so that they win, those of one file.

    Parameters
    ----------
    own : Path
    controls : bool
        Whether the component has the buttons, choices and sliders of something that plays.
    """
    shared = ["base.css", "controls.css"] if controls else ["base.css"]
    return "\n".join(path.read_text(encoding="utf-8") for path in [*(_HERE / name for name in shared), own])
