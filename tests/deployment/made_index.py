"""A package index of made-up wheels on this machine, with a page of links beside it, as PyPI and PyTorch's page are."""

from __future__ import annotations

import contextlib
import threading
import zipfile
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


class MadeIndex:
    """Wheels with nothing in them, in a folder that is served.

    Parameters
    ----------
    folder : Path
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.address = ""

    @property
    def simple(self) -> str:
        """Address of the index."""
        return f"{self.address}/simple/"

    def links(self, name: str) -> str:
        """Address of a page of links."""
        return f"{self.address}/{name}/"

    def publish(
        self, package: str, version: str, *tags: str, on: str = "", needs: tuple[str, ...] = ()
    ) -> None:
        """Add wheels of a package, one for each tag.

        Parameters
        ----------
        package, version : str
        *tags : str
            Such as ``"cp314-cp314-manylinux_2_28_x86_64"``; any Python and system if not given.
        on : str, optional
            Which page of links they stand on; the index if not given. ``"NAME/simple"`` is a second index.
        needs : tuple of str
            Requirements of the package.
        """
        package = package.lower().replace("_", "-")
        is_index = not on or on.endswith("/simple")
        page = self._folder / (on or "simple") / (package if is_index else "")
        page.mkdir(parents=True, exist_ok=True)
        for tag in tags or ("py3-none-any",):
            _write_wheel(page, package, version, tag, needs)
        names = sorted(path.name for path in page.glob("*.whl"))
        links = "".join(f'<a href="{name.replace("+", "%2B")}">{name}</a><br>' for name in names)
        (page / "index.html").write_text(
            f"<!doctype html><html><body>{links}</body></html>", encoding="utf-8"
        )


def _write_wheel(folder: Path, package: str, version: str, tag: str, needs: tuple[str, ...]) -> None:
    name = package.replace("-", "_")
    about = f"{name}-{version}.dist-info"
    lines = [f"Requires-Dist: {need}" for need in needs]
    described = "\n".join(["Metadata-Version: 2.1", f"Name: {package}", f"Version: {version}", *lines]) + "\n"
    wheel = f"Wheel-Version: 1.0\nGenerator: made\nRoot-Is-Purelib: true\nTag: {tag}\n"
    with zipfile.ZipFile(folder / f"{name}-{version}-{tag}.whl", "w") as archive:
        archive.writestr(f"{about}/METADATA", described)
        archive.writestr(f"{about}/WHEEL", wheel)
        archive.writestr(f"{about}/RECORD", "")


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Keep what is asked for out of the tests' output."""


@contextlib.contextmanager
def serving(folder: Path) -> Iterator[MadeIndex]:
    """Serve a folder until the block ends."""
    index = MadeIndex(folder)
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        index.address = f"http://127.0.0.1:{server.server_port}"
        yield index
        server.shutdown()
