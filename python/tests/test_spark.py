"""PySpark, for real, on this machine."""

import sys

import pytest

from conftest import CORPUS

pytest.importorskip("pyspark", reason="PySpark is not installed")
pytest.importorskip("pandas", reason="pandas is not installed")

from pyspark.sql import SparkSession  # noqa: E402

from curbside.spark import SCHEMA, group_export, map_in_arrow  # noqa: E402

EXPORT = {
    "0-HospitalCondition.txt": """{"id":"c2","subject":{"reference":"Patient/b"},"resourceType":"Condition"}
{"id":"c1","subject":{"reference":"https://fhir.example.org/r4/Patient/a/_history/1"},"resourceType":"Condition"}
{"id":"c9","subject":{"reference":"Patient/nobody"},"resourceType":"Condition"}
{"id":"c4","subject":{"reference":"Patient?identifier=x|1"},"resourceType":"Condition"}
""",
    "requests.ndjson": """{"resourceType":"MedicationRequest","id":"r1","subject":{"reference":"Patient/a"},"medicationReference":{"reference":"Medication/mix"}}
{"resourceType":"MedicationRequest","id":"r2","subject":{"reference":"urn:uuid:b"},"medicationReference":{ "reference" : "Medication/none" }}
{"resourceType":"Appointment","id":"x","participant":[{"actor":{"reference":"Location/l"}},{"actor":{"reference":"Patient/b"}}]}
""",
    "drugs.ndjson": """{"resourceType":"Medication","id":"pure"}
{"resourceType":"Medication","id":"mix","ingredient":[{"itemReference":{"reference":"Medication/pure"}}]}
""",
    "people.ndjson": """{"id":"b","resourceType":"Patient"}
{"id":"a","resourceType":"Patient"}
""",
    "log.ndjson": '{"exportId":"x"}\n',
}


@pytest.fixture(scope="module")
def spark():
    import os

    os.environ["PYSPARK_PYTHON"] = sys.executable
    session = (
        SparkSession.builder.master("local[2]")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.shuffle.partitions", 4)
        .config("spark.sql.execution.arrow.maxRecordsPerBatch", 32)
        .getOrCreate()
    )
    yield session
    session.stop()


def decided(frame, engine):
    rows = frame.mapInArrow(map_in_arrow(engine), SCHEMA).select("document", "error").collect()
    return [row.document for row in rows if row.document]


def test_the_same_as_the_command(spark, engine, records, replay, tmp_path):
    path = tmp_path / "records.ndjson"
    path.write_text("\n".join([*records, "{oops"]) + "\n", "utf-8")
    frame = spark.read.text(str(path)).withColumnRenamed("value", "bundle").repartition(3)
    assert sorted(decided(frame, engine)) == sorted(replay(path))


def test_the_columns_can_be_asked(spark, engine, records):
    frame = spark.createDataFrame([(record,) for record in records[:20]], "bundle string")
    decisions = frame.mapInArrow(map_in_arrow(engine), SCHEMA)
    counts = decisions.selectExpr("explode(decisions) d").groupBy("d.rule", "d.outcome").count().collect()
    assert {"trd-eligible", "suicide-risk-flag"} <= {row.rule for row in counts}


def test_an_export_is_grouped_as_the_command_does(spark, engine, replay, tmp_path):
    for name, text in EXPORT.items():
        (tmp_path / name).write_text(text)
    records = group_export(spark, str(tmp_path))
    bundles = {row.patient_id: row.bundle for row in records.collect()}
    assert set(bundles) == {"a", "b"}
    assert bundles["a"].index("Condition") < bundles["a"].index('"Patient"') < bundles["a"].index('"mix"') < bundles["a"].rindex('"pure"')
    assert sorted(decided(records, engine)) == sorted(replay(tmp_path))


def test_a_real_export_is_grouped_as_the_command_does(spark, engine, replay):
    folder = CORPUS / "export-mimic"
    if not folder.is_dir():
        pytest.skip(f"no export at {folder}")
    expected = replay(folder)
    assert len(expected) == 81
    assert sorted(decided(group_export(spark, str(folder)), engine)) == sorted(expected)
