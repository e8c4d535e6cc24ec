"""The style sheet of a component: what all share, and its own."""

from __future__ import annotations

from pathlib import Path

_BASE = Path(__file__).with_name("base.css")


def style_sheet(own: Path) -> str:
    """The shared rules and, after them, so that they win, those of one file."""
    return _BASE.read_text(encoding="utf-8") + "\n" + own.read_text(encoding="utf-8")
