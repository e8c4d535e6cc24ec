"""Shared texts of the pages: progress, errors, downloads, model cards; components have theirs in HTML and JS."""

# Sections and expanders
DOWNLOAD = "Download"
MODEL_DETAILS = "Model details"
LINK_SAVES = "The link saves your settings: copy this page's address to share or reopen this result."
LINK_SAVES_NO_FILE = "The link saves your settings, but not your file. To recreate this result, download “Settings” and keep your file."

# Progress
STARTING = "Starting"
STOP = "Stop"
STOPPED = "Stopped."
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


# Controls
TEMPERATURE = "Temperature"
TEMPERATURE_HELP = "1 is the model's own balance. Lower is more predictable, higher is more varied."
SEED = "Seed"

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
    "csv": "Features (CSV)",
    "npz": "Features (NPZ)",
    "webm": "Video (WebM)",
    "settings.json": "Settings",
    "report.json": "Report",
}
VISUALIZE = "Visualize"
VISUALIZE_HELP = "Open this sound in Audio Viz."

# Model card
LIMITATIONS = "Limitations."
TRAINING_DATA = "Training data"
HELD_OUT = "Results on held-out test data"
OTHER_RESULTS = "Other results"
NLL = "NLL is the negative log-likelihood: lower is better"
METRIC, VALUE, INTERVAL = "metric", "value", "interval"
DATASET, LICENSE, PIECES = "dataset", "license", "pieces"


def name_model(name: str, version: int) -> str:
    """A model card's heading.

    Examples
    --------
    >>> name_model("folk_melody", 1)
    'Folk melody, version 1'
    """
    words = name.replace("_", " ")
    return f"{words[:1].upper()}{words[1:]}, version {version}"


def describe_split(split: str) -> str:
    """How training and test data were kept apart."""
    return f"Train/test split: {split}."


def describe_training(
    n_parameters: int, stem: str, sha256: str, hours: float, hardware: str, command: str, seed: object
) -> str:
    """Size and origin of a model; what is not known is left out.

    Examples
    --------
    >>> describe_training(1200, "folk_v1", "0123456789abcdef", 0.5, "one CPU", "python -m training", 1)
    '1,200 parameters (folk_v1.safetensors, SHA-256 0123456789ab…), trained in 0.5 hours on one CPU, seed 1: python -m training'
    """
    words = f"{n_parameters:,} parameters ({stem}.safetensors, SHA-256 {sha256[:12]}…)"
    if hours > 0:
        words += f", trained in {hours:.3g} hours on {hardware}"
    return f"{words}, seed {seed}: {command}" if command else words
