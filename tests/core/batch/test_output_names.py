"""Names of the files of a row."""

import re
import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from core.batch.output_names import MAX_STEM_BYTES, OutputNames

HOSTILE = st.text(max_size=200) | st.sampled_from(
    [
        "../../etc/passwd",
        "/abs",
        "C:\\x",
        ".hidden",
        "a/b",
        "a\0b",
        "con",
        "LPT1",
        "..",
        "-rf",
        "é",
        "e\u0301",
        "\u202e",
        "ﬁ",
        "fi",
    ]
)


@given(st.lists(HOSTILE, min_size=1, max_size=12))
def test_whatever_rows_say_every_name_is_one_file_s_and_no_two_are_taken_for_one(wanted):
    names = OutputNames()
    chosen = [names.choose(text, number) for number, text in enumerate(wanted, start=1)]
    for name in chosen:
        assert re.fullmatch(r"[^\W_]", name[0]) or unicodedata.category(name[0])[0] in "LNM"
        assert not set(name) & set('./\\:*?"<>|\0\n ') and name.lower() not in ("con", "lpt1")
        assert len(name.encode()) <= MAX_STEM_BYTES + 30
        assert all(unicodedata.category(mark)[0] in "LNM" or mark in "-_" for mark in name)
    assert len({unicodedata.normalize("NFD", name.casefold()) for name in chosen}) == len(chosen)


def test_a_name_stays_when_rows_are_added_below():
    def choose(wanted):
        names = OutputNames()
        return [names.choose(text, number) for number, text in enumerate(wanted, start=1)]

    assert choose(["oslo", "oslo", "oslo-2", "Bergen 2024.05"]) == [
        "oslo",
        "oslo-2",
        "oslo-2-3",
        "Bergen-2024-05",
    ]
    assert choose(["oslo", "oslo"]) == ["oslo", "oslo-2"]
