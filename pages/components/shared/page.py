"""Page skeleton: styles, title, one sentence, content, and model cards at the end."""

from __future__ import annotations

import runpy
from collections.abc import Callable, Iterable
from pathlib import Path

import streamlit as st

from core.player.browser_files import shorten_source
from pages.components.shared import texts
from pages.components.shared.address import complete_address
from pages.components.shared.messages import telling_errors
from pages.components.shared.server_jobs import show_cluster_note
from pages.components.shared.weights_set import show_weights_set

APP = Path(__file__).parents[3] / "app.py"
NAVIGATED = "app.navigated"

# Of the run that is drawing now.
_LAST = "page.last"


def _read(ending: str) -> str:
    return shorten_source(Path(__file__).with_suffix(ending).read_text(encoding="utf-8"))


_HISTORY = shorten_source(Path(__file__).with_name("history.js").read_text(encoding="utf-8"))
# Read once: it is in every run's messages.
_SKELETON = f"<style>{_read('.css')}</style><script>{_read('.js')}</script><script>{_HISTORY}</script>"


def run_page(title: str, promise: str, draw: Callable[[], None], *, models: Iterable[str] = ()) -> None:
    """Draw a page; errors not shown by the page itself are shown at the end.

    Parameters
    ----------
    title : str
    promise : str
        One sentence or two on what the visitor will hear or see.
    draw : callable
        Draws the rest.
    models : iterable of str
        Those that the page uses: where one is of the research set, a note says so.
    """
    run_app_first()
    st.html(_SKELETON, unsafe_allow_javascript=True)
    st.title(title, anchor=False)
    st.markdown(promise)
    show_cluster_note()
    st.session_state[_LAST] = []
    with telling_errors():
        show_weights_set(models)
        draw()
    complete_address()
    for work in st.session_state.pop(_LAST):
        with telling_errors():
            work()


def do_last(work: Callable[[], None]) -> None:
    """Do slow work when all else on the page is drawn, so that nothing is pale and out of use meanwhile."""
    st.session_state[_LAST].append(work)


def run_app_first() -> None:
    """Run app.py if this page was started without it.

    Until ``st.navigation`` has been called once in a server, Streamlit takes a folder named pages/ for an app
    of its older kind and runs the page that the address names alone: without our navigation and settings. A
    shared link opened on a server that has just woken up is such a visit.
    """
    if NAVIGATED not in st.session_state:
        runpy.run_path(str(APP), run_name="__main__")
        st.stop()


def show_when_opened(label: str, draw: Callable[[], None], *, icon: str, key: str) -> None:
    """Draw an expander whose content is computed only while it is open; errors are shown in it."""
    expander = st.expander(label, icon=icon, key=key, on_change="rerun")
    if expander.open:
        with expander, telling_errors():
            draw()


def show_about(page: str, draw: Callable[[], None]) -> None:
    """Draw the expander with a page's model cards, read when it is opened."""
    show_when_opened(texts.MODEL_DETAILS, draw, icon=":material/info:", key=f"{page}.about")
