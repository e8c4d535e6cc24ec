"""Settings file of Emotion Music: the request, and the opening notes as an example's name or note by note."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.emotion.compose import Request, first_seconds
from core.emotion.examples import example, example_names
from core.errors import InputError
from core.music.performance import Performance
from core.settings_file import SettingsFile, build, write_settings

DEFAULT_OPENING_SEC = 10.0
MAX_OPENING_SEC = 60.0
MAX_OPENING_NOTES = 5_000
# Least and most of what a note has; the onset of a piece's last note is far below an hour.
_BOUNDS = {"pitch": (0, 127), "onset_sec": (0, 3600), "duration_sec": (0, 3600), "velocity": (1, 127)}


@dataclass(frozen=True, kw_only=True)
class Opening:
    """How a piece begins.

    Attributes
    ----------
    example : str or None
        Name of an example melody.
    notes : Performance or None
        Notes that were sung, played or uploaded.
    seconds : float
        How much of them the piece begins with.
    """

    example: str | None = None
    notes: Performance | None = None
    seconds: float = DEFAULT_OPENING_SEC

    def performance(self) -> Performance | None:
        """The notes that the piece begins with; None where it begins with none."""
        notes = example(self.example) if self.example is not None else self.notes
        return None if notes is None else first_seconds(notes, self.seconds)


def settings_json(request: Request, opening: Opening | None = None) -> bytes:
    """A request and its opening notes as a settings file.

    Parameters
    ----------
    request : Request
    opening : Opening, optional
        Only the notes that are used are written.
    """
    data: dict[str, Any] = {}
    more: dict[str, Any] = {}
    if opening is not None and opening.example is not None:
        data["example"] = opening.example
    notes = None if opening is None or opening.example is not None else opening.performance()
    if notes is not None:
        more["opening_notes"] = {name: getattr(notes, name).tolist() for name in _BOUNDS}
    if opening is not None:
        more["beginning_sec"] = opening.seconds
    return write_settings("emotion", dataclasses.asdict(request), data=data, **more)


def request_of(file: SettingsFile) -> Request:
    """The request in a settings file.

    Raises
    ------
    InputError
        If it is none.
    """
    return build(Request, file.settings)


def opening_of(file: SettingsFile) -> Opening:
    """The opening notes in a settings file.

    Raises
    ------
    InputError
        If they make no sense.

    Examples
    --------
    >>> from core.emotion.moods import Mood, MoodPath
    >>> from core.settings_file import read_settings
    >>> request = Request(path=MoodPath.still(Mood(valence=0.5, arousal=0.5)))
    >>> notes = Performance.of([60, 64], [0.0, 0.5], [0.4, 0.4], [80, 80])
    >>> content = settings_json(request, Opening(notes=notes))
    >>> opening_of(read_settings(content, "emotion")).performance().pitch.tolist()
    [60, 64]
    """
    seconds = file.more.get("beginning_sec", DEFAULT_OPENING_SEC)
    if not _is_number(seconds) or not 1 <= seconds <= MAX_OPENING_SEC:
        raise InputError(
            f"In the settings, beginning_sec was {seconds!r:.40}; it can be 1 to {MAX_OPENING_SEC:g}."
        )
    named = file.example
    if named is not None and named not in example_names():
        raise InputError(
            f"In the settings, example was {named!r:.60}; it can be {', '.join(example_names())}."
        )
    raw = file.more.get("opening_notes")
    notes = None if raw is None or named is not None else _read_notes(raw)
    return Opening(example=named, notes=notes, seconds=float(seconds))


def _read_notes(raw: object) -> Performance:
    columns = [raw.get(name) if isinstance(raw, Mapping) else None for name in _BOUNDS]
    lengths = {len(column) if isinstance(column, list) else 0 for column in columns}
    if len(lengths) != 1 or not 1 <= min(lengths) <= MAX_OPENING_NOTES:
        raise InputError(
            f"In the settings, opening_notes must hold pitch, onset_sec, duration_sec and velocity of the same "
            f"1 to {MAX_OPENING_NOTES:,} notes."
        )
    for (name, (low, high)), column in zip(_BOUNDS.items(), columns, strict=True):
        is_whole = name in ("pitch", "velocity")
        for value in column or ():
            if not _is_number(value) or not low <= value <= high or (is_whole and value != int(value)):
                raise InputError(
                    f"In the settings, {name} of the opening notes was {value!r:.40}; it can be {low} to {high}."
                )
    return Performance.of(*(column or [] for column in columns))


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
