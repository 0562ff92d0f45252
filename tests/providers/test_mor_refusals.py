"""MOR's error texts as exceptions, and where the API's replies have them."""

from __future__ import annotations

import pytest
from at_once import at_once

from trunkline.errors import (
    AuthenticationError,
    DataError,
    NotFoundError,
    PermissionDeniedError,
    ProviderError,
    RateLimitedError,
    RequestError,
)
from trunkline.providers.mor.api.replies import error_of, raise_error, read_root
from trunkline.providers.mor.refusals import refusal
from trunkline.providers.mor.xml_reader import read_xml
from trunkline.transport import Reply


def xml(text):
    return read_xml(text.encode(), label="MOR")


def reply(text):
    return Reply(200, {"Content-Type": "text/html"}, text.encode(), "MOR")


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("Incorrect hash", AuthenticationError),
        ("API must have Secret Key", AuthenticationError),
        ("Bad login", AuthenticationError),
        ("Login failed", AuthenticationError),
        ("Not authenticated", AuthenticationError),
        ("API Requests are disabled", PermissionDeniedError),
        ("GET Requests are disabled", PermissionDeniedError),
        ("Feature disabled", PermissionDeniedError),
        ("Feature Disabled", PermissionDeniedError),
        ("Access Denied", PermissionDeniedError),
        ("You are not authorized to view this page", PermissionDeniedError),
        ("You are not authorised to use this functionality", PermissionDeniedError),
        ("Dont be so smart", PermissionDeniedError),
        ("User was not found", NotFoundError),
        ("User not found", NotFoundError),
        ("Device not found", NotFoundError),
        ("Phonebook was not found", NotFoundError),
        ("PIN was not found", NotFoundError),
        ("Cannot connect to asterisk server", ProviderError),
        ("Server was not found", ProviderError),
        ("No tariff", ProviderError),
        ("Bad tariff", RequestError),
        ("Bad device", RequestError),
        ("No source", RequestError),
        ("Speed dial must be unique", RequestError),
    ],
)
def test_every_error_text_is_its_exception(text, error):
    found = refusal(text, "MOR")
    assert type(found) is error
    assert str(found).startswith("MOR")


def test_an_error_may_have_a_waiting_time_and_details():
    waiting = refusal("Please wait 10 seconds before trying to login again", "MOR")
    assert isinstance(waiting, RateLimitedError)
    assert waiting.retry_after == 10
    assert "Name must be provided" in str(refusal("Phonebook was not saved", "MOR", "Name must be provided"))
    assert "37060000001" not in str(refusal("Number 37060000001 is bad", "MOR"))


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("<status><error>Incorrect hash</error></status>", ("Incorrect hash", "")),
        ("<page><status><error>Incorrect hash</error></status></page>", ("Incorrect hash", "")),
        ("<error>User was not found</error>", ("User was not found", "")),
        ("<page><error>No Phonebooks</error></page>", ("No Phonebooks", "")),
        (
            "<page><error>Phonebook was not saved</error><message>Why</message></page>",
            ("Phonebook was not saved", "Why"),
        ),
        ("<Status>Bad device</Status>", ("Bad device", "")),
        ("<Status/>", ("", "")),
        ("<action><name>login</name><status>failed</status><status_message>No</status_message></action>", ("No", "")),
        ("<action><name>logout</name><status>failed</status></action>", ("logout failed", "")),
        ("<page><pagename>Calls</pagename><error_msg>Something</error_msg></page>", ("Something", "")),
        ("<Status>Ok</Status>", None),
        ("<action><status>ok</status></action>", None),
        ("<page><status>Phonebook saved</status></page>", None),
        ("<status><success>Gone</success></status>", None),
    ],
)
def test_errors_are_found_in_every_shape_of_reply(body, said):
    assert error_of(xml(body)) == said


def test_the_empty_page_of_an_unknown_user_and_the_login_form():
    body = "<page><pagename>{}</pagename><language>en</language><error_msg/><aval_languages/></page>"
    with pytest.raises(AuthenticationError, match="doesn't know the user"):
        raise_error(xml(body.format("Call State")), "MOR")
    raise_error(xml(body.format("Login page")), "MOR")


@pytest.mark.parametrize("body", ["", "OK", "<html><body>Hello</body></html>", "<page>", "<!DOCTYPE page><page/>"])
def test_a_body_that_is_not_a_page_is_a_data_error(body):
    with pytest.raises(DataError):
        at_once(read_root(reply(body)))
