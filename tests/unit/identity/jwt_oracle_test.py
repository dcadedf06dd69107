#!/usr/bin/python3
"""Our verdicts beside PyJWT's, over tokens of the lab's issuer and of PyJWT.

    jwt_oracle_test.py JWT_CHECK [--seed N]

Whatever is accepted here PyJWT accepts too, with the same claims. Of tokens nobody damaged, the two
accept the same. Skipped (77) without python3-jwt and python3-cryptography.
"""

import argparse
import json
import pathlib
import random
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "tests" / "stack"))
try:
    import jwt
    from issuer import Issuer
except ImportError as error:
    print(f"skipped: {error}", file=sys.stderr)
    sys.exit(77)

URL, AUDIENCE = "https://issuer.test", "sluice"
FAR = 10_000  # seconds; so that neither the two clocks nor a slow run matter
ROUNDS = 200


def theirs(token, keys):
    """PyJWT's claims, or None."""
    try:
        header = jwt.get_unverified_header(token)
        key = keys[header["kid"]]
        return jwt.decode(token, key.key, algorithms=[key.algorithm], issuer=URL, audience=AUDIENCE,
                          options={"require": ["exp", "iss", "aud", "sub"]})
    except (jwt.PyJWTError, KeyError, ValueError, UnicodeError):
        return None


class Key:
    def __init__(self, jwk):
        self.algorithm = jwk["alg"]
        self.key = jwt.PyJWK.from_dict(jwk).key


def read_keys(folder):
    document = json.loads((folder / "jwks.json").read_text())
    return {jwk["kid"]: Key(jwk) for jwk in document["keys"]}


def claims_of(rng, now):
    """All good, or one of them not."""
    choices = {
        "iss": ([URL], [URL + "/", "https://other.test", None]),
        "aud": ([AUDIENCE, [AUDIENCE], ["x", AUDIENCE]], ["other", ["a", "b"], [], None]),
        "exp": ([now + FAR, now + 2 * FAR + 0.5], [now - FAR, 1, None]),
        "nbf": ([None, now - FAR, 0], [now + FAR]),
        "iat": ([now - FAR, now], [now + FAR]),
        "sub": (["alice", "b" * 200, "\u00e9"], [None]),
    }
    bad = rng.choice([None] * 6 + list(choices))
    claims = {name: rng.choice(pair[name == bad]) for name, pair in choices.items()}
    claims["groups"] = rng.sample(["a", "b", "c", "d e", "\u20ac"], rng.randrange(4))
    return claims


def damaged(rng, token):
    at = rng.randrange(len(token))
    return rng.choice([
        token[:at] + chr(rng.randrange(33, 127)) + token[at + 1:],
        token[:at] + token[at + 1:],
        token[:at] + rng.choice("ABCabc012-_.= ") + token[at:],
        token[:at],
        ".".join(rng.sample(token.split("."), 3)),
    ])


def make_tokens(rng, issuer, stranger, now):
    """[(token, is it as its issuer made it)]"""
    tokens = []
    for _ in range(ROUNDS):
        alg = rng.choice(Issuer.ALGORITHMS)
        tokens.append((issuer.token(alg, claims_of(rng, now)), True))
        tokens.append((damaged(rng, tokens[-1][0]), False))
    claims = {"sub": "eve", "aud": AUDIENCE, "exp": now + FAR}
    for alg in Issuer.ALGORITHMS:
        tokens.append((stranger.token(alg, claims), True))
        kid = jwt.get_unverified_header(issuer.token(alg, claims))["kid"]
        tokens.append((stranger.token(alg, claims, kid), True))
        # PyJWT's own signature, and none.
        pem = (issuer.folder / f"{alg}.pem").read_text()
        whole = {**claims, "iss": URL}
        tokens.append((jwt.encode(whole, pem, algorithm=alg, headers={"kid": kid}), True))
        tokens.append((jwt.encode(whole, None, algorithm="none", headers={"kid": kid}), True))
        tokens.append((jwt.encode(whole, "secret", algorithm="HS256", headers={"kid": kid}), True))
    return tokens


def check(token, intact, ours, oracle):
    """What is wrong, or None."""
    accepted = ours.startswith("accepted\t")
    if accepted and oracle is None:
        return "accepted here alone"
    if intact and oracle is not None and not accepted:
        return f"refused here alone: {ours}"
    if not accepted:
        return None
    words = dict(word.partition("=")[::2] for word in ours.split("\t")[2:])
    groups = ",".join(oracle.get("groups", []))
    if ours.split("\t")[1] != oracle["sub"] or words.get("groups", "") != groups:
        return f"other claims: {ours}"
    return None


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--seed", type=int, default=20261124)
    options = parser.parse_args()
    rng = random.Random(options.seed)
    now = int(time.time())
    with tempfile.TemporaryDirectory() as scratch:
        folder = pathlib.Path(scratch)
        issuer, stranger = Issuer(folder / "issuer"), Issuer(folder / "stranger")
        issuer.init(URL)
        stranger.init(URL)
        keys = read_keys(issuer.folder)
        tokens = [(token, intact) for token, intact in make_tokens(rng, issuer, stranger, now)
                  if "\n" not in token]
        answers = subprocess.run(
            [options.program, issuer.folder / "jwks.json", URL, AUDIENCE, str(now)],
            input="".join(token + "\n" for token, _ in tokens), text=True, check=True,
            capture_output=True).stdout.splitlines()
    assert len(answers) == len(tokens)
    failures = 0
    for (token, intact), ours in zip(tokens, answers):
        wrong = check(token, intact, ours, theirs(token, keys))
        if wrong:
            failures += 1
            print(f"{wrong}\n  {token}")
    reasons = {answer.split("\t")[0] for answer in answers}
    expected = {"accepted", "token_expired", "token_wrong_audience", "token_wrong_issuer",
                "token_not_yet_valid", "token_claims_missing", "token_bad_signature",
                "token_unknown_key", "token_malformed", "token_unsupported_algorithm"}
    if expected - reasons:
        failures += 1
        print(f"never seen: {sorted(expected - reasons)}")
    print(f"{len(tokens)} tokens, {sum(a.startswith('accepted') for a in answers)} accepted, "
          f"{failures} failures, seed {options.seed}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
