"""Names and defaults that several modules of the integration share."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Final

from homeassistant.const import Platform

DOMAIN: Final = "trunkline"
LOGGER: Final = logging.getLogger(__package__)

PLATFORMS: Final = (Platform.BINARY_SENSOR, Platform.BUTTON, Platform.EVENT, Platform.SENSOR, Platform.TODO)

ARCHIVE_FILE: Final = "trunkline.db"

# Fired for each new call, beside the event entity; the logbook describes it.
EVENT_CALL: Final = "trunkline_call"
# Fired for each live event of a telephone system.
EVENT_LINE: Final = "trunkline_event"
# Fired for each press of a speed dial, with what came of it.
EVENT_SPEED_DIAL: Final = "trunkline_speed_dial"
# Fired for each stage of a placed call, where the provider has live events.
EVENT_CALL_PROGRESS: Final = "trunkline_call_progress"

# Fired when a telephone system asks how to handle a call.
EVENT_ROUTE_REQUEST: Final = "trunkline_route_request"

# Keys of `entry.data`; the credentials are a mapping of their own, to be passed on and redacted as a whole.
CONF_PROVIDER: Final = "provider"
CONF_BASE_URL: Final = "base_url"
CONF_DIALECT: Final = "dialect"
CONF_CREDENTIALS: Final = "credentials"
CONF_ADVANCED: Final = "advanced"
# Whether trunks are named after their account; entries that were added before keep the names that they have.
CONF_ACCOUNT_IN_NAMES: Final = "account_in_names"
# The push address that was registered with the provider, where its interface takes one.
CONF_REGISTERED_PUSH: Final = "registered_push"

# When the user created a new push address, if that was ever done.
CONF_PUSH_ADDRESS_SINCE: Final = "push_address_since"

# Keys of `entry.options`.
# Whether only administrators may see calls and hear recordings.
CONF_ADMINS_ONLY: Final = "admins_only"
# Whether the numbers of callers are masked in events, attributes and the logbook.
CONF_MASK_NUMBERS: Final = "mask_numbers"
CONF_POLL_INTERVAL: Final = "poll_interval"
CONF_CALLS_PER_HOUR: Final = "calls_per_hour"
CONF_LOW_CREDIT: Final = "low_credit"
CONF_LOW_CREDIT_DAYS: Final = "low_credit_days"
CONF_DISPLAY_CURRENCY: Final = "display_currency"
# Whether the account is shown in the dashboard in the sidebar.
CONF_SHOW_IN_DASHBOARD: Final = "show_in_dashboard"
# Whether Assist answers questions about the account, and places its calls.
CONF_ASSIST: Final = "assist"
CONF_PUSH_USERNAME: Final = "push_username"
CONF_PUSH_PASSWORD: Final = "push_password"  # noqa: S105  (the name of the option)

DEFAULT_POLL_INTERVAL: Final = 120
MIN_POLL_INTERVAL: Final = 30
MAX_POLL_INTERVAL: Final = 3600
DEFAULT_CALLS_PER_HOUR: Final = 20
DEFAULT_LOW_CREDIT_DAYS: Final = 7

# While calls are pushed, a poll only has to find those that the push has lost.
PUSHED_POLL_INTERVAL: Final = timedelta(minutes=15)

# Keys of a speed dial's data.
SUBENTRY_SPEED_DIAL: Final = "speed_dial"
CONF_NAME: Final = "name"
CONF_FROM: Final = "from"
CONF_TO: Final = "to"

# Keys of a voice code's data.
SUBENTRY_VOICE_CODE: Final = "voice_code"
CONF_CODE: Final = "code"
