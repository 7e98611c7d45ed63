"""Rules in Ray Data.

    decisions = dataset.map_batches(Decide, fn_constructor_args=[engine], batch_format="pyarrow",
                                    batch_size=32, concurrency=(1, 8))

``dataset`` has a patient a row: ``bundle``, and if need be ``patient_id``.
"""

from __future__ import annotations

import pyarrow as pa

from . import SCHEMA, Engine

__all__ = ["Decide"]


class Decide:
    """What an actor does with a batch; the engine is built once an actor."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def __call__(self, table: pa.Table) -> pa.Table:
        return pa.Table.from_batches([self._engine.evaluate_batch(batch) for batch in table.to_batches()], SCHEMA)
