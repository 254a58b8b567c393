# camcount serve, small and without rights: no TensorFlow, not root, nothing to write to.
#   docker build -t camcount . && docker run --read-only --tmpfs /tmp -p 127.0.0.1:8000:8000 -e CAMCOUNT_TOKEN=... camcount
FROM debian:trixie-slim AS build
RUN apt-get update \
 && apt-get install --yes --no-install-recommends python3 python3-venv \
 && rm -rf /var/lib/apt/lists/*
RUN python3 -m venv /opt/camcount
COPY . /src
RUN /opt/camcount/bin/pip install --no-cache-dir "/src[serve]"

FROM debian:trixie-slim
RUN apt-get update \
 && apt-get install --yes --no-install-recommends python3 libgl1 libglib2.0-0 \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --system --no-create-home --shell /usr/sbin/nologin camcount
COPY --from=build /opt/camcount /opt/camcount
USER camcount
ENV PATH=/opt/camcount/bin:$PATH PYTHONDONTWRITEBYTECODE=1 CAMCOUNT_HOST=0.0.0.0
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s \
  CMD ["python3", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
# 0.0.0.0 wants a token: CAMCOUNT_TOKEN.
CMD ["camcount", "serve"]
