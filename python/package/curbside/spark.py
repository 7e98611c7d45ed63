"""Rules in PySpark.

    decisions = frame.mapInArrow(map_in_arrow(engine), SCHEMA)

``frame`` has a patient a row: ``bundle``, and if need be ``patient_id``. :func:`group_export` makes
such a frame of a bulk export; do that once and keep the result, for it is the costly part.

Records are large. Set ``spark.sql.execution.arrow.maxRecordsPerBatch`` to 16-64: the default of
10,000 would put gigabytes into one batch.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Callable, Iterator

import pyarrow as pa

from . import Engine

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame, SparkSession

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
_URN = r"^urn:uuid:(.+)$"


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

    Where the export's manifest lies beside, only the files that it lists are read, and what its
    ``deleted`` files name is left out.

    Resources that are nobody's (medications, places) go with whoever refers to them, directly or through
    one another. Lines that are no resource, and resources of patients without a Patient resource, are
    left out; count them beforehand if that matters.
    """
    from pyspark.sql import functions as f

    def member(path: str) -> Column:
        return f.get_json_object("value", path)

    def found(text: Column, pattern: str) -> Column:
        return f.nullif(f.coalesce(f.regexp_extract(text, pattern, 1), f.lit("")), f.lit(""))

    stated = f.coalesce(*(member(f"$.{name}") for name in _OWNERS))
    owners = [found(member(f"$.{name}.reference"), pattern) for name in _OWNERS for pattern in (_PATIENT, _URN)]
    booked = found(member("$.participant[*].actor.reference"), r'"?Patient/([^"/]+)')
    owner = f.when(f.col("kind") == "Patient", f.col("id")).otherwise(f.coalesce(*owners, booked))
    lines = (
        _listed(spark, paths)
        # What was cut short is no resource, whatever its first half says.
        .where("try_parse_json(value) is not null")
        .withColumn("kind", member("$.resourceType"))
        .withColumn("id", f.coalesce(member("$.id"), f.lit("")))
        .where("kind is not null")
        .withColumn("patient_id", owner)
        .withColumn("stated", stated.isNotNull())
    )
    own = lines.where("patient_id is not null")
    shared = _referred(own, lines.where("patient_id is null and not stated"))
    rows = own.selectExpr("patient_id", "false as shared", "kind", "id", "file", "block", "line", "value").union(
        shared.selectExpr("patient_id", "true", "name", "''", "''", "0L", "0L", "value")
    )
    resource = f.struct("shared", "kind", "id", "file", "block", "line", "value")
    entries = f.transform("rows", lambda row: f.concat(f.lit('{"resource":'), f.btrim(row["value"], f.lit(" \t\r\n")), f.lit("}")))
    bundle = f.concat(f.lit('{"resourceType":"Bundle","type":"collection","entry":['), f.array_join(entries, ","), f.lit("]}"))
    return (
        rows.groupBy("patient_id")
        .agg(f.sort_array(f.collect_list(resource)).alias("rows"), f.bool_or(f.expr("not shared and kind = 'Patient'")).alias("known"))
        .where("known")
        .select("patient_id", bundle.alias("bundle"))
    )


def _referred(own: DataFrame, nobodys: DataFrame) -> DataFrame:
    """The resources of nobody that patients' resources refer to: ``patient_id``, ``name``, ``value``."""
    from pyspark.sql import functions as f

    place = f.struct("file", "block", "line")
    latest = nobodys.groupBy(f.concat_ws("/", "kind", "id").alias("name")).agg(f.max_by("value", place).alias("value"))

    def step(rows: DataFrame) -> DataFrame:
        references = f.regexp_extract_all("value", f.lit(r'"reference"\s*:\s*"([^"]*)"'), 1)
        name = f.regexp_extract(f.col("reference"), r"([^/]+/[^/]+?)(?:/_history/[^/]*)?$", 1)
        named = rows.select("patient_id", f.explode(references).alias("reference")).select("patient_id", name.alias("name"))
        return named.where("name <> ''").distinct().join(latest, "name").select("patient_id", "name", "value")

    # A medication may refer to another one: step by step, until nothing new turns up. Kept by the workers meanwhile.
    new = step(own).localCheckpoint()
    found = new
    while not new.isEmpty():
        new = step(new).join(found, ["patient_id", "name"], "left_anti").localCheckpoint()
        found = found.union(new)
    return found


def _listed(spark: SparkSession, paths: tuple[str, ...]) -> DataFrame:
    """The lines of an export's files with where they stand; of those that its manifest lists, where there is one."""
    from pyspark.sql import functions as f

    # Folders are told apart before names, as the command does it.
    place = f.translate(f.col("_metadata.file_path"), "/", "\x01")
    text = spark.read.option("recursiveFileLookup", True).text(list(paths))
    line = f.monotonically_increasing_id()
    lines = text.select("value", place.alias("file"), f.col("_metadata.file_block_start").alias("block"), line.alias("line"))
    manifest = _manifest(spark, paths)
    there = {_stem(path) for path in text.inputFiles()}
    output, deleted = ({_stem(file["url"]) for file in manifest.get(member, [])} & there for member in ("output", "deleted"))
    stem = f.regexp_extract("file", "([^\x01]+?)(?:\\.gz|\\.zst)?$", 1)
    if not output:
        return lines
    kept = lines.where(stem.isin(*output))
    if not deleted:
        return kept
    requests = f.from_json("value", "entry array<struct<request: struct<method: string, url: string>>>")["entry"]["request"]
    gone = lines.where(stem.isin(*deleted)).select(f.explode(requests).alias("request")).where("request.method = 'DELETE'")
    name = f.concat_ws("/", f.get_json_object("value", "$.resourceType"), f.get_json_object("value", "$.id"))
    return kept.join(gone.select("request.url").distinct(), name == f.col("url"), "left_anti")


def _manifest(spark: SparkSession, paths: tuple[str, ...]) -> dict[str, Any]:
    """The export's manifest, if one lies beside; larger files are not looked at."""
    files = spark.read.format("binaryFile").option("recursiveFileLookup", True).option("pathGlobFilter", "*.json").load(list(paths))
    for row in files.where("length < 67108864").orderBy("path").select("content").toLocalIterator():
        try:
            found = json.loads(row.content)
        except ValueError:
            continue
        if isinstance(found, dict) and "transactionTime" in found and "output" in found:
            return found
    return {}


def _stem(url: str) -> str:
    """A file's name without the ending of its compression."""
    return re.sub(r"\.(gz|zst)$", "", re.split(r"[?#]", url)[0].rsplit("/", 1)[-1])
