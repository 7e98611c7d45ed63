"""Clinical rules on FHIR records, over data frames.

    engine = curbside.Engine.load(["rules/trd"], as_of="2026-11-23")
    engine.evaluate(bundle)["decisions"]         # one record
    engine.evaluate_batch(batch)                 # an Arrow batch with a column `bundle`

The decisions are those of the ``curbside`` command, byte for byte. ``curbside.spark`` and
``curbside.ray`` run the same function over a cluster.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Mapping, Sequence

import pyarrow as pa

from . import _native

__all__ = ["SCHEMA", "Engine"]

#: The columns that :meth:`Engine.evaluate_batch` returns.
SCHEMA: pa.Schema = _native.output_schema()

_SUFFIXES = (".yaml", ".yml", ".json")


class Engine:
    """Packs of rules, ready to decide. Can be pickled: a worker rebuilds it from the packs' own files."""

    def __init__(self, packs: list[dict[str, str]], options: dict[str, Any]) -> None:
        self._packs = packs
        self._options = options
        self._native = _native.Engine(packs, **options)

    @classmethod
    def load(
        cls,
        packs: Sequence[str | Path],
        as_of: str,
        *,
        tz: str = "UTC",
        parameters: Mapping[str, str] | None = None,
        hook: str | None = None,
        max_bytes: int = 256 << 20,
    ) -> Engine:
        """Loads packs from their folders.

        ``as_of`` is the moment at which records are looked at: a date (its end) or a date with a
        time. ``parameters`` are set within the bounds that a pack allows. Raises ``ValueError`` with
        everything that is wrong with a pack.
        """
        options = {"as_of": as_of, "tz": tz, "parameters": dict(parameters or {}), "hook": hook, "max_bytes": max_bytes}
        return cls([_files(Path(folder)) for folder in packs], options)

    def evaluate(self, bundle: str | bytes | Mapping[str, Any], *, patient: str | None = None) -> dict[str, Any]:
        """The decisions document about one record: a FHIR Bundle or a CDS Hooks request, as text or as
        a mapping. Raises ``ValueError`` where it is not clear whose record it is, or it cannot be read."""
        document: dict[str, Any] = json.loads(self.evaluate_json(bundle, patient=patient))
        return document

    def evaluate_json(self, bundle: str | bytes | Mapping[str, Any], *, patient: str | None = None) -> str:
        """The same as the text that ``curbside eval --format json`` prints."""
        if isinstance(bundle, Mapping):
            bundle = json.dumps(bundle)
        record = bundle.encode() if isinstance(bundle, str) else bytes(bundle)
        return self._native.evaluate_json(record, patient)

    def evaluate_batch(self, batch: Any) -> pa.RecordBatch:
        """The decisions about every row, in order, as the columns of :data:`SCHEMA`.

        ``batch`` is anything with the Arrow C interface. Its column ``bundle`` holds records (text or
        bytes); a column ``patient_id``, if there, says whose each is, and a record of several
        patients without it gives a row for each. A row that cannot be decided has an ``error``
        and nothing else; the others are not touched by it. Python's lock is released meanwhile.
        """
        return self._native.evaluate_batch(batch)

    @property
    def packs(self) -> list[tuple[str, str, str]]:
        """The packs as id, version and digest."""
        return self._native.packs()

    def __reduce__(self) -> tuple[Any, ...]:
        return Engine, (self._packs, self._options)

    def __repr__(self) -> str:
        packs = ", ".join(f"{name} {version}" for name, version, _ in self.packs)
        return f"<curbside.Engine of {packs} as of {self._options['as_of']}>"


def _files(folder: Path) -> dict[str, str]:
    """A pack's files by their path in its folder; its cases are no part of it."""
    if not (folder / "pack.yaml").is_file():
        raise ValueError(f"{folder} is no pack: it holds no pack.yaml")
    found = (path for path in sorted(folder.rglob("*")) if path.is_file() and path.suffix in _SUFFIXES)
    names = ((path.relative_to(folder), path) for path in found)
    return {name.as_posix(): path.read_text("utf-8") for name, path in names if _is_part(name)}


def _is_part(name: Path) -> bool:
    return name.parts[0] != "tests" and not any(part.startswith(".") for part in name.parts)
