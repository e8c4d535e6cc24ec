"""Settings files: a page's choices as JSON, checked when they are read; a page and the command line read the same file."""

from __future__ import annotations

import json
import math
import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from functools import lru_cache
from types import NoneType
from typing import TYPE_CHECKING, Any, Literal, TypeVar, cast, get_args, get_origin, get_type_hints

from core import limits
from core.errors import InputError, keep_printable

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

    Built = TypeVar("Built", bound=DataclassInstance)

# By the name in a file: the page that writes it.
FEATURES = {
    "sonify": "Sonify Data",
    "folk": "Folk Generator",
    "emotion": "Emotion Music",
    "extrapolate": "Extrapolate",
    "visualize": "Audio Viz",
}
_FORMER_NAMES = {"audio viz": "visualize"}
MAX_SETTINGS_BYTES = limits.MEGABYTE
MAX_ENTRIES = 20
_KINDS = {int: "a whole number", float: "a number", str: "text", bool: "true or false"}
_ADVICE = "Use a file that was downloaded with “Settings”."


@dataclass(frozen=True, kw_only=True)
class SettingsFile:
    """What stands in a settings file; only its outline has been checked.

    Attributes
    ----------
    feature : str
        One of :data:`FEATURES`.
    settings : mapping
        For `build`.
    data : mapping
        Of which data they were made: an example's id, or a file's name and SHA-256.
    more : mapping
        What else the file says, such as how a table is read.
    """

    feature: str
    settings: Mapping[str, Any]
    data: Mapping[str, Any] = field(default_factory=dict)
    more: Mapping[str, Any] = field(default_factory=dict)

    @property
    def example(self) -> str | None:
        """The id of the example that was played, if it was one."""
        name = self.data.get("example")
        return name if isinstance(name, str) else None

    @property
    def needed_file(self) -> str | None:
        """The visitor's own file that the settings were made for and that is not in them, in words; None if there was none."""
        sha256, name = self.data.get("sha256"), self.data.get("name") or self.data.get("title")
        if self.example is not None or not isinstance(sha256, str):
            return None
        named = f"“{keep_printable(name):.80}”, " if isinstance(name, str) and name else ""
        return f"{named}SHA-256 {keep_printable(sha256):.64}"


def ask_for_sound(job: str, file: SettingsFile | None) -> str:
    """What to do where a job of ``python -m core`` was given no sound.

    Examples
    --------
    >>> ask_for_sound("visualize", None)
    'Name a sound: python -m core visualize FILE.'
    """
    needed = None if file is None else file.needed_file
    if needed is None:
        return f"Name a sound: python -m core {job} FILE."
    return (
        f"These settings were made for a file that is not in them ({needed}). Name it: "
        f"python -m core {job} FILE --settings SETTINGS."
    )


def write_settings(
    feature: str, settings: Mapping[str, Any], *, data: Mapping[str, Any], **more: Any
) -> bytes:
    """Write a settings file.

    Parameters
    ----------
    feature : str
        One of :data:`FEATURES`.
    settings : mapping
        A dataclass as plain data (`dataclasses.asdict`).
    data : mapping
        As in `SettingsFile`.
    **more
        Further parts, which JSON can hold.

    Examples
    --------
    >>> content = write_settings("folk", {"key": "G"}, data={})
    >>> read_settings(content, "folk").settings
    {'key': 'G'}
    """
    content = {"sonoscope": feature, "data": dict(data), "settings": dict(settings), **more}
    return json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False).encode()


def read_settings(content: bytes | str, feature: str) -> SettingsFile:
    """Read a settings file of a page, whatever it may really be.

    Parameters
    ----------
    content : bytes or str
        Also the bare settings, without what surrounds them.
    feature : str
        Whose settings are wanted, one of :data:`FEATURES`.

    Raises
    ------
    InputError
        If it is not JSON, or the settings of another page.

    Examples
    --------
    >>> read_settings('{"sonoscope": "audio viz", "settings": {}}', "folk")
    Traceback (most recent call last):
    core.errors.InputError: These are settings of Audio Viz, ...
    """
    raw = _parse(content)
    if not isinstance(raw, Mapping):
        raise InputError("The settings must be a JSON object with named values.")
    if not isinstance(raw.get("settings"), Mapping):
        if "sonoscope" in raw or "settings" in raw:
            raise InputError(f"This file has no settings in it. {_ADVICE}")
        return SettingsFile(feature=feature, settings=raw)
    named = raw.get("sonoscope", feature)
    found = _FORMER_NAMES.get(named, named) if isinstance(named, str) else ""
    if found != feature:
        if found not in FEATURES:
            raise InputError(f"This is no settings file of {FEATURES[feature]}. {_ADVICE}")
        raise InputError(
            f"These are settings of {FEATURES[found]}, and {FEATURES[feature]} was asked to use them. "
            f"Open them on the page {FEATURES[found]}."
        )
    data = raw.get("data")
    return SettingsFile(
        feature=feature,
        settings=raw["settings"],
        data=data if isinstance(data, Mapping) else {},
        more={name: value for name, value in raw.items() if name not in ("sonoscope", "settings", "data")},
    )


def _parse(content: bytes | str) -> object:
    if len(content) > MAX_SETTINGS_BYTES:
        raise InputError("This file is larger than 1 MB, and no settings file is. " + _ADVICE)
    try:
        return json.loads(content, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise InputError(f"This settings file is not JSON. {_ADVICE}") from None


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def build(cls: type[Built], raw: object, what: str = "settings") -> Built:
    """Build a dataclass from plain data, refusing what does not belong.

    Parameters
    ----------
    cls : type
        Its fields hold numbers, texts, truth values, None, tuples, `Literal` choices or dataclasses.
    raw : object
        From a file.
    what : str
        What messages call it.

    Raises
    ------
    InputError
        If something is missing, unknown or of the wrong kind, or the class refuses it.
    """
    if not isinstance(raw, Mapping):
        raise InputError(f"The {what} must be a JSON object with named values.")
    hints = _hints(cls)
    for name in raw:
        if name not in hints:
            raise InputError(
                f"The {what} name something unknown: {str(name)!r:.60}. Known: {', '.join(sorted(hints))}."
            )
    values = {name: _read_value(name, hints[name], value) for name, value in raw.items()}
    try:
        return cls(**values)
    except TypeError as error:
        missing = str(error).rpartition(" ")[2]
        raise InputError(f"The settings are incomplete: {missing} is missing.") from None


@lru_cache(maxsize=32)
def _hints(cls: type) -> dict[str, Any]:
    hints = get_type_hints(cls)
    return {each.name: hints[each.name] for each in fields(cls) if each.init}


def _read_value(name: str, kind: Any, value: object) -> object:
    options = [each for each in _options_of(kind) if each is not NoneType]
    if value is None and NoneType in _options_of(kind):
        return None
    for option in options:
        if get_origin(option) is tuple:
            return _read_entries(name, option, value)
        if is_dataclass(option):
            return build(cast("type[DataclassInstance]", option), value, name)
        if get_origin(option) is Literal:
            return _read_choice(name, get_args(option), value)
        read = _read_scalar(name, option, value)
        if read is not None:
            return read
    kinds = " or ".join(_KINDS[each] for each in options)
    problem = "cannot be used" if NoneType in _options_of(kind) else f"is not {kinds}"
    raise InputError(f"In the settings, {name} was {value!r:.60}, which {problem}.")


def _options_of(kind: Any) -> tuple[Any, ...]:
    return get_args(kind) if get_origin(kind) in (types.UnionType, typing.Union) else (kind,)


def _read_entries(name: str, kind: Any, value: object) -> tuple[object, ...]:
    if not isinstance(value, list | tuple) or len(value) > MAX_ENTRIES:
        raise InputError(f"In the settings, {name} must be a list of at most {MAX_ENTRIES} entries.")
    entry, *rest = get_args(kind)
    if rest and rest[0] is not Ellipsis and len(value) != 1 + len(rest):
        raise InputError(f"In the settings, {name} must be a list of {1 + len(rest)} entries.")
    if is_dataclass(entry):
        # "voices" are built one by one, and a message names one.
        return tuple(
            build(cast("type[DataclassInstance]", entry), each, name.removesuffix("s")) for each in value
        )
    return tuple(_read_value(name, entry, each) for each in value)


def _read_choice(name: str, choices: tuple[object, ...], value: object) -> object:
    if isinstance(value, str | int) and not isinstance(value, bool) and value in choices:
        return value
    raise InputError(f"In the settings, {name} was {value!r:.60}; it can be {', '.join(map(str, choices))}.")


def _read_scalar(name: str, kind: type, value: object) -> object:
    """The value as a text, number or truth value of a kind; None where it is none."""
    if isinstance(value, bool) or kind is bool:
        return value if isinstance(value, bool) and kind is bool else None
    if kind is float and isinstance(value, int | float):
        try:
            number = float(value)
        except OverflowError:
            return None
        return number if math.isfinite(number) else None
    if isinstance(value, str) and kind is str:
        require_whole_characters(name, value)
    return value if isinstance(value, kind) else None


def require_whole_characters(name: str, value: str) -> None:
    """Refuse half a character (a lone surrogate), which JSON can spell and nothing can show or save."""
    try:
        value.encode()
    except UnicodeEncodeError:
        raise InputError(
            f"In the settings, {name} was {value!r:.60}, which contains an incomplete character. Type it again."
        ) from None
