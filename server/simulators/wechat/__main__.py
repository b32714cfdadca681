"""`python -m server.simulators.wechat`: run the simulator on loopback until it is told to stop."""

import argparse
import logging
import signal
import sys
from collections.abc import Sequence
from typing import Any

from server.simulators.wechat import Config, ConfigError, NotHere, create_app, world_of
from server.simulators.wechat.serving import server_for, url_of


def main(argv: Sequence[str] | None = None) -> int:
    """Print the URL as one line when ready; 2 when it must not or cannot start."""
    options = _parser().parse_args(argv)
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
    try:
        app = create_app(_settings(options))
    except (ConfigError, NotHere) as error:
        print(f"simulator: {error}", file=sys.stderr)  # noqa: T201  # a command talks to its user
        return 2
    server = server_for(app, options.port)
    signal.signal(signal.SIGTERM, _leave)
    print(url_of(server), flush=True)  # noqa: T201  # the line that whoever started it waits for
    try:
        server.serve_forever(poll_interval=0.2)
    except (KeyboardInterrupt, SystemExit):
        pass
    finally:
        world_of(app).stop()
        server.server_close()
    return 0


def _leave(*_: Any) -> None:
    raise SystemExit(0)


def _settings(options: argparse.Namespace) -> dict[str, Any]:
    given = {name: value for name, value in vars(options).items() if value is not None and name != "port"}
    return {**given, "ip_allow": tuple(given.get("ip_allow", ())), "pages": tuple(given.get("pages", Config().pages))}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m server.simulators.wechat", description=__doc__)
    parser.add_argument("--port", type=int, default=8090, help="0 takes a free one")
    parser.add_argument("--appid")
    parser.add_argument("--secret")
    parser.add_argument("--callback-url", help="the service's push address, on loopback")
    parser.add_argument("--token", help="of the push address")
    parser.add_argument("--aes-key", help="EncodingAESKey, 43 characters")
    parser.add_argument("--push-mode", choices=("json", "xml"))
    parser.add_argument("--push-safety", choices=("plain", "safe"))
    parser.add_argument("--component-appid", help="of the third-party platform")
    parser.add_argument("--component-secret")
    parser.add_argument("--component-token", help="of the platform's push addresses")
    parser.add_argument("--component-aes-key", help="of the platform's push addresses, 43 characters")
    parser.add_argument("--component-url", help="the service's address for tickets and authorisations, on loopback")
    parser.add_argument("--component-message-url", help="the same for verdicts, with $APPID$ in it")
    parser.add_argument("--service-url", help="the service that the page speaks to, on loopback")
    parser.add_argument("--app-version", help="user_version of the live mini program")
    parser.add_argument("--build", type=int, help="the number in the Referer")
    parser.add_argument("--seed", type=int)
    parser.add_argument("--start-at", type=float, help="Unix time at which the virtual clock starts")
    parser.add_argument("--media-delay", type=float, help="virtual seconds before a picture's verdict is pushed")
    parser.add_argument("--push-retry-delay", type=float, help="seconds between attempts of a push")
    parser.add_argument("--ip-allow", action="append", help="address on the secret's allow-list; may be repeated")
    parser.add_argument("--pages", action="append", metavar="PAGE", help="page of the live version; may be repeated")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
