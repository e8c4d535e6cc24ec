"""Train and evaluate the models: a folder a feature, with prepare, fit, train, evaluate and scores; baselines apart."""

import os

# One process has the machine for itself: its threads may be as many as the cores. Before core leaves one to each caller.
for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, str(os.cpu_count() or 1))
