"""A Spark session of this process, for tests of any folder; they are skipped where it can't be started."""

from __future__ import annotations

import re
import shutil
import subprocess
from functools import cache
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

_JAVA = 17
_SETTINGS = {
    "spark.ui.enabled": "false",
    "spark.sql.shuffle.partitions": "1",
    "spark.default.parallelism": "1",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    # Not UTC, so that a wall clock that Spark converts comes out wrong.
    "spark.sql.session.timeZone": "America/New_York",
    "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1",
    "spark.log.level": "ERROR",
}


def missing() -> str:
    """Return why there can be no session, "" if there can."""
    try:
        import pyspark  # noqa: F401
    except ImportError:
        return "PySpark isn't installed (it is in the lock for the Python versions that it supports)"
    java = shutil.which("java")
    if java is None:
        return f"Spark needs Java {_JAVA}, and there is no java"
    told = subprocess.run([java, "-version"], capture_output=True, text=True, check=False).stderr
    version = re.search(r'version "(\d+)', told)
    if version is None or int(version[1]) < _JAVA:
        return f"Spark needs Java {_JAVA}, and java says: {told.splitlines()[0] if told else 'nothing'}"
    return ""


@cache
def _session() -> SparkSession | str:
    if reason := missing():
        return reason
    from pyspark.sql import SparkSession

    builder = SparkSession.builder.master("local[1]").appName("trunkline")
    for name, value in _SETTINGS.items():
        builder = builder.config(name, value)
    return builder.getOrCreate()


def spark_session() -> SparkSession:
    """Return the session, the same in the whole process; skip the test without one."""
    found = _session()
    if isinstance(found, str):
        pytest.skip(found)
    return found
