"""On-screen piano keyboard: a visitor plays or writes notes, which the page receives.

It sounds in the browser at once. Python hears of the notes when the keys have come to rest.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pages.components.shared import component_state
from pages.components.shared.component import ignore_change, register_component

MAX_NOTES = 500
# A key that is never let go is a stuck key. The browser shortens what is longer; so nothing longer comes from it.
MAX_DURATION_SEC = 10.0
# A day: pauses are shortened, unless a key is held meanwhile.
MAX_ONSET_SEC = 86_400.0
_MAX_NAME = 40
# The blacks of an octave.
_BLACK = {1, 3, 6, 8, 10}

_component = register_component(__file__, "keyboard_sound.js")


@dataclass(frozen=True, kw_only=True)
class PlayedNote:
    """A played note.

    Attributes
    ----------
    pitch : int
        MIDI note number, 60 = C4.
    onset_sec, duration_sec : float
        Seconds; the first note that is played begins at 0.
    velocity : int
        1 to 127.
    """

    pitch: int
    onset_sec: float
    duration_sec: float
    velocity: int


@dataclass(frozen=True, kw_only=True)
class WrittenNote:
    """A note or rest with a selected length.

    Attributes
    ----------
    pitch : int or None
        MIDI note number, 60 = C4; None is a rest.
    length : str
        One of the names that the page gave.
    """

    pitch: int | None
    length: str


def keyboard(
    *,
    key: str,
    low: int = 48,
    high: int = 84,
    notes: Sequence[PlayedNote] = (),
    label: str = "Piano",
    revision: Hashable = None,
) -> list[PlayedNote]:
    """Show a keyboard that records notes with their timing.

    A pause of more than two seconds is taken down as two, so that a visitor may think.

    Parameters
    ----------
    key : str
        Streamlit key. The notes are kept under it while the visitor is on other pages.
    low, high : int
        First and last key, MIDI note numbers of white keys.
    notes : sequence of PlayedNote
        What stands there first. Other notes than in the run before replace what was played; those that were
        returned last do not, so they may be handed back.
    label : str
        What the keyboard is called when it is read out.
    revision : hashable
        Another revision replaces what was played even by the same ``notes``.

    Returns
    -------
    list of PlayedNote
        In the order of their onsets, at most :data:`MAX_NOTES`.

    Raises
    ------
    ValueError
        If ``low`` and ``high`` are no white keys, or in the wrong order.
    """
    _check_range(low, high)

    def read(row: object) -> PlayedNote | None:
        return read_played(row, low, high)

    given = tuple(sorted(notes, key=lambda note: (note.onset_sec, note.pitch)))[:MAX_NOTES]
    kept = component_state.settle(
        key, given, revision=revision, take=_same, read=lambda sent: read_all(sent, read), tell=_same
    )
    rows = [
        [note.pitch, round(note.onset_sec, 4), round(note.duration_sec, 4), note.velocity]
        for note in kept.value
    ]
    _mount(key, {"version": kept.version, "turn": kept.turn, "notes": rows, "steps": None}, low, high, label)
    return list(kept.value)


def step_keyboard(
    *,
    key: str,
    steps: Mapping[str, float],
    low: int = 48,
    high: int = 84,
    notes: Sequence[WrittenNote] = (),
    chosen: str | None = None,
    tempo_qpm: float = 100.0,
    label: str = "Piano",
    revision: Hashable = None,
) -> list[WrittenNote]:
    """Show a keyboard on which each key writes one note of a length that was chosen before.

    Parameters
    ----------
    key : str
        Streamlit key. The notes are kept under it while the visitor is on other pages.
    steps : mapping of str to float
        Names of the lengths, such as "1/8", and how many quarter notes each lasts, which is heard on "Play".
    low, high : int
        First and last key, MIDI note numbers of white keys.
    notes : sequence of WrittenNote
        What stands there first; see :func:`keyboard`. Notes of a length that ``steps`` does not name are left
        out, and come back when ``steps`` names it again.
    chosen : str or None
        The length that is chosen first; None: the middle one.
    tempo_qpm : float > 0
        Quarter notes a minute, for "Play".
    label : str
        What the keyboard is called when it is read out.
    revision : hashable
        See :func:`keyboard`.

    Returns
    -------
    list of WrittenNote
        In the order in which they were written, at most :data:`MAX_NOTES`.

    Raises
    ------
    ValueError
        If ``low`` and ``high`` are no white keys, or in the wrong order, or ``steps`` is empty.
    """
    _check_range(low, high)
    names = list(steps)
    if not names:
        raise ValueError("steps must name at least one length")

    def known(written: tuple[WrittenNote, ...]) -> tuple[WrittenNote, ...]:
        return tuple(note for note in written if note.length in steps)

    def read(row: object) -> WrittenNote | None:
        return read_written(row, low, high)

    kept = component_state.settle(
        key,
        tuple(notes)[:MAX_NOTES],
        revision=revision,
        take=_same,
        read=lambda sent: read_all(sent, read),
        tell=known,
    )
    data = {
        "version": kept.version,
        "turn": kept.turn,
        "notes": [[note.pitch, note.length] for note in kept.value],
        "steps": [[name, float(quarters)] for name, quarters in steps.items()],
        "chosen": chosen if chosen in steps else names[(len(names) - 1) // 2],
        "tempo": float(tempo_qpm),
    }
    _mount(key, data, low, high, label)
    return list(kept.returned)


def _mount(key: str, data: dict[str, Any], low: int, high: int, label: str) -> None:
    limits = {"most": MAX_NOTES, "longest": MAX_DURATION_SEC}
    _component(
        key=key,
        data={**data, **limits, "low": low, "high": high, "label": label},
        on_value_change=ignore_change,
    )


def _check_range(low: int, high: int) -> None:
    if not 0 <= low < high <= 127 or low % 12 in _BLACK or high % 12 in _BLACK:
        raise ValueError(f"low and high must be white keys from 0 to 127, low first, got {low} and {high}")


def read_all(sent: Mapping[str, Any], read: Callable[[object], Any]) -> tuple[Any, ...] | None:
    """All rows of ``notes``, or None if there are too many or one makes no sense."""
    rows = sent.get("notes")
    if not isinstance(rows, list | tuple) or len(rows) > MAX_NOTES:
        return None
    notes = [read(row) for row in rows]
    if any(note is None for note in notes):
        return None
    if notes and isinstance(notes[0], PlayedNote):
        notes.sort(key=lambda note: (note.onset_sec, note.pitch))
    return tuple(notes)


def read_played(row: object, low: int, high: int) -> PlayedNote | None:
    """A browser's ``[pitch, onset_sec, duration_sec, velocity]``, or None if it makes no sense."""
    if not isinstance(row, list | tuple) or len(row) != 4:
        return None
    bounds = ((low, high), (0, MAX_ONSET_SEC), (0, MAX_DURATION_SEC), (1, 127))
    pitch, onset, duration, velocity = (
        component_state.number(value, *bound) for value, bound in zip(row, bounds, strict=True)
    )
    if pitch is None or onset is None or duration is None or velocity is None:
        return None
    if pitch != int(pitch) or velocity != int(velocity):
        return None
    return PlayedNote(pitch=int(pitch), onset_sec=onset, duration_sec=duration, velocity=int(velocity))


def read_written(row: object, low: int, high: int) -> WrittenNote | None:
    """A browser's ``[pitch or None, name of the length]``, or None if it makes no sense."""
    if not isinstance(row, list | tuple) or len(row) != 2:
        return None
    pitch, length = component_state.number(row[0], low, high), row[1]
    if not isinstance(length, str) or len(length) > _MAX_NAME or (pitch is None and row[0] is not None):
        return None
    if pitch is not None and pitch != int(pitch):
        return None
    return WrittenNote(pitch=None if pitch is None else int(pitch), length=length)


def _same(notes: tuple[Any, ...]) -> tuple[Any, ...]:
    return notes
