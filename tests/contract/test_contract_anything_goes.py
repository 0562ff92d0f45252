"""Whatever a reply contains, every method of every account returns something that can be kept, or raises our own error.

Each interface's own replies are read from the sandbox once. Then its methods are called with replies that were changed
at a few places, by a seeded generator, so that each run tries the same. Calls are stored in an archive and read as a
table, since odd values may only fail there.
"""

from __future__ import annotations

import inspect
import json
import random
import re
import traceback
import types
from collections import Counter
from dataclasses import is_dataclass
from datetime import UTC, datetime, timedelta

import pytest

from tests.contract.cases import CASES
from trunkline import open_account
from trunkline.archive import Archive
from trunkline.errors import ConnectionFailedError, TrunklineError, UnsupportedError
from trunkline.model import Call
from trunkline.sandbox import Sandbox
from trunkline.transport import Limits, Reply

CASES_EACH = 1200
MOST_REQUESTS = 12
QUICK = Limits(total=20.0, attempts=2, backoff=0.01, patience=5.0)
NOW = datetime(2026, 1, 15, 12, tzinfo=UTC)
# By the name of a parameter, or else by the beginning of its annotation.
ARGUMENTS = {
    "source": "101",
    "destination": "02155500123",
    "number": "02155500123",
    "base_url": "http://127.0.0.1/",
    "language": "en",
    "form": "pdf",
    "moment": NOW,
    "since": NOW - timedelta(days=3),
    "until": NOW + timedelta(hours=1),
    "code": "1234",
    "path": "pbx/users/search",
    "after": "",
}
BY_TYPE = (
    ("str", "5"),
    ("int", 5),
    ("bool", True),
    ("datetime", NOW),
    ("date", NOW.date()),
    ("Mapping", {}),
    ("bytes", b"RIFF"),
    ("Sequence", ["5"]),
    ("tuple", ("5",)),
)
ODD = (
    None, True, False, 0, -1, 1, 10**18, -(10**18), 2**63, 2**64 - 1, 1e308, -1e308, 1.5, 1e-300, [], {}, [[]], [None],
    {"": None}, [[[[[]]]]], "", " ", "\x00", "0", "-0", "-1", "1.5", "1,5", "9" * 18, "9" * 19, "9" * 400, "0." + "1" * 17,
    "1e999999999", "NaN", "Infinity", "-inf", "۱۲۳", "١٢", "½", "x" * 300, "x" * 20_000, "\ud7ff\U0010ffff", "\u202e",
    "0000-00-00 00:00:00", "0001-01-01 00:00:00", "9999-12-31 23:59:59", "1399-12-31 00:00:00", "2026-02-30 10:00:00",
    "2026-01-01T10:00:00+99:99", "2026-01-01 24:00:00", "-2026-01-01", "99999999999999", "253402300800", "-62135596801",
    "24:00:00", "99:99:99", "1:2:3:4", "http://[::1", "http://host:99999/x", "https://u:p@voip24h.vn/x", "//", "http://",
    "https://a..voip24h.vn/x", "https://xn--.voip24h.vn/", "https://\u2028.voip24h.vn/", "https://voip24h.vn:0/a b?c=%",
    "http://127.0.0.1/\r\nx", "javascript:1", "../../etc", "a/b\\c", "<b>", "&amp;&#0;&#x110000;", "]]>", "=1+1", "%s%n{0}",
)  # fmt: skip
HEADERS = ("Content-Type", "Location", "Retry-After", "X-Billing-Charged", "Set-Cookie", "Content-Disposition")
STATUSES = (
    200,
    200,
    200,
    200,
    200,
    201,
    204,
    206,
    302,
    400,
    401,
    402,
    403,
    404,
    408,
    409,
    418,
    429,
    500,
    501,
    503,
    599,
)
_TEXT = re.compile(rb">([^<]*)<")


class Odd:
    """Stands in for an account's transport: replies that were recorded, changed by a seeded generator."""

    def __init__(self, replies, transport):
        self.replies = replies
        self.known = [reply for found in replies.values() for reply in found]
        self.transport = transport
        self.generator = random.Random(0)
        self.requests = self.rate_limited = 0

    def start(self, seed):
        self.generator = random.Random(seed)
        self.requests = 0

    async def read(self, method, path, **_):
        self.requests += 1
        if self.requests > MOST_REQUESTS:
            raise ConnectionFailedError("enough")
        generator = self.generator
        fitting = self.replies.get((method, str(path)), ())
        reply = generator.choice(fitting if fitting and generator.random() < 0.9 else self.known)
        status = reply.status if generator.random() < 0.8 else generator.choice(STATUSES)
        headers, cookies = dict(reply.headers), dict(reply.cookies)
        if generator.random() < 0.2:
            headers[generator.choice(HEADERS)] = str(generator.choice(ODD))
        body = reply.body
        for _ in range(generator.choice((0, 1, 1, 2, 3))):
            body = changed(body, generator)
        return Reply(status, headers, body, reply.label, cookies)

    send_once = read

    async def local_address(self):
        return self.generator.choice((None, "192.0.2.1"))

    async def close(self):
        await self.transport.close()


def changed(body, generator):
    """Return a body with one change: of a value, where it is JSON or XML, or of its bytes."""
    kind = generator.random()
    if kind < 0.75 and body[:1] in (b"{", b"["):
        try:
            document = json.loads(body)
        except ValueError:
            return body
        return json.dumps(with_odd_value(document, generator), ensure_ascii=generator.random() < 0.5).encode(
            errors="replace"
        )
    if kind < 0.75 and b"<" in body and (texts := list(_TEXT.finditer(body))):
        found = generator.choice(texts)
        odd = str(generator.choice(ODD)).encode(errors="replace")
        return body[: found.start(1)] + odd + body[found.end(1) :]
    start = generator.randrange(len(body) + 1)
    end = min(len(body), start + generator.choice((0, 1, 1, 5, 50, 5000)))
    new = generator.choice((b"", b"\0", b"\xff", b"<", b">", b"&", b'"', b"{", b"]", b"9" * 30, body[start:end] * 2))
    return body[:start] + new + body[end:]


def with_odd_value(document, generator):
    """Return a JSON document with one of its values changed, renamed, repeated or left out."""
    containers = [document]
    for container in containers:
        inside = container.values() if isinstance(container, dict) else container
        containers += [value for value in inside if isinstance(value, dict | list) and value]
    chosen = generator.choice(containers)
    if not chosen:
        return generator.choice(ODD)
    key = generator.choice(list(chosen) if isinstance(chosen, dict) else range(len(chosen)))
    match generator.randrange(8):
        case 0:
            del chosen[key]
        case 1 if isinstance(chosen, list):
            chosen.append(chosen[key])
        case 1:
            chosen[key.upper()] = chosen.pop(key)
        case 2:
            chosen[key] = [chosen[key]]
        case 3:
            chosen[key] = str(chosen[key])
        case _:
            chosen[key] = generator.choice(ODD)
    return document


def methods(account):
    """Return the methods that ask the provider for something, with the parameters that must be given."""
    found = {}
    for name in dir(account):
        method = getattr(account, name)
        if name.startswith(("_", "cursor_", "parse_")) or not isinstance(method, types.MethodType):
            continue
        if name in {"close", "use_identity", "supports"}:
            continue
        parameters = inspect.signature(method).parameters.values()
        found[name] = [
            parameter
            for parameter in parameters
            if parameter.kind not in {parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL}
            and (parameter.default is parameter.empty or parameter.name in {"since", "until"})
        ]
    if account.ordered:
        found["cursor_pages"] = list(inspect.signature(account.cursor_pages).parameters.values())
    return found


def arguments(parameters, values):
    """Return positional and other arguments: what the account gave before, or something that fits the type."""
    positional, named = [], {}
    for parameter in parameters:
        annotation = str(parameter.annotation)
        fitting = (value for beginning, value in BY_TYPE if annotation.startswith(beginning))
        value = ARGUMENTS.get(parameter.name, values.get(annotation, values.get(parameter.name, next(fitting, None))))
        if parameter.kind is parameter.POSITIONAL_ONLY:
            positional.append(value)
        else:
            named[parameter.name] = value
    return positional, named


async def asked_of(account):
    """Return what can be asked of an account, with its arguments; each was asked once."""
    asked, values = {}, {"stream": (await account.streams())[-1]}
    # What some methods take, others give.
    for name, parameters in [*methods(account).items()] * 3:
        given = arguments(parameters, values)
        if name in asked or None in (*given[0], *given[1].values()):
            continue
        try:
            found = await result(account, name, *given)
        except UnsupportedError:
            continue
        except TrunklineError:
            found = []
        asked[name] = given
        for entry in parts_of(found):
            values.setdefault(type(entry).__name__, entry)
    return asked


async def result(account, name, positional, arguments):
    """Return all that a method gives, with the calls in it."""
    outcome = getattr(account, name)(*positional, **arguments)
    if inspect.isawaitable(outcome):
        outcome = await outcome
    if not hasattr(outcome, "__aiter__"):
        return [outcome]
    return [entry async for entry in outcome]


def parts_of(outcome):
    """Yield the values of a result, wherever they are in it."""
    if isinstance(outcome, list | tuple):
        for part in outcome:
            yield from parts_of(part)
    elif is_dataclass(outcome):
        yield outcome
        yield from parts_of([getattr(outcome, name, None) for name in ("calls", "rows", "call")])


def recording(transport, replies):
    """Keep every reply of a transport."""

    def keeping(send):
        async def kept(method, path, **options):
            reply = await send(method, path, **options)
            replies.setdefault((method, str(path)), []).append(reply)
            return reply

        return kept

    transport.read, transport.send_once = keeping(transport.read), keeping(transport.send_once)


@pytest.mark.parametrize("wire", CASES)
async def test_odd_replies_are_values_or_our_own_errors(socket_enabled, wire, tmp_path):
    replies, outcomes, escaped = {}, Counter(), []
    async with Sandbox(seed=7, calls=60, days=3, now=NOW) as sandbox:
        described = sandbox.accounts[wire][0]
        account = open_account(
            described.provider,
            dialect=described.dialect or None,
            base_url=described.base_url,
            limits=QUICK,
            **described.credentials,
        )
        async with account:
            recording(account._transport, replies)
            asked = await asked_of(account)
    assert len(asked) > 3
    with Archive.open(f"sqlite:///{tmp_path}/calls.db") as archive:
        account = open_account(
            described.provider,
            dialect=described.dialect or None,
            base_url=described.base_url,
            **described.credentials,
        )
        odd = account._transport = Odd(replies, account._transport)
        for part in vars(account).values():
            swap(part, odd, set())
        names = sorted(asked)
        for number in range(CASES_EACH):
            name = names[number % len(names)]
            odd.start(f"{wire} {number}")
            try:
                found = list(parts_of(await result(account, name, *asked[name])))
                outcomes["read"] += 1
                repr(found)
                store(archive, [part for part in found if isinstance(part, Call)])
            except TrunklineError as error:
                assert str(error)
                outcomes[type(error).__name__] += 1
            except Exception as error:  # noqa: BLE001  (this is what is looked for)
                where = traceback.extract_tb(error.__traceback__)[-1]
                escaped.append(f"{number} {name}: {error!r:.200} ({where.filename}:{where.lineno})")
        assert len(archive.frame()) > 20
        await account.close()
    assert not escaped, "\n".join(escaped[:20])
    # Replies were read, and refused for what is in them.
    assert outcomes["read"] > CASES_EACH // 20
    assert outcomes["DataError"] > CASES_EACH // 20


def swap(part, odd, seen):
    """Let an object of the account, and those in it, use another transport."""
    if id(part) in seen or not type(part).__module__.startswith("trunkline.providers"):
        return
    seen.add(id(part))
    for name, value in getattr(part, "__dict__", {}).items():
        if name == "_transport":
            part._transport = odd
        else:
            swap(value, odd, seen)


def store(archive, calls):
    for account in {call.account for call in calls}:
        archive.register(account, provider=account.partition(":")[0], title="Office", zone="UTC", currency="USD")
    archive.store(calls)
