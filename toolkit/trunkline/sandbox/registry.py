"""All wires over one world."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .mor.api.wire import MorApi
from .mor.web.wire import Mor
from .simotel.wire import Simotel
from .telefonchy.wire import Telefonchy
from .voip24h.partner import Voip24h
from .voip24h.v3 import Voip24hV3
from .voipano.wire import Voipano

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .wire import Wire
    from .world.company import World


def build_wires(
    world: World, *, one_token: bool = False, switches: Mapping[str, Mapping[str, Any]] | None = None
) -> dict[str, Wire]:
    """Make the wires by name; `one_token` puts both offices under one account where the provider can do that.

    ValueError for a switch that isn't there.
    """
    wires: tuple[Wire, ...] = (
        Telefonchy(world, one_token=one_token),
        Voipano(world),
        Voip24h(world),
        Voip24hV3(world),
        Simotel(world),
        Mor(world),
        MorApi(world),
    )
    named = {wire.provider: wire for wire in wires}
    for name, chosen in (switches or {}).items():
        if name not in named:
            msg = f"there is no wire {name!r}; there are {', '.join(named)}"
            raise ValueError(msg)
        for setting, value in chosen.items():
            named[name].change(setting, value)
    return named
