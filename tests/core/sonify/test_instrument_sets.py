"""Sets of instruments are balanced, panned apart and refused where there is none."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.errors import InputError
from core.sonify.instrument_sets import INSTRUMENT_SETS, PANS, RANGES, fit_sets, play_together
from core.sonify.settings import MIXES, Settings, Voice


def settings(n_voices: int, **more: object) -> Settings:
    return Settings(voices=tuple(Voice(column=f"column {i}") for i in range(n_voices)), **more)  # type: ignore[arg-type]


def test_every_set_has_as_many_different_instruments_as_voices() -> None:
    for n_voices, sets in INSTRUMENT_SETS.items():
        assert len({each.name for each in sets}) == len(sets) >= 3
        for each in sets:
            assert len(set(each.programs)) == len(each.programs) == len(each.velocities) == n_voices
            assert 0 < each.overlap < 0.75


def test_a_set_moves_instrument_velocity_and_pan_of_each_voice_and_nothing_else() -> None:
    before = settings(3, key="D")
    after = play_together(before, 2)
    assert {voice.program for voice in after.voices} in [set(each.programs) for each in INSTRUMENT_SETS[3]]
    assert [voice.pan for voice in after.voices] == list(PANS[3])
    assert sum(voice.pan for voice in after.voices) == 0
    assert (after.key, after.voices[1].column) == ("D", "column 1")


@pytest.mark.parametrize(
    "registers",
    [
        [(36, 84)] * 2,
        [(36, 65), (66, 96)],
        [(66, 96), (36, 65)],
        [(60, 91)] * 2,
        [(36, 84)] * 3,
        [(36, 55), (56, 75), (76, 96)],
        [(36, 84)] * 4,
        [(51, 65), (66, 80), (81, 96), (36, 50)],
    ],
)
def test_the_usual_registers_have_sets_whose_instruments_reach_all_notes(
    registers: list[tuple[int, int]],
) -> None:
    sets = fit_sets(registers)
    assert len(sets) >= 2
    for each in sets:
        for program, (low, high) in zip(each.programs, registers, strict=True):
            assert RANGES[program][0] <= low < high <= RANGES[program][1]


def test_no_set_is_offered_where_none_has_the_range() -> None:
    wide = settings(2)
    wide = replace(wide, voices=tuple(replace(voice, low=12, high=120) for voice in wide.voices))
    assert fit_sets([(12, 120)] * 2) == ()
    with pytest.raises(InputError, match="No instrument set has the range"):
        play_together(wide, 1)


@pytest.mark.parametrize(("n_voices", "number"), [(1, 1), (2, 0), (2, 99)])
def test_a_set_that_is_not_there_gets_a_sentence(n_voices: int, number: int) -> None:
    with pytest.raises(InputError, match="nstrument set"):
        play_together(settings(n_voices), number)


def test_composed_music_is_mixed_and_direct_mapping_only_where_it_is_asked_for() -> None:
    mixed = {
        (mode, mix): settings(1, mode=mode, mix=mix).is_mixed for mode in ("direct", "piece") for mix in MIXES
    }
    assert [name for name, is_mixed in mixed.items() if is_mixed] == [
        ("direct", "on"),
        ("piece", "auto"),
        ("piece", "on"),
    ]
    with pytest.raises(InputError, match="The mix was 'loud'"):
        settings(1, mix="loud")
