"""Texts of the Folk Generator page: constants in the order in which the page shows them, and sentences with values put in."""

from __future__ import annotations

from core.errors import plural
from core.folk.selection import MIN_IN_KEY
from pages.components.shared.texts import LINK_SAVES

_SIGNS = str.maketrans({"#": "♯", "b": "♭"})


def name_note(letter: str, alter: int) -> str:
    """A letter with its accidentals, as in a text."""
    return letter + ("♯" * alter or "♭" * -alter)


def name_tonic(tonic: str) -> str:
    """A tonic with a real sharp or flat sign."""
    return tonic[:1] + tonic[1:].translate(_SIGNS)


def name_mode(mode: str) -> str:
    """A mode as English writes it: the church modes are capitalized."""
    return mode if mode in ("major", "minor") else mode.capitalize()


def name_key(tonic: str, mode: str) -> str:
    """A key in words.

    Examples
    --------
    >>> name_key("Bb", "dorian")
    'B♭ Dorian'
    """
    return f"{name_tonic(tonic)} {name_mode(mode)}"


# Page and source.
TITLE = "Folk Generator"
PROMISE = (
    "Compose new folk tunes in the style of a collection, in the key, time signature and range you choose."
)
START = "Start from"
NEW, LETTERS, KEYS, FILE = (
    "A new tune",
    "My notes: ABC notation",
    "My notes: on-screen piano",
    "My notes: file",
)
VARIANT = "Variant"

# The visitor's own notes.
ABC = "Notes in ABC notation"
ABC_SHAPE = "A2 B2 c2 e2 |"
ABC_HELP = (
    "Letters are notes: C is middle C, c is an octave higher. A number after a letter is its length in eighth notes: A2 is a "
    "quarter note. z is a rest, | a bar line. Key and time signature are those in the sidebar unless you add lines such as K:D and M:6/8."
)
NOTE_FILE = "Score or MIDI file: MIDI, MusicXML, ABC or kern"
PIANO = "Piano for your notes"
PICKUP = "Pickup (quarter notes)"
PICKUP_HELP = "Length of the notes before the first bar line."
TO_KEY_HELP = (
    "Otherwise the tune stays in the key you sang. Either way it is moved by octaves into the range."
)
USE_VOICE = "Start the tunes with these notes"
READING, DRAWING_START = "Reading your notes", "Drawing your notes"
WAITING = "Give your notes to start the tune with them. Until then, a tune without them is shown."
MAX_SKIPPED = 8
BARS_USED = "Bars to use"
BARS_USED_HELP = "The tune starts with this many bars of your notes."
TO_LETTERS = "Edit as text (ABC)"
TO_LETTERS_HELP = "As text you can edit each note, and the link includes it."
NO_NOTE = "There is no note in what you gave. Start with a melody."


def move_to(key: str, mode: str) -> str:
    """Label of the option to transpose the sung notes."""
    return f"Transpose to {name_key(key, mode)}"


def describe_start(bars: str, key: str, mode: str, meter: str) -> str:
    """Describe the notes that the tune starts from.

    Examples
    --------
    >>> describe_start("1 bar", "A", "dorian", "4/4")
    'The tune starts with 1 bar of your notes, in A Dorian, 4/4.'
    """
    return f"The tune starts with {bars} of your notes, in {name_key(key, mode)}, {meter}."


def describe_skipped(skipped: list[str]) -> str:
    """Name what was typed and is no music.

    Examples
    --------
    >>> describe_skipped(["q", "77"])
    'Not ABC notation and left out: q, 77.'
    """
    named = ", ".join(skipped[:MAX_SKIPPED])
    return f"Not ABC notation and left out: {named}{', …' if len(skipped) > MAX_SKIPPED else ''}."


def describe_voice(n_notes: int, key: str, mode: str) -> str:
    """Title of the player with what was sung."""
    return f"Transcription: {plural(n_notes, 'note')}, {name_key(key, mode)}"


def refuse_range(low: str, high: str, lowest: str, highest: str) -> str:
    """Error where the given notes leave the range."""
    return (
        f"Your notes go from {low} to {high}, but the range is {lowest} to {highest}. "
        "Widen the range under “Advanced” in the sidebar."
    )


# Sidebar.
COLLECTION = "Collection"
COLLECTION_HELP = "The collection of tunes or songs whose style the tunes follow."
EARLIER_EDITION = "This link comes from an earlier version. The same settings may give other tunes now."


def describe_nearest(asked: str, nearest: str) -> str:
    """Say that another collection stands in for the one that a link names.

    Examples
    --------
    >>> describe_nearest("German songs (Erk)", "German songs")
    'The link asks for “German songs (Erk)”, which this model does not know. “German songs” is the closest.'
    """
    return f"The link asks for “{asked}”, which this model does not know. “{nearest}” is the closest."


KEY, MODE, METER, BARS = "Key", "Mode", "Time signature", "Bars"
GROUPING, GROUPING_HELP = "Beat grouping", "How the eighth or quarter notes of a bar are grouped and beamed."
AUTOMATIC_GROUPING = "automatic"
OWN_KEY = "Set by your notes"
OWN_KEY_HELP = "Your notes have a key and time signature of their own. Remove the K: and M: lines, or start from other notes, to choose here."
NEW_VERSION = "New version"
NEW_VERSION_HELP = "Composes again with another random seed. Bars you keep stay."
INSTRUMENT, TEMPO = "Instrument", "Tempo (BPM)"
ACCOMPANIMENT = "Accompaniment"
ACCOMPANIMENT_HELP = "Plays along with the tune, on a MIDI track of its own."
ACCOMPANIMENT_NAMES = {"none": "None", "guitar": "Guitar", "piano": "Piano", "drone": "Drone"}
CHORDS = "Chord symbols"
CHORDS_HELP = "Chords of the mode, above the staff and in the ABC, MusicXML and kern files. Chords in your own notes stay as they are."
FORM = "Form"
FORM_HELP = (
    "AABB, as most dance tunes have it: two parts of eight bars, each played twice, written with repeat signs and with first "
    "and second endings where they differ."
)
FORM_NAMES = {"": "Through-composed", "AABB": "AABB (8 + 8 bars)"}
SET_BY_FORM = "AABB has 8 + 8 bars in phrases of four."
TRANSPOSE = "Transpose (semitones)"
TRANSPOSE_HELP = "Moves the finished tunes up or down; the key moves with them."
ADVANCED = "Advanced"
LOWEST, HIGHEST = "Lowest note", "Highest note"
PHRASES = "Phrases"
PHRASE_NAMES = {"automatic": "Automatic", "custom plan": "Custom"}  # as they are shown
PHRASES_HELP = "How long phrases are; they end with a breath mark or a rest. Automatic: four bars each."
PLAN = "Phrase plan"
PLAN_HELP = (
    "Lengths in bars such as 4+4+2+6, letters such as AABA that share the bars evenly, or both: A4 A4 B8. Phrases with the same "
    "letter have the same notes, except for bars you keep and a last bar that must end the tune."
)
VARIANTS, VARIANTS_HELP = "Variants", "How many tunes to compose at once."
SEED_HELP = "The same seed gives the same tunes."
END_ON_TONIC = "End on the tonic"


_ALTERED = {
    "mixolydian": "its seventh degree is lowered",
    "lydian": "its fourth degree is raised",
    "phrygian": "its second degree is lowered",
}


def warn_of_mode(mode: str, heard_as: str) -> str:
    """Explain how a mode without training tunes is composed.

    Examples
    --------
    >>> warn_of_mode("mixolydian", "major")
    'The collections have no Mixolydian tunes: a tune is composed in major, then its seventh degree is lowered.'
    """
    return f"The collections have no {name_mode(mode)} tunes: a tune is composed in {heard_as}, then {_ALTERED[mode]}."


# Result.
COMPOSING, PLAYING = "Composing the tunes", "Rendering the tune"
KEPT_FRAMED = "Framed bars are kept; the others are new."
KEEP = "Keep bars, rewrite the rest"
PICK = "Select bars in the score"
PICK_HELP = "While this is on, a click or tap in the score selects a bar instead of moving the playhead."
PICK_LOCKED = "Clear “Bars to keep” first, then select again."
PICK_NONE = "Click the bars you want to keep, then rewrite the others."
KEEP_PICKED = "Rewrite the other bars"
KEEP_BARS, KEEP_NONE = "Bars to keep", "No bars kept"
KEEP_HELP = "All other bars are composed again to fit around them."
BASE = "Keep bars of variant"
BASE_HELP = "Kept bars are taken from this variant as it was first composed."
REST_SEED, REST_SEED_HELP = "Seed for new bars", "Another number gives other new bars; so does “New version”."
OTHERS = "Other variants"


def describe_picked(bars: list[int]) -> str:
    """Describe the bars selected in the score, from 1."""
    return f"Selected: bar{'' if len(bars) == 1 else 's'} {', '.join(map(str, bars))}"


def describe_selection(
    n_composed: int, n_out_of_key: int, n_unusual: int, n_in_spite: int, n_alike: int = 0
) -> str:
    """Describe how many candidates were composed, and why some are not shown.

    Examples
    --------
    >>> describe_selection(6, 1, 1, 0)
    '6 tunes composed, 2 rejected: 1 with over 5% of its new notes outside the key, 1 unusually predictable or surprising.'
    >>> describe_selection(4, 0, 0, 0)
    '4 tunes composed, none rejected.'
    """
    reasons = []
    if n_out_of_key:
        its = "its" if n_out_of_key == 1 else "their"
        reasons.append(f"{n_out_of_key} with over {1 - MIN_IN_KEY:.0%} of {its} new notes outside the key")
    if n_unusual:
        reasons.append(f"{n_unusual} unusually predictable or surprising")
    if n_alike:
        reasons.append(f"{n_alike} whose B part was nearly its A part")
    said = f"{plural(n_composed, 'tune')} composed, "
    said += (
        f"{n_out_of_key + n_unusual + n_alike} rejected: {', '.join(reasons)}."
        if reasons
        else "none rejected."
    )
    if n_in_spite:
        said = said.removesuffix("none rejected.") + "too few passed." if not reasons else said
        said += f" {n_in_spite} of those shown did not pass the check of key and surprise."
    return said


def play_variant(n: int) -> str:
    """Label of the button that opens and plays another variant."""
    return f"Play variant {n}"


def describe_variant(n: int, described: str) -> str:
    """Title of the player."""
    return f"Variant {n}: {described}"


def refuse_span(low: str, high: str) -> str:
    """Error for a range too narrow for a tune."""
    return f"The lowest note is {low} and the highest is {high}. Leave at least a fifth between them."


# Measures.
ORIGINALITY, QUALITY = "Originality", "Quality"
LONGEST_MATCH = "Longest match with training tunes"
LONGEST_MATCH_HELP = (
    "The longest run of intervals that also occurs in a training tune, in any key and any rhythm."
)
WITH_REPEATS = " with repeats"
BITS, BITS_HELP = (
    "Surprise (bits/note)",
    "How surprising the notes and their lengths are to the model: lower is more predictable.",
)
IN_KEY = "In key"
IN_KEY_HELP = (
    "Share of all notes that are in the scale, yours included; minor includes the leading tone. The degree that would contradict "
    "a mode is never composed: the minor sixth in Dorian, the leading tone in Mixolydian, the major second in Phrygian, the "
    "perfect fourth in Lydian."
)


def describe_form(n_bars: int, n_written: int, key: str, meter: str) -> str:
    """A tune in a few words.

    Examples
    --------
    >>> describe_form(16, 16, "G major", "4/4"), describe_form(32, 17, "G major", "6/8")
    ('16 bars in G major, 4/4', '32 bars with repeats in G major, 6/8')
    """
    repeats = WITH_REPEATS if n_written < n_bars else ""
    return f"{plural(n_bars, 'bar')}{repeats} in {key}, {meter}"


def describe_chords(names: list[str], in_mode: float) -> str:
    """Name the chords of a tune and how many of them lie in the mode.

    Examples
    --------
    >>> describe_chords(["G", "C", "D7"], 1.0)
    'Chords: G, C, D7. All their notes are in the key.'
    >>> describe_chords(["Em", "B7"], 0.5)
    'Chords: Em, B7. 50% lie in the key.'
    """
    inside = "All their notes are in the key." if in_mode == 1.0 else f"{in_mode:.0%} lie in the key."
    return f"Chords: {', '.join(names)}. {inside}"


# Downloads.
TUNE_TITLE, TUNE_TITLE_HELP = "Title", "Printed above the score and written into the files."


def name_tune(key: str, mode: str) -> str:
    """Default title of a tune."""
    tonic = key[:1] + key[1:].replace("#", " sharp").replace("b", " flat")
    return f"Folk tune in {tonic} {name_mode(mode)}"


def credit(collection: str) -> str:
    """Second line in the head of a printed score."""
    return f"Composed by Sonoscope in the style of: {collection}"


LINK = f"{LINK_SAVES} Notes from the piano, a file or a voice are included only after “{TO_LETTERS}”."
