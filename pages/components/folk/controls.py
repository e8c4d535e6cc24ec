"""Controls of the Folk Generator: collection, key, meter, tempo, advanced settings, bars to keep, variant."""

from __future__ import annotations

from dataclasses import dataclass, replace

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.accompaniment.strumming import ACCOMPANIMENTS, GUITAR, NONE
from core.folk.collection_names import collection_name, find_nearest
from core.folk.form import AABB, FORMS, FREE_FORM
from core.folk.phrase_plan import AUTOMATIC
from core.folk.settings import FolkSettings, Kept
from core.folk.tokenizer import COLLECTIONS, ESSEN_COLLECTIONS, HEARD_AS
from core.folk.tune_plan import COMPOSABLE_METERS, GROUPINGS, MAX_BARS
from core.music.midi import GENERAL_MIDI, note_name
from core.music.tune import MODES, Tune
from core.music.tune_engraving import measure_bars
from pages.components.folk import texts
from pages.components.shared.address import complete_address
from pages.components.shared.controls import (
    BOUND,
    KEPT,
    choose_from,
    choose_number,
    choose_seed,
    choose_temperature,
    draw_seed,
    read_old_names,
    remember_in_address,
)
from pages.components.shared.model_cache import load_card
from pages.components.shared.player.player import picked_bars

# What the page begins with; settings files and the first links, which say nothing of chords, have none.
# Violins are in tune in all SoundFonts over the usual range, flutes are not; the first tune of this seed opens on the
# tonic's chord, as 19 of 20 do.
USUAL = FolkSettings(
    collection="nottingham", seed=9, program=GENERAL_MIDI.index("Violin"), chords=True, accompaniment=GUITAR
)
# Editions of links: what they leave out, and by which network their tunes were made.
EDITION, FIRST, SECOND, TODAY = "folk.edition", "1", "2", "3"
_USUAL_OF = {FIRST: FolkSettings(), SECOND: replace(USUAL, seed=9), TODAY: USUAL}
_STOOD_IN = "folk.collection.stood_in"
MAX_VARIANTS = 8
MAX_TEMPERATURE = 3.0
KEYS = ("C", "G", "D", "A", "E", "B", "F#", "F", "Bb", "Eb", "Ab", "Db")
NOTES = tuple(range(36, 97))
MAX_PLAN = 200
MAX_TRANSPOSE = 12
MAX_PICKUP = 4.0
OWN_PLAN = "custom plan"
# Meters as a musician looks for them; the rare ones last.
_COMMON_METERS = ("2/4", "3/4", "4/4", "2/2", "3/8", "6/8", "9/8", "12/8", "5/4", "5/8", "7/8")
METERS = (*_COMMON_METERS, *(meter for meter in COMPOSABLE_METERS if meter not in _COMMON_METERS))
# As older links have them, where capitals and a colon do not give the name.
_OLD_SPECIAL_NAMES = {
    "unknown": "All collections mixed",
    "germany/old": "Germany: old tunes",
    "germany/children": "Germany: children's songs",
    "europe": "Europe: other",
    "germany/other": "Germany: other",
    "china": "China: other",
    "nottingham": "Nottingham: British and American dances",
}


def _old_collection_name(collection: str) -> str:
    if collection in _OLD_SPECIAL_NAMES:
        return _OLD_SPECIAL_NAMES[collection]
    region, _, name = collection.partition("/")
    region = " and ".join(part.capitalize() for part in region.split(" and "))
    return f"{region}: {name.capitalize()}" if name else region


def list_collections() -> dict[str, str]:
    """The collections that the network here knows, by name; the mixture of all stands last."""
    first, *others = load_card("folk_melody").config.get("collections", ESSEN_COLLECTIONS)
    return {collection_name(collection): collection for collection in (*others, first)}


def _choose_collection(usual: FolkSettings) -> str:
    """Draw the collection; of a link that names one that the network does not know, the nearest one is taken and told."""
    known = list_collections()
    asked_of = {
        name: one for one in COLLECTIONS for name in (_old_collection_name(one), collection_name(one))
    }
    asked_of |= {"British and American dances (Nottingham)": "nottingham"}
    nearest_of = {
        name: collection_name(find_nearest(one, list(known.values()))) for name, one in asked_of.items()
    }
    named = st.query_params.get("folk.collection", "")
    if named in asked_of and known.get(nearest_of[named]) != asked_of[named]:
        st.session_state[_STOOD_IN] = (collection_name(asked_of[named]), nearest_of[named])
    read_old_names("folk.collection", {old: new for old, new in nearest_of.items() if old != new})
    usual_one = find_nearest(usual.collection, list(known.values()))
    chosen = choose_from(
        texts.COLLECTION,
        known,
        key="folk.collection",
        index=list(known.values()).index(usual_one),
        help=texts.COLLECTION_HELP,
    )
    stood_in = st.session_state.get(_STOOD_IN)
    if stood_in and stood_in[1] == collection_name(chosen):
        st.caption(texts.describe_nearest(*stood_in))
    return chosen


@dataclass(frozen=True)
class KeyPlace:
    """Sidebar place of key and meter, or of those of the visitor's own notes."""

    own: DeltaGenerator

    def show_own(self, beginning: Tune | None, settings: FolkSettings) -> None:
        """Show key and meter of the given notes, locked, where they differ from the settings."""
        if beginning is None:
            return
        key, meter = beginning.keys[0], beginning.meters[0]
        if (key.tonic, key.mode, meter.meter) == (settings.key, settings.mode, settings.meter):
            return
        with self.own:
            # The choices stay as they are, for when the notes are taken away.
            st.html("<style>.st-key-folk-key-choices { display: none; }</style>")
            columns = st.columns(2)
            for place, name, label, value in (
                (columns[0], "key", texts.KEY, texts.name_tonic(key.tonic)),
                (columns[1], "mode", texts.MODE, texts.name_mode(key.mode)),
                (st, "meter", texts.METER, meter.name),
            ):
                place.selectbox(
                    label, [value], key=f"folk.own_{name}", disabled=True, help=texts.OWN_KEY_HELP
                )
            st.caption(texts.OWN_KEY)


def choose_settings() -> tuple[FolkSettings, KeyPlace]:
    """Draw the settings; returns them, and the place for the key of the visitor's notes."""
    edition = _read_edition()
    usual = _USUAL_OF[edition]
    if edition != TODAY:
        st.caption(texts.EARLIER_EDITION)
    collection = _choose_collection(usual)
    place = KeyPlace(st.container())
    with st.container(key="folk-key-choices"):
        columns = st.columns(2)
        # As they were called in older links, and are in settings files.
        read_old_names("folk.key", {tonic: tonic for tonic in KEYS if texts.name_tonic(tonic) != tonic})
        read_old_names("folk.mode", {mode: mode for mode in MODES if texts.name_mode(mode) != mode})
        key = columns[0].selectbox(
            texts.KEY, KEYS, index=1, key="folk.key", format_func=texts.name_tonic, **BOUND
        )
        mode = columns[1].selectbox(texts.MODE, MODES, key="folk.mode", format_func=texts.name_mode, **BOUND)
        if mode in HEARD_AS:
            st.caption(texts.warn_of_mode(mode, HEARD_AS[mode][0]))
        meter = st.selectbox(texts.METER, METERS, index=METERS.index("4/4"), key="folk.meter", **BOUND)
        groups = _choose_grouping(meter or "4/4")
    form, bars, tempo = _choose_form()
    instrument, accompaniment, chords = _choose_playing(usual)
    st.button(
        texts.NEW_VERSION,
        key="folk.new_seed",
        on_click=_draw_seed,
        icon=":material/casino:",
        width="stretch",
        help=texts.NEW_VERSION_HELP,
    )
    settings = FolkSettings(
        collection=collection,
        key=key or "G",
        mode=mode or MODES[0],
        meter=meter or "4/4",
        groups=groups,
        bars=bars,
        tempo_qpm=tempo,
        program=GENERAL_MIDI.index(instrument),
        seed=usual.seed,
        form=form,
        chords=chords,
        accompaniment=accompaniment,
    )
    with st.expander(texts.ADVANCED, icon=":material/tune:"):
        settings = _choose_advanced(settings)
    _name_edition(edition)
    return settings, place


def _choose_form() -> tuple[str, int, float]:
    """Draw form, bars and tempo."""
    form = st.selectbox(
        texts.FORM,
        FORMS,
        key="folk.form",
        format_func=texts.FORM_NAMES.__getitem__,
        help=texts.FORM_HELP,
        **BOUND,
    )
    columns = st.columns(2)
    bars = columns[0].number_input(
        texts.BARS,
        2,
        MAX_BARS,
        16,
        key="folk.bars",
        disabled=form == AABB,
        help=texts.SET_BY_FORM if form == AABB else None,
        **BOUND,
    )
    tempo = columns[1].number_input(texts.TEMPO, 30, 300, 100, 5, key="folk.tempo", **BOUND)
    return form or FREE_FORM, int(bars or 16), float(tempo or 100)


def _choose_playing(usual: FolkSettings) -> tuple[str, str, bool]:
    """Draw the instrument, the accompaniment, and whether chord symbols are written."""
    instrument = st.selectbox(
        texts.INSTRUMENT, GENERAL_MIDI, index=usual.program, key="folk.instrument", **BOUND
    )
    accompaniment = st.selectbox(
        texts.ACCOMPANIMENT,
        ACCOMPANIMENTS,
        index=ACCOMPANIMENTS.index(usual.accompaniment),
        key="folk.accompaniment",
        format_func=texts.ACCOMPANIMENT_NAMES.__getitem__,
        help=texts.ACCOMPANIMENT_HELP,
        **BOUND,
    )
    chords = st.checkbox(texts.CHORDS, usual.chords, key="folk.chords", help=texts.CHORDS_HELP, **BOUND)
    return instrument or GENERAL_MIDI[usual.program], accompaniment or NONE, bool(chords)


def _read_edition() -> str:
    """Which settings a link leaves out: those of the first links, or the usual ones of today.

    The first ones have no parameter for it; a bare address is today's.
    """
    named = st.query_params.get(EDITION)
    if named in _USUAL_OF:
        st.session_state[EDITION] = named
    elif EDITION not in st.session_state:
        st.session_state[EDITION] = _implied_edition()
    return str(st.session_state[EDITION])


def _implied_edition() -> str:
    """What an address that does not name its edition means."""
    is_link = any(name.startswith("folk.") and name != EDITION for name in st.query_params)
    return FIRST if is_link else TODAY


def _name_edition(edition: str) -> None:
    """Put the edition into the address where a link would be read otherwise."""
    complete_address()
    remember_in_address({EDITION: "" if edition == _implied_edition() else edition})


def _choose_advanced(settings: FolkSettings) -> FolkSettings:
    columns = st.columns(2)
    names = [note_name(pitch) for pitch in NOTES]
    low = columns[0].selectbox(texts.LOWEST, names, index=names.index("C4"), key="folk.low", **BOUND)
    high = columns[1].selectbox(texts.HIGHEST, names, index=names.index("G5"), key="folk.high", **BOUND)
    columns = st.columns(2)
    transpose = columns[0].number_input(
        texts.TRANSPOSE,
        -MAX_TRANSPOSE,
        MAX_TRANSPOSE,
        0,
        key="folk.transpose",
        help=texts.TRANSPOSE_HELP,
        **BOUND,
    )
    pickup = choose_number(
        texts.PICKUP, 0.0, MAX_PICKUP, 0.0, 0.5, key="folk.pickup", place=columns[1], help=texts.PICKUP_HELP
    )
    phrases = _choose_phrases(disabled=settings.form == AABB)
    tonic = st.checkbox(texts.END_ON_TONIC, True, key="folk.end_on_tonic", **BOUND)
    columns = st.columns(2)
    temperature = choose_temperature("folk", MAX_TEMPERATURE, columns[0])
    count = columns[1].number_input(
        texts.VARIANTS, 1, MAX_VARIANTS, 3, key="folk.count", help=texts.VARIANTS_HELP, **BOUND
    )
    seed = choose_seed("folk.seed", settings.seed, help=texts.SEED_HELP)
    return replace(
        settings,
        low=NOTES[names.index(low or "C4")],
        high=NOTES[names.index(high or "G5")],
        temperature=temperature,
        seed=seed,
        count=int(count or 1),
        end_on_tonic=bool(tonic),
        phrases=phrases,
        pickup_beat=pickup,
        transpose=int(transpose or 0),
    )


def _choose_grouping(meter: str) -> str:
    """Draw the beat grouping of an irregular meter; empty for the default."""
    if meter not in GROUPINGS:
        return ""
    chosen = st.selectbox(
        texts.GROUPING,
        [texts.AUTOMATIC_GROUPING, *GROUPINGS[meter]],
        key="folk.groups",
        help=texts.GROUPING_HELP,
        **BOUND,
    )
    return "" if chosen in (None, texts.AUTOMATIC_GROUPING) else str(chosen)


def _choose_phrases(*, disabled: bool) -> str:
    read_old_names("folk.phrases", {"a plan of my own": OWN_PLAN, OWN_PLAN: OWN_PLAN, AUTOMATIC: AUTOMATIC})
    chosen = st.selectbox(
        texts.PHRASES,
        [AUTOMATIC, "2 bars", "4 bars", OWN_PLAN],
        key="folk.phrases",
        format_func=lambda name: texts.PHRASE_NAMES.get(name, name),
        help=texts.SET_BY_FORM if disabled else texts.PHRASES_HELP,
        disabled=disabled,
        **BOUND,
    )
    if chosen != OWN_PLAN:
        return str(chosen or AUTOMATIC).removesuffix(" bars")
    plan = st.text_input(
        texts.PLAN,
        "AABA",
        max_chars=MAX_PLAN,
        key="folk.plan",
        help=texts.PLAN_HELP,
        disabled=disabled,
        **BOUND,
    )
    return plan or AUTOMATIC


def _draw_seed() -> None:
    draw_seed("folk.rest_seed" if st.session_state.get("folk.keep") else "folk.seed")


def choose_kept(settings: FolkSettings) -> Kept | None:
    """Draw the bars to keep and their tune; None to keep none."""
    _choose_picked(settings.n_bars)
    bars = st.multiselect(
        texts.KEEP_BARS,
        list(range(1, settings.n_bars + 1)),
        key="folk.keep",
        on_change=_begin_keeping,
        placeholder=texts.KEEP_NONE,
        select_all=False,  # it would leave nothing to compose
        help=texts.KEEP_HELP,
        **BOUND,
    )
    columns = st.columns(2)
    if (st.session_state.get("folk.base") or 1) > settings.count:
        st.session_state["folk.base"] = 1
    base = columns[0].number_input(
        texts.BASE,
        1,
        settings.count,
        1,
        key="folk.base",
        disabled=not bars,
        help=texts.BASE_HELP,
        **BOUND,
    )
    seed = choose_seed(
        "folk.rest_seed",
        place=columns[1],
        label=texts.REST_SEED,
        disabled=not bars,
        help=texts.REST_SEED_HELP,
    )
    st.session_state["folk.was_keeping"] = bool(bars)
    if not bars:
        return None
    return Kept(bars=tuple(sorted(bar - 1 for bar in bars)), base=int(base or 1) - 1, seed=seed)


def _choose_picked(n_bars: int) -> None:
    """Draw the switch for selecting bars by clicks in the score, and the current selection."""
    with st.container(horizontal=True, vertical_alignment="center"):
        # Bars that are kept come from the tune before: what is shown then is another one.
        is_keeping = bool(st.session_state.get("folk.keep"))
        is_on = st.toggle(
            texts.PICK,
            key="folk.pick",
            help=texts.PICK_LOCKED if is_keeping else texts.PICK_HELP,
            disabled=is_keeping,
            **KEPT,
        )
        if not is_on or is_keeping:
            return
        picked = [bar for bar in _list_picked() if bar <= n_bars]
        st.caption(texts.describe_picked(picked) if picked else texts.PICK_NONE)
        st.button(
            texts.KEEP_PICKED,
            key="folk.keep_picked",
            on_click=_keep_picked,
            args=(picked,),
            disabled=not picked,
            icon=":material/lock:",
        )


def remember_measures(tune: Tune) -> None:
    """Keep which bars each measure of the shown score stands for: with repeats, for two."""
    st.session_state["folk.measures"] = measure_bars(tune) if tune.repeats else None


def _list_picked() -> list[int]:
    """Bars, from 1, that are selected in the score, with those that repeat them."""
    picked = picked_bars("folk.player")
    measures = st.session_state.get("folk.measures")
    if not measures:
        return picked
    # The player counts measures from 1, without the pickup.
    n_pickups = int(measures[0][0] < 0)
    chosen = [measures[n - 1 + n_pickups] for n in picked if n - 1 + n_pickups < len(measures)]
    return sorted({max(0, bar) + 1 for bars in chosen for bar in bars})


def _keep_picked(bars: list[int]) -> None:
    state = st.session_state
    state["folk.keep"], state["folk.pick"] = bars, False
    _begin_keeping()


def _begin_keeping() -> None:
    """Keep bars of the current tune when the first bar is selected."""
    state = st.session_state
    if state.get("folk.keep") and not state.get("folk.was_keeping"):
        state["folk.base"] = state.get("folk.variant") or 1
        state["folk.variant"] = 1


def choose_variant(n: int) -> int:
    """Draw the choice of variant; returns its number, from 0."""
    if n < 2:
        return 0
    if (st.session_state.get("folk.variant") or 1) > n:
        st.session_state["folk.variant"] = 1
    chosen = st.radio(texts.VARIANT, list(range(1, n + 1)), horizontal=True, key="folk.variant", **BOUND)
    return int(chosen or 1) - 1
