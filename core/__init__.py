"""Sonoscope's plain Python: everything the pages do, usable from a notebook or a shell.

In a notebook: ``from core import sonify, compose_tune, compose_piece, extend_recording, visualize``; what they return shows itself.

Importing it, before numpy, leaves one thread to each caller of numpy's and torch's libraries. They would start as many as
there are cores in every visitor's script thread, and ten visitors' threads wait for each other. Whoever wants more sets
``OMP_NUM_THREADS`` and ``OPENBLAS_NUM_THREADS``.
"""

import os
import sys
from collections.abc import Callable
from importlib import import_module
from types import ModuleType
from typing import Any

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

# The library's functions and their modules, imported when they are first asked for.
_LIBRARY = {
    "sonify": "core.library.sonification",
    "compose_tune": "core.library.folk_tunes",
    "compose_piece": "core.library.piano_pieces",
    "extend_recording": "core.library.recordings",
    "visualise": "core.library.scenes",
    "visualize": "core.library.scenes",
}


class CallablePackage(ModuleType):
    """A package that can be called: ``core.sonify`` is both the feature's modules and the library's function."""

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        """Call the library's function of the package's name."""
        return _find_function(self.__name__)(*arguments, **named)

    @property
    def __signature__(self) -> Any:
        """The function's, for whoever asks a notebook for help."""
        from inspect import signature

        return signature(_find_function(self.__name__))

    @property
    def __doc__(self) -> str | None:  # type: ignore[override]
        """The function's documentation."""
        return _find_function(self.__name__).__doc__


def _find_function(name: str) -> Callable[..., Any]:
    name = name.removeprefix("core.")
    function: Callable[..., Any] = getattr(import_module(_LIBRARY[name]), name)
    return function


def make_callable(package: str) -> None:
    """Let a package be called as the library's function of its name."""
    sys.modules[package].__class__ = CallablePackage


def __getattr__(name: str) -> Any:
    if name == "sonify":  # a package with its modules, which becomes the function when it is called
        return import_module("core.sonify")
    if name in _LIBRARY:
        return _find_function(name)
    raise AttributeError(f"module 'core' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *_LIBRARY})
