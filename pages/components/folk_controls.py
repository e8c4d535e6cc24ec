"""What a folk tune is to be: the choices of the Folk page, a beginning of one's own, bars that stay."""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass, replace
from typing import Any

import streamlit as st

from core.errors import InputError
from core.folk.notation import READABLE, read_tune
from core.folk.plan import COMPOSABLE_METERS, MAX_BARS
from core.folk.tokenizer import COLLECTIONS
from core.folk.tune import MODES, Tune
from core.midi import GENERAL_MIDI, note_name
from pages.components.plain_text import plain
from pages.components.remember import remember

MAX_VARIANTS = 8
KEYS = ("C", "G", "D", "A", "E", "B", "F#", "F", "Bb", "Eb", "Ab", "Db")
_NOTES = tuple(range(36, 97))
_MAX_SEED = 2**31 - 1
_NEW_SEEDS = 1_000_000  # few enough digits to be read aloud
_MAX_FILE_MB = 8
_MAX_ABC = 4_000  # what a link can hold
_BOUND: dict[str, Any] = {"bind": "query-params"}
_SPECIAL_NAMES = {
    "unknown": "all of them mixed",
    "germany/old": "Germany: old tunes",
    "germany/children": "Germany: children's songs",
    "europe": "Europe: other",
    "germany/other": "Germany: other",
    "china": "China: other",
    "nottingham": "Nottingham: British and American dances",
}


@dataclass(frozen=True, kw_only=True)
class FolkSettings:
    """Everything that is chosen in the sidebar; equal settings give equal tunes."""

    collection: str
    key: str
    mode: str
    meter: str
    bars: int
    low: int
    high: int
    temperature: float
    seed: int
    count: int
    end_on_tonic: bool
    tempo_qpm: float
    program: int

    def asked(self) -> dict[str, Any]:
        """What the composer is asked for, by the names of its parameters."""
        names = (
            "collection", "key", "mode", "meter", "bars", "low", "high", "temperature", "seed", "count",
            "end_on_tonic",
        )  # fmt: skip
        return {name: getattr(self, name) for name in names}


@dataclass(frozen=True, kw_only=True)
class Kept:
    """Bars, from 0, of one of the tunes that stay while the rest is composed anew."""

    bars: tuple[int, ...]
    base: int  # number of the tune, from 0
    seed: int


def collection_name(collection: str) -> str:
    """A collection as the page names it: ``"germany/erk"`` is Germany: Erk."""
    if collection in _SPECIAL_NAMES:
        return _SPECIAL_NAMES[collection]
    region, _, name = collection.partition("/")
    region = " and ".join(part.capitalize() for part in region.split(" and "))
    return f"{region}: {name.capitalize()}" if name else region


_COLLECTION_OF = {
    collection_name(collection): collection for collection in (*COLLECTIONS[1:], COLLECTIONS[0])
}


def choose_settings() -> FolkSettings:
    """Draw the choices in the place where it is called."""
    collection = st.selectbox(
        "Collection", list(_COLLECTION_OF), key="folk.collection", **_BOUND,
        help="Where the tunes were written down that this one is to resemble.",
    )  # fmt: skip
    columns = st.columns(2)
    key = columns[0].selectbox("Key", KEYS, index=1, key="folk.key", **_BOUND)
    mode = columns[1].selectbox("Mode", MODES, key="folk.mode", **_BOUND)
    meter = columns[0].selectbox(
        "Metre", COMPOSABLE_METERS, index=COMPOSABLE_METERS.index("4/4"), key="folk.meter", **_BOUND
    )
    bars = columns[1].number_input("Bars", 2, MAX_BARS, 16, key="folk.bars", **_BOUND)
    names = [note_name(pitch) for pitch in _NOTES]
    low = columns[0].selectbox("Lowest note", names, index=names.index("C4"), key="folk.low", **_BOUND)
    high = columns[1].selectbox("Highest note", names, index=names.index("G5"), key="folk.high", **_BOUND)
    temperature = columns[0].number_input(
        "Temperature", 0.0, 3.0, 1.0, 0.1, format="%g", key="folk.temperature", **_BOUND,
        help="1: as the network has learnt it. Less: plainer and more usual. More: bolder.",
    )  # fmt: skip
    count = columns[1].number_input(
        "Variants", 1, MAX_VARIANTS, 3, key="folk.count", help="Tunes composed at once.", **_BOUND
    )
    seed = columns[0].number_input(
        "Seed", 0, _MAX_SEED, 1, key="folk.seed", help="The same seed gives the same tunes.", **_BOUND
    )
    tempo = columns[1].number_input("Quarters a minute", 30, 300, 100, 5, key="folk.tempo", **_BOUND)
    st.button(
        "Compose again", key="folk.new_seed", on_click=_draw_seed, icon=":material/casino:", width="stretch",
        help="Draws another seed. Bars that you keep stay.",
    )  # fmt: skip
    tonic = st.checkbox("End on the tonic", True, key="folk.end_on_tonic", **_BOUND)
    instrument = st.selectbox(
        "Instrument", GENERAL_MIDI, index=GENERAL_MIDI.index("Flute"), key="folk.instrument", **_BOUND
    )
    return FolkSettings(
        collection=_COLLECTION_OF.get(str(collection), COLLECTIONS[1]),
        key=key or "G", mode=mode or MODES[0], meter=meter or "4/4", bars=int(bars or 16),
        low=_NOTES[names.index(low or "C4")], high=_NOTES[names.index(high or "G5")],
        temperature=1.0 if temperature is None else round(float(temperature), 6),
        seed=1 if seed is None else int(seed), count=int(count or 1), end_on_tonic=bool(tonic),
        tempo_qpm=float(tempo or 100), program=GENERAL_MIDI.index(instrument or "Flute"),
    )  # fmt: skip


def _draw_seed() -> None:
    name = "folk.rest_seed" if st.session_state.get("folk.keep") else "folk.seed"
    st.session_state[name] = secrets.randbelow(_NEW_SEEDS)


def choose_beginning(settings: FolkSettings) -> Tune | None:
    """Draw the text and the upload of a beginning; returns it, or None where none is given.

    Raises
    ------
    InputError
        If what was given cannot be read, or goes beyond the range.
    """
    text = st.text_area(
        "Notes in ABC", key="folk.abc", max_chars=_MAX_ABC, height=100, placeholder="D2 | G2 G2 B2 d2 | c2 A2", **_BOUND,
        help="Letters are notes, C is middle C and c an octave higher; a number behind is the length in eighths. "
        "Without lines such as K:D and M:6/8, key and metre are those chosen in the sidebar.",
    )  # fmt: skip
    uploaded = st.file_uploader(
        "Or a file: kern, MIDI, ABC or MusicXML", READABLE, key="folk.file", max_upload_size=_MAX_FILE_MB
    )
    n_bars = st.number_input(
        "Bars of it", 1, MAX_BARS, 4, key="folk.beginning_bars", **_BOUND,
        disabled=uploaded is None and not (text and text.strip()),
        help="The tune begins with so many bars of what you give and goes on by itself.",
    )  # fmt: skip
    if uploaded is not None:
        data, name = uploaded.getvalue(), uploaded.name
    elif text and text.strip():
        data, name = _with_header(text, settings).encode(), "beginning.abc"
    else:
        return None
    identity = (hashlib.sha256(data).hexdigest(), name)
    tune, said = remember("folk.beginning", identity, lambda: read_tune(data, name))
    for sentence in said:
        st.caption(plain(sentence))
    cut = first_bars(tune, int(n_bars or 4))
    key, meter = cut.keys[0], cut.meters[0]
    st.caption(
        plain(
            f"The tune begins with {_bars(cut)} in {key.tonic} {key.mode}, {meter.meter}, and stays in this key and metre."
        )
    )
    _check_range(cut, settings)
    return cut


def _bars(tune: Tune) -> str:
    n = max(1, len(tune.bars))
    return "1 bar" if n == 1 else f"{n} bars"


def _with_header(text: str, settings: FolkSettings) -> str:
    lines = []
    for field, content in (("M", settings.meter), ("L", "1/8"), ("K", f"{settings.key} {settings.mode}")):
        if re.search(rf"^{field}:", text, re.MULTILINE) is None:
            lines.append(f"{field}:{content}")
    head = re.match(r"(?:[A-Za-z]:.*(?:\n|$))*", text.strip())
    given = head[0].strip() if head else ""
    music = text.strip()[len(head[0]) :] if head else text
    # K: ends the header, so it stands last.
    fields = [line for line in given.split("\n") if line and not line.startswith("K:")]
    key = [line for line in given.split("\n") if line.startswith("K:")]
    missing_key = [line for line in lines if line.startswith("K:")]
    others = [line for line in lines if not line.startswith("K:")]
    return "\n".join([*fields, *others, *(key or missing_key), music])


def _check_range(tune: Tune, settings: FolkSettings) -> None:
    if not tune.pitches:
        raise InputError("This beginning has no note. Give one that begins with a melody.")
    low, high = min(tune.pitches), max(tune.pitches)
    if low < settings.low or high > settings.high:
        raise InputError(
            f"The beginning goes from {note_name(low)} to {note_name(high)} and the range from "
            f"{note_name(settings.low)} to {note_name(settings.high)}. Widen the range in the sidebar."
        )


def first_bars(tune: Tune, n: int) -> Tune:
    """The first bars of a tune, its pickup included; the whole tune if it has no more."""
    if n >= len(tune.bars):
        return tune
    end = tune.bars[n]
    events = tuple(
        replace(event, duration_tick=min(event.end_tick, end) - event.onset_tick)
        for event in tune.events
        if event.onset_tick < end
    )
    return replace(
        tune,
        events=events,
        bars=tune.bars[:n],
        keys=tuple(key for key in tune.keys if key.onset_tick < end),
        meters=tuple(meter for meter in tune.meters if meter.onset_tick < end),
    )


def choose_kept(settings: FolkSettings) -> Kept | None:
    """Draw which bars of which tune stay; None where nothing is to stay."""
    bars = st.multiselect(
        "Keep these bars", list(range(1, settings.bars + 1)), key="folk.keep", on_change=_begin_keeping, **_BOUND,
        placeholder="none: every bar is new",
        help="The network composes the other bars anew, around those that you keep.",
    )  # fmt: skip
    columns = st.columns(2)
    if (st.session_state.get("folk.base") or 1) > settings.count:
        st.session_state["folk.base"] = 1
    base = columns[0].number_input(
        "Of variant", 1, settings.count, 1, key="folk.base", disabled=not bars, **_BOUND,
        help="Whose bars they are, as the variants were before any bar was kept.",
    )  # fmt: skip
    seed = columns[1].number_input(
        "Seed of the rest", 0, _MAX_SEED, 1, key="folk.rest_seed", disabled=not bars, **_BOUND,
        help="“Compose again” draws another one while bars are kept.",
    )  # fmt: skip
    st.session_state["folk.was_keeping"] = bool(bars)
    if not bars:
        return None
    return Kept(
        bars=tuple(sorted(bar - 1 for bar in bars)),
        base=int(base or 1) - 1,
        seed=1 if seed is None else int(seed),
    )


def _begin_keeping() -> None:
    """The first bar that is kept belongs to the tune that is shown."""
    state = st.session_state
    if state.get("folk.keep") and not state.get("folk.was_keeping"):
        state["folk.base"] = state.get("folk.variant") or 1
        state["folk.variant"] = 1


def choose_variant(n: int) -> int:
    """Draw which of the tunes is shown; returns its number, from 0."""
    if n < 2:
        return 0
    if (st.session_state.get("folk.variant") or 1) > n:
        st.session_state["folk.variant"] = 1
    chosen = st.radio("Variant", list(range(1, n + 1)), horizontal=True, key="folk.variant", **_BOUND)
    return int(chosen or 1) - 1
