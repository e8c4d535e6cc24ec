"""Version of this installation: all that a job's result depends on beside its arguments.

A cluster's worker gets jobs only where these agree with the server's: results are kept and shared under keys that do not
name the machine which computed them.
"""

from __future__ import annotations

import hashlib
import platform
import shutil
import subprocess
from contextlib import suppress
from functools import cache
from importlib import metadata
from pathlib import Path

from core.nn.card import SET_VARIABLE, find_set_directory
from core.plain_data import from_bytes, to_bytes
from core.synth.font_choice import installed_soundfonts

_CORE = Path(__file__).resolve().parents[1]
# What computes, decodes, encodes and draws.
_PACKAGES = (
    *("numpy", "scipy", "pandas", "pyarrow", "torch", "onnxruntime", "statsmodels", "duckdb"),
    *("librosa", "soundfile", "soxr", "av", "mido", "pretty_midi", "swift-f0"),
    *("verovio", "resvg-py", "fpdf2", "pillow", "opencv-python-headless", "plotly", "Babel"),
    *("msgpack", "dask", "distributed"),
)
_PROGRAMS = (("fluidsynth", "--version"), ("espeak-ng", "--version"))
_PROGRAM_SEC = 10.0


@cache
def describe_version() -> dict[str, str]:
    """What must agree, by name; values are compared, not read.

    Examples
    --------
    >>> sorted(describe_version())
    ['Python', 'SoundFont', 'code', 'packages', 'processor', 'programs', 'weights']
    """
    return {
        "code": _hash_files(_CORE, "*"),
        "packages": _digest([_find_version(name) for name in _PACKAGES]),
        "Python": ".".join(platform.python_version_tuple()[:2]),
        "processor": platform.machine(),
        "weights": _describe_weights(),
        "SoundFont": _describe_fonts(),
        "programs": _digest([_ask_version(*command) for command in _PROGRAMS]),
    }


@cache
def version_digest() -> str:
    """One word for all of `describe_version`."""
    return _digest(sorted(describe_version().items()))


def version_bytes() -> bytes:
    """`describe_version` as plain data; asked of each worker."""
    return to_bytes(describe_version())


def name_differences(told: bytes) -> list[str]:
    """Which parts of a worker's version, as `version_bytes` wrote it, are not as here.

    Examples
    --------
    >>> name_differences(version_bytes())
    []
    """
    own, other = describe_version(), from_bytes(told)
    return [name for name in own if other.get(name) != own[name]]


def _digest(value: object) -> str:
    return hashlib.sha256(to_bytes(value)).hexdigest()[:16]


def _hash_files(folder: Path, pattern: str) -> str:
    """Hash of names and contents, without what Python and editors leave behind."""
    whole = hashlib.sha256()
    for path in sorted(folder.rglob(pattern)):
        below = path.relative_to(folder)
        # In an installed package the weights lie within; their cards speak for them.
        if path.is_file() and not {"__pycache__", "weights"} & {*below.parts} and path.suffix != ".toml":
            whole.update(to_bytes([below.as_posix(), path.read_bytes()]))
    return whole.hexdigest()[:16]


def _describe_weights() -> str:
    """The cards, which hold the hashes of the tensors, of the sets that are used."""
    from core.nn.card import OPEN, RESEARCH, chosen_set

    sets = [OPEN, *([RESEARCH] if chosen_set() == RESEARCH else [])]
    return _digest([SET_VARIABLE, [_hash_files(find_set_directory(name), "*.json") for name in sets]])


def _describe_fonts() -> str:
    """The fonts that are tried, in order: the first by its content, those that stand in for it by name and size."""
    fonts = [path for path in installed_soundfonts() if path.is_file()]
    content = ""
    with suppress(OSError), fonts[0].open("rb") as first:
        content = hashlib.file_digest(first, "sha256").hexdigest()
    return _digest([content, [[path.name, path.stat().st_size] for path in fonts]])


def _find_version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return ""


def _ask_version(program: str, option: str) -> str:
    path = shutil.which(program)
    if path is None:
        return ""
    try:
        done = subprocess.run([path, option], capture_output=True, timeout=_PROGRAM_SEC, check=False)  # noqa: S603 - a fixed program
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.decode("utf-8", "replace").strip()
