"""The actions of MOR's `/billing/api` on the user's details, devices, rates and payments (docs/providers/mor.md)."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from trunkline.sandbox.mor import formats, tariff
from trunkline.sandbox.mor.rows import device_row, invoice_row, payment_row
from trunkline.sandbox.mor.xml import element, elements
from trunkline.sandbox.world import Outcome

from .replies import (
    Actions,
    Refusal,
    action_of,
    page_of,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from xml.etree.ElementTree import Element

    from trunkline.sandbox.mor.customers import MorUser
    from trunkline.sandbox.world import World

    from .replies import Answer

_VERSION = "MOR X16"
_LOGIN_WAIT = 10
_DAY = 86400
_UPDATES = {"u23": "first_name", "u17": "surname", "u0": "vat_reg_number", "u27": "agreement_number"}
# [INFER] Some pages for an unknown user have the wrong name, as the manufacturer's tests record.
_WRONG_NAMES = {"user_rates": "Call State", "user_invoices": "User subscriptions"}


class CustomerActions(Actions):
    """The user's details, devices, rates, payments and invoices."""

    def __init__(self, world: World, switches: Any) -> None:
        """Set up the actions."""
        super().__init__(world, switches)
        self._last_failed_login = float("-inf")
        self.answers: dict[str, Answer] = {
            "user_login": lambda _, __: element("page"),
            "login_form": self._login_form,
            "logout": self._logout,
            "main_page": self._main_page,
            "user_balance_get": self._balance,
            "user_details_get": self._details,
            "user_details_update": self._update_details,
            "user_devices": self._user_devices,
            "devices_get": self._devices,
            "device_details_get": self._device_details,
            "user_rates": self._rates,
            "rate_get": self._rate,
            "users_get": self._users,
            "dg_list_user_destinations": self._destinations,
            "personal_payments": self._personal_payments,
            "payments_get": self._payments,
            "user_invoices": self._user_invoices,
            "invoices_get": self._invoices,
            "user_subscriptions": self._subscriptions,
            "system_version_get": lambda _, __: element("page", None, version=_VERSION),
        }

    # The user.

    def login(self, user: MorUser | None, password: str) -> tuple[Element, bool]:
        """Log a user in; after a failure, everybody must wait 10 seconds."""
        now = self.world.clock.now()
        if now < self._last_failed_login + _LOGIN_WAIT:
            return action_of("login", "failed", "Please wait 10 seconds before trying to login again"), False
        if user is None or user.password != password:
            self._last_failed_login = now
            return action_of("login", "failed", "Login failed"), False
        root = action_of("login", "ok", "Successfully logged in")
        root.insert(2, element("user_id", user.user_id))
        return root, True

    def nobody(self, action: str) -> Element:
        """Write a session page for an unknown user."""
        name = _WRONG_NAMES.get(action, "Main page")
        return element("page", None, pagename=name, language="en", error_msg=None, aval_languages=None)

    def simple_balance(self, unique_hash: str) -> str:
        """Return the balance of the user with this hash."""
        if not self.switches.balance:
            return "Feature disabled"
        for user in self.server.users:
            if unique_hash == unique_hash_of(user):
                return formats.euro(self.server.balance(user))
        return "User was not found"

    def _login_form(self, _: MorUser, __: Mapping[str, str]) -> Element:
        return element("page", None, pagename="Login page", language="en", error_msg=None, aval_languages=None)

    def _logout(self, _: MorUser, __: Mapping[str, str]) -> Element:
        return element("action", None, name="logout", status="ok")

    def _main_page(self, user: MorUser, _: Mapping[str, str]) -> Element:
        office, now = self.server.office(user), int(self.world.clock.now())
        local = formats.local_text(now)
        month = formats.local_instant(f"{local[:7]}-01")
        missed = [row for row in office.calls if row.direction == 0 and row.outcome != Outcome.ANSWERED]
        history = []
        for period, since in (("Month", month), ("Day", formats.midnight(now))):
            rows = [row for row in office.calls if row.started_at >= since]
            history.append(
                element(
                    "calls",
                    None,
                    call_counts=len(rows),
                    period=period,
                    call_duration=formats.clock_text(sum(row.talk for row in rows)),
                )
            )
        stats = [
            element(
                "missed_calls",
                None,
                missed_today=sum(row.started_at >= formats.midnight(now) for row in missed),
                missed_total=len(missed),
            ),
            element("call_history", history),
            element("finances", self._finances(user)),
        ]
        return page_of("Main page", user, [element("stats", stats)], username=f"{user.first_name} {user.surname}")

    def _finances(self, user: MorUser) -> list[Element]:
        balance = f"{formats.euro(self.server.balance(user))} {formats.CURRENCY}"
        return elements([("account", "Prepaid"), ("balance", balance), ("credit", "Unlimited")])

    def _balance(self, user: MorUser, params: Mapping[str, str]) -> Element:
        if params.get("username") != user.username:
            raise Refusal("User was not found", "page")
        currency = params.get("currency", "USER")
        if currency not in {"USER", formats.CURRENCY} and params.get("user_currency") != "1":
            raise Refusal("Currency was not found", "page")
        root = element("page", None, balance=formats.euro(self.server.balance(user)))
        if params.get("user_currency") == "1":
            root.append(element("currency", formats.CURRENCY))
        return root

    def _details(self, user: MorUser, params: Mapping[str, str]) -> Element:
        if params.get("username") not in {None, user.username}:
            raise Refusal("User was not found", "page")
        self.owner(user, params)
        known = user.details
        balance = formats.euro(self.server.balance(user))
        main = [
            *self._finances(user)[:2],
            *elements([("balance_number", balance), ("balance_currency", formats.CURRENCY), ("credit", "Unlimited")]),
        ]
        other = {
            "username": user.username,
            "first_name": known.get("first_name", user.first_name),
            "surname": known.get("surname", user.surname),
            **{
                name: text
                for name, text in known.items()
                if name not in {"first_name", "surname"} and name[:3] != "reg"
            },
        }
        registration = {name: text for name, text in known.items() if name.startswith("reg_")}
        details = [
            element("main_detail", main),
            element("other_details", elements(other.items())),
            element("registration", elements(registration.items())),
        ]
        return page_of("Personal_details", user, [element("details", details)])

    def _update_details(self, user: MorUser, params: Mapping[str, str]) -> Element:
        self.owner(user, params)
        changes = {_UPDATES[name]: value for name, value in params.items() if name in _UPDATES}
        if any(not value.strip() for name, value in changes.items() if name in {"first_name", "surname"}):
            raise Refusal("User was not updated", "page", "Please enter first name and last name")
        user.details.update(changes)
        return element("page", None, status="User was updated")

    def _users(self, user: MorUser, params: Mapping[str, str]) -> Element:
        """Refuse the list of users, which only administrators, resellers and partners can see."""
        if params.get("p") != user.password:
            raise Refusal("Access Denied")
        raise Refusal("You are not authorized to view this page")

    # Devices, rates and payments.

    def _user_devices(self, user: MorUser, _: Mapping[str, str]) -> Element:
        rows = [device_row(device) for device in self.server.devices(user)]
        return page_of("Devices", user, [element("devices", rows)])

    def _devices(self, user: MorUser, params: Mapping[str, str]) -> Element:
        self.owner(user, params)
        rows = [
            element("device", None, device_id=device.acc, device_type=device.kind)
            for device in self.server.devices(user)
        ]
        return element("page", [element("devices", rows)])

    def _device_details(self, user: MorUser, params: Mapping[str, str]) -> Element:
        device = self.server.device(user, params.get("device_id", "")) or next(
            (device for device in self.server.devices(user) if device.username == params.get("device_u")), None
        )
        if device is None:
            raise Refusal("Device not found", "page")
        return element(
            "page",
            None,
            device_id=device.acc,
            description=device.description,
            device_type=device.kind,
            extension=device.extension,
            username=device.username,
            webhook_url_for_call_end=None,
        )

    def _rates(self, user: MorUser, _: Mapping[str, str]) -> Element:
        rows = [
            element(
                "rate",
                None,
                ratename=rate.name,
                rateicon=rate.icon,
                ratetype=rate.kind,
                ratecost=formats.euro(rate.price),
                rate_vat_cost=formats.euro(formats.with_tax(rate.price)),
            )
            for rate in tariff.RATES
        ]
        currencies = element("aval_currencies", None, currency=formats.CURRENCY)
        fields = elements([("currency", formats.CURRENCY), ("vat_percent", formats.VAT_PERCENT)])
        return page_of("Personal rates", user, [*fields, currencies, element("rates", rows)])

    def _rate(self, user: MorUser, params: Mapping[str, str]) -> Element:
        """Write the price for a prefix, which must be one of the tariff's unless `by_full_dst` is set."""
        if params.get("username") != user.username:
            raise Refusal("User was not found", "page")
        number, full = params.get("prefix", ""), params.get("by_full_dst") == "1"
        fitting = [
            (prefix, rate)
            for rate in tariff.RATES
            for _, prefix in rate.prefixes
            if (number.startswith(prefix) if full else number == prefix)
        ]
        if not fitting:
            raise Refusal("Rate was not found", "page")
        prefix, rate = max(fitting, key=lambda found: len(found[0]))
        return element("page", None, rate=f"{formats.euro(rate.price)}#{rate.name}#{prefix}")

    def _destinations(self, _: MorUser, params: Mapping[str, str]) -> Element:
        rates = [rate for rate in tariff.RATES if str(rate.group_id) == params.get("id")]
        if not rates:
            raise Refusal("Destination group was not found", "page")
        rows = [
            element("direction", None, details=details, prefix=prefix, dir_code=rate.kind)
            for rate in rates
            for details, prefix in rate.prefixes
        ]
        names = elements([("groupname", rates[0].name), ("groupicon", rates[0].icon)])
        return page_of("Destinations", None, [*names, element("directions", rows)])

    def _personal_payments(self, user: MorUser, _: Mapping[str, str]) -> Element:
        rows = [payment_row(payment) for payment in self.server.payments(user)]
        return page_of("Payments", user, [element("payments", rows)])

    def _payments(self, user: MorUser, params: Mapping[str, str]) -> Element:
        self.owner(user, params, "s_user_id")
        since, until = self.period(params, "s_from", "s_till")
        rows = [
            element(
                "payment",
                None,
                user=user.username,
                date=formats.local_text(payment.paid_at),
                confirm_date=formats.local_text(payment.paid_at + 60),
                type="manual",
                amount=formats.euro(payment.amount),
                fee="0.0",
                amount_with_tax=formats.euro(formats.with_tax(payment.amount)),
                currency=formats.CURRENCY,
                completed="1",
            )
            for payment in self.server.payments(user)
            if since <= payment.paid_at <= until
        ]
        return element("page", [element("payments", rows)])

    def _user_invoices(self, user: MorUser, _: Mapping[str, str]) -> Element:
        rows = [invoice_row(user, invoice, unpaid=0) for invoice in self.server.invoices(user)]
        return page_of("Invoices", user, [element("invoices", rows)])

    def _invoices(self, user: MorUser, params: Mapping[str, str]) -> Element:
        since, until = self.period(params, "from", "till")
        rows = []
        for invoice in self.server.invoices(user):
            if not since <= invoice.issued_at <= until:
                continue
            product = element(
                "Product",
                None,
                Name="Calls",
                Quantity="1",
                Price=formats.euro(invoice.price),
                Sum=formats.euro(invoice.price),
                Date_added=formats.local_text(invoice.issued_at),
                Issue_date=formats.local_text(invoice.issued_at)[:10],
            )
            names = {
                "user_id": str(user.user_id),
                "agreementnumber": "S-0001",
                "clientid": "",
                "number": invoice.number,
            }
            rows.append(element("Invoice", [product], names))
        if not rows:
            raise Refusal("no invoices found", "page")
        period = {"from": formats.local_text(since), "till": formats.local_text(until)}
        return element("page", [element("Invoices", rows, period)])

    def _subscriptions(self, user: MorUser, _: Mapping[str, str]) -> Element:
        office = self.server.office(user)
        started = self.server.started_at - 200 * _DAY
        rows = [
            element(
                "subscription",
                None,
                service=f"Numeris {formats.international(trunk.number)}",
                date_added=formats.local_text(started),
                activation_start=formats.local_text(started),
                activation_end=formats.local_text(trunk.expires_at),
                price=formats.euro(formats.rial(10)),
            )
            for trunk in office.trunks
        ]
        return page_of("User subscriptions", user, [element("subscriptions", rows)])


def unique_hash_of(user: MorUser) -> str:
    """Return the hash by which the short address of a balance names a user."""
    return hashlib.sha1(f"uniquehash{user.user_id}".encode(), usedforsecurity=False).hexdigest()[:10]
