"""Messages to the visitor: errors, notes and lists; text from files is escaped."""

from __future__ import annotations

from collections.abc import Iterable
from types import TracebackType

import streamlit as st

from core.errors import DashboardError, keep_printable


def plain(text: str) -> str:
    """Escape Markdown, control and direction characters in text from a visitor's file.

    Examples
    --------
    >>> print(plain("2 * 3 [kg]"))
    2 \\* 3 \\[kg\\]
    >>> plain("exe.\\u202egpj")
    'exe.gpj'
    """
    text = keep_printable(text)
    for sign in "\\`*_[]<>$:#~|&@":
        text = text.replace(sign, f"\\{sign}")
    return text.replace("www.", "www\\.")


class InterruptionError(DashboardError):
    """A job was interrupted; a button starts it again.

    Parameters
    ----------
    message : str
    slot : str
        Names the place on the page; the button's key is ``SLOT.resume``.
    label : str
        What the button says.
    is_wish : bool
        Whether the visitor stopped it himself, which is no error.
    """

    def __init__(self, message: str, *, slot: str, label: str, is_wish: bool = False) -> None:
        super().__init__(message)
        self.slot, self.label, self.is_wish = slot, label, is_wish

    @staticmethod
    def stopped_key(slot: str) -> str:
        """Session key of the jobs stopped in a slot."""
        return f"{slot}.stopped"

    def offer(self) -> None:
        """Draw the button."""
        st.button(
            self.label,
            key=f"{self.slot}.resume",
            on_click=lambda: st.session_state.pop(self.stopped_key(self.slot), None),
            icon=":material/play_arrow:",
        )


def show_error(error: DashboardError) -> None:
    """Draw an error: what was received, what works, what to do."""
    st.error(plain(str(error)), icon=":material/error:")


class telling_errors:
    """Context manager that draws a DashboardError in place and continues the page after the block."""

    def __enter__(self) -> None:
        """Nothing is drawn yet."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        """Draw the error, if it is one for the visitor; all others go on."""
        if not isinstance(error, DashboardError):
            return False
        if isinstance(error, InterruptionError):
            if error.is_wish:
                st.info(plain(str(error)), icon=":material/pan_tool:")
            else:
                show_error(error)
            error.offer()
        else:
            show_error(error)
        return True


def show_interruption(error: DashboardError) -> None:
    """Draw why a job has ended, where the button that began it is still there."""
    if isinstance(error, InterruptionError) and error.is_wish:
        st.info(plain(str(error)), icon=":material/pan_tool:")
    else:
        show_error(error)


def show_note(text: str | None) -> None:
    """Draw notes on a result, if there are any."""
    if text:
        st.caption(f":material/info: {plain(text)}")


def show_list(sentences: Iterable[str]) -> None:
    """Draw sentences as a list."""
    st.markdown("\n".join(f"- {plain(sentence)}" for sentence in sentences))
