"""What every test shares: our custom component is imported before the plugin's own folder of components hides it."""

from __future__ import annotations

import custom_components.trunkline  # noqa: F401
