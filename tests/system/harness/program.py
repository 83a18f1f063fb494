"""One process of ours: its environment, log file, readiness and end. Knows nothing of what the program does."""

import http.client
import os
import signal
import subprocess
import tempfile

from harness.simulator import SCALE, wait_until

# A leak or a finding of a sanitizer must not look like any exit status of the programs.
SANITIZERS = {"ASAN_OPTIONS": "exitcode=99", "UBSAN_OPTIONS": "print_stacktrace=1"}


class Program:
    """Program("relay-1", [path], {"METRICS_PORT": …}, admin=("127.0.0.1", port)).start().wait_ready()"""

    def __init__(self, name, command, environment, admin=None):
        """`admin` is where it answers /readyz and /metrics; None: it is not asked."""
        self.name = name
        self.command = [str(part) for part in command]
        self.environment = {"PATH": os.environ.get("PATH", ""), **SANITIZERS,
                            **{key: str(value) for key, value in environment.items()}}
        self.admin = admin
        self.process = None
        self.told_to_end = False
        self.log_file = tempfile.TemporaryFile()

    # --- life ---

    def start(self):
        self.told_to_end = False
        self.process = subprocess.Popen(self.command, env=self.environment, stdin=subprocess.DEVNULL,
                                        stdout=self.log_file, stderr=self.log_file)
        return self

    def wait_ready(self):
        wait_until(self.is_ready, f"{self.name} is ready", 30)
        return self

    @property
    def pid(self):
        return self.process.pid

    def is_running(self):
        return self.process is not None and self.process.poll() is None

    def signal(self, number):
        self.process.send_signal(number)

    def terminate(self):
        """SIGTERM, without waiting. Once: a second one may meet a process that no longer handles it."""
        if not self.told_to_end and self.is_running():
            self.told_to_end = True
            self.signal(signal.SIGTERM)

    def kill(self):
        """SIGKILL: a crash."""
        process, self.process = self.process, None
        process.kill()
        process.wait()

    def wait(self, timeout_s=40):
        """The exit status, once it has ended by itself or after terminate()."""
        process, self.process = self.process, None
        try:
            return process.wait(timeout=timeout_s * SCALE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise AssertionError(f"{self.name} did not end within {timeout_s * SCALE:g} s\n{self.tail()}") from None

    def stop(self):
        """SIGTERM and the end, which must be a clean one."""
        if self.process is None:
            return
        self.terminate()
        status = self.wait()
        assert status == 0, f"{self.name} ended with {status}\n{self.tail(60)}"

    # --- what it says ---

    def log(self):
        self.log_file.seek(0)
        return self.log_file.read().decode(errors="replace")

    def tail(self, lines=25):
        return f"--- {self.name} ---\n" + "\n".join(self.log().splitlines()[-lines:])

    def get(self, path):
        """(status, text) of a page of the metrics port; OSError while nobody listens there."""
        connection = http.client.HTTPConnection(*self.admin, timeout=10 * SCALE)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    def is_ready(self, version=""):
        """Whether it serves, and has applied `version` ("<gen>-<ver>") where one is given."""
        if not self.is_running():
            raise AssertionError(f"{self.name} is not running\n{self.tail()}")
        try:
            return self.get("/readyz" + (f"?version={version}" if version else ""))[0] == 200
        except (OSError, http.client.HTTPException):
            return False

    def metrics(self):
        """Every sample by its full name with labels."""
        samples = (line.rsplit(" ", 1) for line in self.get("/metrics")[1].splitlines() if line and line[0] != "#")
        return {name: float(value) for name, value in samples}

    def memory_bytes(self):
        """Resident memory."""
        with open(f"/proc/{self.pid}/statm") as statm:
            return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
