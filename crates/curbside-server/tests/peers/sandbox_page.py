"""The CDS Hooks sandbox page in Chromium drives a server: discovery, calls, a suggestion, an override."""

import sys

from playwright.sync_api import sync_playwright

from example import patient, put_all, resources

page_url, base, fhir = sys.argv[1:]
put_all(fhir)
print(f"sandbox: {len(resources)} records on the FHIR server")


def to_fhir(route):
    """The FHIR server knows no CORS, ours must."""
    headers = {"access-control-allow-origin": "*", "access-control-allow-headers": "*", "access-control-allow-methods": "*"}
    if route.request.method == "OPTIONS":
        return route.fulfill(status=204, headers=headers)
    response = route.fetch()
    return route.fulfill(response=response, headers={**response.headers, **headers})


with sync_playwright() as playwright:
    browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
    page = browser.new_page()
    page.route(f"{fhir}/**", to_fhir)
    seen = []
    page.on("response", lambda response: response.url.startswith(base) and seen.append((response.request, response)))

    def show(hook, screen):
        services = f"{base}/cds-services"
        page.goto(f"{page_url}/?serviceDiscoveryURL={services}&fhirServiceUrl={fhir}&patientId={patient}&hook={hook}&screen={screen}")

    def answered(path, act):
        with page.expect_response(lambda response: response.url == base + path and response.request.method == "POST") as waiting:
            act()
        assert waiting.value.status == 200, (path, waiting.value.status, waiting.value.text())
        return waiting.value

    called = answered("/cds-services/trd-patient-view", lambda: show("patient-view", "patient-view"))
    sent, cards = called.request.post_data_json, called.json()["cards"]
    assert called.request.headers["authorization"].startswith("Bearer ")
    print(f"sandbox: patient-view with prefetch {sorted(sent.get('prefetch', {}))}: {[card['summary'] for card in cards]}")
    assert any("treatment-resistant depression" in card["summary"] for card in cards)
    page.get_by_text(cards[0]["summary"]).first.wait_for()

    [suggestion] = [card["suggestions"][0] for card in cards if card.get("suggestions")][:1]
    button = page.get_by_role("button", name=suggestion["label"]).first
    feedback = answered("/cds-services/trd-patient-view/feedback", button.click)
    assert feedback.request.post_data_json["feedback"][0]["acceptedSuggestions"][0]["id"] == suggestion["uuid"]
    print(f"sandbox: took `{suggestion['label']}`")

    show("order-sign", "rx-sign")
    called = answered("/cds-services/trd-order-sign", page.get_by_role("button", name="Sign Order").click)
    cards = called.json()["cards"]
    print(f"sandbox: order-sign: {[card['summary'] for card in cards]}")
    assert any(card.get("overrideReasons") for card in cards)
    page.get_by_label("select dismiss reason").first.click()
    feedback = answered("/cds-services/trd-order-sign/feedback", page.get_by_role("menuitem").first.click)
    print(f"sandbox: overrode with {feedback.request.post_data_json['feedback'][0]['overrideReason']}")
    failed = [(request.method, response.url, response.status) for request, response in seen if response.status >= 400]
    assert not failed, failed
    print(f"sandbox: {len(seen)} requests, none refused")
    browser.close()
