"""The files that Home Assistant and HACS read: manifest, translations, action fields, icons, brand, hacs.json."""

from __future__ import annotations

import ast
import json
import re
import string
import struct
from pathlib import Path
from typing import Any

import homeassistant.components
import pytest
import voluptuous as vol
import yaml
from awesomeversion import AwesomeVersion, AwesomeVersionStrategy
from homeassistant.components import webhook  # noqa: F401  (its requirements are part of what is checked)
from homeassistant.const import Platform
from homeassistant.helpers.icon import async_get_icons
from homeassistant.helpers.selector import validate_selector
from homeassistant.helpers.service import async_get_all_descriptions
from homeassistant.helpers.translation import async_get_translations
from homeassistant.loader import async_get_integration
from homeassistant.setup import async_setup_component

from custom_components.trunkline.services import ACTIONS
from custom_components.trunkline.services.search import LISTS

from .languages import LANGUAGES

ROOT = Path(__file__).parents[2]
COMPONENT = ROOT / "custom_components/trunkline"
COMPONENTS = Path(homeassistant.components.__path__[0])
DOMAIN = "trunkline"
ACTION_NAMES = {action.name for action in ACTIONS}

MANIFEST_KEYS = {
    "domain", "name", "after_dependencies", "codeowners", "config_flow", "dependencies", "documentation",
    "import_executor", "integration_type", "iot_class", "issue_tracker", "loggers", "preview_features",
    "quality_scale", "requirements", "single_config_entry", "version",
}  # fmt: skip
# Parts of Home Assistant that every installation has, or that load what imports them; none of them is a dependency.
ALWAYS_THERE = {
    "device_automation", "diagnostics", "http", "logbook", "media_source", "repairs", "system_health", "websocket_api",
    *(str(platform) for platform in Platform),
}  # fmt: skip


def manifest() -> dict[str, Any]:
    return json.loads((COMPONENT / "manifest.json").read_text())


def translation(language: str) -> dict[str, Any]:
    return json.loads((COMPONENT / f"translations/{language}.json").read_text())


def action_fields() -> dict[str, Any]:
    return yaml.safe_load((COMPONENT / "services.yaml").read_text())


def leaves(tree: Any, path: tuple[str, ...] = ()) -> dict[tuple[str, ...], str]:
    if isinstance(tree, dict):
        return {key: text for name, branch in tree.items() for key, text in leaves(branch, (*path, name)).items()}
    return {path: tree}


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


# Manifest


def test_the_manifest_has_its_keys_in_order_and_no_unknown_ones():
    keys = list(manifest())
    assert keys == ["domain", "name", *sorted(keys[2:])]
    assert set(keys) <= MANIFEST_KEYS


def test_the_manifest_has_the_required_values():
    content = manifest()
    assert content["domain"] == COMPONENT.name == DOMAIN
    assert content["config_flow"] is True
    assert content["integration_type"] == "service"
    # The user interface writes "Requires Internet" beside every account of a class that starts with cloud_.
    assert content["iot_class"] == "local_polling"
    assert content["codeowners"]
    assert all(owner.startswith("@") for owner in content["codeowners"])
    for key in ("documentation", "issue_tracker"):
        assert content[key].startswith("https://")
        assert "home-assistant.io/integrations" not in content[key]
    strategies = [AwesomeVersionStrategy.SEMVER, AwesomeVersionStrategy.CALVER, AwesomeVersionStrategy.PEP440]
    assert AwesomeVersion(content["version"], ensure_strategy=strategies)


def test_the_version_is_the_packages_version():
    project = (ROOT / "pyproject.toml").read_text()
    assert f'\nversion = "{manifest()["version"]}"\n' in project


def test_requirements_are_third_party_packages_without_pins():
    names = {re.split(r"[<>=!~]", requirement)[0].lower() for requirement in manifest()["requirements"]}
    assert names == {"jdatetime", "phonenumbers", "sqlalchemy"}
    assert all(">=" in requirement and "==" not in requirement for requirement in manifest()["requirements"])


def test_every_part_of_home_assistant_that_is_imported_is_a_dependency():
    content = manifest()
    stated = {*content.get("dependencies", ()), *content.get("after_dependencies", ())}
    imported: set[str] = set()
    for module in COMPONENT.rglob("*.py"):
        for node in ast.walk(ast.parse(module.read_text())):
            match node:
                case ast.ImportFrom(module="homeassistant.components", names=names):
                    imported |= {name.name for name in names}
                case ast.ImportFrom(module=str(name)) if name.startswith("homeassistant.components."):
                    imported.add(name.split(".")[2])
    assert "webhook" in imported
    assert imported - ALWAYS_THERE - stated == set()


async def test_home_assistant_loads_the_integration_as_it_describes_itself(hass):
    integration = await async_get_integration(hass, DOMAIN)
    assert integration.file_path == COMPONENT
    assert not integration.is_built_in
    assert integration.config_flow
    assert integration.has_translations
    assert integration.has_services


# Translations

SECTIONS = {
    "title", "config", "config_subentries", "options", "selector", "device", "entity", "exceptions", "issues",
    "services", "system_health", "common", "device_automation", "triggers", "conditions",
}  # fmt: skip
KEY = re.compile(r"(?!.+[_-]{2})[a-z0-9](?:[a-z0-9_-]*[a-z0-9])?")
# Addresses must be placeholders.
ADDRESS = re.compile(r"(?:\w+://|www\.)[a-z0-9]", re.IGNORECASE)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_has_known_sections_and_plain_texts(language):
    content = translation(language)
    assert set(content) <= SECTIONS
    for path, text in leaves(content).items():
        assert isinstance(text, str), path
        assert text, path
        assert text == text.strip(), path
        assert not re.search(r"<[a-z/]", text), path
        assert not re.search(r"'\{\w+\}'", text), path
        assert "[%" not in text, path
        assert not ADDRESS.search(text), path
        assert all(name.isidentifier() for name in placeholders(text)), path
        assert all(KEY.fullmatch(name) for name in path), path


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_form_describes_each_of_its_fields(language):
    def forms(tree: Any):
        if isinstance(tree, dict):
            if "data" in tree and isinstance(tree["data"], dict):
                yield tree
            for branch in tree.values():
                yield from forms(branch)

    content = translation(language)
    found = [form for part in ("config", "options", "config_subentries") for form in forms(content.get(part, {}))]
    assert found
    for form in found:
        assert set(form.get("data_description", ())) == set(form["data"])


@pytest.mark.parametrize("language", LANGUAGES)
def test_exceptions_have_a_message_and_issues_a_title_and_a_description(language):
    content = translation(language)
    for key, exception in content["exceptions"].items():
        assert set(exception) == {"message"}, key
    for key, issue in content.get("issues", {}).items():
        assert "title" in issue, key
        assert ("description" in issue) != ("fix_flow" in issue), key


def test_all_languages_have_the_same_keys_and_placeholders():
    english = leaves(translation("en"))
    for language in LANGUAGES[1:]:
        other = leaves(translation(language))
        assert set(other) == set(english)
        for path, text in english.items():
            assert placeholders(other[path]) == placeholders(text), (language, path)


@pytest.mark.parametrize("language", LANGUAGES[1:])
def test_all_languages_emphasise_the_same(language):
    # Names of buttons in bold, and values to copy as code. Persian has no italics.
    english, other = leaves(translation("en")), leaves(translation(language))
    differing = [
        path
        for path, text in english.items()
        if any(text.count(mark) != other[path].count(mark) for mark in ("**", "`"))
    ]
    assert differing == []


def test_there_are_no_other_languages():
    assert {path.stem for path in (COMPONENT / "translations").iterdir()} == set(LANGUAGES)


def test_every_error_that_is_raised_is_translated_and_every_translation_is_used():
    """The keys are read from the source, so that one that no test raises is found too."""
    known = set(translation("en")["exceptions"])
    words: set[object] = set()
    for module in COMPONENT.rglob("*.py"):
        tree = ast.parse(module.read_text())
        words |= {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)}
        for node in ast.walk(tree):
            if isinstance(node, ast.keyword) and node.arg == "translation_key" and isinstance(node.value, ast.Constant):
                parents = [call for call in ast.walk(tree) if isinstance(call, ast.Call) and node in call.keywords]
                if "Error" in ast.unparse(parents[0].func) or "Failed" in ast.unparse(parents[0].func):
                    assert node.value.value in known, (module.name, node.value.value)
    assert known - words == set()


@pytest.mark.parametrize(
    "category",
    [
        "common",
        "config",
        "services",
        "exceptions",
        "entity",
        "system_health",
        "selector",
        "device_automation",
        "triggers",
        "conditions",
    ],
)
@pytest.mark.parametrize("language", LANGUAGES)
async def test_home_assistant_loads_the_translations(hass, language, category):
    loaded = await async_get_translations(hass, language, category, {DOMAIN})
    own = leaves(translation(language).get(category, {}))
    prefix = f"component.{DOMAIN}.{category}."
    for path, text in own.items():
        assert loaded[prefix + ".".join(path)] == text


# Actions


def test_every_action_and_field_has_a_name_and_description_in_every_language():
    for language in LANGUAGES:
        texts = translation(language)["services"]
        assert set(texts) == set(action_fields()) == ACTION_NAMES
        for action, description in action_fields().items():
            assert {"name", "description"} <= set(texts[action]), action
            assert set(texts[action].get("fields", {})) == set(description["fields"]), action
            for field, words in texts[action]["fields"].items():
                assert set(words) == {"name", "description"}, (action, field)


def test_the_action_fields_have_valid_selectors():
    options = translation("en")["selector"]
    for action, description in action_fields().items():
        assert set(description) <= {"fields", "target"}
        for name, field in description["fields"].items():
            assert set(field) <= {"required", "default", "example", "selector"}, (action, name)
            validate_selector(field["selector"])
            kind, settings = next(iter(field["selector"].items()))
            if kind == "select":
                assert set(options[settings["translation_key"]]["options"]) == set(settings["options"])


def test_the_schema_of_an_action_has_the_fields_of_the_file():
    described = action_fields()
    for action in ACTIONS:
        markers = {str(marker): isinstance(marker, vol.Required) for marker in action.schema.schema}
        fields = described[action.name]["fields"]
        assert markers == {name: field.get("required", False) for name, field in fields.items()}, action.name
    assert described["search"]["fields"]["list"]["selector"]["select"]["options"] == list(LISTS)


async def test_home_assistant_describes_the_actions_as_the_file_does(hass):
    assert await async_setup_component(hass, DOMAIN, {})
    described = (await async_get_all_descriptions(hass))[DOMAIN]
    assert set(described) == ACTION_NAMES
    for action, description in action_fields().items():
        assert set(described[action]["fields"]) == set(description["fields"])
    assert described["get_calls"]["response"] == {"optional": False}
    assert described["click_to_call"]["response"] == {"optional": True}


# Icons


def test_icons_are_material_design_and_a_state_differs_from_the_default():
    icons = json.loads((COMPONENT / "icons.json").read_text())
    assert set(icons) <= {"entity", "services", "config_subentries", "triggers", "conditions"}
    for path, icon in leaves(icons).items():
        assert re.fullmatch(r"mdi:[a-z0-9-]+", icon), path

    for platform, keys in icons["entity"].items():
        for key, icon in keys.items():
            assert icon["default"] not in icon.get("state", {}).values(), (platform, key)
    assert {name: set(icon) for name, icon in icons["services"].items()} == {name: {"service"} for name in ACTION_NAMES}


def test_every_icon_is_among_those_that_the_user_interface_has():
    folder = Path(pytest.importorskip("hass_frontend").__file__).parent
    drawn = {f"mdi:{icon['name']}" for icon in json.loads((folder / "static/mdi/iconList.json").read_text())}
    icons = json.loads((COMPONENT / "icons.json").read_text())
    assert set(leaves(icons).values()) <= drawn


def test_every_icon_belongs_to_an_entity_that_has_a_name():
    icons = json.loads((COMPONENT / "icons.json").read_text())["entity"]
    names = translation("en")["entity"]
    for platform, keys in icons.items():
        assert set(keys) <= set(names[platform]), platform


async def test_home_assistant_loads_the_icons(hass):
    icons = json.loads((COMPONENT / "icons.json").read_text())
    for category in ("entity", "services", "triggers", "conditions"):
        assert (await async_get_icons(hass, category, {DOMAIN}))[DOMAIN] == icons[category]
    for category in ("triggers", "conditions"):
        assert set(icons[category]) == set(translation("en")[category])


# HACS and brand


def test_hacs_reads_the_release_archive():
    content = json.loads((ROOT / "hacs.json").read_text())
    assert set(content) <= {
        "name", "homeassistant", "hacs", "country", "content_in_root", "zip_release", "filename",
        "hide_default_branch", "persistent_directory",
    }  # fmt: skip
    assert content["name"] == manifest()["name"]
    assert content["homeassistant"] == "2025.4.4"
    assert content["zip_release"] is True
    assert content["filename"] == "trunkline.zip"


def test_there_is_one_integration_in_the_repository():
    assert [path.parent.name for path in (ROOT / "custom_components").glob("*/manifest.json")] == [DOMAIN]


def test_the_licence_is_one_that_machines_recognise():
    assert (ROOT / "LICENSE").read_text().startswith("MIT License")


def png_size(path: Path) -> tuple[int, int]:
    """Return width and height out of the IHDR chunk (PNG specification, section 11.2.2)."""
    head = path.read_bytes()[:24]
    assert head[:8] == b"\x89PNG\r\n\x1a\n"
    return struct.unpack(">II", head[16:24])


def test_the_brand_has_an_icon_and_a_logo_of_the_sizes_that_are_asked_for():
    brand = COMPONENT / "brand"
    assert png_size(brand / "icon.png") == (256, 256)
    assert png_size(brand / "icon@2x.png") == (512, 512)
    for name in ("logo", "dark_logo"):
        width, height = png_size(brand / f"{name}.png")
        assert height == 128 <= width
        assert png_size(brand / f"{name}@2x.png")[1] == 256
    assert all(path.stat().st_size < 100_000 for path in brand.iterdir())


@pytest.mark.skipif(not (COMPONENTS / "brands").is_dir(), reason="before 2026.3 the pictures come from a server")
@pytest.mark.parametrize("name", ["icon.png", "dark_icon@2x.png", "logo.png", "dark_logo@2x.png"])
async def test_home_assistant_shows_the_brand_from_the_folder(hass, hass_client, name):
    assert await async_setup_component(hass, "brands", {})
    client = await hass_client()
    response = await client.get(f"/api/brands/integration/{DOMAIN}/{name}")
    assert response.status == 200
    # There is no dark icon: the icon suits light and dark backgrounds.
    assert await response.read() == (COMPONENT / "brand" / name.replace("dark_icon", "icon")).read_bytes()
