"""Ray Data, for real, on this machine."""

import pytest

pytest.importorskip("ray", reason="Ray is not installed")

import ray  # noqa: E402

from curbside.ray import Decide  # noqa: E402


@pytest.fixture(scope="module", autouse=True)
def cluster():
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False)
    yield
    ray.shutdown()


def test_the_same_as_the_command(engine, records, replay, tmp_path):
    path = tmp_path / "records.ndjson"
    path.write_text("\n".join(records) + "\n", "utf-8")
    dataset = ray.data.from_items([{"bundle": record} for record in records])
    decisions = dataset.map_batches(Decide, fn_constructor_args=[engine], batch_format="pyarrow", batch_size=32, concurrency=1)
    found = [row["document"] for row in decisions.take_all() if row["document"]]
    assert sorted(found) == sorted(replay(path))
