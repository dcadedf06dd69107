"""Bytes at the broker's interface, by peer address and listener: did the proxy carry them?"""

import json
import subprocess

# Sets that learn: whoever talks to whatever port of the broker gets a counter of its own.
_RULES = """\
table inet bench {
  set arrived { type ipv4_addr . inet_service; size 4096; flags dynamic; }
  set departed { type ipv4_addr . inet_service; size 4096; flags dynamic; }
  chain arriving {
    type filter hook input priority -200;
    iifname "b0" meta l4proto tcp update @arrived { ip saddr . tcp dport counter }
  }
  chain departing {
    type filter hook output priority -200;
    oifname "b0" meta l4proto tcp update @departed { ip daddr . tcp sport counter }
  }
}
"""
STRAY_SHARE_MAX = 0.01


class Wire:
    """The counters; `since` is what came in or went out after a mark."""

    def __init__(self, broker_netns):
        self._inside = ["nsenter", f"--net=/run/netns/{broker_netns}", "--", "nft"]
        subprocess.run([*self._inside, "-f", "-"], input=_RULES, text=True, check=True)

    def mark(self):
        return {direction: self._read(direction) for direction in ("arrived", "departed")}

    def since(self, mark):
        """{direction: {(peer address, broker port): bytes}}"""
        now = self.mark()
        return {direction: {pair: total - mark[direction].get(pair, 0)
                            for pair, total in now[direction].items()}
                for direction in now}

    def _read(self, name):
        shown = subprocess.run([*self._inside, "-j", "list", "set", "inet", "bench", name],
                               text=True, check=True, capture_output=True)
        listed = next(item["set"] for item in json.loads(shown.stdout)["nftables"] if "set" in item)
        elements = [item["elem"] for item in listed.get("elem", [])]
        return {tuple(element["val"]["concat"]): element["counter"]["bytes"]
                for element in elements}


def judge(bytes_by_pair, expected):
    """Why this traffic was not the one to measure, or "" when it was.

    `expected` has the least number of bytes for each (address, port) that takes part; all others
    together may carry one in a hundred.
    """
    for pair, least in expected.items():
        got = bytes_by_pair.get(pair, 0)
        if got < least:
            return f"{got} bytes between {_text(pair)} and the broker, at least {least} expected"
    stray = {pair: n for pair, n in bytes_by_pair.items() if pair not in expected and n > 0}
    if sum(stray.values()) > STRAY_SHARE_MAX * sum(bytes_by_pair.values()):
        return "bytes that went another way: " + ", ".join(
            f"{n} by {_text(pair)}" for pair, n in sorted(stray.items()))
    return ""


def _text(pair):
    return f"{pair[0]} (port {pair[1]})"
