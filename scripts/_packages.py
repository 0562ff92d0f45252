"""The packages of Trunkline: what each knows, and what it may import. Tests and docs/architecture.md use this table."""

from __future__ import annotations

import sys
from dataclasses import dataclass

BUILT_IN_PROVIDERS = ("mor", "simotel", "telefonchy", "voip24h", "voipano")

# Libraries that are slow to load. Home Assistant's process never loads them for us.
HEAVY_LIBRARIES = frozenset(
    {"pandas", "matplotlib", "narwhals", "pyarrow", "polars", "duckdb", "numpy", "pyspark", "xlsxwriter", "tqdm"},
)
# Packages for analysts may import heavy libraries when they are loaded.
ANALYST = frozenset({"reports", "exporting", "plots", "publish", "figures", "magics", "home_assistant"})
# These may import heavy libraries inside functions only.
HEAVY_ON_CALL = frozenset({"archive", "cli", "importing"})
# The sandbox shares no code with the clients that it tests, so a misread document can't go unnoticed on both sides.
SANDBOX_LIBRARIES = frozenset({*sys.stdlib_module_names, "aiohttp", "jdatetime", "yarl"})


@dataclass(frozen=True, slots=True)
class Package:
    """Modules that belong together, and the packages that they may import. A package may always import itself."""

    name: str
    product: str
    modules: tuple[str, ...]
    knows: str
    may_import: frozenset[str]


def _toolkit(name: str, knows: str, *may_import: str, modules: tuple[str, ...] = ()) -> Package:
    paths = modules or (name.replace("/", "."),)
    return Package(name, "toolkit", tuple(f"trunkline.{path}" for path in paths), knows, frozenset(may_import))


def _integration(name: str, knows: str, *may_import: str, modules: tuple[str, ...]) -> Package:
    full = tuple(f"custom_components.trunkline.{path}".removesuffix(".") for path in modules)
    return Package(name, "integration", full, knows, frozenset(may_import))


_VALUES = ("errors", "model")
_WIRE = (*_VALUES, "calendars", "numbers", "transport", "memo", "ahead", "inert")
_PROVIDER = "providers/<name>"

PACKAGES: tuple[Package, ...] = (
    _toolkit("errors", "what can go wrong"),
    _toolkit("version", "the version of the toolkit"),
    _toolkit("exact", "sums of decimals that are never rounded"),
    _toolkit("inert", "text of strangers, made harmless for terminals, CSV, Markdown, HTML and plots"),
    _toolkit("lazy", "names of a package that are imported when they are first used"),
    _toolkit("model", "what a call, a trunk or a credit is: frozen values without I/O", "errors", "exact", "lazy"),
    _toolkit("memo", "results of functions of values that recur"),
    _toolkit("ahead", "several requests under way at once, their results in order"),
    _toolkit("calendars", "Jalali and Gregorian wall-clock text in a zone, as UTC", "errors", "memo"),
    _toolkit("numbers", "E.164 numbers, regions, canonical trunk numbers, masking", "errors"),
    _toolkit("transport", "the HTTP client: timeouts, retries, rate limit, size limits, redaction", "errors", "inert"),
    _toolkit(
        "providers/base",
        "`Account` and `ProviderInfo`, which every provider extends or fills in",
        *_WIRE,
        modules=("providers.base", "providers.capabilities", "providers.days"),
    ),
    _toolkit("providers/common", "parsing that several providers share: ids, fields, pages, periods, statuses", *_WIRE),
    _toolkit(
        _PROVIDER,
        "one provider's requests, replies and dates; no other package knows its format",
        *_WIRE,
        "providers/base",
        "providers/common",
        modules=tuple(f"providers.{provider}" for provider in BUILT_IN_PROVIDERS),
    ),
    _toolkit(
        "providers",
        "the registry, `register` and `open_account`; the tables of capabilities in the documentation",
        *_WIRE,
        "providers/base",
        _PROVIDER,
    ),
    _toolkit(
        "archive",
        "the SQL store: schema, migrations, upsert, queries, check, repair, copy",
        *_VALUES,
        "memo",
        "lazy",
        "inert",
    ),
    _toolkit("contacts", "files of contacts: vCard and CSV, with numbers in E.164", *_VALUES, "inert", "numbers"),
    _toolkit(
        "sync",
        "provider to archive: incremental, resumable",
        *_VALUES,
        "version",
        "ahead",
        "archive",
        "providers/base",
    ),
    _toolkit("metrics", "definitions of figures, without pandas", *_VALUES, "exact"),
    _toolkit(
        "importing",
        "call records of Asterisk, FreeSWITCH, CSV files and DataFrames, and how they get into the archive",
        *_VALUES,
        "calendars",
        "numbers",
        "inert",
        "archive",
    ),
    _toolkit("rates", "what calls should cost: charges and rate cards", *_VALUES, "calendars"),
    _toolkit("reports", "figures as DataFrames", *_VALUES, "exact", "inert", "archive", "metrics", "numbers", "rates"),
    _toolkit(
        "exporting",
        "calls in files: CSV, JSON lines, XLSX, Parquet; numbers masked or as pseudonyms",
        "errors",
        "inert",
        "reports",
    ),
    _toolkit("plots", "pictures of reports", *_VALUES, "exact", "inert", "archive", "metrics", "reports"),
    _toolkit("periods", "periods as people write them, in both calendars", "errors"),
    _toolkit(
        "publish",
        "the report of a month on one page, as HTML, PDF and XLSX, in several languages",
        *_VALUES,
        "exact",
        "inert",
        "archive",
        "metrics",
        "periods",
        "rates",
        "reports",
    ),
    _toolkit(
        "figures",
        "the calls of a period, and figures with their meaning: `trunkline.calls()`",
        *_VALUES,
        "inert",
        "archive",
        "periods",
        "rates",
        "reports",
        "plots",
        "publish",
    ),
    _toolkit(
        "home_assistant",
        "a running Home Assistant for analysts: its archive, read only, and its statistics over its API",
        *_VALUES,
        "inert",
        "archive",
        "figures",
        "reports",
    ),
    _toolkit("sandbox", "local servers that speak the providers' formats over one simulated company"),
    _toolkit(
        "trunkline",
        "the public names, loaded on first use",
        "lazy",
        "version",
        "model",
        "archive",
        "providers",
        "sync",
        "figures",
        "importing",
        "sample",
        "magics",
        modules=("",),
    ),
    _toolkit(
        "cli",
        "the command `trunkline`",
        *_WIRE,
        "version",
        "providers",
        "providers/base",
        "archive",
        "contacts",
        "sync",
        "metrics",
        "reports",
        "plots",
        "publish",
        "figures",
        "periods",
        "figures",
        "importing",
        "exporting",
        "sandbox",
        modules=("cli", "__main__"),
    ),
    _toolkit(
        "sample", "an archive of invented calls", "model", "archive", "providers", "providers/base", "sync", "sandbox"
    ),
    _toolkit("magics", "`%trunkline` and `%%calls` in Jupyter", "errors", "cli", "exporting", "figures"),
    _integration(
        "const, compat, errors",
        "constants, differences between Home Assistant versions, the table of errors",
        *_VALUES,
        "inert",
        modules=("const", "compat", "errors"),
    ),
    _integration(
        "account",
        "what one account needs at run time: history, figures, inventory, credit, names, call limit, repairs",
        *_VALUES,
        "inert",
        "const, compat, errors",
        "numbers",
        "transport",
        "providers",
        "providers/base",
        "archive",
        "contacts",
        "sync",
        "metrics",
        modules=("account",),
    ),
    _integration(
        "push",
        "records that a provider pushes: admission, validation, storage, confirmation",
        *_VALUES,
        "inert",
        "const, compat, errors",
        "account",
        "providers",
        "providers/base",
        "archive",
        modules=("push",),
    ),
    _integration(
        "routing",
        "call routing: requests of a telephone system, voice codes, answers of automations",
        *_VALUES,
        "inert",
        "const, compat, errors",
        "account",
        "push",
        "providers",
        "providers/base",
        modules=("routing",),
    ),
    _integration(
        "statistics",
        "the long-term statistics of the recorder: calls, talk time and costs by hour, as the archive has them",
        *_VALUES,
        "inert",
        "const, compat, errors",
        "account",
        "archive",
        "sync",
        modules=("statistics",),
    ),
    _integration(
        "coordinator, runtime",
        "when an account is polled, and what a loaded entry consists of",
        *_VALUES,
        "inert",
        "const, compat, errors",
        "account",
        "push",
        "routing",
        "statistics",
        "providers",
        "providers/base",
        "archive",
        "sync",
        modules=("coordinator", "runtime"),
    ),
    _integration(
        "entities",
        "the platforms: sensors, buttons, events, the to-do list",
        *_VALUES,
        "inert",
        "numbers",
        "const, compat, errors",
        "coordinator, runtime",
        "account",
        "push",
        "providers",
        "providers/base",
        "metrics",
        modules=("entity", "sensor", "live_sensors", "live_items", "binary_sensor", "button", "event", "todo"),
    ),
    _integration(
        "forms",
        "what the configuration and options forms ask",
        *_VALUES,
        "inert",
        "const, compat, errors",
        "coordinator, runtime",
        "account",
        "push",
        "routing",
        "numbers",
        "providers",
        "providers/base",
        modules=("forms",),
    ),
    _integration(
        "media",
        "recordings, voicemails and faxes: the tree of the media browser, the addresses over HTTP, copies in a folder",
        *_VALUES,
        "inert",
        "const, compat, errors",
        "coordinator, runtime",
        "account",
        "numbers",
        "archive",
        modules=("media",),
    ),
    _integration(
        "services",
        "the actions",
        *_VALUES,
        "inert",
        "const, compat, errors",
        "coordinator, runtime",
        "account",
        "media",
        "numbers",
        "archive",
        "providers",
        "providers/common",
        modules=("services",),
    ),
    _integration(
        "automations",
        "what triggers and conditions listen to, their options, and whose calls they are for",
        *_VALUES,
        "const, compat, errors",
        "coordinator, runtime",
        "account",
        "push",
        "providers",
        "metrics",
        modules=("automations",),
    ),
    _integration(
        "frontend",
        "what the browser loads: the module with the cards, and the dashboard in the sidebar",
        "const, compat, errors",
        modules=("frontend",),
    ),
    _integration(
        "websocket",
        "the commands of the cards: accounts, calls, queues, missed callers, changes, placing a call",
        *_VALUES,
        "inert",
        "const, compat, errors",
        "coordinator, runtime",
        "account",
        "entities",
        "media",
        "services",
        "numbers",
        modules=("websocket",),
    ),
    _integration(
        "assist",
        "Assist: sentences and answers in each language, confirmed calls, read-only tools for language models",
        *_VALUES,
        "inert",
        "const, compat, errors",
        "coordinator, runtime",
        "account",
        "entities",
        "archive",
        modules=("assist",),
    ),
    _integration(
        "entry points",
        "what Home Assistant loads by name: setup, config flow, diagnostics, triggers, logbook, media source and more",
        *_VALUES,
        "inert",
        "const, compat, errors",
        "coordinator, runtime",
        "account",
        "push",
        "routing",
        "automations",
        "forms",
        "frontend",
        "media",
        "services",
        "statistics",
        "websocket",
        "assist",
        "transport",
        "providers",
        "providers/base",
        "archive",
        modules=(
            "",
            "_bundle",
            "condition",
            "config_flow",
            "device_trigger",
            "diagnostics",
            "logbook",
            "media_source",
            "repairs",
            "system_health",
            "trigger",
        ),
    ),
    Package(
        "scripts",
        "development",
        ("scripts",),
        "development commands: setup, test, lint, demo, bench, soak, release",
        frozenset(
            {*_VALUES, "transport", "providers", "archive", "sync", "sandbox", "trunkline", "cli", "entry points"}
        ),
    ),
)
_BY_MODULE = {
    prefix.removesuffix("."): package.name for package in PACKAGES for prefix in package.modules
}  # `trunkline.` is the package itself, without its submodules
_ROOTS = frozenset({"trunkline", "custom_components.trunkline"})


def package_of(module: str) -> str | None:
    """Return the package that a module belongs to; `None` for a library or a module that is in no package."""
    if module in _BY_MODULE:
        return _BY_MODULE[module]
    prefix = module.rpartition(".")[0]
    while prefix and prefix not in _ROOTS:
        if prefix in _BY_MODULE:
            return _BY_MODULE[prefix]
        prefix = prefix.rpartition(".")[0]
    return None
