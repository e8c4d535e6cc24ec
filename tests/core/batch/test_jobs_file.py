"""Reading jobs files."""

import pytest

from core.batch import jobs_file
from core.batch.jobs_file import MAX_ROW_CHARS, parse_jobs
from core.errors import InputError


def cells_of(data: bytes) -> list[dict]:
    return [row.cells for row in parse_jobs(data)]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_the_one_that_gives_a_column_job(delimiter):
    lines = [["File", "job", "Top-P"], ["a,b;c.csv", "sonify", ""], ["x.csv", "folk", "0.9"]]
    quoted = "\n".join(delimiter.join(f'"{cell}"' for cell in line) for line in lines)
    assert cells_of(quoted.encode()) == [
        {"file": "a,b;c.csv", "job": "sonify"},
        {"file": "x.csv", "job": "folk", "top_p": "0.9"},
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_encodings_are_those_of_the_readers_of_tables(encoding):
    for text in ("job,file\r\nsonify,Überlingen.csv\r\n", '{"job": "sonify", "file": "Überlingen.csv"}\r\n'):
        assert cells_of(text.encode(encoding)) == [{"job": "sonify", "file": "Überlingen.csv"}]


def test_columns_of_one_name_are_several_values_and_empty_cells_are_none():
    data = b"job,value,value,value\nsonify,rain,,wind\nsonify,rain,,\n\nsonify,,,\n"
    assert [cells.get("value") for cells in cells_of(data)] == [("rain", "wind"), "rain", None]


def test_a_bad_row_is_told_and_the_rest_goes_on():
    rows = parse_jobs(
        b'{"job": "folk"}\n{"job": \n[1]\n{"job": "folk", "bars": NaN}\n' + b"[" * 9000 + b"\n"
        b'{"top-p": 1, "top_p": 2}\n{"": 1}\n{"a": "\\ud800"}\n'
        + b'{"title": "%s"}\n' % (b"x" * (MAX_ROW_CHARS + 1))
        + b'{"job": "folk", "bars": 8, "key": null}'
    )
    assert [row.number for row in rows] == list(range(1, 11))
    assert [bool(row.fault) for row in rows] == [False, *[True] * 8, False]
    assert rows[-1].cells == {"job": "folk", "bars": 8}
    assert "not JSON" in rows[1].fault and "given twice" in rows[5].fault and "incomplete" in rows[7].fault
    row = parse_jobs(b"job,file\nsonify,a,b\n")[0]
    assert row.fault.startswith("This row has 3 cells and the header 2 names")
    assert parse_jobs(b"job,\nsonify,x\n")[0].fault.startswith("The value 'x' has no column name")


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "is empty"),
        (b"\xef\xbb\xbf \n\r\n", "is empty"),
        (b"job,file\nsonify," + b"x" * 200_000 + b"\n", "at line 2 .*longer than 131,072 characters"),
        (b"task,file\nsonify,a.csv\n", "no column “job”"),
        (b"job,file\n", "has no rows"),
        (b'[{"job": "folk"}]', "one JSON list"),
        (b"PK\x03\x04\x00\x00\x00", "is not text"),
        (b'job,file\nsonify,"a.csv\nfolk,\n', "at line 3.*Close its quotation marks"),
    ],
)
def test_what_is_no_jobs_file_is_refused_whole(data, told):
    with pytest.raises(InputError, match=told):
        parse_jobs(data)


def test_a_jobs_file_has_a_limit(monkeypatch):
    monkeypatch.setattr(jobs_file, "MAX_JOBS", 2)
    assert len(parse_jobs(b"job\nfolk\nfolk\n")) == 2
    with pytest.raises(InputError, match="at most 2 rows"):
        parse_jobs(b"job\nfolk\nfolk\nfolk\n")
    monkeypatch.setattr(jobs_file, "MAX_JOBS_BYTES", 4)
    with pytest.raises(InputError, match="Split it"):
        parse_jobs(b"job\nfolk\n")


@pytest.mark.parametrize("first", [b"sep=;\r\n", b";;\r\n;;;\r\n", b"\xef\xbb\xbfsep=;\n\n"])
def test_first_lines_that_a_spreadsheet_adds_are_passed_over(first):
    assert cells_of(first + b"job;file\r\nsonify;a.csv\r\n") == [{"job": "sonify", "file": "a.csv"}]
    with pytest.raises(InputError, match=f"at line {first.count(bytes([10])) + 2}"):
        parse_jobs(first + b'job;file\nsonify;"a.csv\n')


def test_a_ctrl_z_at_the_end_is_no_row():
    assert len(cells_of(b"job\r\nfolk\r\n\x1a")) == len(cells_of(b'{"job": "folk"}\r\n\x1a')) == 1


def test_empty_text_in_json_is_not_given_as_an_empty_cell_is_not():
    assert cells_of(b'{"job": "folk", "key": "", "mode": " "}') == [{"job": "folk"}]
