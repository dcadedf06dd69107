# shellcheck shell=bash
# story.sh: how the scripts speak to people. Steps are numbered and timed.

if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then
    bold=$'\e[1m' dim=$'\e[2m' green=$'\e[32m' red=$'\e[31m' plain=$'\e[0m'
else
    bold='' dim='' green='' red='' plain=''
fi
step_number=0 step_began=0

step() {
    step_number=$((step_number + 1)) step_began=$SECONDS
    printf '\n%s%d. %s%s\n' "$bold" "$step_number" "$1" "$plain"
}

# shown WHERE COMMAND: what is run, and where.
shown() { printf '   %s%-10s $ %s%s\n' "$dim" "$1" "$2" "$plain"; }

said() { printf '   %s%s%s\n' "$dim" "$1" "$plain"; }

done_step() {
    printf '   %s✓%s %s ' "$green" "$plain" "$1"
    printf '%s(%d s)%s\n' "$dim" $((SECONDS - step_began)) "$plain"
}

failure() { printf '   %s✗ %s%s\n' "$red" "$1" "$plain" >&2; }

ending() { printf '\n%s%s%s\n' "$bold" "$1" "$plain"; }

indent() { sed -u 's/^/     /'; }

# $work, the folder for what steps write, is the caller's.
# shellcheck disable=SC2154
# check SENTENCE COMMAND...: ends the story when it fails; passes silently without a sentence.
check() {
    local sentence=$1
    shift
    if ! "$@" >"$work/check.log" 2>&1; then
        indent <"$work/check.log" >&2
        failure "not so: ${sentence:-$*}"
        exit 1
    fi
    [ -z "$sentence" ] || done_step "$sentence"
}

# quietly LOG COMMAND...: shows that it moves on a terminal, and what it said only when it fails.
quietly() {
    local log=$1
    shift
    if ! "$@" 2>&1 | tee "$log" | moving; then
        tail -n 40 "$log" | indent >&2
        return 1
    fi
}

# On a terminal one line that changes shows that something moves; elsewhere a line now and then.
moving() {
    local line shown_at=$SECONDS
    while IFS= read -r line; do
        if [ -t 2 ]; then
            printf '\r\e[K     %.90s' "$line" >&2
        elif [ $((SECONDS - shown_at)) -ge 15 ]; then
            printf '     .. %.90s\n' "$line" >&2
            shown_at=$SECONDS
        fi
    done
    [ ! -t 2 ] || printf '\r\e[K' >&2
}
