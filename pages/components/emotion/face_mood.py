"""Mood of a face: how happy, neutral and sad the network finds it, as bars; limits of its reading."""

from __future__ import annotations

import streamlit as st

from core.emotion.face.expression import FaceMood
from core.workers import Limits

# What reading the expressions of faces may take, in a photograph as in a frame of the camera.
EXPRESSION_LIMITS = Limits(memory_mb=1024, cpu_sec=60, wall_sec=120)


def show_face_mood(mood: FaceMood) -> None:
    """Draw the probabilities of a face as bars."""
    shares = (("happy", mood.p_happy), ("neutral", mood.p_neutral), ("sad", mood.p_sad))
    for name, share in shares:
        st.progress(min(1.0, max(0.0, share)), f"{name} {share:.0%}")
