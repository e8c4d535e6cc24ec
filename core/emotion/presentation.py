"""Presentation of a piano piece: score, piano roll, and its mood along the way as it is rated."""

from __future__ import annotations

from itertools import pairwise

from core.emotion.descriptions import agreement_in_words, traits_in_words
from core.emotion.job import PlayedPiece
from core.emotion.moods import Mood, MoodPath, show_signed
from core.emotion.rater import find_rater
from core.music.spelling import show_accidentals
from core.nn.terms import add_terms
from core.presentation.presentation import (
    Picture,
    Presentation,
    RollPicture,
    ScorePicture,
    ShownNote,
    ShownPoint,
    Voice,
)

PIECE, OPENING = "Piece", "Opening"


def present(
    played: PlayedPiece, *, title: str = "", source: str = "", license_text: str = "", language: str = "en"
) -> Presentation:
    """What a picture, a film or a web page shows of a piano piece.

    Parameters
    ----------
    played : PlayedPiece
    title : str
        The mood that was asked for if not given.
    source, license_text : str
        Where the opening comes from, and under what terms.
    language : str
        BCP 47 code of the title.
    """
    path, points = played.request.path, tuple(_list_points(played))
    scores: tuple[Picture, ...] = (ScorePicture(scores=played.scores),) if played.scores else ()
    opening, key = played.beginning_sec > 0, name_key(played)
    return Presentation(
        title=title or f"Piano piece, {_name_path(path)}",
        subtitle=f"{key[:1].upper()}{key[1:]}, {played.tempo_qpm:.0f} BPM",
        sound=played.sound,
        pictures=(*scores, RollPicture()),
        voices=(Voice(name=PIECE), *([Voice(name=OPENING)] if opening else [])),
        notes=tuple(list_notes(played)),
        points=points,
        point_noun="part",
        mapping=(
            _describe_request(path),
            f"{find_rater().rated_by} It chose no note.",
            *(() if path.moves else agreement_in_words(path.end, played.mood)),
            traits_in_words(played.own_traits, played.key),
        ),
        source=source,
        license=add_terms(license_text, "piano"),
        columns=(
            ("Time", tuple(point.place_text for point in points)),
            ("Rated mood", tuple(mood.name for _, mood in played.over_time)),
            ("Valence", tuple(show_signed(mood.valence) for _, mood in played.over_time)),
            ("Arousal", tuple(show_signed(mood.arousal) for _, mood in played.over_time)),
        )
        if points
        else (),
        language=language,
    )


def name_key(played: PlayedPiece) -> str:
    """The key as it is printed; where the notes fit none well, that it is the nearest."""
    name = f"{show_accidentals(played.key.tonic)} {played.key.mode}"
    return name if played.is_key_clear else f"no clear key (closest to {name})"


def _name_path(path: MoodPath) -> str:
    if not path.moves or path.start.name == path.end.name:
        return path.start.name
    return f"{path.start.name} to {path.end.name}"


def _describe_request(path: MoodPath) -> str:
    if path.moves:
        return (
            f"Composed by a network to sound {_tell(path.start)} at first and {_tell(path.end)} at the end."
        )
    return f"Composed by a network to sound {_tell(path.start)}."


def _tell(mood: Mood) -> str:
    return f"{mood.name} (valence {show_signed(mood.valence)}, arousal {show_signed(mood.arousal)})"


def _write_clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02}"


def list_notes(played: PlayedPiece) -> list[ShownNote]:
    """Notes of the piano roll; those of the opening are the second voice."""
    notes, n_prompt = played.performance, played.n_prompt
    own = n_prompt if n_prompt < len(notes) else 0
    rows = zip(
        notes.onset_sec.tolist(),
        notes.duration_sec.tolist(),
        notes.pitch.tolist(),
        notes.velocity.tolist(),
        strict=True,
    )
    return [
        ShownNote(
            onset_sec=onset, duration_sec=duration, pitch=float(pitch), velocity=velocity, voice=int(i < own)
        )
        for i, (onset, duration, pitch, velocity) in enumerate(rows)
    ]


def _list_points(played: PlayedPiece) -> list[ShownPoint]:
    """A point for each rating along the piece."""
    rated = played.over_time
    times = [time for time, _ in rated]
    # A rating stands in the middle of what it is of.
    edges = [0.0, *((one + two) / 2 for one, two in pairwise(times)), played.sound.duration_sec]
    points = []
    for i, (_, mood) in enumerate(rated):
        begin, end = edges[i], max(edges[i], edges[i + 1])
        when = f"{_write_clock(begin)} to {_write_clock(end)}"
        points.append(
            ShownPoint(
                onset_sec=begin,
                duration_sec=end - begin,
                label=f"{when}, sounds {_tell(mood)}, part {i + 1} of {len(rated)}",
                value=mood.valence,
                kind="point",
                place_text=when,
                value_text=f"Sounds {mood.name}",
            )
        )
    return points
