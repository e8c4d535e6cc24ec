# syntax=docker/dockerfile:1
# Sonoscope in one container: CPU build of PyTorch, FluidSynth with its SoundFont, espeak-ng. docs/DEPLOY.md says how to run it.
ARG BASE=python:3.13-slim-bookworm

# Packages are installed here, so that neither pip nor its cache is in the image that runs.
FROM ${BASE} AS packages
COPY requirements.txt requirements-cluster.txt /tmp/
RUN python -m venv --without-pip /opt/venv \
 && python -m pip --python /opt/venv/bin/python install --no-cache-dir --disable-pip-version-check -r /tmp/requirements-cluster.txt
# Half a gigabyte that nothing imports: tests, C++ headers, extensions of Jupyter. numpy.testing needs numpy's own tests.
WORKDIR /opt/venv/lib
RUN find . -type d \( -name tests -o -name test \) -not -path '*/numpy/*' -prune -exec rm -rf {} + \
 && find python*/site-packages/torch/bin -type f -not -name torch_shm_manager -delete \
 && rm -rf python*/site-packages/torch/include python*/site-packages/pyarrow/include \
           python*/site-packages/pydeck/nbextension python*/site-packages/plotly/labextension \
 && /opt/venv/bin/python -c "import torch, scipy.stats, statsmodels.api, sklearn.linear_model, pandas, pyarrow.dataset, cv2, librosa"

FROM ${BASE}
COPY packages.txt /tmp/
# hadolint ignore=DL3008,DL3013
RUN apt-get update \
 && xargs apt-get install -y --no-install-recommends < /tmp/packages.txt \
 && rm -rf /var/lib/apt/lists/* /var/cache/* /var/log/* /tmp/* \
 && python -m pip uninstall -y --root-user-action=ignore pip \
 && useradd --uid 1000 --create-home --shell /usr/sbin/nologin sonoscope
COPY --from=packages /opt/venv /opt/venv
WORKDIR /app
COPY . .
RUN ["/opt/venv/bin/python", "-m", "compileall", "-q", "."]
# What numba compiles for librosa is kept in /tmp, since nothing else can be written to.
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    NUMBA_CACHE_DIR=/tmp/numba \
    STREAMLIT_SERVER_HEADLESS=true \
    STREAMLIT_SERVER_ADDRESS=0.0.0.0 \
    STREAMLIT_SERVER_PORT=8501
USER 1000
EXPOSE 8501
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s \
    CMD ["python", "-I", "-S", "-c", "import os, urllib.request as web; web.urlopen(f\"http://127.0.0.1:{os.environ['STREAMLIT_SERVER_PORT']}/_stcore/health\", timeout=4)"]
CMD ["streamlit", "run", "served_app.py"]
