"""A visitor in a real Chromium whose replica is killed: the page stays, says that the upload is gone, and comes back by its link."""

import shutil

import numpy as np
import pytest
from playwright.sync_api import expect

from benchmarks.replicas import COOKIE, Replicas
from pages.components.shared import texts
from pages.components.shared.server_jobs import WORKERS_SETTING
from tests.browser.conftest import wait_until_done, write_readings

pytestmark = pytest.mark.browser
LINK = "sonify_data?sonify.source=Upload&sonify.key=D&sonify.duration=12"


@pytest.mark.skipif(shutil.which("caddy") is None, reason="Caddy is missing (Debian: apt-get install caddy)")
def test_a_visitor_of_a_killed_replica_keeps_page_and_settings_and_is_told_that_the_upload_is_gone(
    visit, tmp_path, monkeypatch
):
    monkeypatch.setenv(WORKERS_SETTING, "1")
    path, _ = write_readings(tmp_path, np.arange(12.0) % 5)
    again = path.rename(tmp_path / "again.csv")
    path, _ = write_readings(tmp_path, np.arange(12.0) % 5)
    with Replicas(2) as replicas:
        page = visit.open(f"{replicas.address}/{LINK}")
        uploader = page.locator(".st-key-sonify-file")
        uploader.locator("input[type=file]").set_input_files(path)
        wait_until_done(page)
        (mine,) = [each["value"] for each in page.context.cookies() if each["name"] == COOKIE]
        replicas.kill(replicas.name_of(mine))
        page.wait_for_function("(gone) => !document.cookie.includes(gone)", arg=mine)
        page.locator("[data-test-connection-state=CONNECTED]").wait_for()

        # What the browser holds goes to the other replica with the next click; the file is not there.
        length = page.locator(".st-key-sonify-duration input")
        length.fill("13")
        length.press("Enter")
        page.get_by_text(texts.UPLOAD_LOST).wait_for()
        uploader.get_by_role("button", name="Remove").click()
        expect(page.get_by_text(texts.UPLOAD_LOST)).to_have_count(0)
        uploader.locator("input[type=file]").set_input_files(again)
        wait_until_done(page)
        expect(length).to_have_value("13")

        page.reload()
        page.get_by_text(texts.PRIVACY).wait_for()
        assert "sonify.duration=13" in page.url and "sonify.key=D" in page.url
        uploader.locator("input[type=file]").set_input_files(path)
        expect(length).to_have_value("13")
    visit.errors.clear()  # The replicas are gone, and the page notices.
