"""A call without prefetch: everything is asked from a FHIR server, and the answer is that of the same call with prefetch."""

import json
import sys
import urllib.request

base, fhir = sys.argv[1:]
text = open("examples/patients/adult-two-failed-trials.json").read()
# A transaction's own names for its records become those of the server.
for entry in json.loads(text)["entry"]:
    text = text.replace(f'"reference": "{entry["fullUrl"]}"', f'"reference": "{entry["resource"]["resourceType"]}/{entry["resource"]["id"]}"')
bundle = json.loads(text)
resources = [entry["resource"] for entry in bundle["entry"]]
[patient] = [resource["id"] for resource in resources if resource["resourceType"] == "Patient"]


def send(method, url, body):
    headers = {"Content-Type": "application/fhir+json" if method == "PUT" else "application/json"}
    with urllib.request.urlopen(urllib.request.Request(url, json.dumps(body).encode(), headers, method=method)) as response:
        return json.load(response)


for resource in resources:
    send("PUT", f"{fhir}/{resource['resourceType']}/{resource['id']}", resource)
call = {"hook": "patient-view", "hookInstance": "a", "context": {"userId": "Practitioner/1", "patientId": patient}}
service = f"{base}/cds-services/trd-patient-view"
fetched = send("POST", service, {**call, "fhirServer": fhir})["cards"]
sent = send("POST", service, {**call, "prefetch": {"record": bundle}})["cards"]
print(f"FHIR server: {len(resources)} records, nothing prefetched: {[card['summary'] for card in fetched]}")
assert fetched and [card["summary"] for card in fetched] == [card["summary"] for card in sent], (fetched, sent)
with urllib.request.urlopen(f"{base}/metrics") as metrics:
    print("FHIR server:", *[line for line in metrics.read().decode().splitlines() if line.startswith("curbside_fetches_total")])
