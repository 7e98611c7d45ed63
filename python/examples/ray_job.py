"""Decide a population with Ray Data.

    python ray_job.py --records records.ndjson.gz --rules rules/trd --at 2026-11-23 --output DIR
"""

import argparse

import ray

from curbside import Engine
from curbside.ray import Decide


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", required=True, help="a bundle a line")
    parser.add_argument("--rules", action="append", required=True)
    parser.add_argument("--at", required=True)
    parser.add_argument("--output", required=True)
    parser.add_argument("--actors", type=int, default=8, help="at most; as many as there are processors for")
    arguments = parser.parse_args()

    engine = Engine.load(arguments.rules, as_of=arguments.at)
    records = ray.data.read_text(arguments.records).rename_columns({"text": "bundle"})
    # From one on: actors that take every processor would leave none for reading, and wait for ever.
    actors = (1, arguments.actors)
    decisions = records.map_batches(Decide, fn_constructor_args=[engine], batch_format="pyarrow", batch_size=32, concurrency=actors)
    decisions.write_parquet(arguments.output)


if __name__ == "__main__":
    main()
