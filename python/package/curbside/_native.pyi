from typing import Any

import pyarrow as pa

class Engine:
    def __init__(
        self,
        packs: list[dict[str, str]],
        as_of: str,
        tz: str,
        parameters: dict[str, str],
        hook: str | None,
        max_bytes: int,
    ) -> None: ...
    def evaluate_json(self, record: bytes, patient: str | None) -> str: ...
    def evaluate_batch(self, batch: Any) -> pa.RecordBatch: ...
    def packs(self) -> list[tuple[str, str, str]]: ...

def output_schema() -> pa.Schema: ...
