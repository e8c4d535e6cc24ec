"""ABC notation typed by a visitor: characters that are no music listed, texts that are no tune refused."""

from __future__ import annotations

import re

from core.errors import InputError

# What ABC notation has in a line of music; letters from H on are ornaments only where the standard has them.
_MUSIC = re.compile(
    r"""(?P<note>(?:\^{1,2}|_{1,2}|=)?[A-Ga-g][,']*[0-9]*/*[0-9]*|[zxZX][0-9]*/*[0-9]*)
    |[\s`y\\]+|\[[A-Za-z]:[^\]\n]*\]|"[^"\n]*"|![^!\n]{1,40}!|\+[a-z]+\+|\{[^{}\n]*\}
    |\[?[|:]+[\]|:]*[0-9,\-]*|\[[0-9][0-9,\-]*|\([2-9](?::[0-9]*){0,2}|\]/*[0-9]*/*[0-9]*
    |[\[\]().~HLMOPSTuv$&*;<>-]
    """,
    re.VERBOSE,
)
_FIELD = re.compile(r"[A-Za-z+]:(?!\|)")


def check_letters(text: str) -> list[str]:
    """List what is left out of a typed text.

    Parameters
    ----------
    text : str
        With or without header lines.

    Returns
    -------
    list of str
        Runs of characters that are no ABC notation, in order.

    Raises
    ------
    InputError
        If there is no note or rest, or at least as many characters are left out as there are notes and rests.

    Examples
    --------
    >>> check_letters("A2 c q d e 77 |")
    ['q', '77']
    >>> check_letters("hello this is nonsense")
    Traceback (most recent call last):
    core.errors.InputError: This is not ABC notation: ... Notes are the letters A–G and a–g, for example: A2 c2 d2 e2 |
    """
    lines = [re.sub(r"(?<!\\)%.*", "", line) for line in text.splitlines()]
    if any(line.startswith("U:") for line in lines):
        return []  # the text defines signs of its own
    skipped: list[str] = []
    n_notes = 0
    for line in lines:
        if _FIELD.match(line):
            continue
        place = last = 0
        while place < len(line):
            found = _MUSIC.match(line, place)
            if found is None:
                if skipped and place == last and place:
                    skipped[-1] += line[place]
                else:
                    skipped.append(line[place])
                place = last = place + 1
                continue
            n_notes += found["note"] is not None
            place = found.end()
    n_skipped = sum(map(len, skipped))
    example = "otes are the letters A–G and a–g, for example: A2 c2 d2 e2 |"
    if n_skipped and n_skipped >= n_notes:
        signs = "character" if n_skipped == 1 else "characters"
        raise InputError(
            f"This is not ABC notation: {n_skipped} {signs} in it are neither notes nor signs of music. N{example}"
        )
    if not n_notes:
        raise InputError(f"No notes found. N{example}")
    return skipped
