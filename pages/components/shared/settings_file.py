"""Settings file of a page: upload, and application to the widgets and the URL."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from functools import partial
from typing import Any, TypeVar

import streamlit as st

from core import limits
from core.errors import DashboardError, InputError
from core.settings_file import MAX_SETTINGS_BYTES, SettingsFile, read_settings
from pages.components.shared import texts
from pages.components.shared.messages import InterruptionError, plain, show_error
from pages.components.shared.results import obtain_reading
from pages.components.shared.uploads import has_file

Value = TypeVar("Value")

SETTINGS_FILE, UPLOAD_SETTINGS = "Load settings", "Settings file"
SETTINGS_FILE_HELP = "A file that you saved with “Settings” under “Download” on this page. It holds your settings, not your data."
READING_SETTINGS = "Reading these settings"


def offer_settings(page: str, feature: str) -> None:
    """Draw an expander with the upload of a settings file; see `upload_settings`."""
    with st.expander(SETTINGS_FILE, icon=":material/settings_backup_restore:"):
        upload_settings(page, feature)


def upload_settings(page: str, feature: str) -> None:
    """Draw the upload of a settings file; a new one is read and the page is rerun.

    Parameters
    ----------
    page : str
        Prefix of the page's keys, such as ``"viz"``.
    feature : str
        One of `core.settings_file.FEATURES`.
    """
    uploaded = st.file_uploader(
        texts.name_limit(UPLOAD_SETTINGS, MAX_SETTINGS_BYTES // limits.MEGABYTE),
        key=f"{page}.settings_file",
        max_upload_size=MAX_SETTINGS_BYTES // limits.MEGABYTE,
        help=SETTINGS_FILE_HELP,
    )
    state = st.session_state
    if uploaded is None:
        return
    if state.get(f"{page}.settings_id") == uploaded.file_id:
        _name_needed(state.get(f"{page}.settings_need"))
        return
    try:
        # Settings are no secret results: the same file is read once a session.
        file = obtain_reading(
            partial(read_settings, uploaded.getvalue(), feature),
            slot=f"{page}.settings",
            what=READING_SETTINGS,
        )
    except InterruptionError:
        raise
    except DashboardError as error:
        state[f"{page}.settings_id"], state[f"{page}.settings_need"] = uploaded.file_id, None
        show_error(error)
        return
    state[f"{page}.settings_id"] = uploaded.file_id
    state[f"{page}.settings_need"] = file
    state[_loaded_key(page)] = file
    st.rerun()


def _name_needed(file: SettingsFile | None) -> None:
    """Say which file of the visitor's the settings were made for, unless it is here."""
    if file is None or file.needed_file is None or has_file(str(file.data["sha256"])):
        return
    st.info(
        plain(
            f"These settings were made for your file {file.needed_file}, which is not in them. Upload it as well."
        ),
        icon=":material/attach_file:",
    )


def use_loaded(page: str, apply: Callable[[SettingsFile], None]) -> None:
    """Apply the settings of a file just read to the widgets; call it before they are drawn.

    Parameters
    ----------
    page : str
    apply : callable
        Writes into the session's state; checks everything before it writes anything.

    Raises
    ------
    InputError
        What ``apply`` raises. The page then stays as it was.
    """
    file = take_loaded(page)
    if file is not None:
        apply(file)


def take_loaded(page: str) -> SettingsFile | None:
    """Take the settings of a file that are to be applied in this run."""
    taken: SettingsFile | None = st.session_state.pop(_loaded_key(page), None)
    return taken


def peek_loaded(page: str) -> SettingsFile | None:
    """Peek at what `take_loaded` will return."""
    waiting: SettingsFile | None = st.session_state.get(_loaded_key(page))
    return waiting


def _loaded_key(page: str) -> str:
    return f"{page}.loaded_settings"


def put(values: Mapping[str, Any]) -> None:
    """Set widget values by key."""
    for key, value in values.items():
        st.session_state[key] = value


def name_of(names: Mapping[str, Value], value: Value, what: str) -> str:
    """The option name of a value in a select box.

    Raises
    ------
    InputError
        If there is none.

    Examples
    --------
    >>> name_of({"Keep": "keep", "Calmer": "calm"}, "calm", "mood")
    'Calmer'
    """
    for name, each in names.items():
        if each == value:
            return name
    raise refuse(what, value, [str(each) for each in names.values()])


def require_option(options: Collection[Value], value: Value, what: str) -> Value:
    """Validate that a value is one of the options.

    Raises
    ------
    InputError
        If it is not.
    """
    if value not in options:
        raise refuse(what, value, [str(each) for each in options])
    return value


def require_between(low: float, high: float, value: float, what: str) -> float:
    """Validate a number within bounds; raises InputError if it lies outside."""
    if not low <= value <= high:
        raise InputError(f"In the settings, {what} was {value:.12g}; it can be {low:g} to {high:g}.")
    return value


def refuse(what: str, value: object, options: list[str]) -> InputError:
    """Error for a value that is not one of the options."""
    return InputError(f"In the settings, {what} was {value!r:.60}; it can be {', '.join(options)}."[:600])
