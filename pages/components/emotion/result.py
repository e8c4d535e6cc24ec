"""The piece of the Emotion page: composed, heard, judged, compared, taken away."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, replace

import streamlit as st

from core import audio, synth
from core.emotion import compose as emotion
from core.emotion.charts import mood_figure
from core.emotion.descriptions import agreement_in_words, difference_in_words, traits_in_words
from core.emotion.judge.judge import MoodJudge
from core.emotion.moods import NAMED_MOODS, Mood, MoodPath
from core.emotion.piano.attributes import measure
from core.emotion.piano.generate import PianoComposer
from core.music import midi
from core.music.performance import Performance
from core.synth import Rendering
from pages.components.emotion.controls import EmotionSettings, in_words
from pages.components.shared.colours import voice_colours
from pages.components.shared.controls import BOUND
from pages.components.shared.downloads import downloads
from pages.components.shared.messages import plain, show_list, show_note
from pages.components.shared.metrics import show_metrics
from pages.components.shared.model_cache import load_network
from pages.components.shared.player.player import ChartLink, PlayerNote, player
from pages.components.shared.progress import Tell, progress_bar, tell_part
from pages.components.shared.session_cache import remember

METRIC_PX = 150
CHART_KEY = "emotion-mood-chart"
_HEARD = "From -1, {}, to 1, {}, as the judge hears it."
# Of the bar, what composing takes.
_COMPOSING_SHARE = 0.7


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
            path=settings.path,
            unit=settings.unit,
            length=settings.length,
            temperature=settings.temperature,
            seed=settings.seed,
            steering=settings.steering,
            program=settings.program,
        )
        made = emotion.compose(
            request,
            load_network(PianoComposer),
            load_network(MoodJudge),
            prompt=prompt,
            progress=tell_part(tell, 0.0, _COMPOSING_SHARE),
        )
        tell(_COMPOSING_SHARE, "Playing the notes")
        rendering = synth.render(made.midi())
        return Result(
            made=made,
            rendering=rendering,
            wav=audio.encode(rendering.audio, "wav"),
            notes=_player_notes(made),
            identity=identity,
        )

    return remember(key, identity, make)


def _player_notes(made: emotion.Result) -> list[PlayerNote]:
    played, n_prompt = made.performance, made.piece.n_prompt
    return [
        PlayerNote(
            onset_sec=float(played.onset_sec[i]),
            duration_sec=float(played.duration_sec[i]),
            pitch=float(played.pitch[i]),
            velocity=int(played.velocity[i]),
            voice=0 if i >= n_prompt or n_prompt >= len(played) else 1,
        )
        for i in range(len(played))
    ]


def show_player(result: Result) -> None:
    """Draw the player, with the playhead over the mood's chart as well."""
    made = result.made
    length = result.rendering.audio.duration_sec
    player(
        result.wav,
        key="emotion.player",
        title=f"{in_words(made.request.path).capitalize()}: {len(made.performance):,} notes, "
        f"{made.performance.end_sec:.0f} s, {made.piece.key} {made.piece.mode}",
        notes=result.notes,
        voice_names=("the piece", "your beginning") if result.beginning_sec else (),
        charts=[ChartLink(container_key=CHART_KEY, times_sec=(0.0, length), x=(0.0, length))],
    )
    show_note(result.rendering.note)


def show_measures(result: Result) -> None:
    """Draw the mood along the piece and what was measured."""
    made = result.made
    mood = made.judgement.mood
    figures = [
        ("Valence heard", f"{mood.valence:+.2f}", _HEARD.format("unpleasant", "pleasant")),
        ("Arousal heard", f"{mood.arousal:+.2f}", _HEARD.format("calm", "excited")),
        ("Quarters a minute", f"{made.tempo_qpm:.0f}", "The steady beat that the played notes fit best."),
        ("Bars", f"{made.n_bars:.0f}", "Of four quarters at that tempo."),
    ]
    show_metrics(figures, width_px=METRIC_PX)
    played, path = made.performance, made.request.path
    figure = mood_figure(
        [0.0, played.end_sec],
        [path.at(0.0), path.at(1.0)],
        made.over_time,
        beginning_sec=result.beginning_sec,
        colours=voice_colours(),
    )
    with st.container(key=CHART_KEY):
        st.plotly_chart(
            figure,
            key="emotion.chart",
            config={"displaylogo": False},
            alt="Valence and arousal over the time of the piece: asked for and heard by the judge",
        )
    show_list([agreement_in_words(path.at(0.5), mood), traits_in_words(measure(played))])


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
        "The other mood",
        names,
        index=None,
        key="emotion.compare",
        placeholder=f"the opposite: {opposite}",
        **BOUND,
    )
    other = other or opposite
    with progress_bar() as tell:
        moved = replace(settings, path=MoodPath.still(NAMED_MOODS[other]))
        second = compose_piece(moved, prompt, prompt_id, tell, key="emotion.other")
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
        {
            "wav": lambda: result.wav,
            "mp3": lambda: audio.encode(result.rendering.audio, "mp3"),
            "mid": lambda: midi.to_bytes(made.midi()),
            "musicxml": lambda: made.musicxml(f"Piano piece, {words}").encode(),
        },
        name=f"piano-{words}-{made.request.seed}",
        key="emotion.download",
        see_as=f"Piano piece, {words}",
    )
