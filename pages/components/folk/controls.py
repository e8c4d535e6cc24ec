"""What a folk tune is to be: the choices of the Folk page, a beginning of one's own, bars that stay."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from core.folk.job import TuneRequest
from core.folk.phrase_plan import AUTOMATIC, parse_phrases
from core.folk.tokenizer import COLLECTIONS, HEARD_AS
from core.folk.tune_plan import COMPOSABLE_METERS, MAX_BARS
from core.music.midi import GENERAL_MIDI, note_name
from core.music.tune import MODES, Tune
from pages.components.shared.controls import (
    BOUND,
    DEFAULT_SEED,
    DEFAULT_TEMPERATURE,
    choose_from,
    choose_seed,
    choose_temperature,
    draw_seed,
)

MAX_VARIANTS = 8
KEYS = ("C", "G", "D", "A", "E", "B", "F#", "F", "Bb", "Eb", "Ab", "Db")
_NOTES = tuple(range(36, 97))
_MAX_PLAN = 200
_OWN_PLAN = "a plan of my own"
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
    """Everything that is chosen in the sidebar; equal settings give equal tunes.

    The defaults are what is chosen where neither the visitor nor the address has chosen anything.
    """

    collection: str = COLLECTIONS[1]
    key: str = "G"
    mode: str = MODES[0]
    meter: str = "4/4"
    bars: int = 16
    low: int = _NOTES[24]  # C4
    high: int = _NOTES[43]  # G5
    temperature: float = DEFAULT_TEMPERATURE
    seed: int = DEFAULT_SEED
    count: int = 3
    end_on_tonic: bool = True
    phrases: str = AUTOMATIC
    tempo_qpm: float = 100.0
    program: int = GENERAL_MIDI.index("Flute")

    def request(self, beginning: Tune | None = None) -> TuneRequest:
        """What the composer is asked for; a beginning brings its own key and meter.

        Raises
        ------
        InputError
            If the plan of phrases is none or does not fill the bars.
        """
        plan = parse_phrases(self.phrases, self.bars)
        key, mode, meter = self.key, self.mode, self.meter
        if beginning is not None:
            key, mode = beginning.keys[0].tonic, beginning.keys[0].mode
            meter = beginning.meters[0].meter
        return TuneRequest(
            collection=self.collection,
            key=key,
            mode=mode,
            meter=meter,
            bars=self.bars,
            phrase_plan=plan.bars,
            phrase_letters=plan.letters,
            low=self.low,
            high=self.high,
            temperature=self.temperature,
            seed=self.seed,
            count=self.count,
            end_on_tonic=self.end_on_tonic,
            prompt=beginning,
        )


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
    collection = choose_from(
        "Collection",
        _COLLECTION_OF,
        key="folk.collection",
        help="Where the tunes were written down that this one is to resemble.",
    )
    columns = st.columns(2)
    key = columns[0].selectbox("Key", KEYS, index=1, key="folk.key", **BOUND)
    mode = columns[1].selectbox("Mode", MODES, key="folk.mode", **BOUND)
    if mode in HEARD_AS:
        st.caption(
            f"The network has heard no tune in {mode}: it sings one in {HEARD_AS[mode][0]} with the degree that differs exchanged."
        )
        columns = st.columns(2)
    meter = columns[0].selectbox(
        "Meter", COMPOSABLE_METERS, index=COMPOSABLE_METERS.index("4/4"), key="folk.meter", **BOUND
    )
    bars = columns[1].number_input("Bars", 2, MAX_BARS, 16, key="folk.bars", **BOUND)
    names = [note_name(pitch) for pitch in _NOTES]
    low = columns[0].selectbox("Lowest note", names, index=names.index("C4"), key="folk.low", **BOUND)
    high = columns[1].selectbox("Highest note", names, index=names.index("G5"), key="folk.high", **BOUND)
    phrases = _choose_phrases()
    columns = st.columns(2)
    temperature = choose_temperature("folk", 3.0, columns[0])
    count = columns[1].number_input(
        "Variants", 1, MAX_VARIANTS, 3, key="folk.count", help="Tunes composed at once.", **BOUND
    )
    seed = choose_seed("folk.seed", place=columns[0], help="The same seed gives the same tunes.")
    tempo = columns[1].number_input("Quarters a minute", 30, 300, 100, 5, key="folk.tempo", **BOUND)
    st.button(
        "Compose again",
        key="folk.new_seed",
        on_click=_draw_seed,
        icon=":material/casino:",
        width="stretch",
        help="Draws another seed. Bars that you keep stay.",
    )
    tonic = st.checkbox("End on the tonic", True, key="folk.end_on_tonic", **BOUND)
    instrument = st.selectbox(
        "Instrument", GENERAL_MIDI, index=GENERAL_MIDI.index("Flute"), key="folk.instrument", **BOUND
    )
    return FolkSettings(
        collection=collection,
        key=key or "G",
        mode=mode or MODES[0],
        meter=meter or "4/4",
        bars=int(bars or 16),
        low=_NOTES[names.index(low or "C4")],
        high=_NOTES[names.index(high or "G5")],
        temperature=temperature,
        seed=seed,
        count=int(count or 1),
        end_on_tonic=bool(tonic),
        phrases=phrases,
        tempo_qpm=float(tempo or 100),
        program=GENERAL_MIDI.index(instrument or "Flute"),
    )


def _choose_phrases() -> str:
    chosen = st.selectbox(
        "Phrases",
        [AUTOMATIC, "2 bars", "4 bars", _OWN_PLAN],
        key="folk.phrases",
        help="Where phrases end and the singer breathes. Automatic: every four bars, with what is left over.",
        **BOUND,
    )
    if chosen != _OWN_PLAN:
        return str(chosen or AUTOMATIC).removesuffix(" bars")
    plan = st.text_input(
        "Plan of the phrases",
        "AABA",
        max_chars=_MAX_PLAN,
        key="folk.plan",
        help="Lengths in bars such as 4+4+2+6, letters such as AABA that share the bars evenly, or both: A4 A4 B8. "
        "Phrases of the same letter have the same notes. A bar that you keep comes first, and the last bar of the "
        "tune is new where a repeat would not end it.",
        **BOUND,
    )
    return plan or AUTOMATIC


def _draw_seed() -> None:
    draw_seed("folk.rest_seed" if st.session_state.get("folk.keep") else "folk.seed")


def choose_kept(settings: FolkSettings) -> Kept | None:
    """Draw which bars of which tune stay; None where nothing is to stay."""
    bars = st.multiselect(
        "Keep these bars",
        list(range(1, settings.bars + 1)),
        key="folk.keep",
        on_change=_begin_keeping,
        placeholder="none: every bar is new",
        help="The network composes the other bars anew, around those that you keep.",
        **BOUND,
    )
    columns = st.columns(2)
    if (st.session_state.get("folk.base") or 1) > settings.count:
        st.session_state["folk.base"] = 1
    base = columns[0].number_input(
        "Of variant",
        1,
        settings.count,
        1,
        key="folk.base",
        disabled=not bars,
        help="Whose bars they are, as the variants were before any bar was kept.",
        **BOUND,
    )
    seed = choose_seed(
        "folk.rest_seed",
        place=columns[1],
        label="Seed of the rest",
        disabled=not bars,
        help="“Compose again” draws another one while bars are kept.",
    )
    st.session_state["folk.was_keeping"] = bool(bars)
    if not bars:
        return None
    return Kept(bars=tuple(sorted(bar - 1 for bar in bars)), base=int(base or 1) - 1, seed=seed)


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
    chosen = st.radio("Variant", list(range(1, n + 1)), horizontal=True, key="folk.variant", **BOUND)
    return int(chosen or 1) - 1
