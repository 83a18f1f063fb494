"""What `./dev run` starts (deploy/local/fleet): it comes up, says how to use it, keeps its state, and leaves nothing
behind, however it ends.
"""

import json
import os
import pathlib
import re
import shlex
import signal
import subprocess
import urllib.request

import pytest

from harness.simulator import REPO, SCALE, build_dir, wait_until

SCRIPT = REPO / "deploy" / "local" / "fleet"


def processes():
    """Every process: {pid: (parent, command line)}."""
    found = {}
    for entry in pathlib.Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            parent = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
            command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
        except (OSError, IndexError):
            continue
        found[int(entry.name)] = (parent, command)
    return found


def hear_ctrl_c():
    """A shell's background job begins with SIGINT ignored, and no shell script can undo that for itself."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


class LocalFleet:
    """with LocalFleet(folder) as run: run.curl()"""

    def __init__(self, folder, **environment):
        self.folder = folder
        self.environment = {"PATH": os.environ["PATH"], "ASAN_OPTIONS": "exitcode=99", **environment}
        self.process = None
        self.children = {}

    def launch(self):
        self.output_file = open(self.folder / f"output-{id(self)}", "w+b")
        self.process = subprocess.Popen([SCRIPT, build_dir()], cwd=self.folder, env=self.environment,
                                        stdin=subprocess.DEVNULL, stdout=self.output_file, stderr=subprocess.STDOUT,
                                        start_new_session=True, preexec_fn=hear_ctrl_c)
        return self

    def __enter__(self):
        self.launch()
        try:
            wait_until(self.is_up, "the local fleet is up", 60)
        except BaseException:
            self.__exit__()
            raise
        self.children = {pid: command for pid, (parent, command) in processes().items() if parent == self.process.pid}
        return self

    def __exit__(self, *exc):
        if self.process.poll() is None:
            self.end(signal.SIGTERM)
        if exc and exc[0] is not None:
            print(self.output())
        self.output_file.close()

    def is_up(self):
        assert self.process.poll() is None, self.output()
        return "Ctrl-C stops everything" in self.output()

    def output(self):
        self.output_file.seek(0)
        return self.output_file.read().decode()

    def end(self, number):
        """Signals the script alone, as `kill` does; its exit status, when nothing of it is left."""
        os.kill(self.process.pid, number)
        return self.wait()

    def wait(self):
        try:
            status = self.process.wait(timeout=40 * SCALE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise
        wait_until(lambda: not self.left(), "nothing is left of the fleet")
        return status

    def left(self):
        now = processes()
        return [command for pid, command in self.children.items() if pid in now and now[pid][1] == command]

    def child(self, name):
        return next(pid for pid, command in self.children.items() if name in command.split(" ")[0])

    def said(self, pattern):
        found = re.search(pattern, self.output(), re.MULTILINE)
        assert found, f"{pattern} is not in\n{self.output()}"
        return found.group(1)

    @property
    def password(self):
        return self.said(r"^  password +(\S+)$")

    @property
    def curl_line(self):
        return self.said(r"^  (curl -x .+)$")

    def curl(self):
        """The printed example: the exit IP it shows."""
        done = subprocess.run(shlex.split(self.curl_line) + ["-sS", "--fail"], env={"PATH": os.environ["PATH"]},
                              capture_output=True, timeout=20 * SCALE, check=True)
        return json.loads(done.stdout)["ip"]

    def api(self, path, body=None, token=None):
        request = urllib.request.Request(self.said(r"^  API +(\S+)") + path, None if body is None else json.dumps(body).encode(),
                                         {"Content-Type": "application/json",
                                          **({"Authorization": f"Bearer {token}"} if token else {})})
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=20 * SCALE) as answer:
            return json.load(answer)

    def sign_in(self):
        return self.api("/auth/login", {"username": self.said(r"^  admin +(\S+)$"), "password": self.password})["session_id"]

    def proxies(self):
        return self.api("/proxies", token=self.sign_in())


def test_comes_up_again_as_it_was(tmp_path):
    with LocalFleet(tmp_path) as first:
        ip, password, line = first.curl(), first.password, first.curl_line
        (before,) = first.proxies()
        assert first.end(signal.SIGINT) == 130
        assert all(f"{name} stopped" in first.output()
                   for name in ("api-1", "relay-1", "scheduler-1", "simulator", "redis")), first.output()
    with LocalFleet(tmp_path) as second:
        assert (second.curl(), second.password, second.curl_line) == (ip, password, line)
        (after,) = second.proxies()
        same = ("id", "number", "subdomain", "password", "remote_http", "created_at")
        assert [after[name] for name in same] == [before[name] for name in same]
        assert second.end(signal.SIGTERM) == 143


def test_links_are_addresses_and_no_real_vendor_is_called(tmp_path):
    names = (REPO / "shared" / "model" / "provider_names.h").read_text()
    others = [name for name in re.findall(r'X\("(\w+)", SOLD', names) if name != "kiotproxy"]
    assert len(others) >= 4
    with LocalFleet(tmp_path) as run:
        token = run.sign_in()
        (demo,) = run.api("/proxies", token=token)
        link = run.api(f"/proxies/{demo['id']}/link", {}, token=token)["url"]
        assert link.startswith(run.said(r"^  API +(\S+)/api") + "/r/")
        assert run.api(f"/proxies/{demo['id']}", token=token)["rotate_link"] == link
        made = [run.api("/proxies", {"key_name": name, "kiotproxy_key": "K" + name, "provider": name}, token=token)
                for name in others]
        for proxy in made:
            wait_until(lambda p=proxy: "Only KiotProxy is simulated here" in json.dumps(
                run.api(f"/proxies/{p['id']}", token=token)["last_error"]), f"{proxy['provider']} is not called")
        assert run.end(signal.SIGTERM) == 143


def test_second_start_is_refused(tmp_path):
    with LocalFleet(tmp_path) as first:
        second = LocalFleet(tmp_path).launch()
        assert second.process.wait(timeout=20 * SCALE) == 1
        assert second.output() == (
            f"Another ./dev run is using {tmp_path}/.dev/simulator; end it with Ctrl-C in its terminal.\n")
        second.output_file.close()
        assert first.curl(), "the first one is not disturbed"


@pytest.mark.parametrize("victim, name", [("scheduler", "scheduler-1"), ("redis-server", "redis")])
def test_a_dead_child_ends_it_all(tmp_path, victim, name):
    with LocalFleet(tmp_path) as run:
        os.kill(run.child(victim), signal.SIGKILL)
        assert run.wait() == 1
        said = run.output()
        assert f"{name} was ended by SIGKILL unexpectedly. Its last lines ({tmp_path}/.dev/simulator/logs/{name}.log):" in said
        if name == "scheduler-1":
            assert "event=started" in said
        assert "relay-1 stopped" in said and f"{name} stopped" not in said


def test_a_killed_script_leaves_nothing(tmp_path):
    with LocalFleet(tmp_path) as run:
        assert run.end(signal.SIGKILL) == -signal.SIGKILL
    with LocalFleet(tmp_path) as run:
        assert run.curl()


def test_several_of_each(tmp_path):
    with LocalFleet(tmp_path, RELAYS="2", SCHEDULERS="2", APIS="2") as run:
        assert len(run.children) == 8
        ip = run.curl()
        other = run.curl_line.replace("127.0.0.1", "127.0.0.2", 1)
        done = subprocess.run(shlex.split(other) + ["-sS", "--fail"], env={"PATH": os.environ["PATH"]},
                              capture_output=True, timeout=20 * SCALE, check=True)
        assert json.loads(done.stdout)["ip"] == ip
        second_api = run.said(r"api-2: ready on (\S+)")
        with urllib.request.urlopen(second_api + "/api/health", timeout=20 * SCALE) as answer:
            assert answer.status == 200


def test_a_program_that_cannot_start_is_named(tmp_path):
    run = LocalFleet(tmp_path, DRAIN_SECONDS="many").launch()
    assert run.wait() == 1
    assert "relay-1 ended while starting" in run.output() and "DRAIN_SECONDS=many" in run.output()
    run.output_file.close()


def test_a_weak_password_is_refused_and_not_kept(tmp_path):
    run = LocalFleet(tmp_path, ADMIN_PASSWORD="matkhau123456").launch()
    assert run.wait() == 1
    assert "api-1 ended while starting" in run.output() and "ADMIN_PASSWORD: must be 12" in run.output()
    run.output_file.close()
    with LocalFleet(tmp_path, ADMIN_PASSWORD="violet-tractor-88") as run:
        assert run.password == "violet-tractor-88" and run.proxies()
