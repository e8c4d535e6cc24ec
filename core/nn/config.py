"""Model configurations: frozen dataclasses that reject invalid sizes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, fields
from typing import Any, ClassVar, Literal, get_args, get_origin, get_type_hints

from core.nn.shapes import Layers


@dataclass(frozen=True, kw_only=True)
class ModelConfig:
    """What a model's ``config_class`` derives from; its fields are checked by their annotations.

    ``int``, and each of a ``tuple[int, ...]``, is from 1; ``float`` is above 0, or in [0, 1) where it is called
    dropout or drop_path; a ``Literal`` is one of its values. Lists, as a card's JSON has them, become tuples.

    Raises
    ------
    ValueError
        If a field is none of what it may be; the message names it and what it was.

    Examples
    --------
    >>> @dataclass(frozen=True, kw_only=True)
    ... class TinyConfig(ModelConfig):
    ...     widths: tuple[int, ...] = (4, 8)
    ...     dropout: float = 0.1
    >>> TinyConfig(widths=[2, 3])
    TinyConfig(widths=(2, 3), dropout=0.1)
    >>> TinyConfig(dropout=1.0)
    Traceback (most recent call last):
    ValueError: dropout must lie in [0, 1), not 1.0.
    """

    def __post_init__(self) -> None:
        hints = get_type_hints(type(self))
        for name, hint in ((field.name, hints[field.name]) for field in fields(self)):
            value = _to_tuples(getattr(self, name))
            object.__setattr__(self, name, value)
            if (fault := _find_fault(name, hint, value)) is not None:
                raise ValueError(f"{name} must {fault}, not {value!r}.")


@dataclass(frozen=True, kw_only=True)
class ArrayModelConfig(ModelConfig, ABC):
    """Configuration of a model that computes in numpy: checks card and tensors without importing torch.

    Attributes
    ----------
    class_path : str
        The class that cards name, as :func:`core.nn.weights.class_path` gives it.
    buffers : tuple of str
        Tensors that do not count as parameters, by the last part of their names.
    """

    class_path: ClassVar[str]
    buffers: ClassVar[tuple[str, ...]] = ()

    @abstractmethod
    def layers(self) -> Layers:
        """The shapes of the tensors, as :func:`core.nn.shapes.flatten` reads them."""


def _to_tuples(value: Any) -> Any:
    return tuple(map(_to_tuples, value)) if isinstance(value, list | tuple) else value


def _find_fault(name: str, hint: Any, value: Any) -> str | None:
    """What a value should be instead; None if it is valid."""
    if hint is int and not _is_size(value):
        return "be a whole number from 1"
    if hint == tuple[int, ...] and not (value and all(map(_is_size, value))):
        return "hold whole numbers from 1"
    if get_origin(hint) is Literal and value not in get_args(hint):
        return f"be one of {', '.join(map(str, get_args(hint)))}"
    if hint is float and "drop" in name and not 0 <= value < 1:
        return "lie in [0, 1)"
    if hint is float and "drop" not in name and not value > 0:
        return "be above 0"
    return None


def _is_size(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 1
