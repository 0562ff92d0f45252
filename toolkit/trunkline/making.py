"""Making many frozen values quickly: values that recur are read once, and records are filled by plain stores.

A frozen dataclass stores each field through `object.__setattr__`, which for a call's 22 fields costs more than all the
reading of the record. A twin class with the same slots is filled by plain stores, and its instance then becomes one of
the frozen class: the same values in the same places, six times faster. Readers of provider pages use it; nobody else
needs to.
"""

from __future__ import annotations

from dataclasses import MISSING, fields
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from collections.abc import Callable

    from _typeshed import DataclassInstance


class Memo[K, V](dict[K, V]):
    """What `read` makes of each value that was met, so that a value that recurs costs one look-up.

    It forgets everything once `limit` values are held. Errors of `read` are raised and not remembered; a list or an
    object can't be looked up (`TypeError`).
    """

    __slots__ = ("_limit", "_read")

    def __init__(self, read: Callable[[K], V], limit: int = 16384) -> None:
        """Take the function whose results are kept."""
        super().__init__()
        self._read = read
        self._limit = limit

    def __missing__(self, key: K) -> V:
        """Read a value that wasn't met yet."""
        value = self._read(key)
        if len(self) >= self._limit:
            self.clear()
        self[key] = value
        return value


def maker[T: DataclassInstance](cls: type[T]) -> Callable[..., T]:
    """Return a function that makes instances of the frozen, slotted dataclass `cls` quickly.

    It takes every field in the order of the class, by position or by name; defaults hold. `__post_init__` isn't run
    (`TypeError` if there is one).
    """
    if hasattr(cls, "__post_init__"):
        msg = f"{cls.__name__} has a __post_init__, which would be left out"
        raise TypeError(msg)
    names = [one.name for one in fields(cls)]
    defaults: dict[str, Any] = {}
    for one in fields(cls):
        if one.default is not MISSING:
            defaults[one.name] = one.default
        elif one.default_factory is not MISSING:
            # Only immutable defaults can be shared, and frozen values have no others.
            defaults[one.name] = one.default_factory()
    twin = type(f"_{cls.__name__}Twin", (), {"__slots__": tuple(names)})
    parameters = ", ".join(f"{name}=_d_{name}" if name in defaults else name for name in names)
    body = "".join(f"    self.{name} = {name}\n" for name in names)
    source = f"def make({parameters}):\n    self = _twin()\n{body}    self.__class__ = _cls\n    return self\n"
    scope: dict[str, Any] = {f"_d_{name}": value for name, value in defaults.items()} | {"_twin": twin, "_cls": cls}
    exec(source, scope)  # noqa: S102  (the text is made of this class's own field names)
    return cast("Callable[..., T]", scope["make"])
