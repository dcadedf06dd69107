"""lab_tools.py: what a system test does to the lab it runs in: its namespaces, daemon, brokers,
metrics, and raw requests.

For programs that `scripts/lab run` started: everything comes from the environment it gave them.
"""

import os
import re
import socket
import struct
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
LAB = os.path.join(ROOT, "scripts", "lab")
METRICS = "http://127.0.0.1:9464"


def run_in_lab(test, *options, arguments=()):
    """Runs the test file again, with --inside, in a lab; ends with its exit code."""
    command = [
        LAB,
        "run",
        *options,
        "--",
        sys.executable,
        "-B",
        os.path.abspath(test),
        "--inside",
        *arguments,
    ]
    code = subprocess.run(command).returncode
    if code:
        sys.exit(code)


def wait_until(condition, seconds, what):
    """Returns how long it took."""
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < seconds, f"not within {seconds} s: {what}"
        time.sleep(0.1)
    return time.monotonic() - began


# -- commands


def ended(*command, given=None, want=0, seconds=60, environment=None):
    """What became of it; `want` is its exit code, None for any."""
    done = subprocess.run(
        command,
        input=given,
        text=True,
        capture_output=True,
        timeout=seconds,
        env={**os.environ, **(environment or {})},
    )
    assert (
        want is None or done.returncode == want
    ), f"{command}: {done.returncode}, not {want}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
    return done


def run(*command, **how):
    """All that it said."""
    done = ended(*command, **how)
    return done.stdout + done.stderr


# -- namespaces


def within(where, *command):
    """The command line that runs `command` at the gateway or at the brokers."""
    return ["nsenter", "--net=/run/netns/" + os.environ[f"SLUICE_{where.upper()}_NETNS"], *command]


def at(where, *command, given=None, check=True):
    done = subprocess.run(within(where, *command), input=given, text=True, capture_output=True)
    assert done.returncode == 0 or not check, f"{' '.join(command)}: {done.stdout}{done.stderr}"
    return done.stdout


# -- daemon and brokers


def daemon(verb):
    done = subprocess.run(
        [LAB, verb + "-daemon", os.environ["SLUICE_LAB_ID"]], text=True, capture_output=True
    )
    assert done.returncode == 0, done.stderr


def broker(verb, number):
    done = subprocess.run(
        [LAB, verb + "-broker", os.environ["SLUICE_LAB_ID"], str(number)],
        text=True,
        capture_output=True,
    )
    assert done.returncode == 0, done.stderr


def daemon_pid():
    with open(os.path.join(os.environ["SLUICE_LAB_DIR"], "sluiced.pid"), encoding="utf-8") as file:
        return int(file.read())


def daemon_log():
    with open(
        os.path.join(os.environ["SLUICE_LAB_DIR"], "logs", "sluiced.log"), encoding="utf-8"
    ) as file:
        return file.read()


def resident_kib(pid, line="VmRSS"):
    with open(f"/proc/{pid}/status", encoding="utf-8") as file:
        return int(re.search(rf"^{line}:\s+(\d+) kB", file.read(), re.M).group(1))


def readiness():
    """(status code, text) of /readyz."""
    code, text = at(
        "gateway",
        "curl",
        "-s",
        "--max-time",
        "5",
        "-w",
        "\n%{http_code}",
        METRICS + "/readyz",
        check=False,
    ).rsplit("\n", 1)[::-1]
    return int(code), text.strip()


def ready():
    """Ready, and nothing to note but that the lab takes tokens in the clear."""
    code, text = readiness()
    return code == 200 and text.split("\n") in (["ready"], ["ready", PLAIN_TOKENS])


PLAIN_TOKENS = "note: identity: tokens are accepted on connections without encryption"


def metrics():
    """{name, labels included: number}."""
    lines = at("gateway", "curl", "-sf", "--max-time", "5", METRICS + "/metrics").splitlines()
    return {
        name: float(value)
        for name, value in (line.rsplit(" ", 1) for line in lines if line and line[0] != "#")
    }


def closed(numbers=None):
    """{reason: connections closed for it}."""
    if numbers is None:
        numbers = metrics()
    found = {}
    for name, value in numbers.items():
        match = re.fullmatch(r'sluice_closed_total\{reason="(\w+)"\}', name)
        if match:
            found[match.group(1)] = int(value)
    return found


# -- raw Kafka


def brokers():
    """[(host, port)] that clients know."""
    return [
        (host, int(port))
        for host, port in (entry.split(":") for entry in os.environ["SLUICE_BOOTSTRAP"].split(","))
    ]


def text(value):
    data = value.encode()
    return struct.pack(">h", len(data)) + data


def request(key, version, body=b"", client_id="raw", correlation=7, tags=b""):
    """A frame; `tags` is the header's tag section of flexible versions."""
    frame = struct.pack(">hhi", key, version, correlation) + text(client_id) + tags + body
    return struct.pack(">i", len(frame)) + frame


def receive(connection, size):
    data = b""
    while len(data) < size:
        got = connection.recv(size - len(data))
        if not got:
            raise ConnectionError(f"the connection ended after {len(data)} of {size} bytes")
        data += got
    return data


def receive_frame(connection):
    return receive(connection, struct.unpack(">i", receive(connection, 4))[0])


def dial(address=None, source=None, timeout=15):
    connection = socket.create_connection(
        address or brokers()[0], timeout=timeout, source_address=source and (source, 0)
    )
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection
