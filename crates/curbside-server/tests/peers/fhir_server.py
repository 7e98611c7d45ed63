"""A call without prefetch: everything is asked from a FHIR server, and the answer is that of the same call with prefetch."""

import json
import sys
import urllib.request

from example import bundle, patient, put_all, resources

base, fhir = sys.argv[1:]


def cards(more):
    call = {"hook": "patient-view", "hookInstance": "a", "context": {"userId": "Practitioner/1", "patientId": patient}, **more}
    request = urllib.request.Request(f"{base}/cds-services/trd-patient-view", json.dumps(call).encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(request) as response:
        return [card["summary"] for card in json.load(response)["cards"]]


put_all(fhir)
fetched, sent = cards({"fhirServer": fhir}), cards({"prefetch": {"record": bundle}})
print(f"FHIR server: {len(resources)} records, nothing prefetched: {fetched}")
assert fetched and fetched == sent, (fetched, sent)
with urllib.request.urlopen(f"{base}/metrics") as metrics:
    print("FHIR server:", *[line for line in metrics.read().decode().splitlines() if line.startswith("curbside_fetches_total")])
