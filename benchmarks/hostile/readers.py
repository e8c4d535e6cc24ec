"""Readers of uploads, each with the first step that a page takes after reading.

A reader takes bytes and a name. It returns where the file was read, raises a DashboardError where it was refused, and
anything else is a fault: of the reader, of the step after it, or of what they promise each other (:class:`Broken`).
"""

from __future__ import annotations

import json
import math
import re
import tempfile
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from core import limits
from core.errors import DashboardError, InputError
from core.music.tune import TICKS, Tune

if TYPE_CHECKING:
    from core.audio.waveform import Audio
    from core.tables.table import Table

_LONGEST_MESSAGE = 1_000
MAX_READ_BACK = 1_000  # notes, and quarters: ten minutes


class Broken(AssertionError):
    """Something was read or refused, but not as promised."""


def check_message(message: str) -> None:
    """Refuse a refusal that cannot be shown: no sentence, a hidden character, a path, a traceback.

    Raises
    ------
    Broken
        With what is wrong with it.
    """
    hidden = {char for char in message if unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp")}
    if hidden:
        raise Broken(f"the message holds {sorted(map(ord, hidden))}")
    if not 10 <= len(message) <= _LONGEST_MESSAGE:
        raise Broken(f"the message has {len(message)} characters")
    if not message.rstrip().endswith((".", "?", ")")) or "Traceback" in message or "0x" in message:
        raise Broken(f"the message is no sentence: {message[-60:]!r}")
    if re.search(r"\b0 (megapixels|MB|bytes|minutes|columns|rows)\b(?!\))", message):
        raise Broken(f"the message refuses nothing for being too much: {message[:100]!r}")


def read_as_table(data: bytes, name: str) -> None:
    """Read a table, ask it what the page asks, read it again with its own options, and hear its first column."""
    from core.tables.table import read_table

    table = read_table(data, name=name)
    if table.frame.size <= 200_000:
        try:
            again = read_table(data, name=name, options=table.options)
        except DashboardError as error:
            raise Broken(f"refused with its own options: {error}") from error
        if list(again.frame.columns) != list(table.frame.columns):
            raise Broken("has other columns when it is read with its own options")
    _listen(table)


def read_as_text(data: bytes, name: str) -> None:
    """Read pasted text as a table."""
    from core.tables.table import read_text

    _listen(read_text(data.decode("utf-8", "surrogatepass"), name=name))


def _listen(table: Table) -> None:
    from core.sonify.direct_mapping import sonify
    from core.sonify.settings import Settings, Voice
    from core.tables.table import require_numbers

    for text in (*(column.name for column in table.columns), *table.warnings):
        check_text(text)
    require_numbers(table)
    time, values = table.suggest()[:2]
    if values:
        sonify(table, Settings(voices=(Voice(column=values[0]),), time=time))


def check_text(text: str) -> None:
    """Refuse what a page shows if a browser could not get it.

    Raises
    ------
    Broken
        If it is no UTF-8 or has no end.
    """
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise Broken(f"shows a lone surrogate: {text[:40]!r}") from error
    if len(text) > _LONGEST_MESSAGE:
        raise Broken(f"shows {len(text)} characters")


def read_as_tune(data: bytes, name: str) -> None:
    """Read a tune and write it in every notation; what was written must be read again, and be the same notes."""
    from core.music import midi
    from core.music.tune_files import read_tune, to_abc, to_kern, to_midi, to_musicxml

    tune, said = read_tune(data, name)
    for sentence in said:
        check_text(sentence)
    written: dict[str, Callable[[], bytes]] = {
        "abc": lambda: to_abc(tune).encode(),
        "krn": lambda: to_kern(tune).encode(),
        "musicxml": lambda: to_musicxml(tune).encode(),
        "mid": lambda: midi.to_bytes(to_midi(tune)),
    }
    for ending, write in written.items():
        content = write()
        if len(tune.events) > MAX_READ_BACK or tune.length_tick > MAX_READ_BACK * TICKS:
            continue  # what a reader allows in one notation may be too long in another
        try:
            back, _ = read_tune(content, f"again.{ending}")
        except DashboardError as error:
            raise Broken(f"written as {ending}, it is refused: {error}") from error
        # MIDI leaves whole bars of silence out and joins what no gap tells apart.
        if ending != "mid" and _sounding(back) != _sounding(tune):
            raise Broken(f"written as {ending}, it is another tune")


def _sounding(tune: Tune) -> list[int]:
    return tune.pitches


def read_as_performance(data: bytes, name: str) -> None:
    """Read MIDI as played notes, describe them as the judge of moods does, and write them."""
    from core.emotion.judge.features import describe, windows
    from core.music import midi
    from core.music.performance import Performance

    pm = midi.from_bytes(data, name=name)
    performance = Performance.from_midi(pm)
    for part in windows(performance):
        if not np.isfinite(describe(part)).all():
            raise Broken("is described by numbers that are not finite")
    midi.to_bytes(pm)
    midi.to_bytes(performance.to_midi())


def read_as_picture(data: bytes, name: str) -> None:
    """Read a photograph."""
    from core.emotion.face.photograph import read_picture
    from core.limits import PICTURE_SIDE

    picture = read_picture(data, name)
    if picture.rgb.ndim != 3 or max(picture.rgb.shape) > PICTURE_SIDE or picture.rgb.dtype != np.uint8:
        raise Broken(f"is a picture of shape {picture.rgb.shape}")


def read_as_sound(data: bytes, name: str) -> None:
    """Decode a sound of up to fifteen minutes."""
    from core import audio

    _check_sound(audio.decode(data, name=name), limits.MAX_AUDIO_SEC)


def read_as_voice(data: bytes, name: str) -> None:
    """Decode a voice of up to two minutes and level it for the transcriber."""
    from core.voice.transcribe import MAX_VOICE_SEC, prepare, read_voice

    sound = read_voice(data, name=name)
    _check_sound(sound, MAX_VOICE_SEC)
    y, level = prepare(sound)
    if not np.isfinite(y).all() or math.isnan(level):
        raise Broken("is a voice of samples that are not finite")


def _check_sound(sound: Audio, max_sec: float) -> None:
    peak = max(float(sound.y.max()), -float(sound.y.min()))
    if not peak <= 1.0:
        raise Broken(f"has a peak of {peak}")
    if sound.duration_sec > max_sec + 1 or not 1_000 <= sound.sr <= 48_000:
        raise Broken(f"lasts {sound.duration_sec} s at {sound.sr} Hz")


def read_as_soundfont(data: bytes, name: str) -> None:
    """Play a chord of three instruments and a drum with a visitor's SoundFont."""
    import pretty_midi

    from core import synth

    pm = pretty_midi.PrettyMIDI()
    for program, is_drum in ((0, False), (73, False), (127, False), (0, True)):
        part = pretty_midi.Instrument(program=program, is_drum=is_drum)
        part.notes = [pretty_midi.Note(100, pitch, 0.0, 0.2) for pitch in (36, 60, 100)]
        pm.instruments.append(part)
    with tempfile.TemporaryDirectory(prefix="sonoscope-hostile-") as folder:
        path = Path(folder, "font.sf2")
        path.write_bytes(data)
        sound = synth.render(pm, engine="embedded", soundfont=path, tail_sec=0.2).audio
    if not np.isfinite(sound.y).all():
        raise Broken("plays samples that are not finite")


def read_as_settings(data: bytes, name: str) -> None:
    """Read settings and write them again, to the same settings."""
    from core.sonify.settings import Settings

    settings = Settings.from_json(data)
    if Settings.from_json(settings.to_json().encode()) != settings:
        raise Broken("written and read again, they are other settings")


def read_as_sonification(data: bytes, name: str) -> None:
    """Hear a table with settings, both of one JSON file, write MIDI, and read its notes back."""
    from core.music import midi
    from core.sonify.charts import chart
    from core.sonify.descriptions import mapping_in_words
    from core.sonify.direct_mapping import sonify
    from core.sonify.settings import Settings
    from core.tables.table import read_text

    both = json.loads(data)
    table = read_text(both["table"])
    settings = Settings.from_json(json.dumps(both["settings"]))
    result = sonify(table, settings)
    for sentence in (*result.notes, *mapping_in_words(result)):
        check_text(sentence)
    chart(result, table)
    back = midi.from_bytes(midi.to_bytes(result.midi))
    n_notes = sum(len(part.notes) for part in result.midi.instruments)
    n_back = sum(len(part.notes) for part in back.instruments)
    if n_back < n_notes:
        raise Broken(f"{n_notes - n_back} of {n_notes} notes are gone from the MIDI file")


Reader = Callable[[bytes, str], None]
READERS: dict[str, Reader] = {
    "table": read_as_table,
    "text": read_as_text,
    "tune": read_as_tune,
    "performance": read_as_performance,
    "picture": read_as_picture,
    "sound": read_as_sound,
    "voice": read_as_voice,
    "soundfont": read_as_soundfont,
    "settings": read_as_settings,
    "sonification": read_as_sonification,
}


def try_reader(reader: str, data: bytes, name: str) -> tuple[str, str]:
    """Give a file to a reader.

    Returns
    -------
    outcome : {"read", "refused", "exception"}
    detail : str
        The sentence of a refusal; type, text and place of an exception.
    """
    try:
        try:
            READERS[reader](data, name)
        except DashboardError as error:
            check_message(str(error))
            kind = "" if isinstance(error, InputError) else f"{type(error).__name__}: "
            return "refused", f"{kind}{error}"
    except BaseException as error:
        return "exception", describe_exception(error)
    return "read", ""


def describe_exception(error: BaseException) -> str:
    """Type, text and the last place within the project."""
    place = ""
    trace = error.__traceback__
    while trace is not None:
        path = trace.tb_frame.f_code.co_filename
        if "/core/" in path and "site-packages" not in path:
            place = f" in core/{path.rpartition('/core/')[2]}:{trace.tb_lineno}"
        trace = trace.tb_next
    return f"{type(error).__name__}: {str(error)[:300]}{place}"
