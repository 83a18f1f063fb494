"""Starts a fleet (Redis, simulator, scheduler, one api-node) with something of everything in it, and lets schemathesis
loose on it twice: with an administrator's session, and with an API token for the calls that would end that session.

usage: fuzz.py <schemathesis> [its options…]   KP_BUILD_DIR says whose programs are started
"""

import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "system"))

from harness.api import ApiNode  # noqa: E402  (its folder is added one line above)
from harness.redis_server import RedisServer  # noqa: E402
from harness.scheduler import Scheduler  # noqa: E402
from harness.simulator import Simulator  # noqa: E402

# Left out: ignored_auth (it sends a wrong cookie beside our good token, which counts) and unsupported_method (TRACE is
# refused by libwebsockets, with 403); tests of ours do both.
CHECKS = ("not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,"
          "response_schema_conformance,negative_data_rejection,allow_header_conformance")
# They end the session, or the account that it belongs to: with a token they are refused or hit others.
ENDING = ["auth_logout", "password_change", "users_update", "users_delete", "auth_sessions_close"]
# The upgrade to a WebSocket, which schemathesis does not speak.
NOT_HERE = ["ws"]

# 502 and 503 are no faults of ours where a receiver of notices or the provider fails, or the store is away: they are
# declared. %00 in an address is refused by libwebsockets, which closes without an answer.
CONFIG = """
[generation]
allow-x00 = false

[checks]
not_a_server_error.expected-statuses = ["2xx", "3xx", "4xx", "502", "503"]
negative_data_rejection.expected-statuses = ["400", "401", "403", "404", "405", "409", "411", "413", "415", "422", "429", "5xx"]
"""


def fill(admin):
    """Something of everything, so that lists have lines and ids lead somewhere."""
    admin.post("/api/proxies", {"key_name": "sold", "kiotproxy_key": "KSECRETfuzz1", "region": "bac", "tags": ["a"]})
    for i in range(5):
        admin.add_static(f"fixed {i}", note="n", allow=["127.0.0.1"])
    admin.post("/api/proxies/1/link")
    admin.post("/api/users", {"username": "someone", "role": "user"})
    admin.post("/api/notices/channels", {"kind": "webhook", "name": "hook", "url": "http://127.0.0.1:9/"})
    return admin.post("/api/tokens", {"name": "fuzz"}).json["token"]


def run(program, node, token, options):
    with tempfile.NamedTemporaryFile("w", suffix=".toml") as config:
        config.write(CONFIG)
        config.flush()
        command = [program, "--config-file", config.name, "run", f"http://127.0.0.1:{node.port}/api/openapi.json",
                   "--checks", CHECKS, "--phases", "examples,coverage,fuzzing", "--continue-on-failure", "--request-timeout", "60",
                   "--suppress-health-check", "all", "--warnings", "off", "--header", f"Authorization: Bearer {token}", *options]
        return subprocess.run(command, cwd=tempfile.gettempdir()).returncode


def main(program, *options):
    with Simulator(ttc_ms=200, ttl_ms=600000) as sim, RedisServer() as redis, Scheduler(redis, sim), \
            ApiNode(redis, log_level="info") as node:
        admin = node.login(bearer=True)
        token = fill(admin)
        apart = [option for name in ENDING + NOT_HERE for option in ("--exclude-operation-id", name)]
        failed = run(program, node, admin.session, [*apart, *options])
        assert admin.get("/api/auth/me").status == 200, "the session ended underway: what came after it says nothing"
        failed |= run(program, node, token, [option for name in ENDING for option in ("--include-operation-id", name)] + [*options])
        assert node.nobody.get("/api/health").status == 200
    return failed


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
