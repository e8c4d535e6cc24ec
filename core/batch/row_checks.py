"""Checks of a row before its job runs: what would be refused at once, without running it."""

from __future__ import annotations

import argparse
import dataclasses
import json
from collections.abc import Collection
from pathlib import Path

from core.batch.job import name_inputs
from core.batch.row_options import RowPlan, list_options
from core.command_line import describe_os_error, example_id, take_given
from core.errors import DashboardError, InputError
from core.files.folders import read_head
from core.files.reading import read_file
from core.files.signatures import locate_sound, recognize_file
from core.settings_file import MAX_SETTINGS_BYTES, SettingsFile, read_settings

_HEAD_BYTES = 1 << 20
_NO_TABLES = ("sound", "picture", "other")
# Of a request for tunes, what contradicts itself without a model.
_PLANNED = (
    *("collection", "key", "mode", "meter", "bars", "phrase_plan", "phrase_letters", "groups", "low", "high"),
    *("end_on_tonic", "pickup_beat"),
)


def check_row(plan: RowPlan) -> None:
    """Refuse a row that must fail, as far as that is seen without reading its files whole or loading a model.

    Raises
    ------
    InputError
        The same that the job would raise.
    """
    if plan.fault:
        raise InputError(plan.fault)
    for path in plan.files:
        check_input(path)
    check_source(plan)
    _check_kinds(plan)
    placed = {dest: name_inputs(plan.job, dest, given) for dest, given in plan.inputs.items()}
    targets = {dest: Path(f"result{'' if end == '/' else end}") for dest, end in plan.outputs.items()}
    options = argparse.Namespace(**{**plan.options, **placed, **targets})
    try:
        _check_options(plan.job, options)
    except DashboardError as error:
        raise InputError(str(error)) from None
    except OSError as error:
        raise InputError(describe_os_error(error)) from error


def check_source(plan: RowPlan) -> None:
    """Refuse a row that names no file, where its job needs one and its settings name no example.

    Raises
    ------
    InputError
    """
    source = list_options(plan.job).source
    if source is None or plan.inputs.get(source.dest):
        return
    needs = f"{plan.job} needs a file. Give its path" + ("" if source.type is Path else ", or example:ID,")
    settings = plan.inputs.get("settings")
    if not settings:
        raise InputError(f"{needs} in the column file.")
    try:
        file = read_settings(read_file(Path(settings[0]), MAX_SETTINGS_BYTES), plan.job)
    except OSError as error:
        raise InputError(describe_os_error(error)) from error
    if file.example is None:
        made = f" These settings were made for {file.needed_file}." if file.needed_file else ""
        raise InputError(f"{needs} in the column file.{made}")


def _check_kinds(plan: RowPlan) -> None:
    """Refuse examples that there are not, and kinds of files that the job never takes."""
    source = list_options(plan.job).source
    for each in plan.inputs.get(source.dest, ()) if source is not None else ():
        if isinstance(each, str):
            example_id(each, _list_examples(plan.job))
            continue
        try:
            head = read_head(each, _HEAD_BYTES)
        except OSError as error:
            raise InputError(describe_os_error(error)) from error
        if plan.job != "sonify":
            # Behind a long beginning that says nothing there may be a sound, as the job finds out.
            if len(head) < _HEAD_BYTES or recognize_file(head) is not None:
                locate_sound(head, each.name)
        elif not head:
            raise InputError(f"{each.name} is empty (0 bytes). Export it again.")
        elif (kind := recognize_file(head)) is not None and kind.family in _NO_TABLES:
            raise InputError(f"{each.name} is {kind.what}, not a table.")


def _list_examples(job: str) -> Collection[str]:
    if job == "sonify":
        from core.sonify.examples import EXAMPLES as TABLES

        return TABLES
    from core.extrapolate.examples import EXAMPLES as SOUNDS

    return SOUNDS


def _check_options(job: str, options: argparse.Namespace) -> None:
    """Build the request of a job, which checks its numbers."""
    if job == "visualize":
        from core.audioviz.command import check_film, choose_look, choose_settings

        file = _read_settings(job, options)
        choose_settings(options, file)
        choose_look(options, file)
        check_film(options)
        return
    from core.presentation.command_options import check_presentation_arguments

    check_presentation_arguments(options)
    if job == "sonify":
        _check_sonify(options)
    elif job == "folk":
        _check_folk(options)
    elif job == "emotion":
        _check_emotion(options)
    else:
        from core.extrapolate.command import choose_request as choose_extension

        choose_extension(options, _read_settings(job, options))


def _read_settings(job: str, options: argparse.Namespace) -> SettingsFile | None:
    if options.settings is None:
        return None
    return read_settings(read_file(options.settings, MAX_SETTINGS_BYTES), job)


def _check_sonify(options: argparse.Namespace) -> None:
    """What does not depend on the table: ranges of all numbers."""
    from core.sonify.settings import Settings, Voice

    file = _read_settings("sonify", options)
    base = Settings() if file is None else Settings.from_file(file)
    given = take_given(options, {field.name for field in dataclasses.fields(Settings)} - {"split", "voices"})
    if options.take is not None and options.takes is None:
        given["takes"] = max(options.take, base.takes)
    Settings.from_dict({**json.loads(base.to_json()), "voices": [], **given})
    for program in options.program or ():
        Voice(column="", program=program)
    for end in ("low", "high"):
        value = getattr(options, end)
        # Each end of the range by itself: the other depends on the table.
        if value is not None and not 0 <= value <= 127:
            Voice(column="", **{end: value})


def _check_folk(options: argparse.Namespace) -> None:
    from core.folk.command import choose_tunes
    from core.folk.generate import check_sampling
    from core.folk.tune_plan import make_plan
    from core.music.tune_files import check_ending
    from core.music.tune_midi import check_playing

    settings = choose_tunes(options).settings
    top_p = 1.0 if options.top_p is None else options.top_p
    check_sampling(settings.temperature, top_p, settings.seed, settings.count)
    check_playing(settings.tempo_qpm, settings.program)
    if not -127 <= settings.transpose <= 127:  # any tune would leave the range of MIDI
        raise InputError(f"Tunes can be transposed by -127 to 127 semitones, not {settings.transpose}.")
    if options.begin is not None:
        check_ending(options.begin.name)
    if options.begin is None and options.settings is None:  # a beginning decides on key and meter
        request = settings.request()
        make_plan(**{name: getattr(request, name) for name in _PLANNED})


def _check_emotion(options: argparse.Namespace) -> None:
    from core.emotion.command import choose_beginning, choose_request
    from core.music import midi

    file = _read_settings("emotion", options)
    # What a face says is read from its photo by a network.
    choose_request(argparse.Namespace(**{**vars(options), "photo": None}), file, {})
    left_out = (
        {} if options.voice is not None and options.begin is not None else {"voice": None, "begin": None}
    )
    choose_beginning(argparse.Namespace(**{**vars(options), **left_out}), file, {})
    if options.begin is not None and b"MThd" not in (head := read_head(options.begin, _HEAD_BYTES)):
        midi.from_bytes(head, name=options.begin.name)


def check_input(path: Path) -> None:
    """Refuse a path that is no file, before the work begins.

    Raises
    ------
    InputError
        If there is none, or it is a folder, or a device or pipe, which may have no end.
    """
    try:
        if path.is_dir():
            raise InputError(f"{path} is a folder. Name its files, each in a row or several in a list.")
        if path.exists() and not path.is_file():
            raise InputError(f"{path} is not a regular file.")
        path.stat()
    except UnicodeEncodeError:
        raise InputError(
            f"No file can have the name {str(path)!r:.80} in this locale. Set LC_ALL=C.UTF-8."
        ) from None
    except ValueError:
        raise InputError(f"{str(path)!r:.80} is no name of a file.") from None
    except OSError as error:
        raise InputError(describe_os_error(error)) from error
