"""Terms of use of what models make: results of the research weights are marked, on the page and in files."""

from __future__ import annotations

from collections.abc import Iterable

from core.nn.card import OPEN, RESEARCH, chosen_set, find_card, find_set_of, has_card

RESEARCH_TERMS = "made with research weights, for non-commercial research only"


def list_research(names: Iterable[str]) -> list[str]:
    """Those of these models that come from the research set here; none where the open set is chosen."""
    if chosen_set() == OPEN:
        return []
    return [name for name in names if has_card(name) and find_set_of(find_card(name).stem) == RESEARCH]


def add_terms(license_text: str, *names: str) -> str:
    """The license of a result, and what the models that made it allow.

    The open weights ask for nothing: what they make is no copy of what they learned from (weights/README.md).

    Parameters
    ----------
    license_text : str
        As the visitor gave it.
    *names : str
        The models.

    Examples
    --------
    >>> add_terms("CC BY 4.0", "sonify_melody")
    'CC BY 4.0'
    """
    terms = RESEARCH_TERMS if list_research(names) else ""
    return "; ".join(part for part in (license_text, terms) if part)
