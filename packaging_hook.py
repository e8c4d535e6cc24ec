"""Build hook of the package: what it depends on stands in requirements.txt, with the versions that are tested."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface


class Requirements(MetadataHookInterface):
    """Reads the dependencies from requirements.txt."""

    PLUGIN_NAME = "custom"

    def update(self, metadata: dict[str, Any]) -> None:
        """Add them to the project's metadata."""
        text = Path(self.root, "requirements.txt").read_text(encoding="utf-8")
        lines = (line.partition("#")[0].strip() for line in text.splitlines())
        # The dashboard runs from a checkout; the package has no page. An option of pip is no dependency.
        metadata["dependencies"] = [
            line for line in lines if line and not line.startswith(("-", "streamlit"))
        ]
