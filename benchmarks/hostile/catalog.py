"""All kinds of hostile files that there are, by name."""

from __future__ import annotations

from benchmarks.hostile import (
    coded_sounds,
    delimited_tables,
    html_tables,
    jpeg_pictures,
    json_tables,
    midi_files,
    musicxml_scores,
    other_pictures,
    other_workbooks,
    parquet_files,
    plain_sounds,
    scores,
    settings_files,
    sound_containers,
    soundfonts,
    xlsx_workbooks,
)
from benchmarks.hostile.kinds import Kind, registered

FAMILIES = (
    coded_sounds,
    delimited_tables,
    html_tables,
    jpeg_pictures,
    json_tables,
    midi_files,
    musicxml_scores,
    other_pictures,
    other_workbooks,
    parquet_files,
    plain_sounds,
    scores,
    settings_files,
    sound_containers,
    soundfonts,
    xlsx_workbooks,
)

KINDS: dict[str, Kind] = registered()
