"""Uploads stay in memory while they arrive and for the session, bounded in bytes, until they are removed."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import pytest
from starlette.datastructures import Headers
from starlette.formparsers import MultiPartParser
from streamlit.proto.Common_pb2 import FileURLs
from streamlit.runtime.uploaded_file_manager import DeletedFile, UploadedFile, UploadedFileRec
from streamlit.testing.v1 import AppTest

from core import limits
from pages.components.shared import uploads
from pages.components.shared.server_cache import _release_session, upload_cache
from pages.components.shared.uploads import keep_uploads_in_memory

BOUNDARY = "line"


async def parts(size: int):
    yield f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="f"; filename="face.jpg"\r\n\r\n'.encode()
    yield bytes(size)
    yield f"\r\n--{BOUNDARY}--\r\n".encode()


def rolled_to_disk(size: int) -> bool:
    async def arrive() -> bool:
        headers = Headers({"content-type": f"multipart/form-data; boundary={BOUNDARY}"})
        form = await MultiPartParser(headers, parts(size)).parse()
        rolled = form["f"].file._rolled
        await form.close()
        return rolled

    # A thread of its own: browser tests leave a running loop in this one.
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(lambda: asyncio.run(arrive())).result()


def test_an_upload_of_five_megabytes_touches_no_disk(monkeypatch):
    monkeypatch.setattr(MultiPartParser, "spool_max_size", 1024 * 1024)
    assert rolled_to_disk(5 * limits.MEGABYTE)  # as the web server is by itself
    keep_uploads_in_memory()
    assert not rolled_to_disk(5 * limits.MEGABYTE)


def two_uploads() -> None:
    """A page with one upload of one file, one of several, and a choice whether they are drawn."""
    import streamlit as st

    from pages.components.shared.uploads import hand_over, upload_file, upload_files

    if st.toggle("hand", key="hand"):
        hand_over("test.file", "test.files")
    if st.toggle("drawn", value=True, key="drawn"):
        one = upload_file("One", key="test.file")
        many = upload_files("Many", key="test.files")
        st.text(f"one: {one.name if one else None}; many: {[each.name for each in many]}")


@pytest.fixture
def page(monkeypatch):
    for key in [*upload_cache()._entries]:  # what other tests have given
        upload_cache().drop(key)
    monkeypatch.setattr(uploads, "session_token", lambda: "someone")
    upload_cache().admit_owner("someone")
    yield AppTest.from_function(two_uploads).run()
    upload_cache().drop_owner("someone")


def look_away_and_back(at):
    at.toggle(key="drawn").set_value(False).run()
    return at.toggle(key="drawn").set_value(True).run()


def test_a_file_is_there_after_a_look_at_another_page_and_gone_after_remove(page):
    page.file_uploader(key="test.file").upload("a*.csv", b"x\n1\n", "text/csv").run()
    assert page.text[0].value == "one: a*.csv; many: []"
    assert not page.button  # Streamlit's own list shows it
    look_away_and_back(page)
    assert page.file_uploader(key="test.file").value is None
    assert page.text[0].value == "one: a*.csv; many: []"
    assert page.markdown[0].value == ":material/draft: a\\*.csv · 4 bytes"
    page.button(key="test.file.remove0").click().run()
    assert page.text[0].value == "one: None; many: []"
    assert upload_cache().n_bytes == 0


def test_what_is_taken_out_of_the_uploader_or_exchanged_there_is_not_kept(page):
    page.file_uploader(key="test.file").upload("a.csv", b"1", "text/csv").run()
    page.file_uploader(key="test.file").clear().run()
    assert upload_cache().n_bytes == 0
    page.file_uploader(key="test.file").upload("a.csv", b"1", "text/csv").run()
    look_away_and_back(page)
    page.file_uploader(key="test.file").upload("b.csv", b"22", "text/csv").run()
    assert page.text[0].value == "one: b.csv; many: []"
    assert not page.button and upload_cache().n_bytes == 2


def test_of_several_files_each_can_be_removed_and_others_added_later(page):
    for name in ("a.csv", "b.csv"):
        page.file_uploader(key="test.files").upload(name, name.encode(), "text/csv")
    look_away_and_back(page.run())
    page.file_uploader(key="test.files").upload("c.csv", b"c", "text/csv").run()
    assert page.text[0].value == "one: None; many: ['a.csv', 'b.csv', 'c.csv']"
    page.button(key="test.files.remove0").click().run()
    assert page.text[0].value == "one: None; many: ['b.csv', 'c.csv']"


def test_one_page_hands_a_file_to_another(page):
    page.file_uploader(key="test.file").upload("a.csv", b"1", "text/csv").run()
    page.toggle(key="drawn").set_value(False).run()
    page.toggle(key="hand").set_value(True).run()
    page.toggle(key="drawn").set_value(True).run()
    assert page.text[0].value == "one: None; many: ['a.csv']"


def test_a_session_keeps_no_more_than_its_bound_and_says_what_is_gone(page, monkeypatch):
    monkeypatch.setattr(uploads, "MAX_SESSION_BYTES", 10)
    page.file_uploader(key="test.file").upload("old.csv", b"1" * 8, "text/csv").run()
    look_away_and_back(page)
    page.file_uploader(key="test.files").upload("new.csv", b"2" * 8, "text/csv").run()
    assert upload_cache().n_bytes == 8
    assert page.run().text[0].value == "one: None; many: ['new.csv']"


def test_where_other_visitors_needed_the_room_a_sentence_says_so(page):
    page.file_uploader(key="test.file").upload("old.csv", b"1", "text/csv").run()
    page.toggle(key="drawn").set_value(False).run()
    for key in list(upload_cache()._entries):
        upload_cache().drop(key)
    page.toggle(key="drawn").set_value(True).run()
    assert page.caption[0].value.startswith("old.csv is no longer in memory")
    assert not page.run().caption


def test_a_file_that_the_browser_shows_and_this_server_never_had_is_left_out_beside_a_new_one(monkeypatch):
    """As after the server was restarted: the visitor has not reloaded the page, and adds a file."""
    monkeypatch.setattr(uploads, "kept_files", lambda key: ())
    new = UploadedFile(UploadedFileRec("new", "b.csv", "text/csv", b"day"), FileURLs())
    given = uploads._given([DeletedFile("old"), new], "home.file", "")
    assert [(each.name, each.data) for each in given] == [("b.csv", b"day")]
    assert uploads._given(DeletedFile("old"), "emotion.photo", "") == ()


def test_what_a_visitor_gave_leaves_with_him(page):
    page.file_uploader(key="test.file").upload("a.csv", b"1", "text/csv").run()
    assert upload_cache().n_bytes == 1
    _release_session("someone")
    assert upload_cache().n_bytes == 0
