#!/usr/bin/env python3
"""Every client shows what was predicted: allowed, denied, in part, masked, held in each way.

Kafka's Java client 4.3, librdkafka, kafka-python and franz-go do the same things through a gateway;
matrix_cases.py says beforehand what each of them will show. What they show is compared with that,
and what the broker has afterwards with what was allowed. While all of it goes on, a consumer group
of each client reads a topic, its bulk replay of another one is parked, and its generation stays.

    matrix_test.py [--table FILE]    also writes the table of what was predicted and seen
"""

import os
import re
import sys
import tempfile
import time

import audit_log
import matrix_lab as lab
from lab_tools import run_in_lab, wait_until
from matrix_cases import CLIENTS, FRANZ, JAVA, PREDICTED, PYTHON, RDKAFKA, Table, predicted

PARKED_SECONDS = 12  # twice as long as a group waits for a member's heartbeats
SECOND = ["nsenter", "--net=/run/netns/" + os.environ.get("SLUICE_CLIENT_NETNS", "-").split()[-1]]
TABLE = Table()
BEGAN = time.monotonic()


def say(what):
    print(f"{time.monotonic() - BEGAN:4.0f} s  {what}", flush=True)


def able(case):
    return [client for client in CLIENTS if predicted(case, client)]


def case(name, *words, where=(), doubt=lambda client, lines: ""):
    """The same command by each client that can, and what they show; `doubt`: what else is wrong."""
    seen = lab.at_once(words, able(name), where)
    for client, lines in seen.items():
        TABLE.add(name, client, lines, doubt(client, lines))
    say(f"{name}: {', '.join(seen)}")
    return seen


def values(lines, topic):
    return [
        (line["offset"], line["value"])
        for line in lines
        if (line["what"] == topic and "value" in line)
    ]


def read_not(topic, wanted):
    def doubt(_, lines):
        found = values(lines, topic)
        return "" if found == list(enumerate(wanted)) else f"read {found}"

    return doubt


# -- Allowed and denied


def allowed():
    case("allow: produce", "produce", "open")
    written = [value for _, value in lab.stored("open")]
    assert sorted(written) == sorted(3 * len(CLIENTS) // 3 * [f"open {n}" for n in range(3)])
    read = read_not("readable", lab.seeds("readable"))
    case("allow: read", "fetch", str(lab.SEEDED), "readable", doubt=read)
    case("allow: read with a group", "join", "ours.%", "readable")
    case("allow: create a topic", "create", "mine.%")
    assert {f"mine.{client}" for client in CLIENTS} <= lab.topics()


def denied():
    case("deny: produce", "produce", "half")
    case("deny: produce to a topic that is not shown", "produce", "secret")
    for topic in ("half", "secret"):
        assert [value for _, value in lab.stored(topic)] == lab.seeds(topic), topic
    fetch = ("fetch", str(lab.SEEDED))
    case("deny: fetch", *fetch, "half", doubt=read_none("half"))
    case("deny: fetch of a topic that is not shown", *fetch, "secret", doubt=read_none("secret"))
    case("deny: create a topic", "create", "frozen.%")
    assert not [topic for topic in lab.topics() if topic.startswith("frozen")]
    case("deny: join a group", "join", "watched.%", "readable")
    case("deny: join a group that is not shown", "join", "hidden.%", "readable")
    case("deny, whole request: describe the cluster", "cluster", where=SECOND)
    name = "deny, whole request: describe topics"
    case(name, "metadata", "open", where=SECOND)
    case("deny, whole request: idempotent producer", "idempotent", "open", where=SECOND)
    case("deny, whole request: transactional producer", "transactional", "theirs.%", "open")


def read_none(topic):
    return read_not(topic, [])


# -- In part


def partial():
    before = len(lab.events())
    two = ("open", "half")
    case("partial: produce to two topics", "produce", *two)
    together = one_request("produce", before)
    # librdkafka sends each partition's batch in a request of its own.
    assert {JAVA, PYTHON, FRANZ} <= together and RDKAFKA not in together, together
    before = len(lab.events())
    read = read_not("readable", lab.seeds("readable"))
    fetch = ("fetch", str(lab.SEEDED), "readable", "half")

    def doubt(client, lines):
        return "" if client == PYTHON else read(client, lines)  # matrix_cases.py says why

    case("partial: fetch of two topics", *fetch, doubt=doubt)
    together = one_request("fetch", before)
    # librdkafka's own threads decide whether it asks for both at once.
    assert {JAVA, PYTHON, FRANZ} <= together, together
    case("partial: metadata of two topics", "metadata", "open", "secret")


def one_request(kind, since):
    """The clients that had one topic granted and another refused in one and the same request."""
    found = list(audit_log.events(os.environ["SLUICE_AUDIT_DIR"]))[since:]

    def places(wanted):
        return {(e["session"], e["correlation_id"]) for e in found if wanted(e)}

    refused = places(lambda e: e["type"] == "refused" and e["operation"].startswith("topic."))
    return {
        e["client_id"]
        for e in found
        if e["type"] == kind and e["outcome"] == "ok" and e["records"]
        if (e["session"], e["correlation_id"]) in refused
    }


def mask():
    wanted = [lab.masked(number) for number in range(lab.SEEDED)]
    case("mask: read", "fetch", str(lab.SEEDED), "masked", doubt=read_not("masked", wanted))


# -- Held


def each(prefix):
    return [f"{prefix}.{client}" for client in CLIENTS]


def held(name, prefix, verb):
    """Answered by a human while they wait."""

    def answer(topic, ticket):
        assert topic not in lab.topics(), topic
        lab.decide(verb, ticket)

    started = lab.start(("create", f"{prefix}.%"))
    try:
        tickets = lab.as_they_come(each(prefix), answer)
        for client, one in started.items():
            lines = one.end()
            said = lab.ticket_in(lines)
            ticket = tickets[f"{prefix}.{client}"]
            TABLE.add(name, client, lines, f"ticket {said}" if said not in (None, ticket) else "")
    finally:
        for one in started.values():
            one.kill()
    say(f"{name}: {', '.join(started)}")
    return tickets


def holds():
    for ticket in held("hold: approved while it waits", "waits", "approve").values():
        steps = [e["reason"] for e in lab.events(type="approval", ticket=ticket)]
        assert steps == ["requested", "vote_approve", "approved", "used"], steps
    wait_until(lambda: set(each("waits")) <= lab.topics(), 20, "the topics")
    held("hold: denied", "denied", "deny")
    later()
    gone()
    assert not set(each("denied") + each("gone")) & lab.topics()


def later():
    """Not answered in time, approved, tried again, and once more."""
    first = case("hold: expired", "create", "later.%")
    tickets = lab.pending(each("later"))
    for client, lines in first.items():
        assert lab.ticket_in(lines) == tickets[f"later.{client}"], (client, lines)
    assert not set(each("later")) & lab.topics()
    for ticket in tickets.values():
        lab.decide("approve", ticket)
    case("hold: approved, and tried again", "create", "later.%")
    wait_until(lambda: set(each("later")) <= lab.topics(), 20, "the topics")
    for topic in each("later"):
        lab.broker("franz", "delete", "-topic", topic)
    wait_until(lambda: not set(each("later")) & lab.topics(), 20, "the end of the topics")
    third = case("hold: tried a third time", "create", "later.%")
    for client, lines in third.items():
        assert lab.ticket_in(lines) != tickets[f"later.{client}"], "the same ticket twice"
    assert not set(each("later")) & lab.topics()


def gone():
    """Killed while they wait: nobody wants it any more, and a late yes does nothing."""
    started = lab.start(("create", "gone.%"))
    clients = dict(zip(each("gone"), started.values()))
    try:
        tickets = lab.as_they_come(clients, lambda topic, _: clients[topic].kill())
    finally:
        for one in started.values():
            one.kill()

    def states():
        return {number: one["state"] for (_, number), one in lab.requests("--all").items()}

    def all_cancelled():
        return {states()[ticket] for ticket in tickets.values()} == {"cancelled"}

    wait_until(all_cancelled, 15, "the end of wishes whose clients left")
    for ticket in tickets.values():
        lab.sluice("approvals", "approve", ticket, want=None)
    assert all_cancelled()
    for client in CLIENTS:
        TABLE.add("hold: client gone", client, [{"what": f"gone.{client}", "done": 1}])
    say(f"hold: client gone: {', '.join(CLIENTS)}")


def without_message():
    before = lab.stored("open")
    case("hold, expired: delete records", "purge", "open", "2")
    assert lab.stored("open") == before
    for client in CLIENTS:  # what the reset would go back from
        lab.broker(
            *("franz", "reset", "-group", f"rewound.{client}", "-topic", "rewound"),
            *("-partition", "0", "-offset", str(lab.SEEDED)),
        )
    case("hold, expired: reset offsets", "reset", "rewound.%", "rewound", "0")


# -- Groups


def joins_at_broker(client):
    """The generations that the group of a client's member has had, in the broker's own words."""
    path = os.path.join(os.environ["SLUICE_LAB_DIR"], "logs", "broker-1.log")
    with open(path, encoding="utf-8") as file:
        return re.findall(rf"Stabilized group members\.{client} generation (\d+)", file.read())


class Members:
    """A member of a group of each client, for as long as everything else goes on."""

    def __init__(self):
        self.started = lab.start(("member", "members.%", "steady", "replay.%"))
        self.first = {}

    def wait_for_all(self):
        wait_until(lambda: all(self.reads(one) for one in CLIENTS), 90, "members that read")
        self.tickets = lab.pending(each("replay"))
        # A client may join twice to begin with; from here on nothing may change.
        self.first = {one: (self.last(one), joins_at_broker(one)) for one in CLIENTS}
        self.began = time.monotonic()

    def last(self, client):
        lines = self.started[client].lines()
        return lines[-1] if lines else {"seen": {}, "generation": -1}

    def reads(self, client):
        last = self.last(client)
        return last["seen"].get("steady", 0) >= lab.SEEDED and last["generation"] >= 0

    def end(self):
        wait_until(lambda: time.monotonic() > self.began + PARKED_SECONDS, 30, "a long hold")
        for client in CLIENTS:
            assert f"replay.{client}" not in self.last(client)["seen"], "not parked"
        lab.write("steady", ["late"])
        for ticket in self.tickets.values():
            lab.decide("approve", ticket)
        wait_until(lambda: all(map(self.has_all, CLIENTS)), 30, "the replays")
        for client in CLIENTS:
            TABLE.add(
                "group: no rebalance in spite of holds and a parked replay",
                client,
                [{"what": f"members.{client}", "done": 1}],
                self.doubt(client),
            )
        parked = time.monotonic() - self.began
        say(f"group: parked for {parked:.0f} s, then read; the generations stayed")

    def has_all(self, client):
        seen = self.last(client)["seen"]
        whole = {"steady": lab.SEEDED + 1, f"replay.{client}": lab.REPLAYED}
        return seen == whole

    def doubt(self, client):
        """By the member's own word, and by the broker's."""
        (then, before), now = self.first[client], self.last(client)
        for what in ("generation", "generations", "member"):
            if now[what] != then[what] or not now[what]:
                return f"{what} {then[what]}, then {now[what]}"
        after = joins_at_broker(client)
        return "" if after == before and after else f"the broker's: {before}, then {after}"

    def kill(self):
        for one in self.started.values():
            one.kill()


# -- Java's producers


def java(name, *words):
    return case(name, *words)[JAVA]


def version_13():
    name = "Produce v13: one topic of two denied, {} 1 MiB"
    for size, what in ((200_000, "below"), (900_000, "above")):
        for order in (("open", "half"), ("half", "open")):
            before, since = len(lab.stored("open")), len(lab.events())
            lines = lab.at_once(("large", str(size), *order), [JAVA])[JAVA]
            kept = lab.stored("open")[before:]
            assert [len(value) for _, value in kept] == [size], kept
            offsets = [line["offset"] for line in lines if "offset" in line]
            assert offsets == [kept[0][0]], (offsets, kept[0][0])
            assert one_request("produce", since) == {JAVA}, lab.events()[since:]
            versions = {
                event["api_version"]
                for event in lab.events()[since:]
                if event["type"] == "produce" and event["client_id"] == JAVA
            }
            assert versions == {13}, versions
        TABLE.add(name.format(what), JAVA, lines)
        say(f"{name.format(what)}: version 13, in both orders")
    assert [value for _, value in lab.stored("half")] == lab.seeds("half")


def producers_go_on():
    java("idempotent producer goes on after a denied batch", "goes-on", "steps", "half", "100")
    kept = [value for _, value in lab.stored("steps")]
    assert kept == [f"goes on {n}" for n in range(100)], kept
    words = ("aborts", "ours.java", "steps", "half")
    java("transaction with a denied batch: aborted, and the next one", *words)
    assert [value for _, value in lab.stored("steps")][100:] == ["committed"]
    assert [value for _, value in lab.stored("half")] == lab.seeds("half")


def inside(path):
    lab.plant()
    members = Members()
    try:
        members.wait_for_all()
        allowed()
        denied()
        partial()
        mask()
        holds()
        without_message()
        members.end()
        version_13()
        producers_go_on()
    finally:
        members.kill()
        text = TABLE.markdown()
        print(text, *TABLE.wrong, sep="\n")
    if path:
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
    assert not TABLE.missing(), TABLE.missing()
    assert not TABLE.wrong, "\n".join(["not as predicted:", *TABLE.wrong])
    cells = len(TABLE.rows)
    print(f"{cells} cells, {len(PREDICTED)} cases, {len(CLIENTS)} clients: all as predicted")


if __name__ == "__main__":
    table = sys.argv[sys.argv.index("--table") + 1] if "--table" in sys.argv else ""
    if "--inside" in sys.argv:
        inside(table)
    else:
        with tempfile.NamedTemporaryFile("w", suffix=".yaml") as policy:
            policy.write(lab.POLICY)
            policy.flush()
            arguments = ("--table", os.path.abspath(table)) if table else ()
            run_in_lab(*(__file__, "--clients", "2", "--policy", policy.name), arguments=arguments)
