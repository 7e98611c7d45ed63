"""A Curbside plug-in: a patient with many active medication requests gets a card.

The contract is crates/curbside-sandbox/wit/cds.wit: CDS Hooks requests in, CDS Hooks responses out.
"""

import json

MANY = 5


class WitWorld:
    def describe(self) -> str:
        """What it offers: a CDS Hooks discovery document."""
        return json.dumps(
            {
                "services": [
                    {
                        "id": "polypharmacy-py",
                        "hook": "patient-view",
                        "title": "Many medications",
                        "description": f"Shows a card for patients with {MANY} or more active medication requests.",
                        "prefetch": {"medications": "MedicationRequest?patient={{context.patientId}}"},
                    }
                ]
            }
        )

    def call(self, service: str, request: str) -> str:
        """Answers one request, in a fresh instance. Without the prefetch nothing is known, and nothing is said."""
        prefetch = json.loads(request).get("prefetch") or {}
        entries = (prefetch.get("medications") or {}).get("entry", [])
        active = sum(1 for entry in entries if entry.get("resource", {}).get("status") == "active")
        if active < MANY:
            return json.dumps({"cards": []})
        card = {
            "summary": f"{active} active medication requests: consider a review",
            "indicator": "info",
            "source": {"label": "Example plug-in in Python"},
        }
        return json.dumps({"cards": [card]})
