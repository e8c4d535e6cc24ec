"""Decisions: the assumptions made when reading a table, with the alternatives a visitor can choose."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Decision:
    """One assumption about a table, and how to correct it.

    Attributes
    ----------
    key : str
        Names the assumption; where it is about one column it ends with a colon and the column's name, such as
        ``"placeholder:level"``. `ReadOptions.correct` takes it. A decision that was corrected is told again with the same
        key, so that it can be corrected back.
    sentence : str
        What is assumed, for the visitor: "-9999 is in 3 cells of “level”, far from all other values, so it is
        treated as missing."
    chosen : str
        The choice that is in force.
    choices : tuple of (str, str)
        Each choice and its label, the one in force among them; empty where there is nothing to choose.
    """

    key: str
    sentence: str
    chosen: str = ""
    choices: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        """Refuse a decision whose own choice is not on offer."""
        if self.choices and self.chosen not in dict(self.choices):
            raise ValueError(f"{self.key}: {self.chosen!r} is none of {self.choices}")
