"""Texts of the Emotion Music page: constants in the order in which the page shows them, and sentences with values put in."""

from __future__ import annotations

from core.emotion.moods import Mood, MoodPath, show_signed
from core.emotion.rater import RULES, Rater
from core.errors import plural
from core.music.performance import Performance
from core.music.spelling import show_accidentals
from core.voice.transcription import Transcription

# Title and the row above the piece.
TITLE = "Emotion Music"
PROMISE = "Pick a mood; a neural network composes a piano piece for it, and the mood of the music is rated."
CHOOSE_MOOD = "Choose a mood"
NEW_VERSION = "New version"
NEW_VERSION_HELP = "Composes another piece in the same mood, with a new seed."

# Sidebar.
CHANGES = "Change mood over time"
CHANGES_NOTE = "Drag both points on the mood pad."
END_VALENCE, END_AROUSAL = "Final pleasantness", "Final energy"
LENGTH_IN = "Length in"
SECONDS_HELP = "Approximate; the last notes ring for up to 1.5 seconds more."
BARS_HELP = "Bars of 4/4 in the score."
INSTRUMENT = "Instrument"
LOCKS = "Keep when the mood changes"
LOCKS_HELP = (
    "**Notes** keeps the pitches and their order; tempo, dynamics, articulation, timing and pedaling change. Major stays "
    "major and minor stays minor, so the piece sounds calmer or more energetic, but hardly more or less pleasant. **Key** "
    "keeps the tonic; major or minor may change. **Tempo** keeps the beats per minute; the length is met within about 5%."
)
LOCK_NOTES, LOCK_KEY, LOCK_TEMPO = "Notes", "Key", "Tempo"
NOTES_VALENCE, NOTES_AROUSAL = "Notes: pleasantness", "Notes: energy"
KEY = "Tonic"
TEMPO = "Tempo (BPM)"
LOCKS_NEED_NO_OPENING = "The opening notes set key and tempo, so they cannot be kept here."
ADVANCED = "Advanced"
VALENCE, VALENCE_HELP = "Pleasantness", "Valence, from unpleasant (−1) to pleasant (1)."
AROUSAL, AROUSAL_HELP = "Energy", "Arousal, from calm (−1) to excited (1)."
SEED_HELP = "The same seed and settings give the same piece."
CONTROL = "Control method"
NETWORK, TWO_CLUSTERS = "Neural network", "Two-cluster method"


def describe_control(rater: Rater) -> str:
    """What both methods do. Where rules rate, what goes with a mood comes from studies as well."""
    source = "are those of published studies" if rater is RULES else "are learned from labeled music"
    return (
        f"The network composes with the tempo, dynamics, register and harmony that go with a mood; these {source}. The "
        "two-cluster method is simpler and older: it only tells happy from sad."
    )


# The piece.
COMPOSING = "Composing"
PIECE, OPENING = "composed", "opening"
OPENING_NOT_READ = "The opening notes were not read."

# A mood from a face or from music.
MOOD_FROM_TITLE, MOOD_FROM_MUSIC_TITLE = "Mood from a face or music", "Mood from music"
MOOD_FROM = "Get the mood from"
PHOTO, CAMERA, LIVE, MUSIC = "Photo", "Camera", "Live camera", "Music"
MOOD_FROM_NOTE = "This only sets the point on the mood pad."
FACES_NOTE = f"{MOOD_FROM_NOTE} Faces are processed in this server's memory and neither stored nor logged."
FACES_OFF = (
    "Moods are not read from faces here: no openly licensed pictures of faces were found to train on. Whoever runs this server "
    "can switch that on with SONOSCOPE_WEIGHTS=research, for non-commercial research only."
)
PHOTO_FILE = "Photo of a face"
TAKE_PICTURE = "Take a picture of your face"
NO_CAMERA = "No camera? Upload a photo, or pick a mood on the pad."
NO_LIVE_CAMERA = (
    "No picture? Allow the camera in your browser. Company networks often block live video: take a picture instead, or use the "
    "mood pad."
)
CONNECTING = "Connecting …"
NO_ANSWER = "No connection: this server could not prepare one within 10 seconds. The STUN or TURN server in its settings does not answer."
PICTURE_INSTEAD = "Take a picture instead"
LOOKING = "Looking for a face …"
NO_FACE = (
    "No face found. Look straight into the camera, with light from the front. If there is no picture at all, the connection "
    "failed: take a picture instead."
)
USE_THIS_MOOD = "Use this mood"
FINDING_FACES, READING_FACE = "Finding faces", "Rating the facial expression"
WHICH_FACE = "Face"
FACE_CAPTION = "Face as the network receives it"
MUSIC_FILE = "MIDI file or recording"
RATING_MUSIC = "Rating the mood of this music"
PLACE_AGAIN = "Move the point back there"

# Opening notes.
OPENING_TITLE = "Start with your own notes"
START_WITH = "Start with"
NOTHING, EXAMPLE, KEYS, FILE = "No notes", "Example melody", "On-screen piano", "MIDI file"
LOADED_NOTES = "Notes of the settings file"
MELODY = "Melody"
READING_MIDI = "Reading this MIDI file"
PLAY_KEYS = "Tap the keys to play an opening."
OPENING_SEC = "Opening (seconds)"
OPENING_SEC_HELP = "The piece starts with this much of the notes, unchanged, and continues from there."

# Ratings.
RATING_TITLE = "Target mood and rating"


def describe_scale(rater: Rater) -> str:
    """What a rating is, who rates, and when it is close to the target."""
    return (
        f"{rater.rated_by} From −1 to +1: unpleasant to pleasant (valence), and calm to excited (arousal). A rating is close if "
        "it differs from the target by no more than the ratings of the two halves of one piece do."
    )


TEMPO_HELP = "The tempo mark of the score."
BARS, BARS_COUNT_HELP = "Bars", "Bars of the score, without a pickup."
CHART = "Pleasantness and energy over the piece: target and rating"

# Two moods.
COMPARE_TITLE = "Compare two moods"
COMPARE = "Compare"
SAME_NOTES, TWO_PIECES = "The same notes in two moods", "Two pieces"
SAME_NOTES_NOTE = (
    "Same pitches; tempo, dynamics, articulation, timing and pedaling differ. Since major and minor stay, the rated "
    "pleasantness rarely follows (24 of 60 pieces); the rated energy does (60 of 60)."
)
TWO_PIECES_NOTE = "The same settings and seed, composed for each mood."
OTHER_MOOD = "Second mood"
SAME_TRAITS = "The measured traits differ too little to be heard."

# Downloads.
PRINTED = ("Composed by Sonoscope",)
WRITING_MP3, WRITING_SCORE, PRINTING_SCORE = (
    "Writing this MP3 file",
    "Writing this score",
    "Printing this score",
)

# Below.
MODELS = ("piano", "mood", "face", "emotion_classic", "voice")


# What an end of a connection offers, by the kind of its candidates.
_OFFERED = {
    "host": "local addresses (host)",
    "srflx": "public addresses (server-reflexive)",
    "relay": "a relay (TURN)",
}


def describe_no_connection(browser: frozenset[str], server: frozenset[str], *, has_relay: bool) -> str:
    """Say why live video has no connection: what each end offered in vain, and what is missing.

    Parameters
    ----------
    browser, server : frozenset of str
        Kinds of the candidates of each end: "host", "srflx", "prflx", "relay".
    has_relay : bool
        Whether a TURN server is set up.

    Examples
    --------
    >>> describe_no_connection(frozenset({"host"}), frozenset({"host"}), has_relay=False).partition(". ")[2]
    'Your browser offered local addresses (host), the server local addresses (host), and none of them connected. Networks that block direct connections need a relay (TURN), and this server has none.'
    """
    if not has_relay:
        cause = "Networks that block direct connections need a relay (TURN), and this server has none."
    elif "relay" not in browser | server:
        cause = "The relay (TURN) did not answer, or refused its user name and password."
    elif "relay" not in browser:
        cause = "The relay (TURN) did not answer your browser; your network may block it."
    elif "relay" not in server:
        cause = "The relay (TURN) did not answer this server."
    else:
        cause = "The relay (TURN) answered both, but did not connect them."
    return (
        f"No connection. Your browser offered {_list_offered(browser)}, the server {_list_offered(server)}, and "
        f"none of them connected. {cause}"
    )


def _list_offered(kinds: frozenset[str]) -> str:
    return " and ".join(words for kind, words in _OFFERED.items() if kind in kinds) or "nothing"


def near_mood(name: str) -> str:
    """Placeholder of the box of moods while the point lies on none of them."""
    return f"Near {name}"


def opposite_mood(name: str) -> str:
    """Placeholder of the select box of the second mood."""
    return f"{name.capitalize()} (opposite)"


def title_piece(path: MoodPath, key: str) -> str:
    """Title of the player: the mood asked for and the key; the player shows the length."""
    words = name_path(path)
    return f"{words[:1].upper()}{words[1:]}, {key}"


def title_files(path: MoodPath) -> str:
    """Title in the files of the piece."""
    return f"Piano piece, {name_path(path)}"


def name_path(path: MoodPath) -> str:
    """Name a path by its moods.

    Examples
    --------
    >>> name_path(MoodPath(start=Mood(valence=-0.75, arousal=-0.45), end=Mood(valence=0.6, arousal=-0.65)))
    'sad to peaceful'
    """
    if not path.moves or path.start.name == path.end.name:
        return path.start.name
    return f"{path.start.name} to {path.end.name}"


def describe_opening(used: Performance, whole: Performance, *, is_example: bool) -> str:
    """Describe how much of the opening notes the piece starts with."""
    of = "the example" if is_example else "your notes"
    return f"The piece starts with {used.end_sec:.1f} s of {of} ({len(used):,} of {plural(len(whole), 'note')}), unchanged."


def describe_voice(heard: Transcription, notes: Performance) -> str:
    """Describe the sung notes."""
    side = "above" if heard.tuning_cents >= 0 else "below"
    return (
        f"{plural(len(notes), 'note')}, {show_accidentals(heard.key)} {heard.mode}, about {heard.tempo_qpm:.0f} BPM, sung "
        f"{abs(heard.tuning_cents):.0f} cents {side} concert pitch. The player has the transcription on a piano."
    )


def describe_voice_chart(n_notes: int) -> str:
    """Alternative text of the chart of the sung notes."""
    return f"Sung pitch over time, with {plural(n_notes, 'transcribed note')}"


def describe_found_mood(mood: Mood) -> str:
    """Describe the mood that was found."""
    return f"Point placed at {describe_mood(mood)}. Drag it anywhere."


def describe_mood(mood: Mood) -> str:
    """A mood's name and coordinates.

    Examples
    --------
    >>> describe_mood(Mood(valence=-0.75, arousal=-0.45))
    'sad: pleasantness −0.75, energy −0.45'
    """
    return f"{mood.name}: pleasantness {show_signed(mood.valence)}, energy {show_signed(mood.arousal)}"


def describe_music_files(kinds: str) -> str:
    """Describe the files that can be rated."""
    return f"{kinds}. In a recording the notes are estimated first, so the rating is less certain."


def describe_rating(mood: Mood) -> str:
    """Describe the rating of one of two players."""
    return f"Rated {describe_mood(mood)}."


def describe_difference(name: str, *, has_opening: bool) -> str:
    """Heading of the list of differences between two pieces."""
    return (
        "After the same opening, the second piece is:"
        if has_opening
        else f"Compared with the first, {name} is:"
    )
