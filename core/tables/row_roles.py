"""Row roles: totals and averages between the rows, a header that is repeated, and lines that hold no data are left out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from core.errors import plural
from core.tables.columns import clean_name, shorten
from core.tables.decisions import Decision
from core.tables.raw_columns import (
    Mask,
    Places,
    find_blanks,
    holds_dates,
    holds_numbers,
    holds_times,
    holds_years,
    sample_cells,
    take_rows,
    to_mask,
    trim_texts,
)
from core.tables.raw_table import RawTable

# Larger tables come from machines, which add no totals; and a pass over the texts would cost time.
_MAX_ROWS = 50_000
_MAX_LABELS = 6
_MAX_COLUMNS = 200
_CHOICES = (("leave out", "left out"), ("keep", "kept as rows"))
_TOTAL = (
    r"(?i)(^|[^\p{L}])(sub-?totals?|totals?|sum|averages?|avg|mean|median|ytd|gesamt|insgesamt|summe|mittelwert|mittel"
    r"|durchschnitt|zwischensumme|moyenne|ensemble|somme|media|promedio|suma|totale|somma|totaal|gemiddelde|średnia"
    r"|razem|ogółem|média|soma)([^\p{L}]|$)"
)
_LONGEST_LABEL = 40


def leave_out_rows(raw: RawTable) -> RawTable:
    """Leave out rows that are not data; reported in the decision ``"total rows"``, which can be reversed.

    A total is a label such as "Total 2020" where the other cells of its column are times; or, in a table without times,
    where all labels differ. In a table that has many series, "Total" is a series like the others and stays.

    Parameters
    ----------
    raw : RawTable
        Tables of more than 50,000 rows are not looked through.

    Examples
    --------
    >>> from core.tables.table import read_text
    >>> table = read_text("month,n\\n2020-01,3\\n2020-02,4\\nTotal Q1,7\\n2020-04,2\\nmonth,n\\n2020-05,2\\n")
    >>> table.frame["n"].tolist(), [decision.chosen for decision in table.decisions if decision.key == "total rows"]
    ([3, 4, 2, 2], ['leave out'])
    """
    n_rows = len(raw.cells[0]) if raw.cells else 0
    if not 3 <= n_rows <= _MAX_ROWS:
        return raw
    texts = {
        place: trim_texts(cells)
        for place, cells in enumerate(raw.cells[:_MAX_COLUMNS])
        if not isinstance(cells, pd.Series)
    }
    totals = _find_totals(raw, texts, n_rows)
    headers = _find_headers(raw, texts, n_rows)
    empty = _find_lines(raw, texts, totals | headers) | _find_blank_rows(raw, texts)
    found = totals | headers | empty
    if not found.any() or found.sum() > 0.5 * n_rows:
        return raw
    # Who keeps the totals at the end, which the reader left out, wants them here as well.
    usual = "keep" if raw.options.choice("totals") == "kept" else "leave out"
    is_kept = (raw.options.choice("total rows") or usual) == "keep"
    kinds = [
        (totals, "is a total or an average", "are totals or averages"),
        (headers, "repeats the header", "repeat the header"),
        (empty, "holds no values", "hold no values"),
    ]
    it = "It was" if found.sum() == 1 else "They were"
    sentence = f"{_word(texts, kinds)} {it} {'kept' if is_kept else 'left out'}."
    chosen = "keep" if is_kept else "leave out"
    decision = Decision(key="total rows", sentence=sentence, chosen=chosen, choices=_CHOICES)
    decisions = [*raw.decisions, decision]
    if is_kept:
        return replace(raw, decisions=decisions)
    rows = np.flatnonzero(~found)
    return replace(raw, cells=[take_rows(cells, rows) for cells in raw.cells], decisions=decisions)


def _find_totals(raw: RawTable, texts: dict[int, pa.Array], n_rows: int) -> Mask:
    found = np.zeros(n_rows, bool)
    marked = {}
    for place in [*texts][:_MAX_LABELS]:
        short = pc.less_equal(pc.utf8_length(texts[place]), _LONGEST_LABEL)
        marks = to_mask(pc.and_(short, pc.match_substring_regex(texts[place], _TOTAL)))
        if 0 < marks.sum() <= 0.5 * n_rows:
            marked[place] = marks
    if not marked:
        return found
    rest = np.flatnonzero(~np.logical_or.reduce([*marked.values()]))
    times = [
        place for place, cells in enumerate(raw.cells[:_MAX_LABELS]) if holds_times(take_rows(cells, rest))
    ]
    for place, marks in marked.items():
        others = take_rows(raw.cells[place], rest)
        if place in times or (sample_cells(others) and holds_numbers(others)):
            found |= marks
        elif times:
            found |= marks & find_blanks(texts.get(times[0], raw.cells[times[0]]))
        else:
            others = texts[place].take(pa.array(rest))
            is_named = pc.count_distinct(others).as_py() == len(others) >= 3
            found |= marks & is_named & (place == min(texts))
            found |= marks & _leaves_labels_empty(texts, place, rest)
    return found


def _leaves_labels_empty(texts: dict[int, pa.Array], place: int, rest: Places) -> Mask:
    """Rows without a label in a column beside theirs where every other row has one: "North total" and no store."""
    found = np.zeros(len(texts[place]), bool)
    for beside in [*texts][:_MAX_LABELS]:
        others = texts[beside].take(pa.array(rest))
        is_full = beside != place and not pc.any(pc.equal(others, "")).as_py()
        if is_full and not holds_numbers(others):
            found |= to_mask(pc.equal(texts[beside], ""))
    return found


def _find_blank_rows(raw: RawTable, texts: dict[int, pa.Array]) -> Mask:
    """Rows of empty cells, which spreadsheets leave at the end and between the parts of a table."""
    blank = np.full(len(raw.cells[0]), 1 < len(raw.cells) <= _MAX_COLUMNS)
    for place, cells in enumerate(raw.cells[:_MAX_COLUMNS]):
        if not blank.any():
            break
        blank &= find_blanks(texts.get(place, cells))
    return blank


def _find_headers(raw: RawTable, texts: dict[int, pa.Array], n_rows: int) -> Mask:
    """Rows that repeat what the columns are called."""
    named = {p: str(raw.names[p]).strip() for p in texts if str(raw.names[p]).strip()}
    if not named:
        return np.zeros(n_rows, bool)
    hits = np.zeros(n_rows, np.int64)
    for place, name in named.items():
        hits += to_mask(pc.equal(pc.utf8_lower(texts[place]), name.lower()))
    # One word that is the name of its column may stand there by chance, unless numbers are what stands there.
    is_alone = len(raw.cells) == 1 and holds_numbers(take_rows(raw.cells[0], np.flatnonzero(hits == 0)))
    return hits >= max(1 if is_alone else 2, 0.6 * len(named))


def _find_lines(raw: RawTable, texts: dict[int, pa.Array], known: Mask) -> Mask:
    """Rows with words in the first column, which holds times elsewhere, and nothing beside them."""
    n_rows = len(known)
    none = np.zeros(n_rows, bool)
    if 0 not in texts or len(raw.cells) < 2 or len(raw.cells) > _MAX_COLUMNS:
        return none
    wordy = to_mask(pc.match_substring_regex(texts[0], r"^[^\d]*$|^.{30,}$")) & ~to_mask(
        pc.equal(texts[0], "")
    )
    wordy &= ~known
    if not 0 < wordy.sum() <= 0.5 * n_rows:
        return none
    rows = np.flatnonzero(wordy)
    is_alone = np.ones(len(rows), bool)
    for place, cells in enumerate(raw.cells[1:], start=1):
        is_alone &= find_blanks(take_rows(texts.get(place, cells), rows))
    rest = take_rows(raw.cells[0], np.flatnonzero(~wordy & ~known))
    if not is_alone.any() or not (holds_dates(rest) or holds_years(rest)):
        return none
    none[rows[is_alone]] = True
    return none


def _word(texts: dict[int, pa.Array], kinds: list[tuple[Mask, str, str]]) -> str:
    sentences = []
    for rows, one, many in kinds:
        places = np.flatnonzero(rows)
        if len(places):
            cells = [str(texts[place][int(places[0])]) for place in texts]
            said = " ".join(cell for cell in cells if cell)
            example = f", such as “{shorten(clean_name(said, fallback='?'))}”," if said else ""
            verb = one if len(places) == 1 else many
            sentences.append(f"{plural(len(places), 'row')} between the data{example} {verb}.")
    return " ".join(sentences)
