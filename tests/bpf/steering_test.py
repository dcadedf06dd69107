#!/usr/bin/env python3
"""Capture end to end, in three network namespaces: what a client sees, and what reaches the broker.

    steering_test.py STEER_TOOL [unittest arguments]

Needs root; without it ends with 77, which ctest counts as skipped.
"""

import contextlib
import fcntl
import os
import signal
import socket
import struct
import subprocess
import sys
import unittest

import lab as labs
from lab import BROKER, CLIENT, CLIENT6

TOOL = sys.argv.pop(1) if len(sys.argv) > 1 else ""
HEALTHY = {"attached": "1", "guard": "1", "route": "1", "listener": "1", "forwarding": "1"}


class Case(unittest.TestCase):
    def setUp(self):
        self.lab = labs.Lab(TOOL)
        self.addCleanup(self.lab.close)

    def hold(self, **keys):
        holder = self.lab.hold(**keys)
        if holder.first != "ready":
            self.fail(holder.end())
        return holder

    def health(self, **keys):
        status = self.lab.status(**keys)
        return {key: status[key] for key in HEALTHY}

    def assert_captured(self, port=9092, address=BROKER):
        """The listener saw the broker's address as its own and the client as the peer."""
        seen = self.lab.dial(port, address).split()
        self.assertEqual([seen[0], seen[-1].split(":")[0]], [f"{address}:{port}", CLIENT])

    def assert_nothing_passed(self):
        self.assertEqual(self.lab.arrived_at_broker(), 0)


class Capture(Case):
    def test_connection_arrives_with_the_address_it_dialled(self):
        self.hold()
        self.assert_captured()
        self.assert_nothing_passed()
        status = self.lab.status()
        self.assertEqual({key: status[key] for key in HEALTHY}, HEALTHY)
        self.assertEqual(status["assigned_listener"], "1")
        self.assertGreater(int(status["assigned_established"]), 0)

    def test_another_port_goes_straight_to_the_broker(self):
        self.hold()
        self.assertEqual(self.lab.dial_straight(9093), CLIENT)
        self.assertGreater(int(self.lab.status()["not_ours"]), 0)

    def test_works_where_sources_are_validated_by_mark(self):
        with labs.inside(self.lab.gateway):
            for path, value in (("all/src_valid_mark", "1"), ("g0/rp_filter", "1")):
                with open(f"/proc/sys/net/ipv4/conf/{path}", "w", encoding="ascii") as file:
                    file.write(value)
        self.hold()
        self.assert_captured()

    def test_broker_side_clients_are_left_alone(self):
        """Brokers talk to each other, and the gateway to brokers, without a detour."""
        self.hold()
        with labs.inside(self.lab.gateway):
            gateway = socket.create_connection((BROKER, 9092), labs.PATIENCE_SECONDS)
        gateway.close()
        self.assertGreater(self.lab.arrived_at_broker(), 0)

    def test_works_by_cls_bpf(self):
        self.hold(attach="cls_bpf")
        self.assert_captured()
        self.assertEqual(self.lab.status()["attach_kind"], "cls_bpf")
        self.assertEqual(self.lab.uninstall(), held(self.lab))
        self.lab.holders[0].end()
        self.assertEqual(self.lab.uninstall(), "done")
        self.assertEqual(self.lab.at_gateway("tc", "filter", "show", "dev", "g0", "ingress"), "")
        self.assertEqual(self.lab.dial_straight(9092), CLIENT)

    def test_a_vlan_on_the_interface_is_another_network(self):
        self.assertEqual(self.lab.dial_straight(9093), CLIENT)
        holder = self.hold()
        frame = (b"\xff" * 6 + b"\x02" * 6 + struct.pack("!HHH", 0x8100, 5, 0x0800) +
                 ipv4(CLIENT, BROKER, tcp_syn(40000, 9092)))
        before = self.lab.status()
        self.send_frame(frame)
        # The straight connection may still be ending, and IPv6 talks whenever it likes: not ours.
        self.assertEqual(list(gained(before, self.lab.status())), ["not_ours"])
        holder.end()

    def test_an_ip_header_cut_short_is_dropped(self):
        self.hold()
        before = self.lab.status()
        self.send_frame(b"\xff" * 6 + b"\x02" * 6 + b"\x08\x00" + b"\x45" * 10)
        self.assertEqual(gained(before, self.lab.status()).get("dropped_unparsable"), 1)

    def test_captures_on_an_interface_without_a_link_layer(self):
        with labs.inside(self.lab.gateway):
            tun = os.open("/dev/net/tun", os.O_RDWR)
            self.addCleanup(os.close, tun)
            fcntl.ioctl(tun, 0x400454ca, struct.pack("16sH", b"t0", 0x1001))  # IFF_TUN | IFF_NO_PI
        self.lab.at_gateway("ip", "-batch", "-",
                            stdin="addr add 10.91.5.1/24 dev t0\nlink set t0 up\n")
        self.hold(interfaces="g0,t0")
        before = self.lab.status(interfaces="g0,t0")
        os.write(tun, ipv4("10.91.5.2", BROKER, tcp_syn(40000, 9092)))
        answer = b""
        while len(answer) < 40 or answer[9] != 6:  # IPv6 chatter of the new interface
            answer = os.read(tun, 2048)
        self.assertEqual((socket.inet_ntoa(answer[12:16]), socket.inet_ntoa(answer[16:20])),
                         (BROKER, "10.91.5.2"))
        self.assertEqual(answer[33] & 0x12, 0x12, "SYN and ACK")
        after = self.lab.status(interfaces="g0,t0")
        self.assertEqual(gained(before, after)["assigned_listener"], 1)

    def test_a_report_that_a_packet_was_too_big_reaches_the_connection(self):
        holder = self.hold()
        with labs.inside(self.lab.client):
            wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0800))
        with wire, stopped(holder.process.pid):
            wire.bind(("c0", 0))
            client = self.lab.connect()
            self.addCleanup(client.close)
            answer = b""
            while answer[23:24] != b"\x06" or answer[47] & 0x12 != 0x12:  # SYN and ACK
                answer = wire.recv(2048)
            port, sequence = client.getsockname()[1], answer[38:42]
            sequence = struct.pack("!I", struct.unpack("!I", sequence)[0] + 1 & 0xffffffff)
            before = self.lab.status()
            for about in (port + 1, port):  # the first connection does not exist
                wire.send(answer[6:12] + answer[:6] + b"\x08\x00" + too_big(about, sequence, 1200))
            after = self.lab.status()
            self.assertEqual(gained(before, after).get("delivered_icmp"), 1)
            sockets = self.lab.at_gateway("ss", "-tinH", "dst", f"{CLIENT}:{port}")
            self.assertIn("pmtu:1200", sockets)

    def send_frame(self, frame):
        with labs.inside(self.lab.client):
            raw = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
        with raw:
            raw.bind(("c0", 0))
            raw.send(frame)


def held(lab):
    return (f"steer_tool: unavailable: another process of this run id holds {lab.pins()}: stop it "
            "first, or choose another run id")


def gained(before, after):
    names = ("not_ours", "assigned_established", "assigned_listener", "refused_no_listener_guarded",
             "dropped_no_listener", "dropped_fragment", "dropped_options", "dropped_unparsable",
             "dropped_assign_failed", "delivered_icmp")
    return {name: int(after[name]) - int(before[name]) for name in names
            if after[name] != before[name]}


@contextlib.contextmanager
def stopped(process):
    """The kernel goes on accepting for it."""
    os.kill(process, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(process, signal.SIGCONT)


def too_big(client_port, sequence, mtu):
    """What a router before the client says about a packet from the broker's address."""
    about = ipv4(BROKER, CLIENT, struct.pack("!HH", 9092, client_port) + sequence + bytes(12))
    icmp = struct.pack("!BBHHH", 3, 4, 0, 0, mtu) + about[:28]
    icmp = icmp[:2] + struct.pack("!H", checksum(icmp)) + icmp[4:]
    return ip_header("10.91.1.9", BROKER, 1, len(icmp)) + icmp


def checksum(text):
    total = sum(struct.unpack(f"!{len(text) // 2}H", text))
    while total > 0xffff:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def tcp_syn(source, destination):
    return struct.pack("!HHIIBBHHH", source, destination, 1, 0, 0x50, 2, 1024, 0, 0)


def ip_header(source, destination, protocol, size):
    ends = socket.inet_aton(source) + socket.inet_aton(destination)
    head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + size, 1, 0, 64, protocol, 0)
    return head[:10] + struct.pack("!H", checksum(head + ends)) + ends


def ipv4(source, destination, tcp):
    header = ip_header(source, destination, 6, len(tcp))
    pseudo = header[12:] + struct.pack("!HH", 6, len(tcp))
    return header + tcp[:16] + struct.pack("!H", checksum(pseudo + tcp)) + tcp[18:]


class FailClosed(Case):
    def test_a_killed_holder_refuses_at_once(self):
        self.hold().end(signal.SIGKILL)
        self.assertEqual(self.lab.dial(), "refused")
        self.assert_nothing_passed()
        status = self.lab.status()
        self.assertEqual(status["listener"], "0")
        self.assertEqual(status["refused_no_listener_guarded"], "1")
        self.assertEqual(status["guard_rejected"], "1")

    def test_an_ended_holder_refuses_too(self):
        holder = self.hold()
        holder.process.stdin.close()
        holder.process.wait()
        self.assertEqual(self.lab.dial(), "refused")
        self.assert_nothing_passed()

    def test_open_connections_are_reset_when_the_holder_dies(self):
        holder = self.hold()
        os.kill(holder.process.pid, signal.SIGSTOP)  # accepts by the kernel, answers nothing
        with self.lab.connect() as client:
            holder.end(signal.SIGKILL)
            with self.assertRaises(ConnectionResetError):
                client.recv(1)
        self.assert_nothing_passed()

    def test_without_the_guard_a_killed_holder_is_silence_and_nothing_passes(self):
        """As after a firewall's `flush ruleset` while the daemon is down."""
        self.hold().end()
        self.lab.at_gateway("nft", "flush", "ruleset")
        self.assertEqual(self.lab.dial_in_vain(), "silence")
        self.assert_nothing_passed()
        self.assertEqual(self.health(), {**HEALTHY, "guard": "0", "listener": "0"})

    def test_without_the_program_the_guard_refuses(self):
        self.hold()
        pin = self.lab.pins() / "link-g0"
        link_id = next(line.split(":")[0] for line in
                       labs.run("bpftool", "link", "show", "pinned", str(pin)).splitlines())
        labs.run("bpftool", "link", "detach", "id", link_id)
        self.assertEqual(self.lab.dial(), "refused")
        self.assert_nothing_passed()
        self.assertEqual(self.health(), {**HEALTHY, "attached": "0"})

    def test_without_rule_or_route_nothing_passes(self):
        self.hold()
        self.lab.at_gateway("ip", "rule", "del", "pref", "90")
        self.assertEqual(self.lab.dial_in_vain(), "silence")
        self.assertEqual(self.health(), {**HEALTHY, "route": "0"})
        self.assert_nothing_passed()

    def test_without_rule_and_listener_the_guard_refuses(self):
        self.hold().end()
        self.lab.at_gateway("ip", "rule", "del", "pref", "90")
        self.assertEqual(self.lab.dial(), "refused")
        self.assert_nothing_passed()

    def test_a_listener_of_the_gateway_never_stands_in_for_ours(self):
        self.hold().end()
        with labs.inside(self.lab.gateway):
            other = socket.create_server(("0.0.0.0", 9092))
        with other:
            self.assertEqual(self.lab.dial_in_vain(), "silence")
            self.assertGreater(int(self.lab.status()["dropped_no_listener"]), 0)
        self.assert_nothing_passed()

    def test_ipv6_to_a_broker_port_is_refused(self):
        self.assertEqual(self.lab.dial_straight(9092, socket.AF_INET6), CLIENT6)
        passed = self.lab.arrived_at_broker()
        self.hold()
        self.assertEqual(self.lab.dial_straight(9092, socket.AF_INET6), "refused")
        self.assertEqual(self.lab.dial_straight(9093, socket.AF_INET6), CLIENT6)
        self.assertEqual(self.lab.arrived_at_broker(), passed)
        self.assertEqual(self.lab.status()["guard_rejected"], "1")

    def test_ipv6_is_refused_to_the_named_networks(self):
        self.hold(networks6="fd00:91:2::/64")
        self.assertEqual(self.lab.dial_straight(9092, socket.AF_INET6), "refused")
        self.assertEqual(self.health(networks6="fd00:91:2::/64"), HEALTHY)
        self.lab.holders[0].end()
        self.hold(networks6="fd00:91:7::/64")
        self.assertEqual(self.lab.dial_straight(9092, socket.AF_INET6), CLIENT6)

    def test_a_direct_connection_from_before_is_reset(self):
        with self.lab.connect() as client:
            passed = self.lab.arrived_at_broker()
            self.hold()
            client.send(b"x")
            with self.assertRaises(ConnectionResetError):
                client.recv(1)
            self.assertEqual(self.lab.arrived_at_broker(), passed)


class Restart(Case):
    def program(self):
        pin = str(self.lab.pins() / "link-g0")
        return labs.run("bpftool", "-j", "link", "show", "pinned", pin)

    def test_a_second_start_takes_over_what_a_killed_one_left(self):
        self.hold().end()
        before = self.program()
        self.lab.dial()
        self.hold()
        self.assert_captured()
        self.assertEqual(self.program(), before)
        self.assertEqual(self.health(), HEALTHY)
        self.assertEqual(self.lab.status()["guard_rejected"], "1", "the count survives")

    def test_a_start_repairs_whatever_is_missing(self):
        self.hold().end()
        damages = (("ip", "rule", "del", "pref", "90"), ("ip", "route", "flush", "table", "175"),
                   ("nft", "delete", "table", "inet", f"sluice_{self.lab.run_id}"),
                   ("rm", str(self.lab.pins() / "link-g0")),
                   ("rm", "-r", str(self.lab.pins() / "v1")), ("rm", "-r", str(self.lab.pins())))
        for damage in damages:
            with self.subTest(damage=damage):
                self.lab.at_gateway(*damage)
                holder = self.hold()
                self.assert_captured()
                self.assertEqual(self.health(), HEALTHY)
                holder.end()
                self.assertEqual(self.lab.dial(), "refused")
        self.assert_nothing_passed()

    def test_a_running_holder_repairs_whatever_is_missing(self):
        holder = self.hold()
        link = str(self.lab.pins() / "link-g0")
        damages = (("ip", "rule", "del", "pref", "90"), ("ip", "route", "flush", "table", "175"),
                   ("nft", "flush", "ruleset"), ("bpftool", "link", "detach", "pinned", link),
                   ("rm", link), ("rm", "-r", str(self.lab.pins() / "v1")),
                   ("rm", "-r", str(self.lab.pins())))
        for damage in damages:
            with self.subTest(damage=damage):
                self.lab.at_gateway(*damage)
                self.assertNotEqual(self.health(), HEALTHY)
                holder.ask("repair")
                self.assertEqual(self.health(), HEALTHY)
                self.assert_captured()
        second = self.lab.hold()
        self.assertIn("another process of this run id holds", second.end())
        self.assert_nothing_passed()

    def test_a_start_removes_maps_of_another_layout(self):
        (self.lab.pins() / "v0").mkdir(parents=True)
        labs.run("bpftool", "map", "create", str(self.lab.pins() / "v0" / "brokers"), "type",
                 "array", "key", "4", "value", "4", "entries", "1", "name", "old")
        self.hold()
        self.assertEqual(sorted(path.name for path in self.lab.pins().iterdir()), ["link-g0", "v1"])

    def test_a_second_daemon_of_the_run_is_refused_and_harmless(self):
        self.hold()
        second = self.lab.hold()
        self.assertIn("another process of this run id holds", second.end())
        self.assert_captured()

    def test_a_changed_configuration_leaves_nothing_of_the_old_one(self):
        self.lab.at_gateway("ip", "-batch", "-", stdin="link add g2 type veth peer name x2\n")
        self.hold(interfaces="g0,g2", mark="0x5c000000", table="176").end()
        self.hold(interfaces="g0", mark="0x4b000000", table="175").end()
        rules = self.lab.at_gateway("ip", "rule", "show", "pref", "90").split("\n")
        self.assertEqual([rule.split()[4] for rule in rules if rule], ["0x4b000000/0xff000000"])
        table = self.lab.at_gateway("ip", "route", "show", "table", "176", check=False)
        self.assertEqual(table, "")
        self.assertEqual(sorted(path.name for path in self.lab.pins().iterdir()), ["link-g0", "v1"])

    def test_a_new_mark_on_the_same_table_keeps_the_route(self):
        self.hold(mark="0x5c000000").end()
        self.hold()
        self.assertEqual(self.health(), HEALTHY)
        self.assert_captured()

    def test_two_runs_share_a_machine(self):
        other = labs.Lab(TOOL)
        self.addCleanup(other.close)
        self.hold()
        self.assertEqual(other.hold().first, "ready")
        self.assertEqual(other.uninstall(), held(other))
        other.holders[0].end()
        self.assertEqual(other.uninstall(), "done")
        self.assert_captured()
        self.assertEqual(self.health(), HEALTHY)


class Cover(Case):
    def test_a_learned_broker_is_covered_until_it_is_uncovered(self):
        holder = self.hold()
        self.assertEqual(self.lab.dial_straight(9093), CLIENT)
        holder.ask(f"cover {BROKER}:9093")
        self.assert_captured(9093)
        holder.ask(f"uncover {BROKER}:9093")
        self.assertEqual(self.lab.dial_straight(9093), CLIENT)

    def test_a_learned_broker_stays_covered_over_a_restart(self):
        self.hold().ask(f"cover {BROKER}:9093")
        self.lab.holders[0].end()
        self.assertEqual(self.lab.dial(9093), "refused")
        self.hold()
        self.assert_captured(9093)
        self.assertEqual(self.health(), HEALTHY)

    def test_a_configured_broker_cannot_be_uncovered(self):
        self.hold().ask(f"uncover {BROKER}:9092")
        self.assert_captured()

    def test_a_network_that_left_the_configuration_is_free(self):
        self.hold(networks="10.91.2.0/24,10.91.3.0/24").end()
        self.hold(networks="10.91.3.0/24")
        self.assertEqual(self.lab.dial_straight(9092), CLIENT)


class Uninstall(Case):
    def test_leaves_nothing(self):
        def state():
            return [self.lab.at_gateway(*words) for words in (
                ("ip", "rule"), ("ip", "-4", "route", "show", "table", "all"),
                ("nft", "list", "ruleset"), ("tc", "qdisc"))]
        before = state()
        self.hold().end()
        self.assertNotEqual(state(), before)
        self.assertEqual(self.lab.uninstall(), "done")
        self.assertEqual(state(), before)
        self.assertFalse(self.lab.pins().exists())
        self.assertEqual(self.lab.dial_straight(9092), CLIENT)
        self.assertEqual(self.lab.uninstall(), "done")

    def test_finds_by_itself_what_was_not_the_default(self):
        before = self.lab.at_gateway("ip", "rule")
        self.hold(mark="0x00000100", mask="0x00000f00", table="4711", preference="33").end()
        self.assertEqual(self.lab.uninstall(), "done")
        self.assertEqual(self.lab.at_gateway("ip", "rule"), before)
        self.assertEqual(self.lab.dial_straight(9092), CLIENT)

    def test_works_without_the_pins(self):
        before = self.lab.at_gateway("ip", "rule")
        self.hold(attach="cls_bpf").end()
        labs.run("rm", "-r", str(self.lab.pins()))
        done = self.lab.words("uninstall")
        self.assertEqual(subprocess.run(done, check=False).returncode, 0)
        self.assertEqual(self.lab.at_gateway("ip", "rule"), before)
        self.assertEqual(self.lab.at_gateway("nft", "list", "ruleset"), "")

    def test_of_a_run_that_never_was_is_fine(self):
        self.assertEqual(self.lab.uninstall(run=f"{self.lab.run_id}-x"), "done")

    def test_leaves_the_rules_of_others(self):
        self.lab.at_gateway("ip", "rule", "add", "pref", "90", "fwmark", "0x4b000000/0xff000000",
                            "iif", "g1", "lookup", "175", "protocol", "99")
        self.hold().end()
        self.lab.uninstall()
        self.assertIn("iif g1 lookup 175", self.lab.at_gateway("ip", "rule"))
        self.assertIn("local default", self.lab.at_gateway("ip", "route", "show", "table", "175"))


class Errors(Case):
    def error(self, **keys):
        holder = self.lab.hold(**keys)
        self.assertEqual(holder.first, "")
        holder.process.wait()
        return holder.process.stderr.read().strip()

    def test_name_what_is_missing(self):
        self.assertEqual(self.error(interfaces="g7"),
                         "steer_tool: config: client interface `g7` does not exist in this network "
                         "namespace")
        self.assertEqual(self.error(networks=None),
                         "steer_tool: config: no broker network is configured")
        self.assertEqual(self.error(bpffs="/nowhere"),
                         "steer_tool: io: no BPF file system at /nowhere: No such file or "
                         "directory")
        self.assertFalse(self.lab.pins().exists())

    def test_name_a_routing_table_of_somebody_else(self):
        self.lab.at_gateway("ip", "route", "add", "local", "default", "dev", "lo", "table", "175")
        self.assertEqual(self.error(), "steer_tool: config: routing table 175 has a default route "
                         "that is not ours: configure another table")

    def test_name_the_privilege(self):
        words = self.lab.words("hold")
        dropped = [*words[:2], "setpriv", "--bounding-set=-all", "--inh-caps=-all", *words[2:]]
        done = subprocess.run(dropped, capture_output=True, text=True, check=False,
                              stdin=subprocess.DEVNULL)
        self.assertEqual((done.returncode, done.stderr.strip()), (
            1, "steer_tool: permission: the kernel does not load the capture program: CAP_BPF and "
               "CAP_NET_ADMIN (or root) are needed"))


if __name__ == "__main__":
    if os.geteuid() != 0:
        print("skipped: network namespaces and BPF need root")
        sys.exit(77)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # take everything down first
    unittest.main()
