"""The emotion job of the command line: a mood, perhaps from a face, and notes, perhaps sung, become a MIDI file."""

from __future__ import annotations

import argparse
import dataclasses
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core import limits
from core.emotion.moods import Mood, MoodPath
from core.errors import InputError
from core.music.performance import Performance

if TYPE_CHECKING:
    from core.emotion.compose import Result

DEFAULT_PROMPT_SEC = 10.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of ``python -m core emotion``."""
    parser.set_defaults(job_function=run)
    parser.add_argument("--valence", type=float, help="-1, unpleasant, to 1, pleasant")
    parser.add_argument("--arousal", type=float, help="-1, calm, to 1, excited")
    parser.add_argument(
        "--to", metavar="V,A", help="the mood at the end; write --to=-0.5,0.2 if it begins with -"
    )
    parser.add_argument("--photo", type=Path, help="a face that sets the mood which is not given")
    parser.add_argument("--face", type=int, default=1, help="which face of the photo, from the largest")
    parser.add_argument("--voice", type=Path, help="a sung or hummed line to begin with")
    parser.add_argument(
        "--midi",
        type=Path,
        action="append",
        help="the file to write; given twice, the first is the beginning",
    )
    parser.add_argument("--begin-seconds", type=float, default=DEFAULT_PROMPT_SEC, help="of the beginning")
    parser.add_argument("--seconds", type=float, help="length of the whole piece")
    parser.add_argument("--bars", type=float, help="the same in bars of four quarters")
    parser.add_argument("--notes", type=int, help="the same in notes")
    parser.add_argument("--temperature", type=float, default=1.0)
    parser.add_argument("--top-p", type=float, default=0.95)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--steering", choices=("network", "classic"), default="network")
    parser.add_argument("--program", type=int, default=0, help="General MIDI program")
    parser.add_argument("--musicxml", type=Path)
    parser.add_argument("--wav", type=Path)
    parser.add_argument("--report", type=Path, help="what was asked, read, composed and judged, as JSON")


def with_pairs(arguments: Sequence[str]) -> list[str]:
    """Join ``--to`` with a pair that begins with a minus, which argparse would take for an option."""
    joined: list[str] = []
    for argument in arguments:
        if joined and joined[-1] == "--to" and re.match(r"-[\d.]", argument):
            joined[-1] = f"--to={argument}"
        else:
            joined.append(argument)
    return joined


def run(options: argparse.Namespace) -> str:
    """Compose what the options ask for, write the files and return one line about them.

    Raises
    ------
    DashboardError
        If an option or a file cannot be used.
    OSError
        If a file cannot be read or written.
    """
    from core import audio, synth
    from core.emotion.compose import Request, compose
    from core.emotion.judge.judge import MoodJudge
    from core.emotion.piano.generate import PianoComposer
    from core.music import midi

    told: dict[str, Any] = {}
    path = _path(options, told)
    prompt = _prompt(options, told)
    unit, length = _length(options)
    request = Request(
        path=path, unit=unit, length=length, temperature=options.temperature, top_p=options.top_p, seed=options.seed,
        steering=options.steering, program=options.program,
    )  # fmt: skip
    result = compose(request, PianoComposer.from_weights(), MoodJudge.from_weights(), prompt=prompt)
    pm = result.midi()
    if options.midi:
        options.midi[-1].write_bytes(midi.to_bytes(pm))
    if options.musicxml is not None:
        options.musicxml.write_text(result.musicxml(f"Piano piece, {path.start.name}"), encoding="utf-8")
    if options.wav is not None:
        options.wav.write_bytes(audio.encode(synth.render(pm).audio, "wav"))
    if options.report is not None:
        told = report(result) | told
        options.report.write_text(json.dumps(told, ensure_ascii=False, allow_nan=False), encoding="utf-8")
    heard = result.judgement.mood
    return (
        f"{len(result.performance):,} notes in {result.performance.end_sec:.1f} s for {path.start.name}"
        f"{f' to {path.end.name}' if path.moves else ''}; heard valence {heard.valence:+.2f}, arousal {heard.arousal:+.2f}"
    )


def report(result: Result) -> dict[str, Any]:
    """What was asked and what came, ready for JSON: moods, measures, every note."""
    from core.emotion.piano.attributes import measure

    request, piece, played = result.request, result.piece, result.performance
    judgement = result.judgement
    return {
        "job": "emotion",
        "request": {**dataclasses.asdict(request), "named": [request.path.start.name, request.path.end.name]},
        "judged": {
            **dataclasses.asdict(judgement.mood),
            "p_high_valence": judgement.p_high_valence,
            "p_high_arousal": judgement.p_high_arousal,
            "over_time": [
                {"time_sec": round(time, 3), **dataclasses.asdict(mood)} for time, mood in result.over_time
            ],
        },
        "attributes": dataclasses.asdict(measure(played)),
        "n_notes": len(played),
        "n_beginning": piece.n_prompt,
        "duration_sec": played.end_sec,
        "tempo_qpm": result.tempo_qpm,
        "key": piece.key,
        "mode": piece.mode,
        "notes": [
            {
                "pitch": int(played.pitch[i]),
                "onset_sec": round(float(played.onset_sec[i]), 4),
                "duration_sec": round(float(played.duration_sec[i]), 4),
                "velocity": int(played.velocity[i]),
            }
            for i in range(len(played))
        ],
    }


def _path(options: argparse.Namespace, told: dict[str, Any]) -> MoodPath:
    read: Mood | None = None
    if options.photo is not None:
        read = _face(options, told)
    neutral = read or Mood(valence=0.0, arousal=0.0)
    start = Mood(
        valence=neutral.valence if options.valence is None else options.valence,
        arousal=neutral.arousal if options.arousal is None else options.arousal,
    )
    if options.to is None:
        return MoodPath.still(start)
    try:
        valence, arousal = (float(part) for part in options.to.split(","))
    except ValueError as error:
        raise InputError(
            f"--to needs two numbers such as 0.5,-0.3, valence and arousal, not {options.to!r}."
        ) from error
    return MoodPath(start=start, end=Mood(valence=valence, arousal=arousal))


def _face(options: argparse.Namespace, told: dict[str, Any]) -> Mood:
    from core.emotion.face.detect import find_faces
    from core.emotion.face.expression import FaceReader
    from core.emotion.face.photograph import read_picture

    faces = find_faces(read_picture(_content(options.photo, limits.MAX_PICTURE_BYTES), options.photo.name))
    if not 1 <= options.face <= len(faces):
        raise InputError(f"{options.photo.name} has {len(faces)} faces; there is no face {options.face}.")
    mood = FaceReader.from_weights().read(faces[options.face - 1])
    told["face"] = {
        "n_faces": len(faces), "p_happy": mood.p_happy, "p_sad": mood.p_sad, "p_neutral": mood.p_neutral,
        **dataclasses.asdict(mood.mood),
    }  # fmt: skip
    return mood.mood


def _prompt(options: argparse.Namespace, told: dict[str, Any]) -> Performance | None:
    from core.emotion.compose import first_seconds
    from core.music import midi

    files = options.midi or []
    if len(files) > 2:
        raise InputError("--midi can be given twice: the beginning, then the file to write.")
    if options.voice is not None and len(files) == 2:
        raise InputError("A piece begins with a voice or with a MIDI file; give one of them.")
    if options.begin_seconds <= 0:
        raise InputError(f"--begin-seconds must be above 0, not {options.begin_seconds:g}.")
    if options.voice is not None:
        from core.voice.transcribe import read_voice, transcribe

        heard = transcribe(
            read_voice(_content(options.voice, limits.MAX_AUDIO_BYTES), name=options.voice.name)
        )
        told["voice"] = {
            "n_notes": len(heard.notes), "key": heard.key, "mode": heard.mode, "tempo_qpm": heard.tempo_qpm,
            "tuning_cents": heard.tuning_cents, "notes_of_caution": list(heard.notes_of_caution),
        }  # fmt: skip
        return first_seconds(Performance.of_notes(heard.notes), options.begin_seconds)
    if len(files) == 2:
        pm = midi.from_bytes(_content(files[0], limits.MAX_MIDI_BYTES), name=files[0].name)
        return first_seconds(Performance.from_midi(pm), options.begin_seconds)
    return None


def _length(options: argparse.Namespace) -> tuple[Any, float]:
    given = [
        (unit, float(value))
        for unit, value in (("seconds", options.seconds), ("bars", options.bars), ("notes", options.notes))
        if value is not None
    ]
    if len(given) > 1:
        raise InputError("A length is given in seconds, in bars or in notes; use one of the three.")
    return given[0] if given else ("seconds", 30.0)


def _content(path: Path, max_bytes: int) -> bytes:
    size = path.stat().st_size
    if size > max_bytes:
        raise InputError(
            f"{path.name} has {size / limits.MEGABYTE:,.0f} MB; up to {max_bytes / limits.MEGABYTE:.0f} MB can be read."
        )
    return path.read_bytes()
