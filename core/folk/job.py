"""Jobs of the Folk Generator: tunes composed and engraved, a tune played and measured, scores drawn and printed, as plain data.

The app imports this module for its names and never runs it; what only the worker needs is imported where it is used.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from functools import cache
from typing import TYPE_CHECKING

from core.audio.flac import FlacSound
from core.folk.originality.fingerprint import Fingerprint, Originality
from core.music.engraving import ScoreInTime
from core.music.tune import Tune
from core.progress import Progress, ignore_progress

if TYPE_CHECKING:
    from pretty_midi import PrettyMIDI

    from core.folk.generate import FolkComposer
    from core.folk.selection import Selection

# A score on a wide and on a narrow page, and one of several side by side, pixels.
SCORE_PX, SMALL_PX = 760, 430
_SMALL_SCALE = 30


@dataclass(frozen=True, kw_only=True)
class TuneRequest:
    """A request for tunes: the parameters of `core.folk.generate.FolkComposer.compose`, and a transposition.

    Attributes
    ----------
    transpose : int
        Semitones by which the composed tunes are moved.
    """

    collection: str = "germany/erk"
    key: str = "G"
    mode: str = "major"
    meter: str = "4/4"
    bars: int = 16
    phrase_plan: tuple[int, ...] | None = None
    phrase_letters: str = ""
    groups: tuple[int, ...] = ()
    low: int = 60
    high: int = 79
    temperature: float = 1.0
    top_p: float = 1.0
    seed: int = 0
    count: int = 1
    end_on_tonic: bool = True
    pickup_beat: float = 0.0
    prompt: Tune | None = None
    keep: tuple[int, ...] | None = None
    transpose: int = 0


@dataclass(frozen=True, kw_only=True)
class ComposedTunes:
    """Tunes and a small score of each.

    Attributes
    ----------
    tunes : tuple of Tune
    svgs : tuple of str
        On white paper; none where there is one tune, which is shown large.
    n_composed, n_out_of_key, n_unusual, n_in_spite : int
        As `core.folk.selection.Selection` has them.
    """

    tunes: tuple[Tune, ...]
    svgs: tuple[str, ...]
    n_composed: int
    n_out_of_key: int
    n_unusual: int
    n_in_spite: int


@dataclass(frozen=True, kw_only=True)
class PlayedLine:
    """A tune with its sound and scores.

    Attributes
    ----------
    midi : PrettyMIDI
        What was played.
    sound : FlacSound
    note : str or None
        What a visitor should know of how it was played.
    scores : tuple of ScoreInTime
        One a width that was asked for.
    """

    midi: PrettyMIDI
    sound: FlacSound
    note: str | None
    scores: tuple[ScoreInTime, ...]


@dataclass(frozen=True, kw_only=True)
class PlayedTune:
    """A composed tune, played and measured.

    Attributes
    ----------
    tune : Tune
    played : PlayedLine
    bits : float
        What one of its notes costs under the network, on average.
    originality : Originality
    """

    tune: Tune
    played: PlayedLine
    bits: float
    originality: Originality


def compose_tunes(request: TuneRequest, *, progress: Progress | None = None) -> ComposedTunes:
    """Compose tunes with the shipped network, which a process loads once, and engrave them.

    Parameters
    ----------
    request : TuneRequest
    progress : callable, optional
        Called with a share from 0 to 1 and what is being done.

    Raises
    ------
    DashboardError
        If the request contradicts itself, or the network's files are missing.

    Examples
    --------
    >>> made = compose_tunes(TuneRequest(bars=4, seed=1))
    >>> len(made.tunes), len(made.tunes[0].bars)
    (1, 4)
    """
    tell = progress or ignore_progress
    stage = "Composing the other bars" if request.keep else "Composing"
    selection = select_tunes(request, load_composer(), lambda share: tell(0.8 * share, stage))
    tunes = selection.tunes
    tell(0.8, "Drawing the scores")
    shown = tunes if len(tunes) > 1 else ()
    svgs = [draw_score(tune, SMALL_PX, scale=_SMALL_SCALE, kept=request.keep or ()) for tune in shown]
    return ComposedTunes(
        tunes=tunes,
        svgs=tuple(svgs),
        n_composed=selection.n_composed,
        n_out_of_key=selection.n_out_of_key,
        n_unusual=selection.n_unusual,
        n_in_spite=selection.n_in_spite,
    )


def select_tunes(
    request: TuneRequest, composer: FolkComposer, tell: Callable[[float], None] | None = None
) -> Selection:
    """Compose the requested tunes and transpose them.

    Parameters
    ----------
    request : TuneRequest
    composer : FolkComposer
    tell : callable, optional
        Called with the share that is done, 0 to 1.

    Raises
    ------
    InputError
        If the request contradicts itself.
    """
    asked = {field.name: getattr(request, field.name) for field in fields(request)}
    transpose = asked.pop("transpose")
    selection = composer.compose_selection(**asked, progress=tell)
    if not transpose:
        return selection
    return replace(selection, tunes=tuple(tune.transposed(transpose) for tune in selection.tunes))


def play_tune(
    request: TuneRequest,
    variant: int,
    tempo_qpm: float,
    program: int,
    tune: Tune | None = None,
    *,
    progress: Progress | None = None,
) -> PlayedTune:
    """Play, engrave and measure one of the tunes that a request gives.

    Parameters
    ----------
    request : TuneRequest
    variant : int
        Which tune, from 0.
    tempo_qpm : float
        Quarters a minute.
    program : int
        General MIDI, from 0.
    tune : Tune, optional
        The tune, where it was composed before; composed again if not given.
    progress : callable, optional
        Called with a share from 0 to 1 and what is being done.
    """
    tell = progress or ignore_progress
    if tune is None:
        selection = select_tunes(request, load_composer(), lambda share: tell(0.4 * share, "Composing"))
        tune = selection.tunes[variant]
    tell(0.4, "Rendering the sound")
    played = play_line(tune, tempo_qpm, program, (SCORE_PX, SMALL_PX), request.keep or ())
    tell(0.9, "Measuring the tune")
    return PlayedTune(
        tune=tune,
        played=played,
        bits=float(load_composer().bits(tune)[:, 1].mean()),
        originality=load_fingerprint().compare(tune),
    )


def play_line(
    tune: Tune, tempo_qpm: float, program: int, widths_px: Sequence[int], kept: Sequence[int] = ()
) -> PlayedLine:
    """Render a tune and engrave it in each width; the bars of ``kept``, from 0, are tinted."""
    from core.music.tune_engraving import drawn_notes, engrave_tune
    from core.music.tune_files import to_midi
    from core.synth import mix_rendering, render

    pm = to_midi(tune, tempo_qpm=tempo_qpm, program=program)
    rendering = mix_rendering(render(pm))
    scores = []
    for width in widths_px:
        engraving = engrave_tune(tune, width_px=width, kept=kept)
        notes = ((note.id, note.onset_sec, note.end_sec) for note in drawn_notes(engraving, tune, pm))
        scores.append(ScoreInTime(svg=engraving.svg[0], width_px=width, notes=tuple(notes)))
    return PlayedLine(midi=pm, sound=FlacSound.of(rendering.audio), note=rendering.note, scores=tuple(scores))


def draw_score(tune: Tune, width_px: int, *, scale: int = 40, kept: Sequence[int] = ()) -> str:
    """The engraved score as a picture of its own, black on white paper, so that it reads on a dark page as well."""
    from core.music.tune_engraving import engrave_tune

    return _put_on_paper(engrave_tune(tune, width_px=width_px, scale=scale, kept=kept).svg[0])


def print_score(tune: Tune, title: str, lines: Sequence[str]) -> bytes:
    """The score on A4 as PDF, with a title and lines of facts in its head."""
    from core.music.score_pdf import PAGE_PX, to_pdf
    from core.music.tune_engraving import engrave_tune

    width, height = PAGE_PX
    return to_pdf(engrave_tune(tune, width_px=width, height_px=height), title=title, lines=lines)


def _put_on_paper(svg: str) -> str:
    """Lay white paper under a score."""
    from core.music.engraving import strip_names

    svg = strip_names(svg)
    return re.sub(
        r"(<svg [^>]*>)",
        r'\1<rect width="100%" height="100%" rx="10" style="fill:#fff;stroke:none"/>',
        svg,
        count=1,
    )


@cache
def load_composer() -> FolkComposer:
    """The composer, which a process loads once."""
    from core.folk.generate import FolkComposer

    return FolkComposer.from_weights()


@cache
def load_fingerprint() -> Fingerprint:
    """The fingerprint of the training tunes, likewise."""
    return Fingerprint.from_weights()
