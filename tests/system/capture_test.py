#!/usr/bin/env python3
"""Attempts to get around Sluice: what a client meets, and what reaches the broker.

In this order:

- other ways to the broker than a plain dial: IPv6, an IPv4 address in IPv6 clothes, a source route;
  a port that is not covered goes straight, as documented;
- each part of the capture is taken away by hand while the daemon hangs, so that it cannot put the
  part back yet: the parts that are left let nothing pass. When the daemon runs again, /readyz names
  what is missing, the part is back within seconds, and the audit log tells both;
- the daemon is stopped: refused at once, and nothing passes either where a part is taken away then;
- `sluice uninstall` opens the way and leaves nothing behind.

A packet filter at the broker host counts what arrives, and from whom: until the uninstall nobody
but the gateway may reach the broker's port. Every client connection that was answered has its
session in the audit log. One connection lives through all of it, up to the stop.
"""

import collections
import contextlib
import json
import os
import re
import signal
import socket
import struct
import subprocess
import sys
import threading
import time

import audit_log
import capture_helpers
from capture_helpers import BROKER, BROKER6, KAFKA, OTHER_PORT
from lab_tools import (
    at,
    brokers,
    daemon,
    daemon_pid,
    dial,
    readiness,
    receive_frame,
    request,
    run_in_lab,
    wait_until,
    within,
)

LAB_ID = os.environ.get("SLUICE_LAB_ID")
CLIENT, CLIENT6 = "10.91.1.2", "fd00:91:1::2"
API_VERSIONS = request(18, 0)
AT_ONCE = 1.0  # a refusal is a reset, no time-out
NOTICED_MAX = REPAIRED_MAX = 10
CHECK_INTERVAL = 2.5  # the daemon's own, and some more
ATTEMPTS = 3
# What was lost while a part was missing is sent again within as long once more: TCP doubles.
STALL_MAX = 2 * (ATTEMPTS * AT_ONCE + NOTICED_MAX + REPAIRED_MAX)

# Counts what arrives at the broker host but neighbour discovery and the like.
WATCH = """
table inet watch {
  chain arrivals {
    type filter hook prerouting priority -300; policy accept;
    iifname != "b0" accept
    meta l4proto { icmp, icmpv6 } accept
    tcp dport 9094 counter accept comment "uncovered"
    ip saddr 10.91.2.1 tcp dport 9092 counter accept comment "gateway"
    counter accept comment "others"
  }
}
"""

# By whose hand, what /readyz says of it, how the audit log calls it, and what a dial meets: while
# the daemon hangs ("silence" also where the kernel completes the handshake for it), while it is
# stopped. The two columns are those of bpf/README.md, "What refuses when a part is missing".
Damage = collections.namedtuple("Damage", "command problem reason hanging stopped")
PINS = f"/sys/fs/bpf/sluice-{LAB_ID}"
NO_GUARD, NO_PROGRAM = "the nft guard is missing", "the program is not attached"
NO_ROUTE = "the rule or the local route is missing"
DELETE_GUARD = ["nft", "delete", "table", "inet", f"sluice_{LAB_ID}"]
DELETE_RULE = ["ip", "rule", "del", "pref", "90"]
FLUSH_ROUTE = ["ip", "route", "flush", "table", "175"]
DAMAGES = {
    "the guard": Damage(DELETE_GUARD, NO_GUARD, "guard", "silence", "silence"),
    "the policy rule": Damage(DELETE_RULE, NO_ROUTE, "route", "silence", "refused"),
    "the local route": Damage(FLUSH_ROUTE, NO_ROUTE, "route", "silence", "refused"),
    "the program": Damage(None, NO_PROGRAM, "program", "refused", "refused"),
}


@contextlib.contextmanager
def helper(where, verb):
    """Runs a program of capture_helpers.py in a namespace; yields the file it prints to."""
    path = os.path.join(os.environ["SLUICE_LAB_DIR"], verb)
    with open(path, "w", encoding="utf-8") as output:
        command = within(where, sys.executable, "-B", capture_helpers.__file__, verb)
        process = subprocess.Popen(command, stdout=output)
    try:
        wait_until(lambda: os.path.getsize(path) > 0, 10, f"{verb} runs")
        yield path
    finally:
        process.kill()
        process.wait()


# -- What a client meets


def packets():
    """{who: packets that arrived at the broker host from them}."""
    listing = at("broker", "nft", "list", "table", "inet", "watch")
    found = re.findall(r'packets (\d+) bytes \d+ accept comment "(\w+)"', listing)
    return {name: int(number) for number, name in found}


def nothing_passed():
    arrived = packets()
    assert arrived["others"] == 0, f"{arrived['others']} packets got around"
    return arrived


def ask(connection):
    connection.sendall(API_VERSIONS)
    assert struct.unpack_from(">ih", receive_frame(connection)) == (7, 0)


def meets(address, options=b"", family=socket.AF_INET, patience=AT_ONCE):
    """("answered", local port), or "refused" or "silence" and None."""
    with socket.socket(family) as client:
        client.settimeout(patience)
        if options:
            client.setsockopt(socket.IPPROTO_IP, socket.IP_OPTIONS, options)
        try:
            client.connect(address)
            ask(client)
            return "answered", client.getsockname()[1]
        except (ConnectionRefusedError, ConnectionResetError):
            return "refused", None
        except TimeoutError:
            return "silence", None


def peer_seen(address, family):
    with socket.socket(family) as client:
        client.settimeout(5)
        client.connect(address)
        return client.makefile().read()


def source_route():
    """A loose source route: the packet's destination is the gateway, the broker comes after it."""
    return struct.pack(">BBBB4s", 1, 0x83, 7, 4, socket.inet_aton("10.91.1.1"))


class Ports:
    """Local ports of connections that were answered: each must be found in the audit log."""

    def __init__(self):
        self.answered = set()

    def dial(self, **keys):
        what, port = meets(brokers()[0], **keys)
        if port:
            self.answered.add(port)
        return what


class Living(threading.Thread):
    """A connection on which requests are made all the time, as a client's would be."""

    def __init__(self, ports):
        super().__init__(daemon=True)
        self.connection = dial(timeout=STALL_MAX)
        ports.answered.add(self.connection.getsockname()[1])
        self.answers = self.longest = 0
        self.failure, self.ending = None, threading.Event()

    def run(self):
        while not self.ending.wait(0.1):
            began = time.monotonic()
            try:
                ask(self.connection)
            except (OSError, AssertionError) as error:
                self.failure = error
                return
            self.answers += 1
            self.longest = max(self.longest, time.monotonic() - began)

    def check(self):
        """Goes on, and has not only not ended."""
        before = self.answers
        wait_until(lambda: self.failure or self.answers > before, STALL_MAX, "an answer")
        assert not self.failure, f"the established connection ended: {self.failure!r}"

    def end(self):
        self.ending.set()
        self.join()
        self.connection.close()


# -- The attempts


def other_ways(ports):
    """Whatever way a client takes, it is captured or it does not arrive."""
    at("gateway", "sysctl", "-qw", "net.ipv4.conf.all.accept_source_route=1")
    at("gateway", "sysctl", "-qw", "net.ipv4.conf.g0.accept_source_route=1")
    assert ports.dial() == "answered"
    mapped, port = meets((f"::ffff:{BROKER}", KAFKA), family=socket.AF_INET6)
    assert mapped == "answered"
    ports.answered.add(port)
    assert meets((BROKER6, KAFKA), family=socket.AF_INET6) == ("refused", None)
    assert meets((BROKER, KAFKA), options=source_route()) == ("silence", None)
    arrived = nothing_passed()
    assert arrived["gateway"] > 0 and arrived["uncovered"] == 0
    for family, address, client in (
        (socket.AF_INET, BROKER, CLIENT),
        (socket.AF_INET6, BROKER6, CLIENT6),
    ):
        assert peer_seen((address, OTHER_PORT), family) == client
    assert packets()["uncovered"] > 0
    print("IPv6: refused; source route: nothing arrives; a port that is not covered: straight")


def uninstall():
    command = ["sluice", "uninstall", "--config", os.environ["SLUICE_LAB_DIR"] + "/sluice.yaml"]
    return subprocess.run(within("gateway", *command), text=True, capture_output=True)


def take_away(damage, check=True):
    command = damage.command
    if not command and os.path.exists(PINS + "/link-g0"):  # tcx
        command = ["bpftool", "link", "detach", "pinned", PINS + "/link-g0"]
    elif not command:
        command = ["tc", "filter", "del", "dev", "g0", "ingress", "pref", "3"]
    at("gateway", *command, check=check)


def changes(path, since):
    """What /readyz said from a moment on, every time it was something else."""
    with open(path, encoding="utf-8") as file:
        lines = [json.loads(line) for line in file if line.endswith("\n")]
    return [(when, code, text) for when, code, text in lines if when >= since]


def repaired(damage, path, since):
    """Waits until the damage is named and then put back. Returns how long both took."""

    def said(wanted, text):
        return [
            when for when, code, told in changes(path, since) if code == wanted and text in told
        ]

    taken = time.monotonic()
    while not said(503, damage.problem):
        assert time.monotonic() - since < NOTICED_MAX, f"/readyz does not say {damage.problem}"
        if time.monotonic() - taken > CHECK_INTERVAL:  # it was back too soon for us to see it
            take_away(damage, check=False)
            taken = time.monotonic()
        time.sleep(0.05)
    seen = time.monotonic()
    wait_until(lambda: readiness()[0] == 200, REPAIRED_MAX, "/readyz says that it is back")
    return said(503, damage.problem)[0] - since, time.monotonic() - seen


def damage_by_damage(ports, living, path):
    for name, damage in DAMAGES.items():
        pid = daemon_pid()
        before = nothing_passed()["gateway"]
        os.kill(pid, signal.SIGSTOP)
        try:
            take_away(damage)
            met = [ports.dial() for _ in range(ATTEMPTS)]
            nothing_passed()
        finally:
            since = time.monotonic()
            os.kill(pid, signal.SIGCONT)
        assert set(met) == {damage.hanging}, f"without {name}: {met}"
        noticed, back = repaired(damage, path, since)
        assert ports.dial() == "answered"
        living.check()
        assert nothing_passed()["gateway"] > before
        print(
            f"without {name}: {ATTEMPTS} dials met {damage.hanging}, 0 packets got around; named "
            f"after {noticed:.2f} s, back {back:.2f} s later",
            flush=True,
        )


def stopped_daemon():
    daemon("stop")
    before = packets()
    for _ in range(ATTEMPTS):
        began = time.monotonic()
        assert meets(brokers()[0]) == ("refused", None)
        assert meets((BROKER6, KAFKA), family=socket.AF_INET6) == ("refused", None)
        assert meets((f"::ffff:{BROKER}", KAFKA), family=socket.AF_INET6) == ("refused", None)
        assert time.monotonic() - began < AT_ONCE
    assert nothing_passed() == before, "something arrived while the daemon was stopped"
    print(f"daemon stopped: {3 * ATTEMPTS} dials refused at once, no packet arrived")


def damage_while_stopped(ports):
    """The parts that are left refuse without a daemon too; its start puts everything back."""
    for name, damage in DAMAGES.items():
        before = packets()
        take_away(damage)
        met = {ports.dial() for _ in range(ATTEMPTS)}
        assert met == {damage.stopped}, f"stopped and without {name}: {met}"
        assert nothing_passed() == before, f"something arrived without {name}"
        daemon("start")
        assert ports.dial() == "answered"
        daemon("stop")
        print(f"daemon stopped, without {name}: {damage.stopped}, no packet arrived", flush=True)


def after_uninstall():
    done = uninstall()
    assert done.returncode == 0, done.stderr
    before = packets()
    assert meets(brokers()[0])[0] == "answered"
    assert peer_seen((BROKER6, KAFKA), socket.AF_INET6) == CLIENT6
    arrived = packets()
    assert arrived["others"] > 0 and arrived["gateway"] == before["gateway"]
    meets(brokers()[0], options=source_route())  # what was dropped before does lead there
    assert packets()["others"] > arrived["others"]
    assert "sluice" not in at("gateway", "nft", "list", "ruleset")
    assert "175" not in at("gateway", "ip", "rule") + at("gateway", "ip", "-6", "rule")
    routes = at("gateway", "ip", "route", "show", "table", "all")
    assert "table 175" not in routes and "local default" not in routes
    assert "sluice" not in at("gateway", "bpftool", "net", "show", "dev", "g0")
    assert at("gateway", "tc", "filter", "show", "dev", "g0", "ingress") == ""
    assert not os.path.exists(PINS)
    print(f"uninstalled: the client reaches the broker itself ({arrived['others']} packets)")


def check_log(ports):
    """Damage and repair of each part in order, and a session for each answered connection."""
    captures, sessions, events = [], set(), 0
    for event in audit_log.events(os.environ["SLUICE_AUDIT_DIR"]):
        events += 1
        if event["type"] == "capture":
            captures.append(event["reason"])
        elif event["type"] == "session_open":
            sessions.add(event["client_port"])
    assert ports.answered <= sessions, f"not in the log: {ports.answered - sessions}"
    story = iter(captures)
    for name, damage in DAMAGES.items():
        told = any(f"_{damage.reason}" in reason for reason in story) and "in_place" in story
        assert told, f"{name}: damage and repair are not in {captures}"
    print(f"audit events: {events}, of them capture: {', '.join(captures)}")
    print(f"answered connections: {len(ports.answered)}, each with its session in the log")


def inside():
    at("broker", "nft", "-f", "-", given=WATCH)
    ports = Ports()
    with helper("broker", "listen"), helper("gateway", "watch") as path:
        other_ways(ports)
        assert uninstall().returncode != 0, "uninstalled under a running daemon"
        assert readiness()[0] == 200
        living = Living(ports)
        living.start()
        try:
            damage_by_damage(ports, living, path)
            living.check()
        finally:
            living.end()
        print(f"one connection through all of it: {living.answers} answers, {living.longest:.1f} s")
        stopped_daemon()
        damage_while_stopped(ports)
        arrived = nothing_passed()
        print(f"packets at the broker: {arrived['gateway']} from the gateway, 0 from anyone else")
        check_log(ports)
        after_uninstall()


if __name__ == "__main__":
    if sys.argv[1:] == ["--inside"]:
        inside()
    else:
        run_in_lab(__file__)
