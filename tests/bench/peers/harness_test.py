#!/usr/bin/env python3
"""Tests of the harness itself; needs neither root nor a lab."""

import pathlib
import subprocess
import sys
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from harness import machine, peers, table, wire, work  # noqa: E402

PROXY, CLIENT = ("10.91.2.1", 9092), ("10.91.1.2", 9092)

# Uses a known amount of CPU time, says so, and stays until its input ends.
BURNER = """
import sys, time
while time.process_time() < 0.3:
    pass
print(flush=True)
sys.stdin.read()
"""
# Shells that run it when told to: one while it is there, one until it has ended.
BEGINS_ONE = 'read _; "$0" -c "$1"; :'
ENDS_ONE = 'read _; "$0" -c "$1" </dev/null >/dev/null; echo; read _'


class WireTest(unittest.TestCase):
    def test_accepts_bytes_that_came_from_the_proxy(self):
        self.assertEqual(wire.judge({PROXY: 1000, CLIENT: 10}, {PROXY: 1000}), "")

    def test_names_the_proxy_that_carried_too_little(self):
        self.assertEqual(wire.judge({PROXY: 999}, {PROXY: 1000}),
                         "999 bytes between 10.91.2.1 (port 9092) and the broker, "
                         "at least 1000 expected")

    def test_names_the_proxy_that_carried_nothing(self):
        self.assertIn("0 bytes between 10.91.2.1", wire.judge({CLIENT: 5000}, {PROXY: 1}))

    def test_names_who_went_around_the_proxy(self):
        self.assertEqual(wire.judge({PROXY: 1000, CLIENT: 11}, {PROXY: 1000}),
                         "bytes that went another way: 11 by 10.91.1.2 (port 9092)")

    def test_takes_another_port_for_another_way(self):
        other = ("10.91.2.1", 19192)
        self.assertIn("19192", wire.judge({PROXY: 1000, other: 500}, {PROXY: 1000}))


class ClientOutputTest(unittest.TestCase):
    PRODUCED = ("400 records sent, 80.0 records/sec (9.99 MB/sec), 3 ms avg latency, 9 ms max.\n"
                "1000 records sent, 90.0 records/sec (20.50 MB/sec), 3 ms avg latency, "
                "9 ms max latency, 1 ms 50th, 2 ms 95th, 3 ms 99th, 4 ms 99.9th.\n")
    CONSUMED = ("start.time, end.time, data.consumed.in.MB, data.consumed.in.nMsg, fetch.MB.sec\n"
                "2026-01-01 00:00:00:000, 2026-01-01 00:00:01:000, 0.97, 1000, 43.25\n")

    def test_takes_the_producers_total_and_not_a_part(self):
        self.assertEqual(work.producer_speed(self.PRODUCED, 1000), 20.5)

    def test_refuses_a_producer_that_sent_another_number(self):
        with self.assertRaises(work.StepError):
            work.producer_speed(self.PRODUCED, 1001)

    def test_finds_the_consumers_speed_by_its_heading(self):
        self.assertEqual(work.consumer_speed(self.CONSUMED, 1000), 43.25)

    def test_refuses_a_consumer_that_got_less(self):
        with self.assertRaises(work.StepError):
            work.consumer_speed(self.CONSUMED, 1001)

    def test_refuses_output_without_numbers(self):
        for shown in ("", "fetch.MB.sec\n", "data.consumed.in.nMsg, fetch.MB.sec\n"):
            with self.assertRaises(work.StepError):
                work.consumer_speed(shown, 1)


def produce_turn(name, cpu, foreign=0.0, number=1):
    return {"round": number, "name": name, "step": "produce", "mib_s": 100.0, "gb": 2.0,
            "wall_s": 10.0, "cpu_s": cpu, "broker_cpu_s": 1.0, "client_cpu_s": 1.0,
            "machine_cpu_s": 4.0, "foreign_cpu_s": foreign, "peak_kb": 2048}


def start(name, resident=1024):
    return {"round": 1, "name": name, "step": "start", "resident_kb": resident}


class TableTest(unittest.TestCase):
    def test_counts_only_quiet_turns(self):
        rows = table.Rows([start("haproxy"), produce_turn("haproxy", 2.0),
                           produce_turn("haproxy", 4.0),
                           produce_turn("haproxy", 90.0, foreign=1.6)])
        self.assertEqual(rows.cell("haproxy", "produce", table.per_gb("cpu_s"), 2),
                         "1.50 (1.00..2.00)")
        self.assertEqual(rows.quiet("haproxy", "produce"), "2/3")

    def test_marks_a_way_without_a_quiet_turn(self):
        rows = table.Rows([start("haproxy"), produce_turn("haproxy", 2.0, foreign=1.6)])
        self.assertEqual(rows.cell("haproxy", "produce", table.per_gb("cpu_s"), 2), "1.00 !")

    def test_says_nothing_about_a_proxy_where_there_is_none(self):
        shown = table.text([start("direct", 0), produce_turn("direct", 0.0)])
        self.assertIn("| direct | 100 | - | - | - |", shown)

    def test_holds_sluice_to_haproxy(self):
        shown = table.text([start("haproxy"), produce_turn("haproxy", 2.0),
                            start("sluice-async"), produce_turn("sluice-async", 3.0)])
        self.assertIn("| sluice-async | produce CPU-s/GB to HAProxy's | 1.50 | 1.30 |", shown)

    def test_leaves_strangers_out_of_the_machine(self):
        self.assertEqual(table.whole_machine(produce_turn("direct", 0.0, foreign=1.5)), 2.5)

    def test_lists_what_was_not_measured(self):
        shown = table.text([{"round": 2, "name": "haproxy", "step": "idle", "failed": "it ended"}])
        self.assertIn("- round 2, haproxy, idle: it ended", shown)


class MachineTest(unittest.TestCase):
    def burn(self, script, as_proxy):
        """What a meter reads when a child of a measured process has used 0.3 s of CPU time."""
        with subprocess.Popen(["sh", "-c", script, sys.executable, BURNER],
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE) as shell:
            meter = machine.Meter([shell.pid] if as_proxy else [], broker_pid=0)
            shell.stdin.write(b"\n")
            shell.stdin.flush()
            shell.stdout.readline()
            return meter.read()

    def test_counts_a_child_that_the_proxy_began_meanwhile(self):
        self.assertGreaterEqual(self.burn(BEGINS_ONE, as_proxy=True)["cpu_s"], 0.3)

    def test_counts_a_child_of_the_proxy_that_has_ended(self):
        self.assertGreaterEqual(self.burn(ENDS_ONE, as_proxy=True)["cpu_s"], 0.28)  # in ticks

    def test_counts_what_is_not_measured_as_foreign(self):
        for script in (BEGINS_ONE, ENDS_ONE):
            used = self.burn(script, as_proxy=False)
            self.assertEqual(used["cpu_s"], 0.0)
            self.assertGreaterEqual(used["foreign_cpu_s"], 0.28)


class PeersTest(unittest.TestCase):
    def test_refuses_a_name_it_does_not_know(self):
        with self.assertRaisesRegex(peers.PeerError, "no such way: haprxy"):
            peers.chosen(["haprxy"])

    def test_keeps_its_order_whatever_was_asked_first(self):
        chosen = peers.chosen(["sluice-async", "direct"])
        self.assertEqual([peer.name for peer in chosen], ["direct", "sluice-async"])

    def test_gives_every_way_a_broker_port_of_its_own_except_sluice(self):
        ports = [peer.port for peer in peers.KNOWN.values() if not issubclass(peer, peers.Sluice)]
        self.assertEqual(len(ports), len(set(ports)))
        self.assertNotIn(peers.COVERED_PORT, ports)

    def test_keeps_clients_of_a_plain_proxy_behind_it(self):
        self.assertEqual(peers.Haproxy.listener(), "HAPROXY:19192:10.91.1.1:19192")


if __name__ == "__main__":
    unittest.main()
