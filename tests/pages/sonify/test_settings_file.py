"""How a table was read is in the settings file and in the link, so that dates stay the same dates."""

import pytest

from benchmarks.round_trips import _captured
from core.errors import InputError
from core.settings_file import write_settings
from core.sonify.named_tables import check_corrections
from tests.pages.conftest import errors, open_page

DATES = b"day,rain\n03/04/2020,1\n05/06/2020,2\n07/08/2020,4\n09/10/2020,3\n"
VOICE = {"column": "rain"}


def reading_of(asked):
    return asked[-1][0][1].day_first


def upload(at):
    return at.file_uploader(key="sonify.file").upload("rain.csv", DATES, "text/csv").run()


def test_a_file_brings_month_first_dates_back_and_the_address_keeps_them():
    with _captured("sonify") as asked:
        at = upload(open_page("sonify_data.py", sonify__source="Upload"))
        assert reading_of(asked) is True
        file = write_settings(
            "sonify", {"voices": [VOICE], "time": "day"}, data={}, reading=[["day_first", "month first"]]
        )
        at.file_uploader(key="sonify.settings_file").upload("s.json", file).run()
        assert errors(at) == ["captured"]
        assert reading_of(asked) is False
        (link,) = (
            at.query_params["sonify.read"]
            if isinstance(at.query_params["sonify.read"], list)
            else [at.query_params["sonify.read"]]
        )
        assert link == "day_first=month+first"
        upload(open_page("sonify_data.py", sonify__source="Upload", sonify__read=link))
        assert reading_of(asked) is False


def test_an_address_with_nonsense_about_the_reading_changes_nothing():
    with _captured("sonify") as asked:
        upload(open_page("sonify_data.py", sonify__source="Upload", sonify__read="day_first=perhaps"))
        assert reading_of(asked) is True


@pytest.mark.parametrize(
    "pairs", [3, [["day_first"]], [["a", 1]], [["k", "v"]] * 101, [["day_first", "perhaps"]]]
)
def test_what_is_no_correction_is_refused(pairs):
    with pytest.raises(InputError):
        check_corrections(pairs)
