"""Serialization: requests and results of jobs as bytes (MessagePack), without pickle.

Numbers, text, bytes, tuples, lists, dicts, sets, paths, numpy arrays and scalars, pandas frames, ``PrettyMIDI`` and the
dataclasses of this package go out and come back as they were. Nothing that arrives is run: a class must be a dataclass or a
named tuple of this package, and its fields are set without calling it.
"""

from __future__ import annotations

import dataclasses
import importlib
from collections.abc import Callable
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any

import msgpack
import numpy as np

if TYPE_CHECKING:
    import pandas as pd
    from pretty_midi import PrettyMIDI

_PACKAGE = __name__.partition(".")[0] + "."
# Kinds of MessagePack extensions; nothing but two processes of one version ever reads them.
_TUPLE, _SET, _ARRAY, _RECORD, _FRAME, _MIDI, _PATH, _INTEGER, _NAMED_TUPLE = range(9)


def to_bytes(value: object) -> bytes:
    """Write a value.

    Raises
    ------
    TypeError
        If something in it is none of the kinds above.

    Examples
    --------
    >>> from_bytes(to_bytes({"a": (1, 2.5), "b": np.arange(3)}))
    {'a': (1, 2.5), 'b': array([0, 1, 2])}
    """
    packed: bytes = msgpack.packb(value, default=_write, strict_types=True, unicode_errors="surrogatepass")
    return packed


def from_bytes(data: bytes | memoryview) -> Any:
    """Read what `to_bytes` wrote; arrays are read-only, because what is kept is shared.

    Raises
    ------
    ValueError
        If it is damaged, or names a class that is none of this package's dataclasses.
    """
    return msgpack.unpackb(
        data,
        ext_hook=_read,
        strict_map_key=False,
        unicode_errors="surrogatepass",
        max_ext_len=2**32 - 1,
        max_bin_len=2**32 - 1,
        max_str_len=2**32 - 1,
        max_array_len=2**31 - 1,
        max_map_len=2**31 - 1,
    )


def holds_path(value: object) -> bool:
    """Whether there is a path somewhere in a value: it means something only where the files are.

    Examples
    --------
    >>> holds_path({"a": [1, (Path("tune.mid"),)]}), holds_path(["tune.mid"])
    (True, False)
    """
    if isinstance(value, PurePath):
        return True
    if isinstance(value, dict):
        return any(holds_path(key) or holds_path(each) for key, each in value.items())
    if isinstance(value, list | tuple | set | frozenset):
        return any(holds_path(each) for each in value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return any(holds_path(getattr(value, field.name)) for field in dataclasses.fields(value))
    return False


def _write(value: object) -> object:
    """MessagePack asks this for whatever it does not know."""
    if isinstance(value, np.generic):
        value = np.asarray(value)
    if isinstance(value, np.ndarray):
        if value.dtype.hasobject:
            raise TypeError("An array of Python objects is no plain data.")
        head = to_bytes([value.dtype.str, list(value.shape)])
        # Not a list of both: each level of nesting would copy the samples of a sound once more.
        raw: Any = np.ascontiguousarray(value).reshape(-1).view(np.uint8)
        content = b"".join([len(head).to_bytes(4, "little"), head, raw])
        return msgpack.ExtType(_ARRAY, content)
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return _extend(_NAMED_TUPLE, [*_class_name(type(value)), list(value)])
    if isinstance(value, tuple):
        return _extend(_TUPLE, list(value))
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
        return _extend(_RECORD, [*_class_name(type(value)), fields])
    if isinstance(value, set | frozenset):
        # In one order: equal requests give equal keys.
        return _extend(_SET, [isinstance(value, frozenset), sorted(value, key=to_bytes)])
    if isinstance(value, PurePath):
        return _extend(_PATH, str(value))
    if isinstance(value, bool | int):  # beyond 64 bits
        return _extend(_INTEGER, str(value))
    if isinstance(value, str | bytes | list | dict | float):  # a subclass, such as numpy's str_
        base: Callable[[Any], object] = next(
            kind for kind in (str, bytes, list, dict, float) if isinstance(value, kind)
        )
        return base(value)
    return _write_foreign(value)


def _write_foreign(value: Any) -> object:
    kind = f"{type(value).__module__.partition('.')[0]}.{type(value).__name__}"
    if kind == "pandas.DataFrame":
        return msgpack.ExtType(_FRAME, _frame_to_bytes(value))
    if kind == "pretty_midi.PrettyMIDI":
        return _extend(_MIDI, _midi_to_plain(value))
    raise TypeError(f"A {kind} is no plain data.")


def _extend(code: int, content: object) -> msgpack.ExtType:
    return msgpack.ExtType(code, to_bytes(content))


def _class_name(kind: type) -> tuple[str, str]:
    if not kind.__module__.startswith(_PACKAGE):
        raise TypeError(f"{kind.__module__}.{kind.__qualname__} is no class of this package.")
    return kind.__module__, kind.__qualname__


def _read(code: int, data: bytes) -> object:
    if code == _FRAME:
        return _frame_from_bytes(data)
    if code == _ARRAY:
        return _array_from_bytes(data)
    content = from_bytes(data)
    if code == _TUPLE:
        return tuple(content)
    if code == _RECORD:
        return _build_record(*content)
    if code == _NAMED_TUPLE:
        return tuple.__new__(_find_class(*content[:2]), content[2])
    if code == _SET:
        return frozenset(content[1]) if content[0] else set(content[1])
    if code == _PATH:
        return Path(content)
    if code == _INTEGER:
        return int(content)
    if code == _MIDI:
        return _midi_from_plain(content)
    raise ValueError(f"unknown kind of data: {code}")


def _array_from_bytes(data: bytes) -> object:
    start = 4 + int.from_bytes(data[:4], "little")
    dtype, shape = from_bytes(memoryview(data)[4:start])
    array = np.frombuffer(data, np.dtype(dtype), offset=start).reshape(shape)
    return array if shape else array[()]


def _find_class(module: str, name: str) -> type:
    if not module.startswith(_PACKAGE):
        raise ValueError(f"{module} is no module of this package")
    found: Any = importlib.import_module(module)
    for part in name.split("."):
        found = getattr(found, part)
    if not (isinstance(found, type) and (dataclasses.is_dataclass(found) or hasattr(found, "_fields"))):
        raise ValueError(f"{module}.{name} is no dataclass")
    return found


def _build_record(module: str, name: str, fields: dict[str, Any]) -> object:
    kind = _find_class(module, name)
    record: object = object.__new__(kind)
    for field, value in fields.items():
        object.__setattr__(record, field, value)
    return record


def _frame_to_bytes(frame: pd.DataFrame) -> bytes:
    import pyarrow as pa

    table = pa.Table.from_pandas(frame)
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as stream:
        stream.write_table(table)
    data: bytes = sink.getvalue().to_pybytes()
    return data


def _frame_from_bytes(data: bytes) -> pd.DataFrame:
    import pyarrow as pa

    with pa.ipc.open_stream(pa.py_buffer(data)) as stream:
        frame: pd.DataFrame = stream.read_all().to_pandas(split_blocks=True)
    return frame


# What a PrettyMIDI and its instruments hold; the events are plain objects of numbers and words.
_EVENTS = ("time_signature_changes", "key_signature_changes", "lyrics", "text_events")
_PLAYED = ("notes", "pitch_bends", "control_changes")


def _midi_to_plain(midi: PrettyMIDI) -> dict[str, Any]:
    plain: dict[str, Any] = {name: [_fields(event) for event in getattr(midi, name)] for name in _EVENTS}
    plain["instruments"] = [
        {
            "made": [instrument.program, instrument.is_drum, instrument.name],
            **{name: [_fields(event) for event in getattr(instrument, name)] for name in _PLAYED},
        }
        for instrument in midi.instruments
    ]
    ticks: Any = midi
    return {
        **plain,
        "resolution": midi.resolution,
        "scales": [list(pair) for pair in ticks._tick_scales],
        "last_tick": len(ticks._PrettyMIDI__tick_to_time) - 1,
    }


def _fields(event: object) -> list[Any]:
    return [value.item() if isinstance(value, np.generic) else value for value in vars(event).values()]


def _midi_from_plain(plain: dict[str, Any]) -> PrettyMIDI:
    import pretty_midi

    midi: Any = pretty_midi.PrettyMIDI(resolution=plain["resolution"])
    midi._tick_scales = [tuple(pair) for pair in plain["scales"]]
    midi._update_tick_to_time(plain["last_tick"])
    kinds: dict[str, Any] = {
        "time_signature_changes": pretty_midi.TimeSignature,
        "key_signature_changes": pretty_midi.KeySignature,
        "lyrics": pretty_midi.Lyric,
        "text_events": pretty_midi.Text,
        "notes": pretty_midi.Note,
        "pitch_bends": pretty_midi.PitchBend,
        "control_changes": pretty_midi.ControlChange,
    }
    for name in _EVENTS:
        setattr(midi, name, [kinds[name](*event) for event in plain[name]])
    for played in plain["instruments"]:
        instrument = pretty_midi.Instrument(*played["made"])
        for name in _PLAYED:
            setattr(instrument, name, [kinds[name](*event) for event in played[name]])
        midi.instruments.append(instrument)
    found: PrettyMIDI = midi
    return found
