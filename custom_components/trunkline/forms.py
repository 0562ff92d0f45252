"""What the forms of each provider ask for: built from the registry, so that a new provider needs texts only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import voluptuous as vol
from homeassistant.data_entry_flow import section
from homeassistant.helpers.selector import (
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
    TextSelector,
    TextSelectorConfig,
    TextSelectorType,
)
from yarl import URL

from trunkline.errors import DataError, NotFoundError, RequestError, TrunklineError
from trunkline.model import Capability
from trunkline.providers import PROVIDERS

from .account.amounts import default_low_credit, display_units
from .const import (
    CONF_ADVANCED,
    CONF_BASE_URL,
    CONF_CALLS_PER_HOUR,
    CONF_DIALECT,
    CONF_DISPLAY_CURRENCY,
    CONF_EXPIRY_DAYS,
    CONF_LOW_CREDIT,
    CONF_POLL_INTERVAL,
    CONF_PROVIDER,
    CONF_PUSH_PASSWORD,
    CONF_PUSH_USERNAME,
    DEFAULT_CALLS_PER_HOUR,
    DEFAULT_EXPIRY_DAYS,
    DEFAULT_POLL_INTERVAL,
    MAX_POLL_INTERVAL,
    MIN_POLL_INTERVAL,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from trunkline.providers import CredentialField, ProviderInfo

SECRET = TextSelector(TextSelectorConfig(type=TextSelectorType.PASSWORD, autocomplete="off"))
PLAIN = TextSelector(TextSelectorConfig(type=TextSelectorType.TEXT))
PHONE = TextSelector(TextSelectorConfig(type=TextSelectorType.TEL))
_URL = TextSelector(TextSelectorConfig(type=TextSelectorType.URL))

# The credential that is no credential: the name by which an account is told apart where the provider tells none.
OWN_NAME = "account"
# Where neither has to be given, they are of use together only.
_PAIR = ("username", "password")
_PAID = {Capability.CLICK_TO_CALL, Capability.SECURE_CALL, Capability.SEND_OTP, Capability.CALLBACK}
# Currencies that nobody counts in hundredths.
_WHOLE = {"IRR", "VND"}


def form_id(info: ProviderInfo) -> str:
    """Return what the steps of a provider's dialect are named after."""
    return f"{info.provider_id}_{info.dialect}" if info.dialect else info.provider_id


def every_form() -> Iterator[ProviderInfo]:
    """Yield every dialect of every provider."""
    for info in PROVIDERS.values():
        yield from info.dialects


def provider_schema() -> vol.Schema:
    """Return the list of providers; what each can do stands in its translated label."""
    options = SelectSelectorConfig(options=list(PROVIDERS), mode=SelectSelectorMode.LIST, translation_key=CONF_PROVIDER)
    return vol.Schema({vol.Required(CONF_PROVIDER): SelectSelector(options)})


def dialect_schema(info: ProviderInfo) -> vol.Schema:
    """Return the list of a provider's dialects."""
    options = SelectSelectorConfig(
        options=[one.dialect for one in info.dialects],
        mode=SelectSelectorMode.LIST,
        translation_key=f"{CONF_DIALECT}_{info.provider_id}",
    )
    return vol.Schema({vol.Required(CONF_DIALECT, default=info.dialect): SelectSelector(options)})


def account_schema(info: ProviderInfo) -> vol.Schema:
    """Return everything that a new account needs."""
    return vol.Schema({**_address(info), **_fields(info.credentials), **_advanced(info)})


def reauth_schema(info: ProviderInfo) -> vol.Schema:
    """Return what may have been withdrawn: the credentials, all of them."""
    return vol.Schema(_fields(_lasting(info)))


def reconfigure_schema(info: ProviderInfo) -> vol.Schema:
    """Return what can be changed; a secret may be left empty."""
    return vol.Schema({**_address(info), **_fields(_lasting(info), secrets_kept=True), **_advanced(info)})


def _lasting(info: ProviderInfo) -> tuple[CredentialField, ...]:
    """Return the credentials without the name that makes it this account and no other."""
    return tuple(one for one in info.credentials if one.name != OWN_NAME)


def _fields(wanted: tuple[CredentialField, ...], *, secrets_kept: bool = False) -> dict[vol.Marker, Any]:
    fields: dict[vol.Marker, Any] = {}
    for one in wanted:
        marker = vol.Required if one.required and not (one.secret and secrets_kept) else vol.Optional
        fields[marker(one.name, default=one.default or vol.UNDEFINED)] = SECRET if one.secret else PLAIN
    return fields


def _address(info: ProviderInfo) -> dict[vol.Marker, Any]:
    return {} if info.base_url else {vol.Required(CONF_BASE_URL): _URL}


def _advanced(info: ProviderInfo) -> dict[vol.Marker, Any]:
    if not info.base_url:
        return {}
    fields = vol.Schema({vol.Required(CONF_BASE_URL, default=info.base_url): _URL})
    return {vol.Required(CONF_ADVANCED): section(fields, {"collapsed": True})}


def base_url_of(given: Mapping[str, Any]) -> str:
    """Return the address that was given in a form, wherever that asks for it."""
    address: str = given.get(CONF_ADVANCED, given)[CONF_BASE_URL]
    return address.strip()


def as_given(info: ProviderInfo, base_url: str, credentials: Mapping[str, str]) -> dict[str, Any]:
    """Return what may be shown in a form again: everything but the secrets."""
    plain = {
        one.name: credentials[one.name] for one in info.credentials if not one.secret and credentials.get(one.name)
    }
    return {**plain, **({CONF_ADVANCED: {CONF_BASE_URL: base_url}} if info.base_url else {CONF_BASE_URL: base_url})}


def given_credentials(info: ProviderInfo, given: Mapping[str, Any]) -> dict[str, str]:
    """Return the credentials that were filled in, without the blanks around them."""
    texts = {one.name: str(given.get(one.name) or "").strip() for one in info.credentials}
    return {name: text for name, text in texts.items() if text}


def renewed_credentials(before: Mapping[str, str], given: Mapping[str, str]) -> dict[str, str]:
    """Return new credentials in the place of those that are refused; the account's own name stays."""
    return {**{name: value for name, value in before.items() if name == OWN_NAME}, **given}


def kept_credentials(info: ProviderInfo, before: Mapping[str, str], given: Mapping[str, str]) -> dict[str, str]:
    """Return changed credentials: a secret that was left empty stays as it was, and so does the account's own name.

    A user name that may be left empty, and was, takes its password with it.
    """
    stays = {one.name for one in info.credentials if one.secret or one.name == OWN_NAME}
    name, password = _PAIR
    if name not in given and any(one.name == name and not one.required for one in info.credentials):
        stays.discard(password)
    return {**{name: value for name, value in before.items() if name in stays}, **given}


def mistake(info: ProviderInfo, base_url: str, credentials: Mapping[str, str]) -> dict[str, str]:
    """Return the errors that can be seen without asking anybody; none where it is worth a try."""
    if not is_address(base_url):
        return {address_field(info): "invalid_url"}
    missing = {one.name: "missing" for one in info.credentials if one.required and one.name not in credentials}
    if missing:
        return missing
    secrets = [one for one in info.credentials if one.secret]
    if any(one.required for one in secrets):
        return {}
    if not any(one.name in credentials for one in secrets):
        return {"base": "credentials_missing"}
    pair = [name for name in _PAIR if name not in credentials]
    return {pair[0]: "missing_of_pair"} if len(pair) == 1 else {}


def is_address(text: str) -> bool:
    """Return whether this can be the address of a web service."""
    try:
        url = URL(text)
    except ValueError:
        return False
    plain = not (url.user or url.password or url.query_string or url.fragment)
    return url.scheme in {"http", "https"} and bool(url.host) and plain


def better_address(info: ProviderInfo, base_url: str, error: TrunklineError) -> str | None:
    """Return the address that was probably meant, where something else answers and the usual path is missing."""
    if not isinstance(error, (NotFoundError, DataError, RequestError)):
        return None
    path = URL(info.base_url or info.example_url).path.rstrip("/")
    url = URL(base_url)
    if not path or url.path.rstrip("/").endswith(path):
        return None
    return str(url.origin().with_path(path))


def address_field(info: ProviderInfo) -> str:
    """Return the field under which an error of the address is shown; one in a folded section would be overlooked."""
    return "base" if info.base_url else CONF_BASE_URL


def options_schema(info: ProviderInfo, *, currency: str, credit: bool) -> vol.Schema:
    """Return the options that mean something for this provider; `credit` is whether any is known of."""
    fields: dict[vol.Marker, Any] = {
        vol.Required(CONF_POLL_INTERVAL, default=DEFAULT_POLL_INTERVAL): _number(
            MIN_POLL_INTERVAL, MAX_POLL_INTERVAL, unit="s"
        )
    }
    if info.capabilities & _PAID:
        fields[vol.Required(CONF_CALLS_PER_HOUR, default=DEFAULT_CALLS_PER_HOUR)] = _number(1, 1000)
    if credit:
        fields[vol.Required(CONF_LOW_CREDIT, default=default_low_credit(currency))] = _number(
            0, 10_000_000_000, unit=currency, step=1 if currency in _WHOLE else 0.01
        )
    if credit or Capability.PLANS in info.capabilities:
        fields[vol.Required(CONF_EXPIRY_DAYS, default=DEFAULT_EXPIRY_DAYS)] = _number(1, 90, unit="d")
    units = display_units(info, currency)
    if len(units) > 1 and (credit or info.prices):
        fields[vol.Required(CONF_DISPLAY_CURRENCY, default=units[0].key)] = SelectSelector(
            SelectSelectorConfig(options=[unit.key for unit in units], translation_key=CONF_DISPLAY_CURRENCY)
        )
    if Capability.PARSE_EVENT in info.capabilities:
        fields[vol.Optional(CONF_PUSH_USERNAME)] = PLAIN
        fields[vol.Optional(CONF_PUSH_PASSWORD)] = SECRET
    return vol.Schema(fields)


def _number(lowest: int, highest: int, *, unit: str | None = None, step: float = 1) -> NumberSelector:
    config = NumberSelectorConfig(min=lowest, max=highest, step=step, mode=NumberSelectorMode.BOX)
    if unit:
        config["unit_of_measurement"] = unit
    return NumberSelector(config)


def whole(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options with the whole numbers that the form sends as floats."""
    return {
        name: int(value) if isinstance(value, float) and value.is_integer() else value
        for name, value in options.items()
    }
