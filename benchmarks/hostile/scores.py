"""Hostile scores: kern and ABC, a few signs of which mean a great deal."""

from __future__ import annotations

from benchmarks.hostile.kinds import Dice, hostile

_KERN = "**kern\n*M4/4\n*k[]\n*C:\n"
_KERN_END = "\n==\n*-\n"
_ABC = "X:1\nT:t\nM:4/4\nL:1/8\nK:C\n"


def primes(n: int) -> list[int]:
    """The first primes from 5 on, whose fractions have no denominator in common."""
    found: list[int] = []
    candidate = 5
    while len(found) < n:
        if all(candidate % prime for prime in range(3, int(candidate**0.5) + 1, 2)):
            found.append(candidate)
        candidate += 2
    return found


def _kern_notes(dice: Dice, n: int, lengths: tuple[str, ...] = ("4", "8", "2.", "16")) -> str:
    few = [dice.choice(lengths) + dice.choice(("c", "d", "ee", "G", "r", "f#", "B-")) for _ in range(97)]
    return "\n".join(few[i % 97] for i in range(n))


@hostile("krn", "tune", valid=True)
def kern_plain(dice: Dice) -> bytes:
    """Nothing absurd: a small tune, so that the others are known to be well made."""
    return (_KERN + "4c\n" + _kern_notes(dice, dice.randint(4, 60)) + _KERN_END).encode()


@hostile("krn", "tune", fault=3)
def kern_long_rests(dice: Dice) -> bytes:
    """Rests of sixteen wholes, a hundred thousand times, in bars of a thirty-second."""
    meter = dice.choice(("1/32", "99/1", "4/4", "1/1"))
    unit = dice.choice(("0000r", "000r", "0000c", "{0000r}", "1r"))
    return (f"**kern\n*M{meter}\n*C:\n4c\n" + f"{unit}\n" * dice.size(2, 300_000) + "4c" + _KERN_END).encode()


@hostile("krn", "tune", fault=7)
def kern_changes(dice: Dice) -> bytes:
    """Key, signature or meter change at each note, or without a note between."""
    n = dice.size(2, 120_000)
    pairs = (
        ("*C:\n*k[]\n", "*G:\n*k[f#]\n"),
        ("*M3/4\n", "*M4/4\n"),
        ("*MX\n", "*M1/32\n"),
        ("*k[b-]\n", "*k[]\n"),
        ("*D:mix\n", "*d:\n"),
    )
    pair = dice.choice(pairs)
    note = dice.choice(("", "4c\n", "64c\n"))
    return (_KERN + "4c\n" + "".join(pair[i % 2] + note for i in range(n)) + "4c" + _KERN_END).encode()


@hostile("krn", "tune", fault=13)
def kern_digits(dice: Dice) -> bytes:
    """Numbers of thousands of digits wherever a number may stand."""
    digits = dice.choice("19٣²0") * dice.size(5, 1_000_000)
    return (dice.choice((
        f"**kern\n*M{digits}/4\n4c", f"**kern\n*M4/{digits}\n4c", f"**kern\n{digits}c", f"**kern\n4%{digits}c", f"**kern\n={digits}\n4c",
        f"**kern\n*MM{digits}\n4c", f"**kern\n*k[{'f#' * len(digits)}]\n4c", f"**kern\n4{'.' * len(digits)}c", f"**kern\n4{'c' * len(digits)}",
        f"**kern\n4c{'#' * len(digits)}", f"**kern\n4{'q' * len(digits)}c", f"**kern\n*M{digits}\n4c"
    )) + _KERN_END).encode()  # fmt: skip


@hostile("krn", "tune")
def kern_spines(dice: Dice) -> bytes:
    """Voices that split thousands of times, or a hundred thousand voices side by side."""
    n = dice.size(2, 3_000)
    if dice.random() < 0.5:
        splits = "".join("\t".join(["*^"] * (i + 1)) + "\n" for i in range(min(n, 1_000)))
        return ("**kern\t**text\n4c\tla\n" + splits + "4c").encode()
    wide = n * 30
    rows = [
        "\t".join([cell] * wide)
        for cell in ("**kern", "*M4/4", "4c", dice.choice(("4d", "*x", "*v", "*+", ".", "!")), "*-")
    ]
    return "\n".join(rows).encode()


@hostile("krn", "tune")
def kern_rational_lengths(dice: Dice) -> bytes:
    """Lengths that are fractions of a whole without a sign of their own: one tick and up."""
    n = dice.size(2, 20_000)
    lengths = tuple(
        f"{1920 // dice.choice((1, 2, 3, 5, 8))}%{dice.choice((1, 7, 11, 13, 77, 640))}" for _ in range(20)
    )
    meter = dice.choice(("1/32", "4/4", "99/32", "7/16"))
    return (f"**kern\n*M{meter}\n*C:\n1920c\n" + _kern_notes(dice, n, lengths) + _KERN_END).encode()


@hostile("krn", "tune")
def kern_tuplets(dice: Dice) -> bytes:
    """Triplets, quintuplets and dotted triplets that begin anywhere in the bar."""
    lengths = (
        "3",
        "6",
        "12",
        "24",
        "48",
        "96",
        "20",
        "40",
        "10",
        "5",
        "12.",
        "24.",
        "3.",
        "64.",
        "0.",
        "480",
        "1920",
        "960",
    )
    text = _KERN.replace("4/4", dice.choice(("4/4", "3/8", "12/8", "5/4", "1/16"))) + "3c\n"
    return (text + _kern_notes(dice, dice.size(2, 20_000), lengths) + _KERN_END).encode()


@hostile("krn", "tune")
def kern_ties(dice: Dice) -> bytes:
    """One note that is tied a hundred thousand times, or ties that never close."""
    unit = dice.choice(("4c_\n", "4c]\n", "[4c\n", "0c_\n", "=\n4c_\n", "{4r}\n", "{4c\n", "4c}\n", "{4c}\n"))
    return (_KERN + "[4c\n" + unit * dice.size(2, 200_000) + "4c]" + _KERN_END).encode()


@hostile("krn", "tune")
def kern_bars(dice: Dice) -> bytes:
    """Hundreds of thousands of bar lines, at one place or after each note."""
    unit = dice.choice(("=\n", "=1\n4c\n", "=:|!|:\n", "==\n64c\n", "=1920\n1920c\n"))
    return (_KERN + "4c\n" + unit * dice.size(2, 1_990_000 // len(unit)) + "4c" + _KERN_END).encode()


@hostile("krn", "tune")
def kern_long_lines(dice: Dice) -> bytes:
    """A token or a comment of two megabytes, or two million lines that say nothing."""
    n = dice.size(10, 1_990_000)
    line = dice.choice(
        (
            "!" * n,
            "4c" + "L" * n,
            "*" + "x" * n,
            "\t" * n,
            "\n" * n,
            "\r" * n,
            "!\n" * (n // 2),
            " " * n,
            "4c " * (n // 3),
            ".\n" * (n // 2),
            "4" + "cJ" * (n // 2),
        )
    )
    return (_KERN + "4c\n" + line + "\n4d" + _KERN_END).encode()


@hostile("krn", "tune")
def kern_wild(dice: Dice) -> bytes:
    """Tokens of all kinds in any order."""
    tokens = ("4c", "8r", "16.dd#", "[2e", "2e]", "=", "=2", "*M3/4", "*k[f#c#]", "*d:", "*MX", "{8g", "8g}", "!x", ".", "*", "4cq", "0B--", "00r", "3%2c",
              "4c;", "(4c)", "12a", "*clefG2", "*M2/2", "*Trd1c2", "24r", "8C#n", "*F#:", "*>A", "4C- ")  # fmt: skip
    return (
        "**kern\n" + "\n".join(dice.choice(tokens) for _ in range(dice.size(3, 3_000))) + _KERN_END
    ).encode()


# ABC.


def _abc_notes(dice: Dice, n: int, lengths: tuple[str, ...] = ("", "2", "/", "3")) -> str:
    few = [
        dice.choice(("C", "D", "e", "^F", "_B,", "z", "g'", "=c")) + dice.choice(lengths) for _ in range(97)
    ]
    return "".join(
        few[i % 97] + ("|" if i % 8 == 7 else " ") + ("\n" if i % 64 == 63 else "") for i in range(n)
    )


@hostile("abc", "tune", valid=True)
def abc_plain(dice: Dice) -> bytes:
    """Nothing absurd: a small tune, so that the others are known to be well made."""
    return (_ABC + "C2 " + _abc_notes(dice, dice.randint(4, 60))).encode()


@hostile("abc", "tune", valid=True, fault=17)
def abc_bar_before_bracket(dice: Dice) -> bytes:
    """A bar line right before a chord or a field, as many programs write it."""
    bar = dice.choice(("|", "||", ":|", "|:", "::", "|]", "[|"))
    inner = dice.choice(
        ("[CEG]2", "[K:G]", "[M:3/4]", "[CE]", "[L:1/4]", "[V:1]", "[r:x]", "[1 C", "[^C_E]/2", "[I:x]")
    )
    return (_ABC + f"C2 D2{bar}{inner} E2 F2 |]").encode()


@hostile("abc", "tune", fault=8)
def abc_unclosed(dice: Dice) -> bytes:
    """Brackets, braces, quotes and decorations that open and never close."""
    n = dice.size(10, 990_000)
    opening = dice.choice(("[V:", "[", "{", '"', "!", "(", "[K:", "+", "[C", "|[", '["', "[[", "[r:"))
    unit = dice.choice(
        (
            "a",
            "{",
            "[",
            '"',
            "!",
            "(",
            "C",
            "|",
            ":",
            "+",
            "\\",
            " ",
            "[a",
            "!a",
            '"a',
            "{a",
            "+a",
            "[V:",
            "^",
            "/",
            "-",
            ">",
            "&",
        )
    )
    if dice.random() < 0.3:  # what was slow once
        opening, unit = dice.choice((("[V:", "a"), ("[", "{"), ("[", "[V:"), ('"', "["), ("!", "!")))
    return (_ABC + "C D|" + opening + unit * (n // len(unit)) + dice.choice(("", "\nC D E|"))).encode()


@hostile("abc", "tune", fault=8)
def abc_without_bars(dice: Dice) -> bytes:
    """Twenty thousand notes of one bar, in a meter or in none."""
    meter = dice.choice(("none", "4/4", "1/32", "99/1"))
    note = dice.choice(("C", "C ", "z", "(3CDE", "C>D", "c/2", "C-", "^C_C=C"))
    return (
        f"X:1\nM:{meter}\nL:1/8\nK:C\n" + note * (dice.size(2, 20_000) // max(1, sum(map(str.isalpha, note))))
    ).encode()


@hostile("abc", "tune")
def abc_prime_lengths(dice: Dice) -> bytes:
    """Lengths whose denominators are ever other primes: the place is a fraction of thousands of digits."""
    n = dice.size(2, 9_000)
    lengths = [f"C{p + dice.randint(0, p)}/{p}" for p in primes(n)]
    return (_ABC + "|".join(" ".join(lengths[i : i + 4]) for i in range(0, n, 4))).encode()


@hostile("abc", "tune")
def abc_odd_lengths(dice: Dice) -> bytes:
    """Lengths of nothing, of one tick and of a hundred thousand quarters."""
    lengths = (
        "0",
        "/0",
        "99999",
        "/99999",
        "//////////",
        "1/480",
        "512",
        "/7",
        "7/11",
        "///",
        "99999/99998",
        "/" * 3_000,
        "1" * 3_000,
        "3/2",
        "٣",
    )
    few = tuple(dice.sample(lengths, dice.randint(1, 3)))
    unit = dice.choice(("1/8", "1/1", "1/512", "99/1", "99/999", "1/0", "0", "1/1000", ""))
    return (f"X:1\nM:4/4\nL:{unit}\nK:C\nC" + _abc_notes(dice, dice.size(1, 5_000), few)).encode()


@hostile("abc", "tune")
def abc_tuplets(dice: Dice) -> bytes:
    """Tuplets within tuplets, of nine notes in the time of none, for as many notes as there are."""
    forms = (
        "(3",
        "(9:1:9999",
        "(2:999:1",
        "(5:4:0",
        "(7::3",
        "(3:2:",
        "(9:8:9",
        "((((3",
        "(3(5",
        "(4:3:999999999999",
    )
    few = [dice.choice(forms) + dice.choice(("CDE", "C2D", "c/d/e/f/g/", "z3", "C>D")) for _ in range(31)]
    return (_ABC + "|".join(few[i % 31] for i in range(dice.size(1, 20_000)))).encode()


@hostile("abc", "tune")
def abc_broken_rhythm(dice: Dice) -> bytes:
    """Chains of broken rhythm, so that lengths halve without end."""
    sign = dice.choice((">", "<", ">>", "<<<", "><", ">" * 1_000, "> <", ">>>>"))
    return (_ABC + f"C{sign}" * dice.size(2, 100_000 // len(sign)) + "D|").encode()


@hostile("abc", "tune")
def abc_chords(dice: Dice) -> bytes:
    """Chords of a hundred thousand notes, without a note, or in each other."""
    n = dice.size(1, 300_000)
    inner = dice.choice(("C", "C2", "^C", "c'", "CEG/2", "", '"x"C', "!f!C", "z", "C,", "{a}C"))
    return (
        _ABC + "C " + dice.choice((f"[{inner * n}]2|", f"[{inner}]" * n, f"[{inner}]2 |" * (n // 4 + 1)))
    ).encode()


@hostile("abc", "tune")
def abc_fields(dice: Dice) -> bytes:
    """Key, meter and length change at each note, inside the line or on a line of their own."""
    few = ("[K:G]", "[M:3/4]", "[K:Dm]", "[L:1/16]", "[M:none]", "\nK:A\n", "\nM:6/8\n", "\nV:2\n", "\nw:la\n", "[r:phrase begins]", "\nr:phrase begins\n",
           "[K:C exp ^f]", "[Q:1/4=999]", "[K:Hp]", "[V:1]", "\nX:2\n", "\nI:x\n", "[K:Cloc]")  # fmt: skip
    chosen = dice.sample(few, dice.randint(1, 4))
    return (
        _ABC
        + "".join(chosen[i % len(chosen)] + dice.choice(("C2", "")) for i in range(dice.size(2, 100_000)))
        + "C|"
    ).encode()


@hostile("abc", "tune")
def abc_rests(dice: Dice) -> bytes:
    """Rests of nine hundred and ninety-nine bars, in bars of a thirty-second or of ninety-nine wholes."""
    meter = dice.choice(("1/32", "99/1", "4/4", "none"))
    return (
        f"X:1\nM:{meter}\nL:1/8\nK:C\nC|"
        + dice.choice(("Z999|", "Z|", "X999", "z64|", "Z0|", "x99999|")) * dice.size(1, 5_000)
        + "C|"
    ).encode()


@hostile("abc", "tune")
def abc_repeats(dice: Dice) -> bytes:
    """Repeats and endings without end."""
    unit = dice.choice(
        (
            "|:C:|",
            "|1C:|2D|",
            "::",
            "|||||",
            "[1,2,3-999999C",
            ":|]",
            "|:::::",
            "|" * 10_000,
            "[|]",
            "|1-9",
            ":" * 1_000,
        )
    )
    return (_ABC + "C" + unit * dice.size(2, 900_000 // len(unit)) + "C|").encode()


@hostile("abc", "tune")
def abc_octaves(dice: Dice) -> bytes:
    """Notes a million octaves high, lengths, ties and accidentals in rows."""
    n = dice.size(10, 900_000)
    return (
        _ABC
        + "C"
        + dice.choice(
            ("'", ",", "',", "^", "_", "=", "-", "/", "2", "1/", ">", ".", "~", "(", ")", "`", "y", "\\")
        )
        * n
        + "C|"
    ).encode()


@hostile("abc", "tune")
def abc_header(dice: Dice) -> bytes:
    """Headers that are long, many, missing, repeated or odd."""
    n = dice.size(1, 300_000)
    few = ("T:x\n", "T:" + "x" * n + "\n", "K:" + " " * n + "x\n", "K:C" + " ^f" * (n // 3) + "\n", "M:" + "1+" * (n // 2) + "1/4\n", "M:C|\n", "L:1/" + "9" * n + "\n",
           "K:" + "G" * n + "\n", "%%x\n" * (n // 4), "%" * n + "\n", "V:" + "1" * n + "\n", "w:" + "a-" * (n // 2) + "\n", "K:\n", "M:(2+3)/8\n", "\\%" * (n // 2) + "\n", "K:Ebphr ^" + "_" * n + "\n")  # fmt: skip
    return (
        "X:1\n"
        + dice.choice(few) * dice.choice((1, 1, 3))
        + dice.choice(("K:C\n", "", "K:G\n"))
        + dice.choice(few)
        + "C D E F|G|\n"
    ).encode()


@hostile("abc", "tune")
def abc_wild(dice: Dice) -> bytes:
    """Signs of all kinds in any order."""
    signs = ("C", "d", "^f", "_B", "z", "2", "/2", "3/2", "|", "||", "[CE]", "(3", ">", "<", "-", " ", "{g}", '"Am"', "!trill!", "[K:D]", "[M:3/4]", ":|", "|1", "[2",
             "~", ".", "u", "c'", "G,", "Z", "\n", "x", "(", ")", "|]", "!breath!", "[r:phrase begins]", "&", "y", "\\\n", "z4", "C8", "16")  # fmt: skip
    return (_ABC + "C" + "".join(dice.choice(signs) for _ in range(dice.size(3, 3_000)))).encode()
