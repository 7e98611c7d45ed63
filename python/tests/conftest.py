"""What tests share: the checkout, the command, records."""

import gzip
import json
import os
import subprocess
from pathlib import Path

import pytest

import curbside

ROOT = Path(__file__).resolve().parents[2]
CORPUS = Path(os.environ.get("CURBSIDE_CORPUS", ROOT / "../shared/corpus"))
AT = "2026-11-23"


@pytest.fixture(scope="session")
def engine() -> curbside.Engine:
    return curbside.Engine.load([ROOT / "rules/trd"], as_of=AT)


@pytest.fixture(scope="session")
def records() -> list[str]:
    """The example patients, and the corpus where it is there; a record a line."""
    found = [json.dumps(json.loads(path.read_text())) for path in sorted((ROOT / "examples/patients").glob("*.json"))]
    for path in sorted(CORPUS.glob("*.ndjson.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            found.extend(line.rstrip("\n") for line in lines)
    return found


@pytest.fixture(scope="session")
def replay(tmp_path_factory):
    """What `curbside replay` writes for a path: a decisions document a line."""
    named = os.environ.get("CURBSIDE")
    built = [path for profile in ("release", "debug") if (path := ROOT / "target" / profile / "curbside").is_file()]
    # The newest: an old one may know nothing of what is tested here.
    command = Path(named) if named else max(built, key=lambda path: path.stat().st_mtime, default=None)
    if command is None:
        pytest.skip("no `curbside`: build it, or name it in CURBSIDE")

    def run(path: Path) -> list[str]:
        output = tmp_path_factory.mktemp("replay") / "out.ndjson"
        arguments = ["replay", path, "--rules", ROOT / "rules/trd", "--at", AT, "--output", output]
        subprocess.run([command, *arguments], check=True, capture_output=True)
        return output.read_text("utf-8").splitlines()

    return run
