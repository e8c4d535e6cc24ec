"""Notes are held until the next one, and no longer than they may."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from core.sonify.timeline import ARTICULATION, hold_notes, sayable_tempo


@given(
    gaps=st.lists(st.floats(0, 10), min_size=1, max_size=30),
    longest=st.floats(0.5, 20),
    shortest=st.floats(0.01, 0.1),
    seed=st.integers(0, 99),
)
def test_no_room_reaches_the_next_note_that_sounds(gaps, longest, shortest, seed):
    onset = np.cumsum([0.0, *gaps])
    chosen = np.random.default_rng(seed).random(len(onset)) < 0.6
    end = onset[-1] + 1.0
    room = hold_notes(onset, chosen, end, longest_sec=longest, shortest_sec=shortest)
    assert (room >= shortest).all() and (room <= max(longest, shortest)).all()
    assert (room[~chosen] == shortest).all()
    until_next = np.diff(onset[chosen], append=end)
    free = until_next * ARTICULATION > shortest
    assert (room[chosen][free] <= until_next[free] * ARTICULATION + 1e-12).all()


def test_nothing_is_held_where_nothing_sounds():
    silent = np.zeros(3, dtype=bool)
    assert hold_notes(np.arange(3.0), silent, 3.0, longest_sec=1.0, shortest_sec=0.1).tolist() == [0.1] * 3


@given(tempo=st.floats(20, 960))
def test_a_tempo_of_a_file_is_a_whole_number_of_microseconds(tempo):
    said = 60e6 / sayable_tempo(tempo)
    assert abs(said - round(said)) < 0.01
    assert abs(said - 60e6 / tempo) <= 0.51
