"""Examples of Audio Viz: sounds to see with one click, made at the moment by the app's own networks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st
from pretty_midi import PrettyMIDI

from core import audio, synth
from pages.components.shared.model_cache import composers, load_forecaster, load_network
from pages.components.shared.progress import Tell, tell_part
from pages.components.shared.server_cache import Shelf


@dataclass(frozen=True, kw_only=True)
class VizExample:
    """A sound: what it is called, what it is, and how it is made."""

    title: str
    about: str
    make: Callable[[Tell], audio.Audio]


def example_wav(name: str, tell: Tell) -> bytes:
    """A WAV file of an example, made once a server.

    Parameters
    ----------
    name : str
        A key of `VIZ_EXAMPLES`.
    tell : callable
        Is given the share that is done and the stage.

    Raises
    ------
    DashboardError
        If the files of a network are missing.
    """
    return _shelf().get(name, lambda: audio.encode(VIZ_EXAMPLES[name].make(tell), "wav"))


@st.cache_resource(show_spinner=False)
def _shelf() -> Shelf[bytes]:
    return Shelf(len(VIZ_EXAMPLES))


def _play(midi: PrettyMIDI, tell: Tell) -> audio.Audio:
    tell(0.8, "Playing the notes")
    # The built-in synthesizer sounds the same on every server.
    return synth.render(midi, engine="embedded").audio


def _compose_piano(tell: Tell) -> audio.Audio:
    from core.emotion.compose import Request, compose
    from core.emotion.judge.judge import MoodJudge
    from core.emotion.moods import NAMED_MOODS, MoodPath
    from core.emotion.piano.generate import PianoComposer

    path = MoodPath(start=NAMED_MOODS["peaceful"], end=NAMED_MOODS["excited"])
    made = compose(
        Request(path=path, length=40, seed=5),
        load_network(PianoComposer),
        load_network(MoodJudge),
        progress=tell_part(tell, 0.0, 0.8),
    )
    return _play(made.midi(), tell)


def _compose_folk(tell: Tell) -> audio.Audio:
    from core.folk.generate import FolkComposer
    from core.music.tune_files import to_midi

    tell(0.1, "Composing")
    tune = load_network(FolkComposer).compose(
        collection="nottingham",
        key="D",
        meter="6/8",
        bars=32,
        phrase_plan=(4,) * 8,
        phrase_letters="AABBAABB",
        seed=4,
        progress=lambda share: tell(0.1 + 0.7 * share, "Composing"),
    )[0]
    return _play(to_midi(tune, tempo_qpm=170, program=73), tell)


def _compose_series(tell: Tell) -> audio.Audio:
    from core.sonify.compose import compose
    from core.sonify.examples import EXAMPLES, load_example
    from core.sonify.settings import Settings, Voice

    example = EXAMPLES["co2"]
    settings = Settings(
        mode="piece",
        voices=(Voice(column=example.values[0], program=11),),
        time=example.time,
        n_notes=120,
        duration_sec=32.0,
        style="pop",
        density=4,
        seed=1,
    )
    made = compose(
        load_example("co2"),
        settings,
        composers(),
        engine="embedded",
        progress=tell_part(tell, 0.0, 0.8),
    )
    return _play(made.midi, tell)


def _extend_street(tell: Tell) -> audio.Audio:
    from core.extrapolate.examples import EXAMPLES
    from core.extrapolate.extend import extend
    from core.extrapolate.request import Request

    tell(0.0, "Playing the beat")
    result = extend(
        EXAMPLES["street"].audio(),
        Request(seconds=14.0, seed=1),
        forecaster=load_forecaster(),
        progress=tell_part(tell, 0.1, 1.0),
    )
    return result.whole()


VIZ_EXAMPLES: dict[str, VizExample] = {
    "piano": VizExample(
        title="A piano piece, from peaceful to excited",
        about="Composed by the network of Emotion Music.",
        make=_compose_piano,
    ),
    "folk": VizExample(
        title="A folk tune for a flute",
        about="Composed by the network of Folk Generator.",
        make=_compose_folk,
    ),
    "series": VizExample(
        title="CO₂ of fifty years, as a piece",
        about="Data as vibraphone notes; two networks of Sonify Data wrote what accompanies them.",
        make=_compose_series,
    ),
    "street": VizExample(
        title="A street beat that goes on",
        about="The first 26 seconds were written by hand, the last 14 by Extrapolate. The first time takes a while.",
        make=_extend_street,
    ),
}
