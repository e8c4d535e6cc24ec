"""The networks of every page, loaded once a server and shared by all visitors."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from core.audioviz.extract import MODELS, Listener, Model
from core.errors import WeightsError
from core.nn.weights import Card, latest, read_card
from core.sonify.compose import Composers, Scorer

if TYPE_CHECKING:
    from core.emotion.face.expression import FaceReader
    from core.emotion.judge.judge import MoodJudge
    from core.emotion.piano.generate import PianoComposer
    from core.extrapolate.forecast import Forecaster
    from core.folk.generate import FolkComposer
    from core.folk.originality.fingerprint import Fingerprint
    from core.sonify.melody.generate import MelodyComposer
    from core.sonify.piece.generate import Accompanist
    from core.voice.transcribe import VoiceTranscriber


def composers() -> Composers:
    """The networks of Sonify Data; each is loaded when it is first called for."""
    return Composers(melody=melody_composer, scorer=melody_scorer, accompanist=accompanist)


@st.cache_resource(show_spinner=False)
def melody_composer() -> MelodyComposer:
    """The network that composes melodies; raises WeightsError if its files are missing."""
    from core.sonify.melody.generate import MelodyComposer

    return MelodyComposer.from_weights()


@st.cache_resource(show_spinner=False)
def melody_scorer() -> Scorer:
    """The independent scorer of melodies; raises WeightsError if its files are missing."""
    return Scorer.from_weights()


@st.cache_resource(show_spinner=False)
def accompanist() -> Accompanist:
    """The networks that write an accompaniment; raises WeightsError if their files are missing."""
    from core.sonify.piece.generate import Accompanist

    return Accompanist.from_weights()


@st.cache_resource(show_spinner=False)
def folk_composer() -> FolkComposer:
    """The network that composes folk tunes; raises WeightsError if its files are missing."""
    from core.folk.generate import FolkComposer

    return FolkComposer.from_weights()


@st.cache_resource(show_spinner=False)
def folk_fingerprint() -> tuple[Fingerprint, Card]:
    """What knows the runs of the training tunes, and its card; raises WeightsError if its files are missing."""
    from core.folk.originality.fingerprint import Fingerprint

    return Fingerprint.from_weights(), read_card(latest("folk_fingerprint"))


@st.cache_resource(show_spinner=False)
def piano_composer() -> PianoComposer:
    """The network that composes for the piano; raises WeightsError if its files are missing."""
    from core.emotion.piano.generate import PianoComposer

    return PianoComposer.from_weights()


@st.cache_resource(show_spinner=False)
def mood_judge() -> MoodJudge:
    """The judge of moods; raises WeightsError if its files are missing."""
    from core.emotion.judge.judge import MoodJudge

    return MoodJudge.from_weights()


@st.cache_resource(show_spinner=False)
def face_reader() -> FaceReader:
    """The network that reads faces; raises WeightsError if its files are missing."""
    from core.emotion.face.expression import FaceReader

    return FaceReader.from_weights()


@st.cache_resource(show_spinner=False)
def voice_transcriber() -> VoiceTranscriber:
    """The network that finds where sung notes begin; raises WeightsError if its files are missing."""
    from core.voice.transcribe import VoiceTranscriber

    return VoiceTranscriber.from_weights()


@st.cache_resource(show_spinner=False)
def extrapolate_forecaster() -> Forecaster | None:
    """The network that says how a recording goes on; None where its files are missing, which the page can do without."""
    from core.extrapolate.command import forecaster

    return forecaster()


@st.cache_resource(show_spinner=False)
def viz_models() -> tuple[Model, ...]:
    """The models of Audio Viz whose files are here; "measured" needs none."""
    return tuple(model for model in MODELS if model == "measured" or viz_card(model) is not None)


@st.cache_resource(show_spinner=False)
def viz_listener(model: Model) -> Listener:
    """What hears for Audio Viz, one network at a time; raises WeightsError if its files are missing."""
    return Listener() if model == "measured" else Listener.from_weights(models=(model,))


def viz_card(model: Model) -> Card | None:
    """The card of a network of Audio Viz; None where its files are missing."""
    try:
        return read_card(latest(f"audioviz_{model}"))
    except WeightsError:
        return None
