"""What every test shares: our custom component is imported before the plugin's own folder of components hides it."""

from __future__ import annotations

import hypothesis

import custom_components.trunkline  # noqa: F401
from tests.archive.postgres import postgres, url  # noqa: F401  (the databases, for the tests of any folder)

# No test times anything, the generation of its examples included.
hypothesis.settings.register_profile(
    "trunkline", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow], print_blob=True
)
hypothesis.settings.load_profile("trunkline")


def pytest_make_parametrize_id(val: object) -> str | None:
    """Name bytes by their length: what is compressed or signed differs from one run to the next, and tests' names mustn't."""
    return f"{len(val)} bytes" if isinstance(val, bytes) else None
