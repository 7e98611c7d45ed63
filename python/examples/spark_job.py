"""Decide a population with PySpark.

    spark-submit spark_job.py --export EXPORT --rules rules/trd --at 2026-11-23 --output DIR
    spark-submit spark_job.py --records records.ndjson.gz …          (a bundle a line)
"""

import argparse

from pyspark.sql import SparkSession

from curbside import Engine
from curbside.spark import SCHEMA, group_export, map_in_arrow


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    inputs = parser.add_mutually_exclusive_group(required=True)
    inputs.add_argument("--export", help="a bulk export: a resource a line, whatever the files are called")
    inputs.add_argument("--records", help="a bundle a line")
    parser.add_argument("--rules", action="append", required=True)
    parser.add_argument("--at", required=True)
    parser.add_argument("--output", required=True)
    arguments = parser.parse_args()

    spark = (
        SparkSession.builder.appName("curbside")
        .config("spark.sql.execution.arrow.maxRecordsPerBatch", 32)
        .getOrCreate()
    )
    engine = Engine.load(arguments.rules, as_of=arguments.at)
    if arguments.export:
        records = group_export(spark, arguments.export)
    else:
        records = spark.read.text(arguments.records).withColumnRenamed("value", "bundle")
    records.mapInArrow(map_in_arrow(engine), SCHEMA).write.mode("overwrite").parquet(arguments.output)
    decisions = spark.read.parquet(arguments.output)
    decisions.selectExpr("explode(decisions) d").groupBy("d.rule", "d.outcome").count().orderBy("rule", "outcome").show(200, False)


if __name__ == "__main__":
    main()
