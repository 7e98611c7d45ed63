// A Curbside plug-in: a patient with many active medication requests gets a card. The contract is
// crates/curbside-sandbox/wit/cds.wit: CDS Hooks requests in, CDS Hooks responses out.

const MANY = 5;

/** What it offers: a CDS Hooks discovery document. */
export function describe() {
  return JSON.stringify({
    services: [
      {
        id: "polypharmacy-js",
        hook: "patient-view",
        title: "Many medications",
        description: `Shows a card for patients with ${MANY} or more active medication requests.`,
        prefetch: { medications: "MedicationRequest?patient={{context.patientId}}" },
      },
    ],
  });
}

/** Answers one request, in a fresh instance. Without the prefetch nothing is known, and nothing is said. */
export function call(service, request) {
  const { prefetch } = JSON.parse(request);
  const entries = prefetch?.medications?.entry ?? [];
  const active = entries.filter(({ resource }) => resource?.status === "active").length;
  if (active < MANY) return JSON.stringify({ cards: [] });
  const card = {
    summary: `${active} active medication requests: consider a review`,
    indicator: "info",
    source: { label: "Example plug-in in JavaScript" },
  };
  return JSON.stringify({ cards: [card] });
}
