"""The example's patient, as a FHIR server keeps it."""

import json
import urllib.request

text = open("examples/patients/adult-two-failed-trials.json").read()
# A transaction's own names for its records become those of the server.
for entry in json.loads(text)["entry"]:
    text = text.replace(f'"reference": "{entry["fullUrl"]}"', f'"reference": "{entry["resource"]["resourceType"]}/{entry["resource"]["id"]}"')
bundle = json.loads(text)
resources = [entry["resource"] for entry in bundle["entry"]]
[patient] = [resource["id"] for resource in resources if resource["resourceType"] == "Patient"]


def put_all(fhir):
    """Puts all of its records on a server."""
    for resource in resources:
        url = f"{fhir}/{resource['resourceType']}/{resource['id']}"
        headers = {"Content-Type": "application/fhir+json"}
        urllib.request.urlopen(urllib.request.Request(url, json.dumps(resource).encode(), headers, method="PUT")).read()
