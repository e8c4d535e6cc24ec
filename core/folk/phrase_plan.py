"""Parser of phrase plans: ``4+4+4+4``, ``AABA``, ``A4 A4 B8``."""

from __future__ import annotations

import re
from dataclasses import dataclass

from core.errors import InputError, plural

AUTOMATIC = "automatic"
_MAX_CHARACTERS = 400
_LENGTHS = re.compile(r"[0-9]{1,3}(?:[+, ]+[0-9]{1,3})*")
_LETTERS = re.compile(r"(?:[A-Z][0-9]{0,3}[+, ]*)+")
_PART = re.compile(r"([A-Z])([0-9]{0,3})")


@dataclass(frozen=True, kw_only=True)
class Phrases:
    """Lengths and letters of the phrases of a tune.

    Attributes
    ----------
    bars : tuple of int or None
        Bars of each phrase; None leaves it to the composer.
    letters : str
        One a phrase; phrases with the same letter have the same notes. Empty where none repeats another.
    """

    bars: tuple[int, ...] | None = None
    letters: str = ""


def parse_phrases(text: str, bars: int) -> Phrases:
    """Read a plan of phrases.

    Parameters
    ----------
    text : str
        ``"automatic"`` or empty; one number, which is the length of all phrases; lengths in bars such as
        ``"4+4+2+6"``; letters such as ``"AABA"``, which share the bars evenly; or letters with lengths,
        ``"A4 A4 B8"``. Small letters are read as capitals.
    bars : int
        Bars of the tune.

    Returns
    -------
    Phrases

    Raises
    ------
    InputError
        If it is no such plan, or does not fill the bars; the sentence says what would.
    """
    cleaned = text.strip()
    if cleaned.lower() in ("", "auto", AUTOMATIC):
        return Phrases()
    cleaned = cleaned.upper().rstrip("+, ")
    if len(cleaned) <= _MAX_CHARACTERS and _LENGTHS.fullmatch(cleaned):
        lengths = [int(part) for part in re.findall("[0-9]+", cleaned)]
        return Phrases(
            bars=_repeat_length(lengths[0], bars) if len(lengths) == 1 else _check_sum(lengths, bars)
        )
    if len(cleaned) <= _MAX_CHARACTERS and _LETTERS.fullmatch(cleaned):
        return _read_letters(_PART.findall(cleaned), bars)
    raise InputError(
        f"“{text.strip()[:30]}” is not a phrase plan. Write lengths in bars such as 4+4+4+4, letters such as AABA, "
        "or both: A4 A4 B8."
    )


def _repeat_length(length: int, bars: int) -> tuple[int, ...]:
    if length < 1 or bars % length:
        below = bars // length * length if length else 0
        works = f"Choose {below} or {below + length} bars" if below else f"Choose {max(2, length)} bars"
        raise InputError(
            f"Phrases of {plural(length, 'bar')} do not fill {bars} bars. {works}, or a custom plan such as "
            f"{_example(bars)}."
        )
    return (length,) * (bars // length)


def _check_sum(lengths: list[int], bars: int) -> tuple[int, ...]:
    if min(lengths) < 1:
        raise InputError("A phrase of 0 bars has no note. Give each at least 1 bar.")
    total = sum(lengths)
    if total != bars:
        apart = (
            f"{plural(bars - total, 'bar')} more" if total < bars else f"{plural(total - bars, 'bar')} less"
        )
        raise InputError(
            f"The phrases {'+'.join(map(str, lengths))} make {total} bars, but the tune has {bars}. "
            f"Give them {apart}, or choose {total} bars."
        )
    return tuple(lengths)


def _read_letters(parts: list[tuple[str, str]], bars: int) -> Phrases:
    letters = "".join(letter for letter, _ in parts)
    given = [int(length) for _, length in parts if length]
    if given and len(given) < len(parts):
        raise InputError(
            "Some letters of this plan have a length and some have none. Give a length to all or to none."
        )
    if given:
        lengths = _check_sum(given, bars)
    elif bars % len(letters):
        below = bars // len(letters) * len(letters)
        works = f"Choose {below} or {below + len(letters)} bars" if below else f"Choose {len(letters)} bars"
        raise InputError(
            f"{bars} bars cannot be shared evenly by the {len(letters)} phrases {letters}. {works}, or write lengths "
            "after the letters, such as A4 A4 B8."
        )
    else:
        lengths = (bars // len(letters),) * len(letters)
    for letter in dict.fromkeys(letters):
        found = {n for name, n in zip(letters, lengths, strict=True) if name == letter}
        if len(found) > 1:
            raise InputError(
                f"Phrases with the letter {letter} have the same notes, but here {' and '.join(map(str, sorted(found)))} bars. "
                "Give them the same length, or different letters."
            )
    return Phrases(bars=lengths, letters=letters if len(set(letters)) < len(letters) else "")


def _example(bars: int) -> str:
    half = bars // 2
    return f"{half}+{bars - half}"
