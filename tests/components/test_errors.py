"""How errors of the toolkit are reported in Home Assistant."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from homeassistant.exceptions import ConfigEntryAuthFailed, HomeAssistantError, ServiceValidationError

from custom_components.trunkline import errors as failures
from trunkline import errors

from .languages import LANGUAGES

TRANSLATIONS = Path(failures.__file__).parent / "translations"
KINDS = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, errors.TrunklineError)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_message_is_translated(language):
    texts = json.loads((TRANSLATIONS / f"{language}.json").read_text())
    for row in failures.ERRORS:
        assert {row.poll, row.action, row.change or row.action} <= set(texts["exceptions"]), row.error
        assert row.form in texts["config"]["error"], row.error


def test_no_row_is_hidden_by_a_wider_one_before_it():
    kinds = [row.error for row in failures.ERRORS]
    for position, kind in enumerate(kinds):
        assert not any(issubclass(kind, earlier) for earlier in kinds[:position]), kind
    assert kinds[-1] is errors.TrunklineError


@pytest.mark.parametrize("kind", KINDS)
def test_only_refused_credentials_start_a_reauthentication(kind):
    failure = failures.update_failure(kind("why"), "Office")
    assert failure.translation_placeholders == {"account": "Office", "error": "why"}
    assert isinstance(failure, ConfigEntryAuthFailed) is (kind is errors.AuthenticationError)


@pytest.mark.parametrize("kind", KINDS)
def test_an_action_raises_a_translated_error(kind):
    with pytest.raises(HomeAssistantError) as caught, failures.action_errors("Office"):
        raise kind("why")
    assert caught.value.translation_placeholders["account"] == "Office"
    assert isinstance(caught.value, ServiceValidationError) is (kind is errors.UnsupportedError)


def test_an_unknown_outcome_of_a_call_is_reported_differently_from_that_of_a_change():
    with pytest.raises(HomeAssistantError) as call, failures.action_errors("Office"):
        raise errors.OutcomeUnknownError("no reply")
    with pytest.raises(HomeAssistantError) as change, failures.change_errors("Office"):
        raise errors.OutcomeUnknownError("no reply")
    assert (call.value.translation_key, change.value.translation_key) == (
        "call_outcome_unknown",
        "change_outcome_unknown",
    )


def test_an_error_of_home_assistant_itself_passes_through():
    with pytest.raises(ValueError, match="not ours"), failures.action_errors("Office"):
        raise ValueError("not ours")
