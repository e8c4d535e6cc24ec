"""Arguments of the library's functions: those of the command line by their names, checked, with the nearest name for a wrong one."""

from __future__ import annotations

import argparse
import difflib
from collections.abc import Callable, Collection, Iterable, Mapping
from numbers import Real
from pathlib import Path
from typing import Any

from core.errors import InputError, join_words

# Options that name files to be written, which a result's `save` does.
_WRITING = frozenset(
    ("midi", "wav", "flac", "mp3", "musicxml", "report", "save_settings", "out", "film", "page", "picture")
)


class DeclaredOptions(argparse.ArgumentParser):
    """A parser that remembers what was declared."""

    def __init__(self) -> None:
        self.declared: list[argparse.Action] = []
        super().__init__(add_help=False)

    def add_argument(self, *names: Any, **facts: Any) -> argparse.Action:
        """Declare an option."""
        action = super().add_argument(*names, **facts)
        self.declared.append(action)
        return action


def read_arguments(
    call: str,
    declare: Callable[[argparse.ArgumentParser], None],
    given: Mapping[str, Any],
    *,
    own: Collection[str] = (),
    left_out: Collection[str] = (),
) -> argparse.Namespace:
    """Check arguments of a call against the options of a job of the command line.

    Parameters
    ----------
    call : str
        What messages call the function.
    declare : callable
        ``add_arguments`` of the job's ``command.py``.
    given : mapping
        Arguments by name: an option's (``notes``) or that of the setting that it sets (``n_notes``). None changes nothing.
    own : collection of str
        Arguments that the function has beside these, for the messages.
    left_out : collection of str
        Options that the function replaces by arguments of its own.

    Returns
    -------
    argparse.Namespace
        As the shell's options would be read.

    Raises
    ------
    InputError
        If a name is unknown, the message tells the nearest; if a value cannot be used, what it can be.

    Examples
    --------
    >>> from core.folk.command import add_arguments
    >>> read_arguments("compose_tune", add_arguments, {"bars": 8, "tempo": 120}).tempo_qpm
    120.0
    >>> read_arguments("compose_tune", add_arguments, {"tempi": 120})
    Traceback (most recent call last):
    core.errors.InputError: compose_tune() has no argument “tempi”. Did you mean “tempo”?
    """
    parser = DeclaredOptions()
    declare(parser)
    options = argparse.Namespace(**{action.dest: action.default for action in parser.declared})
    writing = _list_writing()
    actions = _name_actions(parser.declared, {*left_out, *writing})
    for name, value in given.items():
        if name not in actions:
            raise InputError(_refuse(call, name, {*actions, *own}, writing))
        if value is not None:
            setattr(options, actions[name].dest, read_value(name, actions[name], value))
    return options


def _list_writing() -> set[str]:
    """Options of files, and of how films and pictures look."""
    from core.presentation.command_options import add_presentation_arguments

    parser = DeclaredOptions()
    add_presentation_arguments(parser)
    names = {name for action in parser.declared for name in _names_of(action)}
    return {*_WRITING, *names}


def _names_of(action: argparse.Action) -> list[str]:
    return [action.dest, *(option.lstrip("-").replace("-", "_") for option in action.option_strings)]


def _name_actions(
    declared: Iterable[argparse.Action], left_out: Collection[str]
) -> dict[str, argparse.Action]:
    kept = [action for action in declared if action.dest not in left_out]
    return {name: action for action in kept for name in _names_of(action)}


def _refuse(call: str, name: str, known: Collection[str], writing: Collection[str]) -> str:
    if name in writing:
        return (
            f"{call}() writes no files, and “{name}” belongs to one. Give it to .save() of what {call}() returns, "
            "such as .save(“sound.wav”)."
        )
    return f"{call}() has no argument “{name[:40]}”. {suggest_nearest(name, known)}"


def suggest_nearest(name: str, known: Collection[str], *, what: str = "Its arguments") -> str:
    """A sentence that names the nearest of the known names, or all of them.

    Examples
    --------
    >>> suggest_nearest("pirce", ["date", "price"])
    'Did you mean “price”?'
    >>> suggest_nearest("rain", ["date", "price"], what="The columns")
    'The columns are date and price.'
    """
    near = difflib.get_close_matches(name[:60], sorted(known), n=1, cutoff=0.55)
    if near:
        return f"Did you mean “{near[0]}”?"
    shown = sorted(known)[:60]
    return f"{what} are {join_words(shown)}{' and more' if len(known) > len(shown) else ''}."


def read_value(name: str, action: argparse.Action, value: Any) -> Any:
    """A value of Python as an option of the command line would give it.

    Raises
    ------
    InputError
        If it cannot be used; the message says what can be.
    """
    if action.nargs == 0:
        return _read_switch(name, action, value)
    if isinstance(action, argparse._AppendAction):
        is_many = isinstance(value, list | tuple)
        if isinstance(action.nargs, int):
            is_many = is_many and all(isinstance(each, list | tuple) for each in value)
        return [_read_entry(name, action, each) for each in (value if is_many else [value])]
    return _read_entry(name, action, value)


def _read_switch(name: str, action: argparse.Action, value: Any) -> Any:
    """Of an option without a value: what it sets, or by its own name whether it is given."""
    if not isinstance(value, bool):
        raise InputError(f"{name} was {value!r:.40}; it can be True or False.")
    if name == action.dest:
        return value
    return action.const if value else action.default


def _read_entry(name: str, action: argparse.Action, value: Any) -> Any:
    if isinstance(action.nargs, int):
        if not isinstance(value, list | tuple) or len(value) != action.nargs:
            raise InputError(
                f"{name} was {value!r:.60}; it must be {action.nargs} values, such as a tuple of them."
            )
        return [_read_single(name, action, each) for each in value]
    return _read_single(name, action, value)


def _read_single(name: str, action: argparse.Action, value: Any) -> Any:
    read = _convert(name, action.type, value)
    if action.choices is not None and read not in action.choices:
        raise InputError(f"{name} was {value!r:.40}; it can be {', '.join(map(str, action.choices))}.")
    return read


def _convert(name: str, kind: Any, value: Any) -> Any:
    is_number = isinstance(value, Real) and not isinstance(value, bool)
    if kind in (int, float):
        if is_number and (kind is float or float(value).is_integer()):
            return kind(value)
        raise InputError(f"{name} was {value!r:.40}; it must be a {'whole ' if kind is int else ''}number.")
    if kind is Path:
        if isinstance(value, str | Path):
            return Path(value)
        raise InputError(f"{name} was {value!r:.40}; it must be the path of a file.")
    if kind is None:
        if isinstance(value, str) or is_number:
            return str(value)
        raise InputError(f"{name} was {value!r:.40}; it must be text.")
    try:
        return kind(str(value))
    except argparse.ArgumentTypeError as error:
        raise InputError(f"{name} was {value!r:.40}: {error}.") from None
    except (ValueError, TypeError):
        raise InputError(f"{name} was {value!r:.40}, which cannot be used.") from None
