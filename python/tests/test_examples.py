"""The example jobs, as somebody would start them."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pyarrow.dataset
import pytest

from conftest import AT, ROOT

EXAMPLES = ROOT / "python/examples"


def documents(job, *arguments):
    """What a job writes: its decisions documents, in any order."""
    *inputs, output = arguments
    command = [sys.executable, EXAMPLES / job, *inputs, "--rules", ROOT / "rules/trd", "--at", AT, "--output", output]
    environment = {**os.environ, "PYSPARK_PYTHON": sys.executable, "RAY_DATA_DISABLE_PROGRESS_BARS": "1"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, cwd=Path(output).parent, timeout=600)
    assert done.returncode == 0, done.stdout + done.stderr
    table = pyarrow.dataset.dataset(output).to_table(columns=["document"])
    return sorted(filter(None, table.column("document").to_pylist())), done.stdout


@pytest.fixture
def population(records, tmp_path):
    path = tmp_path / "records.ndjson"
    path.write_text("\n".join([*records[:40], "{oops"]) + "\n", "utf-8")
    return path


def test_spark_job(population, replay, tmp_path):
    pytest.importorskip("pyspark", reason="PySpark is not installed")
    found, printed = documents("spark_job.py", "--records", population, tmp_path / "out")
    assert found == sorted(replay(population)) and "trd-eligible" in printed


def test_spark_job_of_an_export(replay, tmp_path):
    pytest.importorskip("pyspark", reason="PySpark is not installed")
    export = os.environ.get("CURBSIDE_EXPORT")
    if export is None:
        pytest.skip("no export: name one that `cargo xtask population N --export DIR` made in CURBSIDE_EXPORT")
    found, _ = documents("spark_job.py", "--export", export, tmp_path / "out")
    # The manifest's deletions count, and what it does not list does not.
    assert json.loads((Path(export) / "manifest.json").read_text())["deleted"]
    assert len(found) > 100 and found == sorted(replay(export))


def test_ray_job(population, replay, tmp_path):
    pytest.importorskip("ray", reason="Ray is not installed")
    found, _ = documents("ray_job.py", "--records", population, tmp_path / "out")
    assert found == sorted(replay(population))
