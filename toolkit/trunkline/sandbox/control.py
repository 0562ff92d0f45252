"""The control endpoint: carries out commands for the sandbox that come as JSON objects over HTTP."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

from .push import Target, loopback_url
from .scheduler import MOST_LIVE
from .world import Direction, Outcome, PlacedCalls

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from .faults import Faults
    from .push import Pusher
    from .scheduler import Scheduler
    from .wire import Wire
    from .world import Office, World

_PRICE_PARTS = ("price_wait", "price_talk", "price_record", "price_saved")
_CALL_OPTIONS = frozenset(
    {
        *("type", "status", "wait", "talk", "number", "exten", "trunk", "age", "recorded", "note", "count", "push"),
        "begins",
        "service_id",
    }
)
_DIALPLAN_OPTIONS = frozenset({"url", "steps", "number", "dialled", "keys", "method", "auth"})
_MOST_CALLS = 100_000
_DAY = 86400
_LAST_INSTANT = 4102444800
_MOST_RIAL = 10**15
_LARGEST = 10**18
_DIRECTIONS = {direction.name.lower(): direction for direction in Direction}
_OUTCOMES = {outcome.name.replace("_", " "): outcome for outcome in Outcome}


class Control:
    """Carries out commands. An invalid command raises ValueError with one line of text, and changes nothing."""

    def __init__(  # noqa: PLR0917 -- the parts of a sandbox that commands change
        self,
        world: World,
        wires: Mapping[str, Wire],
        faults: Faults,
        pusher: Pusher,
        scheduler: Scheduler,
        request_counts: Callable[[], dict[str, int]],
    ) -> None:
        """Take the parts of a sandbox; `request_counts` returns how often each wire's paths were requested."""
        self._world, self._wires, self._faults = world, wires, faults
        self._pusher, self._scheduler, self._request_counts = pusher, scheduler, request_counts
        push_options = frozenset(name for wire in wires.values() for name in wire.push_options)
        self._actions: dict[str, tuple[Callable[[_Command], dict[str, Any]], frozenset[str]]] = {
            "call": (self._call, _CALL_OPTIONS),
            "placed": (self._placed, frozenset({"delay", "wait", "talk", "status"})),
            "fault": (self._fault, frozenset()),
            "clear": (self._clear, frozenset({"kind"})),
            "clock": (self._clock, frozenset({"set", "move", "freeze"})),
            "push_to": (self._push_to, frozenset({"url", "delay", "copies", "drop_every"}) | push_options),
            "event": (self._event, frozenset({"kind", "fields"})),
            "dialplan": (self._dialplan, _DIALPLAN_OPTIONS),
            "top_up": (self._top_up, frozenset({"trunk", "amount", "service_id"})),
            "correct": (self._correct, frozenset({"call_id", "service_id", *_PRICE_PARTS})),
            "name": (self._name, frozenset({"number", "exten", "name"})),
            "hide": (self._hide, frozenset({"call_id", "service_id"})),
            "rotate_token": (self._rotate_token, frozenset()),
            "set": (self._set, frozenset({"setting", "value"})),
            "live": (self._live, frozenset({"per_minute"})),
            "state": (self._state, frozenset()),
        }

    def do(self, body: bytes) -> dict[str, Any]:
        """Carry out one command and return its result."""
        try:
            fields = json.loads(body, parse_constant=_no_constant)
        except (ValueError, RecursionError):
            msg = "the body must be one JSON object"
            raise ValueError(msg) from None
        if not isinstance(fields, dict) or str(fields.get("do")) not in self._actions:
            msg = f"do must be one of {', '.join(self._actions)}"
            raise ValueError(msg)
        name = str(fields.pop("do"))
        action, known = self._actions[name]
        unknown = fields.keys() - known - {"provider", "account"}
        if unknown and name != "fault":
            msg = f"{name} has no option {min(unknown)!r}; its options: {', '.join(sorted(known)) or 'none'}"
            raise ValueError(msg)
        return action(_Command(fields))

    def _call(self, command: _Command) -> dict[str, Any]:
        office = self._office(command)
        world = self._world
        direction = command.choice("type", _DIRECTIONS, Direction.INCOMING)
        outcome = command.choice("status", _OUTCOMES, Outcome.ANSWERED)
        number, extension = command.text("number"), command.text("exten")
        peer: int | None = None
        if number is not None:
            peer = office.extension(number) if direction == Direction.LOCAL else world.party(_outside(number))
            if peer is None:
                msg = "number must be an extension for a local call"
                raise ValueError(msg)
        extension_position = None if extension is None else office.extension(extension)
        if extension is not None and extension_position is None:
            msg = "unknown extension; exten must be one of the office's extensions"
            raise ValueError(msg)
        trunk = self._trunk(command, office) if command.given("trunk") else None
        wait, talk = (command.integer(name, 0, most=_DAY) if command.given(name) else None for name in ("wait", "talk"))
        age = command.integer("age", 0)
        recorded, push = command.flag("recorded", default=False), command.flag("push", default=True)
        note = command.text("note")
        if command.flag("begins", default=False):
            if command.fields.keys() & {"age", "note", "count", "push"}:
                msg = "a call that begins takes no age, note, count or push"
                raise ValueError(msg)
            call = world.begin(
                office,
                direction=direction,
                outcome=outcome,
                wait=wait,
                talk=talk,
                peer=peer,
                extension=extension_position,
                trunk=trunk,
                recorded=recorded,
            )
            world.settle()
            self._scheduler.wake()
            return {"number": None if direction == Direction.LOCAL else world.parties[call.row.peer].number}
        ids = []
        for _ in range(command.integer("count", 1, least=1, most=_MOST_CALLS)):
            position = world.record(
                office,
                direction=direction,
                outcome=outcome,
                wait=wait,
                talk=talk,
                peer=peer,
                extension=extension_position,
                trunk=trunk,
                age=age,
                recorded=recorded,
                note=note,
                announce=push,
            )
            ids.append(str(office.calls.call_id[position]))
        return {"call_ids": ids}

    def _placed(self, command: _Command) -> dict[str, Any]:
        current = self._world.placed
        self._world.placed = PlacedCalls(
            delay=command.integer("delay", current.delay, most=_DAY),
            wait=command.integer("wait", current.wait, most=_DAY),
            talk=command.integer("talk", current.talk, most=_DAY),
            outcome=command.choice("status", _OUTCOMES, current.outcome),
        )
        return {}

    def _fault(self, command: _Command) -> dict[str, Any]:
        options = dict(command.fields)
        kind = options.pop("kind", None)
        if not isinstance(kind, str):
            msg = "fault needs a kind"
            raise ValueError(msg)  # noqa: TRY004 -- every invalid command raises the same type
        if "provider" in options:
            self._wire(command)
        self._faults.add(kind, **options)
        return {"faults": len(self._faults)}

    def _clear(self, command: _Command) -> dict[str, Any]:
        return {"cleared": self._faults.clear(command.text("kind"), command.text("provider"))}

    def _clock(self, command: _Command) -> dict[str, Any]:
        clock = self._world.clock
        instant = _instant(command.fields["set"]) if command.given("set") else None
        seconds = command.number("move") if command.given("move") else None
        freeze = command.flag("freeze", default=clock.frozen)
        if not 0 <= (clock.now() if instant is None else instant) + (seconds or 0) <= _LAST_INSTANT:
            msg = "the clock must stay between the years 1970 and 2100"
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

    def _push_to(self, command: _Command) -> dict[str, Any]:
        wire, account = self._account(command)
        target = None
        if command.fields.get("url") is not None:
            options = {
                name: command.choice(name, {choice: choice for choice in choices}, None)
                for name, choices in wire.push_options.items()
                if command.given(name)
            }
            target = Target(
                url=loopback_url(command.fields["url"]),
                delay=command.number("delay", 0.0, least=0, most=_DAY),
                copies=command.integer("copies", 1, least=1, most=100),
                drop_every=command.integer("drop_every", 0),
                options=options,
            )
        self._pusher.target(wire.name, account, target)
        return {}

    def _event(self, command: _Command) -> dict[str, Any]:
        wire, account = self._account(command)
        kind, fields = command.text("kind"), command.fields.get("fields", {})
        if kind is None or not isinstance(fields, dict):
            msg = "event needs a kind; fields must be an object"
            raise ValueError(msg)
        return {"sent": self._pusher.event(wire.name, account, kind, fields)}

    def _dialplan(self, command: _Command) -> dict[str, Any]:
        """Send a call through the dialplan; `state` has what happened to it."""
        wire, account = self._account(command)
        self._pusher.dialplan(wire.name, account, command.fields)
        return {}

    def _top_up(self, command: _Command) -> dict[str, Any]:
        office = self._office(command)
        trunk = self._trunk(command, office) if command.given("trunk") else 0
        amount = command.fields.get("amount")
        if isinstance(amount, bool) or not isinstance(amount, int) or abs(amount) > _MOST_RIAL:
            msg = f"amount must be an integer number of rial, at most {_MOST_RIAL}"
            raise ValueError(msg)
        self._world.top_up(office, trunk, amount)
        return {"trunk": office.trunks[trunk].number, "credit": office.trunks[trunk].credit}

    def _correct(self, command: _Command) -> dict[str, Any]:
        office, position = self._office_and_call(command)
        parts = {name: command.integer(name, 0) for name in _PRICE_PARTS if command.given(name)}
        if not parts:
            msg = f"correct needs at least one of {', '.join(_PRICE_PARTS)}"
            raise ValueError(msg)
        self._world.correct(office, position, **parts)
        return {"price": office.calls[position].price}

    def _name(self, command: _Command) -> dict[str, Any]:
        """Change the name of a caller or an extension, to whatever text somebody might choose."""
        office = self._office(command)
        number, extension, name = command.text("number"), command.text("exten"), command.text("name")
        if name is None or (number is None) == (extension is None):
            msg = "name needs a name, and either number or exten"
            raise ValueError(msg)
        if number is not None:
            self._world.name_party(_outside(number), name)
            return {}
        at = office.extension(str(extension))
        if at is None:
            msg = "unknown extension; exten must be one of the office's extensions"
            raise ValueError(msg)
        office.name_extension(at, name)
        return {}

    def _hide(self, command: _Command) -> dict[str, Any]:
        office, position = self._office_and_call(command)
        office.calls.hide(position)
        return {}

    def _rotate_token(self, command: _Command) -> dict[str, Any]:
        wire, account = self._account(command)
        return {"credentials": wire.rotate(account)}

    def _set(self, command: _Command) -> dict[str, Any]:
        setting = command.text("setting")
        if setting is None or not command.given("value"):
            msg = "set needs a setting and a value"
            raise ValueError(msg)
        self._wire(command).change(setting, command.fields["value"])
        return {}

    def _live(self, command: _Command) -> dict[str, Any]:
        self._scheduler.live = command.number("per_minute", 0.0, least=0, most=MOST_LIVE)
        return {}

    def _state(self, _: _Command) -> dict[str, Any]:
        world = self._world
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
                    for at, account in enumerate(wire.accounts(""))
                ]
                for name, wire in self._wires.items()
            },
            "requests": self._request_counts(),
            "faults": [{"kind": fault.kind, "path": fault.path, "hits": fault.hits} for fault in self._faults],
            "pushed": len(self._pusher.deliveries),
            "dialplans": list(self._pusher.dialplans),
        }

    def _wire(self, command: _Command) -> Wire:
        wires = self._wires
        return command.choice("provider", wires, next(iter(wires.values())))

    def _account(self, command: _Command) -> tuple[Wire, int]:
        wire = self._wire(command)
        return wire, command.integer("account", 0, most=len(wire.accounts("")) - 1)

    def _office(self, command: _Command) -> Office:
        wire, account = self._account(command)
        offices = wire.offices_of(account)
        ids = wire.accounts("")[account].service_ids
        return command.choice("service_id", dict(zip(ids, offices, strict=True)), offices[0])

    def _office_and_call(self, command: _Command) -> tuple[Office, int]:
        office = self._office(command)
        call_id = command.fields.get("call_id")
        text = str(call_id)
        position = office.calls.position(int(text)) if text.isascii() and text.isdigit() else None
        if position is None:
            msg = "this account has no call with that call_id"
            raise ValueError(msg)
        return office, position

    def _trunk(self, command: _Command, office: Office) -> int:
        trunk = office.trunk(str(command.fields["trunk"]))
        if trunk is None:
            msg = "unknown trunk; choose one of the office's trunks"
            raise ValueError(msg)
        return trunk


class _Command:
    """The fields of a command, read one by one."""

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
            raise ValueError(msg)  # noqa: TRY004 -- every invalid command raises the same type
        return value

    def number(self, name: str, default: float = 0.0, *, least: int = -_LARGEST, most: int = _LARGEST) -> float:
        value = self.fields.get(name, default)
        if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
            msg = f"{name} must be a number from {least} to {most}"
            raise ValueError(msg)
        return float(value)

    def integer(self, name: str, default: int, *, least: int = 0, most: int = 2_000_000_000) -> int:
        value = self.fields.get(name, default)
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            msg = f"{name} must be an integer from {least} to {most}"
            raise ValueError(msg)
        return value

    def choice[T, D](self, name: str, choices: Mapping[str, T], default: D) -> T | D:
        value = self.fields.get(name)
        if value is None:
            return default
        if not isinstance(value, str) or value not in choices:
            msg = f"{name} must be one of {', '.join(choices)}"
            raise ValueError(msg)
        return choices[value]


def _outside(number: str) -> str:
    """Return the number of somebody outside."""
    digits = number.removeprefix("+")
    if not (digits.isascii() and digits.isdigit()):
        msg = "number must be digits"
        raise ValueError(msg)
    return number


def _no_constant(name: str) -> None:
    """Reject `NaN` and `Infinity`, which Python reads although JSON doesn't have them."""
    raise ValueError(name)


def _instant(value: Any) -> float:
    """Read the time for the clock: seconds since the epoch, or ISO 8601 text with an offset."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        # What no clock shows may be too large for a float.
        return float(min(max(value, -1), _LAST_INSTANT + 1))
    try:
        instant = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        instant = None
    if instant is None or instant.tzinfo is None:
        msg = "set must be seconds since the epoch, or ISO 8601 text with an offset"
        raise ValueError(msg)
    return instant.timestamp()
