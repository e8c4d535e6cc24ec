"""Where an engraved score shows each moment: systems, note heads and the way of a playhead, read from Verovio's picture."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any
from xml.etree.ElementTree import Element

import numpy as np

from core.arrays import FloatArray
from core.music.engraving import ScoreInTime

_SVG = "{http://www.w3.org/2000/svg}"
_HREF = "{http://www.w3.org/1999/xlink}href"
_TRANSLATE = re.compile(r"translate\((-?[\d.]+),\s*(-?[\d.]+)\)")
_STAFF_LINE = re.compile(r"M(-?[\d.]+) (-?[\d.]+) L(-?[\d.]+) \2$")
# Of Verovio's units, 180 from one line of a staff to the next: a black head, a whole note's, and half their height.
_HEAD, _WHOLE_HEAD, _HALF_HEAD = 213.0, 306.0, 100.0
_WHOLE = ("E0A2", "E0A0")
_ABOVE = 260.0


@dataclass(frozen=True, kw_only=True, eq=False)
class System:
    """One line of music, in the picture's pixels.

    Attributes
    ----------
    left, right, top, bottom : float
        Of its staves, and somewhat above and below.
    """

    left: float
    right: float
    top: float
    bottom: float


@dataclass(frozen=True, kw_only=True, eq=False)
class ScoreGeometry:
    """Where things stand in a score's picture, in its pixels.

    Attributes
    ----------
    width, height : float
    systems : tuple of System
    heads : dict of str to (float, float, float, float, int)
        x, y, width and height of each note's head, and the number of its system, by the note's id.
    """

    width: float
    height: float
    systems: tuple[System, ...]
    heads: dict[str, tuple[float, float, float, float, int]]


def read_geometry(score: ScoreInTime) -> ScoreGeometry:
    """Find the systems and the note heads of a score.

    Parameters
    ----------
    score : ScoreInTime
        By `core.music.engraving`.
    """
    tree: Any = import_module("defusedxml.ElementTree")  # it has no types
    root: Element = tree.fromstring(score.svg)
    _, _, width, height = _read_numbers(root.get("viewBox", "0 0 1 1"))
    inner = next((svg for svg in root.iter(f"{_SVG}svg") if svg is not root), root)
    unit = width / _read_numbers(inner.get("viewBox", "0 0 1 1"))[2]
    dx, dy = _find_margin(inner)
    names = {name for each, _, _ in score.notes for name in each.split()}
    systems: list[System] = []
    heads: dict[str, tuple[float, float, float, float, int]] = {}
    for group in root.iter(f"{_SVG}g"):
        if group.get("class") != "system":
            continue
        box = _measure_system(group)
        if box is None:
            continue
        left, right, top, bottom = box
        systems.append(
            System(
                left=(left + dx) * unit,
                right=(right + dx) * unit,
                top=(top - _ABOVE + dy) * unit,
                bottom=(bottom + _ABOVE + dy) * unit,
            )
        )
        heads |= _find_heads(group, names, unit, (dx, dy), len(systems) - 1)
    return ScoreGeometry(width=width, height=height, systems=tuple(systems), heads=heads)


def _read_numbers(text: str) -> list[float]:
    return [float(number) for number in text.split()]


def _find_margin(inner: Element) -> tuple[float, float]:
    """How far the page's margins move everything."""
    groups = (group for group in inner.findall(f"{_SVG}g") if group.get("transform"))
    return next((_read_translation(group.get("transform", "")) for group in groups), (0.0, 0.0))


def _read_translation(transform: str) -> tuple[float, float]:
    found = _TRANSLATE.search(transform)
    return (float(found[1]), float(found[2])) if found else (0.0, 0.0)


def _measure_system(group: Element) -> tuple[float, float, float, float] | None:
    """Left, right, top and bottom of all lines of its staves."""
    lines = [
        [float(found[1]), float(found[3]), float(found[2])]
        for staff in group.iter(f"{_SVG}g")
        if staff.get("class") == "staff"
        for path in staff.findall(f"{_SVG}path")
        if (found := _STAFF_LINE.match(path.get("d", "")))
    ]
    if not lines:
        return None
    left, right, y = zip(*lines, strict=True)
    return min(left), max(right), min(y), max(y)


def _find_heads(
    group: Element, names: set[str], unit: float, margin: tuple[float, float], system: int
) -> dict[str, tuple[float, float, float, float, int]]:
    heads = {}
    for note in group.iter(f"{_SVG}g"):
        name = note.get("id", "")
        if name not in names:
            continue
        use = next((one for one in note.iter(f"{_SVG}use") if "E0A" in one.get(_HREF, "")), None)
        if use is None:
            continue
        x, y = _read_translation(use.get("transform", ""))
        wide = _WHOLE_HEAD if use.get(_HREF, "")[1:5] in _WHOLE else _HEAD
        box = (
            (x + margin[0]) * unit,
            (y - _HALF_HEAD + margin[1]) * unit,
            wide * unit,
            2 * _HALF_HEAD * unit,
        )
        heads[name] = (*box, system)
    return heads


def trace_score(
    geometry: ScoreGeometry, notes: Sequence[tuple[str, float, float]], end_sec: float
) -> FloatArray:
    """The way of the playhead through a score, as `Drawing.segments` has it.

    Parameters
    ----------
    geometry : ScoreGeometry
    notes : sequence of (str, float, float)
        As of `ScoreInTime`; with repeats a note comes more than once.
    end_sec : float
        Where the last note's segment ends at most.
    """
    stops: list[tuple[float, float, float, int]] = []  # onset, end, x, system
    for names, onset, end in sorted(notes, key=lambda note: note[1]):
        known = [geometry.heads[name] for name in names.split() if name in geometry.heads]
        if not known:
            continue
        x, system = min((head[0] + head[2] / 2, head[4]) for head in known)
        if stops and onset - stops[-1][0] < 1e-3:  # the other staff of the same moment
            continue
        stops.append((onset, end, x, system))
    last = {system: max(x for *_, x, at in stops if at == system) for *_, system in stops}
    segments = []
    for i, (onset, end, x, system) in enumerate(stops):
        line = geometry.systems[system]
        if i + 1 < len(stops):
            until, _, next_x, next_system = stops[i + 1]
        else:
            until, next_x, next_system = (
                min(max(end, onset + 0.05), max(end_sec, onset + 0.05)),
                line.right,
                -1,
            )
        if next_system != system or next_x <= x:
            # The end of the line, or of a part that is repeated.
            next_x = line.right if x >= last[system] else min(line.right, x + 0.06 * (line.right - line.left))
        segments.append((onset, until, x, next_x, line.top, line.bottom))
    return np.array(segments, dtype=float).reshape(-1, 6)


def mark_notes(geometry: ScoreGeometry, notes: Sequence[tuple[str, float, float]]) -> FloatArray:
    """The note heads and when they sound, as `Drawing.marks` has them."""
    rows = [
        (onset, end, *geometry.heads[name][:4], 0.0)
        for names, onset, end in notes
        for name in names.split()
        if name in geometry.heads
    ]
    marks = np.array(rows, dtype=float).reshape(-1, 7)
    return np.asarray(marks[np.argsort(marks[:, 0], kind="stable")], dtype=np.float64)
