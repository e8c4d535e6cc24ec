"""The tunes of the Folk page: composed, heard, drawn, measured, taken away."""

from __future__ import annotations

import re
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

import streamlit as st
from pretty_midi import PrettyMIDI

from core import audio, synth
from core.errors import InputError
from core.folk.generate import FolkComposer
from core.folk.originality.fingerprint import Fingerprint, Originality
from core.folk.tune_measures import in_key
from core.folk.tune_plan import MIN_SPAN
from core.music import midi
from core.music.score_pdf import PAGE_PX, to_pdf
from core.music.tune import Tune
from core.music.tune_engraving import drawn_notes, engrave_tune
from core.music.tune_files import to_abc, to_kern, to_midi, to_musicxml
from core.synth import Rendering
from pages.components.folk.controls import FolkSettings, Kept, collection_name
from pages.components.folk.descriptions import (
    Human,
    human_baseline,
    human_bits,
    originality_in_words,
    quality_in_words,
)
from pages.components.shared.downloads import downloads
from pages.components.shared.messages import show_list, show_note
from pages.components.shared.metrics import show_metrics
from pages.components.shared.model_cache import load_card, load_network
from pages.components.shared.player.player import PlayerNote, PlayerScore, player, player_notes
from pages.components.shared.progress import Tell, tell_part
from pages.components.shared.session_cache import remember

METRIC_PX = 190
SCORE_PX, SMALL_PX = 760, 430
N_COLUMNS = 3
# Of the bar, what composing takes.
_COMPOSING_SHARE = 0.6


@dataclass(frozen=True, kw_only=True)
class Result:
    """What the page keeps of the tune that is shown."""

    tune: Tune
    midi: PrettyMIDI
    rendering: Rendering
    wav: bytes
    notes: list[PlayerNote]
    scores: list[PlayerScore]
    bits: float
    originality: Originality
    human: Human
    identity: Hashable


def compose_tunes(
    settings: FolkSettings, beginning: Tune | None, kept: Kept | None, tell: Tell
) -> tuple[Tune, ...]:
    """Compose what is asked for, or give back what was composed of the same.

    Raises
    ------
    DashboardError
        If the request contradicts itself, or the network's files are missing.
    """
    if settings.high - settings.low < MIN_SPAN:
        raise InputError(
            f"The lowest note is {midi.note_name(settings.low)} and the highest {midi.note_name(settings.high)}. "
            "Leave at least a fifth between them."
        )
    asked = settings.asked()
    if beginning is not None:
        key = beginning.keys[0]
        asked.update(key=key.tonic, mode=key.mode, meter=beginning.meters[0].meter)

    def compose(stage: str, **wish: Any) -> tuple[Tune, ...]:
        telling = tell_part(tell, 0.0, _COMPOSING_SHARE)
        telling(0.0, stage)
        made = load_network(FolkComposer).compose(
            **{**asked, **wish}, progress=lambda share: telling(share, stage)
        )
        return tuple(made)

    identity = (tuple(asked.items()), beginning)
    tunes = remember("folk.tunes", identity, lambda: compose("Composing", prompt=beginning))
    if kept is None:
        return tunes
    stays = bars_that_stay(beginning, kept)
    return remember(
        "folk.recomposed",
        (identity, kept),
        lambda: compose("Composing the rest", seed=kept.seed, prompt=tunes[kept.base], keep=stays),
    )


def bars_that_stay(beginning: Tune | None, kept: Kept | None) -> tuple[int, ...]:
    """Bars, from 0, that are not composed anew; none if nothing is kept.

    A beginning of one's own stays, whatever else is kept.
    """
    if kept is None:
        return ()
    own = range(max(1, len(beginning.bars))) if beginning is not None else ()
    return tuple(sorted({*kept.bars, *own}))


def make_result(tune: Tune, settings: FolkSettings, stays: tuple[int, ...], tell: Tell) -> Result:
    """Play, draw and measure a tune, or give back what was made of the same."""
    identity = (tune, stays, settings.tempo_qpm, settings.program)

    def make() -> Result:
        tell(_COMPOSING_SHARE, "Playing the notes")
        pm = to_midi(tune, tempo_qpm=settings.tempo_qpm, program=settings.program)
        rendering = synth.render(pm)
        tell(0.85, "Drawing the score")
        return Result(
            tune=tune,
            midi=pm,
            rendering=rendering,
            wav=audio.encode(rendering.audio, "wav"),
            notes=player_notes(pm),
            scores=[player_score(tune, pm, width, stays) for width in (SCORE_PX, SMALL_PX)],
            bits=float(load_network(FolkComposer).bits(tune)[:, 1].mean()),
            originality=load_network(Fingerprint).compare(tune),
            human=human_baseline(load_card("folk_fingerprint")),
            identity=identity,
        )

    return remember("folk.result", identity, make)


def score_svg(tune: Tune, width_px: int, scale: int = 40, stays: tuple[int, ...] = ()) -> str:
    """The engraved score as a picture of its own, black on white paper, so that it reads on a dark page as well."""
    return on_paper(engrave_tune(tune, width_px=width_px, scale=scale, kept=stays).svg[0])


def on_paper(svg: str) -> str:
    """Lay white paper under a score."""
    return re.sub(
        r"(<svg [^>]*>)",
        r'\1<rect width="100%" height="100%" rx="10" style="fill:#fff;stroke:none"/>',
        svg,
        count=1,
    )


def player_score(tune: Tune, pm: PrettyMIDI, width_px: int, stays: tuple[int, ...]) -> PlayerScore:
    """The engraved score in which the player marks the note that sounds."""
    engraving = engrave_tune(tune, width_px=width_px, kept=stays)
    notes = [(note.id, note.onset_sec, note.end_sec) for note in drawn_notes(engraving, tune, pm)]
    return PlayerScore(svg=engraving.svg[0], width_px=width_px, notes=notes)


def describe(tune: Tune) -> str:
    """A tune in a few words: bars, key and metre."""
    key = tune.keys[0]
    return f"{len(tune.bars)} bars in {key.tonic} {key.mode}, {tune.meters[0].meter}"


def show_tune(result: Result, variant: int, stays: tuple[int, ...]) -> None:
    """Draw the player with the score of one tune."""
    player(
        result.wav,
        key="folk.player",
        title=f"Variant {variant + 1}: {describe(result.tune)}",
        notes=result.notes,
        scores=result.scores,
    )
    if stays:
        st.caption("Framed bars stay as they were; the others are composed anew.")
    show_note(result.rendering.note)


def show_others(tunes: tuple[Tune, ...], variant: int, stays: tuple[int, ...]) -> None:
    """Draw the scores of the other variants side by side."""
    if len(tunes) < 2:
        return
    drawn = remember(
        "folk.scores", (tunes, stays), lambda: [score_svg(tune, SMALL_PX, 30, stays) for tune in tunes]
    )
    st.subheader("The other variants", anchor=False)
    others = [n for n in range(len(tunes)) if n != variant]
    n_columns = min(N_COLUMNS, max(2, len(others)))
    for start in range(0, len(others), n_columns):
        for column, n in zip(st.columns(n_columns), others[start : start + n_columns], strict=False):
            with column:
                st.markdown(f"**Variant {n + 1}**")
                st.image(drawn[n], alt=f"Score of variant {n + 1}: {describe(tunes[n])}", width="stretch")


def show_measures(result: Result) -> None:
    """Draw how new and how good the tune is."""
    left, right = st.columns(2)
    with left:
        st.subheader("Originality", anchor=False)
        run = (
            "Longest copied run",
            f"{result.originality.longest_run} intervals",
            "The longest run of intervals that also occurs in a training tune, at any height and in any rhythm.",
        )
        show_metrics([run], width_px=METRIC_PX)
        show_list(originality_in_words(result.tune, result.originality, result.human))
    with right:
        st.subheader("Quality", anchor=False)
        figures = [
            (
                "Bits a note",
                f"{result.bits:.2f}",
                "How unexpected its notes are to the network, pitch and length together.",
            ),
            (
                "In the key",
                f"{in_key(result.tune):.0%}",
                "Share of the notes that lie in the scale. Minor includes the leading note.",
            ),
        ]
        show_metrics(figures, width_px=METRIC_PX)
        show_list(quality_in_words(result.tune, result.bits, human_bits(load_network(FolkComposer).card)))


def show_downloads(result: Result, settings: FolkSettings, variant: int) -> None:
    """Draw the files of the tune; each is made when it is clicked."""
    tune, rendering = result.tune, result.rendering
    title = f"Folk tune in {tune.keys[0].tonic} {tune.keys[0].mode}"
    tempo = settings.tempo_qpm
    downloads(
        {
            "mid": lambda: midi.to_bytes(result.midi),
            "musicxml": lambda: to_musicxml(tune, title=title).encode(),
            "abc": lambda: to_abc(tune, title=title, tempo_qpm=tempo).encode(),
            "krn": lambda: to_kern(tune).encode(),
            "wav": lambda: result.wav,
            "mp3": lambda: audio.encode(rendering.audio, "mp3"),
            "svg": lambda: score_svg(tune, SCORE_PX).encode(),
            "pdf": lambda: score_pdf(tune, title, settings, variant),
        },
        name=f"folk-{tune.keys[0].tonic}-{tune.keys[0].mode}-{settings.seed}-{variant + 1}".replace(
            "#", "sharp"
        ),
        key="folk.download",
        see_as=f"Folk tune, {describe(tune)}",
    )


def score_pdf(tune: Tune, title: str, settings: FolkSettings, variant: int) -> bytes:
    """The score on A4, with what it was made of in its head."""
    width, height = PAGE_PX
    facts = f"{describe(tune)}, {settings.tempo_qpm:g} quarters a minute"
    made = (
        f"Composed by Sonoscope after {collection_name(settings.collection)}; "
        f"seed {settings.seed}, variant {variant + 1}"
    )
    engraving = engrave_tune(tune, width_px=width, height_px=height)
    return to_pdf(engraving, title=title, lines=[facts, made])
