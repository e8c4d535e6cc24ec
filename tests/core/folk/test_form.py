"""Form, chords and accompaniment of composed tunes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from core.errors import InputError
from core.folk.form import AABB, AABB_PHRASES, find_sections, mark_repeats, parts_differ
from core.folk.job import TuneRequest, load_composer, play_accompanied, select_tunes
from core.folk.playback import name_tune_track
from core.folk.settings import FolkSettings, first_bars
from core.folk.tune_measures import bars_are_full, ends_on_tonic, share_in_mode
from core.music.abc_notation import read_abc
from core.music.repeat_folding import fold_repeats
from core.music.tune import Tune
from core.music.tune_engraving import measure_bars


def compose(settings: FolkSettings, prompt: Tune | None = None) -> Tune:
    return select_tunes(settings.request(prompt), load_composer()).tunes[0]


SHORT = FolkSettings(count=1, bars=4, seed=2)


def test_aabb_is_two_parts_of_eight_bars_each_twice() -> None:
    tune = compose(FolkSettings(form=AABB, count=1, seed=4, meter="6/8", pickup_beat=0.5, chords=True))
    bar = tune.meters[0].bar_tick
    assert [repeat.onset_tick for repeat in tune.repeats] == [0, 16 * bar]
    assert tune.length_tick == 32 * bar and bars_are_full(tune) and ends_on_tonic(tune)
    # Both endings of the second part at most, and two halves where a pickup is repeated.
    assert 16 <= len(measure_bars(tune)) <= 22
    assert share_in_mode(tune) == 1.0


def test_a_b_part_that_is_nearly_the_a_part_is_left_out_and_counted() -> None:
    asked = FolkSettings(collection="nottingham", form=AABB, count=8, seed=6)
    selection = select_tunes(asked.request(), load_composer())
    tune = selection.tunes[0]
    letters, edges = "ABABCDCD", [4 * n * tune.meters[0].bar_tick for n in range(1, 9)]
    assert AABB_PHRASES.replace("4 ", "") == f"{letters}4"
    assert selection.n_alike >= 1 and parts_differ(tune, letters, edges)
    part = tune.events[: next(n for n, event in enumerate(tune.events) if event.onset_tick >= edges[3])]
    twice = [replace(event, onset_tick=event.onset_tick + edges[3]) for event in part]
    assert not parts_differ(replace(tune, events=(*part, *twice)), letters, edges)


def test_without_chords_the_tune_is_what_it_was_and_with_them_the_notes_are_the_same() -> None:
    plain, harmonized = compose(SHORT), compose(replace(SHORT, chords=True))
    assert plain.chords == () and replace(harmonized, chords=()) == plain
    assert plain == load_composer().compose(collection="german songs", bars=4, seed=2)[0]


def test_chords_of_a_beginning_stay_and_others_follow() -> None:
    prompt, _ = read_abc('M:4/4\nL:1/4\nK:G\n"G"G B d B|"Bbmaj7"d2 f2|')
    tune = compose(replace(SHORT, chords=True, bars=6, high=84), prompt)
    names = [chord.name for chord in tune.chords]
    assert names[:2] == ["G", "Bbmaj7"] and names[-1] == "G" and len(names) > 2
    assert compose(replace(SHORT, bars=6, high=84), prompt).chords == ()


def test_kept_bars_keep_their_chords() -> None:
    base = compose(replace(SHORT, chords=True))
    request = replace(replace(SHORT, chords=True).request(), prompt=base, keep=(0, 1), seed=9)
    again = select_tunes(request, load_composer()).tunes[0]
    edge = base.bars[2]
    assert [chord for chord in again.chords if chord.onset_tick < edge] == [
        chord for chord in base.chords if chord.onset_tick < edge
    ]


def test_first_bars_keep_the_chords_and_repeats_that_lie_in_them() -> None:
    tune, _ = read_abc('M:2/4\nL:1/4\nK:C\n|:"C"C D:|"F"F A|"C"C2|]')
    cut = first_bars(tune, 3)
    assert [chord.name for chord in cut.chords] == ["C", "C", "F"] and len(cut.repeats) == 1
    assert first_bars(tune, 1).repeats == ()


@pytest.mark.parametrize(
    ("letters", "sections"),
    [("AABA", [(0, 1)]), ("AABB", [(0, 1), (2, 1)]), ("ABAB", [(0, 2)]), ("ABC", []), ("", [])],
)
def test_phrases_that_come_twice_are_sections(letters: str, sections: list[tuple[int, int]]) -> None:
    assert find_sections(letters) == sections


def test_a_repeat_needs_equal_notes() -> None:
    tune, _ = read_abc("M:4/4\nL:1/4\nK:C\n" + "C D E F|" * 4 + "G A B c|" * 4)
    assert mark_repeats(tune, "AA", (4, 4)).repeats == ()
    again, _ = read_abc("M:4/4\nL:1/4\nK:C\n" + "C D E F|" * 8)
    marked = mark_repeats(again, "AA", (4, 4))
    assert len(marked.repeats) == 1 and len(fold_repeats(marked).tune.bars) == 4


@pytest.mark.parametrize("kind", ["guitar", "piano", "drone"])
def test_the_accompaniment_is_a_track_of_its_own_and_softer_than_the_tune(kind: str) -> None:
    from core.synth import render

    tune = compose(SHORT)
    pm = play_accompanied(tune, 120.0, 73, kind)
    assert [len(part.notes) > 0 for part in pm.instruments] == [True, True]
    assert len(pm.instruments[0].notes) == len(tune.pitches)
    assert not tune.chords and not pm.text_events
    levels = []
    for part in pm.instruments:
        alone = name_tune_track(pm, "x")
        alone.instruments = [part]
        levels.append(10 * np.log10(np.mean(np.square(render(alone).audio.y))))
    assert levels[0] - levels[1] >= 6.0
    assert pm.instruments[0].name == "Tune" and name_tune_track(pm, "Air").instruments[0].name == "Air"


def test_chord_names_stand_in_the_midi_file() -> None:
    tune = compose(replace(SHORT, chords=True))
    pm = play_accompanied(tune, 120.0, 73, "none")
    assert [text.text for text in pm.text_events] == [chord.name for chord in tune.chords]
    assert len(pm.instruments) == 1


def test_an_unknown_form_or_accompaniment_is_refused() -> None:
    with pytest.raises(InputError, match="no form"):
        FolkSettings(form="rondo").request()
    with pytest.raises(InputError, match="guitar, piano, drone"):
        FolkSettings(accompaniment="tuba").request()
    assert TuneRequest().accompaniment == "none"
