"""Presentation of a folk tune: score, piano roll, what each note is called."""

from __future__ import annotations

from core.errors import plural
from core.folk.collection_names import collection_name
from core.folk.job import PlayedLine, PlayedTune
from core.music.midi import program_name
from core.music.musicxml_elements import is_compound
from core.music.repeat_folding import fold_repeats
from core.music.spelling import show_accidentals, spell
from core.music.tune import Key, Meter, Tune
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
        subtitle=_describe_tune(tune, f" in {key}" if title else "", _find_tempo(played)),
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
        mapping=(
            f"Composed by a network in {_name_style(tune.collection)}.",
            *_describe_form(tune),
            _name_instruments(played),
            *_list_chords(tune),
        ),
        source=source,
        license=add_terms(license_text, "folk_melody"),
        columns=(
            ("Note", tuple(point.value_text for point in points)),
            ("Place", tuple(point.place_text for point in points)),
            ("Begins (s)", tuple(f"{point.onset_sec:.2f}" for point in points)),
            ("Lasts (s)", tuple(f"{point.duration_sec:.2f}" for point in points)),
        ),
        language=language,
    )


def _describe_tune(tune: Tune, key: str, tempo_qpm: float) -> str:
    """Such as "32 bars with repeats in G major, 4/4, 120 BPM"; the key where the title may not name it."""
    repeats = " with repeats" if tune.repeats else ""
    return f"{plural(len(tune.bars), 'bar')}{repeats}{key}, {tune.meters[0].name}, {_tell_tempo(tempo_qpm, tune.meters[0])}"


def _tell_tempo(tempo_qpm: float, meter: Meter) -> str:
    """The tempo by the beat that is counted, which has three eighths in meters such as 6/8."""
    if is_compound(meter.meter):
        return f"{tempo_qpm / 1.5:.0f} BPM (dotted quarters)"
    return f"{tempo_qpm:.0f} BPM"


def _find_tempo(played: PlayedLine) -> float:
    return float(played.midi.get_tempo_changes()[1][0])


def _name_style(collection: str) -> str:
    if collection in ("", "unknown"):
        return "a mix of folk styles"
    return f"the style of a collection: {collection_name(collection)}"


def _describe_form(tune: Tune) -> tuple[str, ...]:
    """How its sections are repeated."""
    repeats = tune.repeats
    if not repeats:
        return ()
    n_written = len(fold_repeats(tune).tune.bars)
    bars = f"{plural(n_written, 'bar')} written, {len(tune.bars)} played"
    is_whole = repeats[0].onset_tick == 0 and repeats[-1].end_tick == tune.length_tick
    if len(repeats) == 2 and is_whole and repeats[0].end_tick == repeats[1].onset_tick:
        return (f"Form AABB: two parts, each played twice ({bars}).",)
    return (f"With repeats: {bars}.",)


def _name_instruments(played: PlayedLine) -> str:
    """Such as "Flute, accompanied by guitar."."""
    tune, *others = played.midi.instruments
    name = program_name(tune.program)
    accompanied = " and ".join(part.name.lower() for part in others)
    return f"{name}, accompanied by {accompanied}." if others else f"{name}, unaccompanied."


def _list_chords(tune: Tune) -> tuple[str, ...]:
    names = list(dict.fromkeys(show_accidentals(chord.name) for chord in tune.chords))
    return (f"Chords: {', '.join(names)}.",) if names else ()


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
