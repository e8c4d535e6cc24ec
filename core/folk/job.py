"""Jobs of the Folk Generator: tunes composed and engraved, a tune played and measured, scores drawn and printed, as plain data.

The app imports this module for its names and never runs it; what only the worker needs is imported where it is used.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING

from core.audio.flac import FlacSound
from core.folk.originality.fingerprint import Fingerprint, Originality
from core.music.engraving import ScoreInTime
from core.music.tune import Tune
from core.nn.weights import keep_model
from core.progress import Progress, ignore_progress

if TYPE_CHECKING:
    from pretty_midi import PrettyMIDI

    from core.accompaniment.tune_chords import TuneHarmonizer
    from core.folk.generate import FolkComposer
    from core.folk.selection import Selection

# A score on a wide and on a narrow page, and one of several side by side, pixels.
SCORE_PX, SMALL_PX = 760, 430
_SMALL_SCALE = 30
# Of a request, what comes after the notes.
_LATER = ("transpose", "chords", "accompaniment")


@dataclass(frozen=True, kw_only=True)
class TuneRequest:
    """A request for tunes: the parameters of `core.folk.generate.FolkComposer.compose`, and a transposition.

    Attributes
    ----------
    transpose : int
        Semitones by which the composed tunes are moved.
    chords : bool
        Whether chord symbols stand over the tunes. Given notes keep chords of their own.
    accompaniment : str
        One of ``core.accompaniment.strumming.ACCOMPANIMENTS``; what is composed does not depend on it.
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
    chords: bool = False
    accompaniment: str = "none"


@dataclass(frozen=True, kw_only=True)
class ComposedTunes:
    """Tunes and a small score of each.

    Attributes
    ----------
    tunes : tuple of Tune
    svgs : tuple of str
        On white paper; none where there is one tune, which is shown large.
    n_composed, n_out_of_key, n_unusual, n_in_spite, n_alike : int
        As `core.folk.selection.Selection` has them.
    """

    tunes: tuple[Tune, ...]
    svgs: tuple[str, ...]
    n_composed: int
    n_out_of_key: int
    n_unusual: int
    n_in_spite: int
    n_alike: int = 0


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
        n_alike=selection.n_alike,
    )


def select_tunes(
    request: TuneRequest, composer: FolkComposer, tell: Callable[[float], None] | None = None
) -> Selection:
    """Compose the requested tunes, mark what they repeat, write chords over them and transpose them.

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
    asked = {
        field.name: getattr(request, field.name) for field in fields(request) if field.name not in _LATER
    }
    selection = composer.compose_selection(**asked, progress=tell)
    return replace(selection, tunes=tuple(_finish(tune, request) for tune in selection.tunes))


def _finish(tune: Tune, request: TuneRequest) -> Tune:
    """A composed tune with its repeats and chords, transposed."""
    from core.folk.form import mark_repeats

    tune = mark_repeats(tune, request.phrase_letters, request.phrase_plan)
    if request.chords:
        tune = write_chords(tune, request)
    return tune.transposed(request.transpose) if request.transpose else tune


def write_chords(tune: Tune, request: TuneRequest) -> Tune:
    """Write chord symbols over a composed tune; given notes keep theirs."""
    prompt = request.prompt
    if prompt is None or not prompt.chords:
        return load_harmonizer().harmonize(tune)
    edges = [0, *tune.bars[1:], tune.length_tick]
    spans = [(0, prompt.length_tick)]
    if request.keep is not None:
        spans = [(edges[bar], edges[bar + 1]) for bar in sorted(set(request.keep)) if bar + 1 < len(edges)]
    return load_harmonizer().harmonize(tune, prompt.chords, spans)


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
    played = play_line(
        tune, tempo_qpm, program, (SCORE_PX, SMALL_PX), request.keep or (), request.accompaniment
    )
    tell(0.9, "Measuring the tune")
    return PlayedTune(
        tune=tune,
        played=played,
        bits=float(load_composer().bits(tune)[:, 1].mean()),
        originality=load_fingerprint().compare(tune),
    )


def play_line(
    tune: Tune,
    tempo_qpm: float,
    program: int,
    widths_px: Sequence[int],
    kept: Sequence[int] = (),
    accompaniment: str = "none",
) -> PlayedLine:
    """Render a tune with its accompaniment and engrave it in each width; the bars of ``kept``, from 0, are tinted."""
    from core.music.tune_engraving import drawn_notes, engrave_tune
    from core.synth import mix_rendering, render

    pm = play_accompanied(tune, tempo_qpm, program, accompaniment)
    rendering = mix_rendering(render(pm))
    scores = []
    for width in widths_px:
        engraving = engrave_tune(tune, width_px=width, kept=kept, tempo_qpm=tempo_qpm)
        notes = ((note.id, note.onset_sec, note.end_sec) for note in drawn_notes(engraving, tune, pm))
        scores.append(ScoreInTime(svg=engraving.svg[0], width_px=width, notes=tuple(notes)))
    return PlayedLine(
        midi=pm, sound=FlacSound.of(rendering.audio), note=rendering.notices(), scores=tuple(scores)
    )


def play_accompanied(
    tune: Tune, tempo_qpm: float, program: int, accompaniment: str, name: str = "Tune"
) -> PrettyMIDI:
    """The notes of a tune and of its accompaniment, whose chords are chosen where none stand over the tune."""
    from core.folk.playback import balance_parts, play_notes

    needs_chords = accompaniment in ("guitar", "piano") and not tune.chords
    return balance_parts(
        play_notes(
            tune,
            tempo_qpm=tempo_qpm,
            program=program,
            accompaniment=accompaniment,
            chords=load_harmonizer().harmonize(tune) if needs_chords else tune,
            name=name,
        )
    )


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


@keep_model
def load_composer() -> FolkComposer:
    """The composer, which a process loads once."""
    from core.folk.generate import FolkComposer

    return FolkComposer.from_weights()


@keep_model
def load_harmonizer() -> TuneHarmonizer:
    """What writes chords, likewise."""
    from core.accompaniment.tune_chords import TuneHarmonizer

    return TuneHarmonizer.from_weights()


@keep_model
def load_fingerprint() -> Fingerprint:
    """The fingerprint of the training tunes, likewise."""
    return Fingerprint.from_weights()
