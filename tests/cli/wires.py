"""The names of the sandbox's interfaces: a provider, with the dialect unless it is the default one."""

from __future__ import annotations

from trunkline.providers import PROVIDERS

WIRES = [
    f"{dialect.provider_id}-{dialect.dialect}" if dialect is not info else dialect.provider_id
    for info in PROVIDERS.values()
    for dialect in info.dialects
]
