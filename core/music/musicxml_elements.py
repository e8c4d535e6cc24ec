"""Elements of MusicXML 4.0 that scores of one voice and of two staves are written with: notes, keys, meters, clefs."""

from __future__ import annotations

from collections.abc import Sequence
from xml.sax.saxutils import escape

from core.errors import keep_printable
from core.music.chord_symbols import KINDS, ChordSymbol
from core.music.note_values import Value
from core.music.spelling import shown_key
from core.music.tune import FREE, Key

HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<!DOCTYPE score-partwise PUBLIC "-//Recordare//DTD MusicXML 4.0 Partwise//EN" '
    '"http://www.musicxml.org/dtds/partwise.dtd">\n'
    '<score-partwise version="4.0">'
)
FINAL_BARLINE = '<barline location="right"><bar-style>light-heavy</bar-style></barline>'


def escape_text(text: str) -> str:
    """Escape, without the control characters that XML cannot hold."""
    return escape(keep_printable(text))


def write_title(title: str) -> str:
    """Write the title of the work."""
    return f"<work><work-title>{escape_text(title)}</work-title></work>"


def write_part_list(name: str = "", program: int | None = None) -> str:
    """Write the list of parts, which is one, P1, with its General MIDI program (0-127) where it has one."""
    named = f"<part-name>{escape_text(name)}</part-name>" if name else "<part-name/>"
    sound = (
        ""
        if program is None
        else f'<score-instrument id="P1-I1"><instrument-name>{escape_text(name)}</instrument-name></score-instrument>'
        f'<midi-instrument id="P1-I1"><midi-channel>1</midi-channel><midi-program>{program + 1}</midi-program>'
        "</midi-instrument>"
    )
    return f'<part-list><score-part id="P1">{named}{sound}</score-part></part-list>'


def is_compound(meter: str) -> bool:
    """Whether a beat of the meter is a dotted note.

    Examples
    --------
    >>> is_compound("6/8"), is_compound("3/8"), is_compound("3/4")
    (True, False, False)
    """
    above, _, below = meter.partition("/")
    return below in ("8", "16") and above.isdigit() and int(above) > 3 and int(above) % 3 == 0


def write_tempo(tempo_qpm: float, meter: str = "4/4") -> str:
    """Write a tempo mark, by dotted quarters in compound meters such as 6/8; programs play it as well.

    Parameters
    ----------
    tempo_qpm : float
        Quarters a minute.
    meter : str

    Examples
    --------
    >>> "<beat-unit-dot/><per-minute>80</per-minute>" in write_tempo(120, "6/8")
    True
    """
    dotted = is_compound(meter)
    beat = "<beat-unit>quarter</beat-unit>" + "<beat-unit-dot/>" * dotted
    a_minute = round(tempo_qpm / (1.5 if dotted else 1))
    mark = f'<metronome parentheses="no">{beat}<per-minute>{a_minute}</per-minute></metronome>'
    return (
        f'<direction placement="above"><direction-type>{mark}</direction-type><sound tempo="{tempo_qpm:g}"/>'
        "</direction>"
    )


def write_key(key: Key) -> str:
    """Write a key with the signature that it can have."""
    return f"<key><fifths>{shown_key(key).fifths}</fifths><mode>{key.mode}</mode></key>"


def write_time(meter: str) -> str:
    """Write a meter such as ``"6/8"`` or ``"3+2+2/8"``; free meter is not shown."""
    if meter == FREE:
        return '<time print-object="no"><senza-misura/></time>'
    above, below = meter.split("/")
    return f"<time><beats>{above}</beats><beat-type>{below}</beat-type></time>"


def write_clef(*, bass: bool, staff: int | None = None) -> str:
    """Write a treble or bass clef, with the number of its staff where there are several."""
    sign, line = ("F", 4) if bass else ("G", 2)
    number = "" if staff is None else f' number="{staff}"'
    return f"<clef{number}><sign>{sign}</sign><line>{line}</line></clef>"


def write_note(
    spelling: tuple[str, int, int] | None,
    duration: int,
    value: Value | None,
    *,
    tie_from: bool = False,
    tie_to: bool = False,
    accidental: str = "",
    courtesy: bool = False,
    beams: Sequence[str] = (),
    notations: Sequence[str] = (),
    full_bar: bool = False,
    staff: int | None = None,
    voice: int | None = None,
    chord: bool = False,
) -> str:
    """Write a note or rest.

    Parameters
    ----------
    spelling : (str, int, int) or None
        Letter, alteration, octave; None for a rest.
    duration : int
        Divisions.
    value : Value or None
        Type, dots and tuplet; None where no sign has this length.
    tie_from, tie_to : bool
        Tied to the note before; to the next one.
    accidental : str
        MusicXML's word for it; empty where none is shown.
    courtesy : bool
        Whether the accidental only reminds; it stands in parentheses.
    beams : sequence of str
        A word a level.
    notations : sequence of str
        Elements beside the ties.
    full_bar : bool
        Whether a rest stands for a whole bar.
    staff : int or None
        Its number; None where there is only one.
    voice : int or None
        Its number; that of the staff if not given.
    chord : bool
        Whether it sounds with the note before.
    """
    parts = ["<chord/>"] if chord else []
    if spelling is None:
        parts.append('<rest measure="yes"/>' if full_bar else "<rest/>")
    else:
        letter, alter, octave = spelling
        shift = f"<alter>{alter}</alter>" if alter else ""
        parts.append(f"<pitch><step>{letter}</step>{shift}<octave>{octave}</octave></pitch>")
    parts.append(f"<duration>{duration}</duration>")
    ties = [kind for kind, has in (("stop", tie_from), ("start", tie_to)) if has]
    parts += [f'<tie type="{kind}"/>' for kind in ties]
    parts.append(f"<voice>{voice or staff or 1}</voice>")
    if value is not None:
        parts.append(f"<type>{value.type}</type>" + "<dot/>" * value.dots)
        if accidental:
            reminds = ' cautionary="yes" parentheses="yes"' if courtesy else ""
            parts.append(f"<accidental{reminds}>{accidental}</accidental>")
        if value.tuplet is not None:
            actual, normal = value.tuplet
            parts.append(
                f"<time-modification><actual-notes>{actual}</actual-notes>"
                f"<normal-notes>{normal}</normal-notes></time-modification>"
            )
    if staff is not None:
        parts.append(f"<staff>{staff}</staff>")
    parts += [f'<beam number="{level}">{word}</beam>' for level, word in enumerate(beams, start=1)]
    notations = [*(f'<tied type="{kind}"/>' for kind in ties), *notations]
    if notations:
        parts.append(f"<notations>{''.join(notations)}</notations>")
    return f"<note>{''.join(parts)}</note>"


def write_left_barline(*, opens: bool, ending: int) -> list[str]:
    """Write what stands before a measure: a repeat sign that opens, the number of an ending (0 for none)."""
    inside = f'<ending number="{ending}" type="start"/>' if ending else ""
    style = "<bar-style>heavy-light</bar-style>" if opens else ""
    inside = style + inside + ('<repeat direction="forward"/>' if opens else "")
    return [f'<barline location="left">{inside}</barline>'] if inside else []


def write_right_barline(*, repeats: bool, ending: int, is_last: bool) -> list[str]:
    """Write what stands behind a measure: a repeat sign that closes, the end of an ending (0 for none), the final bar line."""
    if not (repeats or ending or is_last):
        return []
    if not (repeats or ending):
        return [FINAL_BARLINE]
    style = "light-heavy" if repeats or is_last else "light-light"
    kind = "stop" if repeats or is_last else "discontinue"
    inside = f"<bar-style>{style}</bar-style>"
    inside += f'<ending number="{ending}" type="{kind}"/>' if ending else ""
    inside += '<repeat direction="backward"/>' if repeats else ""
    return [f'<barline location="right">{inside}</barline>']


def write_harmony(chord: ChordSymbol) -> str:
    """Write a chord symbol.

    Examples
    --------
    >>> write_harmony(ChordSymbol(root="Bb", kind="m"))
    '<harmony><root><root-step>B</root-step><root-alter>-1</root-alter></root><kind text="m">minor</kind></harmony>'
    """
    if not chord.root:
        return '<harmony><root><root-step text="">C</root-step></root><kind text="N.C.">none</kind></harmony>'
    kind = KINDS[chord.kind][0]
    return (
        f'<harmony>{_write_degree("root", chord.root)}<kind text="{escape_text(chord.kind)}">{kind}</kind>'
        f"{_write_degree('bass', chord.bass) if chord.bass else ''}</harmony>"
    )


def _write_degree(place: str, name: str) -> str:
    alter = name.count("#") - name[1:].count("b")
    shift = f"<{place}-alter>{alter}</{place}-alter>" if alter else ""
    return f"<{place}><{place}-step>{name[0]}</{place}-step>{shift}</{place}>"
