"""The wires that the sandbox serves: the included ones, and wires that the caller adds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .mor import MorApi, MorWeb
from .simotel import Simotel
from .telefonchy import Telefonchy
from .voip24h import Voip24hPartner, Voip24hV3
from .voipano import Voipano

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from .wire import Wire
    from .world import World

# The command's JSON line and the server use these themselves.
_RESERVED_NAMES, _RESERVED_PREFIXES = frozenset({"url", "control"}), frozenset({"", "/control"})


def build_wires(
    world: World,
    *,
    one_token: bool = False,
    switches: Mapping[str, Mapping[str, Any]] | None = None,
    extra_wires: Iterable[Callable[[World], Wire]] = (),
) -> dict[str, Wire]:
    """Return the wires by name, the included ones first.

    `one_token` puts both offices under one account if the provider can do that. `switches` are settings by the wire's
    name. ValueError for an unknown wire or setting, or an extra wire whose name or prefix is taken.
    """
    included: tuple[Wire, ...] = (
        Telefonchy(world, one_token=one_token),
        Voipano(world),
        Voip24hPartner(world),
        Voip24hV3(world),
        Simotel(world),
        MorWeb(world),
        MorApi(world),
    )
    wires = {wire.name: wire for wire in included}
    for make in extra_wires:
        wire = make(world)
        _check_address(wire, wires)
        wires[wire.name] = wire
    for name, settings in (switches or {}).items():
        if name not in wires:
            msg = f"unknown wire {name!r}; choose one of {', '.join(wires)}"
            raise ValueError(msg)
        for setting, value in settings.items():
            wires[name].change(setting, value)
    return wires


def _check_address(wire: Wire, wires: Mapping[str, Wire]) -> None:
    if wire.name in wires or wire.name in _RESERVED_NAMES:
        msg = f"the wire name {wire.name!r} is taken; choose another name"
        raise ValueError(msg)
    if wire.prefix in {*_RESERVED_PREFIXES, *(other.prefix for other in wires.values())}:
        msg = f"the prefix {wire.prefix!r} of wire {wire.name!r} is taken; choose another prefix"
        raise ValueError(msg)
    if not wire.prefix.startswith("/") or "/" in wire.prefix[1:]:
        msg = f"the prefix {wire.prefix!r} of wire {wire.name!r} must be one path segment with a leading slash"
        raise ValueError(msg)
