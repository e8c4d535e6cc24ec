"""A job: a call of a function of this package, with its limits and what to say where it does not come to its end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from core.errors import DashboardError
from core.plain_data import holds_path
from core.worker_pool import Lane
from core.workers import Limits, function_path, must_stay


class JobError(DashboardError):
    """A job did not finish; the message says why and what to do.

    Parameters
    ----------
    message : str
    is_lost : bool
        Whether its worker died for no limit of the job's: another try may succeed.
    """

    def __init__(self, message: str, *, is_lost: bool = False) -> None:
        super().__init__(message)
        self.is_lost = is_lost


@dataclass(frozen=True, kw_only=True)
class Job:
    """A request for a result.

    Attributes
    ----------
    function : str
        As `core.workers.function_path` writes it.
    arguments, named : tuple, dict
        Plain data.
    key : str
        Equal where the result is equal.
    lane : {"compose", "read", "film"}
        Which workers run it.
    heavy : bool
        Whether it may take hundreds of megabytes; such jobs run one at a time.
    limits : Limits
    what : str
        What is being done, the subject of a message such as "Reading this table took too long".
    stays : bool
        Whether it runs on the queue's own machine also where there is a cluster: it needs files or connections of it.
    """

    function: str
    arguments: tuple[Any, ...]
    named: dict[str, Any]
    key: str
    lane: Lane = "compose"
    heavy: bool = False
    limits: Limits = field(default_factory=Limits)
    what: str = "This"
    stays: bool = False


def make_job(
    call: Callable[..., Any],
    *,
    key: str,
    lane: Lane = "compose",
    heavy: bool = False,
    limits: Limits | None = None,
    what: str = "This",
) -> Job:
    """A job that makes a call; see `Job`.

    Parameters
    ----------
    call : function or functools.partial
        A function at the top of a module of this package, with the arguments that it is to be called with.

    Examples
    --------
    >>> from core.errors import plural
    >>> make_job(partial(plural, 2, "row"), key="an example").function
    'core.errors:plural'
    """
    whole = call if isinstance(call, partial) else partial(call)
    return Job(
        function=function_path(whole.func),
        arguments=whole.args,
        named=whole.keywords,
        key=key,
        lane=lane,
        heavy=heavy,
        limits=limits or Limits(),
        what=what,
        stays=must_stay(whole.func) or holds_path([whole.args, whole.keywords]),
    )


def without_arguments(job: Job) -> Job:
    """Drop the arguments of a job that has ended."""
    return replace(job, arguments=(), named={})


def describe_end(job: Job, over: str) -> str:
    """Message for a job that did not finish: why, and what to do."""
    if over == "memory":
        return f"{job.what} needs more memory than this server allows. Try a shorter or smaller input."
    if over in ("cpu", "wall"):
        return (
            f"{job.what} took longer than this server allows and was stopped. Try a shorter or smaller input."
        )
    if over == "start":
        return f"{job.what} could not start because the server is low on memory. Try again in a minute."
    return f"{job.what} was interrupted on the server. Nothing is lost: try again."
