"""Jobs of Emotion Music: compose, rate, play and encode a piece; rate faces and music. Results are plain data.

The app imports this module for its names and never runs it; what only the worker needs is imported where it is used.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from core.audio.flac import FlacSound
from core.emotion.compose import Request, own_notes
from core.emotion.face.detect import Face, find_faces
from core.emotion.face.expression import FACES_OFF, FaceMood, FaceReader, can_read_faces
from core.emotion.face.photograph import Picture, read_picture
from core.emotion.mood_of_upload import read_music
from core.emotion.moods import Mood
from core.emotion.piano.attributes import Attributes, is_key_clear, measure
from core.emotion.rating import Result, compose_and_rate
from core.errors import InputError
from core.music import midi
from core.music.engraving import ScoreInTime
from core.music.performance import Performance
from core.music.tune import Key
from core.nn.weights import keep_model
from core.progress import Progress, ignore_progress, scale_progress

if TYPE_CHECKING:
    from pretty_midi import PrettyMIDI

    from core.emotion.judge.judge import MoodJudge
    from core.emotion.piano.generate import PianoComposer
    from core.music.piano_score import PianoScore

# Of the work, what composing takes.
_COMPOSING_SHARE = 0.7


@dataclass(frozen=True, kw_only=True)
class PlayedPiece:
    """A composed piece with its ratings, measures and sound.

    `core.emotion.rating.Result` has the same in the composer's own classes, whose modules the app need not import.

    Attributes
    ----------
    request : Request
    performance : Performance
        The notes, the beginning included.
    n_prompt : int
        Notes of the beginning.
    key : Key
        Of the composed notes, by the best fit; the score has its signature.
    is_key_clear : bool
        Whether the notes fit it well.
    tempo_qpm, n_bars : float
        Quarters a minute and full bars of the score; without one, by the composer's estimate.
    mood : Mood
        Of the composed notes, by rules or by the classifier (`core.emotion.rater`).
    over_time : list of (float, Mood)
        The same along the piece; seconds.
    traits, own_traits : Attributes
        Of all notes, and of those that were composed.
    sound : FlacSound
    note : str or None
        What a visitor should know of how it was played.
    scores : tuple of ScoreInTime
        The piece as it is written, for wide and narrow pages; none of a piece that is too long to be drawn.
    sound_facts : dict
        How the sound was made and mixed, as a report tells it.
    """

    request: Request
    performance: Performance
    n_prompt: int
    key: Key
    is_key_clear: bool
    tempo_qpm: float
    n_bars: float
    mood: Mood
    over_time: list[tuple[float, Mood]]
    traits: Attributes
    own_traits: Attributes
    sound: FlacSound
    note: str | None
    scores: tuple[ScoreInTime, ...] = ()
    sound_facts: dict[str, Any] = field(default_factory=dict)

    @property
    def beginning_sec(self) -> float:
        """Time at which the opening notes end and the composed ones begin; 0 without an opening."""
        n = self.n_prompt
        return float(self.performance.onset_sec[n]) if 0 < n < len(self.performance) else 0.0

    def midi(self) -> PrettyMIDI:
        """The notes for the selected instrument."""
        return self.performance.to_midi(program=self.request.program, tempo_qpm=self.tempo_qpm)


def compose_and_play(
    request: Request, prompt: Performance | None = None, *, progress: Progress | None = None
) -> PlayedPiece:
    """Compose, rate and play a piece with the shipped networks, which a process loads once.

    Parameters
    ----------
    request : Request
    prompt : Performance, optional
        The beginning.
    progress : callable, optional
        Called with a share from 0 to 1 and what is being done.

    Raises
    ------
    DashboardError
        If the request cannot be met, or a network's files are missing.

    Examples
    --------
    >>> from core.emotion.moods import MoodPath
    >>> request = Request(path=MoodPath.still(Mood(valence=0.7, arousal=0.5)), unit="notes", length=8)
    >>> played = compose_and_play(request)
    >>> len(played.performance), played.sound.data[:4]
    (8, b'fLaC')
    """
    tell = progress or ignore_progress
    return play_piece(compose_piece(request, prompt, tell), tell)


def compose_piece(request: Request, prompt: Performance | None, tell: Progress) -> Result:
    """Compose and rate a piece with the shipped networks; as `compose_and_play`, which tells what the arguments are."""
    return compose_and_rate(
        request,
        _load_composer(),
        _load_judge(),
        prompt=prompt,
        progress=scale_progress(tell, 0.0, _COMPOSING_SHARE),
    )


def play_piece(made: Result, tell: Progress) -> PlayedPiece:
    """Play and engrave a composed piece."""
    from core.synth import mix_rendering, render

    tell(_COMPOSING_SHARE, "Playing the notes")
    rendering = mix_rendering(render(made.midi()))
    tell(0.9, "Engraving the score")
    written, scores = draw_scores(made.performance, made.tempo_qpm, made.key)
    tell(0.95, "Encoding the sound")
    return PlayedPiece(
        request=made.request,
        performance=made.performance,
        n_prompt=made.piece.n_prompt,
        key=made.key,
        is_key_clear=is_key_clear(own_notes(made.piece)),
        tempo_qpm=written.tempo_qpm if written else made.tempo_qpm,
        n_bars=written.n_bars if written else made.n_bars,
        mood=made.judgment.mood,
        over_time=made.over_time,
        traits=measure(made.performance),
        own_traits=measure(own_notes(made.piece)),
        sound=FlacSound.of(rendering.audio),
        note=rendering.notices(),
        scores=scores,
        sound_facts=rendering.report(),
    )


def draw_scores(
    performance: Performance, tempo_qpm: float, key: Key
) -> tuple[PianoScore | None, tuple[ScoreInTime, ...]]:
    """The score, and engraved for wide and narrow pages; none where it is too long to be written or drawn."""
    from core.music.piano_engraving import SCORE_WIDTHS_PX, draw_score
    from core.music.piano_score import write_score

    score = None
    try:
        score = write_score(performance, tempo_qpm=tempo_qpm, key=key)
        return score, tuple(draw_score(score, width_px=width) for width in SCORE_WIDTHS_PX)
    except InputError:
        return score, ()


def write_musicxml(performance: Performance, tempo_qpm: float, key: Key, title: str) -> str:
    """The score as MusicXML.

    Raises
    ------
    InputError
        If it would be too long.
    """
    from core.music.piano_score import to_musicxml, write_score

    return to_musicxml(write_score(performance, tempo_qpm=tempo_qpm, key=key), title=title)


def print_score(
    performance: Performance, tempo_qpm: float, key: Key, title: str, lines: tuple[str, ...]
) -> bytes:
    """The score on A4 as PDF.

    Raises
    ------
    InputError
        If it would be too long.
    """
    from core.music.piano_engraving import print_score as print_piano
    from core.music.piano_score import write_score

    return print_piano(write_score(performance, tempo_qpm=tempo_qpm, key=key), title=title, lines=lines)


def play_notes(notes: Performance) -> FlacSound:
    """Render an opening on a piano."""
    from core.synth import render

    return FlacSound.of(render(notes.to_midi()).audio)


def read_midi_notes(data: bytes, name: str) -> Performance:
    """The notes of an uploaded MIDI file.

    Raises
    ------
    InputError
        If it is none, or has no notes but drums.
    """
    return Performance.from_midi(midi.from_bytes(data, name=name))


def read_mood_of_music(data: bytes, name: str) -> Mood:
    """The mood of an uploaded MIDI file or recording; see `core.emotion.mood_of_upload.read_music`."""
    return read_music(data, name, _load_judge()).mood


@dataclass(frozen=True, kw_only=True)
class FoundFaces:
    """Faces of a picture, the largest first, and notes for the visitor."""

    faces: list[Face]
    notes: list[str]


def find_faces_in_photograph(data: bytes, name: str) -> FoundFaces:
    """Find the faces of an uploaded picture.

    Parameters
    ----------
    data : bytes
    name : str
        What the visitor calls it.

    Raises
    ------
    InputError
        If it is no picture or shows no face, or if the chosen set of weights has no face network.
    """
    if not can_read_faces():
        raise InputError(FACES_OFF)
    picture = read_picture(data, name)
    return FoundFaces(faces=find_faces(picture), notes=picture.notes)


def read_expressions(faces: list[Face]) -> list[FaceMood]:
    """Rate the expression of each face with the face network."""
    reader = _load_face_reader()
    return [reader.read(face) for face in faces]


def read_largest_face(rgb: NDArray[np.uint8]) -> FaceMood:
    """Rate the largest face in one camera frame, shape=(height, width, 3).

    Raises
    ------
    InputError
        If there is no face in it.
    """
    height, width = rgb.shape[:2]
    picture = Picture(rgb=rgb, kind="video", animated=False, original_size=(width, height))
    return _load_face_reader().read(find_faces(picture)[0])


@keep_model
def _load_composer() -> PianoComposer:
    from core.emotion.piano.generate import PianoComposer

    return PianoComposer.from_weights()


@keep_model
def _load_judge() -> MoodJudge:
    from core.emotion.judge.judge import MoodJudge

    return MoodJudge.from_weights()


@cache
def _load_face_reader() -> FaceReader:
    return FaceReader.from_weights()
