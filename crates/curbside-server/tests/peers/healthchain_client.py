"""HealthChain's client drives a server: every answer must fit its strict models."""

import json
import logging
import sys

from healthchain.models import CDSResponse
from healthchain.sandbox.requestconstructors import CdsRequestConstructor
from healthchain.sandbox.sandboxclient import SandboxClient
from healthchain.sandbox.workflows import Workflow

logging.disable(logging.CRITICAL)
base = sys.argv[1]


def client(service, workflow):
    return SandboxClient(url=f"{base}/cds-services/{service}", workflow=workflow)


example = json.load(open("examples/requests/patient-view.json"))
ours = client("trd-patient-view", "patient-view")
context = {name: example["context"][name] for name in ("userId", "patientId")}
ours.requests.append(CdsRequestConstructor().construct_request(example["prefetch"], Workflow.patient_view, context))
[answer] = ours.send_requests()
# The client falls back to the bare JSON where its models refuse: so they are asked here.
cards = CDSResponse(**answer).cards
assert any("treatment-resistant depression" in card.summary for card in cards), answer
assert all(card.uuid and card.source.label for card in cards)
print(f"HealthChain: {len(cards)} cards about the example, parsed by its models")

synthetic = client("trd-patient-view", "patient-view").load_synthetic(n=20, random_seed=7)
answers = synthetic.send_requests()
for request, answer in zip(synthetic.requests, answers):
    # An empty object is what the client makes of an error.
    assert answer, request.model_dump_json()
    CDSResponse(**answer)
print(f"HealthChain: {len(answers)} synthetic patients answered")
