"""Page URL: holds every setting that differs from its default."""

from __future__ import annotations

from streamlit.runtime.scriptrunner import get_script_run_ctx


def complete_address() -> None:
    """Add to the URL the settings that Streamlit has left out; call it when a page is drawn.

    Streamlit writes what a visitor chooses, and what a page puts into a widget that was there in the run before: not what
    it puts into one that is drawn for the first time, such as the second voice of settings that were just loaded.
    """
    context = get_script_run_ctx()
    if context is None:
        return
    drawn = context.shared.widget_ids_this_run.snapshot()
    state = context.session_state._state
    with context.session_state.query_params() as address:
        for name, binding in list(address._bindings_by_param.items()):
            metadata = state.get_widget_metadata(binding.widget_id)
            if binding.widget_id not in drawn or metadata is None or address.has_param(name):
                continue
            value = state.get_widget_value(binding.widget_id)
            if value != metadata.deserializer(None):
                address.set_corrected_value(name, metadata.serializer(value), metadata.value_type)


def is_history_navigation() -> bool:
    """Whether the page was reached by Back or Forward; then the URL overrides the session's settings."""
    context = get_script_run_ctx()
    return context is not None and context.is_history_navigation
