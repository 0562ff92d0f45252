"""The past of the simulated company: weeks of calls in the rhythm of an Iranian office.

Saturday to Wednesday are full days, Thursday half of one, Friday nearly none; work goes from 8 to 17 with a
dip at lunch. Missed callers try again and are called back. Credit falls with each call and is topped up.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from datetime import timedelta
from itertools import accumulate
from math import exp
from random import Random
from statistics import NormalDist
from typing import TYPE_CHECKING

from . import names
from .calls import CallRow, Direction, Outcome
from .clock import local_midnight
from .company import (
    CREDIT_LIFE,
    Contact,
    Party,
    World,
    file_id,
    price_parts,
)
from .office import Extension, Office, Trunk

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

_HOURS = (
    0,
    0,
    0,
    0,
    0,
    0,
    0.05,
    0.2,
    0.9,
    1.2,
    1.25,
    1.1,
    0.7,
    0.6,
    1,
    1.1,
    0.8,
    0.25,
    0.12,
    0.08,
    0.05,
    0.03,
    0.01,
    0,
)
_OPEN_FROM, _OPEN_UNTIL, _HALF_DAY_UNTIL = 8, 17, 13
_THURSDAY, _FRIDAY = 3, 4
_FRIDAY_SHARE = 0.03

_DIRECTIONS, _DIRECTION_SHARES = (Direction.INCOMING, Direction.OUTGOING, Direction.LOCAL), (55, 90, 100)
_OUTCOMES = (Outcome.ANSWERED, Outcome.NO_ANSWER, Outcome.BUSY, Outcome.CONGESTION)
# Cumulative shares in the order above, by direction; the last row is an incoming call while the office is closed.
_SHARES = ((0.78, 0.92, 0.98, 1), (0.66, 0.86, 0.97, 1), (0.84, 0.94, 1, 1), (0.08, 0.97, 0.98, 1))
_CLOSED = 3
_REPEATS_WITHIN, _REPEAT_SHARE = 900, 0.3
_CALLED_BACK_WITHIN, _CALL_BACK_SHARE = 4 * 3600, 0.45
_RECORDED_SHARE, _NOTE_SHARE = 0.6, 0.01
_PACKAGE_FOR = 0
_FIRST_OFFICE_SHARE = 0.7
_MEAN_PRICE, _PAYMENT_DAYS = 900, 10
_CALLS_AN_EXTENSION_AND_DAY = 60
_LEAST_TIME_TO_CALL = 5


def _quantiles(median: float, spread: float, least: int, most: int, size: int = 997) -> tuple[int, ...]:
    """Spread a lognormal distribution over a table, so that a random value is one look-up."""
    normal = NormalDist()
    return tuple(
        min(most, max(least, round(median * exp(spread * normal.inv_cdf((at + 0.5) / size))))) for at in range(size)
    )


_TALKS = _quantiles(80, 1.0, 2, 3600)
_ANSWER_WAITS = _quantiles(9, 0.6, 1, 90)
_GIVE_UP_WAITS = _quantiles(22, 0.6, 2, 120)


def build_world(*, seed: int, calls: int, days: int, now: datetime | None) -> World:
    """Create the company, with `calls` calls in the `days` days that end now."""
    if calls < 0 or days < 1:
        msg = "calls must not be negative, and days at least 1"
        raise ValueError(msg)
    draw = Random(seed)  # noqa: S311 -- a simulation is to be repeatable, not secret
    world = World(draw=draw, now=now, parties=list(_parties(draw, calls)))
    first = round(calls * _FIRST_OFFICE_SHARE)
    end = int(world.clock.now())
    begin = end - days * 86400
    world.offices = (
        _office(0, names.FIRST_ROLES, ("2100000010", "2100000011"), begin, first / days),
        _office(1, names.SECOND_ROLES, ("5100000010",), begin, (calls - first) / days),
    )
    for office, share in zip(world.offices, (first, calls - first), strict=True):
        office.calls.extend_in_order(_calls(world, office, share, begin, end))
        _add_notes(world, office)
    return world


def _office(position: int, roles: tuple[str, ...], lines: tuple[str, ...], begin: int, calls_a_day: float) -> Office:
    first = 1510 + 1000 * position
    wanted = min(300, int(calls_a_day) // _CALLS_AN_EXTENSION_AND_DAY)
    people = [*roles, *(f"{names.FIRST_ROLES[0][:-1]}{at}" for at in range(2, 2 + wanted - len(roles)))]
    extensions = [Extension(str(first + at), name) for at, name in enumerate(people)]
    # One extension is forwarded to a mobile: the sample's incoming call has a mobile number as its destination.
    extensions[2] = Extension(extensions[2].number, extensions[2].name, f"912000090{position}")
    payment = max(100_000, -int(-calls_a_day * _PAYMENT_DAYS * _MEAN_PRICE / len(lines) // 100_000) * 100_000)
    trunks = [Trunk(line, payment, [], begin + CREDIT_LIFE) for line in lines]
    trunks[0].package = position == _PACKAGE_FOR
    return Office(position, names.OFFICE_NAMES[position], trunks, extensions)


def _parties(draw: Random, calls: int) -> Iterator[Party]:
    """Create the outside parties: known companies first, then strangers."""
    known = [f"{kind} {word}" for word in names.COMPANY_WORDS for kind in names.COMPANY_KINDS]
    draw.shuffle(known)
    size = min(8000, 120 + calls // 20)
    mobiles = draw.sample(range(900), min(size, 700)) if size <= 700 else draw.sample(range(1000, 10000), size)  # noqa: PLR2004
    for at, suffix in enumerate(mobiles):
        city, area = names.CALLER_CITIES[min(draw.randrange(14), 9)] if draw.random() < 0.5 else names.CALLER_CITIES[0]  # noqa: PLR2004
        number = f"912000{suffix:04d}" if draw.random() < 0.6 else f"{area}0000{suffix:04d}"  # noqa: PLR2004
        if at < min(len(known), size // 2):
            yield Party(number, _contact(draw, at, city, known[at]))
        else:
            yield Party(number)


def _contact(draw: Random, at: int, city: str, company: str) -> Contact:
    contact_id = 24600 + at
    if at % 5 == 4:  # noqa: PLR2004
        # Like the sample's contact: nothing but a city.
        return Contact(contact_id, location=city)
    return Contact(
        contact_id,
        location=city,
        name=draw.choice(names.CONTACT_ROLES),
        company=company,
        email=f"contact{contact_id}@example.com" if draw.random() < 0.4 else None,  # noqa: PLR2004
        note=draw.choice(names.CONTACT_NOTES) if draw.random() < 0.1 else None,  # noqa: PLR2004
    )


def day_weights(weekday: int) -> tuple[float, ...]:
    """How much is called in each hour of a day; weekdays count from Monday = 0."""
    if weekday == _FRIDAY:
        return tuple(weight * _FRIDAY_SHARE for weight in _HOURS)
    if weekday == _THURSDAY:
        return tuple(weight if hour < _HALF_DAY_UNTIL else weight * 0.05 for hour, weight in enumerate(_HOURS))
    return _HOURS


def is_open(weekday: int, hour: int) -> bool:
    """Return whether the office is open in that hour."""
    if weekday == _FRIDAY:
        return False
    return _OPEN_FROM <= hour < (_HALF_DAY_UNTIL if weekday == _THURSDAY else _OPEN_UNTIL)


def _starts(draw: Random, calls: int, begin: int, end: int) -> list[tuple[int, bool]]:
    """Draw when the calls start, oldest first, and whether the office was open then."""
    slots: list[tuple[int, int, bool]] = []
    weights: list[float] = []
    last = end - _LEAST_TIME_TO_CALL
    midnight = local_midnight(begin)
    while midnight.timestamp() <= last:
        for hour, weight in enumerate(day_weights(midnight.weekday())):
            from_ = int(midnight.replace(hour=hour).timestamp())
            low, high = max(begin, from_), min(last + 1, from_ + 3600)
            if low < high:
                slots.append((low, high - low, is_open(midnight.weekday(), hour)))
                weights.append((weight + 0.0005) * (high - low))
        midnight += timedelta(days=1)
    chosen = draw.choices(slots, cum_weights=list(accumulate(weights)), k=calls)
    share = draw.random
    return sorted([(low + int(share() * size), busy) for low, size, busy in chosen])


def _calls(world: World, office: Office, calls: int, begin: int, end: int) -> Iterator[CallRow]:  # noqa: PLR0915 -- one loop, kept flat for its speed
    """Create the calls one after the other; every call ends before `end`."""
    draw = world.random
    share = draw.random
    parties = world.parties
    popularity = list(accumulate(1 / (at + 8) for at in range(len(parties))))
    peers = iter(draw.choices(range(len(parties)), cum_weights=popularity, k=calls))
    directions = iter(draw.choices(_DIRECTIONS, cum_weights=_DIRECTION_SHARES, k=calls))
    extensions = len(office.extensions)
    free_at = [begin] * extensions
    answer_waits = iter(draw.choices(_ANSWER_WAITS, k=calls))
    give_up_waits = iter(draw.choices(_GIVE_UP_WAITS, k=calls))
    talks = iter(draw.choices(_TALKS, k=calls))
    missed: deque[tuple[int, int]] = deque(maxlen=50)
    low_credit = [max(60_000, trunk.opening // 6) for trunk in office.trunks]
    credits_left = [trunk.credit for trunk in office.trunks]

    for start, opened in _starts(draw, calls, begin, end):
        direction, peer = next(directions), next(peers)
        wait_answered, wait_given_up, talk = next(answer_waits), next(give_up_waits), next(talks)
        if not opened:
            direction = Direction.INCOMING if direction == Direction.LOCAL else direction
        if direction != Direction.LOCAL and missed:
            within, likely = (
                (_REPEATS_WITHIN, _REPEAT_SHARE)
                if direction == Direction.INCOMING
                else (_CALLED_BACK_WITHIN, _CALL_BACK_SHARE)
            )
            while missed and start - missed[0][0] > _CALLED_BACK_WITHIN:
                missed.popleft()
            if missed and start - missed[-1][0] <= within and share() < likely:
                peer = missed[-1][1]
                if direction == Direction.OUTGOING:
                    missed.pop()

        extension = int(share() * extensions)
        tries = 0
        while free_at[extension] > start and tries < extensions:
            extension = extension + 1 if extension + 1 < extensions else 0
            tries += 1
        shares = _SHARES[_CLOSED if direction == Direction.INCOMING and not opened else direction]
        outcome = _OUTCOMES[bisect_right(shares, share())]
        if tries == extensions and direction == Direction.INCOMING:
            outcome = Outcome.BUSY

        wait = wait_answered if outcome == Outcome.ANSWERED else wait_given_up
        wait = min(wait, end - start - 2)
        talk = min(talk, end - start - wait - 1) if outcome == Outcome.ANSWERED else 0
        free_at[extension] = start + wait + talk

        if direction == Direction.LOCAL:
            trunk, recorded = -1, False
            peer = (extension + 1 + int(share() * (extensions - 1))) % extensions
            parts = (0, 0, 0, 0)
        else:
            trunk = int(share() * len(credits_left))
            recorded = talk > 0 and share() < _RECORDED_SHARE
            parts = price_parts(
                direction,
                mobile=parties[peer].mobile,
                package=office.trunks[trunk].package,
                wait=wait,
                talk=talk,
                recorded=recorded,
            )
            price = parts[0] + parts[1] + parts[2] - parts[3]
            line = office.trunks[trunk]
            line.charged += price
            credits_left[trunk] -= price
            if credits_left[trunk] < low_credit[trunk]:
                line.top_ups.append((start + wait + talk, line.opening))
                line.expires_at = start + wait + talk + CREDIT_LIFE
                credits_left[trunk] += line.opening
            if direction == Direction.INCOMING and outcome != Outcome.ANSWERED:
                missed.append((start, peer))
                if not opened or outcome == Outcome.CONGESTION:
                    # No extension rang: the record has the trunk as its destination.
                    extension = -1
        call_id = world.next_call_id
        world.next_call_id = call_id + 1
        file = file_id(call_id) if recorded else 0
        yield CallRow(call_id, direction, outcome, trunk, extension, peer, start, wait, talk, *parts, file)


def _add_notes(world: World, office: Office) -> None:
    noted = int(office.calls.recorded * _NOTE_SHARE)
    for position in world.random.sample(range(office.calls.recorded), noted):
        office.calls.notes[position] = world.random.choice(names.CALL_NOTES)
