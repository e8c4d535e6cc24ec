"""Captions that are not in the sound: an exported page shows them and says them with the browser's voice, in time."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import expect

from core.audio.flac import FlacSound
from core.audio.waveform import Audio
from core.presentation.presentation import Presentation, RollPicture, ShownNote, SpokenCaption
from core.presentation.web_page import write_page
from tests.browser.conftest import Visit

pytestmark = pytest.mark.browser

SR, DURATION_SEC = 8_000, 2.0
CAPTIONS = (("Regen, Millimeter", 0.1, 0.4), ("<b>1990</b>", 0.9, 0.4))
# Chromium has no voices on a server: what would be said, at which time of the sound and how loud the sound is then.
VOICE = """
window.said = [];
window.audio = () => document.querySelector('audio');
speechSynthesis.speak = (words) => {
  said.push([words.text, words.lang, audio().currentTime, audio().volume]);
  setTimeout(() => words.onend(), 300);
};
speechSynthesis.cancel = () => said.push('cancelled');
"""
# Every text that the caption has had: each stands for .4 s, and an expectation looks once a second.
SHOWN = """
window.shown = [];
new MutationObserver(() => {
  const text = document.querySelector('p.caption')?.textContent;
  if (text && text !== shown.at(-1)) shown.push(text);
}).observe(document, { subtree: true, childList: true, characterData: true });
"""


def present(*, are_in_sound: bool) -> Presentation:
    y = (0.1 * np.sin(2 * np.pi * 440 * np.arange(round(DURATION_SEC * SR)) / SR)).astype(np.float32)
    return Presentation(
        title="Regen",
        sound=FlacSound.of(Audio(y, SR)),
        pictures=(RollPicture(),),
        notes=(ShownNote(onset_sec=0.6, duration_sec=1.0, pitch=60, velocity=90),),
        captions=tuple(
            SpokenCaption(text=text, onset_sec=at, duration_sec=sec) for text, at, sec in CAPTIONS
        ),
        are_captions_in_sound=are_in_sound,
        captions_language="de",
    )


@pytest.mark.parametrize("are_in_sound", [False, True])
def test_captions_are_shown_and_said_in_time_with_the_sound_6_db_softer(
    visit: Visit, tmp_path: Path, are_in_sound
):
    file = tmp_path / "page.html"
    file.write_text(write_page(present(are_in_sound=are_in_sound)), encoding="utf-8")
    page = visit.open("about:blank", offline=True)
    page.add_init_script(VOICE + SHOWN)
    page.goto(file.as_uri())
    page.locator(".player:not([aria-busy])").wait_for()
    page.get_by_role("button", name="Play", exact=True).click()
    shown = page.locator("p.caption")
    page.wait_for_function("n => window.shown.length >= n", arg=len(CAPTIONS))
    expect(shown).to_have_attribute("lang", "de")
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible()
    expect(shown).to_have_text("")
    assert page.evaluate("window.shown") == [text for text, _, _ in CAPTIONS]
    # A busy machine says the end of a caption late, and the next one cancels it then.
    said = page.evaluate("said.filter((each) => each !== 'cancelled')")
    assert page.evaluate("audio().volume") == 1
    if are_in_sound:
        assert said == []
        return
    assert [(text, language) for text, language, _, _ in said] == [(text, "de") for text, _, _ in CAPTIONS]
    assert [at for _, _, at, _ in said] == pytest.approx([at for _, at, _ in CAPTIONS], abs=0.35)
    assert [volume for _, _, _, volume in said] == pytest.approx([10 ** (-6 / 20)] * 2, abs=1e-6)
