"""One run inside the lab: starts the ways, does the rounds, keeps the results."""

import datetime
import json
import os
import pathlib
import shutil
import subprocess
import sys

from . import machine, peers, table, wire, work

RESULTS = peers.HERE / "results"


def say(text):
    print(f"peers: {text}", file=sys.stderr, flush=True)


class Lab:
    """The lab that this program was started in."""

    def __init__(self, tools):
        self.id = os.environ["SLUICE_LAB_ID"]
        self.dir = pathlib.Path(os.environ["SLUICE_LAB_DIR"])
        self.gateway_netns = os.environ["SLUICE_GATEWAY_NETNS"]
        self.broker_pid = int((self.dir / "broker-1.pid").read_text())
        self.work = self.dir / "bench"  # goes with the lab
        self.work.mkdir()
        self.tools = tools
        self.wire = wire.Wire(os.environ["SLUICE_BROKER_NETNS"])


class Results:
    """The turns, in memory and in a file that is complete up to the last step at any moment."""

    def __init__(self, about):
        self.rows = []
        self._turns = RESULTS / "latest.jsonl"
        self._table = RESULTS / "latest.md"
        self._lines = open(self._turns, "w")
        self.add(about)

    def add(self, row):
        self.rows.append(row)
        print(json.dumps(row), file=self._lines, flush=True)

    def finish(self):
        self._lines.close()
        text = table.text(self.rows)
        self._table.write_text(text)
        self._give(self._turns, self._table)
        return text

    def keep(self):
        """The table of a whole run replaces the one in git."""
        kept = RESULTS / "turns.jsonl", RESULTS / "table.md"
        for latest, path in zip((self._turns, self._table), kept):
            shutil.copy(latest, path)
        self._give(*kept)

    @staticmethod
    def _give(*paths):
        """To the checkout's owner: this runs as root."""
        owner = RESULTS.stat()
        for path in paths:
            os.chown(path, owner.st_uid, owner.st_gid)


def run(options, ways, tools):
    lab = Lab(tools)
    size = work.QUICK if options.quick else work.Size()
    todo = work.Work(lab, size)
    results = Results(about(options, ways, size))
    every = running = [way(lab) for way in ways]
    try:
        running = [peer for peer in running if started(peer, results)]
        warm_up(todo, running)
        for number in range(1, options.rounds + 1):
            say(f"round {number} of {options.rounds}")
            # Each round begins with another way, so that none always follows the same one.
            shift = (number - 1) % len(running)
            for peer in running[shift:] + running[:shift]:
                turn(todo, peer, number, results)
    finally:
        for peer in every:
            peer.stop()
        shown = results.finish()
    print(shown)
    if options.whole:
        results.keep()
    return 1 if any("failed" in row for row in results.rows) else 0


def started(peer, results):
    try:
        peer.start()
        return True
    except peers.PeerError as error:
        say(str(error))
        results.add({"round": 0, "name": peer.name, "step": "start", "failed": str(error)})
        return False


def warm_up(todo, running):
    for peer in running:
        say(f"warming up: {peer.name}")
        try:
            peer.enter()
            todo.warm_up(peer)
        except (peers.PeerError, work.StepError) as error:
            say(f"{peer.name}: {error}")  # its turns will say it again, in the table


def turn(todo, peer, number, results):
    def emit(step, values):
        results.add({"round": number, "name": peer.name, "step": step} | values)
        say(f"{peer.name}: {step}: {table.short(step, values)}")

    try:
        peer.enter()
        if number == 1:
            emit("start", {"resident_kb": machine.resident_kb(peer.pids())})
        todo.turn(peer, emit)
    except (peers.PeerError, work.StepError) as error:
        emit("turn", {"failed": str(error)})


def about(options, ways, size):
    """The first line of the results: what was measured, where and when."""
    return {
        "step": "run",
        "date": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC"),
        "commit": commit(),
        "rounds": options.rounds,
        "names": [way.name for way in ways],
        "size": vars(size),
        "versions": list(dict.fromkeys(filter(None, (way.version() for way in ways)))),
        "audit_filesystem": filesystem(os.environ["SLUICE_AUDIT_DIR"]),
        "machine": machine.describe(),
    }


def commit():
    # Run with sudo, git would distrust a checkout that belongs to somebody else.
    git = ["git", "-c", f"safe.directory={peers.ROOT}", "-C", peers.ROOT]
    shown = subprocess.run([*git, "describe", "--always", "--dirty", "--abbrev=10"],
                           text=True, capture_output=True)
    return shown.stdout.strip() or "unknown"


def filesystem(path):
    """What kind of disk `durable` waits for; "" where no Sluice is."""
    if not os.path.isdir(path):
        return ""
    shown = subprocess.run(["findmnt", "-no", "FSTYPE", "-T", path], text=True, capture_output=True)
    return shown.stdout.strip() or "unknown"
