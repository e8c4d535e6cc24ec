"""Text from a visitor's file, shown as it is."""

from __future__ import annotations


def plain(text: str) -> str:
    """Keep Markdown in a visitor's file from being read as ours."""
    for sign in "\\`*_[]<>$:#~|":
        text = text.replace(sign, f"\\{sign}")
    return text
