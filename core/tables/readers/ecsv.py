"""ECSV: the header of Astropy's tables, which names columns, units and the delimiter in YAML between comment signs.

Only the few lines that matter here are read, by their pattern; nothing is built from YAML.
"""

from __future__ import annotations

import re
from typing import NamedTuple

_VALUE = r"""('[^']*'|"[^"]*"|[^,}]+)"""
_NAME = re.compile(r"(?:^|[{,\s])name:\s*" + _VALUE)
_UNIT = re.compile(r"(?:^|[{,\s])unit:\s*" + _VALUE)
_DELIMITER = re.compile(r"""^delimiter:\s*['"]?([,;|\t ])""")


class EcsvHeader(NamedTuple):
    """Parsed ECSV header: names, units, delimiter."""

    delimiter: str
    units: dict[str, str]  # by name


def parse_ecsv_header(comments: list[str]) -> EcsvHeader | None:
    """Read the header of an ECSV file; None where it is none.

    Parameters
    ----------
    comments : list of str
        The comment lines at the top, without their signs.

    Examples
    --------
    >>> parse_ecsv_header(["ECSV 1.0", "---", "delimiter: ','", "- {name: flux, unit: electron / s, datatype: float64}"])
    EcsvHeader(delimiter=',', units={'flux': 'electron / s'})
    """
    if not comments or not comments[0].startswith("ECSV"):
        return None
    delimiter, units, name = " ", {}, ""
    for comment in comments[1:]:
        line = comment.lstrip("- ")[:2000]
        found = _DELIMITER.match(line)
        delimiter = found.group(1) if found else delimiter
        named = _NAME.search(line)
        name = _bare(named.group(1)) if named else name
        unit = _UNIT.search(line)
        if unit and name:
            units[name] = _bare(unit.group(1))
    return EcsvHeader(delimiter, units)


def _bare(text: str) -> str:
    return text.strip().strip("'\"")
