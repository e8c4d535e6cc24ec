"""Every kind of picture at every size: inside its bounds, readable, harmless, and in time."""

import re
from dataclasses import replace
from xml.etree.ElementTree import Element

import numpy as np
import pytest
from defusedxml import ElementTree

from core.audio.flac import FlacSound
from core.audio.waveform import Audio
from core.presentation.drawing import draw
from core.presentation.letters import measure_text
from core.presentation.presentation import Presentation, Stretch, WaveformPicture
from core.presentation.themes import DARK, LIGHT

from .samples import ARABIC, HEBREW, HOSTILE, present_lines

SIZES = [(1920, 1080), (1080, 1080), (1080, 1920), (900, 500), (390, 300)]
SVG = "{http://www.w3.org/2000/svg}"
WALK = np.cumsum(np.random.default_rng(0).normal(size=60))
GAPS = np.where(np.arange(60) % 7 == 3, np.nan, WALK)
SAMPLES = {
    "long title": present_lines([WALK], title=HOSTILE),
    "hebrew": present_lines([np.arange(12) ** 3 * 1e6 - 4e8], title=HEBREW, names=[HEBREW], is_date=False),
    "four voices": present_lines(
        [WALK * 1e300, GAPS * 1e300, -WALK * 1e300, WALK * 9e299],
        title=ARABIC,
        names=[ARABIC, "b", "c" * 90, "d"],
    ),
    "panels": present_lines([WALK, GAPS * 1e5, WALK, GAPS], panels=(0, 1, 2, 3)),
    "one point": present_lines([[5.0]], is_date=False),
    "constant": present_lines([np.zeros(12)]),
    "many points": present_lines([np.tile(WALK, 38)]),
}


def read_texts(svg: str) -> list[tuple[Element, str]]:
    root = ElementTree.fromstring(svg)
    return [(element, "".join(element.itertext())) for element in root.iter(f"{SVG}text")]


@pytest.mark.parametrize(("width", "height"), SIZES)
@pytest.mark.parametrize("name", SAMPLES)
def test_all_letters_and_marks_lie_inside_the_picture(name: str, width: int, height: int) -> None:
    presentation = SAMPLES[name]
    for picture in presentation.pictures:
        drawing = draw(presentation, picture, width, height, LIGHT)
        for element, text in read_texts(drawing.svg):
            size, x, y = (float(element.get(key, "0")) for key in ("font-size", "x", "y"))
            wide = measure_text(text, size, bold=element.get("font-weight") == "700")
            left = x - {"start": 0.0, "middle": wide / 2, "end": wide}[element.get("text-anchor", "start")]
            assert left > -1 and left + wide < width + 1, text
            assert 0.6 * size <= y <= height, text
            assert size >= (28 if min(width, height) >= 1080 else 9.5), text
        x, y, wide, high = drawing.marks[:, 2:6].T
        assert np.all((x >= 0) & (x + wide <= width + 1) & (y >= 0) & (y + high <= height))
        assert np.all((drawing.segments[:, 2:4] >= 0) & (drawing.segments[:, 2:4] <= width + 1))
        assert drawing.description


@pytest.mark.parametrize("name", SAMPLES)
def test_a_drawing_is_harmless_and_takes_its_colors_from_the_theme(name: str) -> None:
    presentation = SAMPLES[name]
    theme = replace(DARK, background="var(--paper)", text="var(--ink)", voices=("var(--v0)",))
    for picture in presentation.pictures:
        svg = draw(presentation, picture, 900, 500, theme).svg
        tags = {element.tag.removeprefix(SVG) for element in ElementTree.fromstring(svg).iter()}
        assert tags <= {"svg", "g", "rect", "path", "text", "tspan"}
        assert not re.search(r"style|href|url\(|nan|inf[^o]", re.sub(r">[^<]*<", "><", svg))
        colors = set(re.findall(r'(?:fill|stroke)="([^"]+)"', svg))
        assert colors <= {
            "none",
            *(value for value in vars(theme).values() if isinstance(value, str)),
            "var(--v0)",
        }


def test_a_title_runs_from_the_side_where_its_script_begins() -> None:
    for title, anchor in (("Rain", "start"), (HEBREW, "end")):
        presentation = present_lines([WALK], title=title)
        element = read_texts(draw(presentation, presentation.pictures[0], 900, 500, LIGHT).svg)[0][0]
        assert element.get("text-anchor", "start") == anchor


def test_without_a_title_there_is_more_room_and_a_readout_is_kept_free() -> None:
    presentation = present_lines([WALK])
    picture = presentation.pictures[0]
    titled = draw(presentation, picture, 900, 500, LIGHT)
    bare = draw(presentation, picture, 900, 500, LIGHT, is_titled=False)
    assert "Rain" not in [text for _, text in read_texts(bare.svg)]
    assert bare.header_px < titled.header_px
    wide = draw(presentation, picture, 900, 500, LIGHT, readout_px=80)
    assert wide.readout is not None and wide.readout[3] == 80
    assert wide.segments[0, 4] >= titled.segments[0, 4] + 80
    assert draw(presentation, picture, 900, 500, LIGHT, text_px=20.0).text_px == 20.0


def test_the_playhead_stands_on_each_dot_when_its_note_begins() -> None:
    presentation = present_lines([GAPS])
    drawing = draw(presentation, presentation.pictures[0], 1920, 1080, LIGHT)
    assert len(drawing.marks) == np.isfinite(GAPS).sum()
    begin, end, x0, x1, _, _ = drawing.segments.T
    for onset, _, x, _, wide, _, _ in drawing.marks.tolist():
        i = np.searchsorted(begin, onset + 1e-9) - 1
        head = x0[i] + (onset - begin[i]) / (end[i] - begin[i]) * (x1[i] - x0[i])
        assert head == pytest.approx(x + wide / 2, abs=0.1)


def test_higher_values_stand_higher_and_a_gap_breaks_the_line() -> None:
    presentation = present_lines([[1.0, np.nan, 3.0, 2.0]])
    drawing = draw(presentation, presentation.pictures[0], 900, 500, LIGHT)
    one, three, two = drawing.marks[:, 3]
    assert three < two < one
    lines = [
        path
        for path in re.findall(r'<path d="([^"]+)"', drawing.svg)
        if path.lower().count("m") + path.lower().count("l") == 3
    ]
    assert any(path.lower().count("m") == 2 for path in lines)


def test_a_legend_names_the_voices_that_the_panels_do_not() -> None:
    together = present_lines([WALK, GAPS])
    texts = [text for _, text in read_texts(draw(together, together.pictures[0], 900, 500, LIGHT).svg)]
    assert {"rain", "wind"} <= set(texts)
    apart = present_lines([WALK, GAPS], panels=(0, 1))
    texts = [text for _, text in read_texts(draw(apart, apart.pictures[0], 900, 500, LIGHT).svg)]
    assert "rain" not in texts and {"rain (mm)", "wind (mm)"} <= set(texts)


def test_louder_notes_are_more_solid_and_higher_ones_higher() -> None:
    presentation = present_lines([WALK[:3], WALK[:3]])
    notes = tuple(replace(note, velocity=20 if note.voice else 120) for note in presentation.notes)
    drawing = draw(replace(presentation, notes=notes), presentation.pictures[1], 900, 500, LIGHT)
    shades = dict(re.findall(r'<g fill="([^"]+)" fill-opacity="([\d.]+)"', drawing.svg))
    assert float(shades[LIGHT.voices[0]]) > float(shades[LIGHT.voices[1]])
    low, high = (drawing.marks[drawing.marks[:, 6] == voice, 3].mean() for voice in (0, 1))
    assert high < low  # the second voice is a semitone above


def test_a_waveform_is_as_tall_as_the_sound_is_loud_and_colors_its_parts() -> None:
    presentation = present_lines([WALK])
    picture = WaveformPicture(
        stretches=(
            Stretch(name="Recording", begin_sec=0.0, end_sec=1.5),
            Stretch(name="Added", begin_sec=1.5, end_sec=2.0),
        ),
        joins_sec=(1.5,),
    )
    marks = draw(presentation, picture, 900, 500, LIGHT).marks
    tall = marks[:, 5]
    assert tall[-20:].mean() > 3 * tall[:20].mean()
    assert np.all((marks[:, 6] == 1) == (marks[:, 0] + marks[:, 1] >= 3.0 - 1e-6))
    # Measured before, it looks the same.
    y = presentation.sound.decode().y.reshape(1_000, -1)
    measured = replace(picture, low=y.min(axis=1).astype(float), high=y.max(axis=1).astype(float))
    assert draw(presentation, measured, 900, 500, LIGHT).marks[:, 5] == pytest.approx(tall, rel=0.1, abs=2)


def test_silence_has_a_waveform() -> None:
    silence = FlacSound.of(Audio(np.zeros((2, 4_000), np.float32), 8_000))
    presentation = Presentation(title="", sound=silence, pictures=(WaveformPicture(),))
    drawing = draw(presentation, presentation.pictures[0], 390, 300, DARK)
    assert np.isfinite(drawing.marks).all() and np.ptp(drawing.marks[:, 5]) == 0
