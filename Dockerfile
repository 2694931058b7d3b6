# The gateway without the two vendors' drivers, which their licences keep out of an image that others pull:
# docs/how-to/container.md adds them in a stage of your own.

FROM python:3.12-slim-bookworm AS build

WORKDIR /source
COPY pyproject.toml README.md LICENSE ./
COPY adapters adapters
COPY app app
COPY openapi openapi
RUN python -m venv /opt/bascule \
    && /opt/bascule/bin/pip install --no-cache-dir '.[postgresql,odbc,as400,sqlserver,redis]'


FROM python:3.12-slim-bookworm

# unixODBC is the driver manager; tdsodbc is FreeTDS, a driver for SQL Server. Debian keeps one version of a package at a
# time: its release, named in the tag, is the pin.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends tdsodbc unixodbc \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --home-dir /var/lib/bascule --create-home --shell /usr/sbin/nologin bascule

COPY --from=build /opt/bascule /opt/bascule
ENV PATH=/opt/bascule/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1

# The root file system may be read-only: state goes to the volume, temporary files to a tmpfs on /tmp.
USER 10001
WORKDIR /var/lib/bascule
VOLUME /var/lib/bascule
EXPOSE 8080

HEALTHCHECK --interval=10s --timeout=3s --start-period=20s \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8080/livez', timeout=2)"]

STOPSIGNAL SIGTERM
ENTRYPOINT ["bascule"]
CMD ["serve", "/contract", "--bind", "0.0.0.0:8080"]
