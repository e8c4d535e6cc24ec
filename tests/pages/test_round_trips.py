"""Settings of every page come back the same from its settings file and from its link."""

import pytest

from benchmarks.round_trips import PAGES, check_page, draw_settings
from tests.pages.conftest import errors, open_page


# Fifty of each page are drawn by `python -m benchmarks.round_trips`.
@pytest.mark.parametrize("page", PAGES)
def test_ten_random_settings_come_back_the_same_by_file_and_by_link(page):
    told = check_page(page, range(10))
    assert told.wrong == []
    assert (told.file_equal, told.link_equal) == (10, 10)


@pytest.mark.parametrize("page", PAGES)
def test_settings_that_come_back_give_the_same_bytes(page):
    told = check_page(page, range(1000, 1001), with_bytes=True)
    assert told.wrong == []
    assert (told.n_bytes, told.bytes_equal) == (1, 1)


@pytest.mark.parametrize("page", PAGES)
def test_a_file_of_another_page_is_refused_in_a_sentence_and_the_page_stays(page):
    other = "folk" if page != "folk" else "emotion"
    at = open_page(PAGES[page])
    at.file_uploader(key=f"{page}.settings_file").upload("s.json", draw_settings(other, 0).file).run()
    (said,) = errors(at)
    assert said.startswith("These are settings of ") and "was asked to use them" in said
    # An unusual link of the folk page names its edition.
    assert set(at.query_params) <= {"folk.edition"}


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"PK\x03\x04", "is not JSON"),
        (b'{"seed": NaN}', "is not JSON"),
        (b'{"settings": {"colour": "red"}}', "something unknown"),
        (b'{"settings": {"seed": "7; DROP"}}', "seed was '7; DROP'"),
        (b'{"settings": []}', "has no settings in it"),
        (b"[" * 100_000, "is not JSON"),
    ],
)
def test_hostile_files_are_refused_in_a_sentence(page, content, said):
    at = open_page(PAGES[page])
    at.file_uploader(key=f"{page}.settings_file").upload("s.json", content).run()
    (told,) = errors(at)
    assert said in told
