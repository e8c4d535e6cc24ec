"""Limits: how large an input may be. One place, so that the page, the shell and the tests agree.

The sizes are chosen for a machine with 690 MB guaranteed memory: one visitor at a limit must not
take the app down for the others.
"""

from __future__ import annotations

MEGABYTE = 1024 * 1024

# Tables. Reading one and a half million rows of three columns holds 420 MB at its peak, imports included.
MAX_TABLE_BYTES = 100 * MEGABYTE
MAX_TABLE_ROWS = 1_500_000
MAX_TABLE_COLUMNS = 2_000
MAX_TABLE_CELLS = 30_000_000
MAX_NAME_CHARS = 120
MAX_TABLE_FILES = 20  # that are read as one table
MAX_PASTED_CHARS = 2_000_000

# Sonification.
MAX_VOICES = 4
MAX_NOTES = 5_000
MIN_DURATION_SEC = 1.0
MAX_DURATION_SEC = 600.0
MAX_BARS = 512
MAX_TAKES = 8

# Sound. Fifteen minutes of stereo float32 at 48 kHz is 330 MB, the most one decoding may hold.
MAX_AUDIO_BYTES = 200 * MEGABYTE
MAX_AUDIO_SEC = 15 * 60.0
MAX_RENDER_SEC = 15 * 60.0

# Uploads above this are heavy: those of all visitors are read one at a time.
HEAVY_UPLOAD_BYTES = 5 * MEGABYTE

# MIDI and SoundFonts.
MAX_MIDI_BYTES = 5 * MEGABYTE
MAX_MIDI_NOTES = 200_000
MAX_SOUNDFONT_BYTES = 200 * MEGABYTE

# Pictures. A JPEG is shrunk while it is decoded, any other picture stands in memory whole: 24 megapixels with
# transparency are 96 MB, twice that while they are shrunk. A progressive JPEG holds 6 bytes a pixel.
MAX_PICTURE_BYTES = 25 * MEGABYTE
MAX_PICTURE_PIXELS = 24_000_000
MAX_JPEG_PIXELS = 64_000_000
MIN_PICTURE_SIDE = 24
PICTURE_SIDE = 1600  # pixels of the longer side that are kept
MAX_FACES = 20
