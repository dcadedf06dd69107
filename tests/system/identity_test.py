#!/usr/bin/env python3
"""Clients log in with tokens, and the gateway with its credential.

A lab whose identity provider is tests/stack/issuer.py, and one broker with a second listener that
wants SASL/PLAIN. All clients come from addresses that the policy knows, so that what is allowed or
refused is the token's doing:

- the console tools, franz-go and kafka-python log in and do what the token's group may do; an
  outsider with a good token is told 29 and 30, from an address that may do everything;
- every kind of bad token is refused in both framings, byte by byte, and counted by its reason;
- the clients say that they cannot log in, and nothing of their attempts stays;
- a client that renews its login keeps its connection, unless it is as somebody else; one that does
  not loses it with its token;
- after a rotation new tokens are good and old ones are not;
- `sluice audit who` names the user;
- no part of any token is on the brokers' link, in the audit log, in the daemon's log or arguments;
- the gateway logs in at the listener for those who may use its credential, and for nobody else.

kcat shows only tokens without a signature here: Debian builds librdkafka without OIDC.
"""

import collections
import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time

import pcap
from identity_tools import (
    ALICE,
    AUTHENTICATE,
    BOB,
    CHALLENGE,
    HANDSHAKE,
    answer_v1,
    authenticate,
    bad_tokens,
    begun,
    client_first,
    framed,
    issue,
    java,
    kafka_python,
    log_in,
    logged,
    path_of,
    refusal,
    refusals,
    refused_by_hand,
    rotate,
    run,
    shown,
    stored,
)
from lab_tools import (
    closed,
    daemon,
    daemon_log,
    daemon_pid,
    metrics,
    receive_frame,
    request,
    resident_kib,
    run_in_lab,
    text,
    wait_until,
    within,
)

POLICY = """
version: 1
identities:
  - principal: "user:{claim.email}"
    human: "{claim.email}"
    groups: "{claim.groups}"
    from: {oidc: lab}
grants:
  - {id: setup, to: ["net:10.91.1.2"], allow: ["*"], topics: ["*"], groups: ["*"],
     upstream: gateway}
  - {id: plain, to: ["net:10.91.1.3"], allow: ["*"], topics: ["*"], groups: ["*"]}
  - {id: team, to: ["group:team"], allow: [topic.read, topic.write, group.join],
     topics: ["orders"], groups: ["team-*"]}
"""
SASL_PORT = 9094
PASSWORD = "hush-hush-4711"
SECOND_CLUSTER = """\
  - name: sasl
    networks: [10.91.2.0/24]
    ports: [%d]
    plaintext_tokens: accepted
    credential: {mechanism: PLAIN, user: gateway, password_file: %s}
identity_providers:
"""
LISTENER = (
    f"--listener=SASL:{SASL_PORT}:10.91.2.2:{SASL_PORT}",
    "--broker-config=listener.security.protocol.map="
    "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SASL:SASL_PLAINTEXT",
    "--broker-config=sasl.enabled.mechanisms=PLAIN",
    "--broker-config=listener.name.sasl.plain.sasl.jaas.config="
    "org.apache.kafka.common.security.plain.PlainLoginModule required "
    f'user_gateway="{PASSWORD}";',
)
RECORDS = 20
TTL = 6  # seconds that a short-lived token lives
COOLDOWN = 30  # seconds between two fetches of keys (limits::key_refresh_cooldown)
CLIENT2 = "--net=/run/netns/"


# -- who may what


def reads(alice):
    other = stored("alice-es256", issue(*ALICE, "--alg", "ES256"))
    console = ("--topic", "orders", "--group", "team-java", "--from-beginning")
    java("producer", alice, "--topic", "orders", given="from java\n")
    java("producer", other, "--topic", "orders", version="3.9.2", given="from older java\n")
    count = str(RECORDS + 2)
    said = java("consumer", alice, *console, "--max-messages", count, "--timeout-ms", "20000")
    assert f"Processed a total of {count} messages" in said, said
    assert "from java" in said and "from older java" in said, said
    for token in (alice, other):
        said = run("franz", "consume", "-topic", "orders", "-group", "team-go", "-token", token)
        assert json.loads(said)["topic"] == "orders"
    said = run(*kafka_python(other, "team-python"))
    assert said.split()[-2:] == ["read", count], said
    names = ("principal", "human", "evidence")
    who = {tuple(event[name] for name in names) for event in logged("authenticated")}
    assert who == {("user:alice@example.org", "alice@example.org", "oidc lab")}, who
    print(
        "alice, by RS256 and ES256: console tools 4.3.1 and 3.9.2 (a record written by each, "
        f"{count} read), franz-go, kafka-python"
    )


def outsider(bob, alice):
    topic, group = ("orders", "team-java")
    said = java("consumer", bob, "--topic", topic, "--group", group, want=None)
    assert "TopicAuthorizationException" in said, said
    said = run("franz", "describe", "-topic", topic, "-token", bob, want=1)
    assert "TOPIC_AUTHORIZATION_FAILED" in said, said
    said = run(*kafka_python(bob, group), want=1)
    assert "GroupAuthorizationFailedError" in said, said
    reset = ("franz", "reset", "-topic", topic, "-partition", "0", "-group", "other")
    assert "GROUP_AUTHORIZATION_FAILED" in run(*reset, "-token", alice, want=1)
    refused = logged("refused", "--principal", "user:bob@example.org")
    assert {event["human"] for event in refused} == {"bob@example.org"}, refused
    found = {(event["operation"], event["error_code"]) for event in refused}
    assert {("topic.describe", 29), ("group.describe", 30)} <= found, found
    run("franz", "describe", "-topic", topic)  # the same address, without a token
    print("an outsider with a good token: 29 and 30, from an address that may do everything")


# -- bad tokens


def refused_tokens(alice):
    before, logged_before = refusals(), reasons()
    wanted = collections.Counter()
    bad = bad_tokens()
    for reason, tokens in bad.items():
        for token in tokens:
            refused_by_hand(token)
            wanted[reason] += 2
    now = refusals()
    counted = {reason: now[reason] - before[reason] for reason in now}
    assert {reason: count for reason, count in counted.items() if count} == wanted, counted
    wait_until(lambda: reasons() - logged_before == wanted, 5, "the events")
    with begun(1) as connection:
        connection.sendall(request(AUTHENTICATE, 1, framed(b"x" * 70_000)))
        assert connection.recv(1) == b""
    wait_until(lambda: closed()["frame_too_large"] == 1, 5, "a frame too large")
    print(f"bad tokens: {sum(wanted.values())} refused in two framings, as {', '.join(wanted)}")

    clients = ("console tools", "franz-go", "kafka-python")
    for reason, tokens in bad.items():
        if reason in SHOWN_BY_CLIENTS:
            said_by_clients(reason, stored("bad", tokens[-1]))
    print(f"bad tokens: {', '.join(clients)} say so themselves: {', '.join(SHOWN_BY_CLIENTS)}")
    unsigned = ("enable.sasl.oauthbearer.unsecure.jwt=true", "sasl.mechanisms=OAUTHBEARER")
    unsigned += ("sasl.oauthbearer.config=principal=alice", "security.protocol=SASL_PLAINTEXT")
    options = [word for setting in unsigned for word in ("-X", setting)]
    said = run("kcat", "-b", BOOTSTRAP, "-L", "-m", "3", *options, want=1)
    assert "SASL authentication error: the token is not accepted" in said, said
    print("bad tokens: kcat says that it cannot log in with an unsigned one of its own")
    nothing_stays(alice)


# token_malformed and token_too_large are not: Java looks into a token itself before it shows it. It
# does not show one without a signature either, so `alg` is HS256 here.
SHOWN_BY_CLIENTS = (
    "token_expired",
    "token_wrong_audience",
    "token_wrong_issuer",
    "token_unknown_key",
    "token_bad_signature",
    "token_unsupported_algorithm",
)


# A tool takes seconds to start, and what it is told is always the same.
SHOWN_BY_JAVA = ("token_expired", "token_wrong_audience", "token_unsupported_algorithm")


def said_by_clients(reason, token_file):
    """What each client tells its user, and that it was counted each time."""
    counted = refusals()[reason]

    def once_more():
        nonlocal counted
        before, counted = counted, refusals()[reason]
        assert counted > before, (reason, before, counted)

    if reason in SHOWN_BY_JAVA:
        where = ("--topic", "orders", "--group", "team-java")
        said = java("consumer", token_file, *where, "--timeout-ms", "20000", want=None)
        assert "SaslAuthenticationException: the token is not accepted" in said, said
        assert "Processed a total of 0 messages" in said, said
        once_more()
    said = run("franz", "describe", "-topic", "orders", "-token", token_file, want=1)
    assert "unexpected data in oauth response" in said, said  # its word for a challenge
    once_more()
    said = run(*kafka_python(token_file, "team-python"), want=1)
    assert "AuthenticationFailedError" in said, said
    once_more()


def nothing_stays(alice):
    """Every connection is gone, no descriptor is kept, and a good token is as good as before."""
    wait_until(lambda: metrics()["sluice_connections"] == 0, 10, "the end of the connections")
    files = len(os.listdir(f"/proc/{daemon_pid()}/fd"))
    kib = resident_kib(daemon_pid())
    bad = issue(*ALICE, "--aud", "elsewhere")
    began = refusals()["token_wrong_audience"]
    for _ in range(200):
        refused_by_hand(bad)
    assert refusals()["token_wrong_audience"] == began + 400
    wait_until(lambda: metrics()["sluice_connections"] == 0, 10, "the end of the connections")
    assert len(os.listdir(f"/proc/{daemon_pid()}/fd")) <= files
    grown = resident_kib(daemon_pid()) - kib
    assert grown < 16 * 1024, grown
    run("franz", "describe", "-topic", "orders", "-token", alice)
    print(
        f"400 refused logins more: no connection and no descriptor stays, {grown} KiB more memory"
    )


def reasons():
    return collections.Counter(event["reason"] for event in logged("authentication_failed"))


# -- how sessions end


def renewals():
    renewed, once = stored("renewed", issue(*ALICE, "--ttl", str(TTL))), path_of("once")
    command = ("franz", "produce", "-topic", "orders", "-client-id", "renews", "-token", renewed)
    producer = popen(*command, "-rate", "10", "-count", str(10 * 3 * TTL))
    stored("once", issue(*ALICE, "--ttl", str(TTL)))
    ends = time.time() + TTL
    consumer = popen(*kafka_python(once, "team-once", 10 * TTL))
    while producer.poll() is None:
        time.sleep(TTL / 3)
        stored("renewed", issue(*ALICE, "--ttl", str(TTL)))
    assert producer.wait() == 0, producer.communicate()
    said = consumer.communicate(timeout=30)
    assert consumer.returncode == 1 and "AuthenticationFailedError" in said[1], said

    logins = logged("authenticated", "--principal", "user:alice*")
    sessions = collections.Counter(e["session"] for e in logins if e.get("client_id") == "renews")
    session, times = sessions.most_common(1)[0]
    assert times >= 3, sessions
    wrote = logged("produce", "--session", str(session))
    assert sum(event["records"] for event in wrote) == 10 * 3 * TTL, len(wrote)
    assert {event["principal"] for event in wrote} == {"user:alice@example.org"}
    assert [e["reason"] for e in logged("session_close", "--session", str(session))] == [
        "client_closed"
    ]
    # Connections of franz-go that have nothing to do renew nothing, and end too.
    expired = [e for e in logged("session_close") if e["reason"] == "token_expired"]
    assert session not in {event["session"] for event in expired}, expired
    expired = [e for e in expired if e.get("client_id", "").startswith("kafka-python")]
    assert expired
    late = max(event["wall_ns"] for event in expired) / 1e9 - ends
    assert -2 < late < 3, late
    print(
        f"tokens of {TTL} s: franz-go logged in {times} times in one session of {3 * TTL} s; "
        f"{len(expired)} connections of kafka-python, which does not, ended as token_expired"
    )


def another(alice, bob):
    """Whoever renews a login as somebody else is refused, and the connection ends."""
    before = refusals()["sasl_principal_changed"]
    with begun(1) as connection:
        log_in(connection, alice)
        connection.sendall(request(HANDSHAKE, 1, text("OAUTHBEARER")))
        receive_frame(connection)
        log_in(connection, alice)
        connection.sendall(request(HANDSHAKE, 1, text("OAUTHBEARER")))
        receive_frame(connection)
        authenticate(connection, client_first(bob))
        assert receive_frame(connection) == answer_v1(0, None, CHALLENGE)
        authenticate(connection, b"\x01")
        assert receive_frame(connection) == refusal()
        assert connection.recv(1) == b""
    assert refusals()["sasl_principal_changed"] == before + 1
    failed = [e for e in logged("authentication_failed") if e["reason"] == "sasl_principal_changed"]
    assert {event["principal"] for event in failed} == {"user:alice@example.org"}, failed
    print("a login renewed as the same principal goes on, as another one it is refused")


def popen(*command):
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


# -- rotation


def rotation(alice):
    """A key that is not known causes a fetch, if the last one is half a minute old."""
    fetches = 'sluice_identity_key_fetches_total{provider="lab"}'
    before = metrics()[fetches]
    describe = ("franz", "describe", "-topic", "orders", "-token")
    run(*describe, alice)
    rotate()
    fresh = stored("fresh", issue(*ALICE))
    took = wait_until(
        lambda: subprocess.run([*describe, fresh], capture_output=True).returncode == 0,
        COOLDOWN + 10,
        "the new keys",
    )
    assert metrics()[fetches] == before + 1, (before, metrics()[fetches])
    unknown = refusals()["token_unknown_key"]
    run(*describe, alice, want=1)
    assert refusals()["token_unknown_key"] > unknown
    print(f"rotation: new tokens good after {took:.1f} s and one fetch, old ones refused")
    return fresh


# -- what is known afterwards


def named():
    question = ("--topic", "orders", "--partition", "0", "--offset", "0", "--op", "read")
    said = run("sluice", "audit", "who", "--dir", os.environ["SLUICE_AUDIT_DIR"], *question)
    assert "user:alice@example.org" in said and "user:bob" not in said, said
    print(next(line for line in said.splitlines() if "alice" in line))


def everything(path):
    """All bytes of the files of a folder."""
    found = b""
    for folder, _, names in os.walk(path):
        for name in names:
            with open(os.path.join(folder, name), "rb") as file:
                found += file.read()
    return found


def arguments():
    """Of every process there is."""
    found = b""
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            with contextlib.suppress(OSError), open(f"/proc/{entry}/cmdline", "rb") as file:
                found += file.read()
    return found


def streams(path):
    return b"".join(
        way.bytes()
        for port in (9092, SASL_PORT)
        for pair in pcap.connections(path, port).values()
        for way in pair
    )


def nowhere(client_side, broker_side):
    audit = everything(os.environ["SLUICE_AUDIT_DIR"])
    places = {
        "the brokers' link": broker_side,
        "the audit log": audit,
        "what it prints": "".join(json.dumps(event) for event in logged("*")).encode(),
        "the daemon's log": daemon_log().encode(),
    }
    with open(f"/proc/{daemon_pid()}/environ", "rb") as file:
        places["the daemon's environment"] = file.read()
    places["arguments"] = arguments()
    assert b"sluiced" in places["arguments"]
    parts = {part for token in shown for part in (token, *token.split(".")) if len(part) > 20}
    for part in parts:
        for place, held in places.items():
            assert part.encode() not in held, f"a part of a token is in {place}"
    # That would be easy to say of nothing.
    whole = sum(token.encode() in client_side for token in shown)
    assert whole > len(shown) / 2
    # Names are beside the log, for as long as they are kept.
    names = os.path.join(os.path.dirname(os.environ["SLUICE_AUDIT_DIR"]), "people.db")
    known = b"".join(open(path, "rb").read() for path in (names, names + "-wal"))
    assert b"alice@example.org" in known and b"alice@example.org" not in audit
    assert not any(part.encode() in known for part in parts), "a part of a token is in it"
    password = PASSWORD.encode()
    assert password in broker_side and password not in client_side
    with open(f"/proc/{daemon_pid()}/cmdline", "rb") as file:
        places["arguments"] = file.read()  # of the daemon: those of the lab's broker name it
    del places["the brokers' link"]
    assert not any(password in held for held in places.values())
    print(
        f"of {len(shown)} tokens ({whole} seen whole on the clients' link) no part is on the "
        f"brokers' ({len(broker_side)} bytes), in the audit log or in the daemon's log"
    )


# -- the gateway's credential


def credential(alice):
    password = path_of("password")
    put_password(password, PASSWORD)
    with open(path_of("sluice.yaml"), encoding="utf-8") as file:
        before = file.read()
    with open(path_of("sluice.yaml"), "w", encoding="utf-8") as file:
        file.write(before.replace("identity_providers:\n", SECOND_CLUSTER % (SASL_PORT, password)))
    daemon("restart")
    there = ("-bootstrap", f"10.91.2.2:{SASL_PORT}")
    read = ("franz", "consume", "-topic", "orders", "-count", str(RECORDS), "-partition", "0")
    for more in (("-token", alice), ()):
        assert run(*read, *there, *more).count('"offset"') == RECORDS
    other = ["nsenter", CLIENT2 + os.environ["SLUICE_CLIENT_NETNS"].split()[1]]
    describe = ("franz", "describe", "-topic", "orders", "-timeout", "5s")
    run(*other, *describe)
    run(*other, *describe, *there, want=1)
    ends = closed()
    assert ends["credential_not_granted"] > 0 and ends["upstream_login_failed"] == 0, ends
    put_password(password, "wrong")
    daemon("restart")
    run(*describe, *there, "-token", alice, want=1)
    run(*describe, "-token", alice)
    refused = closed()
    assert refused["upstream_login_failed"] > 0, refused
    print(
        "the gateway's credential: used for a token and for a grant with `upstream: gateway`; "
        f"{ends['credential_not_granted']} connections without either were closed as "
        f"credential_not_granted; a wrong password: {refused['upstream_login_failed']} "
        "closed as upstream_login_failed"
    )


def put_password(path, word):
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(word + "\n")


# -- all of it


def dump(interface):
    path = path_of(interface + ".pcap")
    command = ("tcpdump", "-i", interface, "-w", path, "-s", "0", "-B", "65536", "-U", "-Z", "root")
    ports = f"ip and tcp and (port 9092 or port {SASL_PORT})"
    process = popen(*within("gateway", *command, ports))
    for line in process.stderr:
        if "listening on" in line:
            return path, process
    raise AssertionError("tcpdump did not start")


def seen(path, process):
    """Until it has written what was on its way."""
    size = -1
    while size != os.path.getsize(path):
        size = os.path.getsize(path)
        time.sleep(1)
    process.terminate()
    process.wait()
    return streams(path)


def inside():
    links = [dump("g0"), dump("g1")]
    try:
        run("franz", "create", "-topic", "orders", "-partitions", "1")
        wait_until(lambda: "orders" in run("franz", "list"), 20, "the topic")
        run("franz", "produce", "-topic", "orders", "-count", str(RECORDS))
        alice, bob = stored("alice", issue(*ALICE)), stored("bob", issue(*BOB))
        reads(alice)
        outsider(bob, alice)
        refused_tokens(alice)
        another(issue(*ALICE), issue(*BOB))
        renewals()
        fresh = rotation(alice)
        named()
        credential(fresh)
        nowhere(*(seen(*link) for link in links))
    finally:
        for _, process in links:
            process.kill()
            process.wait()


BOOTSTRAP = os.environ.get("SLUICE_BOOTSTRAP", "")

if __name__ == "__main__":
    if "--inside" in sys.argv:
        inside()
        sys.exit()
    with tempfile.TemporaryDirectory() as folder:
        hosts, policy = (os.path.join(folder, name) for name in ("hosts", "identity.yaml"))
        with open(hosts, "w", encoding="utf-8") as file:
            file.write("10.91.2.2 broker-1\n")
        with open(policy, "w", encoding="utf-8") as file:
            file.write(POLICY)
        os.environ["IDENTITY_HOSTS"] = hosts
        # A broker asks for its own name too before it speaks SASL.
        os.environ["SLUICE_LAB_BROKER_JVM"] = f"-Xms256m -Xmx1g -Djdk.net.hosts.file={hosts}"
        run_in_lab(__file__, "--clients", "2", "--policy", policy, *LISTENER)
