"""matrix_cases.py: what each client is predicted to show, case by case, and how what it showed is
compared with that.

A prediction names, for each topic, group or id that the client asked about, `ok`, `nothing` (the
client keeps it to itself for as long as one waits), a word of the client's own, or the code of
Kafka's error in the client's own words; `+reason` or `+ticket` where the client passes the answer's
message on. None: the client has no such call. `*`: all clients. ` or ` stands between what chance
decides.
"""

import re

JAVA, RDKAFKA, PYTHON, FRANZ = CLIENTS = ("java", "librdkafka", "kafka-python", "franz-go")

KAFKA_WORDS = {
    29: "TOPIC_AUTHORIZATION_FAILED",
    30: "GROUP_AUTHORIZATION_FAILED",
    31: "CLUSTER_AUTHORIZATION_FAILED",
    44: "POLICY_VIOLATION",
    53: "TRANSACTIONAL_ID_AUTHORIZATION_FAILED",
}
WORDS = {
    JAVA: {
        29: "TopicAuthorizationException",
        30: "GroupAuthorizationException",
        31: "ClusterAuthorizationException",
        44: "PolicyViolationException",
        53: "TransactionalIdAuthorizationException",
    },
    RDKAFKA: KAFKA_WORDS,
    PYTHON: {
        29: "TopicAuthorizationFailedError",
        30: "GroupAuthorizationFailedError",
        31: "ClusterAuthorizationFailedError",
        44: "PolicyViolationError",
    },
    FRANZ: KAFKA_WORDS,
}

REASON = "the audit topics are frozen"
TICKET = re.compile(r"\bR-[A-Z0-9]{8}\b")

PREDICTED = {
    "allow: produce": {"*": "open ok"},
    "allow: read": {"*": "readable ok"},
    "allow: read with a group": {"*": "ours ok"},
    "allow: create a topic": {"*": "mine ok"},
    "deny: produce": {"*": "half 29"},
    # Where a client shows something else than the code, a comment says why. Where topics are
    # concerned, it does the same at a broker that refuses by ACLs of its own.
    # kafka-python waits for metadata and then says that there are none; it never tells the 29.
    "deny: produce to a topic that is not shown": {
        "*": "secret 29",
        PYTHON: "secret KafkaTimeoutError",
    },
    "deny: fetch": {"*": "half 29"},
    # Assigned to a partition of it, two of the clients wait for it to appear.
    "deny: fetch of a topic that is not shown": {
        "*": "secret 29",
        RDKAFKA: "secret nothing",
        PYTHON: "secret nothing",
    },
    "deny: create a topic": {"*": "frozen 29+reason"},
    "deny: join a group": {"*": "watched 30"},
    "deny: join a group that is not shown": {"*": "hidden 30"},
    "deny, whole request: describe the cluster": {
        "*": "cluster 31",
        RDKAFKA: None,
        PYTHON: None,
    },
    # Java 4's Admin.describeTopics asks for the cluster first, so that it needs cluster.describe as
    # well. (Not so at a broker with ACLs, which shows its nodes to everybody.)
    "deny, whole request: describe topics": {JAVA: "open 31"},
    # librdkafka's records say that they were purged; its error callback says why.
    "deny, whole request: idempotent producer": {
        "*": "open 31",
        RDKAFKA: "open _PURGE_QUEUE, client 31",
        PYTHON: None,
    },
    # franz-go 1.15 keeps the code to itself: "producer ID has a fatal, unrecoverable error, err:
    # unable to initialize a producer ID due to request failures".
    "deny, whole request: transactional producer": {
        "*": "theirs 53",
        FRANZ: "theirs error",
        PYTHON: None,
    },
    "partial: produce to two topics": {"*": "open ok, half 29"},
    # kafka-python 2.0 goes through an answer's topics in an order of chance. What it had read
    # before it came to the 29 is lost to a program that reads on: it goes on behind that.
    "partial: fetch of two topics": {
        "*": "readable ok, half 29",
        PYTHON: "readable ok, half 29 or readable nothing, half 29",
    },
    "partial: metadata of two topics": {"*": "open ok, secret 29"},
    "mask: read": {"*": "masked ok"},
    "hold: approved while it waits": {"*": "waits ok"},
    "hold: denied": {"*": "denied 44+ticket"},
    "hold: expired": {"*": "later 44+ticket"},
    "hold: approved, and tried again": {"*": "later ok"},
    "hold: tried a third time": {"*": "later 44+ticket"},
    "hold: client gone": {"*": "gone ok"},
    # No message in these answers: 29 and 30, and the ticket only in the log and the console.
    "hold, expired: delete records": {"*": "open 29", PYTHON: None},
    "hold, expired: reset offsets": {"*": "rewound 30"},
    "group: no rebalance in spite of holds and a parked replay": {"*": "members ok"},
    "Produce v13: one topic of two denied, below 1 MiB": {JAVA: "open ok, half 29"},
    "Produce v13: one topic of two denied, above 1 MiB": {JAVA: "open ok, half 29"},
    "idempotent producer goes on after a denied batch": {JAVA: "steps ok, half 29"},
    "transaction with a denied batch: aborted, and the next one": {
        JAVA: "first commit 29, abort ok, half 29, second commit ok"
    },
}


def predicted(case, client):
    cells = PREDICTED[case]
    return cells.get(client, cells.get("*"))


def agree(wanted, seen):
    return sorted(seen.split(", ")) in [sorted(one.split(", ")) for one in wanted.split(" or ")]


class Shown:
    """What a client showed in one case: the lines it printed, by what they are about."""

    def __init__(self, client, lines):
        self.client, self.lines = client, lines
        self.found = {}
        for line in lines:
            what = line["what"]
            if "error" in line and self.found.get(what, (None,))[0] != line["error"]:
                self.found[what] = (line["error"], line.get("message", ""))
            self.found.setdefault(what, None)

    def cell(self):
        """In the words of a prediction, and in the client's."""
        return ", ".join(self._one(what) for what in self.found), self._words()

    def _one(self, what):
        name = short(what)
        if self.found[what] is None:
            return f"{name} ok"
        word, message = self.found[what]
        codes = [str(code) for code, its in WORDS[self.client].items() if its == word]
        said = codes[0] if codes else word
        if REASON in message:
            said += "+reason"
        if TICKET.search(message):
            said += "+ticket"
        return f"{name} {said}"

    def _words(self):
        return "; ".join(
            f"{error[0]}: {TICKET.sub('TICKET', ' '.join(error[1].split()))}"
            for error in self.found.values()
            if error
        )


def short(what):
    """Topics and groups that each client has of its own are named `what.client`."""
    for client in CLIENTS:
        what = what.removesuffix("." + client)
    return what


class Table:
    """Every cell, as it was predicted and as it was seen."""

    def __init__(self):
        self.rows, self.wrong = [], []

    def add(self, case, client, lines, doubt=""):
        """`doubt`: what else was found wrong, beside what the client showed."""
        wanted = predicted(case, client)
        seen, words = Shown(client, lines).cell()
        if not agree(wanted, seen):
            self.wrong.append(f"{case}, {client}: predicted `{wanted}`, seen `{seen}`: {words}")
        if doubt:
            self.wrong.append(f"{case}, {client}: {doubt}")
        self.rows.append((case, client, wanted, seen, words))

    def missing(self):
        done = {(case, client) for case, client, *_ in self.rows}
        wanted = {(case, one) for case in PREDICTED for one in CLIENTS if predicted(case, one)}
        return sorted(wanted - done)

    def markdown(self):
        lines = ["| case | client | predicted | seen | in the client's words |", "|" + "---|" * 5]
        order = list(PREDICTED)
        rows = sorted(self.rows, key=lambda row: (order.index(row[0]), CLIENTS.index(row[1])))
        for case, client, wanted, seen, words in rows:
            same = "the same" if agree(wanted, seen) and " or " not in wanted else seen
            words = words if len(words) <= 200 else words[:200] + " .."
            words = words.replace("|", "\\|").replace("`", "'")
            lines.append(
                f"| {case} | {client} | {wanted} | {same} | {f'`{words}`' if words else ''} |"
            )
        return "\n".join(lines) + "\n"
