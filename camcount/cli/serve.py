"""camcount serve: the page and the API."""

from __future__ import annotations

import errno
import ipaddress
import math
import re
import socket
from contextlib import ExitStack, suppress
from typing import Any

import click

from camcount.cli.options import option, reader_options
from camcount.errors import MissingExtraError, OutputError
from camcount.reader import Reader
from camcount.web.settings import MIB, Settings

DEFAULT = Settings()
MOST = 1000
"""Connections at a time."""
EVERY = {"0.0.0.0": (socket.AF_INET, "192.0.2.1"), "::": (socket.AF_INET6, "2001:db8::1")}
"""Names of all addresses of a machine: their family, and an address of it that is only for examples."""
FINISH = 10
"""Seconds that requests have to be answered once the server is to end."""


def _finite(ctx: click.Context, param: click.Parameter, value: float) -> float:
    if not math.isfinite(value):
        raise click.BadParameter(f"{value} is no number of this kind.")
    return value


@click.command(short_help="Serve a page and an API that read pictures.")
@option("--host", default="127.0.0.1", show_default=True, help="The address to listen on; 0.0.0.0 for all.")
@option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True, help="The port; 0 for a free one.")
@option("--token", default="", metavar="TOKEN", help="Let in only who tells it; needed for other hosts than this one.")
@option("--insecure", is_flag=True, help="Serve others without a token.")
@option("--origin", "origins", multiple=True, metavar="URL", help="Pages from there may open a stream, too; repeat.")
@option(
    "--workers", type=click.IntRange(1, 64), default=DEFAULT.workers, show_default=True, help="Read so many at a time.",
)
@option("--queue", type=click.IntRange(0), default=DEFAULT.queue, show_default=True, help="Requests that may wait.")
@option(
    "--max-upload", type=click.FloatRange(0.001, 1024), callback=_finite, default=DEFAULT.max_upload / MIB,
    show_default=True, metavar="MB", help="Refuse larger requests.",
)
@option(
    "--max-pixels", type=click.IntRange(1), default=DEFAULT.max_pixels, show_default=True,
    help="Refuse larger pictures; one takes up to 18 bytes a pixel while it is read.",
)
@option(
    "--time-limit", type=click.FloatRange(0.1, 3600), callback=_finite, default=DEFAULT.seconds, show_default=True,
    metavar="S", help="For a body to arrive, and again for reading it.",
)
@option(
    "--rate", type=click.FloatRange(0, 1e6), callback=_finite, default=DEFAULT.rate, show_default=True,
    help="Requests a second of one client; 0 for any.",
)
@option(
    "--streams", type=click.IntRange(1), default=DEFAULT.streams, show_default=True,
    help="Cameras of browsers at a time, half as many of one client.",
)
@reader_options
def command(
    host: str, port: int, token: str, insecure: bool, origins: tuple[str, ...], workers: int, queue: int,
    max_upload: float, max_pixels: int, time_limit: float, rate: float, streams: int, reader: Reader,
) -> None:
    """Serve a page on which numbers are drawn, uploaded or filmed, and an API that reads pictures.

    Ctrl-C ends it once what is in flight is answered. No picture is kept or logged.
    """
    if not (token or insecure or _is_loopback(host)):
        raise click.UsageError(f"--host {host} lets others in. Add --token TOKEN, or --insecure if that is meant.")
    if not re.fullmatch(r"[!-~]*", token):
        raise click.BadParameter("only ASCII without spaces can be sent by every browser.", param_hint="--token")
    try:
        import uvicorn

        from camcount.web.app import create_app
    except ImportError as error:
        raise MissingExtraError(f'Serving needs {error.name}. Run: pip install "camcount[serve]"') from error
    settings = Settings(
        token=token, origins=origins, workers=workers, queue=queue, max_upload=round(max_upload * MIB),
        max_pixels=max_pixels, seconds=time_limit, rate=rate, streams=streams,
        local=_is_loopback(host) and not token,
    )
    app = create_app(reader, settings)
    listening = _listen(host, port)
    name, number = listening.getsockname()[:2]
    click.echo(f"camcount reads on http://{_as_host(host, name)}:{number} - Ctrl-C ends it.", err=True)
    others = _find_address(name)
    if others:
        click.echo(f"Others on this network open http://{_bracket(others)}:{number}", err=True)
    config = uvicorn.Config(
        app, log_level="warning", access_log=False, server_header=False, limit_concurrency=MOST,
        ws_max_size=settings.max_upload, ws_per_message_deflate=False, timeout_graceful_shutdown=FINISH,
    )
    uvicorn.Server(config).run(sockets=[listening])


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _listen(host: str, port: int) -> socket.socket:
    """Open the port, before anything is said.

    Raises:
        OutputError: when it is taken, or not there.
    """
    with ExitStack() as opened:
        try:
            found: Any = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
            listening = opened.enter_context(socket.socket(found[0], socket.SOCK_STREAM))
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listening.bind(found[4])
            listening.listen()
        except (OSError, UnicodeError) as error:
            why = getattr(error, "strerror", None) or "no such host"
            taken = getattr(error, "errno", None) in (errno.EADDRINUSE, errno.EACCES)
            advice = "Name another: --port 0 finds a free one." if taken else "Name an address of this machine."
            raise OutputError(f"{host}:{port}: cannot listen there ({why}). {advice}") from None
        opened.pop_all()
    return listening


def _as_host(host: str, name: str) -> str:
    """Give a host as it stands in an address that can be opened."""
    return _bracket("localhost" if name in EVERY else host)


def _bracket(name: str) -> str:
    return f"[{name}]" if ":" in name else name


def _find_address(name: str) -> str:
    """Give the address by which others reach this machine, if it listens on all of its addresses; "" for none."""
    if name not in EVERY:
        return ""
    # No packet is sent: that only asks which of its addresses it would send one from. Those asked for are nobody's.
    family, elsewhere = EVERY[name]
    with suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as asking:
        asking.connect((elsewhere, 9))
        found: str = asking.getsockname()[0]
        return "" if _is_loopback(found) else found
    return ""
