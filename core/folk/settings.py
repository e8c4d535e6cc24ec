"""Settings of the Folk Generator: what tunes are to be, bars that stay, a beginning in ABC notation; read from a settings file."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from core.accompaniment.strumming import ACCOMPANIMENTS, NONE
from core.errors import InputError
from core.folk.form import AABB, AABB_BARS, AABB_PHRASES, FREE_FORM, check_form
from core.folk.job import TuneRequest
from core.folk.phrase_plan import AUTOMATIC, parse_phrases
from core.folk.tune_plan import MAX_BARS
from core.folk.typed_abc import check_letters
from core.music.tune import Tune
from core.music.tune_files import read_tune
from core.settings_file import SettingsFile, build

MAX_ABC = 4_000  # what a link can hold


@dataclass(frozen=True, kw_only=True)
class FolkSettings:
    """Everything that is chosen beside the tune; equal settings give equal tunes.

    Attributes
    ----------
    collection, key, mode, meter, bars, low, high, temperature, seed, count, end_on_tonic, pickup_beat, transpose
        As `core.folk.job.TuneRequest` has them.
    groups : str
        How the beats of an irregular meter are grouped, such as "3+2+2"; empty for the usual way.
    phrases : str
        A plan for `core.folk.phrase_plan.parse_phrases`.
    tempo_qpm : float
        Quarter notes per minute.
    program : int
        General MIDI program, 0-127.
    form : str
        One of ``core.folk.form.FORMS``; AABB has its own bars and phrases.
    chords : bool
        Whether chord symbols stand over the tunes.
    accompaniment : str
        One of ``core.accompaniment.strumming.ACCOMPANIMENTS``.
    """

    collection: str = "germany/erk"
    key: str = "G"
    mode: str = "major"
    meter: str = "4/4"
    groups: str = ""
    bars: int = 16
    low: int = 60
    high: int = 79
    temperature: float = 1.0
    seed: int = 1
    count: int = 3
    end_on_tonic: bool = True
    phrases: str = AUTOMATIC
    pickup_beat: float = 0.0
    transpose: int = 0
    tempo_qpm: float = 100.0
    program: int = 73  # flute
    form: str = FREE_FORM
    chords: bool = False
    accompaniment: str = NONE

    @property
    def n_bars(self) -> int:
        """Bars as they are played."""
        return AABB_BARS if self.form == AABB else self.bars

    def request(self, beginning: Tune | None = None) -> TuneRequest:
        """Build the composer's request; given notes determine key and meter.

        Raises
        ------
        InputError
            If the plan of phrases is none or does not fill the bars, or the grouping, the form or the accompaniment is
            none.
        """
        is_form = check_form(self.form) == AABB
        plan = parse_phrases(AABB_PHRASES if is_form else self.phrases, self.n_bars)
        if self.accompaniment not in ACCOMPANIMENTS:
            raise InputError(
                f"There is no accompaniment “{self.accompaniment[:20]}”. Use one of {', '.join(ACCOMPANIMENTS)}."
            )
        key, mode, meter = self.key, self.mode, self.meter
        groups = _parse_groups(self.groups)
        if beginning is not None:
            key, mode = beginning.keys[0].tonic, beginning.keys[0].mode
            meter, groups = beginning.meters[0].meter, beginning.meters[0].groups or groups
            if meter != self.meter:
                groups = beginning.meters[0].groups
        return TuneRequest(
            collection=self.collection,
            key=key,
            mode=mode,
            meter=meter,
            bars=self.n_bars,
            phrase_plan=plan.bars,
            phrase_letters=plan.letters,
            groups=groups,
            low=self.low,
            high=self.high,
            temperature=self.temperature,
            seed=self.seed,
            count=self.count,
            end_on_tonic=self.end_on_tonic,
            pickup_beat=self.pickup_beat,
            prompt=beginning,
            transpose=self.transpose,
            chords=self.chords,
            accompaniment=self.accompaniment,
        )


@dataclass(frozen=True, kw_only=True)
class Kept:
    """Bars, from 0, of one tune that are kept while the rest is recomposed."""

    bars: tuple[int, ...]
    base: int  # number of the tune, from 0
    seed: int


@dataclass(frozen=True, kw_only=True)
class Beginning:
    """Opening in a settings file: ABC notation, and the number of bars used."""

    abc: str = ""
    bars: int = 4


@dataclass(frozen=True, kw_only=True)
class FolkChoices:
    """All that a settings file of the page says.

    Attributes
    ----------
    settings : FolkSettings
    variant : int
        Which of the tunes is shown, from 0.
    title : str
        Empty for the usual one.
    kept : Kept or None
    beginning : Beginning
    """

    settings: FolkSettings
    variant: int = 0
    title: str = ""
    kept: Kept | None = None
    beginning: Beginning = Beginning()


def read_choices(file: SettingsFile) -> FolkChoices:
    """Parse a settings file.

    Raises
    ------
    InputError
        If something in it makes no sense.
    """
    settings = build(FolkSettings, file.settings)
    kept = build(Kept, file.more["kept"], "kept bars") if "kept" in file.more else None
    beginning = build(Beginning, file.more.get("beginning", {}), "beginning")
    variant = file.more.get("variant", 1)
    if isinstance(variant, bool) or not isinstance(variant, int) or not 1 <= variant <= settings.count:
        raise InputError(f"In the settings, variant was {variant!r:.20}; it can be 1 to {settings.count}.")
    if kept is not None:
        _require("base", kept.base + 1, settings.count)
        for bar in kept.bars:
            _require("kept bars", bar + 1, settings.n_bars)
        if kept.seed < 0:
            raise InputError(f"In the settings, seed was {kept.seed}; it must be 0 or more.")
    _require("bars of the beginning", beginning.bars, MAX_BARS)
    if len(beginning.abc) > MAX_ABC:
        raise InputError(f"The beginning in these settings is longer than {MAX_ABC:,} characters.")
    return FolkChoices(
        settings=settings,
        variant=variant - 1,
        title=str(file.more.get("title", "")),
        kept=kept,
        beginning=beginning,
    )


def read_beginning(beginning: Beginning, settings: FolkSettings) -> Tune | None:
    """The notes of a beginning; None where it is empty.

    Raises
    ------
    InputError
        If it is no ABC notation.

    Examples
    --------
    >>> tune = read_beginning(Beginning(abc="G2 A2 B4 | d8 |", bars=1), FolkSettings())
    >>> tune.pitches
    [67, 69, 71]
    """
    if not beginning.abc.strip():
        return None
    check_letters(beginning.abc)
    tune, _ = read_tune(add_header(beginning.abc, settings).encode(), "beginning.abc")
    return first_bars(tune, beginning.bars)


def keep_bars(
    request: TuneRequest, kept: Kept, compose: Callable[[TuneRequest], tuple[Tune, ...]]
) -> TuneRequest:
    """The request for tunes that keep bars of a tune, which is composed first.

    Parameters
    ----------
    request : TuneRequest
        What the tune that the bars are of was made from.
    kept : Kept
    compose : callable
        Gives the tunes of a request.
    """
    # Kept bars are those of the tune before it is transposed.
    base = compose(replace(request, transpose=0))[kept.base]
    return replace(request, seed=kept.seed, prompt=base, keep=bars_that_stay(request.prompt, kept))


def bars_that_stay(beginning: Tune | None, kept: Kept) -> tuple[int, ...]:
    """Bars, from 0, that are kept, including the visitor's own opening."""
    own = range(max(1, len(beginning.bars))) if beginning is not None else ()
    return tuple(sorted({*kept.bars, *own}))


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
        chords=tuple(chord for chord in tune.chords if chord.onset_tick < end),
        repeats=tuple(repeat for repeat in tune.repeats if repeat.end_tick <= end),
        bars=tune.bars[:n],
        keys=tuple(key for key in tune.keys if key.onset_tick < end),
        meters=tuple(meter for meter in tune.meters if meter.onset_tick < end),
    )


def add_header(text: str, settings: FolkSettings) -> str:
    """Notes in ABC with the header lines that they lack: meter and key as they are chosen, eighths as the unit.

    Examples
    --------
    >>> add_header("K:D\\nd2 e2 |", FolkSettings())
    'M:4/4\\nL:1/8\\nK:D\\nd2 e2 |'
    """
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


def _parse_groups(text: str) -> tuple[int, ...]:
    if text and not re.fullmatch(r"[1-9](\+[1-9]){1,8}", text):
        raise InputError(f"A grouping of beats is numbers with plus signs, such as 3+2+2, not {text!r:.40}.")
    return tuple(int(part) for part in text.split("+")) if text else ()


def _require(what: str, value: int, most: int) -> None:
    if not 1 <= value <= most:
        raise InputError(f"In the settings, {what} was {value}; it can be 1 to {most}.")
