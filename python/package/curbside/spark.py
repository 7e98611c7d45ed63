"""Rules in PySpark.

    decisions = frame.mapInArrow(map_in_arrow(engine), SCHEMA)

``frame`` has a patient a row: ``bundle``, and if need be ``patient_id``. :func:`group_export` makes
such a frame of a bulk export; do that once and keep the result, for it is the costly part.

Records are large. Set ``spark.sql.execution.arrow.maxRecordsPerBatch`` to 16-64: the default of
10,000 would put gigabytes into one batch.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Callable, Iterator

import pyarrow as pa

from . import Engine

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

__all__ = ["SCHEMA", "group_export", "map_in_arrow"]

#: The columns of decisions in Spark's own words.
SCHEMA = (
    "patient string, as_of string, hook string, "
    "decisions array<struct<rule: string, version: string, outcome: string, because: string, "
    "evidence: array<string>, missing: array<string>>>, "
    "cards array<struct<rule: string, indicator: string, summary: string>>, "
    "document string, error string"
)

#: Members that say whose a resource is; the first that points to a patient counts.
_OWNERS = ("subject", "patient", "beneficiary", "individual", "for")
_PATIENT = r"^(?:.*/)?Patient/([^/?]+)(?:/_history/[^/]*)?$"


def map_in_arrow(engine: Engine) -> Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    """The function for ``DataFrame.mapInArrow``; the engine travels to each worker once."""

    def decide(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            yield engine.evaluate_batch(batch)

    return decide


def group_export(spark: SparkSession, *paths: str) -> DataFrame:
    """A bulk export (a resource a line, whatever the files are called, gzip too) as one record a
    patient: ``patient_id``, ``bundle``. The records are those that ``curbside replay`` makes of the same
    export, byte for byte.

    Resources that are nobody's (medications, places) are collected on the driver and go with whoever
    refers to them. Lines that are no resource, and resources of patients without a Patient
    resource, are left out; count them beforehand if that matters.
    """
    from pyspark.sql import functions as f

    member = lambda path: f.get_json_object("value", path)  # noqa: E731
    patient = lambda path: f.nullif(  # noqa: E731
        f.coalesce(f.regexp_extract(member(path), _PATIENT, 1), f.lit("")), f.lit("")
    )
    urn = lambda path: f.nullif(  # noqa: E731
        f.coalesce(f.regexp_extract(member(path), r"^urn:uuid:(.+)$", 1), f.lit("")), f.lit("")
    )
    stated = f.coalesce(*(member(f"$.{name}") for name in _OWNERS))
    owners = [pick(f"$.{name}.reference") for name in _OWNERS for pick in (patient, urn)]
    booked = f.nullif(
        f.coalesce(f.regexp_extract(member("$.participant[*].actor.reference"), r'"?Patient/([^"/]+)', 1), f.lit("")), f.lit("")
    )
    owner = f.when(f.col("kind") == "Patient", f.col("id")).otherwise(f.coalesce(*owners, booked))
    lines = (
        spark.read.option("recursiveFileLookup", True)
        .text(list(paths))
        .select("value", f.col("_metadata.file_path").alias("file"), f.col("_metadata.file_block_start").alias("block"))
        .withColumn("line", f.monotonically_increasing_id())
        .withColumn("kind", member("$.resourceType"))
        .withColumn("id", f.coalesce(member("$.id"), f.lit("")))
        .where("kind is not null")
        .withColumn("patient_id", owner)
        .withColumn("stated", stated.isNotNull())
    )
    nobodys = lines.where("patient_id is null and not stated").orderBy("file", "block", "line").select("kind", "id", "value")
    shared = spark.sparkContext.broadcast({f"{row.kind}/{row.id}": row.value for row in nobodys.collect()})
    bundle = f.udf(lambda rows: _bundle([row["value"] for row in rows], shared.value), "string")
    resource = f.struct("kind", "id", "file", "block", "line", "value")
    return (
        lines.where("patient_id is not null")
        .groupBy("patient_id")
        .agg(f.sort_array(f.collect_list(resource)).alias("rows"), f.max((f.col("kind") == "Patient").cast("int")).alias("known"))
        .where("known = 1")
        .select("patient_id", bundle("rows").alias("bundle"))
    )


_REFERENCE = re.compile(r'"reference"\s*:\s*"([^"]*)"')


def _bundle(own: list[str], shared: dict[str, str]) -> str:
    """A patient's resources, then what they refer to, directly or through one another."""
    found: dict[str, str] = {}
    waiting = list(own)
    while waiting and shared:
        for reference in _REFERENCE.findall(waiting.pop()):
            name = "/".join(reference.split("/_history/")[0].rsplit("/", 2)[-2:])
            if name in shared and name not in found:
                found[name] = shared[name]
                waiting.append(shared[name])
    resources = own + [found[name] for name in sorted(found, key=str.encode)]
    entries = ",".join('{"resource":' + resource.strip() + "}" for resource in resources)
    return '{"resourceType":"Bundle","type":"collection","entry":[' + entries + "]}"


