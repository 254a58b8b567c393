"""Options that commands share; each is a decorator that hands over a ready thing."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from dataclasses import dataclass
from math import inf
from typing import Any, TypeVar

import click

from camcount.binarize import POLARITIES
from camcount.ensemble import VIEWS, load_ensemble
from camcount.expect import parse_count
from camcount.reader import Reader
from camcount.types import Reading

Command = TypeVar("Command", bound=Callable[..., Any])
Roi = tuple[float, float, float, float]


def option(name: str, *more: str, **settings: Any) -> Callable[[Command], Command]:
    """Make an option that can be set by CAMCOUNT_NAME too, under the same name for every command."""
    return click.option(name, *more, envvar="CAMCOUNT_" + name.strip("-").replace("-", "_").upper(), **settings)


def _parse_roi(ctx: click.Context, param: click.Parameter, value: str | None) -> Roi | None:
    if value is None:
        return None
    try:
        x, y, width, height = (float(part) for part in value.split(","))
    except ValueError:
        raise click.BadParameter(f"{value!r} is not four numbers, such as 100,50,640,200 or 0.1,0.2,0.5,0.3.") from None
    if not (0 <= x < inf and 0 <= y < inf and 0 < width < inf and 0 < height < inf):
        raise click.BadParameter(f"{value!r} lies outside every picture.")
    return x, y, width, height


def _parse_digits(ctx: click.Context, param: click.Parameter, value: str | None) -> range | None:
    try:
        return None if value is None else parse_count(value)
    except ValueError as error:
        raise click.BadParameter(f"{error}.") from None


def _parse_regex(ctx: click.Context, param: click.Parameter, value: str | None) -> re.Pattern[str] | None:
    try:
        return None if value is None else re.compile(value)
    except re.error as error:
        raise click.BadParameter(f"{value!r} is not a regular expression: {error}.") from None


def size_between(
    least: int, most: int
) -> Callable[[click.Context, click.Parameter, str | None], tuple[int, int] | None]:
    """Give a callback that reads a size such as 1280x720, each side within bounds, pixels."""

    def parse(ctx: click.Context, param: click.Parameter, value: str | None) -> tuple[int, int] | None:
        if value is None:
            return None
        found = re.fullmatch(r"(\d{1,5})[xX](\d{1,5})", value)
        size = (int(found[1]), int(found[2])) if found else (0, 0)
        if not all(least <= side <= most for side in size):
            raise click.BadParameter(f"{value!r} is not a size such as 1280x720, of {least} to {most} pixels a side.")
        return size

    return parse


_READER_NAMES = ("min_confidence", "ink", "roi", "rotate", "threads")
_DEFAULTS = Reader.__init__.__kwdefaults__ or {}


def _reader_option(name: str, **settings: Any) -> Callable[[Command], Command]:
    default = _DEFAULTS.get(name.strip("-").replace("-", "_"))
    return option(name, default=default, show_default=default is not None, **settings)


def reader_options(command: Command) -> Command:
    """Add the options of the reader, and hand it over ready, as keyword `reader`; the defaults are the Reader's own."""

    @option(
        "--model", "models", metavar="PATH", type=click.Path(), multiple=True,
        help="Read with this model instead of the one that camcount brings; of several, with their mean.",
    )
    @option(
        "--tta", "views", metavar="N", type=click.IntRange(1, len(VIEWS)), default=1, show_default=True,
        help="Look at each mark N times, turned, moved and sized a little, and take the mean: slower, a little surer.",
    )
    @_reader_option(
        "--min-confidence", type=click.FloatRange(0, 1),
        help="A digit less sure than this prints as ?; over 0, all do where none is surer than 0.9.",
    )
    @_reader_option("--ink", type=click.Choice(POLARITIES), help="Ink darker or lighter than paper.")
    @_reader_option(
        "--roi", metavar="X,Y,W,H", callback=_parse_roi,
        help="Read only this region: pixels, or fractions where none is over 1.",
    )
    @_reader_option("--rotate", type=click.Choice(["auto", "0", "90", "180", "270"]), help="Turn clockwise before.")
    @_reader_option("--threads", type=click.IntRange(1), help="How many threads the model may use.")
    @functools.wraps(command)
    def with_reader(*args: Any, models: tuple[str, ...], views: int, **values: Any) -> Any:
        settings = {name: values.pop(name) for name in _READER_NAMES}
        settings |= {"model": models[0] if models else None}
        if len(models) > 1 or views > 1:
            settings |= {"classifier": load_ensemble(models, views, settings["threads"] or _DEFAULTS["threads"])}
        reader = Reader(**{name: value for name, value in settings.items() if value is not None})
        return command(*args, reader=reader, **values)

    return with_reader  # type: ignore[return-value]


@dataclass(frozen=True)
class Expected:
    """What every line of a reading must look like."""

    digits: range | None = None
    match: re.Pattern[str] | None = None

    def complaint(self, reading: Reading) -> str | None:
        """Say what does not hold, or None; a "?" is no digit, since it was not read."""
        if self.digits is None and self.match is None:
            return None
        if not reading.lines:
            return f"nothing recognised, but {self._wanted()} wants a number."
        return next((told for line in reading.lines if (told := self.objection(line.text))), None)

    def objection(self, text: str) -> str | None:
        """Say what does not hold of one line, or None."""
        count = sum(char.isdigit() for char in text)
        if self.digits is not None and count not in self.digits:
            least, most = self.digits[0], self.digits[-1]
            wanted = f"{least}" if least == most else f"{least} to {most}"
            return f'read "{text}", but --digits wants {wanted} digits a line.'
        if self.match is not None and not self.match.fullmatch(text):
            return f'read "{text}", but --match wants {self.match.pattern}'
        return None

    def accepts(self, text: str) -> bool:
        """Tell whether a line looks as it must."""
        return self.objection(text) is None

    def _wanted(self) -> str:
        return "--digits" if self.digits is not None else "--match"


def expected_options(command: Command) -> Command:
    """Add --digits and --match, and hand over what they demand, as keyword `expected`."""

    @option(
        "--digits", metavar="N[-M]", callback=_parse_digits,
        help="Read lines of so many digits where that is likely; exit with 1 unless every line has so many.",
    )
    @option("--match", metavar="REGEX", callback=_parse_regex, help="Exit with 1 unless every line matches wholly.")
    @functools.wraps(command)
    def with_expected(*args: Any, digits: range | None, match: re.Pattern[str] | None, **values: Any) -> Any:
        return command(*args, expected=Expected(digits, match), **values)

    return with_expected  # type: ignore[return-value]
