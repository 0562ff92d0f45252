"""Where Home Assistant looks for custom integrations; a package, so that the tests import ours and no other."""
