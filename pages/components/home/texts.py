"""Texts of the Home page: in the order in which the page shows them."""

TITLE = "Sonoscope"
PROMISE = "Turn data into music, and music into pictures."

# The player at the top; its modes and what is said of them are those of Sonify Data.
MODE = "Play the data as"
AXES = "Vertical axis: CO₂ in ppm, 1958–2001. Horizontal axis: playing time."

UPLOAD = "Upload your data"
UPLOAD_LABEL = "CSV, TSV, Excel, ODS, Parquet, JSON or HTML"
PASTE = "Paste a table"
PASTE_OR_CONNECT = "Paste a table or connect a database"

TOOLS = "Five tools"
OWN_DATA = "What can I do with my own data?"
OWN_DATA_LINES = """
- **A table:** listen for trends, cycles and outliers, or compare columns.
- **A tune, hummed or written:** continue it as a folk tune or a piano piece.
- **A mood, or a song:** compose a piano piece in that mood.
- **A recording:** make it longer, or turn it into a video.

Download the results as WAV, MP3, MIDI, MusicXML, PDF or video.
"""

EXAMPLES = "More data to listen to"
PLAY_EXAMPLE = {
    "sunspots": "Play sunspots",
    "elnino": "Play sea temperature",
    "macro": "Play the US economy",
}


def describe_line(column: str, low: str, high: str) -> str:
    """The alternative text of an example's small chart."""
    return f"Line chart of {column}, from {low} to {high}"
