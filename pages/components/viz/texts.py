"""Texts of the Audio Viz page: its labels, help, notes and messages, in the order in which the page shows them."""

from __future__ import annotations

from core import limits

TITLE = "Audio Viz"
PROMISE = "Turn any sound into a moving scene that follows its loudness, beats, harmony and tone color, and save it as a video."

# Source
SOURCE = "Sound"
EXAMPLE, UPLOAD, RECORD = "Example", "Upload", "Record"
LIBRARY, LIVE = "Music library", "Live microphone"
OLD_SOURCES = {"Recording": RECORD, "Microphone, live": LIVE}
EXAMPLE_LABEL = "Example"
OLD_EXAMPLES = {
    "CO₂ of fifty years, as a piece": "Four decades of CO₂ as music",
    "Fifty years of CO₂ as music": "Four decades of CO₂ as music",
    "A street beat that goes on": "A street beat, extended",
}
UPLOAD_LABEL = "Audio file, or a video with sound"
_LONGEST = f"1 second to {limits.MAX_AUDIO_SEC / 60:.0f} minutes"
UPLOAD_HELP = f"WAV, FLAC, MP3, OGG, M4A and more: {_LONGEST}."
UPLOAD_EMPTY = f"Upload {_LONGEST} of sound. The file stays in this session's memory; it is not stored."
RECORD_LABEL = "Record a sound"
RECORDING = "Recording"
NOTHING_GIVEN = (
    "No sound has been sent from another page yet. Click “Open in Audio Viz” among the downloads of Sonify Data, Folk Generator, Emotion "
    "Music or Extrapolate."
)
GIVEN_LOST = "This server no longer has that sound. Go back to its page and click “Open in Audio Viz” again."
LIVE_CAPTION = (
    "Press “Microphone” below the scene. Your browser analyzes the sound itself; nothing is sent or stored."
)
MICROPHONE = "Microphone"
GENRE, ARTIST, TRACK, ALL = "Genre", "Artist", "Track", "All"
NO_NAME = "(untitled)"

# Settings
LOOK = "Look"
LOOK_HELP = "Each look sets scene, colors and smoothing. You can change all of them afterwards."
SMOOTHING = "Smoothing (s)"
SMOOTHING_HELP = "0 follows every detail; higher values are calmer."
ADVANCED = "Advanced"
MODEL = "Analysis model"
OLD_MODELS = {"Measured features (no network)": "Measured (no network)"}
MODEL_HELP = (
    "Measured: ten audio features such as loudness, onsets and harmony. Autoencoder: ten features learned by compressing each "
    "second of sound. Style network: features learned by telling musical styles apart."
)
MAPPING = "Parameter mapping"
MAPPING_HELP = (
    "Direct: the first ten features. The others combine all features: at random, along the directions of largest variance, or by "
    "the distance to ten cluster centers."
)
MAPPING_NAMES = (
    "Direct",
    "Random mixtures",
    "Principal components (PCA)",
    "Clusters (k-means)",
    "PCA of clusters",
)
OLD_MAPPINGS = dict(
    zip(
        ("as they are", "random mixtures", "principal components", "clusters", "components of clusters"),
        MAPPING_NAMES,
        strict=True,
    )
)
AXIS = "Normalize"
SEPARATELY, JOINTLY = "Separately", "Jointly"
OLD_AXES = {"each": SEPARATELY, "together": JOINTLY}
AXIS_HELP = (
    "Separately: each feature on its own scale. Jointly: one scale, so that what varies more moves more."
)
SCALING = "Scaling"
MINMAX, STANDARD = "Min–max", "Standard"
OLD_SCALINGS = {"min-max": MINMAX, "standard": STANDARD}
SCALING_HELP = "Min–max: from the 1st to the 99th percentile. Standard: by mean and standard deviation."
INTERPOLATION = "Interpolation"
CUBIC, LINEAR, HOLD = "Cubic", "Linear", "Steps"
OLD_INTERPOLATIONS = {"curves": CUBIC, "straight lines": LINEAR, "steps": HOLD}
INTERPOLATION_HELP = "How the picture moves between two measurements (20 a second)."
SEED_HELP = "For random mixtures and cluster initialization."
NEW_SEED = "New seed"
ROUTING = "Parameter routing"
ROUTING_CAPTION = "Drag, or use the arrow buttons, to choose which feature drives which parameter."
ROUTING_LABEL = "Which feature drives which parameter"
RESET_ORDER = "Reset order"
# The features of the model "measured", short enough for a narrow list.
MEASURED = (
    "loudness",
    "onsets",
    "harmony",
    "dark tone",
    "noisiness",
    "width",
    "onset rate",
    "chords",
    "brightness",
    "build-up",
)
NUMBERED = {"random": "mixture", "pca": "component", "kmeans": "cluster", "kmeans_pca": "component"}
FEATURE = "feature"

# Result
LISTENING = "Analyzing this sound"
NETWORK = "The network's analysis"
MAPPED = "Mapping the features"
LEGEND_COLUMNS = ("Parameter", "In the scene", "Driven by")
ANALYSIS = "Analysis"
CHART = "Chart"
PARAMETERS, FEATURES, MEASURES = "Scene", "Model output", "Audio features"
OLD_CHARTS = {"Parameters": PARAMETERS, "Features": FEATURES, "Measures": MEASURES}
STYLES, SPECTROGRAM, SIMILARITY = "Styles", "Spectrogram", "Similarity"
CHARTS = {
    PARAMETERS: "How each parameter of the scene moves over time.",
    FEATURES: "Output of the analysis model, on its own scale.",
    MEASURES: "Audio features, each between its minimum and its maximum.",
    STYLES: "Predicted style over time, from how much the tone color varies within 30 seconds; probabilities add up to 100%.",
    SPECTROGRAM: "Mel spectrogram; lighter is louder.",
    SIMILARITY: "How similar any two moments are: blocks along the diagonal are sections, parallel lines are repeats.",
}
FLAT_BEAT = "No steady beat was found, so “beat” and “beat phase” stay at 0."
NO_BEAT = "no steady beat found"

DOWNLOAD = "Download"
WRITING = "Writing this file"
VIDEO = "Video"
VIDEO_CAPTION = (
    "A simplified drawing of the scene, frame by frame, exactly in time with the sound. “Record video” below the scene captures it "
    "as you see it."
)
SIZE, FRAME_RATE, START, LENGTH = "Size", "Frames per second", "Start (s)", "Length (s)"
WHOLE_SOUND = "Whole sound"
LENGTH_HELP = "Empty: the whole sound. The maximum depends on size and frame rate."
ASPECT, CAPTION, NO_CAPTION = "Aspect ratio", "Title in the picture", "Add a title"
ASPECT_NAMES = {"16:9": "16:9 widescreen", "1:1": "1:1 square", "9:16": "9:16 portrait"}
LINK = "This page's link saves your settings and the example."
LINK_PRIVATE = "This page's link saves your settings, not your files. The sound stays in this session's memory and is not stored."
MEASURED_CARD = "**Measured features, without a network.** Ten features, 20 times a second:"
NO_NETWORKS = "No network is installed here, so only measured features are offered."


def from_another_page(title: str) -> str:
    """Describe the sound from another page."""
    return f"Sent from another page: {title}."


def clock(seconds: float) -> str:
    """A time in minutes and seconds."""
    tenths = round(seconds * 10)
    return f"{tenths // 600}:{tenths % 600 / 10:04.1f}"


def describe_part(start_sec: float, seconds: float, *, most_sec: float, cut: bool) -> str:
    """Which part of the sound a video shows, and the maximum length where that has cut it."""
    part = f"{clock(start_sec)} to {clock(start_sec + seconds)} ({seconds:.1f} s)."
    return f"{part} Maximum at this size and frame rate: {most_sec:.0f} s." if cut else part


def legend(scene: str) -> str:
    """Label of the table of a scene's parameters."""
    return f"Parameters of the scene “{scene}”"


def listed_tracks(n_listed: int, n_all: int) -> str:
    """Describe how many tracks of the library are listed."""
    return f"Showing {n_listed:,} of {n_all:,} tracks; choose a genre or an artist to narrow the list."


def state_style_accuracy(accuracy: float, low: float, high: float) -> str:
    """How often the style is right."""
    return (
        f"The style is right for {accuracy:.0%} of clips by artists the model was not trained on "
        f"(95% interval {low:.0%} to {high:.0%})."
    )


def describe(minutes: int, seconds: int, tempo_qpm: float | None, styles: str) -> str:
    """Length, tempo and style of the sound."""
    tempo = NO_BEAT if tempo_qpm is None else f"{tempo_qpm:.0f} BPM"
    said = f"Length {minutes}:{seconds:02d}, {tempo}."
    return f"{said} Predicted style: {styles}." if styles else said
