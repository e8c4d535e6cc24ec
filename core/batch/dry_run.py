"""Dry run of a batch: what each row would write, and which rows must fail; nothing is run or written."""

from __future__ import annotations

import sys

from core.batch.manifest import Manifest
from core.batch.row_checks import check_row
from core.batch.row_options import RowPlan
from core.batch.row_plans import RowPlans
from core.batch.run_batch import is_kept
from core.command_line import EndedError, show
from core.errors import InputError, plural

_TUNE_ENDINGS = (".abc", ".krn", ".mid", ".musicxml")  # of `core.folk.command.write_tunes`


def show_dry_run(plans: RowPlans, manifest: Manifest) -> str:
    """Print what each row would do, and return a line about all.

    Raises
    ------
    EndedError
        If a row cannot be done; that line, with an exit status.
    """
    n_kept = n_faulty = 0
    for plan in plans:
        try:
            check_row(plan)
            is_done = is_kept(plan, manifest)
        except InputError as error:
            n_faulty += 1
            show(f"row {plan.number} ({plan.name}): {error}", sys.stdout)
            continue
        n_kept += is_done
        told = "done before" if is_done else f"would write {', '.join(list_files(plan))}"
        show(f"row {plan.number}: {plan.job}, {told}", sys.stdout)
    told = (
        f"{plural(len(plans), 'row')}: {len(plans) - n_kept - n_faulty:,} would be done, {n_kept:,} done before, "
        f"{n_faulty:,} cannot be done. Nothing was written."
    )
    if n_faulty:
        raise EndedError(told, 1, is_said=True)
    return told


def list_files(plan: RowPlan) -> list[str]:
    """The files that a row writes.

    Examples
    --------
    >>> list_files(RowPlan(number=1, name="reel", outputs={"out": "/"}, options={"count": 3}))
    ['reel.tune-01.abc to reel.tune-03.musicxml']
    """
    files = []
    for end in plan.outputs.values():
        if end != "/":
            files.append(f"{plan.name}{end}")
            continue
        count = plan.options.get("count")
        if count is None and plan.inputs.get("settings"):  # which may ask for several tunes
            files.append(
                f"{plan.name}.mid, or {plan.name}.tune-01.mid and so on, also as .abc, .krn and .musicxml"
            )
        elif (count or 1) > 1:
            last = f"{plan.name}.tune-{count:02}{_TUNE_ENDINGS[-1]}"
            files.append(f"{plan.name}.tune-01{_TUNE_ENDINGS[0]} to {last}")
        else:
            files += [f"{plan.name}{ending}" for ending in _TUNE_ENDINGS]
    return files
