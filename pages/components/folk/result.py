"""The tunes of the Folk page: composed, heard, drawn, measured, taken away."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable
from dataclasses import dataclass

import streamlit as st
from pretty_midi import PrettyMIDI

from core import audio, synth
from core.errors import InputError
from core.folk.originality.fingerprint import Originality
from core.folk.plan import MIN_SPAN
from core.folk.tune_measures import in_key
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
from pages.components.shared.downloads import Download, downloads
from pages.components.shared.model_cache import folk_composer, folk_fingerprint
from pages.components.shared.plain_text import plain
from pages.components.shared.player.player import PlayerNote, PlayerScore, player
from pages.components.shared.session_cache import remember

METRIC_PX = 190
SCORE_PX, SMALL_PX = 760, 430
N_COLUMNS = 3
# Of the bar, what composing takes.
_COMPOSING_SHARE = 0.6
Tell = Callable[[float, str], None]


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

    def first() -> tuple[Tune, ...]:
        tell(0.0, "Composing")
        made = folk_composer().compose(
            **asked, prompt=beginning, progress=lambda share: tell(share * _COMPOSING_SHARE, "Composing")
        )
        return tuple(made)

    identity = (tuple(asked.items()), beginning)
    tunes = remember("folk.tunes", identity, first)
    if kept is None:
        return tunes

    stays = bars_that_stay(beginning, kept)

    def rest() -> tuple[Tune, ...]:
        tell(0.0, "Composing the rest")
        made = folk_composer().compose(
            **{**asked, "seed": kept.seed}, prompt=tunes[kept.base], keep=stays,
            progress=lambda share: tell(share * _COMPOSING_SHARE, "Composing the rest"),
        )  # fmt: skip
        return tuple(made)

    return remember("folk.recomposed", (identity, kept), rest)


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
        fingerprint, card = folk_fingerprint()
        return Result(
            tune=tune, midi=pm, rendering=rendering, wav=audio.encode(rendering.audio, "wav"),
            notes=[
                PlayerNote(
                    onset_sec=note.start, duration_sec=note.end - note.start, pitch=note.pitch,
                    velocity=note.velocity,
                )
                for note in pm.instruments[0].notes
            ],
            scores=[player_score(tune, pm, width, stays) for width in (SCORE_PX, SMALL_PX)],
            bits=float(folk_composer().bits(tune)[:, 1].mean()), originality=fingerprint.compare(tune), human=human_baseline(card), identity=identity,
        )  # fmt: skip

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
    if result.rendering.note:
        st.caption(f":material/info: {plain(result.rendering.note)}")


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
        st.metric(
            "Longest copied run", f"{result.originality.longest_run} intervals", width=METRIC_PX,
            help="The longest run of intervals that also occurs in a training tune, at any height and in any rhythm.",
        )  # fmt: skip
        _sentences(originality_in_words(result.tune, result.originality, result.human))
    with right:
        st.subheader("Quality", anchor=False)
        with st.container(horizontal=True):
            st.metric(
                "Bits a note", f"{result.bits:.2f}", width=METRIC_PX,
                help="How unexpected its notes are to the network, pitch and length together.",
            )  # fmt: skip
            st.metric(
                "In the key", f"{in_key(result.tune):.0%}", width=METRIC_PX,
                help="Share of the notes that lie in the scale. Minor includes the leading note.",
            )  # fmt: skip
        _sentences(quality_in_words(result.tune, result.bits, human_bits(folk_composer().card)))


def _sentences(sentences: list[str]) -> None:
    st.markdown("\n".join(f"- {plain(sentence)}" for sentence in sentences))


def show_downloads(result: Result, settings: FolkSettings, variant: int) -> None:
    """Draw the files of the tune; each is made when it is clicked."""
    tune, rendering = result.tune, result.rendering
    title = f"Folk tune in {tune.keys[0].tonic} {tune.keys[0].mode}"
    tempo = settings.tempo_qpm
    downloads(
        [
            Download(label="MIDI", extension="mid", mime="audio/midi", make=lambda: midi.to_bytes(result.midi)),
            Download(
                label="MusicXML", extension="musicxml", mime="application/vnd.recordare.musicxml+xml",
                make=lambda: to_musicxml(tune, title=title).encode(),
            ),
            Download(
                label="ABC", extension="abc", mime="text/vnd.abc",
                make=lambda: to_abc(tune, title=title, tempo_qpm=tempo).encode(),
            ),
            Download(label="Kern", extension="krn", mime="text/plain", make=lambda: to_kern(tune).encode()),
            Download(label="WAV", extension="wav", mime="audio/wav", make=lambda: result.wav),
            Download(label="MP3", extension="mp3", mime="audio/mpeg", make=lambda: audio.encode(rendering.audio, "mp3")),
            Download(
                label="Score (SVG)", extension="svg", mime="image/svg+xml",
                make=lambda: score_svg(tune, SCORE_PX).encode(),
            ),
            Download(
                label="Score (PDF)", extension="pdf", mime="application/pdf",
                make=lambda: score_pdf(tune, title, settings, variant),
            ),
        ],
        name=f"folk-{tune.keys[0].tonic}-{tune.keys[0].mode}-{settings.seed}-{variant + 1}".replace("#", "sharp"),
        key="folk.download", see_as=f"Folk tune, {describe(tune)}",
    )  # fmt: skip


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
