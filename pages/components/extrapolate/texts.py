"""Texts of the Extrapolate page: its labels, help, notes and messages, in the order in which the page shows them."""

from __future__ import annotations

from core import limits
from core.extrapolate.analysis import MIN_SEC
from core.extrapolate.descriptions import clock
from core.extrapolate.request import MAX_SECONDS, Request

TITLE = "Extrapolate"
PROMISE = "Make a recording longer: after its end, before its beginning, or both. The recording itself stays unchanged."

# Source
SOURCE = "Source"
EXAMPLE, UPLOAD, RECORD = "Example", "Upload", "Record"
OLD_SOURCES = {"An example": EXAMPLE, "A file": UPLOAD, "A recording, now": RECORD}
EXAMPLE_LABEL = "Example"
UPLOAD_LABEL = "Audio file"
_SPAN = f"{MIN_SEC:.0f} seconds to {limits.MAX_AUDIO_SEC / 60:.0f} minutes"
UPLOAD_HELP = f"WAV, FLAC, MP3, OGG, M4A and more, or a video with sound: {_SPAN}."
UPLOAD_EMPTY = (
    f"{_SPAN} of music, speech or any other sound. It stays in this session's memory and is not stored."
)
RECORD_LABEL = "Record a sound"
RECORD_HELP = f"At least {MIN_SEC:.0f} seconds; 15 seconds or more give more material."
RECORDING = "recording"
NO_SOUND = "Upload or record a sound, or choose “Example”."

# Settings
SECONDS = "Length to add (seconds)"
SECONDS_AT_LEAST = 10
SECONDS_HELP = f"{SECONDS_AT_LEAST} seconds to {MAX_SECONDS / 60:.0f} minutes. With “Both”, on each side."
DIRECTION = "Where to add"
AFTER, BEFORE, BOTH = "After the end", "Before the beginning", "Both"
OLD_DIRECTIONS = {"after": AFTER, "before": BEFORE, "both": BOTH}
MOOD = "Mood"
KEEP, LIFT, CALM = "Keep", "More energetic", "Calmer"
OLD_MOODS = {"keep it": KEEP, "lift it": LIFT, "calm it": CALM}
MOOD_HELP = (
    "Gradually changes which passages are used, how bright and loud they are, and the tempo (by 4 to 5%)."
)
ENDING = "Ending"
FADE, CADENCE, CUT = "Fade out", "Final chord (cadence)", "Cut"
OLD_ENDINGS = {"Cadence": CADENCE}
ENDING_HELP = (
    "Fade out: the last 20%, at most 8 seconds. Final chord: the recording's own ending where it has one, otherwise a bar on the "
    "tonic; the piece may then end up to two bars short. Cut: stops at the full length. Applies to what is added after the recording."
)
NEW_VERSION = "New version"
NEW_VERSION_HELP = "Draws another seed. The version before it stays for comparison."
ADVANCED = "Advanced"
ENGINE = "Method"
RECOMPOSE, NEURAL = "Rearrange beats", "Generate (lower quality)"
OLD_ENGINES = {"its own beats, chosen anew": RECOMPOSE, "new sound, lower fidelity": NEURAL}
ENGINE_HELP = (
    "Rearrange beats: the recording's own beats in a new order, joined where the cut is least audible. Generate: a network "
    "predicts a spectrogram, which is converted to sound; it sounds rougher."
)
AT_AFTER, AT_BEFORE = "Extend from (seconds)", "Lead in to (seconds)"
AT_END, AT_BEGINNING = "the end", "the beginning"
VARIATION = "Variation"
VARIATION_HELP = "0 follows the recording in long stretches; 1 jumps often and repeats less."
SEED_HELP = "The same seed gives the same sound."

# Result
EXTENDING = "Extending this recording"
PREPARING = "Preparing playback"
VERSION = "Version to play"
WHOLE, ORIGINAL, ADDITION, PREVIOUS = "Extended", "Original", "Added part", "Previous version"
VERSION_HELP = "Switching keeps the position, also while it plays: compare the versions at the same place."
REDUCED = "Playback of this long sound is mono at 24 kHz; the downloads have full quality."
CHART_ALT = "Waveform and mel spectrogram of {seconds:.0f} seconds; additions are shaded, {joins} joins marked with their scores"

JOINS = "Joins"
JOINS_LABEL = "Play the seconds around a join"
JOINS_CAPTION = (
    "Each button plays from 3 seconds before its join to 3 seconds after it; a second click stops."
)
JOINS_BEYOND = "Dashed outline: beyond the recording's own limits."
JOINS_ELSEWHERE = "To play single joins, choose “Extended” above the player."
ALL_JOINS = "Join details"
ALL_JOINS_ALT = "All joins with their times and scores"
JOIN_COLUMNS = (
    "Time (s)",
    "Roughness",
    "Within limits",
    "Level jump (dB)",
    "Limit (dB)",
    "Onset (z)",
    "Beat displaced (ms)",
    "Cut after (s of the recording)",
    "Continues at (s of the recording)",
)

YES, NO = "✓", "no"

COMPARISON = "Recording and added part compared"
PORTRAIT_ALT = "Tempo, key and loudness of the recording and of each addition"
MOOD_OVER_TIME = "Mood over time"
MOOD_ALT = "Valence and arousal over time, estimated from the sound; additions are shaded"
MOOD_CAPTION = (
    "Estimated from the sound: arousal from loudness, onsets and brightness; valence from how major the harmony is, brightness "
    "and pace. 0 is average, ±1 the extremes."
)

DOWNLOAD = "Download"
MP3 = "Writing the MP3 file"
LINK = (
    "This page's link saves your settings, not your files. To get the same sound from a file of your own, load “Settings” together "
    "with it."
)
NO_NETWORK = "The prediction network is not installed here. Beats are chosen only by how they sound and how well they join."


def describe_sound(title: str, seconds: float, channels: int, sr: int) -> str:
    """Describe the visitor's sound."""
    return f"{title}: {seconds:.1f} seconds, {'stereo' if channels == 2 else 'mono'}, {sr:,} Hz."


def former_result(request: Request) -> str:
    """Note which earlier result is still shown after a stop or an error."""
    side = {"after": "after the end", "before": "before the beginning", "both": "on both sides"}[
        request.direction
    ]
    return f"Still showing the last result: {request.seconds:g} s {side}, seed {request.seed}."


def player_title(title: str, choice: str) -> str:
    """Title of the player."""
    return f"{title}: {choice.lower()}"


def join_button(number: int, time_sec: float, score: float) -> str:
    """Label of a join button."""
    return f"{number} · {clock(time_sec)} · roughness {score:.2f}"


def position_help(*, before: bool) -> str:
    """Help of the position from which the recording is extended."""
    return f"Position in the recording, moved to the nearest beat. What comes {'before' if before else 'after'} it is dropped."
