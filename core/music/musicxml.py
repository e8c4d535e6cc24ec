"""MusicXML 4.0 (partwise): writer of tunes; :mod:`core.music.musicxml_reading` reads them."""

from __future__ import annotations

from core.errors import InputError
from core.music import musicxml_elements as xml
from core.music.midi import program_name
from core.music.musicxml_reading import read_musicxml
from core.music.note_values import Bar, Sign, notate_bars
from core.music.repeat_folding import WrittenTune, fold_repeats
from core.music.spelling import shown_key, signature
from core.music.tune import TICKS, Tune, in_force

__all__ = ["read_musicxml", "to_musicxml"]

_ACCIDENTALS = {-2: "flat-flat", -1: "flat", 0: "natural", 1: "sharp", 2: "double-sharp"}


def to_musicxml(
    tune: Tune,
    *,
    title: str = "",
    composer: str = "",
    tempo_qpm: float | None = None,
    program: int | None = None,
) -> str:
    """Write a tune as one part on one staff.

    Parameters
    ----------
    tune : Tune
    title, composer : str
        Shown above the score; left out where empty.
    tempo_qpm : float or None
        Quarters a minute: a tempo mark above the first bar.
    program : int in [0, 127] or None
        General MIDI instrument, whose name is that of the part.

    Returns
    -------
    str
        Read back by :func:`read_musicxml`, it is the same tune. Phrases but the last end with a breath mark; an
        ``other-notation`` says exactly where they begin and end. Repeated sections stand once, with their endings.

    Raises
    ------
    InputError
        If the tune has no event.

    Examples
    --------
    >>> from core.music.abc_notation import read_abc
    >>> tune, _ = read_abc("M:3/4\\nL:1/4\\nK:G\\nG|A2 B|d3|]")
    >>> back, said = read_musicxml(to_musicxml(tune, title="Up"))
    >>> back == tune, said
    (True, [])
    """
    if not tune.events:
        raise InputError("This tune has no notes, so there is nothing to write.")
    lines = [xml.HEAD]
    if title:
        lines.append(xml.write_title(title))
    if composer:
        creator = f'<creator type="composer">{xml.escape_text(composer)}</creator>'
        lines.append(f"<identification>{creator}</identification>")
    name = "" if program is None else program_name(program)
    lines += [xml.write_part_list(name, program), '<part id="P1">']
    lines += _write_measures(fold_repeats(tune), tempo_qpm)
    return "\n".join([*lines, "</part>", "</score-partwise>", ""])


def _write_measures(written: WrittenTune, tempo_qpm: float | None) -> list[str]:
    tune = written.tune
    bars = notate_bars(tune)
    chords = {chord.onset_tick: chord for chord in tune.chords}
    attributes = _attributes(tune)
    accidentals = _Accidentals(tune)
    pauses_at = {tune.length_tick, *(event.onset_tick for event in tune.events if event.pitch is None)}
    lines: list[str] = []
    ending = 0
    for bar in bars:
        accidentals.new_bar()
        implicit = "yes" if bar.number == 0 or bar.goes_on else "no"
        lines.append(f'<measure number="{bar.number}" implicit="{implicit}">')
        if bar.new_line:
            lines.append('<print new-system="yes"/>')
        begin, end = (written.marks_at(tick) for tick in (bar.onset_tick, bar.onset_tick + bar.duration_tick))
        ending = begin.ending[0] if begin.ending else ending
        lines += xml.write_left_barline(opens=begin.opens, ending=ending if begin.ending else 0)
        for sign in bar.signs:
            if sign.onset_tick in attributes:
                lines.append(f"<attributes>{attributes[sign.onset_tick]}</attributes>")
            if sign.onset_tick == 0 and tempo_qpm is not None:
                lines.append(xml.write_tempo(tempo_qpm, tune.meters[0].meter))
            if chord := chords.get(sign.onset_tick):
                lines.append(xml.write_harmony(chord))
            pauses = sign.onset_tick + sign.duration_tick in pauses_at
            lines.append(_note(sign, bar, accidentals.choose(sign), pauses=pauses))
        closes_ending = bool(ending) and (end.closes > 0 or end.ends_ending)
        lines += xml.write_right_barline(
            repeats=end.closes > 0, ending=ending if closes_ending else 0, is_last=bar is bars[-1]
        )
        ending = 0 if closes_ending else ending
        lines.append("</measure>")
    return lines


def _choose_clef(tune: Tune) -> str:
    pitches = tune.pitches or [72]
    return xml.write_clef(bass=sorted(pitches)[len(pitches) // 2] < 55)


def _attributes(tune: Tune) -> dict[int, str]:
    """What begins at each place: divisions, keys, meters and the clef, in the order that MusicXML wants."""
    found = {0: f"<divisions>{TICKS}</divisions>"}
    for key in tune.keys:
        found[key.onset_tick] = found.get(key.onset_tick, "") + xml.write_key(key)
    for meter in tune.meters:
        found[meter.onset_tick] = found.get(meter.onset_tick, "") + xml.write_time(meter.name)
    found[0] += _choose_clef(tune)
    return found


class _Accidentals:
    """Which notes carry a sign: those that differ from the signature or from what the bar has made of it."""

    def __init__(self, tune: Tune) -> None:
        self._tune = tune
        self._here: dict[tuple[str, int], int] = {}

    def new_bar(self) -> None:
        """Forget the bar before."""
        self._here = {}

    def choose(self, sign: Sign) -> str:
        """MusicXML's word for the accidental; empty where none is needed."""
        if sign.spelling is None or sign.tie_from:
            return ""
        letter, alter, octave = sign.spelling
        plain = signature(shown_key(in_force(self._tune.keys, sign.onset_tick)).fifths)[letter]
        elsewhere = any(name == letter and now != alter for (name, _), now in self._here.items())
        needed = elsewhere or self._here.get((letter, octave), plain) != alter
        if needed:
            self._here[letter, octave] = alter
        return _ACCIDENTALS.get(alter, "") if needed else ""


def _note(sign: Sign, bar: Bar, accidental: str, *, pauses: bool) -> str:
    notations = []
    # The brackets of beamed tuplets are left out, as engravers do.
    bracket = "no" if sign.beams else "yes"
    if sign.tuplet_opens:
        notations.append(f'<tuplet type="start" bracket="{bracket}"/>')
    if sign.tuplet_closes:
        notations.append('<tuplet type="stop"/>')
    # Nobody needs to be told to breathe before a rest or after the last note.
    if sign.ends_phrase and sign.spelling is not None and not pauses:
        notations.append("<articulations><breath-mark>comma</breath-mark></articulations>")
    for kind, has in (("start", sign.begins_phrase), ("stop", sign.ends_phrase)):
        if has:
            notations.append(f'<other-notation type="{kind}" print-object="no">phrase</other-notation>')
    return xml.write_note(
        sign.spelling,
        sign.duration_tick,
        sign.value,
        tie_from=sign.tie_from,
        tie_to=sign.tie_to,
        accidental=accidental,
        beams=sign.beams,
        notations=notations,
        full_bar=sign.duration_tick == bar.duration_tick == bar.meter.bar_tick,
    )
