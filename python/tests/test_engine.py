"""One record, and batches of them."""

import json
import pickle
import threading

import pyarrow as pa
import pytest

import curbside
from conftest import AT, ROOT

PATIENT = {"resourceType": "Patient", "id": "p1", "birthDate": "1990-01-01"}


def bundle(*resources):
    return {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": resource} for resource in resources]}


def test_one_record(engine):
    document = engine.evaluate(bundle(PATIENT))
    assert document["patient"] == "Patient/p1" and document["as_of"] == AT
    assert {"trd-eligible", "suicide-risk-flag"} <= {decision["rule"] for decision in document["decisions"]}
    assert engine.evaluate(json.dumps(bundle(PATIENT))) == engine.evaluate(json.dumps(bundle(PATIENT)).encode())
    assert engine.packs[0][0] == "trd" and "trd" in repr(engine)


def test_errors_say_what_is_wrong(engine, tmp_path):
    two = bundle(PATIENT, {"resourceType": "Patient", "id": "p2"})
    with pytest.raises(ValueError, match="several patients"):
        engine.evaluate(two)
    assert engine.evaluate(two, patient="p2")["patient"] == "Patient/p2"
    with pytest.raises(ValueError, match="no patient"):
        engine.evaluate(bundle())
    with pytest.raises(ValueError, match="not JSON"):
        engine.evaluate("{oops")
    with pytest.raises(ValueError, match="no pack"):
        curbside.Engine.load([tmp_path], as_of=AT)
    (tmp_path / "pack.yaml").write_text("pack: x\ntitel: y\n")
    with pytest.raises(ValueError, match="does not check: pack.yaml: "):
        curbside.Engine.load([tmp_path], as_of=AT)
    with pytest.raises(ValueError, match="is no date"):
        curbside.Engine.load([ROOT / "rules/trd"], as_of="soon")


def test_a_bad_row_costs_itself_alone(engine):
    good = json.dumps(bundle(PATIENT))
    rows = [good, "{oops", None, "", good, json.dumps(bundle()), "\ud83d", good]
    rows[6] = "[1]"
    found = engine.evaluate_batch(pa.RecordBatch.from_pydict({"bundle": rows, "patient_id": ["p1", "x", None, None, "p1", None, None, "q"]}))
    assert found.schema.equals(curbside.SCHEMA)
    errors = found.column("error").to_pylist()
    assert [error is None for error in errors] == [True, False, False, False, True, False, False, False]
    assert "does not hold patient q" in errors[7]
    assert found.column("patient").to_pylist()[:2] == ["Patient/p1", "x"]
    assert found.column("document")[0].as_py() == engine.evaluate_json(good)
    decision = found.column("decisions")[0].as_py()[0]
    assert set(decision) == {"rule", "version", "outcome", "because", "evidence", "missing"}


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string(), pa.binary(), pa.large_binary(), pa.string_view(), pa.binary_view()])
def test_any_column_of_texts_or_bytes(engine, kind):
    good = json.dumps(bundle(PATIENT)).encode()
    column = pa.array([good], pa.binary()).cast(pa.string()).cast(kind) if "view" not in str(kind) else pa.array([good if kind == pa.binary_view() else good.decode()], kind)
    found = engine.evaluate_batch(pa.RecordBatch.from_arrays([column], ["bundle"]))
    assert found.column("document")[0].as_py() == engine.evaluate_json(good)


def test_wrong_columns_are_refused(engine):
    with pytest.raises(ValueError, match="no column `bundle`"):
        engine.evaluate_batch(pa.RecordBatch.from_pydict({"x": ["y"]}))
    with pytest.raises(ValueError, match="not texts or bytes"):
        engine.evaluate_batch(pa.RecordBatch.from_pydict({"bundle": [1]}))


def test_an_engine_travels(engine):
    other = pickle.loads(pickle.dumps(engine))
    assert other.evaluate_json(bundle(PATIENT)) == engine.evaluate_json(bundle(PATIENT))


def test_other_threads_run_meanwhile(engine, records):
    batch = pa.RecordBatch.from_pydict({"bundle": records * 3})
    counted, done = [0], threading.Event()

    def count():
        while not done.is_set():
            counted[0] += 1

    thread = threading.Thread(target=count)
    thread.start()
    before = counted[0]
    engine.evaluate_batch(batch)
    during = counted[0] - before
    done.set()
    thread.join()
    assert during > 1000


def test_the_same_as_the_command(engine, records, replay, tmp_path):
    path = tmp_path / "records.ndjson"
    path.write_text("\n".join(records) + "\n", "utf-8")
    expected = replay(path)
    found = engine.evaluate_batch(pa.RecordBatch.from_pydict({"bundle": records}))
    assert [document for document in found.column("document").to_pylist() if document] == expected
    assert len(expected) >= 3
