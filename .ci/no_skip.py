"""A pytest plugin: a skipped test is a failure, since CI has everything that a test may miss elsewhere."""

from __future__ import annotations

from collections.abc import Generator
from typing import TypeVar

import pytest

Report = TypeVar("Report", pytest.TestReport, pytest.CollectReport)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    return _fail_if_skipped((yield))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    return _fail_if_skipped((yield))


def _fail_if_skipped(report: Report) -> Report:
    if report.skipped and isinstance(report.longrepr, tuple):  # an expected failure carries no tuple
        report.outcome = "failed"
        report.longrepr = f"CI skips nothing. {report.longrepr[2]}"
    return report
