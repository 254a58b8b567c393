"""camcount cameras: what cameras there are."""

from __future__ import annotations

import json
from dataclasses import asdict

import click

from camcount.cli.options import option
from camcount.sources.devices import REFUSED, list_devices
from camcount.types import SCHEMA


@click.command(short_help="List the cameras of this machine.")
@option("--json", "as_json", is_flag=True, help="Print one JSON object a camera.")
@option("--modes", is_flag=True, help="Tell the pixel formats, sizes and rates of each too.")
def command(as_json: bool, modes: bool) -> None:
    """List the cameras of this machine: number, name, path, modes.

    A camera that another program uses is not disturbed. Exits with 0 where there is none, too.
    """
    devices = list_devices(modes=modes or as_json)
    for device in devices:
        if as_json:
            click.echo(json.dumps({"schema": SCHEMA, **asdict(device)}))
            continue
        refused = "" if device.readable else f"  (may not be read. {REFUSED})"
        click.echo(f"{device.index}  {device.name}  {device.path}{refused}")
        for mode in device.modes if modes else ():
            click.echo(f"     {mode}")
    if not devices:
        click.echo("no camera found. Plugged in? Without a camera: camcount live synth:", err=True)
