"""Upload of a settings file: the visitor's own file that the settings were made for is named where it is not here."""

import hashlib
import json

import pytest
from streamlit.testing.v1 import AppTest

from pages.components.shared import uploads
from pages.components.shared.server_cache import upload_cache

_TABLE = b"year,price\n2001,3\n2002,5\n"
_SHA256 = hashlib.sha256(_TABLE).hexdigest()


def upload_both() -> None:
    """A page with an upload of settings and one of what they were made for."""
    from pages.components.shared.settings_file import upload_settings
    from pages.components.shared.uploads import upload_file

    upload_file("Table", key="test.file")
    upload_settings("test", "sonify")


@pytest.fixture
def page(monkeypatch):
    monkeypatch.setattr(uploads, "session_token", lambda: "someone")
    upload_cache().admit_owner("someone")
    yield AppTest.from_function(upload_both, default_timeout=60).run()
    upload_cache().drop_owner("someone")


def load(page, **data: str) -> list[str]:
    content = json.dumps({"sonoscope": "sonify", "data": data, "settings": {}}).encode()
    page.file_uploader(key="test.settings_file").upload("s.json", content).run()
    return [info.value for info in page.info]


def test_the_file_that_settings_were_made_for_is_named_with_its_hash_until_it_is_here(page):
    (said,) = load(page, name="prices <b>.csv", sha256=_SHA256)
    assert said.startswith("These settings were made for your file “prices ") and _SHA256 in said
    assert "<b>" not in said
    page.file_uploader(key="test.file").upload("renamed.csv", _TABLE).run()
    assert not page.info and not page.error


def test_settings_of_an_example_need_nothing(page):
    assert load(page, example="nile", sha256=_SHA256) == []
    assert load(page) == []
