"""Before anything is imported: a place of its own for the code that numba compiles for librosa.

Two processes that compile the same function at the same time spoil the cache that they share, and a process that
reads it then crashes. Tests run in two processes, and beside an app.
"""

import atexit
import os
import shutil
import tempfile

os.environ["NUMBA_CACHE_DIR"] = tempfile.mkdtemp(prefix="sonoscope-numba-")
atexit.register(shutil.rmtree, os.environ["NUMBA_CACHE_DIR"], ignore_errors=True)
