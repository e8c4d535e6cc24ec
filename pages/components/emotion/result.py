"""The piece of the Emotion page: composed, heard, judged, compared, taken away."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace

import streamlit as st

from core import audio, synth
from core.emotion import compose as emotion
from core.emotion.charts import mood_figure
from core.emotion.descriptions import agreement_in_words, difference_in_words, traits_in_words
from core.emotion.moods import NAMED_MOODS, Mood, MoodPath
from core.emotion.piano.attributes import measure
from core.music import midi
from core.music.performance import Performance
from core.synth import Rendering
from pages.components.emotion.controls import EmotionSettings, in_words
from pages.components.shared.colours import voice_colours
from pages.components.shared.downloads import Download, downloads
from pages.components.shared.model_cache import mood_judge, piano_composer
from pages.components.shared.plain_text import plain
from pages.components.shared.player.player import ChartLink, PlayerNote, player
from pages.components.shared.session_cache import remember

METRIC_PX = 150
CHART_KEY = "emotion-mood-chart"
# Of the bar, what composing takes.
_COMPOSING_SHARE = 0.7
Tell = Callable[[float, str], None]


@dataclass(frozen=True, kw_only=True)
class Result:
    """What the page keeps of a piece."""

    made: emotion.Result
    rendering: Rendering
    wav: bytes
    notes: list[PlayerNote]
    identity: Hashable

    @property
    def beginning_sec(self) -> float:
        """Where the visitor's own notes end and the composed ones begin; 0 without any."""
        n = self.made.piece.n_prompt
        played = self.made.performance
        return float(played.onset_sec[n]) if 0 < n < len(played) else 0.0


def compose_piece(
    settings: EmotionSettings,
    prompt: Performance | None,
    prompt_id: Hashable,
    tell: Tell,
    *,
    key: str = "emotion.result",
) -> Result:
    """Compose, judge and play what is asked for, or give back what was made of the same.

    Raises
    ------
    DashboardError
        If the request cannot be met, or a network's files are missing.
    """
    identity = (settings, prompt_id)

    def make() -> Result:
        request = emotion.Request(
            path=settings.path, unit=settings.unit, length=settings.length, temperature=settings.temperature,
            seed=settings.seed, steering=settings.steering, program=settings.program,
        )  # fmt: skip
        made = emotion.compose(
            request, piano_composer(), mood_judge(), prompt=prompt,
            progress=lambda share, stage: tell(share * _COMPOSING_SHARE, stage),
        )  # fmt: skip
        tell(_COMPOSING_SHARE, "Playing the notes")
        rendering = synth.render(made.midi())
        return Result(
            made=made, rendering=rendering, wav=audio.encode(rendering.audio, "wav"),
            notes=_player_notes(made), identity=identity,
        )  # fmt: skip

    return remember(key, identity, make)


def _player_notes(made: emotion.Result) -> list[PlayerNote]:
    played, n_prompt = made.performance, made.piece.n_prompt
    return [
        PlayerNote(
            onset_sec=float(played.onset_sec[i]), duration_sec=float(played.duration_sec[i]),
            pitch=float(played.pitch[i]), velocity=int(played.velocity[i]),
            voice=0 if i >= n_prompt or n_prompt >= len(played) else 1,
        )
        for i in range(len(played))
    ]  # fmt: skip


def show_player(result: Result) -> None:
    """Draw the player, with the playhead over the mood's chart as well."""
    made = result.made
    length = result.rendering.audio.duration_sec
    player(
        result.wav, key="emotion.player", title=_title(made),
        notes=result.notes, voice_names=("the piece", "your beginning") if result.beginning_sec else (),
        charts=[ChartLink(container_key=CHART_KEY, times_sec=(0.0, length), x=(0.0, length))],
    )  # fmt: skip
    if result.rendering.note:
        st.caption(f":material/info: {plain(result.rendering.note)}")


def _title(made: emotion.Result) -> str:
    piece = made.piece
    words = in_words(made.request.path)
    return (
        f"{words.capitalize()}: {len(made.performance):,} notes, {made.performance.end_sec:.0f} s, "
        f"{piece.key} {piece.mode}"
    )


def show_measures(result: Result) -> None:
    """Draw the mood along the piece and what was measured."""
    made = result.made
    mood = made.judgement.mood
    with st.container(horizontal=True):
        for label, value, about in (
            (
                "Valence heard",
                f"{mood.valence:+.2f}",
                "From -1, unpleasant, to 1, pleasant, as the judge hears it.",
            ),
            ("Arousal heard", f"{mood.arousal:+.2f}", "From -1, calm, to 1, excited, as the judge hears it."),
            ("Quarters a minute", f"{made.tempo_qpm:.0f}", "The steady beat that the played notes fit best."),
            ("Bars", f"{made.n_bars:.0f}", "Of four quarters at that tempo."),
        ):
            st.metric(label, value, help=about, width=METRIC_PX)
    played = made.performance
    targets = [
        (0.0, made.request.path.at(0.0)), (played.end_sec, made.request.path.at(1.0)),
    ]  # fmt: skip
    figure = mood_figure(
        [time for time, _ in targets], [target for _, target in targets], made.over_time,
        beginning_sec=result.beginning_sec, colours=voice_colours(),
    )  # fmt: skip
    with st.container(key=CHART_KEY):
        st.plotly_chart(
            figure, key="emotion.chart", config={"displaylogo": False},
            alt="Valence and arousal over the time of the piece: asked for and heard by the judge",
        )  # fmt: skip
    asked = made.request.path.at(0.5)
    st.markdown(f"- {plain(agreement_in_words(asked, mood))}\n- {plain(traits_in_words(measure(played)))}")


def show_comparison(
    settings: EmotionSettings, result: Result, prompt: Performance | None, prompt_id: Hashable
) -> None:
    """Draw the same notes in another mood beside the piece, and what changed.

    Raises
    ------
    DashboardError
        As `compose_piece`.
    """
    opposite = Mood(valence=-settings.path.start.valence, arousal=-settings.path.start.arousal).name
    names = list(NAMED_MOODS)
    other = st.selectbox(
        "The other mood", names, index=None, key="emotion.compare", bind="query-params",
        placeholder=f"the opposite: {opposite}",
    ) or opposite  # fmt: skip
    bar = st.empty()
    try:
        second = compose_piece(
            replace(settings, path=MoodPath.still(NAMED_MOODS[other])), prompt, prompt_id,
            lambda share, stage: bar.progress(min(1.0, share), f"{stage} …"), key="emotion.other",
        )  # fmt: skip
    finally:
        bar.empty()
    left, right = st.columns(2)
    for place, name, each, key in (
        (left, in_words(settings.path), result, "emotion.left"),
        (right, other, second, "emotion.right"),
    ):
        with place:
            mood = each.made.judgement.mood
            player(each.wav, key=key, title=name.capitalize(), views=("roll",), notes=each.notes)
            st.caption(f"Heard: valence {mood.valence:+.2f}, arousal {mood.arousal:+.2f}.")
    first_own, second_own = emotion.own_notes(result.made.piece), emotion.own_notes(second.made.piece)
    told = difference_in_words(measure(first_own), measure(second_own))
    beginning = (
        "The beginning is the same; the rest is" if result.beginning_sec else f"{other.capitalize()} is"
    )
    if told:
        st.markdown(f"{plain(beginning)}\n" + "\n".join(f"- {plain(sentence)}" for sentence in told))
    else:
        st.markdown("No measured trait differs enough to be heard.")


def show_downloads(result: Result) -> None:
    """Draw the files of the piece; each is made when it is clicked."""
    made = result.made
    words = in_words(made.request.path)
    downloads(
        [
            Download(label="WAV", extension="wav", mime="audio/wav", make=lambda: result.wav),
            Download(label="MP3", extension="mp3", mime="audio/mpeg", make=lambda: audio.encode(result.rendering.audio, "mp3")),
            Download(label="MIDI", extension="mid", mime="audio/midi", make=lambda: midi.to_bytes(made.midi())),
            Download(
                label="MusicXML", extension="musicxml", mime="application/vnd.recordare.musicxml+xml",
                make=lambda: made.musicxml(f"Piano piece, {words}").encode(),
            ),
        ],
        name=f"piano-{words}-{made.request.seed}", key="emotion.download", see_as=f"Piano piece, {words}",
    )  # fmt: skip
