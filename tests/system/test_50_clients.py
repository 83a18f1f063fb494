"""The programs that people use, through a constant endpoint: by port and by credentials, plain and through CONNECT to
a TLS server whose certificate they check. After a rotation the same URL comes out elsewhere.
"""

import http.server
import json
import os
import pathlib
import shutil
import ssl
import subprocess
import threading
import urllib.error
import urllib.request

import pytest
import requests

from harness.fleet import Fleet
from harness.simulator import SCALE, wait_until

FETCH_JS = pathlib.Path(__file__).parent / "load" / "fetch.js"
TIMEOUT_S = 20 * SCALE


# --- clients: proxy URL, target URL, CA file → the body; any failure is an exception -----------------------------


def run(*command, **environment):
    done = subprocess.run([str(part) for part in command], env={"PATH": os.environ["PATH"], **environment},
                          capture_output=True, text=True, timeout=TIMEOUT_S, check=False)
    assert done.returncode == 0, f"{command[0]} ended with {done.returncode}: {done.stderr}"
    return done.stdout


def by_curl(proxy, target, ca):
    return run("curl", "-sSf", "--noproxy", "", "-x", proxy, "--cacert", ca, target)


def by_wget(proxy, target, ca):
    return run("wget", "-q", "-O", "-", "--tries=1", f"--ca-certificate={ca}", target, http_proxy=proxy,
               https_proxy=proxy, HOME="/nonexistent")


def by_requests(proxy, target, ca):
    with requests.Session() as session:
        session.trust_env = False
        answer = session.get(target, proxies={"http": proxy, "https": proxy}, verify=str(ca), timeout=TIMEOUT_S)
        answer.raise_for_status()
        return answer.text


def by_urllib(proxy, target, ca):
    tls = urllib.request.HTTPSHandler(context=ssl.create_default_context(cafile=ca))
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({"http": proxy, "https": proxy}), tls)
    with opener.open(target, timeout=TIMEOUT_S) as answer:
        return answer.read().decode()


def by_node(proxy, target, ca):
    return run("node", FETCH_JS, proxy, target, ca)


# --- peers -------------------------------------------------------------------------------------------------------


class TellAddress(http.server.BaseHTTPRequestHandler):
    """Answers as the simulator's origin does: where the request came from."""

    def do_GET(self):
        body = json.dumps({"ip": self.client_address[0]}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


@pytest.fixture(scope="module")
def tls_server(tmp_path_factory):
    """(URL, CA file) of a TLS server with a certificate of its own."""
    folder = tmp_path_factory.mktemp("tls")
    key, cert = folder / "key.pem", folder / "cert.pem"
    run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1", "-addext",
        "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", cert)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), TellAddress)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    # The handshake belongs to the thread of its connection, not to the one that accepts.
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"https://127.0.0.1:{server.server_address[1]}/", cert
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def fleet():
    with Fleet(relays=2, schedulers=1) as it:
        yield it


@pytest.fixture(scope="module")
def by_port(fleet):
    """An endpoint that admits this machine without a password."""
    return with_urls(fleet, fleet.add("Kport", rotate_mode="manual"))


@pytest.fixture(scope="module")
def by_credentials(fleet):
    """An endpoint that admits nobody without its password."""
    return with_urls(fleet, fleet.add("Kpassword", rotate_mode="manual", allow=[]))


def with_urls(fleet, proxy):
    """The proxy as the API shows it once it knows the relays' ports."""
    def known():
        shown = fleet.want(200, "GET", f"/proxies/{proxy['id']}")
        return shown if shown["endpoints"] else None

    return wait_until(known, "the API shows the endpoint's ways")


def url(proxy, way):
    return next(e["url"] for e in proxy["endpoints"] if e["way"] == way and e["scheme"] == "http")


# --- tests -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("client", [by_curl, by_wget, by_requests, by_urllib, by_node], ids=lambda c: c.__name__)
def test_client(fleet, tls_server, by_port, by_credentials, client):
    if client is by_node and not shutil.which("node"):
        pytest.skip("node is not installed")
    secure, ca = tls_server

    def seen_at(endpoints):
        return {json.loads(client(endpoint, target, ca))["ip"]
                for endpoint in endpoints for target in (fleet.sim.origin + "/ip", secure)}

    # As the API shows them, and without credentials where the address is enough.
    for proxy, endpoints in ((by_port, [fleet.proxy_url(by_port)]),
                             (by_credentials, [url(by_credentials, "port"), url(by_credentials, "credentials")])):
        before = seen_at(endpoints)
        rotated = fleet.rotate(proxy)
        fleet.wait_applied(rotated["version"])
        assert len(before) == 1 and before != {rotated["new_ip"]}
        assert seen_at(endpoints) == {rotated["new_ip"]}


def test_urls_name_the_relays(fleet, by_credentials):
    secret = f"http://{by_credentials['subdomain']}:{by_credentials['password']}@127.0.0.1"
    assert url(by_credentials, "port") == f"{secret}:{fleet.port(by_credentials)}"
    assert url(by_credentials, "credentials") == f"{secret}:{fleet.http_port}"


@pytest.mark.parametrize("target", ["plain", "tls"])
def test_wrong_password(fleet, tls_server, by_credentials, target):
    secure, ca = tls_server
    wrong = url(by_credentials, "credentials").replace(by_credentials["password"], "wrong-password")
    if target == "plain":
        with pytest.raises(urllib.error.HTTPError) as refused:
            by_urllib(wrong, fleet.sim.origin + "/ip", ca)
        assert refused.value.code == 407
    else:
        with pytest.raises(OSError, match="407"):
            by_urllib(wrong, secure, ca)


def test_paused_endpoint_says_so(fleet, by_port):
    answer = fleet.want(200, "PUT", f"/proxies/{by_port['id']}", {"is_active": False})
    fleet.wait_applied(answer["version"])
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.build_opener(urllib.request.ProxyHandler({"http": url(by_port, "port")})).open(
            fleet.sim.origin + "/ip", timeout=TIMEOUT_S)
    assert refused.value.code == 403 and b"paused" in refused.value.read()
    answer = fleet.want(200, "PUT", f"/proxies/{by_port['id']}", {"is_active": True})
    fleet.wait_applied(answer["version"])
    assert fleet.exit_ip(by_port)
