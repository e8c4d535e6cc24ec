"""Scores as people have them: ABC, kern and MusicXML that other programs and hands wrote, with the notes they hold.

What is right was worked out by hand from the standards (ABC 2.1, Humdrum, MusicXML 4.0): sounding pitches, and where
it matters the lengths in quarters, of the top voice of the first part, repeats and endings played.
"""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Case:
    """A file, and what is to be read from it; ``note`` is a word of what is to be told."""

    data: bytes
    ending: str
    pitches: tuple[int, ...]
    lengths: tuple[float, ...] = ()
    note: str = ""


SCALE = (60, 62, 64, 65)


def _abc(body: str, pitches: tuple[int, ...], *, lengths: tuple[float, ...] = (), note: str = "", head: str = "X:1\nT:t\nM:4/4\nL:1/4\nK:C\n", encoding: str = "utf-8") -> Case:  # fmt: skip
    return Case(
        data=(head + body).encode(encoding), ending="abc", pitches=pitches, lengths=lengths, note=note
    )


ABC = {
    "lines end with CR LF": _abc(
        "C D E F|\r\nG|]\r\n", (*SCALE, 67), head="X:1\r\nM:4/4\r\nL:1/4\r\nK:C\r\n"
    ),
    "lines end as on an old Macintosh": _abc(
        "C D E F|\rG|]\r", (*SCALE, 67), head="X:1\rM:4/4\rL:1/4\rK:C\r"
    ),
    "byte order mark": _abc("C D E F|]", SCALE, encoding="utf-8-sig"),
    "UTF-16": _abc("C D E F|]", SCALE, encoding="utf-16"),
    "Latin-1 title": _abc("C D E F|]", SCALE, head="X:1\nT:Brännvin\nL:1/4\nK:C\n", encoding="latin-1"),
    "a mail before the tune": _abc(
        "C D E F|]", SCALE, head="From: a\nSubject: tune\n\nHere it is:\n\nX:1\nL:1/4\nK:C\n"
    ),
    "text behind the tune": _abc(
        "C D E F|]\n\nThis tune was collected by Fred Bagge, and he said: G!\n", SCALE
    ),
    "blank lines within the tune": _abc("C D|\n\nE F|]\n", SCALE),
    "several tunes": _abc("C D E F|]\n\nX:2\nT:u\nK:G\ng a b|]\n", SCALE, note="tunes"),
    "a first tune without notes": _abc(
        "\nX:2\nT:u\nL:1/4\nK:C\nC D E F|]\n", SCALE, head="X:1\nT:lost\nK:G\n", note="x:2, “u”"
    ),
    "a block of text in the tune": _abc("C D|\n%%begintext\nA BAD CAFE|\n%%endtext\nE F|]\n", SCALE),
    "a block of text in the header": _abc(
        "C D E F|]\n", SCALE, head="X:1\n%%begintext\nK:G A B c\n%%endtext\nL:1/4\nK:C\n"
    ),
    "a drawing before the tune": _abc(
        "C D E F|]\n", SCALE, head="%%beginps\nX:9\n/a{ moveto }!\n%%endps\nX:1\nL:1/4\nK:C\n"
    ),
    "a block of text without end": _abc("%%begintext\nC D E F|]\n", SCALE),
    "several tunes without blank line": _abc("C D E F|]\nX:2\nT:u\nK:G\ng a b|]\n", SCALE, note="tunes"),
    "two voices by lines": _abc("V:1\nC D|\nV:2\nc d|\nV:1\nE F|]\nV:2\ne f|]\n", SCALE, note="voice"),
    "two voices by inline fields": _abc(
        "[V:1]C D|\n[V:2]c d|\n[V:1]E F|]\n[V:2]e f|]\n", SCALE, note="voice"
    ),
    "voices declared in the header": _abc(
        "V:T\nC D E F|]\nV:B\nC, D,|]\n",
        SCALE,
        head="X:1\n%%score T B\nL:1/4\nV:T clef=treble name=T\nV:B clef=bass\nK:C\n",
        note="voice",
    ),
    "a second voice laid over a bar": _abc("C D E F & c2 d2 | G4|]", (*SCALE, 67), note="voice"),
    "grace notes": _abc("{ag}C {/d}D E F|]", SCALE, note="grace"),
    "triplet": _abc("(3C/D/E/ F2|]", SCALE, lengths=(1 / 3, 1 / 3, 1 / 3, 2)),
    "tuplet told in full": _abc("(3:2:4C/D/E F/|]", SCALE),
    "broken rhythm": _abc("C>D E<F|]", SCALE, lengths=(1.5, 0.5, 0.5, 1.5)),
    "broken rhythm over spaces and three dots": _abc("C>> D E F|]", SCALE, lengths=(1.75, 0.25, 1, 1)),
    "words below the notes": _abc("C D|\nw: so and|\nE F|]\nw: so on--ly\nW: more | words\n", SCALE),
    "directives and instructions": _abc(
        "%%MIDI program 73\nC D|[I:setbarnb 4]E F|]\n%%text the | end\nI:linebreak $\n", SCALE
    ),
    "first and second ending": _abc("|:C D|1 E2:|2 F2|]", (60, 62, 64, 60, 62, 65), note="repeat"),
    "endings in brackets": _abc("|:C D|[1 E2:|[2 F2|]", (60, 62, 64, 60, 62, 65), note="repeat"),
    "three endings": _abc("|:C D|[1,3 E2:|[2 F2:|[4 G2||", (60, 62, 64, 60, 62, 65, 60, 62, 64, 60, 62, 67)),
    "endings with a range": _abc("|:C|[1-2 D:|[3 E|]", (60, 62, 60, 62, 60, 64)),
    "a repeat without its beginning": _abc("C D:|E F|]", (60, 62, 60, 62, 64, 65), note="repeat"),
    "double repeat": _abc("|:C D::E F:|", (60, 62, 60, 62, 64, 65, 64, 65)),
    "three times": _abc("|::C D::|E|]", (60, 62, 60, 62, 60, 62, 64)),
    "a part behind the second ending": _abc("|:C|1 D:|2 E|:F:|", (60, 62, 60, 64, 65, 65)),
    "pickup before a repeat": _abc("G,|:C D E F:|", (55, *SCALE, *SCALE)),
    "da capo": _abc("C D !fine!|E F !D.C.!|]", (60, 62, 64, 65, 60, 62), note="repeat"),
    "accidentals hold through the bar": _abc("^C C =C C|^F F|F2|]", (61, 61, 60, 60, 66, 66, 65)),
    "accidentals in every octave": _abc("^C c C c|]", (61, 73, 61, 73)),
    "accidental of a tied note": _abc("^C2-C2|C2 D2|]", (61, 60, 62)),
    "tie over a bar line": _abc("^C4-|C2 C2|]", (61, 60), lengths=(6, 2)),
    "double accidentals": _abc("^^C __D =E ^F|]", (62, 60, 64, 66)),
    "mixolydian": _abc("C D E F|]", (60, 62, 64, 66), head="X:1\nL:1/4\nK:DMix\n"),
    "mode spelled out": _abc("F C B,|]", (66, 61, 59), head="X:1\nL:1/4\nK: E  Dorian\n"),
    "bagpipe": _abc("F C G|]", (66, 61, 67), head="X:1\nL:1/4\nK:HP\n"),
    "not a key": _abc("F C G|]", (65, 60, 67), head="X:1\nL:1/4\nK:none\n"),
    "empty key": _abc("F C G|]", (65, 60, 67), head="X:1\nL:1/4\nK:\n"),
    "explicit accidentals": _abc("F C G|]", (66, 60, 67), head="X:1\nL:1/4\nK:Am exp ^f\n"),
    "a key with one sign more": _abc("F C G|]", (66, 61, 68), head="X:1\nL:1/4\nK:D ^g\n"),
    "a key with a clef": _abc("F C G|]", (66, 60, 67), head="X:1\nL:1/4\nK:G clef=treble\n"),
    "a clef an octave lower": _abc("F C G|]", (54, 48, 55), head="X:1\nL:1/4\nK:G clef=treble-8\n"),
    "transposed by a field": _abc("F C G|]", (63, 58, 65), head="X:1\nL:1/4\nK:C transpose=-2\n"),
    "inline key behind a bar line": _abc("C F|[K:G]C F|]", (60, 65, 60, 66)),
    "inline meter, length and key": _abc(
        "C D|[M:3/4][L:1/8]E F|[K:Bb]B2|]", (*SCALE, 70), lengths=(1, 1, 0.5, 0.5, 1)
    ),
    "chords behind bar lines": _abc("|[CEG]2|[DF]2:|", (67, 65, 67, 65), lengths=(2, 2, 2, 2)),
    "chords with lengths inside": _abc("[C2E2G2] [D^F]|]", (67, 66), lengths=(2, 1)),
    "chord symbols and annotations": _abc('"Am7"C "^D|E"D "_x"E "@5,10 y"F|]', SCALE),
    "ornaments": _abc("~C .D !trill!E +fermata+F|TG uA vB|]", (*SCALE, 67, 69, 71)),
    "line ends of ABC2Win": _abc("C D!\nE F|]", SCALE),
    "a bar rest of two bars": _abc("C4|Z2|D4|]", (60, 62), lengths=(4, 4)),
    "spacers and invisible rests": _abc("Cy D x2|E F|]", SCALE),
    "continued lines": _abc("C D\\\nE F|]", SCALE),
    "comments": _abc("C D % E F|G\nE F|]%end", SCALE),
    "lengths as fractions": _abc("C/ D// E3/2 F/4|]", SCALE, lengths=(0.5, 0.25, 1.5, 0.25)),
    "cut time without a length": _abc(
        "C D E F|]", SCALE, lengths=(0.5, 0.5, 0.5, 0.5), head="X:1\nM:C|\nK:C\n"
    ),
    "two four without a length": _abc(
        "C D E F|]", SCALE, lengths=(0.25, 0.25, 0.25, 0.25), head="X:1\nM:2/4\nK:C\n"
    ),
    "slurs, dotted bars and thick bars": _abc("(C D) .| E [| F |]", SCALE),
    "a tempo with words": _abc("C D E F|]", SCALE, head='X:1\nL:1/4\nQ:"Andante" 1/4=80\nK:C\n'),
    "field continuation and history": _abc(
        "C D E F|]", SCALE, head="X:1\nH:long\n+:more | text\nN:n\nL:1/4\nK:C\n"
    ),
    "parts named in the body": _abc("P:A\nC D|\nP:B\nE F|]", SCALE),
    "user symbols and macros": _abc(
        "C ZD|E F|]".replace("Z", "W"), SCALE, head="X:1\nU:W=!trill!\nL:1/4\nK:C\n"
    ),
}


def _kern(text: str, pitches: tuple[int, ...], *, lengths: tuple[float, ...] = (), note: str = "", encoding: str = "utf-8") -> Case:  # fmt: skip
    return Case(data=text.encode(encoding), ending="krn", pitches=pitches, lengths=lengths, note=note)


KERN = {
    "another spine splits": _kern("**kern\t**kern\n4C\t4c\n*^\t*\n4E\t4G\t4d\n4F\t4A\t4e\n*v\t*v\t*\n4G\t4f\n*-\t*-\n", SCALE, note="voice"),
    "another spine splits twice": _kern("**kern\t**kern\n*^\t*\n*\t*^\t*\n4C\t4E\t4G\t4c\n*v\t*v\t*v\t*\n4G\t4d\n4A\t4e\n4A\t4f\n*-\t*-\n", SCALE),
    "the voice splits": _kern("**kern\n4c\n*^\n4d\t4B\n4e\t4A\n*v\t*v\n4f\n*-\n", SCALE, note="voice"),
    "spines change places": _kern("**kern\t**kern\n4C\t4c\n*x\t*x\n4d\t4D\n4e\t4E\n*x\t*x\n4F\t4f\n*-\t*-\n", SCALE),
    "a spine ends early": _kern("**kern\t**kern\n4C\t4c\n4C\t4d\n*-\t*\n4e\n4f\n*-\n", SCALE),
    "a spine is added": _kern("**kern\t**kern\n4C\t4c\n*+\t*\n*\t**dynam\t*\n4D\tp\t4d\n4D\t.\t4e\n4D\t.\t4f\n*-\t*-\t*-\n", SCALE),
    "other kinds of spines": _kern("**kern\t**text\t**dynam\n4c\tla\tp\n4d\t.\t.\n4e\tla\t.\n4f\t|\tf\n*-\t*-\t*-\n", SCALE),
    "harmony before the voice": _kern("**harm\t**kern\n1r\t4c\n.\t4d\n.\t4e\n.\t4f\n*-\t*-\n", SCALE),
    "records and comments": _kern("!!!COM: Bach\n!! x\n**kern\n!local\n*clefG2\n*k[]\n*C:\n*M4/4\n*MM100\n=1-\n4c\n4d\n4e\n4f\n==\n*-\n!!!ONB: n\n", SCALE),
    "ties": _kern("**kern\n4c\n4d\n[2e\n=2\n4e_\n4e]\n4f\n*-\n", SCALE, lengths=(1, 1, 4, 1)),
    "grace notes": _kern("**kern\n4c\n8ddq\n4d\n16qqcc\n4e\n4f\n*-\n", SCALE, note="grace"),
    "chords": _kern("**kern\n4C 4E 4c\n4d 4B\n4e\n4f\n*-\n", SCALE, note="top"),
    "no end of the spine": _kern("**kern\n4c\n4d\n4e\n4f\n", SCALE),
    "CR LF": _kern("**kern\r\n4c\r\n4d\r\n4e\r\n4f\r\n*-\r\n", SCALE),
    "old Macintosh": _kern("**kern\r4c\r4d\r4e\r4f\r*-\r", SCALE),
    "byte order mark": _kern("**kern\n4c\n4d\n4e\n4f\n*-\n", SCALE, encoding="utf-8-sig"),
    "spaces for tabs": _kern("**kern  **kern\n4C  4c\n.   4d\n4D  4e\n.   4f\n*-  *-\n", SCALE, note="voice"),
    "articulation, beams, stems and fermatas": _kern("**kern\n4c'/L\n4d;\\J\n(4e^\n4f)\n*-\n", SCALE),
    "triplets, dots and rationals": _kern("**kern\n6c\n12d\n4.e\n3%2f\n*-\n", SCALE, lengths=(2 / 3, 1 / 3, 1.5, 8 / 3)),
    "invisible rests": _kern("**kern\n4c\n4ryy\n4d\n4e\n4f\n*-\n", SCALE),
    "naturals and double flats": _kern("**kern\n*k[f#]\n4fn\n4f#\n4b--\n4c##\n*-\n", (65, 66, 69, 62)),
    "repeats by labels": _kern("**kern\n*>[A,A,B]\n*>norep[A,B]\n*>A\n4c\n4d\n*>B\n4e\n4f\n*-\n", (60, 62, 60, 62, 64, 65), note="repeat"),
    "repeats by bar lines": _kern("**kern\n=1!|:\n4c\n4d\n=:|!\n4e\n4f\n==\n*-\n", (60, 62, 60, 62, 64, 65), note="repeat"),
}  # fmt: skip


def note(
    step: str, *, octave: int = 4, duration: int = 1, more: str = "", front: str = "", tail: str = ""
) -> str:
    """An element of MusicXML."""
    alter = "".join(f"<alter>{step[1:]}</alter>" if len(step) > 1 else "")
    pitch = f"<pitch><step>{step[0]}</step>{alter}<octave>{octave}</octave></pitch>"
    return f"<note>{front}{pitch}<duration>{duration}</duration>{more}<voice>1</voice>{tail}</note>"


def score(*measures: str, divisions: str = "<divisions>1</divisions>", more: str = "", head: str = '<?xml version="1.0" encoding="UTF-8"?>', title: str = "t") -> str:  # fmt: skip
    """A score of one part, and more parts."""
    first, *rest = measures
    body = f'<measure number="1"><attributes>{divisions}</attributes>{first}</measure>'
    body += "".join(f'<measure number="{i + 2}">{measure}</measure>' for i, measure in enumerate(rest))
    parts = f'<part-list><score-part id="P1"><part-name>{title}</part-name></score-part></part-list>'
    return f'{head}<score-partwise version="3.1">{parts}<part id="P1">{body}</part>{more}</score-partwise>'


C, D, E, F = (note(step) for step in "CDEF")
PLAIN = score(C + D + E + F)


def mxl(files: dict[str, bytes]) -> bytes:
    """A compressed file."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def container(*names: str) -> str:
    """The file that names the score."""
    files = "".join(f'<rootfile full-path="{name}"/>' for name in names)
    return f'<?xml version="1.0" encoding="UTF-8"?><container><rootfiles>{files}</rootfiles></container>'


def _xml(text: str, pitches: tuple[int, ...] = SCALE, *, lengths: tuple[float, ...] = (), note: str = "", encoding: str = "utf-8") -> Case:  # fmt: skip
    return Case(data=text.encode(encoding), ending="musicxml", pitches=pitches, lengths=lengths, note=note)


def _mxl(files: dict[str, bytes]) -> Case:
    return Case(data=mxl(files), ending="mxl", pitches=SCALE)


_REPEAT = '<barline location="right"><repeat direction="backward"{}/></barline>'
_FORWARD = '<barline location="left"><repeat direction="forward"/></barline>'


def _ending(number: str, kind: str, repeat: str = "") -> str:
    side = "left" if kind == "start" else "right"
    return f'<barline location="{side}"><ending number="{number}" type="{kind}"/>{repeat}</barline>'


_BACK = '<repeat direction="backward"/>'
_TIMEWISE = (
    '<score-timewise><part-list><score-part id="P1"><part-name/></score-part></part-list>'
    '<measure number="1"><part id="P1"><attributes><divisions>1</divisions></attributes>'
    f'{C}{D}</part></measure><measure number="2"><part id="P1">{E}{F}</part></measure></score-timewise>'
)
_UTF16_HEAD = '<?xml version="1.0" encoding="UTF-16"?>'

MUSICXML = {
    "by time instead of by parts": _xml(_TIMEWISE),
    "byte order mark": _xml(PLAIN, encoding="utf-8-sig"),
    "UTF-16": _xml(PLAIN.replace("UTF-8", "UTF-16"), encoding="utf-16"),
    "says UTF-16 but is UTF-8": _xml(PLAIN.replace("UTF-8", "UTF-16")),
    "says UTF-8 but is Latin-1": _xml(score(C + D + E + F, title="Müller"), encoding="latin-1"),
    "blank lines before the declaration": _xml("\n\n " + PLAIN),
    "zeros behind the end": _xml(PLAIN + "\n\0\0\0"),
    "document type": _xml(
        score(
            C + D + E + F,
            head='<?xml version="1.0"?><!DOCTYPE score-partwise PUBLIC "-//Recordare//DTD MusicXML 3.1 Partwise//EN" "http://www.musicxml.org/dtds/partwise.dtd">',
        )
    ),
    "an ampersand that stands alone": _xml(score(C + D + E + F, title="Tom & Jerry")),
    "an entity of HTML": _xml(score(C + D + E + F, title="caf&eacute;&nbsp;x")),
    "a namespace": _xml(
        PLAIN.replace('version="3.1"', 'version="3.1" xmlns="http://www.musicxml.org/xsd/MusicXML"')
    ),
    "missing divisions": _xml(score(C + D + E + F, divisions=""), lengths=(1, 1, 1, 1)),
    "types instead of durations": _xml(
        score(
            (C + D + E).replace("<duration>1</duration>", "<type>quarter</type>")
            + F.replace("<duration>1</duration>", "<type>half</type><dot/>"),
            divisions="<divisions>8</divisions>",
        ),
        lengths=(1, 1, 1, 3),
    ),
    "repeat": _xml(score(C + D + _REPEAT.format(""), E + F), (60, 62, 60, 62, 64, 65), note="repeat"),
    "repeat from a place on": _xml(
        score(C, _FORWARD + D + E + _REPEAT.format(""), F), (60, 62, 64, 62, 64, 65), note="repeat"
    ),
    "three times": _xml(score(C + D + _REPEAT.format(' times="3"'), E), (60, 62, 60, 62, 60, 62, 64)),
    "endings": _xml(
        score(
            _FORWARD + C,
            _ending("1", "start") + D + _ending("1", "stop", _BACK),
            _ending("2", "start") + E + _ending("2", "discontinue"),
            F,
        ),
        (60, 62, 60, 64, 65),
        note="repeat",
    ),
    "two endings in one": _xml(
        score(
            C,
            _ending("1, 2", "start") + D + _ending("1, 2", "stop", _BACK),
            _ending("3", "start") + E + _ending("3", "stop"),
        ),
        (60, 62, 60, 62, 60, 64),
    ),
    "da capo al fine": _xml(
        score(C + '<sound fine="yes"/>', D + E + '<direction><sound dacapo="yes"/></direction>'),
        (60, 62, 64, 60),
        note="repeat",
    ),
    "chords of different lengths": _xml(
        score(note("C", duration=2) + note("E", front="<chord/>") + D + E + F), (64, 62, 64, 65), note="top"
    ),
    "backup to a second voice": _xml(
        score(
            C
            + D
            + "<backup><duration>2</duration></backup>"
            + note("A", octave=3, duration=2).replace("<voice>1", "<voice>2"),
            E + F,
        ),
        note="voice",
    ),
    "forward for a rest": _xml(score(C + "<forward><duration>1</duration></forward>" + D, E + F)),
    "B flat clarinet": _xml(
        score(
            D + E + note("F1"),
            divisions="<divisions>1</divisions><transpose><diatonic>-1</diatonic><chromatic>-2</chromatic></transpose>",
        ),
        (60, 62, 64),
    ),
    "ties in the notations only": _xml(
        score(
            C + D + note("E", tail='<notations><tied type="start"/></notations>'),
            note("E", tail='<notations><tied type="stop"/></notations>') + F,
        ),
        lengths=(1, 1, 2, 1),
    ),
    "grace notes": _xml(
        score(
            C
            + "<note><grace/><pitch><step>G</step><octave>4</octave></pitch><voice>1</voice></note>"
            + D
            + E
            + F
        ),
        note="grace",
    ),
    "cue notes": _xml(score(C + D + note("G", front="<cue/>"), E + F)),
    "a first part of rests": _xml(
        PLAIN.replace(
            '<part id="P1">',
            '<part id="P0"><measure number="1"><note><rest/><duration>4</duration></note></measure></part><part id="P1">',
        ),
        note="part",
    ),
    "percussion first": _xml(
        PLAIN.replace(
            '<part id="P1">',
            '<part id="P0"><measure><note><unpitched/><duration>4</duration></note></measure></part><part id="P1">',
        )
    ),
    "alterations with decimals": _xml(score(note("C1.0") + note("D-1.0") + note("E0.5")), (61, 61, 64)),
    "prefixed elements": _xml(
        '<?xml version="1.0"?><m:score-partwise xmlns:m="urn:m"><m:part><m:measure><m:note><m:pitch><m:step>C</m:step>'
        "<m:octave>4</m:octave></m:pitch><m:duration>1</m:duration></m:note></m:measure></m:part></m:score-partwise>",
        (60,),
    ),
    "compressed": _mxl({"META-INF/container.xml": container("a.xml").encode(), "a.xml": PLAIN.encode()}),
    "compressed in UTF-16": _mxl(
        {
            "META-INF/container.xml": container("a.xml").replace("UTF-8", "UTF-16").encode("utf-16"),
            "a.xml": PLAIN.replace("UTF-8", "UTF-16").encode("utf-16"),
        }
    ),
    "compressed, a container in capitals with another slash": _mxl(
        {
            "meta-inf/Container.xml": container("Scores\\B.XML").encode(),
            "a.xml": PLAIN.replace(">C<", ">G<").encode(),
            "scores/b.xml": PLAIN.encode(),
        }
    ),
    "compressed, an empty container": _mxl({"META-INF/container.xml": b"", "a.xml": PLAIN.encode()}),
    "compressed, a damaged container": _mxl(
        {"META-INF/container.xml": b"<container><rootfiles>", "a.xml": PLAIN.encode()}
    ),
    "compressed, XML that is no score first": _mxl({"0.xml": b"<notes/>", "a.xml": PLAIN.encode()}),
    "compressed, UTF-16 behind XML that is no score": _mxl(
        {"0.xml": b"<notes/>", "a.xml": PLAIN.replace("UTF-8", "UTF-16").encode("utf-16")}
    ),
    "compressed, line ends before the archive": Case(
        data=b"\r\n" + _mxl({"a.xml": PLAIN.encode()}).data, ending="mxl", pitches=SCALE
    ),
    "compressed without a container": _mxl({"score.musicxml": PLAIN.encode()}),
    "compressed, the container names a file that is not there": _mxl(
        {"META-INF/container.xml": container("b.xml").encode(), "score.xml": PLAIN.encode()}
    ),
    "compressed, a picture first": _mxl(
        {
            "META-INF/container.xml": container("x.pdf", "a.xml").encode(),
            "x.pdf": b"%PDF",
            "a.xml": PLAIN.encode(),
        }
    ),
    "MusicXML named .mxl": Case(data=PLAIN.encode(), ending="mxl", pitches=SCALE),
}

SCORES = {
    f"{kind}: {name}": case
    for kind, cases in (("ABC", ABC), ("kern", KERN), ("MusicXML", MUSICXML))
    for name, case in cases.items()
}
