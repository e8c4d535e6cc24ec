"""Sonification in any mode: direct mapping, a composed melody, or a full arrangement of the data."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from core.arrays import FloatArray, IntArray
from core.errors import InputError
from core.music.midi import note_name
from core.music.scales import KEYS, SCALES, scale_pitches
from core.nn.card import WEIGHTS_DIR, Card
from core.nn.weights import keep_model, load_arrays
from core.progress import Progress, ignore_progress
from core.sonify import direct_mapping
from core.sonify.composition import Composition, Take
from core.sonify.direct_mapping import Plan, Sonification
from core.sonify.metrical_layout import Score, in_seconds, lay_out_score, most_notes
from core.sonify.scaling import orient
from core.sonify.settings import Settings
from core.sonify.timeline import Timeline
from core.sonify.voice_lines import Line
from core.tables.table import Table

if TYPE_CHECKING:
    from core.accompaniment.generate import Accompanist
    from core.sonify.melody.generate import MelodyComposer, SteeredVoice
    from core.sonify.melody.ngram import MelodyNgram
    from core.synth import Engine

# In a melody whose rhythm is the data's each point is read as an eighth note, the commonest length of all.
STEP_TICKS = 6
FOUR_FOUR = 48
#: The places of the dial that the trade figure shows.
DIALS = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
TRADE_NOTES = 300
# A melody that costs so many nats a note more than real ones, in a range of more than so many semitones, gets
# the advice to use a smaller one.
LEAPING_NATS, LEAPING_RANGE = 0.5, 29
MAJOR_SCALES = ("major", "lydian", "mixolydian", "major pentatonic", "major blues")


@dataclass(frozen=True, kw_only=True)
class Scorer:
    """The n-gram of real melodies, its model card, and the nats per note of real melodies."""

    model: MelodyNgram
    card: Card

    @classmethod
    def from_weights(cls, directory: Path = WEIGHTS_DIR) -> Scorer:
        """Load the newest weights; raises WeightsError if they are missing or damaged."""
        from core.sonify.melody.ngram import MelodyNgram, NgramConfig

        config, tensors, card = load_arrays("sonify_ngram", NgramConfig, directory=directory)
        return cls(model=MelodyNgram(config, tensors), card=card)

    @property
    def real_nats(self) -> float:
        """Mean nats per note of the test melodies, with equal weight per melody."""
        return float(self.card.metrics["test"]["real_nll_nats"])

    def nats(self, pitch: FloatArray, tonic: int) -> float | None:
        """Mean nats per note from the second note on; None below four notes. NaN are rests."""
        notes = pitch[~np.isnan(pitch)]
        if len(notes) < 4:
            return None
        return float(self.model.nll(np.round(notes).astype(np.int64), tonic).mean())


@dataclass(frozen=True, kw_only=True)
class Composers:
    """The models of the modes, loaded on first use."""

    melody: Callable[[], MelodyComposer]
    scorer: Callable[[], Scorer]
    accompanist: Callable[[], Accompanist]

    @classmethod
    def from_weights(cls, directory: Path = WEIGHTS_DIR) -> Composers:
        """Models that are loaded on first use and then kept."""

        def load_melody() -> MelodyComposer:
            # Its module imports scipy, which the direct mode does without.
            from core.sonify.melody.generate import MelodyComposer

            return MelodyComposer.from_weights(directory)

        def load_accompanist() -> Accompanist:
            from core.accompaniment.generate import Accompanist

            return Accompanist.from_weights(directory)

        return cls(
            melody=keep_model(load_melody),
            scorer=keep_model(lambda: Scorer.from_weights(directory)),
            accompanist=keep_model(load_accompanist),
        )


def compose(
    table: Table,
    settings: Settings,
    composers: Composers,
    *,
    engine: Engine = "auto",
    soundfont: Path | None = None,
    progress: Progress | None = None,
    former: Sonification | None = None,
) -> Sonification:
    """Turn a table into notes in the mode that the settings name.

    Parameters
    ----------
    table : Table
    settings : Settings
    composers : Composers
        Asked only for what the mode needs.
    engine : {"auto", "fluidsynth", "embedded"}
        What the piece will sound with: its accompaniment is balanced by ear, that is by measuring.
    soundfont : Path, optional
    progress : callable, optional
        Called with the share that is done and the name of the stage.
    former : Sonification, optional
        Of the same table. Where its settings differ in nothing but the take that sounds, its melodies are taken
        over and none is composed.

    Returns
    -------
    Sonification

    Raises
    ------
    InputError
        As `core.sonify.direct_mapping.sonify`, and where a choice does not fit the mode.
    WeightsError
        If a model is missing.

    Examples
    --------
    >>> from core.sonify.settings import Voice
    >>> from core.tables.table import read_text
    >>> table = read_text("month,rain\\n1,30\\n2,55\\n3,80")
    >>> settings = Settings(voices=(Voice(column="rain"),), scale="chromatic")
    >>> compose(table, settings, Composers.from_weights()).voices[0].points["pitch"].tolist()
    [36.0, 60.0, 84.0]
    """
    tell = progress or ignore_progress
    require_fit(settings)
    tell(0.0, "Mapping the data to notes")
    if settings.mode == "direct":
        return direct_mapping.sonify(table, settings)
    in_bars = settings.mode == "piece" or settings.rhythm == "composed"
    bound = min(settings.n_notes, most_notes(settings)) if in_bars else settings.n_notes
    planned = direct_mapping.plan(table, dataclasses.replace(settings, n_notes=bound))
    planned = dataclasses.replace(planned, settings=settings)
    if settings.mode == "melody":
        if (
            former is not None
            and former.composition is not None
            and _differ_in_take(former.settings, settings)
        ):
            return _realize_take(planned, former.timeline, former.composition)
        return _compose_melody(planned, composers, tell, in_bars)
    from core.sonify.piece.arrange import arrange

    tell(0.1, "Composing a rhythm" if settings.rhythm == "composed" else "Laying out the bars")
    score, accompanist = _lay_out_score(planned, composers), composers.accompanist()
    return arrange(planned, score, accompanist, engine=engine, soundfont=soundfont, progress=tell)


def require_fit(settings: Settings) -> None:
    """Refuse settings that the mode does not support.

    Raises
    ------
    InputError
        For a composed rhythm in the mode Direct, and for a melody in a scale without steps.
    """
    if settings.mode == "direct" and settings.rhythm == "composed":
        raise InputError(
            "A composed rhythm needs the mode Melody or Full arrangement. Choose one of them, or an even rhythm."
        )
    if settings.mode == "melody" and settings.scale == "continuous":
        raise InputError(
            "A composed melody needs a scale with steps, and “continuous” has none. Choose another scale, such as "
            "chromatic, or the mode Direct."
        )


def tonic_of(settings: Settings) -> int:
    """Pitch class of the key, 0 is C."""
    return KEYS.index(settings.key)


def mode_of(settings: Settings) -> str:
    """The mode given to the network: major or minor by the scale's third, none where it has both."""
    steps = SCALES[settings.scale]
    if 3 in steps and 4 not in steps:
        return "minor"
    return "major" if settings.scale in MAJOR_SCALES else "unknown"


def _lay_out_score(planned: Plan, composers: Composers) -> Score:
    settings, line = planned.settings, planned.lines[0]

    def rhythm(shares: IntArray, bar: int) -> IntArray:
        """The network's rhythm for the first voice; gaps keep the previous pitch."""
        held = np.asarray(pd.Series(line.pitch).ffill().bfill().fillna(60.0).round(), dtype=np.int64)
        tonic, mode = tonic_of(settings), mode_of(settings)
        return composers.melody().rhythm(held, shares, tonic=tonic, mode=mode, seed=settings.seed, bar=bar)

    return lay_out_score(planned.time, settings, rhythm)


def _compose_melody(planned: Plan, composers: Composers, tell: Progress, in_bars: bool) -> Sonification:
    settings = planned.settings
    tell(0.05, "Loading the network")
    composer, scorer = composers.melody(), composers.scorer()
    score = None
    if in_bars:
        tell(0.1, "Composing a rhythm")
        score = _lay_out_score(planned, composers)
        timeline = in_seconds(score, planned.time, planned.chosen, planned.lead_in_sec)
        ticks, bar = score.onset, score.bar
    else:
        timeline = planned.lay_out()
        ticks, bar = _read_as_eighths(timeline), FOUR_FOUR
    takes = melody_takes(
        planned,
        composer,
        ticks,
        bar,
        fidelity=[settings.fidelity] * settings.takes,
        progress=lambda share: tell(0.15 + 0.8 * share, "Composing melodies"),
    )
    tell(0.95, "Scoring the melodies")
    composition = Composition(
        takes=tuple(_score_take(planned, pitches, scorer, timeline) for pitches in takes),
        direct_nats=tuple(scorer.nats(line.pitch, tonic_of(settings)) for line in planned.lines),
        real_nats=scorer.real_nats,
        score=score,
    )
    return _realize_take(planned, timeline, composition)


def _realize_take(planned: Plan, timeline: Timeline, composition: Composition) -> Sonification:
    """Realize the chosen take, with a warning where the data leap too far for a realistic melody."""
    settings, take = planned.settings, composition.takes[planned.settings.take - 1]
    tempo_qpm = composition.score.tempo_qpm if composition.score else None
    sonification = direct_mapping.realize(planned, timeline, take.pitches, tempo_qpm)
    advice = [
        f"{line.name} has larger leaps than real melodies. A pitch range of two octaves, "
        f"such as {note_name(60)} to {note_name(84)}, would sound more natural."
        for line, nats in zip(planned.lines, take.nats, strict=True)
        if nats is not None
        and composition.real_nats is not None
        and nats > composition.real_nats + LEAPING_NATS
        and line.voice.high - line.voice.low > LEAPING_RANGE
        and settings.fidelity > 0
    ]
    return dataclasses.replace(sonification, composition=composition, notes=(*sonification.notes, *advice))


def _differ_in_take(a: Settings, b: Settings) -> bool:
    """Whether two settings are equal apart from the selected take, and from what is said over the notes."""
    first, second = (dataclasses.replace(each, take=1, captions=False, language="en") for each in (a, b))
    return first == second


def melody_takes(
    planned: Plan,
    composer: MelodyComposer,
    ticks: IntArray,
    bar: int,
    *,
    fidelity: Sequence[float],
    progress: Callable[[float], None] | None = None,
) -> list[tuple[FloatArray, ...]]:
    """Compose all voices of a plan, once for every entry of ``fidelity``.

    Parameters
    ----------
    planned : Plan
    composer : MelodyComposer
    ticks : ndarray of int64, shape=(n_points,)
        Onsets in twelfths of a quarter.
    bar : int
        Twelfths of a quarter in a bar.
    fidelity : sequence of float
        0 to 1 each.
    progress : callable, optional

    Returns
    -------
    list of tuple of ndarray of float64, shape=(n_points,)
        ``result[take][voice]``: MIDI pitches, NaN where silent. Entries of equal fidelity differ by chance.
    """
    settings = planned.settings
    sounding = [i for i, line in enumerate(planned.lines) if line.sounds.any()]
    composed = composer.compose(
        [_steer_by(planned.lines[i], settings, ticks) for i in sounding],
        fidelity=fidelity,
        tonic=tonic_of(settings),
        mode=mode_of(settings),
        bar=bar,
        seed=settings.seed,
        progress=progress,
    )
    takes = []
    for take in range(len(fidelity)):
        pitches = [np.full(len(line.values), np.nan) for line in planned.lines]
        for place, i in enumerate(sounding):
            pitches[i][planned.lines[i].sounds] = composed[place][take]
        takes.append(tuple(pitches))
    return takes


def _steer_by(line: Line, settings: Settings, ticks: IntArray) -> SteeredVoice:
    from core.sonify.melody.generate import SteeredVoice

    pitches = scale_pitches(settings.key, settings.scale, line.voice.low, line.voice.high)
    target = orient(line.level, line.voice)[line.sounds] * (len(pitches) - 1)
    return SteeredVoice(target=target, pitches=pitches, onset=ticks[line.sounds])


def _read_as_eighths(timeline: Timeline) -> IntArray:
    """Time as the network reads it without bars: one step is an eighth note."""
    since = timeline.onset_sec - timeline.onset_sec[0]
    ticks: IntArray = np.round(since / timeline.step_sec * STEP_TICKS).astype(np.int64)
    return ticks


def _score_take(planned: Plan, pitches: tuple[FloatArray, ...], scorer: Scorer, timeline: Timeline) -> Take:
    lines = zip(planned.lines, pitches, strict=True)
    return Take(
        pitches=pitches,
        fidelity=tuple(planned.measure(line, pitch, timeline.duration_sec) for line, pitch in lines),
        nats=tuple(scorer.nats(pitch, tonic_of(planned.settings)) for pitch in pitches),
    )


def trade(table: Table, settings: Settings, composers: Composers) -> pd.DataFrame:
    """Measure the trade-off between fidelity and musicality for the first voice, at each fidelity setting.

    Parameters
    ----------
    table : Table
    settings : Settings
        Their own fidelity and number of takes do not matter.
    composers : Composers

    Returns
    -------
    DataFrame
        A row each of :data:`DIALS`: ``fidelity``, ``rho`` (rank correlation, NaN for constant data), ``moves``
        (share of the data's moves that are answered in the right direction), ``nats`` (cost of a note under
        the scorer). At most :data:`TRADE_NOTES` notes are composed for it.
    """
    rhythm = "uniform" if settings.rhythm == "composed" else settings.rhythm
    n_notes, voice = min(settings.n_notes, TRADE_NOTES), settings.voices[0]
    bound = dataclasses.replace(settings, n_notes=n_notes, take=1, takes=1, rhythm=rhythm, mode="melody")
    # The others are planned with it, as it may share its scale of values with them.
    planned = direct_mapping.plan(table, bound)
    alone = dataclasses.replace(bound, voices=(voice,))
    planned = dataclasses.replace(planned, settings=alone, lines=planned.lines[:1])
    timeline = planned.lay_out()
    takes = melody_takes(planned, composers.melody(), _read_as_eighths(timeline), FOUR_FOUR, fidelity=DIALS)
    rows = []
    for dial, pitches in zip(DIALS, takes, strict=True):
        take = _score_take(planned, pitches, composers.scorer(), timeline)
        moves, nats = take.fidelity[0].moves_followed, take.nats[0]
        rows.append({"fidelity": dial, "rho": take.fidelity[0].spearman, "moves": moves, "nats": nats})
    dials = pd.DataFrame(rows).astype(float)
    return dials.assign(rho=dials["rho"] * voice.direction)
