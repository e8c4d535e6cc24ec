"""The rows of a jobs file, planned one by one; in a batch that goes on, each row keeps the name it had."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from core.batch.jobs_file import Row, read_jobs
from core.batch.manifest import Entry
from core.batch.output_names import OutputNames
from core.batch.row_options import RowPlan, hash_row, name_file, name_job, plan_row, wanted_name


class RowPlans:
    """What the rows of a jobs file ask for, one by one: a thousand rows are small, a thousand plans are not.

    Parameters
    ----------
    jobs : Path
        The jobs file.

    Raises
    ------
    InputError
        If it is no jobs file; a row that cannot be used is a plan with a fault.
    OSError
        If it cannot be read.
    """

    def __init__(self, jobs: Path) -> None:
        self._folder, self._rows = jobs.parent, read_jobs(jobs)
        self.match({})

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[RowPlan]:
        for row in self._rows:
            yield plan_row(row, self._names[row.number], self._folder)

    def match(self, entries: Mapping[str, Entry]) -> int:
        """Give the rows the names that they have in a manifest.

        Parameters
        ----------
        entries : mapping
            Lines of the manifest by name.

        Returns
        -------
        int
            How many rows were found there: as they are, or changed, under a name that they ask for and with the same job.
        """
        self._names, n_found = _name_rows(self._rows, entries)
        return n_found

    @property
    def numbers(self) -> dict[str, int]:
        """The number of each row by the name of its files."""
        return {self._names[row.number]: row.number for row in self._rows}


def _name_rows(rows: Sequence[Row], entries: Mapping[str, Entry]) -> tuple[dict[int, str], int]:
    """Names by the numbers of the rows, and how many of them are in the manifest; see `RowPlans.match`."""
    names = _find_unchanged(rows, entries)
    n_found = len(names)
    unchanged = set(names.values())
    gone = {name: entry for name, entry in entries.items() if name not in unchanged}
    chosen = OutputNames(unchanged)
    for row in rows:
        if row.number in names:
            continue
        job = name_job(row)

        def is_foreign(name: str, row: Row = row) -> bool:
            """Whether files of that name are another row's, who is gone: they stay."""
            return name in gone and _is_other(gone[name], row)

        name = names[row.number] = chosen.choose(wanted_name(row), row.number, is_foreign)
        is_named = bool({"name", "file"} & row.cells.keys())  # and not after its job, as others may be
        n_found += is_named and name in gone and gone[name].job == job
    return names, n_found


def _is_other(entry: Entry, row: Row) -> bool:
    """Whether a line with files is of another row, not of this one before it was changed."""
    if entry.state == "failed" and not entry.files:
        return False
    if entry.state == "gone" or entry.job != name_job(row):
        return True
    return "name" not in row.cells and entry.file != name_file(row)


def _find_unchanged(rows: Sequence[Row], entries: Mapping[str, Entry]) -> dict[int, str]:
    """Names of the rows that say what a line of the manifest was made of; of equal rows, that with its number comes first."""
    if not entries:
        return {}
    hashes = {row.number: hash_row(row) for row in rows}
    by_place = {(entry.row_hash, entry.row): entry.name for entry in entries.values()}
    names = {
        number: by_place[digest, number] for number, digest in hashes.items() if (digest, number) in by_place
    }
    used = set(names.values())
    others: defaultdict[str, deque[str]] = defaultdict(deque)
    for entry in entries.values():
        if entry.name not in used:
            others[entry.row_hash].append(entry.name)
    for number, digest in hashes.items():
        if number not in names and others[digest]:
            names[number] = others[digest].popleft()
    return names
