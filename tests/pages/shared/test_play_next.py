"""Play on another page: one click is one wish, for one player, and a rerun says the same."""

from streamlit.testing.v1 import AppTest


def ask_and_read():
    import streamlit as st

    from pages.components.shared.play_next import play_next, wish_to_play

    if st.button("Play", key="play"):
        play_next("a.player")
    st.text(wish_to_play("a.player"))
    st.text(wish_to_play("b.player"))


def test_a_click_is_a_new_wish_for_one_player_and_a_rerun_none():
    at = AppTest.from_function(ask_and_read).run()
    assert [told.value for told in at.text] == ["", ""]
    at.button(key="play").click().run()
    first, other = (told.value for told in at.text)
    assert first and not other
    at.run()
    assert at.text[0].value == first
    at.button(key="play").click().run()
    assert at.text[0].value not in ("", first)


def test_a_wish_is_in_the_message_and_not_in_the_id_of_what_is_drawn():
    from pages.components.shared.player.player import pack_player
    from pages.components.shared.sound_address import SentSound

    def pack(play: str) -> bytes:
        sound = SentSound({"id": "s"}, b"")
        return pack_player(
            sound,
            title="t",
            views=("waveform",),
            notes=(),
            points=(),
            line=(),
            charts=(),
            voice_names=(),
            play=play,
        )

    plain, wished = pack(""), pack("w1")
    assert b'"play":"w1"' in wished and b"play" not in plain
    assert plain[4:60] == wished[4:60]  # The id comes first.
