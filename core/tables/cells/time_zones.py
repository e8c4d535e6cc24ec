"""Time zones of written times: offsets such as +02:00 and names such as CET, and where in a column they change."""

from __future__ import annotations

import re

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Whole = npt.NDArray[np.int64]
Times = npt.NDArray[np.datetime64]

#: Minutes ahead of UTC. Names that mean several zones (IST, BST of Bangladesh) have the meaning of the most data, or none.
ZONES = {
    "Z": 0,
    "UTC": 0,
    "GMT": 0,
    "WET": 0,
    "WEST": 60,
    "BST": 60,
    "CET": 60,
    "MEZ": 60,
    "CEST": 120,
    "MESZ": 120,
    "EET": 120,
    "SAST": 120,
    "EEST": 180,
    "MSK": 180,
    "JST": 540,
    "KST": 540,
    "AEST": 600,
    "AEDT": 660,
    "NZST": 720,
    "NZDT": 780,
    "EST": -300,
    "EDT": -240,
    "CST": -360,
    "CDT": -300,
    "MST": -420,
    "MDT": -360,
    "PST": -480,
    "PDT": -420,
    "AKST": -540,
    "AKDT": -480,
    "HST": -600,
}
ZONE = r"\s?(?P<zone>Z|[A-Z]{3,4}|(?:UTC|GMT)?\s?[+-]\d{2}(?::?\d{2})?)?(?:\[[A-Za-z_/]+\])?"
_WRITTEN = re.compile(r"^(?:UTC|GMT)?\s?(?P<sign>[+-])(?P<hours>\d{2}):?(?P<minutes>\d{2})?$")
# A column whose zones change more often mixes places, and no list of changes describes it.
_MAX_CHANGES = 400


def read_zone(text: str) -> int | None:
    """Minutes ahead of UTC; None for what is no zone.

    Examples
    --------
    >>> read_zone("+05:30"), read_zone("EST"), read_zone("UTC-03"), read_zone("DAY")
    (330, -300, -180, None)
    """
    if text in ZONES:
        return ZONES[text]
    found = _WRITTEN.match(text)
    if not found:
        return None
    minutes = 60 * int(found["hours"]) + int(found["minutes"] or 0)
    return (-minutes if found["sign"] == "-" else minutes) if minutes <= 18 * 60 else None


def read_zones(texts: pa.Array) -> tuple[Whole, list[str]]:
    """Minutes ahead of UTC a cell, 0 where none is written, and the names of zones that occur, such as "CET".

    ``texts`` has a zone, an empty text or null in each cell. What is no zone has the least integer.
    """
    encoded = pc.dictionary_encode(pc.fill_null(texts, ""))
    names: list[str] = encoded.dictionary.to_pylist()
    known = [0 if not name else read_zone(name) for name in names]
    offsets = np.array(
        [np.iinfo(np.int64).min if minutes is None else minutes for minutes in known], np.int64
    )
    named = [name for name in names if ZONES.get(name)]
    return offsets[encoded.indices.to_numpy(zero_copy_only=False)], named


def list_offset_changes(values: Times, minutes: Whole) -> tuple[tuple[int, int], ...]:
    """UTC offsets and the times, in seconds since 1970, from which they apply; empty if always UTC.

    Examples
    --------
    >>> summer = np.array(["2022-10-29T23:00", "2022-10-30T00:00", "2022-10-30T01:00"], "datetime64[us]")
    >>> list_offset_changes(summer, np.array([120, 120, 60]))
    ((1667084400, 120), (1667091600, 60))
    """
    rows = np.flatnonzero(~np.isnat(values))
    if not len(rows) or not minutes[rows].any():
        return ()
    rows = rows[np.argsort(values[rows], kind="stable")]
    written = minutes[rows]
    places = np.concatenate([[0], np.flatnonzero(np.diff(written)) + 1])
    if len(places) > _MAX_CHANGES:
        return ()
    seconds = values[rows[places]].astype("datetime64[s]").astype(np.int64)
    return tuple(zip(seconds.tolist(), written[places].tolist(), strict=True))
