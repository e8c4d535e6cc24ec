"""Kinds of hostile files: a generator each, driven by dice that make it repeatable."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePath

Build = Callable[["Dice"], bytes]

# What a visitor may call a file; a reader must neither trust nor choke on it.
_ODD_NAMES = (
    "",
    "../../etc/passwd",
    "C:\\CON",
    "a" * 5_000,
    "\u202egnp.exe",
    "line\nbreak",
    "nul\x00byte",
    "\ud800",
    "<b>*bold*</b>",
    ".",
)
_NAMED_ODDLY = 0.1
_AT_THE_TOP = 1 / 3


class Dice(random.Random):
    """A random generator that also knows how far to go.

    Attributes
    ----------
    effort : float in [0, 1]
        1 goes up to the sizes that a kind names; less stays below them by as much on a logarithmic scale.
    """

    effort: float = 1.0

    def size(self, low: int, high: int) -> int:
        """A number between two sizes, all orders of magnitude alike; a third of them are the largest."""
        top = low * (max(low, high) / low) ** self.effort
        if self.random() < _AT_THE_TOP:
            return int(top)
        return int(low * (top / low) ** self.random())

    def pick(self, *choices: bytes) -> bytes:
        """One of several pieces of a file."""
        return self.choice(choices)


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One way to be hostile.

    Attributes
    ----------
    name : str
        Of the function that builds it.
    family : str
        Of the module that holds it.
    readers : tuple of str
        Which of :data:`benchmarks.hostile.readers.READERS` get it, in turn.
    ending : str
        Of the file's name.
    build : callable
    valid : bool
        Whether it must be read: a refusal is a fault, too.
    fault : int
        Its number in the list of faults that began this campaign; 0 for those that were invented here.
    """

    name: str
    family: str
    readers: tuple[str, ...]
    ending: str
    build: Build
    valid: bool
    fault: int


@dataclass(frozen=True, kw_only=True)
class Upload:
    """A file and who reads it."""

    kind: Kind
    seed: int
    reader: str
    name: str
    data: bytes


_KINDS: dict[str, Kind] = {}


def hostile(ending: str, *readers: str, valid: bool = False, fault: int = 0) -> Callable[[Build], Build]:
    """Register the function below as a kind; its name is the kind's name."""

    def register(build: Build) -> Build:
        """Add it and leave it as it is."""
        if build.__name__ in _KINDS:
            raise ValueError(f"There are two kinds {build.__name__}.")
        _KINDS[build.__name__] = Kind(
            name=build.__name__,
            family=PurePath(build.__module__.replace(".", "/")).name,
            readers=readers,
            ending=ending,
            build=build,
            valid=valid,
            fault=fault,
        )
        return build

    return register


def registered() -> dict[str, Kind]:
    """All kinds of the modules that were imported, by name."""
    return dict(sorted(_KINDS.items()))


def make_upload(kind: Kind, seed: int, effort: float = 1.0) -> Upload:
    """Build the file of a kind and a seed: equal arguments give equal bytes."""
    dice = Dice(f"{kind.name} {seed}")
    dice.effort = effort
    reader = kind.readers[seed % len(kind.readers)]
    data = kind.build(dice)
    stem = dice.choice(_ODD_NAMES) if dice.random() < _NAMED_ODDLY else "upload"
    return Upload(kind=kind, seed=seed, reader=reader, name=f"{stem}.{kind.ending}", data=data)
