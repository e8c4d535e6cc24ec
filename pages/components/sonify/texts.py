"""Texts of the Sonify Data page: constants in the order in which the page shows them, and sentences with values put in."""

from __future__ import annotations

from types import MappingProxyType

from core import limits
from core.errors import plural
from core.sonify.fidelity import AUDIBLE_SEMITONES, Fidelity
from core.sonify.pitch_scales import RULE_IN_WORDS

MOST_MB = limits.MAX_TABLE_BYTES // limits.MEGABYTE

# Page and source.
TITLE = "Sonify Data"
PROMISE = "Turn columns of numbers into sound: each row becomes a note, and its value sets the pitch."
SOURCE = "Data source"
SOURCES = ("Example", "Upload", "Paste")
EXAMPLE_SHORTCUTS = "Featured examples"
EXAMPLES = "All examples"
UPLOAD = (
    f"Upload a table, up to {MOST_MB} MB: CSV, TSV, Excel, ODS, Parquet, JSON or HTML, gzipped or not; or a chart (Highcharts, Vega-Lite, MAIDR). Several files are merged "
    "by date."
)
PASTE = "Paste rows from a spreadsheet or a web page: plain text, Markdown or HTML, with or without a header"
PASTE_SHAPE = "month,sales\n2024-01,12.5\n2024-02,14.1"
NO_DATA = "Paste a table to play it, or choose “Example”."
SERVER_FILES, DATABASE = "Server files", "Database"
SERVER_FILE = "File or folder"
SERVER_FILE_HELP = "A folder is read as one table."
CONNECTION, READ_FROM, TABLE, SELECT = "Connection", "Read from", "Table", "SELECT"
STATEMENT, STATEMENT_SHAPE = "SELECT statement", "SELECT day, price FROM sales"
STATEMENT_ABOUT = "The query runs read-only; the database aggregates its rows to a few hundred points."
NO_TABLES = "You may not read any table of this database. Choose another connection."
READING_TABLE, READING_ROWS = "Reading the table", "Reading the rows"
LOOKING, LISTING, SEARCHING = (
    "Reading a sample of the table",
    "Listing the tables",
    "Listing the server's files",
)
JOINING = "Aggregating the rows"
MAKING_SOUND, MEASURING_TRADE = "Rendering the sound", "Measuring fidelity against musicality"

# Sidebar: what plays.
COLUMNS = "Columns to play"
COLUMNS_HELP = "One to four columns, or the trend, seasonal or residual part of one (STL decomposition). Each is a separate voice."
NO_VOICES = "Choose a column under “Columns to play”."
TIME = "Time axis"
TIME_HELP = "Dates, or numbers that count time. Rows play in this order."
NO_COLUMN = "(order of the file)"
SPLIT, NO_SPLIT = "Split by", "(not split)"
SPLIT_HELP = "A column of labels, such as city or country: each label is a separate voice."
LABELS, NO_LABELS = "Labels", "all rows, aggregated"

# Sidebar: how it sounds.
MODE = "Mode"
MODES = MappingProxyType({"direct": "Direct", "melody": "Melody", "piece": "Full arrangement"})
MODE_ABOUT = MappingProxyType(
    {
        "direct": "Each point is a note: the higher the value, the higher the pitch.",
        "melody": "A neural network composes a melody that follows the data.",
        "piece": "The data is the melody, as in Direct; neural networks add chords and an accompaniment.",
    }
)
FIDELITY = "Fidelity to the data (%)"
FIDELITY_HELP = "0: the melody ignores the values. 100: each note is the one nearest to its value."
TAKES, TAKES_HELP = "Takes", "Melodies composed at once from the same data and settings."
TAKE = "Take to play"
SEED, SEED_HELP = "Seed", "The same seed gives the same notes."
NEW_VERSION, NEW_VERSION_HELP = "New version", "Composes again with another seed."
STYLE = "Style"
DENSITY, DENSITY_HELP = "Density", "How many notes the accompaniment plays."
DENSITIES = MappingProxyType({1: "Sparse", 2: "Light", 3: "Medium", 4: "Lively", 5: "Busy"})
ACCOMPANIMENT = "Accompaniment instrument"
INSTRUMENT = "Instrument"
MIX, MIXES = "Mix", {"auto": "Automatic", "on": "On", "off": "Off"}
MIX_HELP = (
    "Reverb, a loudness of −16 LUFS and a limiter. Automatic: on for melodies and full arrangements, off for Direct, where "
    "the level shows the data."
)
INSTRUMENT_SET, NO_INSTRUMENT_SET = "Instrument set", "Choose a set"
INSTRUMENT_SET_HELP = "Instruments that are easy to tell apart, because their spectra overlap little, and that have the notes of their voices. Velocity and pan are set with them. Clear it for the usual instruments."
PACE = "Set length by"
PACES = MappingProxyType({"duration": "Seconds", "tempo": "Tempo", "bars": "Bars"})
DURATION, NOTE_RATE, BARS, BEAT = "Length (s)", "Notes per minute", "Bars", "Tempo (BPM)"
KEY, SCALE = "Key", "Scale"
CONTINUOUS = "Continuous (no steps)"
NEEDS_STEPS = "A melody needs a scale with steps, so the chromatic scale is used."

# Sidebar: rows.
FILTERS = "Filter rows"
FILTER_FIRST, FILTER_NEXT, NO_FILTER = "Column", "and", "(all rows)"
COMPARISON, CELL, CELL_SHAPE = "Comparison", "Value", "Value"
OPERATORS = MappingProxyType({"is": "Is", "is not": "Is not", "contains": "Contains", ">=": "≥", "<=": "≤"})

# Sidebar: advanced.
ADVANCED = "Advanced"
ADVANCED_TABS = ("Voices", "Pitch", "Notes", "Cues")
LOWEST, HIGHEST = "Lowest note", "Highest note"
POLARITY = "Direction"
POLARITIES = MappingProxyType({"up": "Normal", "down": "Inverted"})
POLARITY_HELP = "Normal: higher values are higher notes. Inverted: higher values are lower notes."
VOICE_SCALING, SAME_SCALING = "Value scaling", "Same for all voices"
VOICE_SCALING_HELP = "Linear, logarithmic, rank … for this voice alone: it gets its own pitch scale, and the other voices stay as they are."
VELOCITY, VELOCITY_HELP = "Loudness (MIDI velocity)", "1 is softest, 127 is loudest."
PAN, PAN_HELP = "Pan", "−1 is left, 1 is right."
ALSO = "Also map to"
PITCH_SCALE = "Pitch scale"
PITCH_SCALES = MappingProxyType(
    {"unit": "Shared per unit", "all": "Shared by all columns", "separate": "Separate for each column"}
)
PITCH_SCALE_HELP = RULE_IN_WORDS
SCALING = "Value scaling"
SCALINGS = MappingProxyType(
    {
        "auto": "Automatic",
        "linear": "Linear",
        "log": "Logarithmic",
        "rank": "Rank",
        "robust": "Robust (5th to 95th percentile)",
    }
)
SCALING_HELP = (
    "How values are placed on the pitches. Automatic tries linear, logarithmic and rank, in this order, until rounding to notes no "
    "longer hides which values are higher. Logarithmic suits skewed data above zero."
)
N_NOTES = "Maximum notes"
AGGREGATE = "Aggregate rows by"
SMOOTHING, SMOOTHING_HELP = "Smoothing (notes)", "Centered moving average; 1 means none."
PERIOD, PERIOD_SHAPE, PERIOD_HELP = (
    "Rows per cycle",
    "From the dates",
    "For the trend, seasonal and residual parts: 12 for monthly data with a yearly cycle.",
)
SAMPLING = "One note per"
SAMPLINGS = MappingProxyType({"rows": "Point", "steps": "Change in value"})
SAMPLING_HELP = "Change in value: a note each time the value has moved by a fixed step, so a steep slope is a fast rhythm."
STEP = "Step (% of the value range)"
RHYTHM = "Rhythm"
RHYTHMS = MappingProxyType({"uniform": "Even", "time": "Follows the time axis", "composed": "Composed"})
METER = "Time signature"
TICK_EVERY, TICK_UNIT, TICK_HELP = (
    "Tick every",
    "Tick unit",
    "A soft tick along the time axis, such as every 10 years.",
)
TICK_UNITS = MappingProxyType(
    {
        "off": "Off",
        "year": "Years",
        "month": "Months",
        "week": "Weeks",
        "day": "Days",
        "hour": "Hours",
        "unit": "Units of the time axis",
        "row": "Notes",
    }
)
REFERENCES, REFERENCES_HELP = "Reference tones", "Each voice plays these values before the data."
ACCENTS = "Accent outliers"
CAPTIONS = "Spoken captions"
CAPTIONS_HELP = (
    "A voice says the columns and units before the data, then years or months, the minimum and the maximum. The notes are 6 dB "
    "softer while it speaks."
)
LANGUAGE = "Caption language"
NO_ESPEAK = "espeak-ng is not installed on this server: your browser speaks the captions, and downloaded files are without them."

# Sidebar: synthesizer.
SOUND = "Sound"
ENGINE = "Synthesizer"
ENGINES = MappingProxyType(
    {"auto": "Automatic", "fluidsynth": "FluidSynth (SoundFont)", "embedded": "Built-in (simple)"}
)
NO_FLUIDSYNTH = "The built-in synthesizer is used; FluidSynth is not installed on this server."
SOUNDFONT = "Your own SoundFont (SF2, SF3)"
SOUNDFONT_IN_USE = "SoundFont: {name}"

# Result.
MAPPING = "Data to sound"
ACCURACY = "Mapping accuracy"
TAKES_HEADING, PIECE_HEADING = "Takes", "Arrangement"
WRITING_MP3 = "Encoding the MP3"
TAKES_ALT = "The takes and their figures"
TAKE_COLUMN, VOICE_COLUMN, RHO_COLUMN, MOVES_COLUMN, NATS_COLUMN, PLAYS_COLUMN = (
    "Take",
    "Voice",
    "Rank correlation",
    "Changes followed",
    "Surprise (nats/note)",
    "Playing",
)
CHORDS, CHORDS_ABOUT = "Chord chart", "“%” repeats the chord before it."
TRADE = "Fidelity and musicality"
NO_TRADE = "Not available for this voice: it needs at least four notes and values that are not all equal."
TRADE_ABOUT = (
    "Each dot is a melody composed from these data at one fidelity setting. Higher keeps more of the order of the data; farther "
    "left is less surprising to a model of real melodies. Left of the dashed line, melodies are more predictable than real ones."
)
TRADE_FIRST = " Measured for the first voice."

# How the table was read.
READING = "How the table was read"
IMPORT_OPTIONS = "Import options"
PREVIEW, PREVIEW_ALT = "Preview", "The first rows of the table"
UNDO = "Undo the last change"
GUESSED = "Auto-detect"
BASICS = MappingProxyType(
    {
        "delimiter": "Delimiter",
        "decimal": "Decimal separator",
        "encoding": "Text encoding",
        "header": "First row",
        "day_first": "Dates such as 03/04/2020",
    }
)

# Trend quiz.
QUIZ = "Trend quiz"
QUIZ_QUESTION = "Listen to 24 points, about 6 seconds. What is their shape?"
QUIZ_TITLE = "Series"
QUIZ_PLAYING = "Rendering the question"
QUIZ_NEXT = "Next question"


def tell_used_scaling(scaling: str) -> str:
    """What a voice's scaling is in this result."""
    return f"Used now: {SCALINGS[scaling].partition(' (')[0].lower()}."


def name_scale(name: str) -> str:
    """A scale as the menu shows it."""
    return CONTINUOUS if name == "continuous" else f"{name[:1].upper()}{name[1:]}"


def show_range(cells: list[str]) -> str:
    """Lowest and highest value of a column, where a value is to be typed."""
    return f"{cells[0]} to {cells[-1]}".replace("-", "−") if cells else CELL_SHAPE


def label_instrument(voice: str, n_voices: int) -> str:
    """The instrument's label, with the voice where there are several."""
    return INSTRUMENT if n_voices == 1 else f"{INSTRUMENT}: {voice}"


def explain_notes(n_rows: int) -> str:
    """Help of the maximum of notes."""
    return f"Longer tables are aggregated to this many notes. This one has {plural(n_rows, 'row')}."


def explain_labels(column: str) -> str:
    """Help of the choice of labels."""
    return (
        f"Each label of {column} is a separate voice; a single one works as a filter. With none chosen, rows of the same time are "
        "aggregated."
    )


def tell_missing_labels(missing: list[str], column: str, playing: list[str]) -> str:
    """Note that a link or the previous table named labels that are missing."""
    verb = "is" if len(missing) == 1 else "are"
    return f"{', '.join(missing)} {verb} not in {column}. Playing {', '.join(playing) or NO_LABELS} instead."


def tell_size_limit(n_files: int) -> str:
    """Error for several files that are too large together."""
    return f"These {n_files} files are larger than {MOST_MB} MB together. Remove one, or keep fewer columns."


def tell_preview(n_shown: int, n_rows: int) -> str:
    """Describe how much of a table its preview shows."""
    return f"The first {n_shown:,} of {n_rows:,} rows."


def offer_all_decisions(n_decisions: int) -> str:
    """Label of the switch that shows all reading settings."""
    return f"Show all {n_decisions} settings"


def tell_correction(sentence: str, label: str) -> str:
    """Describe the correction after which the table could not be read."""
    return f"{sentence} You chose: {label}."


def describe_accuracy(fidelity: Fidelity, write: object) -> list[tuple[str, str, str]]:
    """Label, value and meaning of each accuracy figure of a voice; losses come first.

    Parameters
    ----------
    fidelity : Fidelity
    write : callable
        Writes a number by a format, or a dash for None.
    """
    assert callable(write)
    gaps = f"{plural(fidelity.n_gaps, 'missing value')} silent" if fidelity.n_gaps else "none is missing"
    return [
        (
            "Audible changes",
            write(fidelity.moves_audible, ".0%"),
            f"Share of the changes in value that change the pitch, by at least {AUDIBLE_SEMITONES:g} semitone. The rest stay on the "
            "same pitch.",
        ),
        (
            "Direction accuracy",
            write(fidelity.moves_right, ".0%"),
            "Of the audible changes, the share in which the pitch moves in the right direction. Changes that are not audible do "
            "not count.",
        ),
        (
            "Distinct values : pitches",
            f"{fidelity.data_levels:,} : {fidelity.pitch_levels}",
            "How many different values there are, and how many different pitches play them.",
        ),
        (
            "Points that sound",
            f"{round(fidelity.sounding * fidelity.n_points):,} of {fidelity.n_points + fidelity.n_gaps:,}",
            f"{plural(fidelity.n_points, 'point')} {'has' if fidelity.n_points == 1 else 'have'} a value; {gaps}.",
        ),
        (
            "Rank correlation",
            write(fidelity.spearman, ".3f"),
            "Spearman's rho between value and pitch. 1: a higher value is never a lower note; −1 if inverted.",
        ),
        ("Kendall's tau", write(fidelity.kendall, ".3f"), "Kendall's tau-b between value and pitch."),
        (
            "Notes per second",
            f"{fidelity.notes_per_sec:.1f}",
            "Above about 8, single notes are hard to follow.",
        ),
    ]


def explain_takes(costs: str) -> str:
    """Explain the figures of the takes, compared with real melodies and the direct mapping."""
    return (
        "Changes followed: of all changes in the data, the share that the melody answers in the right direction. Surprise: how "
        "unexpected the melody is to an independent model of real melodies; lower is more conventional"
        f"{f' ({costs})' if costs else ''}."
    )


def name_direct(voice: str | None) -> str:
    """The direct mapping in a list of figures."""
    return f"direct mapping{f' of {voice}' if voice else ''}"


def compare_consonance(ours: float, style: str, real: float) -> str:
    """Consonance beside that of real pieces."""
    return f"Consonance: {ours:.2f} (real {style} pieces average {real:.2f}; higher is smoother).".replace(
        "-", "−"
    )


def describe_arrangement(
    *, bars: str, meter: str, tempo: str, in_key: str, consonance: str, margin: str, n_notes: str
) -> list[tuple[str, str, str]]:
    """Label, value and meaning of each figure of an arrangement."""
    return [
        ("Bars", bars, f"In {meter}, from the first note of the data to the last chord."),
        ("Tempo (BPM)", tempo, f"Constant tempo in {meter}."),
        ("In key", in_key, "Share of the accompaniment's notes that are in the scale."),
        (
            "Consonance",
            consonance,
            "How consonant the accompaniment is with the data, from −1 to 1; higher is smoother.",
        ),
        (
            "Melody level",
            margin,
            "How much louder the melody (the data) is than the accompaniment at its onsets, measured in the sound where the "
            "difference is smallest.",
        ),
        ("Accompaniment notes", n_notes, "Chords and bass, on separate tracks of the MIDI file."),
    ]


def answer_quiz(shape: str, chosen: str) -> str:
    """The answer to a question of the quiz."""
    return f"Correct: {shape}." if chosen == shape else f"Answer: {shape}. You chose {chosen}."


def describe_answer(shape: str) -> str:
    """The chart of the answer for a screen reader."""
    return f"The series: {shape}"


def tell_score(n_right: int, n_asked: int, low: float, high: float) -> str:
    """The score of the quiz, from five answers on with its interval."""
    score = f"{n_right} of {n_asked} correct"
    if n_asked < 5:
        return f"{score}. Guessing gives 1 in 5."
    return f"{score}: {n_right / n_asked:.0%} (95% confidence interval {low:.0%} to {high:.0%}; guessing gives 20%)."
