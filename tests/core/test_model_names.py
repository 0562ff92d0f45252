"""Every type of the model is there under the one name, however late it is loaded."""

from __future__ import annotations

import pytest

from trunkline import model


@pytest.mark.parametrize("name", model.__all__)
def test_every_name_is_there(name: str) -> None:
    assert getattr(model, name).__name__ == name


def test_another_name_is_not() -> None:
    with pytest.raises(AttributeError, match="Telegraph"):
        _ = model.Telegraph
