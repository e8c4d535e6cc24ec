"""All kinds of hostile files that there are, by name."""

from __future__ import annotations

from benchmarks.hostile import (
    delimited_tables,
    json_tables,
    midi_files,
    musicxml_scores,
    parquet_files,
    pictures,
    scores,
    settings_files,
    soundfonts,
    sounds,
    workbooks,
)
from benchmarks.hostile.kinds import Kind, registered

FAMILIES = (
    delimited_tables,
    json_tables,
    midi_files,
    musicxml_scores,
    parquet_files,
    pictures,
    scores,
    settings_files,
    soundfonts,
    sounds,
    workbooks,
)

KINDS: dict[str, Kind] = registered()
