"""A score lights up the note that sounds, in the colors of a theme, and fits or scrolls."""

import re
from dataclasses import replace

import numpy as np
import pytest

from core.audio.flac import FlacSound
from core.audio.waveform import Audio
from core.music.engraving import ScoreInTime, engrave
from core.presentation.drawing import draw
from core.presentation.presentation import Presentation, ScorePicture
from core.presentation.svg_raster import to_pixels
from core.presentation.themes import DARK, LIGHT

ABC = "X:1\nM:4/4\nL:1/4\nQ:1/4=100\nK:Bb\n" + "BdfB|c2ed|B4|[Bd]fBF|" * 4
SECONDS_A_QUARTER = 0.5


def write_score(width: int, abc: str = ABC, tinted: tuple[int, ...] = ()) -> ScoreInTime:
    drawn = engrave(abc, notation="abc", width_px=width, tinted=tinted)
    times = [quarters * SECONDS_A_QUARTER for quarters, _ in drawn.onsets]
    ends = [*times[1:], times[-1] + 1.0]
    notes = tuple((" ".join(ids), t, end) for (_, ids), t, end in zip(drawn.onsets, times, ends, strict=True))
    return ScoreInTime(svg=drawn.svg[0], width_px=width, notes=notes)


def present_score(*scores: ScoreInTime) -> Presentation:
    sound = FlacSound.of(Audio(np.zeros(8_000 * 34, np.float32), 8_000))
    return Presentation(
        title="Tune", subtitle="16 bars in B♭ major", sound=sound, pictures=(ScorePicture(scores=scores),)
    )


WIDE, NARROW = write_score(760), write_score(430)


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda theme: theme.name)
def test_each_mark_lies_on_the_ink_of_a_note(theme) -> None:
    presentation = present_score(WIDE, NARROW)
    drawing = draw(presentation, presentation.pictures[0], 1920, 1080, theme)
    pixels = to_pixels(drawing.svg).astype(int)
    ink = np.array([int(theme.text[i : i + 2], 16) for i in (1, 3, 5)])
    assert len(drawing.marks) == sum(len(names.split()) for names, _, _ in WIDE.notes)
    for _, _, x, y, wide, high, _ in drawing.marks.tolist():
        head = pixels[round(y) : round(y + high), round(x) : round(x + wide)]
        inked = (np.abs(head - ink).sum(axis=2) < 60).mean()
        assert 0.15 < inked < 0.95  # heads are black or open, never all of the box and never none


def test_the_playhead_stands_on_the_note_that_begins_and_never_leaves_its_line() -> None:
    presentation = present_score(NARROW)
    drawing = draw(presentation, presentation.pictures[0], 1080, 1080, LIGHT)
    starts = {round(onset, 6): x for onset, _, x, *_ in drawing.segments.tolist()}
    for onset, _, x, y, wide, high, _ in drawing.marks.tolist():
        assert starts[round(onset, 6)] == pytest.approx(x + wide / 2, abs=wide)
        line = next(each for each in drawing.segments.tolist() if each[0] == pytest.approx(onset))
        assert line[4] < y + high / 2 < line[5]
    begin, end, x0, x1, top, _ = drawing.segments.T
    assert np.all(end[:-1] == pytest.approx(begin[1:])) and np.all(x1 > x0)
    assert len(np.unique(top.round(3))) > 1


def test_where_bars_are_repeated_the_playhead_goes_back() -> None:
    later = WIDE.notes[8][1]
    notes = (*WIDE.notes[:8], *((names, t + later, end + later) for names, t, end in WIDE.notes[:8]))
    presentation = present_score(replace(WIDE, notes=notes))
    drawing = draw(presentation, presentation.pictures[0], 1920, 1080, LIGHT)
    x = drawing.segments[:, 2]
    assert len(x) == 16
    assert x[:8] == pytest.approx(x[8:])
    assert len(drawing.marks) == 2 * sum(len(names.split()) for names, _, _ in WIDE.notes[:8])


def test_a_score_is_black_and_white_of_the_theme_without_style_sheets() -> None:
    tinted = write_score(760, tinted=(0, 1))
    presentation = present_score(tinted)
    theme = replace(
        LIGHT, text="var(--ink)", accent="var(--accent)", background="var(--paper)", muted="var(--muted)"
    )
    svg = draw(presentation, presentation.pictures[0], 1920, 1080, theme).svg
    assert "<style" not in svg and "style=" not in svg and "currentColor" not in svg and "Times" not in svg
    assert 'fill="var(--accent)" fill-opacity="0.12"' in svg
    assert not re.search(r'="#[0-9a-fA-F]{6}"', svg)


@pytest.mark.parametrize(("width", "height"), [(1920, 1080), (1080, 1080), (1080, 1920), (900, 500)])
def test_a_short_score_fits_and_can_be_read(width: int, height: int) -> None:
    presentation = present_score(WIDE, NARROW)
    drawing = draw(presentation, presentation.pictures[0], width, height, LIGHT)
    assert (drawing.width, drawing.height) == (width, height)
    heads = drawing.marks[:, 5]
    assert heads.min() > 0.3 * drawing.text_px


def test_a_long_score_is_higher_than_asked_and_keeps_its_title_and_size_of_letters() -> None:
    long = write_score(430, ABC + "BdfB|c2ed|B4|[Bd]fBF|" * 20)
    presentation = present_score(long)
    drawing = draw(presentation, presentation.pictures[0], 390, 300, LIGHT)
    short = draw(present_score(NARROW), presentation.pictures[0], 390, 3_000, LIGHT)
    assert drawing.height > 900 and drawing.text_px == short.text_px == 12.0
    assert drawing.segments[:, 5].max() < drawing.height
    assert 0 < drawing.header_px < drawing.segments[:, 4].min() + 20
