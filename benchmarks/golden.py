"""What the command line makes of fixed inputs and seeds: recorded once, compared after a refactoring.

    python -m benchmarks.golden --write DIR [--only sonify,folk] [--cases "sonify-.*-piece"]
    python -m benchmarks.golden --check DIR

A case is one call of ``python -m core`` and one folder of DIR. Inputs are made anew each time, the same bytes; some
sound is FluidSynth's, which must be there for both runs or for none. The rest of ``core`` may move. Extensions are cut
off at their full length, as they were before endings could be chosen, so that older records of their sound still hold.
"""

from __future__ import annotations

import argparse
import contextlib
import datetime as dt
import gzip
import io
import json
import os
import re
import shlex
import shutil
import tempfile
import time
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before numpy is imported: sums do not depend on free cores
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import mido
import numpy as np
import openpyxl
import pyarrow.parquet
import soundfile

from core.__main__ import main as command_line

RELATIVE, ABSOLUTE = 1e-6, 1e-9  # of numbers in JSON
SAMPLES = 1e-5  # of features and sound: absolute, times the value where that is above 1
EXCLUDED = {"visualize": ("$.seconds.", "$.memory_mb.")}  # by job: numbers of the machine, not of the sound
TOOK = re.compile(r"(heard by \w+ in )[\d.]+ s")  # the same in the printed line

# File | options of all modes | options of direct mapping. The other modes take those below in turns.
TABLES = """
comma.csv         | --value temperature,rain --key D --scale major | --accents --reference mean --tick-unit month
semicolon.csv     | --value Umsatz | --scale continuous --rhythm time
tabs.tsv          | --value sales --key A --scale 'harmonic minor' | --part trend --period 12 --program 40
quarters.csv      | --value index | --scale 'major pentatonic' --invert --low 48 --high 72
weeks.csv         | --value visits,share --key F --scale dorian | --smoothing 3 --tick-unit week --tick-every 4
clock.csv         | --value lux | --scaling log --rhythm time --tick-unit unit --tick-every 3600
utf16.csv         | --value 'Höhe Λ' | --scaling rank --scale 'whole tone'
latin1.csv        | --value Größe --key G | --pace tempo --tempo 200 --scale major
packed.csv.gz     | --value level --notes 60 | --aggregate max --scaling robust --tick-unit hour
records.json      | --value value | --sampling steps --accents
columns.json      | --value level --notes 30 | --aggregate median --scale 'minor blues'
lines.jsonl       | --value power | --reference min --reference max --key B
book.xlsx         | --value depth,speed --program 12 --program 73 | --scale lydian
table.parquet     | --value price | --part rest --period 12
wide.csv          | --value wide,negative,tiny --time '' | --tick-unit row --tick-every 10
example:nile      | --key E --scale 'natural minor' | --part season --period 11
example:macro     | --value unemployment,inflation --notes 50 | --scale chromatic --tick-unit year
example:co2       | --notes 80 | --aggregate last --smoothing 5
example:stocks    | --value Apple,Netflix --key C --scale major | --pace tempo --tempo 480
example:gapminder | --value 'life expectancy' --notes 24 | --aggregate min
"""
MELODIES = """
--fidelity 0.5 --takes 3 --take 2
--fidelity 0 --takes 1 --rhythm composed --bars 12
--fidelity 1 --takes 2 --rhythm uniform --beat 132 --bars 8
--fidelity 0.8 --takes 2 --meter 3/4 --bars 16 --rhythm composed
--fidelity 0.25 --takes 1 --low 55 --high 79 --rhythm time --duration 15
--takes 8 --notes 20 --pace tempo --tempo 180
"""
PIECES = """
--style pop --density 3
--style classical --density 5 --meter 3/4 --bars 12
--style pop --density 1 --accompaniment 24 --bars 8 --beat 90
--style classical --density 2 --rhythm composed --bars 16 --fidelity 0.9
"""
CALLS = """
folk --count 3 --seed 1
folk --count 2 --seed 2 --collection germany/boehme --key D --mode minor --meter 3/4 --bars 12 --phrases 4+4+4
folk --count 2 --seed 3 --collection nottingham --key A --mode dorian --meter 6/8 --phrases AABA
folk --count 2 --seed 4 --collection unknown --key F --mode mixolydian --meter 2/4 --bars 8 --phrases A2A2B4
folk --count 2 --seed 5 --collection china/han --key C --mode lydian --meter 5/4 --bars 10 --temperature 1.3
folk --count 2 --seed 6 --key Bb --mode phrygian --meter 3/8 --low 55 --high 84 --tempo 140 --program 40
folk --seed 7 --collection scandinavia --meter 9/8 --bars 9 --phrases 3 --top-p 0.9 --any-ending
folk --count 2 --seed 8 --collection austria --meter 3/4 --pickup 1 --phrases 4
folk --count 2 --seed 9 --begin @in/begin.abc
folk --count 2 --seed 10 --collection balkans --key E --mode minor --meter 7/8 --bars 32
emotion --valence 0.75 --arousal 0.45 --seconds 20 --seed 1 --wav @out/sound.wav
emotion --valence -0.75 --arousal -0.45 --seconds 20 --seed 2
emotion --valence -0.6 --arousal 0.7 --to 0.6,-0.5 --seconds 25 --seed 3
emotion --valence 0.6 --arousal 0.85 --to -0.5,-0.8 --bars 12 --seed 4 --program 11
emotion --valence 0.1 --arousal -0.8 --notes 80 --seed 5 --temperature 0.8 --top-p 0.9
emotion --steering classic --valence -0.75 --arousal 0.75 --seconds 15 --seed 6 --wav @out/sound.wav
emotion --steering classic --valence 0.6 --arousal -0.65 --to -0.2,0.9 --bars 10 --seed 7
emotion @begin @in/begin.mid --begin-seconds 6 --valence -0.3 --arousal -0.4 --seconds 25 --seed 8
emotion --voice @in/voice.wav --valence 0.8 --arousal -0.15 --seconds 25 --seed 9
emotion --seed 10
extrapolate @in/chord.wav --seconds 12 --seed 1
extrapolate @in/chord.wav --seconds 10 --seed 2 --direction before --mood lift --flac @out/sound.flac
extrapolate @in/chord.wav --seconds 10 --seed 3 --direction both --mood calm --adventure 0.9 --mp3 @out/sound.mp3
extrapolate @in/chord.wav --seconds 12 --seed 4 --engine neural
extrapolate @in/chord.wav --seconds 10 --seed 5 --engine neural --direction before --mood calm --from 8
extrapolate @in/chord.wav --seconds 10 --seed 6 --engine neural --direction both --mood lift --adventure 0
extrapolate example:mist --seconds 15 --seed 7
visualize @in/chord.wav --model ae_normal --mapping random --seed 3 --scaling-axis across --smoothing 0.5 --causal
visualize @in/chord.wav --model vgg --mapping pca --rate 50 --interpolation cubic
visualize @in/chord.wav --model alexnet --mapping kmeans --seed 1 --order 9,8,7,6,5,4,3,2,1,0
visualize @in/chord.wav --model ae_skip --mapping kmeans_pca --seed 2 --scaling standard --rate 8
"""
OUTPUTS = {
    "sonify": "--midi @out/notes.mid --report @out/report.json",
    "folk": "--out @out --report @out/report.json",
    "emotion": "--midi @out/notes.mid --musicxml @out/notes.musicxml --report @out/report.json",
    "extrapolate": "--wav @out/sound.wav --report @out/report.json",
    "visualize": "--out @out/features.npz --report @out/report.json",
}
SOUNDS = ("chord.wav", "voice.wav", "sweep.wav", "drone.flac")
MODELS = ("measured", "ae_normal", "ae_shared", "ae_skip", "alexnet", "vgg")


def all_cases() -> dict[str, list[str]]:
    """Calls by name; ``@in/`` and ``@out`` stand for folders, ``@begin`` for an option of the emotion job."""
    found: dict[str, str] = {}
    melodies, pieces, wav = MELODIES.strip().splitlines(), PIECES.strip().splitlines(), "--wav @out/sound.wav"
    for i, line in enumerate(TABLES.strip().splitlines()):
        file, options, direct = (part.strip() for part in line.split("|"))
        call = f"sonify {'' if ':' in file else '@in/'}{file} {options} --seed {i} --mode"
        name = "sonify-" + re.sub(r"example:|\..*", "", file)
        sound = "" if i % 3 else f"--duration 6 {wav} --engine {('auto', 'embedded')[i % 2]}"
        found[f"{name}-direct"] = f"{call} direct {direct} {sound} --save-settings @out/settings.json"
        found[f"{name}-melody"] = f"{call} melody {melodies[i % len(melodies)]} {wav if i in (2, 9) else ''}"
        found[f"{name}-piece"] = f"{call} piece {pieces[i % len(pieces)]} {wav if i in (2, 5) else ''}"
    for job in OUTPUTS:
        calls = [call for call in CALLS.strip().splitlines() if call.startswith(job)]
        found |= {f"{job}-{i:02}": call for i, call in enumerate(calls, 1)}
    for sound in SOUNDS:
        found |= {f"visualize-{sound[:5]}-{m}": f"visualize @in/{sound} --model {m}" for m in MODELS}
    return {name: shlex.split(f"{call} {OUTPUTS[name.split('-')[0]]}") for name, call in found.items()}


def make_inputs(folder: Path) -> None:
    """Write tables, sounds and beginnings, the same bytes each time."""
    n, rng = 48, np.random.default_rng(20)
    wave = (20 + 8 * np.sin(np.arange(n) * 2 * np.pi / 12) + rng.normal(size=n)).round(2)
    walk = (2000 + np.cumsum(30 * rng.normal(size=n))).round(2)
    wide, tiny, whole = 10 ** rng.uniform(-3, 9, n), rng.normal(size=n) * 1e-6, rng.integers(0, 900, n)
    days = [dt.date(2019, 1, 7) + dt.timedelta(days=31 * k) for k in range(n)]
    times = [dt.datetime(2024, 2, 28, 6) + dt.timedelta(minutes=10 * k) for k in range(400)]
    comma = [f"{v:,.2f}".translate({44: 46, 46: 44}) for v in walk]

    def text(name: str, heading: str, *columns: Iterable[Any], sep: str = ",", code: str = "utf-8") -> None:
        rows = (sep.join(map(str, row)) for row in zip(*columns, strict=False))
        data = "\n".join([heading.replace(",", sep), *rows, ""]).encode(code)
        (folder / name).write_bytes(gzip.compress(data, mtime=0) if name.endswith(".gz") else data)

    text("comma.csv", "date,temperature,rain", days, np.where(whole % 7, wave.astype(str), ""), whole)
    text("semicolon.csv", "Datum,Umsatz,Kosten", (f"{d:%d.%m.%Y}" for d in days), comma, whole, sep=";")
    text("tabs.tsv", "month,sales", (f"{d:%b %Y}" for d in days), wave, sep="\t")
    text("quarters.csv", "period,index", (f"{1995 + k // 4}Q{k % 4 + 1}" for k in range(n)), walk)
    title = "Table 3: visits by week\nSource: made up\n\nweek,visits,share"
    text("weeks.csv", title, (f"2019-W{k + 1:02}" for k in range(n)), whole, (f"{v}%" for v in wave))
    text("clock.csv", "# logger 7\n# unit: lux\ntime,lux", (f"{d:%H:%M}" for d in times), np.exp(wave / 4))
    text("utf16.csv", "Jahr,Höhe Λ", range(1900, 1900 + n), walk, code="utf-16", sep="\t")
    text("latin1.csv", "Jahr,Größe,Straße", range(1950, 1999), comma, ["Weg"] * n, sep=";", code="latin-1")
    text("packed.csv.gz", "timestamp,level", times, np.cumsum(rng.normal(size=400)).round(3))
    text("wide.csv", "wide,negative,tiny", wide, -walk, tiny)
    text("records.json", json.dumps([{"year": y, "value": v} for y, v in enumerate([None, *walk], 1970)]))
    text("columns.json", json.dumps({"day": [f"{d:%m/%d/%Y}" for d in days], "level": wave.tolist()}))
    dated = ({"at": f"{d:%d %B %Y}", "power": v} for d, v in zip(days, wide, strict=True))
    text("lines.jsonl", "\n".join(map(json.dumps, dated)))
    pyarrow.parquet.write_table(pyarrow.table({"day": days, "price": walk}), folder / "table.parquet")
    book, saved = openpyxl.Workbook(), io.BytesIO()
    for row in (("date", "depth", "speed"), *zip(days, wave.tolist(), walk.tolist(), strict=True)):
        book.active.append(row)
    book.create_sheet("notes")
    book.save(saved)
    with zipfile.ZipFile(saved) as old, zipfile.ZipFile(folder / "book.xlsx", "w") as new:
        for name in old.namelist():  # the time of writing goes
            content = re.sub(rb"20\d\d-[\dT:-]+Z", b"2024-01-01T00:00:00Z", old.read(name))
            new.writestr(zipfile.ZipInfo(name), content)
    text("begin.abc", "X:1\nT:Beginning\nM:4/4\nL:1/4\nK:G\nD|G2 B d|d c B A|G A B c|A2 D2|")
    ways = (("on", 0, 0), ("on", 24, 0), ("off", 0, 440), ("off", 24, 40))
    notes = ((f"note_{way}", top - low, t) for top in (76, 74, 72, 71, 69, 67) for way, low, t in ways)
    track = mido.MidiTrack(mido.Message(way, note=pitch, time=t) for way, pitch, t in notes)
    mido.MidiFile(tracks=[track]).save(folder / "begin.mid")
    _make_sounds(folder, rng)


def _make_sounds(folder: Path, rng: np.random.Generator) -> None:
    """Chords with drum clicks, a line like sung, a sweep in noise, a drone."""

    def tone(pitch: Any, t: Any, harmonics: int = 1) -> Any:
        phase = 2 * np.pi * np.cumsum(440 * 2 ** ((pitch - 69) / 12) + 0 * t) * t[1]
        return np.sum([np.sin(h * phase) / h**1.5 for h in range(1, harmonics + 1)], axis=0)

    t, band, sung = np.arange(22_050) / 44_100, [], []
    for k in range(32):  # half a second each
        chord = ((45, 57, 60, 64), (41, 57, 60, 65), (48, 55, 60, 64), (43, 55, 59, 62))[k // 4 % 4]
        click = rng.normal(size=len(t)) * np.exp(-t * (60 if k % 2 else 25)) * (0.2 if k % 2 else 0.35)
        band.append(sum(0.12 * tone(pitch, t) for pitch in chord) * np.exp(-3 * t) + click)
    soundfile.write(folder / "chord.wav", np.outer(np.concatenate(band), (0.7, 0.5)), 44_100)
    for pitch in (60, 62, 64, 65, 67, 67, 65, 64, 62, 60, 55, 60):
        t = np.arange(11_025 if pitch % 12 != 7 else 22_050) / 22_050
        vibrato = 0.25 * np.sin(2 * np.pi * 5.5 * t) * np.minimum(t / 0.3, 1)
        swell = np.clip(np.minimum(t / 0.06, (t[-1] - t) / 0.08), 0, 1)
        sung.append(0.25 * swell * tone(pitch + vibrato, t, 8) + 0.001 * rng.normal(size=len(t)))
    soundfile.write(folder / "voice.wav", np.concatenate(sung), 22_050)
    t, u = np.arange(8 * 16_000) / 16_000, np.arange(6 * 48_000) / 48_000
    soundfile.write(folder / "sweep.wav", 0.4 * tone(45 + 7 * t, t) + rng.normal(0, 0.05, len(t)), 16_000)
    soundfile.write(folder / "drone.flac", 0.3 * np.stack([tone(45, u, 3), tone(45.1, u, 3)], axis=1), 48_000)


def record(call: list[str], inputs: Path, folder: Path, begin: str, ending: list[str]) -> bool:
    """Make a call and put what it made into a folder; tell whether it succeeded."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    with tempfile.TemporaryDirectory() as made:
        places = {"@in/": f"{inputs}/", "@out": made, "@begin": begin}
        given = [re.sub("@in/|@out|@begin", lambda found: places[found[0]], part) for part in call]
        given += ending if given[0] == "extrapolate" else []
        if "--to" in given and begin == "--begin":  # since then --to takes two arguments, "0.6,-0.5" before
            place = given.index("--to") + 1
            given[place : place + 1] = given[place].split(",")
        said, err, told = io.StringIO(), io.StringIO(), dict[str, Any](call=call)
        try:
            with contextlib.redirect_stdout(said), contextlib.redirect_stderr(err):
                told["code"] = command_line(given)
        except (Exception, SystemExit) as error:  # told as a failure; the next case goes on
            told["code"] = f"{type(error).__name__}: {error}"
        # Which files were written says the folder; their names are others each time.
        lines = [line for line in said.getvalue().splitlines(keepends=True) if not line.startswith("Wrote ")]
        told["said"] = TOOK.sub(r"\1? s", "".join(lines))
        told["errors"] = re.findall("error:.*", err.getvalue())
        (folder / "printed.json").write_text(json.dumps(told, ensure_ascii=False), encoding="utf-8")
        for file in Path(made).iterdir():
            if file.suffix == ".mid":
                (folder / f"{file.name}.json").write_text(json.dumps(read_midi(file)), encoding="utf-8")
            elif file.suffix in (".wav", ".flac", ".mp3"):
                sound, sr = soundfile.read(file, dtype="float32")
                np.savez_compressed(folder / f"{file.name}.npz", sound=sound, sr=sr)
            else:
                shutil.copy(file, folder)
    return bool(told["code"] == 0)


def read_midi(file: Path) -> dict[str, Any]:
    """Notes (channel, pitch, first and last tick, velocity) and all other messages of every track."""
    midi, tracks = mido.MidiFile(file), []
    for track in midi.tracks:
        now, notes, others = 0, list[list[Any]](), list[dict[str, Any]]()
        for message in track:
            now, told = now + message.time, message.dict()
            key = [told.get("channel"), told.get("note")]
            sounding = [note for note in notes if note[:2] == key and note[3] is None]
            if message.type == "note_on" and message.velocity:
                notes.append([*key, now, None, message.velocity])
            elif message.type in ("note_on", "note_off") and sounding:
                sounding[0][3] = now
            else:
                others.append(told | {"time": now})
        tracks.append({"notes": notes, "others": others})
    return {"type": midi.type, "ticks_per_beat": midi.ticks_per_beat, "tracks": tracks}


def compare(old: Path, new: Path) -> Iterator[str]:
    """What differs between two folders of one case, a line each."""
    for name in sorted({file.name for folder in (old, new) if folder.is_dir() for file in folder.iterdir()}):
        files = (old / name, new / name)
        if not all(file.is_file() for file in files):
            yield f"{name}: not in the {'run' if files[0].is_file() else 'record'}"
            continue
        found = list(_differences(*map(_content, files), exact=name not in ("report.json", "settings.json")))
        found = [e for e in found if e[2] is None or not e[0].startswith(EXCLUDED.get(old.name[:9], ()))]
        numbers = [each for each in found if each[2] is not None]
        shown = [each for each in found if each[2] is None][:1]
        shown += [max(numbers, key=lambda each: each[size] or 0) for size in (2, 3) if numbers]
        for path, told, absolute, relative in dict.fromkeys(shown):
            size = "" if absolute is None else f" (absolute {absolute:.3g}, relative {relative:.3g})"
            yield f"{name}: {len(found)} differ; {path}: {told}{size}"


def _content(file: Path) -> Any:
    if file.suffix == ".npz":
        pairs = np.load(file).items()
        return {k: [f"{x.dtype} {x.shape}", x.tolist() if x.dtype.kind == "U" else x] for k, x in pairs}
    text = file.read_bytes().decode()
    return json.loads(text) if file.suffix == ".json" else text.split("\n")


def _differences(old: Any, new: Any, *, exact: bool, path: str = "$") -> Iterator[tuple[Any, ...]]:
    """Places as path, words, and absolute and relative size where they are numbers."""
    kinds = {type(old), type(new)}
    if kinds == {dict}:
        for key in sorted(old.keys() ^ new.keys()):
            yield f"{path}.{key}", f"not in the {'run' if key in old else 'record'}", None, None
        for key in sorted(old.keys() & new.keys()):
            yield from _differences(old[key], new[key], exact=exact, path=f"{path}.{key}")
    elif kinds == {list}:
        if len(old) != len(new):
            yield path, f"{len(old)} -> {len(new)} entries", None, None
        for i, pair in enumerate(zip(old, new, strict=False)):
            yield from _differences(*pair, exact=exact, path=f"{path}[{i}]")
    elif kinds == {np.ndarray} and old.shape == new.shape:  # another shape is told beside the type
        a, b = (np.atleast_1d(each).astype(float) for each in (old, new))
        gap = np.where((a == b) | (np.isnan(a) & np.isnan(b)), 0, np.abs(a - b))
        gap, size = np.nan_to_num(gap, nan=np.inf), np.fmax(np.abs(np.nan_to_num(a)), 1e-300)
        if (far := gap > SAMPLES * np.fmax(1, size)).any():
            at = np.unravel_index(int(gap.argmax()), gap.shape)
            told = f"{far.sum()} of {far.size} values, {a[at]:g} -> {b[at]:g}"
            relative = float(gap[at] / size[at]) if a[at] else np.inf
            yield f"{path}{[int(k) for k in at]}", told, float(gap[at]), relative
    elif kinds <= {int, float}:
        gap = abs(old - new)
        if gap > (0 if exact else ABSOLUTE + RELATIVE * abs(old)):
            yield path, f"{old} -> {new}", float(gap), float(gap / abs(old)) if old else np.inf
    elif kinds != {np.ndarray} and (len(kinds) > 1 or old != new):
        yield path, f"{old!r:.120} -> {new!r:.120}", None, None


def _offers(job: str, option: str) -> bool:
    """Whether a job of this version has an option."""
    offered = io.StringIO()
    with contextlib.redirect_stdout(offered), contextlib.suppress(SystemExit):
        command_line([job, "--help"])
    return bool(re.search(rf"{option}(?![\w-])", offered.getvalue()))


def main() -> int:
    """Record or check; 1 if a call fails or a case differs."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.golden")
    way = parser.add_mutually_exclusive_group(required=True)
    way.add_argument("--write", type=Path, metavar="DIR")
    way.add_argument("--check", type=Path, metavar="DIR")
    parser.add_argument("--only", default=",".join(OUTPUTS), help="jobs, with commas")
    parser.add_argument("--cases", default=".*", help="pattern of names, such as sonify-.*-piece")
    options = parser.parse_args()
    chosen = {n: c for n, c in all_cases().items() if c[0] in options.only and re.fullmatch(options.cases, n)}
    begin = "--begin" if _offers("emotion", "--begin") else "--midi"
    ending = ["--ending", "cut"] if _offers("extrapolate", "--ending") else []
    n_bad = 0
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        make_inputs(folder)
        for place, (name, call) in enumerate(chosen.items(), 1):
            started = time.perf_counter()
            succeeded = record(call, folder, (options.write or folder) / name, begin, ending)
            told = list(compare(options.check / name, folder / name)) if options.check else []
            n_bad += bool(told) if options.check else not succeeded
            word = "differs" if told else "equal" if options.check else "written" if succeeded else "FAILED"
            print(f"{place}/{len(chosen)} {name} {word} {time.perf_counter() - started:.1f} s", flush=True)
            print(*(f"    {name} {line}\n" for line in told), sep="", end="", flush=True)
    ends = f", {len(chosen) - n_bad} equal, {n_bad} differ" if options.check else f", {n_bad} failed"
    print(f"{len(chosen)} cases{ends}")
    return int(n_bad > 0)


if __name__ == "__main__":
    raise SystemExit(main())
