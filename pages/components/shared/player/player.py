"""Shared player: sound and picture with one playhead.

The browser does all of the moving. Python sends what is drawn, and where the sound is to be fetched, and hears
nothing back: no rerun happens while a visitor plays, seeks or explores. A rerun leaves a playing sound alone as long
as the sound is the same, whatever else is new.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st
from pretty_midi import PrettyMIDI

from core.audio.flac import FlacSound
from core.music.engraving import ScoreInTime
from core.player.browser_files import PLAYER_MARKUP, PLAYER_SCRIPTS
from core.presentation.player_header import View, describe_player, round_value
from core.presentation.presentation import ShownNote, ShownPoint
from core.speech.captions import CaptionTrack
from pages.components.shared.component import (
    chart_selector,
    hash_parts,
    ignore_change,
    pack_message,
    register_component,
)
from pages.components.shared.play_next import wish_to_play
from pages.components.shared.sound_address import SentSound, send_sound, serve_file

_MOST_BARS = 1_000

_component = register_component(
    __file__, "player_chart.js", *PLAYER_SCRIPTS, plays=True, markup=PLAYER_MARKUP
)


@dataclass(frozen=True, kw_only=True)
class ChartLink:
    """A Plotly chart that also shows the playhead.

    Parameters
    ----------
    container_key : str
        Key of the ``st.container`` that holds the ``st.plotly_chart``.
    times_sec : sequence of float
        Times in the sound, in seconds, never falling.
    x : sequence of float
        The place on the axis at each of these times, as many as ``times_sec``: numbers, or milliseconds since
        1970 (UTC) on a date axis. Between two of them the playhead moves in a straight line.
    xaxis : str
        Name of the axis in plotly's layout: "xaxis", "xaxis2".
    """

    container_key: str
    times_sec: Sequence[float]
    x: Sequence[float]
    xaxis: str = "xaxis"

    def __post_init__(self) -> None:
        if len(self.times_sec) != len(self.x) or not len(self.times_sec):
            raise ValueError(
                f"times_sec and x must be as long as each other and not empty, "
                f"got {len(self.times_sec)} and {len(self.x)} values"
            )
        if any(later < earlier for earlier, later in zip(self.times_sec, self.times_sec[1:], strict=False)):
            raise ValueError("times_sec must never fall")


def player_notes(midi: PrettyMIDI) -> list[ShownNote]:
    """The notes of the first instrument."""
    return [
        ShownNote(
            onset_sec=note.start, duration_sec=note.end - note.start, pitch=note.pitch, velocity=note.velocity
        )
        for note in midi.instruments[0].notes
    ]


def player(
    sound: FlacSound | bytes,
    *,
    key: str,
    title: str,
    views: Sequence[View] = ("roll", "waveform"),
    notes: Sequence[ShownNote] = (),
    points: Sequence[ShownPoint] = (),
    line: Sequence[tuple[float, float | None]] = (),
    charts: Sequence[ChartLink] = (),
    voice_names: Sequence[str] = (),
    scores: Sequence[ScoreInTime] = (),
    timeline: tuple[str, float] | None = None,
    picks_bars: bool = False,
    has_pickup: bool = False,
    captions: CaptionTrack | None = None,
) -> None:
    """Show a player for one sound.

    Parameters
    ----------
    sound : FlacSound or bytes
        Bytes are a FLAC or WAV file, of which 16 bits of each sample are played. Anything else shows a sentence in place
        of the controls.
    key : str
        Streamlit key. It stays the same while the sound changes, so that speed, volume, loop and view stay.
    title : str
        Name of the sound, shown above the picture and read out with the controls.
    views : sequence of {"line", "roll", "score", "waveform"}
        Pictures that the visitor may choose from, the first is shown first. Those for which nothing was given
        are left out; the waveform needs only the sound and stands in when nothing remains. The score scrolls within a
        bounded height, below a time line.
    notes : sequence of ShownNote
        Rectangles of the piano roll.
    points : sequence of ShownPoint
        Stops of "Explore by ear", in any order. The row is left out without them.
    line : sequence of (float, float or None)
        Time in seconds and value; the line breaks where the value is None. Empty: drawn from ``points``.
    charts : sequence of ChartLink
        Charts elsewhere on the page over which the playhead runs; a click on one of their points seeks.
    voice_names : sequence of str
        Names of the voices, in the order of their indices. Shown as a legend from two voices on.
    scores : sequence of ScoreInTime
        The same score drawn for several widths by :mod:`core.music.engraving`, which lets nothing but notes through: it
        becomes part of the page as it is. Of them the one is shown that fits; the notes that begin are marked, and a click
        on a note seeks. It stands below the picture, whole, unless ``views`` has "score".
    timeline : (str, float), optional
        Name of a time line that several sounds share, and where on it this one begins, in seconds. A sound that takes the
        place of another one on the same time line keeps the position, playing or not: for comparing two versions.
    picks_bars : bool
        Whether a click in the score selects a bar instead of seeking; :func:`picked_bars` tells which are selected.
    has_pickup : bool
        Whether the score begins with a pickup, which goes with the first bar.
    captions : CaptionTrack, optional
        Words that are shown while they are said; where they are not in the sound the browser says them.
    """
    pick = _pick_of(scores) if picks_bars else ""
    st.session_state[f"{key}.pick"] = pick
    _component(
        key=key,
        on_value_change=ignore_change,
        data=pack_player(
            send_sound(sound, key=key),
            title=title,
            views=views,
            notes=notes,
            points=points,
            line=line,
            charts=charts,
            voice_names=voice_names,
            scores=_send_scores(scores, key),
            timeline=timeline,
            play=wish_to_play(key),
            pick=pick,
            has_pickup=has_pickup,
            captions=captions,
        ),
    )


def picked_bars(key: str) -> list[int]:
    """Bars, from 1 and without the pickup, that are selected in the score of the player with this key; ascending."""
    state = st.session_state.get(key)
    value = state.get("value") if isinstance(state, Mapping) else None
    pick = st.session_state.get(f"{key}.pick")
    # A browser may send anything, and late.
    if not isinstance(value, Mapping) or not pick or value.get("pick") != pick:
        return []
    bars = value.get("bars")
    numbers = bars if isinstance(bars, list) else []
    return sorted({number for number in numbers if type(number) is int and 1 <= number <= _MOST_BARS})


def _pick_of(scores: Sequence[ScoreInTime]) -> str:
    """Identify a score, so that bars selected in another one are ignored."""
    return hash_parts([score.svg for score in scores])


def pack_player(
    sound: SentSound,
    *,
    title: str,
    views: Sequence[View],
    notes: Sequence[ShownNote],
    points: Sequence[ShownPoint],
    line: Sequence[tuple[float, float | None]],
    charts: Sequence[ChartLink],
    voice_names: Sequence[str],
    scores: Sequence[dict[str, Any]] = (),
    timeline: tuple[str, float] | None = None,
    play: str = "",
    pick: str = "",
    has_pickup: bool = False,
    captions: CaptionTrack | None = None,
) -> bytes:
    """Pack the browser's message: a header, and the sound if it has no URL.

    The header's ``id`` is equal where all but the sound is equal; ``sound`` has an id of its own. With ``play``, which is no
    part of the id, the browser starts the sound unless it has done so for the same text before. With ``pick``, which is no part
    of it either, a click in the score selects a bar.
    """
    header = describe_player(
        title=title,
        views=views,
        notes=notes,
        points=points,
        line=line,
        voice_names=voice_names,
        scores=scores,
        captions=captions.captions if captions else (),
        captions_language=captions.language if captions else "en",
        are_captions_in_sound=captions is None or captions.is_in_sound,
    )
    header["charts"] = [
        {
            "selector": chart_selector(chart.container_key),
            "t": [round_value(time) for time in chart.times_sec],
            "x": [round_value(x) for x in chart.x],
            "axis": chart.xaxis,
        }
        for chart in charts
    ]
    if timeline is not None:
        header["timeline"] = {"name": timeline[0], "start": round_value(timeline[1])}
    wish: dict[str, Any] = {name: value for name, value in (("play", play), ("pick", pick)) if value}
    if pick:
        wish["hasPickup"] = has_pickup
    return pack_message({"id": hash_parts(header), "sound": sound.header, **header, **wish}, sound.inline)


def _send_scores(scores: Sequence[ScoreInTime], key: str) -> list[dict[str, Any]]:
    """Replace scores in the header by URLs of drawing and times, which are 30 kB to some MB."""
    sent: list[dict[str, Any]] = []
    for i, score in enumerate(scores):
        notes = [[names, round_value(begin), round_value(end)] for names, begin, end in score.notes]
        content = {"svg": score.svg, "notes": notes}
        file = json.dumps(content, separators=(",", ":")).encode()
        sha256 = hashlib.sha256(file).hexdigest()
        url = serve_file(file, "application/json", key=f"{key}.score{i}", sha256=sha256)
        sent.append({"width": score.width_px, **({"url": url} if url else content)})
    return sent
