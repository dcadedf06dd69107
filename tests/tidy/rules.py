"""The rules of the tree, as data. tidy.py applies them; userspace/ARCHITECTURE.md says why.

An exception is an entry with its reason in the tables at the end, never a comment in the source
it excuses.
"""

# -- Who may include whom. A folder always sees itself and everything named here, nothing further.

PURE = {"kafka", "identity", "policy", "mask", "audit", "approval", "record", "session"}
_SHOWN = {"base", "http", "store", "auditlog", "audit", "approval"}

SEES = {
    "base": set(),
    "kafka": {"base"},
    "identity": {"base"},
    "policy": {"base"},
    "mask": {"base"},
    "audit": {"base"},
    "approval": {"base"},
    "record": {"base", "audit"},
    "session": (PURE - {"session"}) | {"base"},
    "auditlog": {"base", "audit"},
    "store": {"base", "approval", "audit"},
    "capture": {"base", "bpf"},
    "net": {"base", "session", "audit"},  # audit: the events a session hands out are audit's
    "http": {"base"},
    "notify": _SHOWN,
    "export": _SHOWN,
    "telemetry": {"base"},
    "control": _SHOWN | {"policy", "record", "telemetry"},
}
SEES["app"] = set(SEES) | {"bpf"}

# -- Third-party headers and the folders that may include them; the longest prefix decides.

OWNERS = {
    "nmmintrin.h": {"base"},
    "spdlog/": {"base"},
    "fmt/": {"base"},
    "zlib.h": {"kafka"},
    "lz4": {"kafka"},
    "snappy": {"kafka"},
    "zstd": {"kafka", "record", "auditlog"},
    "openssl/": {"identity", "mask", "audit", "approval", "record", "capture", "net"},
    "openssl/ssl.h": {"net"},
    "nlohmann/": {"identity", "notify", "export", "control", "app"},
    "yaml-cpp/": {"policy", "app"},
    "re2/": {"policy", "mask"},
    "simdjson.h": {"mask"},
    "google/protobuf/": {"mask", "audit"},
    "sqlite3.h": {"store"},
    "bpf/": {"capture"},
    # The folder bpf, whose C headers userspace takes in as a system's.
    "contract.h": {"capture"},
    "verdict.h": {"capture"},
    "capture.skel.h": {"capture"},
    "nftables/": {"capture"},
    "libmnl/": {"capture"},
    "libnetfilter_log/": {"capture"},
    "boost/": {"net", "http", "control", "app"},
    "boost/beast": {"http", "control"},
    "curl/": {"http"},
    "prometheus/": {"telemetry"},
    "CLI/": {"app"},
    "systemd/": {"app"},
    "seccomp.h": {"app"},
}

# Of the system and of the C++ library: what does I/O, waits or knows threads has no place in a pure
# folder.
SYSTEM_PREFIXES = ("sys/", "linux/", "netinet/", "arpa/", "net/", "asm/")
SYSTEM_HEADERS = {
    "dirent.h", "errno.h", "fcntl.h", "grp.h", "ifaddrs.h", "limits.h", "netdb.h", "poll.h",
    "malloc.h", "pthread.h", "pwd.h", "sched.h", "signal.h", "syslog.h", "termios.h", "unistd.h",
}
IMPURE_STANDARD_HEADERS = {
    "condition_variable", "csignal", "filesystem", "fstream", "future", "iostream", "mutex",
    "semaphore", "shared_mutex", "thread",
}

# -- Every .cc of these folders has tests/unit/FOLDER/NAME_test.cc.

TESTED = PURE | {"base", "auditlog", "store", "http", "control"}

# -- Sizes.

SOURCE_LINES_MAX = 400
TEST_LINES_MAX = 600
FUNCTION_LINES_MAX = 60
COLUMNS_MAX = 100

# -- Words: (pattern, files it applies to, why). CODE does not look into comments and strings.

_PURE_PATH = r"^userspace/(%s)/" % "|".join(sorted(PURE))
_CXX = r"\.(cc|h|c)$"
_OURS = r"\.(cc|h|c|py|sh|cmake|schema)$|CMakeLists\.txt$|^scripts/"
ANYWHERE = [
    (r"\b(TO[D]O|FIX[M]E|X{3}|HA[C]K)\b", _OURS, "finish it, or file it as an issue"),
    (r"NOLIN[T](?!\w*\(.+\): \w)", _CXX, "say which check, and why: NOLINT(check): reason"),
    (r"^#if 0\b", _CXX, "delete it; git remembers"),
    (r"/wor[k]/|/roo[t]/|/hom[e]/[a-z]", r".", "no absolute path of one machine"),
    (r"[ \t]+$", _OURS, "trailing blanks"),
    (r"\t", r"^(userspace|tests)/.*\.(cc|h|py)$", "indent with blanks"),
]
CODE = [
    (r"\basio::detached\b|\bdetached\s*[,)]", _CXX, "give co_spawn a completion handler"),
    (r"\bassert\s*\(", r"^userspace/.*\.(cc|h)$", "use SLUICE_CHECK: it is on in every build"),
    # A shell may end one session by an exception (and pass one on); nobody else has a use for them.
    (r"\bthrow\b(?!\s*;)", r"^userspace/(?!net/).*\.(cc|h)$",
     "return an Error; exceptions never steer"),
    (r"\busing namespace\b", r"^userspace/.*\.h$", "a header opens no namespace for others"),
    (r"\b\w+_clock::now\b|\bclock_gettime\b|\bgettimeofday\b|\btime\((nullptr|NULL|0)\)",
     _PURE_PATH + r".*\.(cc|h)$", "a pure folder is told the time (base/time.h)"),
    (r"\bsleep_(for|until)\b|\bu?sleep\s*\(", r"^tests/unit/",
     "a test waits for an event, never for time"),
    (r"\bDISABLED_\w+", r"^tests/", "a disabled test is deleted"),
]

# -- Exceptions, each with its reason.

# path -> (lines allowed, reason)
LONG_FILES = {}
# (path, function's first words) -> (lines allowed, reason)
LONG_FUNCTIONS = {
    ("userspace/session/close_reason.cc", "const char* name(CloseReason reason) noexcept {"): (
        110, "one line a reason, so that the compiler misses none"),
}
# path of a .cc without a mirrored test -> reason
UNTESTED = {}
# (path, the rule's why) -> reason
ALLOWED_WORDS = {
    ("userspace/base/limits.h", "a header opens no namespace for others"):
        "literals of std::chrono, inside sluice::limits only",
}
