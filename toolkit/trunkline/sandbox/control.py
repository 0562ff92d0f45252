"""The control endpoint: what a test or a demo may ask of the sandbox from outside, as one JSON object a wish."""

from __future__ import annotations

import json
from collections import Counter
from datetime import datetime
from typing import TYPE_CHECKING, Any

from .push import Target, loopback_url
from .world.calls import Direction, Outcome
from .world.company import PlacedCalls

if TYPE_CHECKING:
    from collections.abc import Callable

    from .server import Sandbox
    from .wire import Wire
    from .world.company import Office

_PRICE_PARTS = ("price_wait", "price_talk", "price_record", "price_saved")
_CALL_OPTIONS = frozenset(
    {
        *("type", "status", "wait", "talk", "number", "exten", "trunk", "age", "recorded", "note", "count", "push"),
        "service_id",
    }
)
_MOST_CALLS = 100_000
_DAY = 86400
_LAST_INSTANT = 4102444800
_MOST_RIAL = 10**15


class Control:
    """Carries out wishes; nonsense is a ValueError of one clear line, and changes nothing."""

    def __init__(self, sandbox: Sandbox) -> None:
        """Work on a sandbox."""
        self._sandbox = sandbox
        self._actions: dict[str, tuple[Callable[[_Wish], dict[str, Any]], frozenset[str]]] = {
            "call": (
                self._call,
                _CALL_OPTIONS,
            ),
            "placed": (self._placed, frozenset({"delay", "wait", "talk", "status"})),
            "fault": (self._fault, frozenset()),
            "clear": (self._clear, frozenset({"kind"})),
            "clock": (self._clock, frozenset({"set", "move", "freeze"})),
            "push_to": (self._push_to, frozenset({"url", "delay", "copies", "drop_every"}) | _push_options(sandbox)),
            "event": (self._event, frozenset({"kind", "fields"})),
            "top_up": (self._top_up, frozenset({"trunk", "amount", "service_id"})),
            "correct": (self._correct, frozenset({"call_id", "service_id", *_PRICE_PARTS})),
            "hide": (self._hide, frozenset({"call_id", "service_id"})),
            "rotate_token": (self._rotate_token, frozenset()),
            "set": (self._set, frozenset({"setting", "value"})),
            "live": (self._live, frozenset({"per_minute"})),
            "state": (self._state, frozenset()),
        }

    def do(self, body: bytes) -> dict[str, Any]:
        """Carry out one wish and return what it has to say."""
        try:
            fields = json.loads(body, parse_constant=_no_constant)
        except (ValueError, RecursionError):
            msg = "send one JSON object"
            raise ValueError(msg) from None
        if not isinstance(fields, dict) or str(fields.get("do")) not in self._actions:
            msg = f"do must be one of {', '.join(self._actions)}"
            raise ValueError(msg)
        name = str(fields.pop("do"))
        action, known = self._actions[name]
        unknown = fields.keys() - known - {"provider", "account"}
        if unknown and name != "fault":
            msg = f"{name} has no option {min(unknown)!r}; it has {', '.join(sorted(known)) or 'none'}"
            raise ValueError(msg)
        return action(_Wish(fields))

    def _call(self, wish: _Wish) -> dict[str, Any]:
        office = self._office(wish)
        world = self._sandbox.world
        direction = wish.choice("type", {one.name.lower(): one for one in Direction}, Direction.INCOMING)
        outcome = wish.choice("status", {one.name.replace("_", " "): one for one in Outcome}, Outcome.ANSWERED)
        number, extension = wish.text("number"), wish.text("exten")
        peer: int | None = None
        if number is not None:
            if not number.lstrip("+").isdigit():
                msg = "number must be digits"
                raise ValueError(msg)
            peer = office.extension(number) if direction == Direction.LOCAL else world.party(number)
            if peer is None:
                msg = "number must be an extension where the call is local"
                raise ValueError(msg)
        desk = None if extension is None else office.extension(extension)
        if extension is not None and desk is None:
            msg = "there is no such exten"
            raise ValueError(msg)
        trunk = self._trunk(wish, office) if wish.given("trunk") else None
        wait, talk = (wish.whole(name, 0, most=_DAY) if wish.given(name) else None for name in ("wait", "talk"))
        age = wish.whole("age", 0)
        recorded, push = wish.flag("recorded", default=False), wish.flag("push", default=True)
        note = wish.text("note")
        ids = []
        for _ in range(wish.whole("count", 1, least=1, most=_MOST_CALLS)):
            position = world.record(
                office,
                direction=direction,
                outcome=outcome,
                wait=wait,
                talk=talk,
                peer=peer,
                extension=desk,
                trunk=trunk,
                age=age,
                recorded=recorded,
                note=note,
                announce=push,
            )
            ids.append(str(office.calls.call_id[position]))
        return {"call_ids": ids}

    def _placed(self, wish: _Wish) -> dict[str, Any]:
        now = self._sandbox.world.placed
        self._sandbox.world.placed = PlacedCalls(
            delay=wish.whole("delay", now.delay, most=_DAY),
            wait=wish.whole("wait", now.wait, most=_DAY),
            talk=wish.whole("talk", now.talk, most=_DAY),
            outcome=wish.choice("status", {one.name.replace("_", " "): one for one in Outcome}, now.outcome),
        )
        return {}

    def _fault(self, wish: _Wish) -> dict[str, Any]:
        options = dict(wish.fields)
        kind = options.pop("kind", None)
        if not isinstance(kind, str):
            msg = "fault needs a kind"
            raise ValueError(msg)  # noqa: TRY004 -- one kind of error for every wrong wish
        if "provider" in options:
            self._wire(wish)
        self._sandbox.faults.add(kind, **options)
        return {"faults": len(self._sandbox.faults)}

    def _clear(self, wish: _Wish) -> dict[str, Any]:
        return {"cleared": self._sandbox.faults.clear(wish.text("kind"), wish.text("provider"))}

    def _clock(self, wish: _Wish) -> dict[str, Any]:
        clock = self._sandbox.world.clock
        instant = _instant(wish.fields["set"]) if wish.given("set") else None
        seconds = wish.number("move") if wish.given("move") else None
        freeze = wish.flag("freeze", default=clock.frozen)
        if not 0 <= (clock.now() if instant is None else instant) + (seconds or 0) <= _LAST_INSTANT:
            msg = "the clock can show the years 1970 to 2100"
            raise ValueError(msg)
        if freeze and not clock.frozen:
            clock.freeze()
        if instant is not None:
            clock.set(instant)
        if seconds is not None:
            clock.move(seconds)
        if not freeze:
            clock.run()
        return {"now": clock.now(), "frozen": clock.frozen}

    def _push_to(self, wish: _Wish) -> dict[str, Any]:
        wire, account = self._account(wish)
        target = None
        if wish.fields.get("url") is not None:
            options = {
                name: wish.choice(name, {choice: choice for choice in choices}, None)
                for name, choices in wire.push_options.items()
                if wish.given(name)
            }
            target = Target(
                url=loopback_url(wish.fields["url"]),
                delay=wish.number("delay", 0.0, least=0),
                copies=wish.whole("copies", 1, least=1, most=100),
                drop_every=wish.whole("drop_every", 0),
                options=options,
            )
        self._sandbox.pusher.target(wire.provider, account, target)
        return {}

    def _event(self, wish: _Wish) -> dict[str, Any]:
        wire, account = self._account(wish)
        kind, fields = wish.text("kind"), wish.fields.get("fields", {})
        if kind is None or not isinstance(fields, dict):
            msg = "event needs a kind, and fields as an object"
            raise ValueError(msg)
        return {"sent": self._sandbox.pusher.event(wire.provider, account, kind, fields)}

    def _top_up(self, wish: _Wish) -> dict[str, Any]:
        office = self._office(wish)
        trunk = self._trunk(wish, office) if wish.given("trunk") else 0
        amount = wish.fields.get("amount")
        if isinstance(amount, bool) or not isinstance(amount, int) or abs(amount) > _MOST_RIAL:
            msg = f"amount must be a whole number of rial, at most {_MOST_RIAL}"
            raise ValueError(msg)
        self._sandbox.world.top_up(office, trunk, amount)
        return {"trunk": office.trunks[trunk].number, "credit": office.trunks[trunk].credit}

    def _correct(self, wish: _Wish) -> dict[str, Any]:
        office, position = self._office_and_call(wish)
        parts = {name: wish.whole(name, 0) for name in _PRICE_PARTS if wish.given(name)}
        if not parts:
            msg = f"correct needs at least one of {', '.join(_PRICE_PARTS)}"
            raise ValueError(msg)
        self._sandbox.world.correct(office, position, **parts)
        return {"price": office.calls[position].price}

    def _hide(self, wish: _Wish) -> dict[str, Any]:
        office, position = self._office_and_call(wish)
        office.calls.hide(position)
        return {}

    def _rotate_token(self, wish: _Wish) -> dict[str, Any]:
        wire, account = self._account(wish)
        return {"credentials": wire.rotate(account)}

    def _set(self, wish: _Wish) -> dict[str, Any]:
        setting = wish.text("setting")
        if setting is None or not wish.given("value"):
            msg = "set needs a setting and a value"
            raise ValueError(msg)
        self._wire(wish).change(setting, wish.fields["value"])
        return {}

    def _live(self, wish: _Wish) -> dict[str, Any]:
        self._sandbox.live = wish.number("per_minute", 0.0, least=0)
        return {}

    def _state(self, _: _Wish) -> dict[str, Any]:
        sandbox = self._sandbox
        world = sandbox.world
        world.settle()
        return {
            "now": world.clock.now(),
            "frozen": world.clock.frozen,
            "under_way": world.under_way,
            "accounts": {
                name: [
                    {
                        "service_ids": list(account.service_ids),
                        "calls": sum(len(office.calls) for office in wire.offices_of(at)),
                        "trunks": [
                            {"number": trunk.number, "credit": trunk.credit}
                            for office in wire.offices_of(at)
                            for trunk in office.trunks
                        ],
                    }
                    for at, account in enumerate(wire.accounts(sandbox.url))
                ]
                for name, wire in sandbox.wires.items()
            },
            "requests": dict(Counter(f"{one.provider} {one.path}" for one in sandbox.requests)),
            "faults": [{"kind": one.kind, "path": one.path, "hits": one.hits} for one in sandbox.faults],
            "pushed": len(sandbox.pushed),
        }

    def _wire(self, wish: _Wish) -> Wire:
        wires = self._sandbox.wires
        return wish.choice("provider", wires, next(iter(wires.values())))

    def _account(self, wish: _Wish) -> tuple[Wire, int]:
        wire = self._wire(wish)
        return wire, wish.whole("account", 0, most=len(wire.accounts("")) - 1)

    def _office(self, wish: _Wish) -> Office:
        wire, account = self._account(wish)
        offices = wire.offices_of(account)
        ids = wire.accounts("")[account].service_ids
        return wish.choice("service_id", dict(zip(ids, offices, strict=True)), offices[0])

    def _office_and_call(self, wish: _Wish) -> tuple[Office, int]:
        office = self._office(wish)
        call_id = wish.fields.get("call_id")
        text = str(call_id)
        position = office.calls.position(int(text)) if text.isascii() and text.isdigit() else None
        if position is None:
            msg = "this account has no call with that call_id"
            raise ValueError(msg)
        return office, position

    def _trunk(self, wish: _Wish, office: Office) -> int:
        trunk = office.trunk(str(wish.fields["trunk"]))
        if trunk is None:
            msg = "there is no such trunk"
            raise ValueError(msg)
        return trunk


def _push_options(sandbox: Sandbox) -> frozenset[str]:
    return frozenset(name for wire in sandbox.wires.values() for name in wire.push_options)


class _Wish:
    """The fields of a wish, read one by one."""

    def __init__(self, fields: dict[str, Any]) -> None:
        self.fields = fields

    def given(self, name: str) -> bool:
        return name in self.fields

    def text(self, name: str) -> str | None:
        value = self.fields.get(name)
        if value is not None and not isinstance(value, str):
            msg = f"{name} must be text"
            raise ValueError(msg)
        return value

    def flag(self, name: str, *, default: bool) -> bool:
        value = self.fields.get(name, default)
        if not isinstance(value, bool):
            msg = f"{name} must be true or false"
            raise ValueError(msg)  # noqa: TRY004 -- one kind of error for every wrong wish
        return value

    def number(self, name: str, default: float = 0.0, *, least: float | None = None) -> float:
        value = self.fields.get(name, default)
        if isinstance(value, bool) or not isinstance(value, int | float) or (least is not None and value < least):
            msg = f"{name} must be a number" + ("" if least is None else f", at least {least}")
            raise ValueError(msg)
        return float(value)

    def whole(self, name: str, default: int, *, least: int = 0, most: int = 2_000_000_000) -> int:
        value = self.fields.get(name, default)
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            msg = f"{name} must be a whole number from {least} to {most}"
            raise ValueError(msg)
        return value

    def choice[T, D](self, name: str, choices: dict[str, T], default: D) -> T | D:
        value = self.fields.get(name)
        if value is None:
            return default
        if not isinstance(value, str) or value not in choices:
            msg = f"{name} must be one of {', '.join(choices)}"
            raise ValueError(msg)
        return choices[value]


def _no_constant(name: str) -> None:
    """Refuse `NaN` and `Infinity`, which Python's reader takes and JSON doesn't have."""
    raise ValueError(name)


def _instant(value: Any) -> float:
    """Read a clock's setting: seconds since the epoch, or ISO 8601 text with its offset."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    try:
        instant = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        instant = None
    if instant is None or instant.tzinfo is None:
        msg = "set must be seconds since the epoch, or ISO 8601 text with an offset"
        raise ValueError(msg)
    return instant.timestamp()
