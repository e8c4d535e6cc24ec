"""Shared texts of the pages: progress, errors, downloads, model cards; components have theirs in HTML and JS."""

# Sections and expanders
DOWNLOAD = "Download"
MODEL_DETAILS = "Model details"
PRIVACY = "Your file stays in this server's memory until you reload or close the page, and is not stored."
UPLOAD_LOST = "Your file is no longer in this server's memory: the server was restarted, or another one took over. Remove the file and upload it again."
LINK_SAVES = "The link saves your settings: copy this page's address to share or reopen this result."
LINK_SAVES_NO_FILE = "The link saves your settings, but not your file. To recreate this result, download “Settings” and keep your file."

# Progress
STARTING = "Starting"
STOP = "Stop"
STOPPED = "Stopped."
CLUSTER_AWAY = (
    "The compute cluster does not answer. Until it does, this server works by itself, which may take longer."
)
START_AGAIN = "Start again"
TRY_AGAIN = "Try again"


def describe_queue(n_before: int) -> str:
    """Progress text while a job waits in the queue.

    Examples
    --------
    >>> describe_queue(2)
    'In the queue: 2 ahead of you'
    """
    return f"In the queue: {n_before} ahead of you"


# A sung or played line
SING, RECORDING = "My voice: microphone", "My voice: recording"
VOICE_HELP = (
    "One voice, about ten seconds, in a quiet room. The recording is processed in memory and not stored."
)
PLAYING_VOICE = "Playing the transcription"

# Controls
TEMPERATURE = "Temperature"
TEMPERATURE_HELP = "1 is the model's own balance. Lower is more predictable, higher is more varied."
SEED = "Seed"


def name_limit(label: str, max_mb: float) -> str:
    """Label of an upload with its largest size, unless it says so itself.

    Examples
    --------
    >>> name_limit("Photo", 20), name_limit("Table, up to 100 MB: CSV", 100)
    ('Photo, up to 20 MB', 'Table, up to 100 MB: CSV')
    """
    return label if " MB" in label else f"{label}, up to {max_mb:g} MB"


# Downloads, by the ending of the file
KINDS = {
    "wav": "WAV",
    "flac": "FLAC",
    "mp3": "MP3",
    "mid": "MIDI",
    "musicxml": "MusicXML",
    "abc": "ABC",
    "krn": "Kern",
    "svg": "Score (SVG)",
    "pdf": "Score (PDF)",
    "png": "Picture (PNG)",
    "html": "Web page (HTML)",
    "csv": "Features (CSV)",
    "npz": "Features (NPZ)",
    "mp4": "Video (MP4)",
    "webm": "Video (WebM)",
    "settings.json": "Settings",
    "report.json": "Report",
}
VISUALIZE = "Open in Audio Viz"
VISUALIZE_HELP = "Turn this sound into a moving scene."

# Video and web page of a result
VIDEO, WEB_PAGE = "Video", "Web page"
FILMED_LARGE = {
    "sonify": "the current value",
    "folk": "the current note",
    "emotion": "the mood of each part",
    "extrapolate": "what is heard, recording or added part,",
}
TITLE = "Title"
FORMAT_SIZE, COLORS, PICTURE, FILE_FORMAT = "Size", "Colors", "Picture", "Format"
FILE_FORMAT_HELP = "MP4 plays almost everywhere, also in phone apps and slides. WebM is smaller."
SIZES = {
    "1920 × 1080, widescreen": "1920x1080",
    "1080 × 1080, square": "1080x1080",
    "1080 × 1920, portrait": "1080x1920",
}
AS_DISPLAYED, LIGHT, DARK = "As displayed", "Light", "Dark"
AUTOMATIC = "Reader's setting"
CHART, PIANO_ROLL, SCORE, WAVEFORM = "Chart", "Piano roll", "Score", "Waveform"
CONTAINER_NAMES = {"mp4": "MP4", "webm": "WebM"}
STILL_HELP = "A still of the size and colors chosen above, without the playhead."
MAKE_VIDEO, MAKING_VIDEO = "Make video", "Making this video"
VIDEO_LOST = "This server no longer has the last video. Make it again."
DRAWING_PICTURE, WRITING_PAGE = "Drawing this picture", "Writing this web page"
WEB_PAGE_CAPTION = "One file with picture, sound, player, data and description. It opens offline with a double click, and can be put on any website."
SOURCE = "Sonoscope"
EMBED = "To show it within another page, upload the file and add:"


def describe_film(page: str) -> str:
    """What a page's video shows.

    Examples
    --------
    >>> describe_film("folk")
    'An opening card, then the picture with its playhead in time with the sound, and the current note in large type.'
    """
    return (
        "An opening card, then the picture with its playhead in time with the sound, and "
        f"{FILMED_LARGE[page]} in large type."
    )


def describe_video(width: int, height: int, n_bytes: int) -> str:
    """Size of a video.

    Examples
    --------
    >>> describe_video(1920, 1080, 3_210_000)
    '1920 × 1080, 3.2 MB'
    """
    return f"{width} × {height}, {n_bytes / 1e6:.1f} MB"


# Sets of weights
RESEARCH_WEIGHTS = (
    "**Research weights**: for non-commercial research only. Some training data allow no more or state no license: see "
    "“Model details”."
)
OPEN_SET = (
    "Open: every training set states a license that allows any use; some ask to name their authors, who are listed in "
    "weights/ATTRIBUTION.md"
)
RESEARCH_SET = (
    "Research: for non-commercial research only, as some training sets allow no more or state no license"
)
WEIGHTS_SET = "Set of weights"

# Model card
LIMITATIONS = "Limitations."
TRAINING_DATA = "Training data"
SIZE = "Size"
FACT, VALUE = "Fact", "Value"
MODEL_CARD_FILE = "Model card (JSON)"
MODEL_CARD_FILE_HELP = "All test results with intervals, settings, training command and checksum."


def name_model(name: str, version: int) -> str:
    """A model card's heading.

    Examples
    --------
    >>> name_model("folk_melody", 1)
    'Folk melody, version 1'
    """
    words = name.replace("_", " ")
    return f"{words[:1].upper()}{words[1:]}, version {version}"


DATASET_NAMES = {
    "asap": "ASAP",
    "audio_clips": "audio clips",
    "chopin_first_editions": "Chopin’s first editions",
    "clementi_uvashisth": "Clementi’s sonatinas, simplified",
    "cre_irish": "Ceol Rince na hÉireann",
    "emopia": "EMOPIA",
    "essen_kern": "Essen folk songs",
    "fer2013": "FER2013",
    "mutopia_hymns": "Mutopia, hymns",
    "mutopia_piano": "Mutopia, piano",
    "nottingham": "Nottingham",
    "open_hymnal": "Open Hymnal",
    "openscore_lieder": "OpenScore Lieder",
    "piano_midi_de": "piano-midi.de",
    "polish_piano": "Polish Music Heritage, piano",
    "polish_voice": "Polish Music Heritage, voice",
    "pop909": "POP909",
    "ssvd": "SSVD",
    "tunebook_seattle": "tune book, Seattle",
    "tunebook_tuneworks": "tune book, Tuneworks",
    "vanhandel_songs": "VanHandel’s songs",
    "vgmidi": "VGMIDI",
}
"""What data sets are called; others by the name on the card."""


def name_dataset(name: str, license_name: str) -> str:
    """A data set with its license, without the credit that follows the license on a card.

    Examples
    --------
    >>> name_dataset("open/pop909", "MIT. Copyright (c) 2020 Music X Lab"), name_dataset("FER_plus", "")
    ('POP909 (MIT)', 'FER plus')
    """
    short = name.rpartition("/")[2]
    shown = DATASET_NAMES.get(short, short.replace("_", " "))
    license_only = license_name.partition(". ")[0]
    return f"{shown} ({license_only})" if license_only else shown


def describe_size(n_parameters: int, hours: float, hardware: str) -> str:
    """Number of parameters and training time, where it is known.

    Examples
    --------
    >>> describe_size(1200, 0.5, "one CPU"), describe_size(1200, 0, "")
    ('1,200 parameters, trained in 0.5 hours on one CPU', '1,200 parameters')
    """
    words = f"{n_parameters:,} parameters"
    if hours > 0:
        words += f", trained in {hours:.3g} hours{f' on {hardware}' if hardware else ''}"
    return words
