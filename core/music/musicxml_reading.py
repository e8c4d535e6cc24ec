"""MusicXML 4.0: reader of tunes, by parts or by time, plain or as a compressed ``.mxl``; repeats are played out."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

from core.errors import InputError
from core.music.chord_symbols import ChordSymbol, kind_of_word
from core.music.musicxml_files import parse_musicxml
from core.music.note_values import TYPES
from core.music.repeats import Mark, parse_ending, play_repeats
from core.music.spelling import LETTERS
from core.music.tune import (
    FREE,
    MAX_GROUPS,
    MODE_FIFTHS,
    MODES,
    TICKS,
    Event,
    Key,
    Meter,
    Tune,
    tonic_at,
    tonic_name,
)
from core.music.tune_reading import (
    DENOMINATORS,
    MAX_NOTES,
    add_change,
    check_changes,
    check_exact,
    check_length,
    check_tune,
)

_MODES = {**{mode: mode for mode in MODES}, "ionian": "major", "aeolian": "minor"}
_DURATION = re.compile(r"\s*[0-9]*\.?[0-9]*\s*")


def read_musicxml(data: bytes | str) -> tuple[Tune, list[str]]:
    """Read the first voice of the first part that has notes.

    Parameters
    ----------
    data : bytes or str
        MusicXML, or the bytes of a compressed ``.mxl``.

    Returns
    -------
    Tune
    list of str
        Sentences about what was left out; empty if nothing was.

    Raises
    ------
    InputError
        If it is too large, damaged, hostile, no partwise MusicXML, or has no note.

    Examples
    --------
    >>> note = "<note><pitch><step>A</step><octave>4</octave></pitch><duration>1</duration></note>"
    >>> measure = f"<measure><attributes><divisions>1</divisions></attributes>{note * 4}</measure>"
    >>> tune, _ = read_musicxml(f"<score-partwise><part>{measure}</part></score-partwise>")
    >>> tune.pitches, tune.length_tick
    ([69, 69, 69, 69], 1920)
    """
    root = parse_musicxml(data.encode("utf-8") if isinstance(data, str) else data)
    if root.tag == "score-timewise":
        root = _sort_by_parts(root)
    if root.tag != "score-partwise":
        raise InputError("This XML file holds no score. Upload MusicXML exported from a notation program.")
    every = root.findall("part")
    parts = [part for part in every if part.find("measure/note/pitch") is not None]
    if not parts:
        raise InputError("This MusicXML has no pitched notes. Upload one with a melody.")
    reader = _PartReader(voice=_choose_voice(parts[0]))
    for number, measure in enumerate(parts[0].findall("measure"), start=1):
        reader.measure(measure, number)
    tune, said = play_repeats(reader.finish(), reader.marks)
    if len(every) > 1:
        which = "first" if every[0] is parts[0] else "first one with a melody"
        reader.said.add(f"This score has {len(every)} parts. Only the {which} is used.")
    return tune, sorted(reader.said | ({said} if said else set()))


def _sort_by_parts(root: Any) -> Any:
    """A timewise score as a partwise one."""
    sorted_root = root.makeelement("score-partwise", {})
    parts: dict[str, Any] = {}
    for measure in root.findall("measure"):
        for part in measure.findall("part"):
            name = part.get("id", "")
            if name not in parts:
                parts[name] = sorted_root.makeelement("part", {"id": name})
                sorted_root.append(parts[name])
            piece = parts[name].makeelement("measure", dict(measure.attrib))
            piece.extend(list(part))
            parts[name].append(piece)
    return sorted_root


def _choose_voice(part: Any) -> str:
    """The first voice that has a note with a pitch."""
    seen: dict[str, bool] = {}
    for note in part.iterfind("measure/note"):
        if note.find("grace") is None and note.find("cue") is None:
            voice = _voice_of(note)
            seen[voice] = seen.get(voice, False) or note.find("pitch") is not None
    return next((voice for voice, sounds in seen.items() if sounds), "1/1")


def _voice_of(note: Any) -> str:
    return (note.findtext("staff") or "1").strip() + "/" + (note.findtext("voice") or "1").strip()


@dataclass
class _Raw:
    onset: int
    duration: int
    pitch: int | None
    tied: bool = False  # to the next
    joins: bool = False  # tied from the one before
    begins: bool = False
    ends: bool = False


@dataclass
class _PartReader:
    """Walks through the measures of a part; places are exact fractions of a tick until they are stored."""

    begin: Fraction = Fraction(0)
    divisions: int = 1
    transpose: int = 0
    voice: str = "1/1"
    marks: list[Mark] = field(default_factory=list)
    raws: list[_Raw] = field(default_factory=list)
    bars: list[int] = field(default_factory=list)
    keys: list[Key] = field(default_factory=list)
    meters: list[Meter] = field(default_factory=list)
    chords: list[ChordSymbol] = field(default_factory=list)
    breaths: bool = True
    said: set[str] = field(default_factory=set)

    def measure(self, measure: Any, number: int) -> None:
        """Read one measure, whose bar line the time has come to."""
        place = furthest = self.begin
        start = round(self.begin)
        middles: dict[int, int] = {}
        for number_of, item in enumerate(measure):
            if item.tag == "attributes":
                self._attributes(item, round(place), number)
            elif item.tag in ("backup", "forward"):
                length = self._length(item, number)
                place = place + length if item.tag == "forward" else max(self.begin, place - length)
                place = check_exact(place, "MusicXML")
            elif item.tag == "note":
                place = check_exact(place + self._note(item, place, number), "MusicXML")
            elif item.tag == "harmony":
                self._harmony(item, place, number)
            elif item.tag == "barline" and item.get("location") == "middle":
                middles[number_of] = round(place)
            furthest = max(furthest, place)
        check_length(furthest, "MusicXML")
        self.begin = furthest
        for number_of, item in enumerate(measure):
            if item.tag in ("barline", "direction", "sound"):
                self._mark(item, start, middles.get(number_of, round(furthest)))
        full = self.meters[-1].bar_tick if self.meters else 4 * TICKS
        if number == 1 and self._is_pickup(measure, round(furthest), full):
            return
        if not self.bars or self.bars[-1] != start:
            self.bars.append(start)

    def _mark(self, item: Any, begin: int, end: int) -> None:
        """Take in what a bar line or direction says about the order of the score."""
        if item.tag == "barline":
            place = begin if item.get("location") == "left" else end
            repeat, ending = item.find("repeat"), item.find("ending")
            direction = repeat.get("direction") if repeat is not None else ""
            times = repeat.get("times", "") if repeat is not None else ""
            kind = ending.get("type") if ending is not None else ""
            begins = parse_ending(ending.get("number", "")) if ending is not None and kind == "start" else ()
            mark = Mark(
                tick=place,
                closes=(int(times) if re.fullmatch("[1-9][0-9]?", times) else 2)
                if direction == "backward"
                else 0,
                opens=direction == "forward",
                ending=begins,
                ends_ending=kind in ("stop", "discontinue"),
            )
            if mark != Mark(tick=place):
                self.marks.append(mark)
            return
        for sound in [item] if item.tag == "sound" else item.findall("sound"):
            jump = "capo" if sound.get("dacapo") else "segno" if sound.get("dalsegno") else ""
            at_end = Mark(
                tick=end,
                jump=jump,
                fine=sound.get("fine") is not None,
                to_coda=sound.get("tocoda") is not None,
            )
            at_start = Mark(
                tick=begin, segno=sound.get("segno") is not None, coda=sound.get("coda") is not None
            )
            self.marks += [mark for mark in (at_end, at_start) if mark != Mark(tick=mark.tick)]

    def _harmony(self, item: Any, place: Fraction, number: int) -> None:
        """Take a chord symbol in; of several at a place, as of a second staff, the first counts."""
        chord = _read_harmony(item, self.transpose)
        offset = item.findtext("offset") or ""
        if chord is None or len(self.chords) >= MAX_NOTES:
            return
        if re.fullmatch(r"\s*-?[0-9]{1,6}\s*", offset):
            place += Fraction(int(offset)) * TICKS / self.divisions
        tick = max(0, round(place))
        if not self.chords or self.chords[-1].onset_tick < tick:
            self.chords.append(replace(chord, onset_tick=tick))

    @staticmethod
    def _is_pickup(measure: Any, length: int, full: int) -> bool:
        implicit = measure.get("implicit")
        if implicit is not None:
            return bool(implicit == "yes") and (full == 0 or length < full)
        return 0 < length < full

    def _length(self, item: Any, number: int) -> Fraction:
        text = item.findtext("duration") or ""
        if not text and (kind := (item.findtext("type") or "").strip()) in TYPES:
            return _shown_length(item, kind)
        try:
            length = Fraction(text.strip()) if len(text) < 20 and _DURATION.fullmatch(text) else Fraction(-1)
        except ValueError:
            length = Fraction(-1)
        length = length * TICKS / self.divisions
        if not 0 <= length <= 64 * TICKS:
            raise InputError(
                f"In bar {number} of this MusicXML a duration is missing or invalid. Export it again."
            )
        return length

    def _attributes(self, item: Any, tick: int, number: int) -> None:
        check_changes(len(self.keys) + len(self.meters), "MusicXML")
        text = item.findtext("divisions")
        if text is not None:
            self.divisions = _whole(text, 1, 1_000_000, number)
        if (transpose := item.find("transpose")) is not None:
            self.transpose = _whole(transpose.findtext("chromatic") or "0", -60, 60, number)
            self.transpose += 12 * _whole(transpose.findtext("octave-change") or "0", -5, 5, number)
        if (key := item.find("key")) is not None and key.find("fifths") is not None:
            fifths = _whole(key.findtext("fifths") or "", -14, 14, number)
            mode = _MODES.get((key.findtext("mode") or "major").strip().lower(), "major")
            tonic = _tonic(fifths, mode)
            if self.transpose % 12:
                tonic = tonic_name(Key(tonic=tonic).pitch_class + self.transpose, mode)
            add_change(self.keys, Key(onset_tick=tick, tonic=tonic, mode=mode))
        if (time := item.find("time")) is not None:
            add_change(self.meters, replace(_meter(time, number), onset_tick=tick))

    def _note(self, note: Any, place: Fraction, number: int) -> Fraction:
        """Take a note in; returns by how much the place moves on."""
        if note.find("grace") is not None:
            self.said.add("Grace notes are ignored.")
            return Fraction(0)
        length = self._length(note, number)
        chord = note.find("chord") is not None
        if note.find("cue") is not None:
            self.said.add("Cue notes are ignored.")
            return Fraction(0) if chord else length
        if _voice_of(note) != self.voice:
            self.said.add("The first part has several voices. Only the first is used.")
            return Fraction(0) if chord else length
        pitch = self._pitch(note, number)
        if chord:
            self.said.add("Several notes sound at once. Only the top one is used.")
            last = self.raws[-1] if self.raws else None
            if last is not None and pitch is not None and (last.pitch is None or pitch > last.pitch):
                last.pitch = pitch
            return Fraction(0)
        onset, end = round(place), round(place + length)
        if end > onset:
            if len(self.raws) >= MAX_NOTES:
                raise InputError(f"This tune has more than {MAX_NOTES} notes. Use a shorter one.")
            self.raws.append(self._raw(note, onset, end - onset, pitch))
        return length

    def _raw(self, note: Any, onset: int, duration: int, pitch: int | None) -> _Raw:
        ties = {tie.get("type") for tie in note.findall("tie") or note.findall("notations/tied")}
        phrases = {
            mark.get("type")
            for mark in note.findall("notations/other-notation")
            if (mark.text or "").strip() == "phrase"
        }
        if phrases and self.breaths:
            # The file marks phrases itself: breath marks are then only the picture of it.
            self.breaths = False
            for raw in self.raws:
                raw.ends = raw.begins = False
        breath = self.breaths and note.find("notations/articulations/breath-mark") is not None
        return _Raw(
            onset=onset,
            duration=duration,
            pitch=pitch,
            tied="start" in ties,
            joins="stop" in ties,
            begins="start" in phrases,
            ends="stop" in phrases or breath,
        )

    def _pitch(self, note: Any, number: int) -> int | None:
        if note.find("rest") is not None:
            return None
        step = (note.findtext("pitch/step") or "").strip()
        if step not in LETTERS:
            raise InputError(
                f"In bar {number} of this MusicXML a note has no pitch. Upload one with a melody."
            )
        # The lowest pitch of MIDI is a B sharp of octave -2 in some keys.
        octave = _whole(note.findtext("pitch/octave") or "", -2, 10, number)
        alter = note.findtext("pitch/alter") or "0"
        try:
            shift = round(float(alter)) if len(alter) < 20 else 99
        except (ValueError, OverflowError):
            shift = 99
        pitch = 12 * (octave + 1) + LETTERS[step] + shift + self.transpose
        if abs(shift) > 3 or not 0 <= pitch <= 127:
            raise InputError(f"In bar {number} of this MusicXML, a note is out of range.")
        return pitch

    def finish(self) -> Tune:
        """The tune: gaps become rests, tied notes one event."""
        events: list[Event] = []
        place, open_tie = 0, False
        for raw in self.raws:
            if raw.onset < place:
                self.said.add("Notes of one voice overlap. Only the earlier one is used.")
                continue
            if raw.onset > place:
                events.append(Event(onset_tick=place, duration_tick=raw.onset - place, pitch=None))
                open_tie = False
            last = events[-1] if events else None
            if open_tie and raw.joins and last is not None and last.pitch == raw.pitch:
                length = last.duration_tick + raw.duration
                events[-1] = replace(last, duration_tick=length, ends_phrase=raw.ends)
            else:
                after_breath = self.breaths and any(event.ends_phrase for event in events[-2:])
                breath_begins = after_breath and raw.pitch is not None and not _has_begun(events)
                event = Event(onset_tick=raw.onset, duration_tick=raw.duration, pitch=raw.pitch)
                begins = raw.begins or breath_begins
                events.append(replace(event, begins_phrase=begins, ends_phrase=raw.ends))
            open_tie, place = raw.tied and raw.pitch is not None, raw.onset + raw.duration
        if not any(event.pitch is not None for event in events):
            raise InputError("The first voice of this MusicXML has no notes. Upload one with a melody.")
        if self.breaths and any(event.ends_phrase for event in events):
            first = next(i for i, event in enumerate(events) if event.pitch is not None)
            events[first] = replace(events[first], begins_phrase=True)
        bars = tuple(bar for bar in self.bars if bar < place) or (0,)
        keys, meters = tuple(self.keys) or (Key(),), tuple(self.meters) or (Meter(),)
        chords = tuple(chord for chord in self.chords if chord.onset_tick < place)
        tune = Tune(events=tuple(events), bars=bars, keys=keys, meters=meters, chords=chords)
        return check_tune(tune, "MusicXML")


def _read_harmony(item: Any, transpose: int) -> ChordSymbol | None:
    """A chord symbol as it sounds; None where it has no root."""
    word = (item.findtext("kind") or "major").strip()
    if word == "none":
        return ChordSymbol(root="")
    root, bass = (_read_degree(item, place, transpose) for place in ("root", "bass"))
    if not root:
        return None
    return ChordSymbol(root=root, kind=kind_of_word(word), bass="" if bass == root else bass)


def _read_degree(item: Any, place: str, transpose: int) -> str:
    """Name of a chord's root or bass; empty where it has none."""
    step = (item.findtext(f"{place}/{place}-step") or "").strip()
    alter = (item.findtext(f"{place}/{place}-alter") or "0").strip()
    if step not in LETTERS or not re.fullmatch("-?[0-2]", alter):
        return ""
    name = step + "#" * int(alter) + "b" * -int(alter)
    return tonic_name(Key(tonic=name).pitch_class + transpose, "major") if transpose % 12 else name


def _has_begun(events: list[Event]) -> bool:
    """Whether a note already followed the last breath."""
    return not events[-1].ends_phrase and events[-1].pitch is not None


def _whole(text: str, low: int, high: int, number: int) -> int:
    cleaned = text.strip()
    digits = cleaned.lstrip("+-")
    if digits.isascii() and digits.isdigit() and len(cleaned) < 10 and low <= int(cleaned) <= high:
        return int(cleaned)
    raise InputError(f'In bar {number} of this MusicXML, "{cleaned[:20]}" is not a valid number there.')


def _tonic(fifths: int, mode: str) -> str:
    place = fifths - MODE_FIFTHS[mode]
    return tonic_at(place) if -15 <= place <= 19 else "C"


def _meter(time: Any, number: int) -> Meter:
    if time.find("senza-misura") is not None:
        return Meter(meter=FREE)
    beats = (time.findtext("beats") or "").split("+", 20)
    groups = tuple(_whole(part, 1, 99, number) for part in beats[:20])
    above = sum(groups)
    below = _whole(time.findtext("beat-type") or "", 1, 64, number)
    if above > 99 or below not in DENOMINATORS:
        raise InputError(f"In bar {number} the meter {above}/{below} cannot be used. Use one such as 3/4.")
    return Meter(meter=f"{above}/{below}", groups=groups if 1 < len(groups) <= MAX_GROUPS else ())


def _shown_length(note: Any, kind: str) -> Fraction:
    """The length of a note that says only what it looks like."""
    n_dots = min(len(note.findall("dot")), 3)
    length = TYPES[kind] * (2 - Fraction(1, 2**n_dots))
    counts = [note.findtext(f"time-modification/{name}-notes", "").strip() for name in ("normal", "actual")]
    if all(re.fullmatch("[1-9][0-9]?", count) for count in counts):
        length = length * int(counts[0]) / int(counts[1])
    return length
