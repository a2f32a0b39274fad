"""Chromium as the distribution packages it, and pages to look at."""

import os

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import expect, sync_playwright

from tests.doubles.page_server import quick_page

CHROMIUM = "/usr/bin/chromium"
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(scope="session")
def chromium():
    expect.set_options(timeout=20_000)
    with sync_playwright() as playwright:
        path = os.environ.get("CHROMIUM", CHROMIUM)
        browser = playwright.chromium.launch(executable_path=path, args=list(QUIET))
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def profile(chromium):
    """One visitor's profile, whose cache makes every page but the first open quickly."""
    context = chromium.new_context()
    yield context
    context.close()


@pytest.fixture(scope="session")
def address(tmp_path_factory):
    """A page whose runs take a twentieth of a second a step."""
    with quick_page(tmp_path_factory.mktemp("page"), seconds=0.05) as url:
        yield url


@pytest.fixture(scope="session")
def requested() -> list[str]:
    """Every address that any visit has asked for."""
    return []


@pytest.fixture
def visit(profile, address, requested):
    """The page without memory of earlier visits, ready to use; it notes its faults."""
    page = profile.new_page()
    page.set_default_timeout(20_000)
    page.faults = []
    page.on("request", lambda request: requested.append(request.url))
    page.on("pageerror", lambda error: page.faults.append(str(error)))
    page.on(
        "console",
        lambda said: page.faults.append(said.text) if said.type == "error" else None,
    )
    page.goto(address)
    page.locator("#source-picture img").wait_for()
    yield page
    page.evaluate("localStorage.clear()")
    page.close()


@pytest.fixture(scope="session")
def axe_script() -> str:
    """Source of axe-core, as the package that ships it has it."""
    return AXE_SCRIPT
