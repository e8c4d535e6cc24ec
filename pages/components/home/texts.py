"""Texts of the Home page: in the order in which the page shows them."""

TITLE = "Sonoscope"
PROMISE = "Turn data into music, and music into pictures."

# The player at the top. Its modes are those of Sonify Data.
MODE = "Play the data as"
MODES = {"direct": "Direct", "melody": "Melody", "piece": "Full arrangement"}
ABOUT_MODES = {
    "direct": "Each point is a note: the higher the value, the higher the pitch.",
    "melody": "A neural network composes a melody that follows the data.",
    "piece": "A neural network composes a melody that follows the data, with accompaniment.",
}

UPLOAD = "Upload your data"
UPLOAD_LABEL = "CSV, TSV, Excel, ODS, Parquet, JSON or HTML"
UPLOAD_PRIVACY = "Your file stays in memory for this session and is not stored."
OPEN_SONIFY = "Paste data or connect a database"

TOOLS = "Five tools"
OWN_DATA = "What can I do with my own data?"
OWN_DATA_LINES = """
- **A table:** listen for trends, cycles and outliers, or compare columns.
- **A tune, hummed or written:** continue it as a folk tune or a piano piece.
- **A photo or a song:** compose a piano piece in the same mood.
- **A recording:** make it longer, or turn it into a video.

Download the results as WAV, MP3, MIDI, MusicXML, PDF or video.
"""

EXAMPLES = "More data to listen to"
PLAY_EXAMPLE = {
    "sunspots": "Play sunspots",
    "elnino": "Play sea temperature",
    "macro": "Play the economy",
}


def describe_line(column: str, low: str, high: str) -> str:
    """The alternative text of an example's small chart."""
    return f"Line chart of {column}, from {low} to {high}"
