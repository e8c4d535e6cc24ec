"""Sonoscope's plain Python: everything the pages do, usable from a notebook or a shell.

Importing it, before numpy, leaves one thread to each caller of numpy's and torch's libraries. They would start as many as
there are cores in every visitor's script thread, and ten visitors' threads wait for each other. Whoever wants more sets
``OMP_NUM_THREADS`` and ``OPENBLAS_NUM_THREADS``.
"""

import os

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")
