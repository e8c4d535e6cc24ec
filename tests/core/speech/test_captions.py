"""Captions never overlap, begin when they should or a little later, and are left out otherwise."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from core.speech.captions import GAP_SEC, Wish, place_captions

wishes = st.lists(
    st.builds(
        Wish,
        text=st.text("abc", min_size=1, max_size=3),
        at_sec=st.floats(0, 60),
        duration_sec=st.floats(0.1, 6),
        rank=st.integers(0, 2),
        patience_sec=st.floats(0, 3),
    ),
    max_size=25,
)


@given(wishes)
def test_no_two_overlap_and_none_is_lost_silently(given_wishes):
    placed, left_out = place_captions(given_wishes)
    for before, after in pairwise(placed):
        assert after.onset_sec >= before.onset_sec + before.duration_sec + GAP_SEC - 1e-9
    assert sorted([*(caption.text for caption in placed), *(wish.text for wish in left_out)]) == sorted(
        w.text for w in given_wishes
    )
    for caption in placed:
        assert any(
            wish.text == caption.text
            and wish.at_sec <= caption.onset_sec <= wish.at_sec + wish.patience_sec + 1e-9
            for wish in given_wishes
        )


def test_what_matters_more_is_said_first():
    year = Wish(text="1990", at_sec=4.9, duration_sec=1, rank=2)
    highest = Wish(text="Maximum", at_sec=5.0, duration_sec=2, rank=1)
    assert [caption.text for caption in place_captions([year, highest])[0]] == ["Maximum"]
    assert place_captions([year])[1] == []
