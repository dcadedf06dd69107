"""matrix_lab.py: the clients of the matrix as commands, its policy, approvers and records."""

import json
import os
import signal
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor

import audit_log
from lab_tools import ROOT, wait_until, within
from matrix_cases import CLIENTS, FRANZ, JAVA, PYTHON, RDKAFKA, REASON, TICKET

CAROL = 61001
SEEDED = 5
REPLAYED = 300
POLICY = f"""
version: 1
identities:
  - {{principal: "net:team", human: "alice@example.org", from: {{source: 10.91.1.2/32}}}}
  - {{principal: "net:readers", from: {{source: 10.91.1.3/32}}}}
grants:
  - id: team
    to: ["net:team"]
    allow: [topic.read, topic.write, topic.create, group.join, group.offset.reset]
    topics: [open, readable, masked, steady, steps, rewound, "replay.*", "mine.*", "frozen.*"]
    groups: ["ours.*", "members.*", "rewound.*"]
  - {{id: transactions, to: ["net:team"], allow: [txn.write], transactional_ids: ["ours.*"]}}
  - {{id: half, to: ["net:team"], allow: [topic.describe], topics: [half]}}
  - {{id: cluster, to: ["net:team"], allow: [cluster.describe]}}
  - {{id: watched, to: ["net:team"], allow: [group.describe], groups: ["watched.*"]}}
  - {{id: readers, to: ["net:readers"], allow: [topic.read], topics: [open]}}
denials:
  - {{id: frozen, to: ["*"], deny: [topic.create], topics: ["frozen.*"], reason: "{REASON}"}}
holds:
  - id: waits
    to: ["net:team"]
    applies: ungranted
    when: {{operations: [topic.create], topics: ["waits.*", "denied.*", "gone.*"]}}
    approvers: {{groups: [owners]}}
    hold: 25s
  - id: later
    to: ["net:team"]
    applies: ungranted
    when: {{operations: [topic.create], topics: ["later.*"]}}
    approvers: {{groups: [owners]}}
    hold: 1s
  - id: purge
    to: ["net:team"]
    applies: ungranted
    when: {{operations: [topic.records.delete], topics: [open]}}
    approvers: {{groups: [owners]}}
    hold: 1s
  - id: rewind
    to: ["*"]
    when: {{operations: [group.offset.reset], groups: ["rewound.*"], records_over: 2}}
    approvers: {{groups: [owners]}}
    hold: 1s
  - id: replay
    to: ["*"]
    when: {{operations: [topic.read], topics: ["replay.*"], lag_over: 100}}
    approvers: {{groups: [owners]}}
masks:
  - {{id: names, topics: [masked], fields: [{{path: $.name, action: redact}}]}}
"""

PYTHONS = os.path.join(ROOT, "tests", "stack", "clients")
COMMANDS = {
    JAVA: ["kjava"],
    RDKAFKA: ["/usr/bin/python3", os.path.join(PYTHONS, "shown_rdkafka.py")],
    PYTHON: ["/usr/bin/python3", os.path.join(PYTHONS, "shown_kafka_python.py")],
    FRANZ: ["franz", "shown"],
}


class Started:
    """A client's command, running."""

    def __init__(self, client, words, where=()):
        self.what = f"{client} {' '.join(words)}"
        # A file, not a pipe: a member that runs all the time must never wait for a reader.
        self.out, self.err = tempfile.TemporaryFile("w+"), tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen(
            [*where, *COMMANDS[client], *words],
            stdout=self.out,
            stderr=self.err,
            start_new_session=True,
        )

    def lines(self):
        self.out.seek(0)
        return [json.loads(line) for line in self.out.read().splitlines() if line[:1] == "{"]

    def end(self, seconds=90):
        try:
            code = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            code = "no end"
        self.err.seek(0)
        assert code == 0, f"{self.what}: {code}\n{self.lines()}\n{self.err.read()[-3000:]}"
        return self.lines()

    def kill(self):
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


def start(words, clients=CLIENTS, where=()):
    """The same command by each client; `%` is where its own name goes."""
    return {one: Started(one, [word.replace("%", one) for word in words], where) for one in clients}


def at_once(words, clients=CLIENTS, where=()):
    """{client: the lines it printed}"""
    started = start(words, clients, where)
    try:
        with ThreadPoolExecutor(len(started)) as pool:
            return dict(zip(started, pool.map(Started.end, started.values())))
    finally:
        for client in started.values():
            client.kill()


# -- Approvers


def sluice(*words, want=0):
    done = subprocess.run(
        [
            *("setpriv", f"--reuid={CAROL}", "--regid=0", "--clear-groups"),
            *("sluice", *words, "--control", os.environ["SLUICE_CONTROL"]),
        ],
        text=True,
        capture_output=True,
        timeout=30,
    )
    assert want is None or done.returncode == want, (words, done.stdout, done.stderr)
    return done.stdout + done.stderr


def requests(*words):
    """{what is asked for: the request}, the newest where there are several."""
    found = {}
    for line in sluice("approvals", "ls", "-o", "json", *words).splitlines():
        if line.startswith("{") and '"id"' in line:
            request = json.loads(line)
            found[request["resources"], request["id"]] = request
    return found


def as_they_come(resources, act, seconds=90):
    """`act(resource, ticket)` on each as soon as it waits for a human: {resource: ticket}."""
    found = {}

    def look():
        for (resource, number), request in requests().items():
            if request["state"] == "pending" and resource in set(resources) - set(found):
                found[resource] = number
                act(resource, number)
        return len(found) == len(resources)

    wait_until(look, seconds, f"a request for each of {resources}")
    return found


def pending(resources):
    return as_they_come(resources, lambda resource, ticket: None)


def decide(verb, ticket):
    sluice("approvals", verb, ticket, "-m", "said in a test")


def ticket_in(lines):
    return next((m.group() for m in (TICKET.search(str(line)) for line in lines) if m), None)


# -- What the broker has, asked without the gateway


def broker(*command, given=None):
    done = subprocess.run(
        within("broker", *command), input=given, text=True, capture_output=True, timeout=60
    )
    assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
    return done.stdout


def topics():
    return {json.loads(line)["topic"] for line in broker("franz", "list").splitlines()}


def stored(topic, *options):
    """[(offset, value)] of partition 0, committed ones alone."""
    said = broker(
        *("kcat", "-C", "-b", os.environ["SLUICE_BOOTSTRAP"], "-t", topic, "-p", "0", "-J"),
        *("-o", "beginning", "-e", "-q", "-X", "isolation.level=read_committed", *options),
    )
    rows = [json.loads(line) for line in said.splitlines()]
    return [(row["offset"], row["payload"]) for row in rows]


def write(topic, values):
    broker(
        *("kcat", "-P", "-b", os.environ["SLUICE_BOOTSTRAP"], "-t", topic, "-p", "0"),
        given="".join(value + "\n" for value in values),
    )


def seeds(topic):
    return [f"{topic} seed {number}" for number in range(SEEDED)]


def plant():
    """The topics that are there before any client comes."""
    several = ["open", "readable", "half", "secret", "masked", "steady", "steps", "rewound"]
    replays = [f"replay.{client}" for client in CLIENTS]

    def create(topic):
        broker("franz", "create", "-topic", topic)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(create, several + replays))
    wait_until(lambda: set(several + replays) <= topics(), 20, "the topics")
    for topic in ("readable", "half", "secret", "steady", "rewound"):
        write(topic, seeds(topic))
    write("masked", [masked(number, f"Planted {number}") for number in range(SEEDED)])
    for topic in replays:
        write(topic, (f"replayed {number}" for number in range(REPLAYED)))


def masked(number, name="***"):
    return json.dumps({"number": number, "name": name})


def events(**wanted):
    found = audit_log.events(os.environ["SLUICE_AUDIT_DIR"])
    return [e for e in found if all(e[name] == value for name, value in wanted.items())]
