"""The engines that figures run on."""

from tests.reports.conftest import make

__all__ = ["make"]
