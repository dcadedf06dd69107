#!/usr/bin/env python3
"""scripts/lab keeps its word: what it gives a command, what it returns, what it leaves: nothing."""

import json
import os
import pathlib
import signal
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
LAB = ROOT / "scripts" / "lab"
START_SECONDS_MAX = 120


def lab(*arguments):
    return subprocess.run([LAB, *arguments], text=True, capture_output=True)


def start(*arguments):
    return subprocess.Popen([LAB, *arguments], text=True, stdout=subprocess.PIPE,
                            stderr=subprocess.DEVNULL)


def traces(lab_id):
    """Whatever of a lab is still on the machine."""
    found = [path.name for path in pathlib.Path("/run/netns").glob(f"sl*-{lab_id}")]
    for folder in (tempfile.gettempdir(), "/dev/shm"):
        found += [str(path) for path in pathlib.Path(folder).glob(f"sluice-lab-{lab_id}*")]
    mark = f"SLUICE_LAB_ID={lab_id}".encode()
    for process in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            if mark in (process / "environ").read_bytes().split(b"\0"):
                found.append(f"process {process.name}")
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            pass  # gone, or not one of ours
    return found


class LabTest(unittest.TestCase):
    maxDiff = None

    def test_returns_the_exit_code_of_the_command_and_leaves_nothing(self):
        lab_id = f"test-a{os.getpid()}"
        done = lab("run", "--direct", "--id", lab_id, "--", "sh", "-c", "echo out; exit 7")
        self.assertEqual((done.returncode, done.stdout), (7, "out\n"), done.stderr)
        self.assertEqual(traces(lab_id), [])

    def test_the_route_to_the_brokers_leads_through_the_gateway(self):
        script = ("ip route get 10.91.2.2; "
                  "nsenter --net=/run/netns/$SLUICE_GATEWAY_NETNS ip -br -4 address")
        done = lab("run", "--direct", "--", "sh", "-c", script)
        self.assertIn("10.91.2.2 via 10.91.1.1 dev c0", done.stdout, done.stderr)
        self.assertIn("10.91.2.1/24", done.stdout)

    def test_several_nodes_and_clients_see_one_another_by_their_own_addresses(self):
        each = "exec 3<>/dev/tcp/10.91.2.4/9092 && ip -br -4 address show c0"
        script = "kcat -b $SLUICE_BOOTSTRAP -L -J; echo; for n in $SLUICE_CLIENT_NETNS; do " \
                 f"nsenter --net=/run/netns/$n bash -c '{each}'; done"
        done = lab("run", "--direct", "--brokers", "3", "--clients", "2", "--", "sh", "-c", script)
        metadata, *clients = done.stdout.splitlines()
        self.assertEqual(sorted(broker["name"] for broker in json.loads(metadata)["brokers"]),
                         ["10.91.2.2:9092", "10.91.2.3:9092", "10.91.2.4:9092"], done.stderr)
        self.assertEqual([line.split()[-1] for line in clients], ["10.91.1.2/24", "10.91.1.3/24"])

    def test_runs_the_older_kafka_and_both_generations_of_its_tools(self):
        script = "kt topics --create --topic t && KT_VERSION=4.3.1 kt topics --list"
        done = lab("run", "--direct", "--kafka", "3.9.2", "--", "sh", "-c", script)
        self.assertEqual((done.returncode, done.stdout), (0, "Created topic t.\nt\n"), done.stderr)

    def test_another_listener_advertises_the_address_it_is_given(self):
        script = "nsenter --net=/run/netns/$SLUICE_BROKER_NETNS kcat -b 10.91.2.2:9192 -L -J"
        done = lab("run", "--direct", "--listener", "OTHER:9192:10.91.1.1:19192", "--",
                   "sh", "-c", script)
        self.assertEqual([broker["name"] for broker in json.loads(done.stdout)["brokers"]],
                         ["10.91.1.1:19192"], done.stderr)

    def test_an_interrupt_takes_everything_down_also_what_left_its_session(self):
        for signum in (signal.SIGINT, signal.SIGTERM):
            lab_id = f"test-i{os.getpid()}"
            run = start("run", "--direct", "--id", lab_id, "--", "sh", "-c",
                        "setsid sleep 1000 & echo ready; sleep 1001")
            self.assertEqual(run.stdout.readline(), "ready\n")
            run.send_signal(signum)
            self.assertEqual(run.wait(START_SECONDS_MAX), 128 + signum)
            run.stdout.close()
            self.assertEqual(traces(lab_id), [])

    def test_what_a_killed_run_left_goes_with_the_next_one(self):
        lab_id = f"test-k{os.getpid()}"
        run = start("run", "--direct", "--id", lab_id, "--", "sh", "-c", "echo ready; sleep 1000")
        self.assertEqual(run.stdout.readline(), "ready\n")
        run.kill()
        run.wait()
        run.stdout.close()
        self.assertNotEqual(traces(lab_id), [])
        self.assertEqual(lab("run", "--direct", "--", "true").returncode, 0)
        self.assertEqual(traces(lab_id), [])

    def test_labs_run_side_by_side_with_the_same_addresses(self):
        runs = [start("run", "--direct", "--", "sh", "-c",
                      f"kt topics --create --topic t{n} >/dev/null; kt topics --list")
                for n in (1, 2)]
        answers = [run.communicate(timeout=START_SECONDS_MAX)[0] for run in runs]
        self.assertEqual(answers, ["t1\n", "t2\n"])

    def test_a_kept_lab_takes_commands_and_restarts_a_broker(self):
        lab_id = lab("up", "--direct").stdout.strip()
        try:
            created = lab("exec", lab_id, "--", "kt", "topics", "--create", "--topic", "t")
            self.assertEqual(created.stdout, "Created topic t.\n")
            self.assertEqual(lab("kill-broker", lab_id, "1").returncode, 0)
            self.assertEqual(lab("kill-broker", lab_id, "1").returncode, 70)
            self.assertEqual(lab("start-broker", lab_id, "1").returncode, 0)
            self.assertEqual(lab("exec", lab_id, "--", "kt", "topics", "--list").stdout, "t\n")
            self.assertIn(lab_id, lab("ls").stdout)
        finally:
            lab("down", lab_id)
        self.assertEqual(traces(lab_id), [])

    def test_says_what_is_wrong_with_its_arguments_and_builds_nothing(self):
        for arguments, word in ((("--direct", "--brokers", "0"), "--brokers"),
                                (("--direct", "--kafka", "1.0"), "install-deps"),
                                (("--direct", "--listener", "x"), "--listener"),
                                (("--direct", "--id", "Not/This"), "lab id"),
                                (("--policy", "/nonexistent"), "nonexistent")):
            done = lab("run", *arguments, "--", "true")
            self.assertEqual(done.returncode, 70, arguments)
            self.assertIn(word, done.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
