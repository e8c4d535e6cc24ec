"""Texts of the Folk Generator page: constants in the order in which the page shows them, and sentences with values put in."""

from __future__ import annotations

from core.errors import plural
from core.folk.selection import MIN_IN_KEY

# Page and source.
TITLE = "Folk Generator"
PROMISE = "Compose new folk tunes in the style of a collection: every bar is complete, you set the key and range, and tunes end on the tonic."
START = "Start from"
NEW, LETTERS, KEYS, FILE = (
    "A new tune",
    "My notes: ABC notation",
    "My notes: on-screen piano",
    "My notes: file",
)
SING, RECORDING = "My voice: microphone", "My voice: recording"
VARIANT = "Variant"

# The visitor's own notes.
ABC = "Notes in ABC notation"
ABC_SHAPE = "A2 B2 c2 e2 |"
ABC_HELP = (
    "Letters are notes: C is middle C, c is an octave higher. A number after a letter is its length in eighth notes: A2 is a "
    "quarter note. z is a rest, | a bar line. Key and meter are those in the sidebar unless you add lines such as K:D and M:6/8."
)
NOTE_FILE = "Score or MIDI file: MIDI, MusicXML, ABC or kern"
PIANO = "Piano for your notes"
PICKUP = "Pickup (quarter notes)"
PICKUP_HELP = "Length of the notes before the first bar line."
PICKUP_OWN = "Your notes bring their own pickup."
VOICE_HELP = (
    "One voice, about ten seconds, in a quiet room. The recording is processed in memory and not stored."
)
TO_KEY_HELP = (
    "Otherwise the tune stays in the key you sang. Either way it is moved by octaves into the range."
)
USE_VOICE = "Start the tunes with these notes"
READING, DRAWING_START, PLAYING_VOICE = (
    "Reading your notes",
    "Drawing your notes",
    "Playing the transcription",
)
BARS_USED = "Bars to use"
BARS_USED_HELP = "The tune starts with this many bars of your notes."
TO_LETTERS = "Convert to ABC"
TO_LETTERS_HELP = "As text you can edit each note, and the link includes it."
NO_NOTE = "There is no note in what you gave. Start with a melody."


def move_to(key: str, mode: str) -> str:
    """Label of the option to transpose the sung notes."""
    return f"Transpose to {key} {mode}"


def describe_start(bars: str, key: str, mode: str, meter: str) -> str:
    """Describe the notes that the tune starts from.

    Examples
    --------
    >>> describe_start("1 bar", "A", "dorian", "4/4")
    'The tune starts with 1 bar of your notes, in A dorian, 4/4.'
    """
    return f"The tune starts with {bars} of your notes, in {key} {mode}, {meter}."


def describe_voice(n_notes: int, key: str, mode: str) -> str:
    """Title of the player with what was sung."""
    return f"Transcription: {plural(n_notes, 'note')}, {key} {mode}"


def refuse_range(low: str, high: str, lowest: str, highest: str) -> str:
    """Error where the given notes leave the range."""
    return (
        f"Your notes go from {low} to {high}, but the range is {lowest} to {highest}. "
        "Widen the range under “Advanced” in the sidebar."
    )


# Sidebar.
COLLECTION = "Collection"
COLLECTION_HELP = "The folk song collection whose style the tunes follow."
KEY, MODE, METER, BARS = "Key", "Mode", "Meter", "Bars"
GROUPING, GROUPING_HELP = "Beat grouping", "How the eighth or quarter notes of a bar are grouped and beamed."
AUTOMATIC_GROUPING = "automatic"
OWN_KEY = "Set by your notes"
OWN_KEY_HELP = "Your notes have a key and meter of their own. Remove the K: and M: lines, or start from other notes, to choose here."
NEW_VERSION = "New version"
NEW_VERSION_HELP = "Composes again with another random seed. Bars you keep stay."
INSTRUMENT, TEMPO = "Instrument", "Tempo (BPM)"
TRANSPOSE = "Transpose (semitones)"
TRANSPOSE_HELP = "Moves the finished tunes up or down; the key moves with them."
ADVANCED = "Advanced"
LOWEST, HIGHEST = "Lowest note", "Highest note"
PHRASES = "Phrases"
PHRASES_HELP = "How long phrases are; they end with a breath mark. Automatic: four bars each."
PLAN = "Phrase plan"
PLAN_HELP = (
    "Lengths in bars such as 4+4+2+6, letters such as AABA that share the bars evenly, or both: A4 A4 B8. Phrases with the same "
    "letter have the same notes, except for bars you keep and a last bar that must end the tune."
)
VARIANTS, VARIANTS_HELP = "Variants", "How many tunes to compose at once."
SEED_HELP = "The same seed gives the same tunes."
END_ON_TONIC = "End on the tonic"


def warn_of_mode(mode: str, heard_as: str) -> str:
    """Explain how a mode without training tunes is composed."""
    return f"No training tunes in this mode: tunes are composed in {heard_as}, then the differing scale degree is altered to {mode}."


# Result.
COMPOSING, PLAYING = "Composing the tunes", "Rendering the tune"
KEPT_FRAMED = "Framed bars are kept; the others are new."
KEEP = "Keep bars, rewrite the rest"
PICK = "Select bars by clicking the score"
PICK_HELP = "While this is on, a click in the score selects a bar instead of moving the playhead."
PICK_LOCKED = "Clear “Bars to keep” first, then select again."
PICK_NONE = "Click the bars you want to keep, then rewrite the others."
KEEP_PICKED = "Rewrite the other bars"
KEEP_BARS, KEEP_NONE = "Bars to keep", "none: every bar is new"
KEEP_HELP = "All other bars are composed again to fit around them."
BASE, BASE_HELP = "From variant", "The variant the kept bars come from, as it was before any were kept."
REST_SEED, REST_SEED_HELP = "Seed for new bars", "“New version” changes it while bars are kept."
OTHERS = "Other variants"


def describe_picked(bars: list[int]) -> str:
    """Describe the bars selected in the score, from 1."""
    return f"Selected: bar{'' if len(bars) == 1 else 's'} {', '.join(map(str, bars))}"


def describe_selection(n_composed: int, n_out_of_key: int, n_unusual: int, n_in_spite: int) -> str:
    """Describe how many candidates were composed, and why some are not shown.

    Examples
    --------
    >>> describe_selection(6, 1, 1, 0)
    '6 tunes composed. Left out: 1 with under 95% of notes in key, 1 unusually predictable or surprising.'
    >>> describe_selection(4, 0, 0, 0)
    '4 tunes composed; all passed the check of key and predictability.'
    """
    said = f"{plural(n_composed, 'tune')} composed"
    reasons = []
    if n_out_of_key:
        reasons.append(f"{n_out_of_key} with under {MIN_IN_KEY:.0%} of notes in key")
    if n_unusual:
        reasons.append(f"{n_unusual} unusually predictable or surprising")
    said += (
        f". Left out: {', '.join(reasons)}."
        if reasons
        else "; all passed the check of key and predictability."
        if not n_in_spite
        else "."
    )
    if n_in_spite:
        said += f" {n_in_spite} of those shown did not pass the check of key and predictability; too few did."
    return said


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
BITS, BITS_HELP = (
    "Predictability (bits/note)",
    "How surprising the notes and their lengths are to the model: lower is more predictable.",
)
IN_KEY, IN_KEY_HELP = "In key", "Share of the notes that are in the scale; minor includes the leading tone."


# Downloads.
TUNE_TITLE, TUNE_TITLE_HELP = "Title", "Printed above the score and written into the files."


def name_tune(key: str, mode: str) -> str:
    """Default title of a tune."""
    return f"Folk tune in {key} {mode}"


def credit(collection: str, seed: int, variant: int) -> str:
    """Second line in the head of a printed score."""
    return f"Composed by Sonoscope in the style of {collection}; seed {seed}, variant {variant}"


LINK = (
    "The link saves your settings and the notes you type: copy this page's address to share or reopen this tune. It does not "
    "include files, recordings or notes played on the piano until you convert them to ABC."
)
