"""Each page's job from a shell: ``python -m core sonify FILE.csv --value COL --wav OUT.wav``."""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from core import limits
from core.audioviz import command as audioviz_command
from core.emotion import command as emotion_command
from core.errors import DashboardError, InputError
from core.extrapolate import command as extrapolate_command
from core.sonify.settings import (
    AGGREGATES,
    DEFAULT_PROGRAMS,
    DEFAULT_RANGES,
    DENSITIES,
    METERS,
    MODES,
    PACES,
    PARTS,
    REFERENCES,
    RHYTHMS,
    SAMPLINGS,
    SCALINGS,
    STYLES,
    TICK_UNITS,
    Settings,
    default_duration_sec,
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one job; print one line; return 0, or 1 with a sentence on standard error."""
    given = sys.argv[1:] if arguments is None else arguments
    options = _parser().parse_args(emotion_command.with_pairs(given))
    try:
        print(options.job_function(options))
    except DashboardError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"error: {error.strerror or error}: {error.filename or ''}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m core", description="Sonoscope's jobs from a shell.")
    jobs = parser.add_subparsers(dest="job", required=True)
    _add_folk(jobs.add_parser("folk", help="folk tunes are composed, engravable and new"))
    emotion_command.add_arguments(jobs.add_parser("emotion", help="a mood becomes a piano piece"))
    audioviz_command.add_arguments(jobs.add_parser("visualize", help="a sound becomes scene parameters"))
    extrapolate_command.add_arguments(jobs.add_parser("extrapolate", help="a recording goes on"))
    sonify = jobs.add_parser("sonify", help="a column of a table becomes a melody")
    sonify.set_defaults(job_function=_sonify)
    sonify.add_argument("file", help="CSV, TSV, XLSX, Parquet, JSON, gzip; or example:ID")
    sonify.add_argument("--settings", type=Path, help="settings JSON of the page; other options change it")
    sonify.add_argument("--time", help="column that orders the rows")
    sonify.add_argument(
        "--value", action="append", help="column to hear; COL,COL or repeated for more voices"
    )
    sonify.add_argument("--part", choices=PARTS)
    sonify.add_argument("--program", type=int, action="append", help="General MIDI program, one a voice")
    sonify.add_argument("--low", type=int, help="lowest MIDI pitch")
    sonify.add_argument("--high", type=int, help="highest MIDI pitch")
    sonify.add_argument("--invert", action="store_true", default=None, help="higher is lower")
    sonify.add_argument("--notes", type=int, dest="n_notes", help="at most; more rows are aggregated")
    sonify.add_argument("--aggregate", choices=AGGREGATES)
    sonify.add_argument("--sampling", choices=SAMPLINGS)
    sonify.add_argument("--scaling", choices=SCALINGS)
    sonify.add_argument("--smoothing", type=int)
    sonify.add_argument("--period", type=int, help="rows in a season, for --part")
    sonify.add_argument("--key")
    sonify.add_argument("--scale", help="chromatic, major, minor pentatonic, … or continuous")
    sonify.add_argument("--rhythm", choices=RHYTHMS)
    sonify.add_argument("--pace", choices=PACES)
    sonify.add_argument("--duration", type=float, dest="duration_sec", help="seconds in all")
    sonify.add_argument("--tempo", type=float, dest="tempo_qpm", help="notes a minute, with --pace tempo")
    sonify.add_argument("--tick-unit", choices=TICK_UNITS)
    sonify.add_argument("--tick-every", type=float)
    sonify.add_argument("--reference", action="append", dest="references", choices=REFERENCES)
    sonify.add_argument("--accents", action="store_true", default=None, help="mark outliers")
    _add_composer_arguments(sonify)
    sonify.add_argument("--engine", choices=("auto", "fluidsynth", "embedded"), default="auto")
    sonify.add_argument("--soundfont", type=Path, help="an SF2 file of your own")
    sonify.add_argument("--midi", type=Path)
    sonify.add_argument("--wav", type=Path)
    sonify.add_argument("--mp3", type=Path)
    sonify.add_argument("--save-settings", type=Path)
    sonify.add_argument("--report", type=Path, help="fidelity figures and every sounding point as JSON")
    return parser


def _add_folk(folk: argparse.ArgumentParser) -> None:
    folk.set_defaults(job_function=_folk)
    folk.add_argument(
        "--collection", default="germany/erk", help="such as germany/erk; unknown for a mixture"
    )
    folk.add_argument("--key", default="G")
    folk.add_argument("--mode", default="major")
    folk.add_argument("--meter", default="4/4")
    folk.add_argument("--bars", type=int, default=16)
    folk.add_argument("--low", type=int, default=60, help="lowest MIDI pitch")
    folk.add_argument("--high", type=int, default=79, help="highest MIDI pitch")
    folk.add_argument("--temperature", type=float, default=1.0)
    folk.add_argument("--top-p", type=float, default=1.0)
    folk.add_argument("--seed", type=int, default=0)
    folk.add_argument("--count", type=int, default=1)
    folk.add_argument(
        "--pickup", type=float, default=0.0, dest="pickup_beat", help="quarters before the first bar"
    )
    folk.add_argument(
        "--phrases",
        default="automatic",
        help="lengths in bars such as 4+4+2+6, letters such as AABA, or both: A4 A4 B8",
    )
    folk.add_argument(
        "--any-ending", action="store_false", dest="end_on_tonic", help="the last note may be any"
    )
    folk.add_argument("--begin", type=Path, help="a .krn, .abc, .mid, .musicxml or .mxl file to go on from")
    folk.add_argument("--tempo", type=float, default=100.0, dest="tempo_qpm", help="quarters a minute")
    folk.add_argument("--program", type=int, default=73, help="General MIDI program")
    folk.add_argument("--out", type=Path, help="folder for MIDI, MusicXML, ABC and kern files")
    folk.add_argument("--report", type=Path, help="facts and events of every tune as JSON")


def _folk(options: argparse.Namespace) -> str:
    from core.folk import command
    from core.folk.generate import FolkComposer
    from core.folk.originality.fingerprint import Fingerprint
    from core.folk.phrases import parse_phrases
    from core.music.tune_files import read_tune

    names = (
        "collection", "key", "mode", "meter", "bars", "low", "high", "temperature", "top_p", "seed", "count",
        "pickup_beat", "end_on_tonic",
    )  # fmt: skip
    request = {name: getattr(options, name) for name in names}
    plan = parse_phrases(options.phrases, options.bars)
    notes: list[str] = []
    prompt = None
    if options.begin is not None:
        prompt, notes = read_tune(options.begin.read_bytes(), options.begin.name)
    composer = FolkComposer.from_weights()
    tunes = composer.compose(**request, prompt=prompt, phrase_plan=plan.bars, phrase_letters=plan.letters)
    request["phrases"] = options.phrases
    if options.out is not None:
        command.write_tunes(tunes, options.out, tempo_qpm=options.tempo_qpm, program=options.program)
    if options.report is not None:
        told = command.report(tunes, request, composer, Fingerprint.from_weights())
        options.report.write_text(json.dumps(told, ensure_ascii=False, allow_nan=False), encoding="utf-8")
    counted = "1 tune" if len(tunes) == 1 else f"{len(tunes)} tunes"
    return "; ".join(
        [f"{counted} of {options.bars} bars in {options.key} {options.mode}, {options.meter}", *notes]
    )


def _add_composer_arguments(sonify: argparse.ArgumentParser) -> None:
    sonify.add_argument("--mode", choices=MODES, help="melody and piece are composed by a network")
    sonify.add_argument("--fidelity", type=float, help="of a melody: 0 is free of the data, 1 is exact")
    sonify.add_argument("--takes", type=int, help="melodies composed at once; the report holds all of them")
    sonify.add_argument("--take", type=int, help="the one that sounds, from 1")
    sonify.add_argument("--seed", type=int, help="equal seeds give equal notes; direct mapping draws nothing")
    sonify.add_argument("--bars", type=int, help="length in bars, with --pace bars")
    sonify.add_argument("--beat", type=float, dest="beat_qpm", help="quarters a minute, with --pace bars")
    sonify.add_argument("--meter", choices=METERS)
    sonify.add_argument("--style", choices=STYLES, help="of a piece's accompaniment")
    sonify.add_argument("--density", type=int, choices=DENSITIES, help="of it, from 1, sparse, to 5, busy")
    sonify.add_argument(
        "--accompaniment", type=int, dest="accompaniment_program", help="General MIDI program"
    )


def _sonify(options: argparse.Namespace) -> str:
    from core import audio, synth
    from core.music import midi
    from core.sonify.audibility import inaudible
    from core.sonify.compose import Composers, compose
    from core.sonify.report import report

    table = _read(options.file)
    settings = _settings(options, table)
    result = compose(
        table, settings, Composers.from_weights(), engine=options.engine, soundfont=options.soundfont
    )
    rendering = None
    if options.wav or options.mp3:
        rendering = synth.render(result.midi, engine=options.engine, soundfont=options.soundfont)
        unheard = inaudible(result, options.soundfont)
        result = dataclasses.replace(result, notes=(*result.notes, *unheard))
    outputs: list[tuple[Path | None, bytes]] = [
        (options.midi, midi.to_bytes(result.midi)),
        (options.save_settings, settings.to_json().encode()),
        (
            options.report,
            json.dumps(report(result, table, rendering), ensure_ascii=False, allow_nan=False).encode(),
        ),
    ]
    if rendering is not None:
        outputs += [
            (options.wav, audio.encode(rendering.audio, "wav") if options.wav else b""),
            (options.mp3, audio.encode(rendering.audio, "mp3") if options.mp3 else b""),
        ]
    for path, content in outputs:
        if path is not None:
            path.write_bytes(content)
    return _line(result, rendering)


def _read(file: str):  # type: ignore[no-untyped-def]  # the return type would import pandas to parse --help
    from core.sonify.examples import EXAMPLES, load_example
    from core.tables.table import read_table

    if file.startswith("example:"):
        example = file.removeprefix("example:")
        if example not in EXAMPLES:
            raise InputError(f"There is no example {example!r}. There are: {', '.join(EXAMPLES)}.")
        return load_example(example)
    path = Path(file)
    if path.stat().st_size > limits.MAX_TABLE_BYTES:
        raise InputError(
            f"{path.name} has {path.stat().st_size / limits.MEGABYTE:,.0f} MB; tables of up to "
            f"{limits.MAX_TABLE_BYTES / limits.MEGABYTE:.0f} MB work. Keep only the columns to be heard."
        )
    return read_table(path.read_bytes(), name=path.name)


def _settings(options: argparse.Namespace, table) -> Settings:  # type: ignore[no-untyped-def]
    from core.sonify.points import select_rows

    base = Settings.from_json(options.settings.read_bytes()) if options.settings else Settings()
    time, suggested = table.suggest()
    columns = _columns(options.value, table) if options.value else [voice.column for voice in base.voices]
    if not columns:
        columns = suggested[:1]
        if not columns:
            raise InputError("This table has no column of numbers, and only numbers can be heard.")
    raw = json.loads(base.to_json())
    mode = options.mode or base.mode
    raw["voices"] = [_voice(options, base, column, place, mode) for place, column in enumerate(columns)]
    # Without --settings a missing --time means the recognised one; "--time ''" keeps the file's order.
    if options.time is not None:
        raw["time"] = options.time or None
    elif not options.settings:
        raw["time"] = time
    for name in (
        "n_notes", "aggregate", "sampling", "scaling", "smoothing", "period", "key", "scale", "rhythm", "pace",
        "duration_sec", "tempo_qpm", "tick_unit", "tick_every", "references", "accents", "seed", "mode", "fidelity",
        "takes", "take", "bars", "beat_qpm", "meter", "style", "density", "accompaniment_program",
    ):  # fmt: skip
        if getattr(options, name) is not None:
            raw[name] = getattr(options, name)
    if options.pace is None and (options.tempo_qpm is not None or options.bars is not None):
        raw["pace"] = "tempo" if options.tempo_qpm is not None else "bars"
    if options.take is not None and options.takes is None:
        raw["takes"] = max(options.take, raw["takes"])
    settings = Settings.from_dict(raw)
    if options.duration_sec is None and not options.settings:
        n_points = min(len(select_rows(table, settings).index), settings.n_notes)
        settings = dataclasses.replace(settings, duration_sec=default_duration_sec(n_points))
    return settings


def _columns(given: list[str], table) -> list[str]:  # type: ignore[no-untyped-def]
    """Split COL,COL; a column whose own name holds a comma is found whole first."""
    names = set(table.frame.columns)
    return [column for text in given for column in ([text] if text in names else text.split(","))]


def _voice(
    options: argparse.Namespace, base: Settings, column: str, place: int, mode: str
) -> dict[str, object]:
    known = [voice for voice in base.voices if voice.column == column]
    low, high = DEFAULT_RANGES[mode]
    program = DEFAULT_PROGRAMS[place % len(DEFAULT_PROGRAMS)]
    voice: dict[str, object] = {"column": column, "program": program, "low": low, "high": high}
    if known:
        voice = dict(vars(known[0]))
    for name in ("part", "low", "high"):  # an end that was not given stays the mode's
        if getattr(options, name) is not None:
            voice[name] = getattr(options, name)
    if options.program:
        voice["program"] = options.program[min(place, len(options.program) - 1)]
    if options.invert:
        voice["polarity"] = "down"
    return voice


def _line(result, rendering) -> str:  # type: ignore[no-untyped-def]
    parts = []
    for voice in result.voices:
        rho = voice.fidelity.spearman
        shown = "undefined" if rho is None else f"{rho:.3f}"
        parts.append(
            f"{voice.voice.name}: {int(voice.points['sounds'].sum())} notes, rank correlation {shown}"
        )
    composition = result.composition
    if composition is not None and composition.takes:
        nats = composition.takes[result.settings.take - 1].nats[0]
        if nats is not None:
            parts.append(f"{nats:.2f} nats a note (real melodies {composition.real_nats:.2f})")
    if composition is not None and composition.accompanied is not None:
        parts.append(
            f"{len(composition.accompanied.notes)} notes of accompaniment in {composition.score.n_bars} bars"
        )
    if rendering is not None and rendering.note:
        parts.append(rendering.note)
    return "; ".join(parts)


if __name__ == "__main__":
    sys.exit(main())
