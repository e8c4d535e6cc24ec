"""Browser files: the player's markup, style sheets and scripts, put together by the app and by exported pages."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

_HERE = Path(__file__).parent
# Each uses what those before it define. Who puts them together adds ``fetchFile(address, name)``, which promises bytes.
CONTROLS_SCRIPT = _HERE / "controls.js"
SAMPLES_SCRIPT = _HERE / "player_samples.js"
PLAYER_SCRIPTS = (
    SAMPLES_SCRIPT,
    *(
        _HERE / f"player{part}.js"
        for part in ("_draw", "_drawings", "_sound", "_speech", "_explore", "_score", "")
    ),
)
# Of everything with the app's look, and of what has the buttons and sliders of something that plays.
BASE_STYLE = _HERE / "base.css"
PLAYBACK_STYLE = _HERE / "playback.css"
# A style sheet of the same name lies beside it.
PLAYER_MARKUP = _HERE / "player.html"


def read_files(paths: Iterable[Path]) -> str:
    """Texts one after the other."""
    return "\n".join(path.read_text(encoding="utf-8") for path in paths)


def shorten_source(text: str) -> str:
    """Strip indentation and comment lines from style sheets and scripts.

    Examples
    --------
    >>> shorten_source("a {\\n  color: red; /* Warm. */\\n}\\n// Why.\\n")
    'a {\\ncolor: red; /* Warm. */\\n}\\n'
    """
    return re.sub(r"(?m)^\s*(//.*|/\*((?!\*/)[\s\S])*\*/)?\s*$\n?|^[ \t]+", "", text)
