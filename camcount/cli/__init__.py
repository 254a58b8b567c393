"""The command line: a group that imports a command only when it is wanted, and turns errors into exit codes."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any, NamedTuple

import click

from camcount import __version__
from camcount.cli.process import ended_by_sigterm, silenced_libraries, told_when_full
from camcount.errors import CamcountError


VERBOSITY = "camcount.verbosity"
"""Key of `ctx.meta`: how often -v was given."""


class Row(NamedTuple):
    """A command: where it is, and its line in the list (asking the command itself would import it)."""

    module: str
    help: str = ""
    hidden: bool = False


COMMANDS = {
    "image": Row("camcount.cli.image", "Read the numbers in pictures."),
    "live": Row("camcount.cli.live", "Read numbers from a camera, steadily, in a window."),
    "video": Row("camcount.cli.video", "Read every frame of a clip."),
    "cameras": Row("camcount.cli.cameras", "List the cameras of this machine."),
    "doctor": Row("camcount.cli.doctor", "Tell what works here and what does not, to paste into a report."),
    "bench": Row("camcount.cli.bench", "Measure how fast every stage is here."),
    "train": Row("camcount.cli.train", "Train the model that reads digits."),
    "evaluate": Row("camcount.cli.evaluate", "Measure a model on labelled photos, single digits or drawn pages."),
    "serve": Row("camcount.cli.serve", "Serve a page and an API that read pictures."),
    "explain": Row("camcount.cli.explain", "Draw which ink spoke for each digit, and why a mark was not read."),
    "export": Row("camcount.cli.export", "Write a trained model for another engine."),
    "samples": Row("camcount.cli.samples", "Draw the sample pictures.", hidden=True),
}

_EPILOG = """\
\b
Exit codes:
  0    read
  1    read, but --digits or --match does not hold
  2    the command line is not understood
  3    a source cannot be opened or decoded, or is lost
  4    there is no display, and a window was demanded
  5    the model is missing, unreadable or of the wrong shape
  6    an output cannot be written
  7    nothing was recognised where something was demanded
  8    an optional dependency is not installed
  130  ended by Ctrl-C
  143  ended by SIGTERM

Every option can be set in the environment too, such as --min-confidence by CAMCOUNT_MIN_CONFIDENCE; the command line
goes before it.
"""


class _Group(click.Group):
    """Knows its commands by name; imports the one that is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command = import_module(COMMANDS[cmd_name].module).command
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, row.help) for name, row in COMMANDS.items() if not row.hidden])

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; the one place where the command line catches errors that a user can mend."""
        with ended_by_sigterm(), silenced_libraries(ctx.meta[VERBOSITY] < 2):
            try:
                with told_when_full():
                    return super().invoke(ctx)
            except CamcountError as error:
                print(f"Error: {error}", file=sys.stderr)
                ctx.exit(error.exit_code)
            except KeyboardInterrupt:
                print(file=sys.stderr)
                ctx.exit(130)


def _set_verbosity(ctx: click.Context, parameter: click.Parameter, count: int) -> int:
    ctx.meta[VERBOSITY] = count
    return count


@click.group(cls=_Group, epilog=_EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="camcount", message="%(prog)s %(version)s")
@click.option(
    "-v", "--verbose", count=True, expose_value=False, is_eager=True, callback=_set_verbosity,
    help="Tell on standard error what is done; twice: OpenCV's own messages too.",
)
def main() -> None:
    """Read handwritten numbers from photos and cameras, offline."""
