import warnings

import pytest
from PIL import Image
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from pds.ui import security


async def hello(_request):
    return PlainTextResponse("hello")


def client(hosts, environment=None) -> TestClient:
    app = Starlette(
        routes=[Route("/", hello)], middleware=security.middleware(hosts, environment or {})
    )
    return TestClient(app, base_url="http://127.0.0.1")


def test_every_answer_forbids_foreign_content_and_guessed_types():
    headers = client(security.LOOPBACK).get("/").headers
    policy = headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "unsafe-eval" not in policy
    assert "frame-ancestors 'self'" in policy
    assert headers["x-content-type-options"] == "nosniff"


def test_a_foreign_host_name_is_refused():
    answer = client(security.LOOPBACK).get("/", headers={"host": "evil.example"})
    assert answer.status_code == 400


def test_the_machines_own_address_is_answered_with_its_port():
    answer = client(security.LOOPBACK).get("/", headers={"host": "localhost:7860"})
    assert answer.text == "hello"


def test_on_a_space_its_public_name_is_answered_and_the_hub_may_frame_it():
    environment = {"SPACE_HOST": "me-pds.hf.space"}
    hosts = security.allowed_hosts("0.0.0.0", environment)
    answer = client(hosts, environment).get("/", headers={"host": "me-pds.hf.space"})
    assert answer.text == "hello"
    assert "frame-ancestors" not in answer.headers["content-security-policy"]


def test_a_named_address_and_names_given_by_the_user_are_allowed():
    hosts = security.allowed_hosts("192.168.0.7", {}, extra=["studio.local"])
    assert {"192.168.0.7", "studio.local", "localhost"} <= set(hosts)
    assert "*" not in hosts


def test_binding_to_every_address_allows_the_machines_own_names_only():
    hosts = security.allowed_hosts("0.0.0.0", {})
    assert "0.0.0.0" not in hosts
    assert "*" not in hosts
    assert len(hosts) > len(security.LOOPBACK)


def test_the_image_guard_refuses_a_picture_that_would_unpack_too_large():
    before = Image.MAX_IMAGE_PIXELS
    try:
        with warnings.catch_warnings():
            security.guard_images()
            with pytest.raises(Image.DecompressionBombWarning):
                Image._decompression_bomb_check((security.MAX_IMAGE_PIXELS, 2))
            Image._decompression_bomb_check((4000, 4000))
    finally:
        Image.MAX_IMAGE_PIXELS = before
