"""Frames of a film: each is the same whatever was painted before it, what sounds is lit, any title fits."""

import re
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from core.presentation import film_card
from core.presentation.film_card import draw_card
from core.presentation.film_frames import FilmFrames
from core.presentation.film_layout import lay_out
from core.presentation.film_picture import FilmPicture
from core.presentation.film_planes import Planes
from core.presentation.film_settings import SIZES, FilmSettings
from core.presentation.film_stage import Readout
from core.presentation.letters import measure_text
from core.presentation.presentation import ScorePicture, ShownNote, ShownPoint, SpokenCaption

from .samples import ARABIC, HEBREW, HOSTILE, present_lines
from .test_score_drawing import NARROW, present_score

SQUARE = FilmSettings(size="1080x1080", fps=10, opening_sec=0.0)
TALL = replace(SQUARE, size="1080x1920")


def points(n: int, seconds: float, voice: int = 0) -> tuple[ShownPoint, ...]:
    step = seconds / n
    return tuple(
        ShownPoint(
            onset_sec=i * step,
            duration_sec=step,
            label="",
            value=float(i),
            kind="point",
            voice=voice,
            place_text=f"Day {i}",
            value_text=f"{i} mm",
        )
        for i in range(n)
    )


LINES = present_lines([np.sin(np.arange(12)), np.cos(np.arange(12))], duration_sec=4.0)
LINES = replace(
    LINES,
    points=points(12, 4.0) + points(12, 4.0, voice=1),
    captions=(SpokenCaption(onset_sec=1.0, duration_sec=1.0, text="Rain and wind in Norway"),),
)
LONG_ROLL = replace(
    present_lines([[0.0, 1.0]], duration_sec=30.0),
    notes=tuple(
        ShownNote(onset_sec=i / 2, duration_sec=0.4, pitch=60 + i % 7, velocity=80) for i in range(60)
    ),
)
SCORE = replace(present_score(NARROW), pictures=(ScorePicture(scores=(NARROW,)),))


@pytest.mark.parametrize(
    ("presentation", "settings", "numbers"),
    [
        (LINES, SQUARE, (3, 12, 45)),
        (LINES, replace(TALL, picture=1, theme="dark"), (7, 22)),
        (LINES, replace(SQUARE, picture=2), (1, 30)),
        (LONG_ROLL, replace(TALL, picture=1), (150, 299)),
        (SCORE, replace(SQUARE, theme="dark"), (60, 82)),
    ],
    ids=["chart", "roll", "waveform", "scrolling roll", "scrolling score"],
)
def test_a_frame_is_the_same_whatever_was_painted_before(presentation, settings, numbers) -> None:
    in_order = FilmFrames(presentation, settings)
    shown = [in_order.frame(number).copy() for number in numbers]
    for number, frame in zip(numbers, shown, strict=True):
        alone = FilmFrames(presentation, settings).frame(number)
        assert np.abs(frame.astype(int) - alone).max() <= 1
    assert all(np.any(one != other) for one, other in pairwise(shown))
    # Back at the first, nothing of the later ones is left.
    assert np.abs(in_order.frame(numbers[0]).astype(int) - shown[0]).max() <= 1


def test_a_note_lights_up_while_it_sounds_and_no_longer() -> None:
    silent = replace(LINES, notes=(), captions=(), points=())
    series = replace(silent.pictures[0].series[0], onset_sec=np.full(12, 1.05), duration_sec=np.full(12, 0.5))
    lit = replace(silent, pictures=(replace(silent.pictures[0], series=(series,)),))
    never = replace(series, onset_sec=np.full(12, 99.0))
    unlit = replace(silent, pictures=(replace(silent.pictures[0], series=(never,)),))
    one, other = FilmFrames(lit, SQUARE), FilmFrames(unlit, SQUARE)
    differs = [bool(np.any(one.frame(i) != other.frame(i))) for i in range(25)]
    # Frame 10 shows the middle of 1.0 to 1.1 s; after 1.55 s the light fades within .2 s.
    assert differs == [10 <= i <= 16 for i in range(25)]


def test_captions_are_seen_while_they_are_spoken() -> None:
    frames = FilmFrames(LINES, SQUARE)
    box = lay_out(LINES, 1080, 1080, has_captions=True).captions
    assert box is not None
    inked = [bool(np.ptp(frames.frame(i)[box[1] : box[3], box[0] : box[2]]) > 60) for i in (5, 10, 19, 20)]
    assert inked == [False, True, True, False]
    without = lay_out(LINES, 1080, 1080, has_captions=False)
    assert without.captions is None
    assert without.picture[3] > box[1]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("title", [HOSTILE, HEBREW, ARABIC, "🎵🎶" * 150, "x" * 300, ""])
def test_any_title_fits_the_frame_and_leaves_room_for_the_picture(size, title) -> None:
    width, height = SIZES[size]
    presentation = replace(
        LINES, title=title, subtitle=title, source=title, license=title, mapping=(title,) * 9
    )
    layout = lay_out(presentation, width, height, has_captions=True)
    left, top, right, bottom = layout.header
    for text in (layout.title, layout.subtitle):
        assert all(measure_text(line, text.size, bold=text.bold) <= right - left for line in text.lines)
    assert top + layout.title.height + layout.subtitle.height <= bottom
    places = [layout.header, layout.readout, layout.picture, layout.captions, layout.footer]
    boxes = [box for box in places if box is not None]
    assert all(0 <= x0 < x1 <= width and 0 <= y0 < y1 <= height for x0, y0, x1, y1 in boxes)
    assert all(value % 2 == 0 for box in boxes[1:] for value in box)
    assert layout.picture[3] - layout.picture[1] >= 0.35 * height


@pytest.mark.parametrize("title", [HOSTILE, HEBREW + ARABIC, "🎵🎶" * 150])
def test_card_and_picture_of_any_title_are_drawn(title) -> None:
    presentation = replace(
        LINES,
        title=title,
        subtitle=title,
        source=title,
        mapping=(title,) * 9,
        captions=(SpokenCaption(onset_sec=0.0, duration_sec=9.0, text=title),),
        voices=tuple(replace(voice, name=title, unit=title) for voice in LINES.voices),
        points=tuple(replace(point, place_text=title, value_text=title) for point in LINES.points),
    )
    frames = FilmFrames(presentation, replace(SQUARE, opening_sec=0.3))
    for number in (0, 2, 10):
        frame = frames.frame(number)
        assert frame.shape == (1620, 1080)
        margin = frame[:1080, 1072:]  # nothing runs over the right edge
        assert np.ptp(margin) <= 2


@pytest.mark.parametrize("size", SIZES)
def test_the_opening_card_tells_the_whole_mapping_and_counts_what_it_leaves_out(size, monkeypatch) -> None:
    drawn: list[str] = []

    def keep(svg):
        drawn.append(svg.finish())
        return Planes.empty(2, 2)

    monkeypatch.setattr(film_card, "to_film", keep)

    def draw_words(mapping: tuple[str, ...]) -> str:
        presentation = replace(LINES, mapping=mapping)
        layout = lay_out(presentation, *SIZES[size], has_captions=True)
        draw_card(presentation, layout, FilmSettings(size=size).colors)
        return " ".join(" ".join(re.findall(r">([^<>]+)<", drawn[-1])).split())

    sentence = (
        "Rain in Oslo, number {} (Flute): higher values are higher notes, from G4 to C7; equal differences."
    )
    mapping = tuple(sentence.format(i) for i in range(7))
    shown = draw_words(mapping)
    assert all(text in shown for text in mapping) and "more" not in shown
    many = tuple(sentence.format(i) for i in range(40))
    shown = draw_words(many)
    n_shown = sum(text in shown for text in many)
    assert n_shown >= 5
    assert f"and {40 - n_shown} more sentences on what maps to what" in shown


def test_the_notes_of_the_opening_card_fill_its_width_whatever_silence_is_around() -> None:
    notes = tuple(replace(note, onset_sec=20 + note.onset_sec) for note in LONG_ROLL.notes[:20])
    presentation = replace(LONG_ROLL, notes=notes, points=())
    layout = lay_out(presentation, 1080, 1080, has_captions=False)
    card = draw_card(presentation, layout, SQUARE.colors)
    strip = card.y[700:980].astype(int)
    inked = np.flatnonzero(np.abs(strip - int(strip[0, 0])).max(axis=0) > 20)
    edge = 1.5 * layout.margin
    assert (inked[0], inked[-1]) == pytest.approx((edge, 1080 - edge), abs=4)


def test_playhead_and_light_spare_the_names_between_the_panels_of_a_chart() -> None:
    values = np.zeros(12)  # dots in the middle of the panels, so that no glow reaches the names
    presentation = present_lines([values, values], duration_sec=4.0, panels=(0, 1))
    layout = lay_out(presentation, *SQUARE.shape, has_captions=False)
    x0, y0, x1, _ = layout.picture
    frames = FilmFrames(presentation, SQUARE)
    shown = [frames.frame(number)[:1080].astype(int).copy() for number in (1, 30)]
    picture = FilmPicture(presentation, presentation.pictures[0], layout, SQUARE.colors, SQUARE.fps)
    (_, above), (below, _) = picture._panels
    names = slice(y0 + above + 4, y0 + below - 4)
    assert below - above > 20
    assert not np.any(shown[0][names, x0:x1] != shown[1][names, x0:x1])
    assert np.any(shown[0][y0 + below : y0 + below + 200] != shown[1][y0 + below : y0 + below + 200])


@pytest.mark.parametrize("fps", [10, 30])
def test_values_too_fast_to_be_read_are_those_of_the_note_that_lights_up(fps) -> None:
    fast = replace(LINES, points=points(390, 4.0))
    layout = lay_out(fast, 1080, 1080, has_captions=True)
    readout = Readout(fast, layout, SQUARE.colors, fps)
    base = Planes.empty(1080, 1080)
    times = [(number + 0.5) / fps for number in range(fps)]
    changed = [t for t in times if readout.update(base, t) is not None]
    assert len(changed) == 10
    for t in changed:
        place, _ = readout._read(readout._hold(t))
        assert place == f"Day {int(t * 390 / 4)}"


def test_values_that_take_turns_share_a_place_and_others_stand_side_by_side() -> None:
    def count_columns(presentation) -> int:
        frames = FilmFrames(presentation, SQUARE)
        x0, y0, x1, y1 = lay_out(presentation, 1080, 1080, has_captions=True).readout
        middle = frames.frame(20)[y0 + (y1 - y0) * 2 // 3 : y1, x0:x1]
        inked = np.flatnonzero(np.abs(middle.astype(int) - int(middle[0, 0])).max(axis=0) > 20)
        return 1 + int((np.diff(inked) > 120).sum())

    turns = tuple(replace(point, voice=i % 2) for i, point in enumerate(points(12, 4.0)))
    assert count_columns(LINES) == 2
    assert count_columns(replace(LINES, points=turns)) == 1
