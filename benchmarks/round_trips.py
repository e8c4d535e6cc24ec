"""Settings round trips: random settings of every page through its settings file and its link; how many come back the same.

python -m benchmarks.round_trips              50 settings a page, requests and the bytes of MIDI or sound
python -m benchmarks.round_trips --requests   the requests alone
python -m benchmarks.round_trips sonify folk  some pages
"""

from __future__ import annotations

import argparse
import dataclasses
import hashlib
import os
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any
from unittest.mock import patch

from streamlit.testing.v1 import AppTest

from core.errors import InputError
from core.settings_file import write_settings

# Jobs run in this process, before any page is imported.
os.environ.setdefault("SONOSCOPE_WORKERS", "0")
ROOT = Path(__file__).parents[1]
N_SETTINGS = 50
TIMEOUT_SEC = 300
PAGES = {
    "sonify": "sonify_data.py",
    "folk": "folk_generator.py",
    "emotion": "emotion_music.py",
    "extrapolate": "extrapolate.py",
    "viz": "audio_viz.py",
}
FEATURES = {**{page: page for page in PAGES}, "viz": "visualize"}


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """Random settings: what the page must ask for, and a settings file that says so."""

    asked: object
    file: bytes


@dataclass(kw_only=True)
class Outcome:
    """What came back of the settings of a page."""

    page: str
    n: int = 0
    file_equal: int = 0
    link_equal: int = 0
    n_bytes: int = 0
    bytes_equal: int = 0
    wrong: list[str] = field(default_factory=list)


class CapturedError(InputError):
    """Ends a page where it would begin to compute."""


def draw_settings(page: str, seed: int, *, small: bool = False) -> Drawn:
    """Draw settings of a page from its real options; small ones are quick to compute."""
    return _DRAWS[page](random.Random(f"{page} {seed}"), small)  # noqa: S311 - no secret


def ask_by_file(page: str, file: bytes) -> tuple[object, dict[str, list[str]]]:
    """What a page asks for when a settings file is loaded on it, and the address that it then has."""
    with _captured(page) as asked:
        at = _open(page, {})
        at.file_uploader(key=f"{page}.settings_file").upload("settings.json", file, "application/json").run()
    _require_no_trouble(at)
    return asked[-1], {
        name: [values] if isinstance(values, str) else list(values)
        for name, values in at.query_params.items()
    }


def ask_by_link(page: str, address: dict[str, list[str]]) -> object:
    """What a page asks for that is opened by its address in a new session."""
    with _captured(page) as asked:
        _require_no_trouble(_open(page, address))
    return asked[-1]


def _open(page: str, address: dict[str, list[str]]) -> AppTest:
    from pages.components.shared.page import NAVIGATED

    at = AppTest.from_file(str(ROOT / "pages" / PAGES[page]), default_timeout=TIMEOUT_SEC)
    at.session_state[NAVIGATED] = True
    for name, values in address.items():
        at.query_params[name] = values
    return at.run()


def _require_no_trouble(at: AppTest) -> None:
    told = [error.value for error in at.error if error.value != "captured"]
    if at.exception or told:
        raise AssertionError(f"{[error.value for error in at.exception]} {told}")


@contextmanager
def _captured(page: str) -> Iterator[list[Any]]:
    """Take down what a page asks for, in the place of computing it."""
    asked: list[Any] = []
    name, read = _PROBES[page]

    def probe(*args: Any, **kwargs: Any) -> Any:
        """Take it down and end the page."""
        asked.append(read(*args, **kwargs))
        raise CapturedError("captured")

    with patch(name, probe):
        yield asked


def _read_viz(source: Any, settings: Any) -> tuple[object, ...]:
    import streamlit as st

    from pages.components.viz.scene_view import current_look

    return source.identity, settings, current_look(st.query_params.to_dict())


def _read_folk(settings: Any, beginning: Any, kept: Any) -> tuple[object, ...]:
    import streamlit as st

    return settings, beginning, kept, st.session_state.get("folk.variant") or 1


# Where a page turns to its job, and what of the arguments the result depends on.
_PROBES: dict[str, tuple[str, Callable[..., object]]] = {
    "sonify": (
        "pages.components.sonify.requests.obtain_sound",
        lambda source, settings, sound: (source.identity, settings, sound.identity),
    ),
    "folk": ("pages.components.folk.result.request_tunes", _read_folk),
    "emotion": (
        "pages.components.emotion.result.compose_piece",
        lambda settings, beginning, **_: (
            settings.request(),
            beginning.notes and hash_notes(beginning.notes),
        ),
    ),
    "extrapolate": (
        "pages.components.extrapolate.result.extend_sound",
        lambda source, request, _: (source.identity, request),
    ),
    "viz": ("pages.components.viz.features.hear", _read_viz),
}


def hash_notes(notes: Any) -> str:
    """Equal where the notes of a performance are equal."""
    digest = hashlib.sha256()
    for name in ("pitch", "onset_sec", "duration_sec", "velocity"):
        digest.update(getattr(notes, name).tobytes())
    return digest.hexdigest()


def _draw_extrapolate(dice: random.Random, small: bool) -> Drawn:
    from core.extrapolate.examples import EXAMPLES
    from core.extrapolate.report import settings_json
    from core.extrapolate.request import Request
    from pages.components.extrapolate.controls import DIRECTIONS, ENDINGS, ENGINES, MOODS

    request = Request(
        seconds=float(dice.randint(10, 15 if small else 600)),
        at_sec=dice.choice([None, round(dice.uniform(5, 11), 1)]),
        direction=dice.choice([*DIRECTIONS.values()]),
        mood=dice.choice([*MOODS.values()]),
        engine="recompose" if small else dice.choice([*ENGINES.values()]),
        adventure=dice.randint(0, 20) / 20,
        seed=dice.randint(0, 2**31 - 1),
        ending=dice.choice([*ENDINGS.values()]),
    )
    example = dice.choice([*EXAMPLES])
    return Drawn(asked=(f"example:{example}", request), file=settings_json(request, example=example))


def _draw_viz(dice: random.Random, small: bool) -> Drawn:
    from core.audioviz.settings import ASPECTS, IN_ORDER, Look, VizSettings
    from core.showcase import SHOWPIECES
    from pages.components.shared.model_cache import installed_viz_models
    from pages.components.viz.controls import AXES, INTERPOLATIONS, MAPPINGS, SCALINGS
    from pages.components.viz.scenes.scenes import PALETTES, SCENE_NAMES

    settings = VizSettings(
        model="measured" if small else dice.choice(installed_viz_models()),
        mapping=dice.choice([*MAPPINGS.values()]),
        scaling_axis=dice.choice([*AXES.values()]),
        scaling=dice.choice([*SCALINGS.values()]),
        interpolation=dice.choice([*INTERPOLATIONS.values()]),
        smoothing_sec=dice.randint(0, 20) / 20,
        seed=dice.randint(0, 2**31 - 1),
        order=tuple(dice.sample(IN_ORDER, len(IN_ORDER))),
    )
    look = Look(
        scene=dice.choice([*SCENE_NAMES]),
        palette=dice.choice([*PALETTES]),
        limiter=dice.random() < 0.5,
        latency_ms=dice.randint(-500, 500),
        aspect=dice.choice([*ASPECTS]),
        caption=dice.choice(["", "Nachtzug № 3", "a & b = 50 %"]),
    )
    example = dice.choice([*SHOWPIECES])
    more = {"look": dataclasses.asdict(look)}
    file = write_settings("visualize", dataclasses.asdict(settings), data={"example": example}, **more)
    return Drawn(asked=(("example", example), settings, look), file=file)


def _draw_emotion(dice: random.Random, small: bool) -> Drawn:
    from core.emotion.compose import MAX_TEMPO_QPM, MIN_TEMPO_QPM, Request, first_seconds
    from core.emotion.examples import example, example_names
    from core.emotion.moods import Mood, MoodPath
    from core.music.key import MAJOR_TONICS
    from pages.components.emotion.controls import STEERINGS, UNITS

    def mood() -> Mood:
        """One on the raster of the page's numbers."""
        return Mood(valence=dice.randint(-20, 20) / 20, arousal=dice.randint(-20, 20) / 20)

    start = mood()
    unit = "notes" if small else dice.choice([*UNITS])
    low, high, _ = UNITS[unit]
    begins = dice.choice([None, *example_names()])
    request = Request(
        path=MoodPath(start=start, end=mood()) if dice.random() < 0.5 else MoodPath.still(start),
        unit=unit,
        length=dice.randint(low, 40 if small else high),
        temperature=dice.randint(0, 20) / 10,
        seed=dice.randint(0, 2**31 - 1),
        steering=dice.choice([*STEERINGS.values()]),
        program=dice.randint(0, 127),
        # Opening notes bring their own key and tempo.
        key=None if begins else dice.choice([None, *MAJOR_TONICS]),
        tempo_qpm=None
        if begins
        else dice.choice([None, float(dice.randint(int(MIN_TEMPO_QPM), int(MAX_TEMPO_QPM)))]),
        notes_for=dice.choice([None, MoodPath.still(mood())]),
    )
    seconds = float(dice.randint(1, 20))
    notes = hash_notes(first_seconds(example(begins), seconds)) if begins else None
    more = {"beginning_sec": seconds} if begins else {}
    data = {"example": begins} if begins else {}
    file = write_settings("emotion", dataclasses.asdict(request), data=data, **more)
    return Drawn(asked=(request, notes), file=file)


_TUNE = "K:{}\nM:{}\nL:1/8\nD2 | G2 G2 B2 d2 | c2 A2 F2 A2 | G4 B4 | c2 B2 A2 G2 |"


def _draw_folk(dice: random.Random, small: bool) -> Drawn:
    from core.accompaniment.strumming import ACCOMPANIMENTS
    from core.folk.form import FORMS, FREE_FORM
    from core.folk.phrase_plan import AUTOMATIC
    from core.folk.settings import FolkSettings, Kept, first_bars
    from core.folk.tune_plan import COMPOSABLE_METERS, GROUPINGS
    from core.music.tune import MODES
    from core.music.tune_files import read_tune
    from pages.components.folk.controls import KEYS, MAX_VARIANTS, NOTES, list_collections

    bars = dice.randint(6, 8 if small else 32)
    part = dice.randint(1, bars - 1)
    meter, low = dice.choice(COMPOSABLE_METERS), dice.randint(NOTES[0] + 12, NOTES[-1] - 24)
    settings = FolkSettings(
        collection=dice.choice([*list_collections().values()]),
        key=dice.choice(KEYS),
        mode=dice.choice(MODES),
        meter=meter,
        groups=dice.choice(["", *GROUPINGS.get(meter, ())]),
        bars=bars,
        low=low,
        high=min(NOTES[-1], low + dice.randint(12, 24)),
        temperature=dice.randint(0, 30) / 10,
        seed=dice.randint(0, 2**31 - 1),
        count=dice.randint(1, 2 if small else MAX_VARIANTS),
        end_on_tonic=dice.random() < 0.5,
        phrases=dice.choice([AUTOMATIC, "2", "4", f"{part}+{bars - part}"]),
        pickup_beat=dice.randint(0, 2) / 2,
        transpose=dice.randint(-12, 12),
        tempo_qpm=float(dice.randint(30, 300)),
        program=dice.randint(0, 127),
    )
    variant, kept, beginning = dice.randint(1, settings.count), None, None
    more: dict[str, Any] = {"variant": variant}
    if dice.random() < 0.4:
        numbers = tuple(sorted(dice.sample(range(bars), dice.randint(1, 3))))
        kept = Kept(bars=numbers, base=dice.randrange(settings.count), seed=dice.randint(0, 2**31 - 1))
        more["kept"] = dataclasses.asdict(kept)
    elif dice.random() < 0.5:
        settings = replace(settings, low=55, high=86)
        text = _TUNE.format(dice.choice(["G", "D", "Am"]), dice.choice(["4/4", "C"]))
        n_bars = dice.randint(1, 4)
        beginning = first_bars(read_tune(text.encode(), "beginning.abc")[0], n_bars)
        more["beginning"] = {"abc": text, "bars": n_bars}
    settings = replace(
        settings,
        form=dice.choice(FORMS) if kept is None and beginning is None and not small else FREE_FORM,
        chords=dice.random() < 0.5,
        accompaniment=dice.choice(ACCOMPANIMENTS),
    )
    file = write_settings("folk", dataclasses.asdict(settings), data={}, **more)
    return Drawn(asked=(settings, beginning, kept, variant), file=file)


def _draw_sonify(dice: random.Random, small: bool) -> Drawn:
    from core.sonify.examples import EXAMPLES
    from core.sonify.settings import Settings
    from pages.components.sonify.source import load_source
    from pages.components.sonify.synthesizer_choice import default_engine
    from pages.components.sonify.texts import ENGINES

    source = load_source(dice.choice([*EXAMPLES]))
    mode = dice.choice(["direct", "melody", "piece"])
    settings = Settings(**_draw_notes(dice, source, mode), **_draw_time(dice, source, mode, small), mode=mode)
    engine = dice.choice([*ENGINES]) if default_engine() == "auto" else default_engine()
    example = source.example
    assert example is not None
    more = {"reading": [], "engine": engine}
    file = write_settings("sonify", dataclasses.asdict(settings), data={"example": example.id}, **more)
    return Drawn(asked=([example.id], settings, (engine, "")), file=file)


def _draw_notes(dice: random.Random, source: Any, mode: str) -> dict[str, Any]:
    """Columns, voices, filters, pitch."""
    from core.music.scales import KEYS, SCALES
    from core.sonify import settings as choices
    from core.sonify.settings import Voice
    from core.sonify.suggestion import pair_voices

    suggested, table = source.suggested.settings, source.table
    labels = list(dict.fromkeys(voice.label for voice in suggested.voices if voice.label))
    n_columns = 1 if labels else dice.randint(1, min(4, len(table.number_columns())))
    columns = (
        dice.sample(
            [name for name in table.number_columns() if name != suggested.time] or table.number_columns(), 1
        )
        if n_columns == 1
        else dice.sample(table.number_columns(), n_columns)
    )
    voices = []
    for column, label in pair_voices(columns, labels):
        low = dice.randint(24, 80)
        voices.append(
            Voice(
                column=column,
                label=label,
                part="value",
                program=dice.randint(0, 127),
                low=low,
                high=low + dice.randint(12, 28),
                polarity=dice.choice(choices.POLARITIES),
                scaling=dice.choice([None, *choices.SCALINGS]),
                velocity=dice.randint(1, 127),
                pan=dice.randint(-20, 20) / 20,
                also=tuple(name for name in choices.CHANNELS if dice.random() < 0.3),
            )
        )
    scales = [name for name in SCALES if mode == "direct" or name != "continuous"]
    return {
        "voices": tuple(voices),
        "time": suggested.time,
        "split": suggested.split,
        "filters": suggested.filters,
        "key": dice.choice(KEYS),
        "scale": dice.choice(scales),
        "scaling": dice.choice(choices.SCALINGS),
        "pitch_scale": dice.choice(choices.PITCH_SCALES),
    }


def _draw_time(dice: random.Random, source: Any, mode: str, small: bool) -> dict[str, Any]:
    """Notes, pace, cues, dials: what a page has no widget for stays at its default."""
    from core.sonify import settings as choices
    from core.speech.languages import LANGUAGES

    pace = dice.choice(choices.PACES)
    rhythms = [name for name in choices.RHYTHMS if name != "composed" or mode != "direct"]
    rhythm = dice.choice([name for name in rhythms if name != "time" or source.suggested.settings.time])
    sampling = dice.choice(choices.SAMPLINGS)
    drawn: dict[str, Any] = {
        "n_notes": dice.randint(8, 40 if small else 500),
        "aggregate": dice.choice(choices.AGGREGATES),
        "smoothing": dice.choice([1, 3, 5]),
        "period": dice.choice([None, dice.randint(2, 24)]),
        "sampling": sampling,
        "pace": pace,
        "rhythm": rhythm,
        "tick_unit": dice.choice(["off", "row"]),
        "tick_every": float(dice.randint(1, 12)),
        "references": tuple(name for name in choices.REFERENCES if dice.random() < 0.3),
        "accents": dice.random() < 0.5,
    }
    if dice.random() < 0.5:
        drawn |= {"captions": True, "language": dice.choice(list(LANGUAGES))}
    if sampling == "steps":
        drawn["step_share"] = dice.randint(2, 40) * 0.5 / 100
    if pace == "tempo":
        drawn["tempo_qpm"] = float(dice.randint(60, 600))
    elif pace == "bars":
        drawn |= {"bars": dice.randint(4, 32), "beat_qpm": float(dice.randint(60, 160))}
    else:
        drawn["duration_sec"] = float(dice.randint(5, 60))
    if pace == "bars" or mode == "piece" or rhythm == "composed":
        drawn["meter"] = dice.choice(choices.METERS)
    if mode == "melody":
        takes = dice.randint(1, 2 if small else 8)
        drawn |= {"fidelity": dice.randint(0, 20) / 20, "takes": takes, "take": dice.randint(1, takes)}
    elif mode == "piece":
        drawn |= {
            "style": dice.choice(choices.STYLES),
            "density": dice.choice(choices.DENSITIES),
            "accompaniment_program": dice.randint(0, 127),
        }
    if mode != "direct":
        drawn["seed"] = dice.randint(0, 2**31 - 1)
    return drawn


_DRAWS: dict[str, Callable[[random.Random, bool], Drawn]] = {
    "sonify": _draw_sonify,
    "folk": _draw_folk,
    "emotion": _draw_emotion,
    "extrapolate": _draw_extrapolate,
    "viz": _draw_viz,
}


def make_bytes(page: str, asked: Any) -> bytes:
    """MIDI, or the sound or parameters, of what a page asks for."""
    return _MAKERS[page](asked)


def _make_sonify(asked: Any) -> bytes:
    from core.music import midi
    from core.sonify.compose import Composers, compose
    from pages.components.sonify.source import load_source

    (example,), settings, _ = asked
    return midi.to_bytes(compose(load_source(example).table, settings, Composers.from_weights()).midi)


def _make_folk(asked: Any) -> bytes:
    from core.folk.job import compose_tunes
    from core.folk.settings import keep_bars
    from core.music import midi
    from core.music.tune_files import to_midi

    settings, beginning, kept, variant = asked
    request = settings.request(beginning)
    if kept is not None:
        request = keep_bars(request, kept, lambda whole: compose_tunes(whole).tunes)
    tune = compose_tunes(request).tunes[variant - 1]
    return midi.to_bytes(to_midi(tune, tempo_qpm=settings.tempo_qpm, program=settings.program))


def _make_emotion(asked: Any) -> bytes:
    from core.emotion.compose import compose
    from core.emotion.piano.generate import PianoComposer
    from core.music import midi

    result = compose(asked[0], PianoComposer.from_weights())
    return midi.to_bytes(result.midi())


def _make_extrapolate(asked: Any) -> bytes:
    from core.extrapolate.job import extend_example

    source, request = asked
    return extend_example(source.removeprefix("example:"), request).sound.data


def _make_viz(asked: Any) -> bytes:
    (_, example), settings, _ = asked
    return bytes(settings.map(_hear(example)).tobytes())


@lru_cache
def _hear(example: str) -> Any:
    from core.showcase import hear_showpiece

    return hear_showpiece(example).measured.hearing


_MAKERS: dict[str, Callable[[Any], bytes]] = {
    "sonify": _make_sonify,
    "folk": _make_folk,
    "emotion": _make_emotion,
    "extrapolate": _make_extrapolate,
    "viz": _make_viz,
}


def check_page(page: str, seeds: range, *, with_bytes: bool = False) -> Outcome:
    """Send settings through the file and the link of a page and count what comes back the same."""
    outcome = Outcome(page=page)
    for seed in seeds:
        drawn = draw_settings(page, seed, small=with_bytes)
        outcome.n += 1
        try:
            by_file, address = ask_by_file(page, drawn.file)
            by_link = ask_by_link(page, address)
        except (AssertionError, IndexError) as error:
            outcome.wrong.append(f"{page} {seed}: {error}")
            continue
        outcome.file_equal += by_file == drawn.asked
        outcome.link_equal += by_link == drawn.asked
        for way, got in (("file", by_file), ("link", by_link)):
            if got != drawn.asked:
                outcome.wrong.append(f"{page} {seed} by {way}:\n  {drawn.asked}\n  {got}")
        if with_bytes:
            _compare_bytes(outcome, page, seed, (drawn.asked, by_file, by_link))
    return outcome


def _compare_bytes(outcome: Outcome, page: str, seed: int, asked: tuple[object, ...]) -> None:
    try:
        made = [make_bytes(page, each) for each in asked]
    except InputError as error:
        # What cannot be composed is refused alike in whatever way it was asked.
        outcome.wrong.append(f"{page} {seed} cannot be made: {error}")
        return
    outcome.n_bytes += 1
    outcome.bytes_equal += len(set(made)) == 1


def main() -> None:
    """Print a row a page."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("pages", nargs="*", choices=[*PAGES, []], default=[])
    parser.add_argument("--n", type=int, default=N_SETTINGS)
    parser.add_argument("--requests", action="store_true", help="no bytes")
    options = parser.parse_args()
    print("page         settings  file equal  link equal  bytes equal  seconds")
    for page in options.pages or PAGES:
        start = time.perf_counter()
        told = check_page(page, range(options.n), with_bytes=not options.requests)
        shown = "-" if options.requests else f"{told.bytes_equal} of {told.n_bytes}"
        seconds = time.perf_counter() - start
        print(
            f"{page:<12} {told.n:>8}  {told.file_equal:>10}  {told.link_equal:>10}  {shown:>11}  {seconds:7.1f}"
        )
        for line in told.wrong[:5]:
            print("  ", line[:1500])


if __name__ == "__main__":
    main()
