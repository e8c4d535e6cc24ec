"""Presentation of a folk tune: score, piano roll, what each note is called."""

from __future__ import annotations

from core.errors import plural
from core.folk.job import PlayedTune
from core.music.repeat_folding import fold_repeats
from core.music.spelling import show_accidentals, spell
from core.music.tune import Key, Tune
from core.presentation.presentation import (
    Picture,
    Presentation,
    RollPicture,
    ScorePicture,
    ShownNote,
    ShownPoint,
    Voice,
)

TUNE, ACCOMPANIMENT = "Tune", "Accompaniment"
_SIGNS = {-2: "♭♭", -1: "♭", 0: "", 1: "♯", 2: "♯♯"}


def present(
    result: PlayedTune, *, title: str = "", source: str = "", license_text: str = "", language: str = "en"
) -> Presentation:
    """What a picture, a film or a web page shows of a tune.

    Parameters
    ----------
    result : PlayedTune
    title : str
        The key if not given.
    source, license_text : str
        What the tune was composed after, and under what terms.
    language : str
        BCP 47 code of the title.
    """
    tune, played = result.tune, result.played
    key = _name_key(tune.keys[0])
    scores: tuple[Picture, ...] = (ScorePicture(scores=played.scores),) if played.scores else ()
    parts = played.midi.instruments
    points = tuple(_list_points(result))
    return Presentation(
        title=title or f"Folk tune in {key}",
        subtitle=f"{plural(len(tune.bars), 'bar')} in {key}, {tune.meters[0].name}",
        sound=played.sound,
        pictures=(*scores, RollPicture()),
        voices=(Voice(name=TUNE), *([Voice(name=ACCOMPANIMENT)] if len(parts) > 1 else [])),
        notes=tuple(
            ShownNote(
                onset_sec=note.start,
                duration_sec=note.end - note.start,
                pitch=note.pitch,
                velocity=note.velocity,
                voice=min(place, 1),
            )
            for place, part in enumerate(parts)
            if not part.is_drum
            for note in part.notes
        ),
        points=points,
        point_noun="note",
        mapping=(f"Composed by a network: {plural(len(tune.bars), 'bar')} in {key}, {tune.meters[0].name}.",),
        source=source,
        license=license_text,
        columns=(
            ("Note", tuple(point.value_text for point in points)),
            ("Place", tuple(point.place_text for point in points)),
            ("Begins (s)", tuple(f"{point.onset_sec:.2f}" for point in points)),
            ("Lasts (s)", tuple(f"{point.duration_sec:.2f}" for point in points)),
        ),
        language=language,
    )


def _name_key(key: Key) -> str:
    mode = key.mode if key.mode in ("major", "minor") else key.mode.capitalize()
    return f"{show_accidentals(key.tonic)} {mode}"


def _list_points(result: PlayedTune) -> list[ShownPoint]:
    """A point for each note of the melody, which is told with its bar."""
    notes, key = result.played.midi.instruments[0].notes, result.tune.keys[0]
    bars = _number_bars(result.tune, len(notes))
    points = []
    for i, note in enumerate(notes):
        letter, alter, octave = spell(note.pitch, key)
        name = f"{letter}{_SIGNS[alter]}{octave}"
        number = f"note {i + 1:,} of {len(notes):,}"
        points.append(
            ShownPoint(
                onset_sec=note.start,
                duration_sec=note.end - note.start,
                label=f"{name}, {bars[i]}, {number}" if bars else f"{name}, {number}",
                value=float(note.pitch),
                kind="point",
                place_text=f"{bars[i][:1].upper()}{bars[i][1:]}" if bars else f"Note {i + 1:,}",
                value_text=name,
            )
        )
    return points


def _number_bars(tune: Tune, n_notes: int) -> list[str]:
    """The bar of each note, as the score numbers them; empty where there are other notes than the tune's."""
    onsets = [event.onset_tick for event in tune.events if event.pitch is not None]
    if len(onsets) != n_notes:
        return []
    written = fold_repeats(tune)
    bars = [written.tune.bar_of(written.written_tick(tick)) + 1 for tick in onsets]
    return [f"bar {bar}" if bar else "pickup" for bar in bars]
