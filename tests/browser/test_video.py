"""Videos in Chromium: both formats play, in their colors, and what sounds and what lights up at a moment is at that moment."""

from __future__ import annotations

import base64

import numpy as np
import pytest
from playwright.sync_api import Browser

from core.video import CONTAINERS, MEDIA_TYPES, Container
from tests.core.video.test_film_writer import EVENTS_SEC, clicks_and_flashes

pytestmark = pytest.mark.browser

# Decodes the sound, and looks at the pictures just before and after each event; times are in seconds, pixels in sRGB codes.
MEASURE = """async ([address, events, frame]) => {
  const file = await (await fetch(address)).arrayBuffer();
  const sound = await new OfflineAudioContext(1, 48000, 48000).decodeAudioData(file);
  const y = sound.getChannelData(0);
  const clicks = [];
  for (let i = 0, last = -48000; i < y.length; i++) {
    if (Math.abs(y[i]) < 0.3) continue;
    if (i - last > 9600) clicks.push(i / 48000);
    last = i;
  }
  const video = Object.assign(document.createElement("video"), { src: address, muted: true });
  await new Promise((done) => (video.onloadeddata = done));
  const canvas = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  const look = async (time) => {
    video.currentTime = time;
    await new Promise((done) => (video.onseeked = done));
    canvas.drawImage(video, 0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data.slice(0, 3)];
  };
  const seen = [];
  for (const event of events) seen.push([await look(Math.max(0, event - frame / 2)), await look(event + frame / 2)]);
  return { clicks, seen, duration: video.duration };
}"""


@pytest.mark.parametrize("container", CONTAINERS)
def test_a_click_and_a_flash_of_the_same_moment_are_at_that_moment(
    browser: Browser, container: Container
) -> None:
    page = browser.new_page()
    data = base64.b64encode(clicks_and_flashes(container, 44_100)).decode()
    address = f"data:{MEDIA_TYPES[container]};base64,{data}"
    found = page.evaluate(MEASURE, [address, EVENTS_SEC, 1 / 30])
    page.close()
    assert found["duration"] == pytest.approx(2.0, abs=0.03)
    assert np.abs(np.array(found["clicks"]) - EVENTS_SEC).max() < 0.01
    for event, (before, after) in zip(EVENTS_SEC, found["seen"], strict=True):
        # Half a frame before it is dark, half a frame after it light; gray 16 and white come back as such.
        assert event == 0 or np.abs(np.array(before) - 16).max() < 8
        assert np.abs(np.array(after) - 255).max() < 8
