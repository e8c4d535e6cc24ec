"""Markdown tables, and tables that psql and MySQL draw with bars, rewritten as plain text between bars."""

from __future__ import annotations

import re

# At most as many columns as a table may have, because a pattern's steps are held in memory.
# Lines of dashes between names and rows: |---|:--:|, +----+----+, ----+----.
_RULE = rb"[ \t]*(?:[|+][ \t]*)?:?[-=]{2,}:?[ \t]*(?:[|+][ \t]*:?[-=]{2,}:?[ \t]*){0,2000}(?:[|+][ \t]*)?"
_FIRST_RULE = re.compile(rb"(?m)^" + _RULE + rb"$")
_RULE_LINES = re.compile(rb"(?m)^" + _RULE + rb"(?:\n|\Z)")
_EDGES = re.compile(rb"(?m)^[ \t]*\||\|[ \t]*$")
_EMPHASIS = re.compile(rb"\*\*|__|`")
_HEAD_BYTES = 64 * 1024
_MOST_TRIMMED = 8 * 1024 * 1024  # bytes up to which the blanks around cells are cut away


def unframe_markdown(body: bytes) -> tuple[bytes, bool]:
    r"""Take the frame off a Markdown table; the first one, where the text holds several.

    Parameters
    ----------
    body : bytes
        UTF-8 text with ``\n`` line ends.

    Returns
    -------
    body : bytes
        The rows of the table, with a bar between their cells; the text itself where it holds no such table.
    is_markdown : bool

    Examples
    --------
    >>> unframe_markdown(b"Results\n\n| a | b |\n|---|--:|\n| 1 | 2 |\n\nThe end.\n")
    (b'a|b\n1|2\n', True)
    """
    head = body[:_HEAD_BYTES]
    if b"|" not in head or (b"--" not in head and b"==" not in head):
        return body, False
    rule = next((r for r in _FIRST_RULE.finditer(head) if _is_rule(head, r)), None)
    if rule is None:
        return body, False
    start = body.rfind(b"\n", 0, max(0, rule.start() - 1)) + 1
    if b"|" not in body[start : rule.start()]:  # the upper edge of a drawn table
        start = rule.end() + 1
    body = body[start:]
    end = re.search(rb"(?m)^[^|+\n]*$", body)
    body = body[: end.start()] if end else body
    body = _RULE_LINES.sub(b"", body).replace(b"\\|", b"/")
    body = _EMPHASIS.sub(b"", _EDGES.sub(b"", body))
    if len(body) < _MOST_TRIMMED:
        lines = (b"|".join(cell.strip() for cell in line.split(b"|")) for line in body.split(b"\n"))
        body = b"\n".join(lines)
    return body, True


def _is_rule(head: bytes, rule: re.Match[bytes]) -> bool:
    """Whether a line of dashes has a row between bars above or below it, and bars or plus signs itself."""
    line = rule.group()
    before = head[head.rfind(b"\n", 0, max(0, rule.start() - 1)) + 1 : rule.start()]
    after = head[rule.end() + 1 : head.find(b"\n", rule.end() + 1)]
    return (b"|" in line or b"+" in line) and (b"|" in before or b"|" in after)
