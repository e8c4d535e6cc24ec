"""Pictures of the Home page: each page is opened in Chromium and a part of it is kept, light and dark.

python -m benchmarks.home_pictures [ADDRESS OF A RUNNING APP]
"""

from __future__ import annotations

import io
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Literal, NamedTuple

from PIL import Image
from playwright.sync_api import Locator, Page, sync_playwright

from benchmarks.page_speed import start_server

PICTURES = Path(__file__).parents[1] / "pages/components/home/pictures"
WIDTH, HEIGHT = 720, 360  # pixels of a picture: twice what a card is wide on most screens
MAX_BYTES = 40_000
Theme = Literal["light", "dark"]
Ending = Literal["png", "jpg"]
N_COLORS = 48  # of line drawings
WINDOW_WIDTH, WINDOW_HEIGHT = 498, 1100
TIMEOUT_MS = 120_000


def show_chart(page: Page) -> Locator:
    """A data series as a line, with the playhead in its midst."""
    page.get_by_role("button", name="Line", exact=True).click()
    return seek(page)


def seek(page: Page) -> Locator:
    """The player's picture, with the playhead in its midst."""
    picture = page.locator(".picture").first
    box = picture.bounding_box()
    assert box is not None
    picture.click(position={"x": box["width"] * 0.45, "y": box["height"] / 2})
    return picture


def show_joins(page: Page) -> Locator:
    """The chart of a recording and what was added to it."""
    return page.locator(".st-key-extrapolate-chart .js-plotly-plot")


def show_score(page: Page) -> Locator:
    """The first lines of a score."""
    return page.locator(".sheet").first


def show_pad(page: Page) -> Locator:
    """The plane of moods."""
    return page.locator(".pad .plane")


def play_scene(page: Page) -> Locator:
    """A scene some seconds after it has begun."""
    page.locator("[data-do=begin]").click()
    page.wait_for_timeout(9_000)
    page.locator("[data-do=play]").click()
    page.mouse.move(0, 0)
    return page.locator(".stage")


class Shot(NamedTuple):
    """Where a picture comes from."""

    address: str
    show: Callable[[Page], Locator]
    from_top: bool = False  # of what is higher than our shape, otherwise its middle is kept
    themes: tuple[Theme, ...] = ("light", "dark")
    ending: Ending = "jpg"


SHOTS = {
    "sonify": Shot("sonify_data", show_chart, ending="png"),
    "folk": Shot("folk_generator", show_score, from_top=True, ending="png"),
    "emotion": Shot("emotion_music?emotion.moves=true&emotion.seed=1", show_pad),
    "extrapolate": Shot("extrapolate", show_joins, from_top=True),
    "viz": Shot("audio_viz", play_scene, themes=("dark",)),
}


def crop(picture: bytes, *, from_top: bool) -> Image.Image:
    """The largest part of a screenshot that has our shape, from its middle or its top."""
    image = Image.open(io.BytesIO(picture)).convert("RGB")
    width, height = image.size
    box: tuple[float, float, float, float]
    if width * HEIGHT > height * WIDTH:
        part = height * WIDTH / HEIGHT
        box = ((width - part) / 2, 0, (width + part) / 2, height)
    else:
        part = width * HEIGHT / WIDTH
        top = 0 if from_top else (height - part) / 2
        box = (0, top, width, top + part)
    return image.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS, box=box)


def encode(image: Image.Image, ending: Ending) -> bytes:
    """As PNG of few colors, or as JPEG of the highest quality that has few enough bytes.

    Both are sent as they are; `st.image` would write WebP anew as JPEG, at twice its size, in each run of the page.
    """
    kept = io.BytesIO()
    if ending == "png":
        image.quantize(N_COLORS).save(kept, "PNG", optimize=True)
        return kept.getvalue()
    for quality in range(90, 30, -4):
        kept = io.BytesIO()
        image.save(kept, "JPEG", quality=quality, optimize=True, progressive=True)
        if len(kept.getvalue()) <= MAX_BYTES:
            break
    return kept.getvalue()


def take(page: Page, address: str, name: str, theme: Theme) -> Path:
    """Open a page and keep its picture."""
    page.emulate_media(color_scheme=theme)
    page.goto(f"{address}/{SHOTS[name].address}")
    page.locator("[data-do=play]").first.wait_for(state="attached")
    page.locator("[data-test-script-state=notRunning]").wait_for()
    page.wait_for_timeout(1_500)
    part = SHOTS[name].show(page)
    part.scroll_into_view_if_needed()
    page.wait_for_timeout(500)
    shot = SHOTS[name]
    stem = f"{name}_{theme}" if len(shot.themes) > 1 else name
    path = PICTURES / f"{stem}.{shot.ending}"
    path.write_bytes(encode(crop(part.screenshot(), from_top=shot.from_top), shot.ending))
    return path


def main() -> None:
    """Take all pictures."""
    names = [name for name in sys.argv[1:] if name in SHOTS] or list(SHOTS)
    given = [word for word in sys.argv[1:] if word.startswith("http")]
    PICTURES.mkdir(exist_ok=True)
    server, address = None, "".join(given[:1])
    if not given:
        server, address, _ = start_server()
    try:
        with sync_playwright() as driver:
            chromium = shutil.which("chromium")
            browser = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--mute-audio"])
            page = browser.new_page(
                viewport={"width": WINDOW_WIDTH, "height": WINDOW_HEIGHT}, device_scale_factor=1.6
            )
            page.set_default_timeout(TIMEOUT_MS)
            for name in names:
                for theme in SHOTS[name].themes:
                    path = take(page, address, name, theme)
                    print(path.name, path.stat().st_size)
    finally:
        if server is not None:
            server.terminate()


if __name__ == "__main__":
    main()
