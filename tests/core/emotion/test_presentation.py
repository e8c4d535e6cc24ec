"""What pictures, films and pages show of a piano piece: its notes, its opening apart, and its mood along the way."""

import numpy as np
import pytest

from core.audio.flac import FlacSound
from core.audio.waveform import Audio
from core.emotion.compose import Request
from core.emotion.job import PlayedPiece
from core.emotion.moods import Mood, MoodPath
from core.emotion.piano.attributes import measure
from core.emotion.presentation import present
from core.music.performance import Performance
from core.music.tune import Key
from core.nn.terms import RESEARCH_TERMS
from core.presentation.film_card import credit_line
from core.presentation.web_page import write_page

HAPPY, SAD = Mood(valence=0.75, arousal=0.45), Mood(valence=-0.75, arousal=-0.45)


def play(path: MoodPath, n_prompt: int = 0, *, is_key_clear: bool = True) -> PlayedPiece:
    onsets = np.arange(8) * 0.5
    notes = Performance(
        pitch=60 + np.arange(8), onset_sec=onsets, duration_sec=np.full(8, 0.4), velocity=np.full(8, 70)
    )
    return PlayedPiece(
        request=Request(path=path),
        performance=notes,
        n_prompt=n_prompt,
        key=Key(tonic="Bb"),
        is_key_clear=is_key_clear,
        tempo_qpm=120.0,
        n_bars=2.0,
        mood=HAPPY,
        over_time=[(1.0, HAPPY), (3.0, SAD)],
        traits=measure(notes),
        own_traits=measure(notes),
        sound=FlacSound.of(Audio(np.zeros(8_000 * 4, np.float32), 8_000)),
        note=None,
    )


def test_the_mood_along_the_way_is_what_its_points_say() -> None:
    shown = present(play(MoodPath.still(HAPPY)))
    assert (shown.title, shown.subtitle) == ("Piano piece, happy", "B♭ major, 120 BPM")
    assert [(point.place_text, point.value_text) for point in shown.points] == [
        ("0:00 to 0:02", "Sounds happy"),
        ("0:02 to 0:04", "Sounds sad"),
    ]
    assert [point.duration_sec for point in shown.points] == pytest.approx([2.0, 2.0])
    assert {len(cells) for _, cells in shown.columns} == {2}
    assert "happy" in shown.mapping[0] and any("as requested" in sentence for sentence in shown.mapping)
    assert [voice.name for voice in shown.voices] == ["Piece"]


def test_the_opening_is_a_voice_of_its_own_and_a_path_is_told_whole() -> None:
    shown = present(play(MoodPath(start=HAPPY, end=SAD), n_prompt=3))
    assert [note.voice for note in shown.notes] == [1, 1, 1, 0, 0, 0, 0, 0]
    assert [voice.name for voice in shown.voices] == ["Piece", "Opening"]
    assert shown.title == "Piano piece, happy to sad"
    # The piece as a whole is rated; a path has no single mood to be compared with.
    assert not any("requested" in sentence for sentence in shown.mapping)


def test_a_piece_that_stays_in_no_key_is_told_to_have_no_clear_one() -> None:
    shown = present(play(MoodPath.still(HAPPY), is_key_clear=False))
    assert shown.subtitle == "No clear key (closest to B♭ major), 120 BPM"


def test_a_piece_made_with_research_weights_says_so_beside_its_license(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    piece = play(MoodPath.still(HAPPY))
    assert present(piece, license_text="CC BY 4.0").license == "CC BY 4.0"
    monkeypatch.setattr("core.nn.terms.list_research", lambda names: ["piano"] if "piano" in names else [])
    bound = present(piece, license_text="CC BY 4.0")
    assert bound.license == f"CC BY 4.0; {RESEARCH_TERMS}"
    # Which a film has on its opening card, and a page below its table.
    assert RESEARCH_TERMS in credit_line(bound) and RESEARCH_TERMS in write_page(bound, "auto")
