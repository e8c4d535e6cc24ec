"""Hands: what each of them can reach, without jumping."""

import numpy as np

from core.music.hands import split_hands


def staves(chords):
    onset = np.array([i for i, chord in enumerate(chords) for _ in chord])
    pitch = np.array([key for chord in chords for key in sorted(chord)])
    return split_hands(onset, onset + 1.0, pitch).tolist()


def test_a_wide_chord_is_shared_so_that_each_hand_reaches_its_part():
    assert staves([[36, 43, 64, 72]]) == [2, 2, 1, 1]


def test_a_melody_that_dips_below_middle_c_stays_in_its_hand():
    assert staves([[40, 67], [40, 64], [40, 60], [40, 57], [40, 59], [40, 64]]) == [2, 1] * 6


def test_two_high_hands_have_a_staff_each():
    assert staves([[64, 67, 84, 88]] * 4) == [2, 2, 1, 1] * 4
