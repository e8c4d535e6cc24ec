"""Mood of a face: how happy, neutral and sad the network finds it, as bars."""

from __future__ import annotations

import streamlit as st

from core.emotion.face.expression import FaceMood


def show_face_mood(mood: FaceMood) -> None:
    """Draw the probabilities of a face as bars."""
    shares = (("happy", mood.p_happy), ("neutral", mood.p_neutral), ("sad", mood.p_sad))
    for name, share in shares:
        st.progress(min(1.0, max(0.0, share)), f"{name} {share:.0%}")
