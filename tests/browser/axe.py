"""What axe finds on a page, but for the known faults of Gradio's own widgets."""

from playwright.sync_api import Page

# Which no setting of ours reaches: (rule, part of the selector).
GRADIOS_OWN = (("aria-prohibited-attr", ".empty"),)


def axe_faults(page: Page) -> list[tuple[str, str, str]]:
    """(rule, selector, markup) in light and dark; the page must have come to rest."""
    violations = []
    for dark in ("false", "true"):
        page.evaluate(f"document.body.classList.toggle('dark', {dark})")
        page.wait_for_timeout(500)
        violations += page.evaluate("async () => (await axe.run()).violations")
    found = [
        (violation["id"], " ".join(map(str, node["target"])), node["html"][:200])
        for violation in violations
        for node in violation["nodes"]
    ]
    return [
        fault
        for fault in found
        if not any(rule == fault[0] and part in fault[1] for rule, part in GRADIOS_OWN)
    ]
