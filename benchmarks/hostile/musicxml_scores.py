"""Hostile MusicXML, plain and as MXL archives: durations, measures, parts and markup."""

from __future__ import annotations

from benchmarks.hostile.kinds import Dice, hostile
from benchmarks.hostile.packing import zipped
from benchmarks.hostile.scores import primes

_ATTRIBUTES = (
    "<attributes><divisions>{d}</divisions><key><fifths>{k}</fifths></key>"
    "<time><beats>4</beats><beat-type>4</beat-type></time></attributes>"
)


def _note(step: str = "C", octave: object = 5, duration: object = 1, more: str = "") -> str:
    return f"<note>{more}<pitch><step>{step}</step><octave>{octave}</octave></pitch><duration>{duration}</duration></note>"


def _score(
    *measures: str,
    head: str = '<?xml version="1.0" encoding="UTF-8"?>',
    divisions: object = 1,
    fifths: int = 0,
    before: str = "",
) -> str:
    first, *others = measures
    body = f"<measure>{_ATTRIBUTES.format(d=divisions, k=fifths)}{first}</measure>" + "".join(
        f"<measure>{m}</measure>" for m in others
    )
    return f'{head}<score-partwise>{before}<part id="P1">{body}</part></score-partwise>'


@hostile("musicxml", "tune", valid=True)
def xml_plain(dice: Dice) -> bytes:
    """Nothing absurd: a small score, so that the others are known to be well made."""
    return _score(
        *["".join(_note(dice.choice("CDEFGAB")) for _ in range(4)) for _ in range(dice.randint(1, 20))]
    ).encode()


@hostile("musicxml", "tune", valid=True, fault=19)
def xml_low_pitches(dice: Dice) -> bytes:
    """Notes of the lowest and the highest octave that MIDI has."""
    octave, steps = dice.choice(((-1, "CDEFGAB"), (9, "CDEFG"), (0, "CDEFGAB")))
    bars = ["".join(_note(dice.choice(steps), octave) for _ in range(4)) for _ in range(3)]
    return _score(*bars, fifths=dice.randint(-7, 7)).encode()


@hostile("musicxml", "tune", fault=9)
def xml_prime_durations(dice: Dice) -> bytes:
    """Forwards, backups and notes of one part of ever other primes."""
    n = dice.size(2, 7_500)
    tag = dice.choice(("forward", "backup", "note"))
    lengths = [f"{dice.choice((1, p + 1))}/{p}" for p in primes(n)]
    if tag == "note":
        return _score(_note(duration=4) + "".join(_note(duration=each) for each in lengths)).encode()
    moves = "".join(f"<{tag}><duration>{each}</duration></{tag}>" for each in lengths)
    return _score(_note(duration=4) + moves + _note()).encode()


@hostile("musicxml", "tune", fault=9)
def xml_changing_divisions(dice: Dice) -> bytes:
    """Another prime number of divisions to the quarter before each note."""
    n = dice.size(2, 20_000)
    parts = [
        f"<attributes><divisions>{p}</divisions></attributes>{_note(duration=p // 2 + 1)}" for p in primes(n)
    ]
    return _score(*parts).encode() if dice.random() < 0.5 else _score(_note() + "".join(parts)).encode()


@hostile("musicxml", "tune")
def xml_odd_durations(dice: Dice) -> bytes:
    """Durations of nothing, of half the world, negative, with exponents, in other digits."""
    odd = (
        "0",
        "-1",
        "64",
        "1e5",
        "1e9999999",
        "1/0",
        "0.0000000000000001",
        "٣",
        "1_0",
        "",
        " 1 ",
        "+1",
        "inf",
        "nan",
        "9" * 19,
        "1/3",
        "0x1",
        ".5",
        "1.",
        "0.3333333333",
    )
    few = [dice.choice(odd) for _ in range(dice.randint(1, 3))]
    notes = "".join(_note(duration=dice.choice(few)) for _ in range(dice.size(1, 5_000)))
    return _score(_note() + notes, divisions=dice.choice((1, 1, 480, 1_000_000, 0, -1, "x", 7))).encode()


@hostile("musicxml", "tune")
def xml_backwards(dice: Dice) -> bytes:
    """Jumps back and forth by sixty-four quarters, so that notes lie on top of each other."""
    jump = "<{0}><duration>{1}</duration></{0}>"
    unit = dice.choice(
        (
            jump.format("backup", 64),
            jump.format("forward", 64),
            jump.format("backup", 64) + jump.format("forward", 64),
        )
    )
    n = dice.size(2, 80_000)
    return _score(_note() + (unit + dice.choice(("", _note()))) * (n // 2) + _note()).encode()


@hostile("musicxml", "tune")
def xml_many_measures(dice: Dice) -> bytes:
    """A hundred thousand measures that are empty, or hold a rest of sixty-four quarters."""
    unit = dice.choice(
        (
            "",
            "<note><rest/><duration>64</duration></note>",
            "<barline><repeat/></barline>",
            _note(),
            "<forward><duration>64</duration></forward>",
        )
    )
    return _score(_note(), *([unit] * dice.size(2, 7_500_000 // (len(unit) + 20))), _note()).encode()


@hostile("musicxml", "tune")
def xml_many_parts(dice: Dice) -> bytes:
    """Tens of thousands of parts, voices or staves."""
    n = dice.size(2, 40_000)
    if dice.random() < 0.5:
        parts = f'<part id="x"><measure>{_note()}</measure></part>' * n
        return f"<score-partwise>{parts}</score-partwise>".encode()
    return _score(
        "".join(f"{_note()[:-7]}<voice>{i}</voice><staff>{i % 9}</staff></note>" for i in range(n))
    ).encode()


@hostile("musicxml", "tune")
def xml_chords(dice: Dice) -> bytes:
    """Chords of fifty thousand notes, ties, grace notes and slurs that never end."""
    more = dice.choice(
        (
            "<chord/>",
            "<grace/>",
            '<tie type="start"/>',
            '<tie type="stop"/>',
            "<cue/>",
            "<chord/><grace/>",
            "<rest/>",
        )
    )
    return _score(_note(duration=4) + _note(more=more) * dice.size(2, 60_000)).encode()


@hostile("musicxml", "tune")
def xml_phrases(dice: Dice) -> bytes:
    """Breath marks and phrases on each note, begun and never ended."""
    breath = "<articulations><breath-mark/></articulations>"
    marks = [f'<other-notation type="{kind}">phrase</other-notation>' for kind in ("start", "stop")]
    few = [
        _note()[:-7] + f"<notations>{dice.choice((breath, *marks, breath + marks[0]))}</notations></note>"
        for _ in range(7)
    ]
    return _score("".join(few[i % 7] for i in range(dice.size(2, 30_000)))).encode()


@hostile("musicxml", "tune")
def xml_attribute_flood(dice: Dice) -> bytes:
    """Key, meter, transposition or divisions change before each note."""
    few = [
        f"<attributes>{dice.choice((f'<key><fifths>{dice.randint(-15, 15)}</fifths></key>', f'<time><beats>{dice.choice((1, 3, 99, 0))}</beats><beat-type>{dice.choice((4, 8, 32, 64))}</beat-type></time>', f'<transpose><chromatic>{dice.choice((0, 12, -60, 99))}</chromatic></transpose>', '<time><senza-misura/></time>', '<time><beats>' + '1+' * 30 + '1</beats><beat-type>4</beat-type></time>'))}</attributes>"
        for _ in range(dice.randint(1, 5))
    ]
    return _score(
        _note() + "".join(few[i % len(few)] + _note() for i in range(dice.size(2, 30_000)))
    ).encode()


@hostile("musicxml", "tune")
def xml_odd_pitches(dice: Dice) -> bytes:
    """Steps, octaves and alterations that are none."""
    n = dice.size(1, 500)
    alters = (
        "",
        "<alter>1</alter>",
        "<alter>-2</alter>",
        "<alter>0.5</alter>",
        "<alter>1e400</alter>",
        "<alter>nan</alter>",
        "<alter/>",
        "<alter>3</alter>",
    )
    notes = (
        [
            _note(dice.choice(("C", "B", "E", "H", "c", "")), dice.choice((4, 5, 9, -1, 10, "x", "٥", "")))
            for _ in range(n)
        ]
        if dice.random() < 0.5
        else [_note()] * n
    )
    return _score(
        _note() + "".join(note.replace("</step>", "</step>" + dice.choice(alters)) for note in notes)
    ).encode()


@hostile("musicxml", "tune")
def xml_entities(dice: Dice) -> bytes:
    """Document types with entities that grow, that name files, or with parameters."""
    laughs = '<!ENTITY a0 "ha">' + "".join(f'<!ENTITY a{i} "{f"&a{i - 1};" * 10}">' for i in range(1, 12))
    inner = dice.choice(
        (
            laughs,
            '<!ENTITY a11 SYSTEM "file:///etc/passwd">',
            '<!ENTITY % p SYSTEM "http://localhost/x"> %p;',
            "<!ELEMENT a ANY>" * 100_000,
            "<!ATTLIST a b CDATA 'x'>",
        )
    )
    outer = dice.choice(
        (
            f"<!DOCTYPE score-partwise [{inner}]>",
            '<!DOCTYPE score-partwise PUBLIC "-//x" "http://localhost/x.dtd">',
        )
    )
    return _score(_note() + "<words>&a11;</words>", head=f'<?xml version="1.0"?>{outer}').encode()


@hostile("musicxml", "tune")
def xml_deep(dice: Dice) -> bytes:
    """Elements in each other, up to a million deep."""
    n = dice.size(10, 900_000)
    deep = "<a>" * n + "</a>" * dice.choice((n, n, 0))
    return dice.choice(
        (_score(_note(), before=deep), _score(_note() + deep), f"<score-partwise>{deep}")
    ).encode()


@hostile("musicxml", "tune")
def xml_attributes(dice: Dice) -> bytes:
    """An element with hundreds of thousands of attributes, namespaces or a value of megabytes."""
    n = dice.size(10, 400_000)
    many = dice.choice(
        (
            " ".join(f'a{i}="1"' for i in range(n)),
            " ".join(f'xmlns:a{i}="u{i}"' for i in range(n // 2)),
            f'a="{"x" * n * 15}"',
            f'a="{"&amp;" * n * 3}"',
            f'a="{" " * n * 15}"',
        )
    )
    return _score(
        f"{_note()}<direction {many}/>"
        if dice.random() < 0.7
        else _note() + f"<words {many}>{_note()}</words>"
    ).encode()


@hostile("musicxml", "tune")
def xml_markup(dice: Dice) -> bytes:
    """Comments, instructions, character data and references by the million."""
    n = dice.size(10, 7_000_000)
    unit = dice.choice(("<!---->", "<?a?>", "<![CDATA[]]>", "&#65;", " ", "&lt;", "<a/>", "x", "\n", "<!-- "))
    return _score(_note() + f"<words>{unit * (n // len(unit))}</words>" + _note()).encode()


@hostile("musicxml", "tune")
def xml_encodings(dice: Dice) -> bytes:
    """Encodings that are declared and not used, unknown, or of several bytes."""
    said = dice.choice(
        (
            "UTF-8",
            "UTF-16",
            "UTF-7",
            "utf_8_sig",
            "x",
            "cp037",
            "base64",
            "unicode_escape",
            "ISO-8859-1",
            "idna",
            "rot13",
            "",
            "UTF-32",
            "punycode",
        )
    )
    text = _score(
        _note() + "<words>é</words>",
        head=f'<?xml version="{dice.choice(("1.0", "1.1", "9"))}" encoding="{said}"?>',
    )
    return dice.pick(b"", b"\xef\xbb\xbf", b"\xff\xfe") + text.encode(
        dice.choice(("utf-8", "utf-16", "utf-16-le", "latin-1", "utf-32"))
    )


_CONTAINER = "<container><rootfiles>{0}</rootfiles></container>"


@hostile("mxl", "tune", valid=True)
def mxl_plain(dice: Dice) -> bytes:
    """Nothing absurd: a small archive, so that the others are known to be well made."""
    root = '<rootfile full-path="s.xml"/>'
    return zipped(
        {
            "META-INF/container.xml": _CONTAINER.format(root),
            "s.xml": _score(_note(duration=4), _note(duration=4)),
        }
    )


@hostile("mxl", "tune")
def mxl_container(dice: Dice) -> bytes:
    """A container that names no file, itself, a file outside, or a hundred thousand files."""
    path = dice.choice(
        (
            "s.xml",
            "../../etc/passwd",
            "META-INF/container.xml",
            "",
            "/s.xml",
            "S.XML",
            "x" * 60_000,
            "s.xml\x00"[:5],
        )
    )
    roots = f'<rootfile full-path="{path}"/>' * dice.choice((0, 1, 1, dice.size(2, 100_000)))
    return zipped({"META-INF/container.xml": _CONTAINER.format(roots), "s.xml": _score(_note())})


@hostile("mxl", "tune")
def mxl_bomb(dice: Dice) -> bytes:
    """A score of blanks or of empty elements that unpacks to a thousand times its size, or many parts beside it."""
    n = dice.size(10, 60_000_000)
    unit = dice.choice((" ", "<a/>", "<!---->", "x"))
    parts: dict[str, str | bytes] = {
        "META-INF/container.xml": _CONTAINER.format('<rootfile full-path="s.xml"/>')
    }
    parts["s.xml"] = _score(_note() + unit * (n // len(unit)))
    return zipped(parts | {f"p{i}": "" for i in range(dice.size(1, 2_000))})


@hostile("musicxml", "tune")
def xml_wild(dice: Dice) -> bytes:
    """Notes of several voices, lengths and ties, moves and signatures in any order."""

    def item() -> str:
        """One of them."""
        length = dice.choice((1, 2, 3, 5, 7, 12, 0, 40))
        more = dice.choice(("", "", "<chord/>", '<tie type="start"/>', '<tie type="stop"/>', "<grace/>"))
        note = _note(dice.choice("CDEFGAB"), dice.randint(2, 7), length, more)
        return dice.choice((
            note, note, note, f"<note><rest/><duration>{length}</duration></note>", f"<backup><duration>{length}</duration></backup>",
            f"<forward><duration>{length}</duration></forward>", f"<attributes><key><fifths>{dice.randint(-7, 7)}</fifths><mode>minor</mode></key></attributes>",
            f"<attributes><time><beats>{dice.randint(1, 13)}</beats><beat-type>{dice.choice((2, 4, 8, 16))}</beat-type></time></attributes>",
            note.replace("</note>", "<voice>2</voice></note>"), note.replace("</note>", "<notations><articulations><breath-mark/></articulations></notations></note>"),
        ))  # fmt: skip

    measures = ["".join(item() for _ in range(dice.randint(1, 8))) for _ in range(dice.size(1, 300))]
    return _score(
        _note() + measures[0], *measures[1:], divisions=dice.choice((1, 2, 3, 4, 12, 7, 480, 11))
    ).encode()
