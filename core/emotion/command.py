"""Command line of emotion music: a mood, or a face, and opening notes, or a sung line, become a piano piece."""

from __future__ import annotations

import argparse
import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from core import limits
from core.command_line import (
    add_output_arguments,
    add_sampling_arguments,
    add_settings_argument,
    take_given,
    write_file,
    write_report,
)
from core.emotion.moods import Mood, MoodPath
from core.errors import InputError, plural
from core.files.reading import read_file
from core.music.key import MAJOR_TONICS
from core.music.performance import Performance
from core.presentation.command_options import (
    add_presentation_arguments,
    check_presentation_arguments,
    write_presentation,
)
from core.progress import ignore_progress
from core.settings_file import MAX_SETTINGS_BYTES, SettingsFile, read_settings
from core.voice.pitch_tracking import Tracker

if TYPE_CHECKING:
    from core.emotion.compose import Request, Unit
    from core.emotion.rating import Result
    from core.presentation.presentation import Presentation


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of ``python -m core emotion``; those that are not given are None and change nothing."""
    add = parser.add_argument
    add_settings_argument(parser)
    add("--valence", type=float, help="from unpleasant (-1) to pleasant (1); 0 if not given")
    add("--arousal", type=float, help="from calm (-1) to excited (1); 0 if not given")
    add(
        "--to",
        type=float,
        nargs=2,
        metavar=("VALENCE", "AROUSAL"),
        help="mood at the end of the piece; that of its beginning if not given",
    )
    add(
        "--photo",
        type=Path,
        help="photo of a face; sets valence and arousal unless given; needs research weights",
    )
    add("--face", type=int, default=1, help="which face in the photo; 1, the largest, if not given")
    add("--begin", type=Path, help="MIDI file with the opening notes")
    add("--voice", type=Path, help="recording of a sung or hummed opening")
    add(
        "--tracker",
        choices=get_args(Tracker),
        default="swift-f0",
        help="pitch tracker for the voice; swift-f0 if not given",
    )
    add("--begin-seconds", type=float, help="length of the opening in seconds; 10 if not given")
    add("--seconds", type=float, help="length of the whole piece in seconds; 30 if no length is given")
    add("--bars", type=float, help="length in bars of 4/4")
    add("--notes", type=int, help="length in notes")
    add_sampling_arguments(parser)
    add("--steering", choices=("network", "classic"), help="network if not given")
    add("--program", type=int, help="General MIDI program; 0, a piano, if not given")
    add("--key", choices=MAJOR_TONICS, help="tonic to keep; left to the music if not given")
    add(
        "--tempo",
        type=float,
        dest="tempo_qpm",
        help="tempo to keep, in quarter notes per minute; left to the mood if not given",
    )
    add(
        "--notes-for",
        type=float,
        nargs=2,
        metavar=("VALENCE", "AROUSAL"),
        help="compose for this mood, and only play the notes in the other",
    )
    add_output_arguments(
        parser, "midi", "musicxml", "wav", report="target, composed notes, ratings and measured traits"
    )
    add_presentation_arguments(parser)


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
    from core.emotion.judge.judge import MoodJudge
    from core.emotion.piano.generate import PianoComposer
    from core.emotion.rating import compose_and_rate
    from core.emotion.report import report
    from core.music import midi

    check_presentation_arguments(options)
    told: dict[str, Any] = {}
    file = None
    if options.settings is not None:
        file = read_settings(read_file(options.settings, MAX_SETTINGS_BYTES), "emotion")
    request = choose_request(options, file, told)
    path = request.path
    prompt = choose_beginning(options, file, told)
    result = compose_and_rate(request, PianoComposer.from_weights(), MoodJudge.from_weights(), prompt=prompt)
    pm = result.midi()
    write_file(options.midi, lambda: midi.to_bytes(pm))
    write_file(options.musicxml, lambda: result.musicxml(f"Piano piece, {path.start.name}"))
    if options.wav:
        rendering = synth.mix_rendering(synth.render(pm))
        told["sound"] = rendering.report()
        write_file(options.wav, lambda: audio.encode(rendering.audio, "wav"))
    write_report(options.report, lambda: report(result) | told)
    write_presentation(options, lambda: _present(result, options.title or ""))
    heard = result.judgment.mood
    return (
        f"{len(result.performance):,} notes in {result.performance.end_sec:.1f} s for {path.start.name}"
        f"{f' to {path.end.name}' if path.moves else ''}; rated valence {heard.valence:+.2f}, arousal {heard.arousal:+.2f}"
    )


def _present(result: Result, title: str) -> Presentation:
    """What film, page and picture show."""
    from core.emotion.job import play_piece
    from core.emotion.presentation import present

    return present(play_piece(result, ignore_progress), title=title)


def choose_request(options: argparse.Namespace, file: SettingsFile | None, told: dict[str, Any]) -> Request:
    """The request of the file of ``--settings`` with what the options overrule."""
    from core.emotion.compose import Request
    from core.emotion.settings import request_of

    still = MoodPath.still(Mood(valence=0.0, arousal=0.0))
    base = Request(path=still) if file is None else request_of(file)
    names = ("temperature", "top_p", "seed", "steering", "program", "key", "tempo_qpm")
    asked: dict[str, Any] = take_given(options, names)
    if options.notes_for is not None:
        asked["notes_for"] = MoodPath.still(Mood(valence=options.notes_for[0], arousal=options.notes_for[1]))
    path = _choose_path(options, base.path, told)
    unit, length = _choose_length(options) or (base.unit, base.length)
    return dataclasses.replace(base, path=path, unit=unit, length=length, **asked)


def _choose_path(options: argparse.Namespace, base: MoodPath, told: dict[str, Any]) -> MoodPath:
    start = base.start if options.photo is None else _read_face(options, told)
    start = dataclasses.replace(start, **take_given(options, ("valence", "arousal")))
    if options.to is None:
        return MoodPath(start=start, end=base.end) if base.moves else MoodPath.still(start)
    valence, arousal = options.to
    return MoodPath(start=start, end=Mood(valence=valence, arousal=arousal))


def _read_face(options: argparse.Namespace, told: dict[str, Any]) -> Mood:
    from core.emotion.face.detect import find_faces
    from core.emotion.face.expression import FaceReader
    from core.emotion.face.photograph import read_picture

    reader = FaceReader.from_weights()
    name = options.photo.name
    faces = find_faces(read_picture(read_file(options.photo, limits.MAX_PICTURE_BYTES), name))
    if not 1 <= options.face <= len(faces):
        raise InputError(f"{name} has {plural(len(faces), 'face')}; there is no face {options.face}.")
    read = reader.read(faces[options.face - 1])
    shares = {key: getattr(read, key) for key in ("p_happy", "p_sad", "p_neutral")}
    told["face"] = {"n_faces": len(faces), **shares, **dataclasses.asdict(read.mood)}
    return read.mood


def choose_beginning(
    options: argparse.Namespace, file: SettingsFile | None, told: dict[str, Any]
) -> Performance | None:
    from core.emotion.compose import first_seconds
    from core.emotion.settings import Opening, opening_of
    from core.music import midi
    from core.voice.transcribe import read_voice, transcribe

    if options.voice is not None and options.begin is not None:
        raise InputError("Give either --voice or --begin, not both.")
    opening = Opening() if file is None else opening_of(file)
    if options.begin_seconds is not None:
        opening = dataclasses.replace(opening, seconds=options.begin_seconds)
    if not opening.seconds > 0:
        raise InputError(f"The length of the opening must be greater than 0 s, not {opening.seconds:g}.")
    if options.voice is not None:
        sound = read_voice(read_file(options.voice, limits.MAX_AUDIO_BYTES), name=options.voice.name)
        heard = transcribe(sound, tracker=options.tracker)
        facts = ("key", "mode", "tempo_qpm", "tuning_cents", "notes_of_caution")
        told["voice"] = {"n_notes": len(heard.notes), **{name: getattr(heard, name) for name in facts}}
        beginning = Performance.of_notes(heard.notes)
    elif options.begin is not None:
        pm = midi.from_bytes(read_file(options.begin, limits.MAX_MIDI_BYTES), name=options.begin.name)
        beginning = Performance.from_midi(pm)
    else:
        return opening.performance()
    return first_seconds(beginning, opening.seconds)


def _choose_length(options: argparse.Namespace) -> tuple[Unit, float] | None:
    lengths: dict[Unit, float | None] = {
        "seconds": options.seconds,
        "bars": options.bars,
        "notes": options.notes,
    }
    given = [(unit, float(length)) for unit, length in lengths.items() if length is not None]
    if len(given) > 1:
        raise InputError("Give one of --seconds, --bars and --notes.")
    return given[0] if given else None
