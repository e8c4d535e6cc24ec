"""Example sounds of Audio Viz: a piece by each of the other features, composed by the app's own networks.

Features do not know each other; what is made of several of them stands above all of them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.audioviz.job import HeardSound, hear_made
from core.progress import Progress, ignore_progress, scale_progress

if TYPE_CHECKING:
    from pretty_midi import PrettyMIDI

    from core.audio import Audio

# Of the work, what composing takes.
_COMPOSING_SHARE = 0.4


@dataclass(frozen=True, kw_only=True)
class Showpiece:
    """An example sound: title, description, and the call that makes it."""

    title: str
    about: str
    make: Callable[[Progress], Audio]


def hear_showpiece(name: str, *, progress: Progress | None = None) -> HeardSound:
    """Compose and play an example, and measure it.

    Parameters
    ----------
    name : str
        A key of `SHOWPIECES`.
    progress : callable, optional
        Called with a share from 0 to 1 and what is being done.

    Raises
    ------
    DashboardError
        If the files of a network are missing.
    """
    tell = progress or ignore_progress
    return hear_made(SHOWPIECES[name].make(scale_progress(tell, 0.0, _COMPOSING_SHARE)), tell=tell)


def _play(midi: PrettyMIDI, tell: Progress) -> Audio:
    from core.synth import render

    tell(0.8, "Playing the notes")
    # The built-in synthesizer sounds the same on every server.
    return render(midi, engine="embedded").audio


def _compose_piano(tell: Progress) -> Audio:
    from core.emotion.compose import Request, compose
    from core.emotion.moods import NAMED_MOODS, MoodPath
    from core.emotion.piano.generate import PianoComposer

    path = MoodPath(start=NAMED_MOODS["peaceful"], end=NAMED_MOODS["excited"])
    made = compose(
        Request(path=path, length=40, seed=5),
        PianoComposer.from_weights(),
        progress=scale_progress(tell, 0.0, 0.8),
    )
    return _play(made.midi(), tell)


def _compose_folk(tell: Progress) -> Audio:
    from core.folk.generate import FolkComposer
    from core.music.tune_files import to_midi

    tell(0.1, "Composing")
    tune = FolkComposer.from_weights().compose(
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


def _compose_series(tell: Progress) -> Audio:
    from core.sonify.compose import Composers, compose
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
        Composers.from_weights(),
        engine="embedded",
        progress=scale_progress(tell, 0.0, 0.8),
    )
    return _play(made.midi, tell)


def _extend_street(tell: Progress) -> Audio:
    from core.extrapolate.examples import EXAMPLES
    from core.extrapolate.extend import extend
    from core.extrapolate.forecast import find_forecaster
    from core.extrapolate.request import Request

    tell(0.0, "Playing the beat")
    result = extend(
        EXAMPLES["street"].audio(),
        Request(seconds=14.0, seed=1),
        forecaster=find_forecaster(),
        progress=scale_progress(tell, 0.1, 0.9),
    )
    return result.whole()


SHOWPIECES: dict[str, Showpiece] = {
    "piano": Showpiece(
        title="A piano piece, from peaceful to excited",
        about="Composed on the Emotion Music page.",
        make=_compose_piano,
    ),
    "folk": Showpiece(
        title="A folk tune for a flute",
        about="Composed on the Folk Generator page.",
        make=_compose_folk,
    ),
    "series": Showpiece(
        title="Four decades of CO₂ as music",
        about="Data played by a vibraphone, with an accompaniment composed by Sonify Data.",
        make=_compose_series,
    ),
    "street": Showpiece(
        title="A street beat, extended",
        about="The first 26 seconds are the original; Extrapolate added the last 14.",
        make=_extend_street,
    ),
}
