"""What the web server refuses: foreign Host names, foreign content, guessed content types."""

import ipaddress
import socket
import warnings
from collections.abc import Iterable, Mapping

from PIL import Image
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware

# As many as a photo for a scene may have.
MAX_IMAGE_PIXELS = 64_000_000
LOOPBACK = ("localhost", "127.0.0.1", "[::1]")
POLICY = (
    "default-src 'self'",
    "script-src 'self' 'unsafe-inline'",
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data: blob:",
    "media-src 'self' data: blob:",
    "font-src 'self' data:",
    "connect-src 'self'",
    "worker-src 'self' blob:",
    "object-src 'none'",
    "base-uri 'self'",
    "form-action 'self'",
)


class ContentPolicy:
    """ASGI middleware that adds Content-Security-Policy and nosniff to every answer.

    It only adds headers, so that streamed answers are not buffered.

    Args:
        app: the wrapped ASGI application.
        policy: value of the Content-Security-Policy header.
    """

    def __init__(self, app, *, policy: str):
        self.app = app
        self.headers = [
            (b"content-security-policy", policy.encode("ascii")),
            (b"x-content-type-options", b"nosniff"),
            (b"referrer-policy", b"no-referrer"),
        ]

    async def __call__(self, scope, receive, send):
        async def send_with_headers(message):
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message.get("headers", ()), *self.headers]}
            await send(message)

        await self.app(scope, receive, send_with_headers if scope["type"] == "http" else send)


def content_policy(environment: Mapping[str, str]) -> str:
    """The Content-Security-Policy: everything from the page's own address.

    On a Space the page lives in a frame of the hub's, so only elsewhere is framing forbidden.
    """
    framing = () if environment.get("SPACE_HOST") else ("frame-ancestors 'self'",)
    return "; ".join((*POLICY, *framing))


def allowed_hosts(
    host: str, environment: Mapping[str, str], extra: Iterable[str] = ()
) -> tuple[str, ...]:
    """Names under which the page may be asked for.

    Args:
        host: address the server binds; for `0.0.0.0` or `::` the machine's own names are added.
        environment: `os.environ`; a Space tells its public name in `SPACE_HOST`.
        extra: further names, as the user gave them.
    """
    names = [*LOOPBACK, *extra]
    if environment.get("SPACE_HOST"):
        names += environment["SPACE_HOST"].split(",")
    if host in ("0.0.0.0", "::"):
        names += _own_names()
    else:
        names.append(host)
    return tuple(dict.fromkeys(name.strip() for name in names if name.strip()))


def _own_names() -> list[str]:
    name = socket.gethostname()
    try:
        found = {info[4][0] for info in socket.getaddrinfo(name, None)}
    except OSError:
        found = set()
    return [name, *sorted(a for a in found if isinstance(ipaddress.ip_address(a), _IPv4))]


_IPv4 = ipaddress.IPv4Address


def middleware(hosts: Iterable[str], environment: Mapping[str, str]) -> list[Middleware]:
    """The list for `launch(app_kwargs={"middleware": ...})`."""
    return [
        Middleware(TrustedHostMiddleware, allowed_hosts=list(hosts), www_redirect=False),
        Middleware(ContentPolicy, policy=content_policy(environment)),
    ]


def guard_images() -> None:
    """Makes Pillow refuse pictures above 64 million pixels, before it unpacks them.

    Gradio warns of every SVG that it cannot put a watermark on; nobody asked for one.
    """
    Image.MAX_IMAGE_PIXELS = MAX_IMAGE_PIXELS
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    warnings.filterwarnings("ignore", message="Watermarking for SVG", category=UserWarning)
