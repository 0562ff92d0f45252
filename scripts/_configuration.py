"""The configuration.yaml of the demo's Home Assistant."""

from __future__ import annotations

# The dashboard of the integration, which appears by itself.
DASHBOARD = "trunkline"
# The files that the configuration includes, and how each begins: lists of automations and scenes, scripts by name.
INCLUDED = {"automations.yaml": "[]\n", "scripts.yaml": "{}\n", "scenes.yaml": "[]\n"}
CONFIGURATION = """\
homeassistant:
  name: Office
  time_zone: Asia/Tehran
  country: IR
  currency: IRR
  language: en
  unit_system: metric
  latitude: 35.7
  longitude: 51.4
  elevation: 1200
  # no log-in form for whoever sits at this machine; the demo listens on loopback only
  auth_providers:
    - type: trusted_networks
      trusted_networks: ["127.0.0.1/32"]
      allow_bypass_login: true
    - type: homeassistant
{http}frontend:
config:
history:
logbook:
media_source:
system_health:
recorder:
  commit_interval: 1
search:
# what the editors of the user interface write
automation: !include automations.yaml
script: !include scripts.yaml
scene: !include scenes.yaml
lovelace:
logger:
  default: warning
  logs:
    # the progress of a first start
    homeassistant.bootstrap: info
"""
