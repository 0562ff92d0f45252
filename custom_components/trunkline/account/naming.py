"""Names that tell lines, plans and accounts apart without showing more of a number than that takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from trunkline.model import Plan

SHORTEST: Final = 4
"""How many digits of a number are shown at least."""


def ending(number: str, others: Iterable[str] = ()) -> str:
    """Return the last digits of a number, as many as tell it from the others; a name without digits stays whole.

    Numbers that end in each other are shown whole.
    """
    if not number.removeprefix("+").isdecimal():
        return number
    different = {other for other in others if other != number}
    lengths = range(SHORTEST, len(number))
    return next(
        (number[-length:] for length in lengths if not any(other.endswith(number[-length:]) for other in different)),
        number,
    )


def plan_name(plan: Plan, plans: Iterable[Plan]) -> str:
    """Return the name of a plan, with its number or id if the account has several of that name."""
    name = plan.name or plan.plan_id
    same = [other for other in plans if other.name == plan.name]
    if len(same) < 2:  # noqa: PLR2004
        return name
    numbers = [other.number for other in same if other.number]
    if plan.number and len(set(numbers)) == len(same):
        return f"{name} {ending(plan.number, numbers)}"
    return f"{name} {plan.plan_id}"


def unused_title(title: str, details: Sequence[str], taken: Iterable[tuple[str, Sequence[str]]]) -> str:
    """Return the title for a new account that no other one has.

    `details` are what may distinguish it from other accounts of its provider, the most telling first; `taken` are the
    titles of other accounts, each with the same details of that account. A title that is taken gets the first detail
    that differs, or else a number.
    """
    others = list(taken)
    titles = {other for other, _ in others}
    if title not in titles:
        return title
    for place, detail in enumerate(details):
        if not detail or detail in title:
            continue
        differs = all(other[place] != detail for name, other in others if name == title)
        if differs and (longer := f"{title} ({detail})") not in titles:
            return longer
    return next(numbered for number in range(2, len(titles) + 3) if (numbered := f"{title} {number}") not in titles)
