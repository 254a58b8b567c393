"""camcount doctor: what works here."""

from __future__ import annotations

import json
from dataclasses import asdict

import click

from camcount.cli.options import option
from camcount.errors import MissingExtraError
from camcount.types import SCHEMA


@click.command(short_help="Tell what works here and what does not, to paste into a report.")
@option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@option("--no-cameras", is_flag=True, help="Leave the cameras alone: else each is opened for a moment.")
@click.pass_context
def command(ctx: click.Context, as_json: bool, no_cameras: bool) -> None:
    """Tell what works here and what does not, to paste into a report.

    Looks at Python and the packages, OpenCV, the display, cameras and their true rate, codecs by writing and reading
    back, the model against its card and against Keras, and the speed of one frame. Exits with 8 when something that
    camcount needs does not work.
    """
    from camcount.probe import examine

    findings = []
    for finding in examine(cameras=not no_cameras):
        findings.append(finding)
        if not as_json:
            mark = "FAULT" if finding.fault else "ok"
            told = f"{finding.told}: {finding.fault}" if finding.fault else finding.told
            click.echo(f"{mark:5}  {finding.topic:15}  {told}")
    faults = [finding for finding in findings if finding.fault]
    if as_json:
        click.echo(json.dumps({"schema": SCHEMA, "faults": len(faults), "findings": [asdict(f) for f in findings]}))
    else:
        click.echo(f"{len(faults)} faults" if faults else "all is well")
    ctx.exit(MissingExtraError.exit_code if faults else 0)
