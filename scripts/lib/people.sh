# shellcheck shell=bash disable=SC2154  # $root and $lab_dir are the caller's, and so is on()
# people.sh: the people of a lab's story: their tokens, their clients, and those who approve.
#
# A client is one of Kafka's own tools with a file of its own settings: its token, and where to log
# in with it. Nothing in that file, and nothing else of the client, is of Sluice.

# Who approves: Unix users by number, as the lab's sluice.yaml names them.
declare -A uid_of=([carol]=61001 [alice]=61003)

# meet NAME GROUP ISSUER [SUBJECT]: makes $people/NAME, a program that runs Kafka's tools as NAME.
meet() {
    local name=$1 group=$2 issuer=$3 subject=${4:-$1}
    local token=$people/$name.token oauth=org.apache.kafka.common.security.oauthbearer
    "$root/tests/stack/issuer.py" --dir "$issuer" token --sub "$subject" \
        --email "$subject@example.org" --groups "$group" --aud sluice >"$token"
    cat >"$people/$name.properties" <<SETTINGS
security.protocol=SASL_PLAINTEXT
sasl.mechanism=OAUTHBEARER
sasl.jaas.config=$oauth.OAuthBearerLoginModule required;
sasl.login.callback.handler.class=$oauth.OAuthBearerLoginCallbackHandler
sasl.oauthbearer.jwt.retriever.class=$oauth.FileJwtRetriever
sasl.oauthbearer.token.endpoint.url=file://$token
SETTINGS
    # Java asks for a broker's name before it logs in, and the lab has no name server to tell it.
    cat >"$people/$name" <<PROGRAM
#!/bin/sh
export KT_JOPTS="-Djdk.net.hosts.file=$people/hosts
    -Dorg.apache.kafka.sasl.oauthbearer.allowed.urls=file://$token
    -Dorg.apache.kafka.sasl.oauthbearer.allowed.files=$token"
exec kt "\$@" --command-config "$people/$name.properties"
PROGRAM
    chmod 755 "$people/$name"
}

meet_everybody() {
    people=$lab_dir/people
    mkdir "$people"
    printf '10.91.2.2 broker\n' >"$people/hosts"
    meet alice crm "$lab_dir/idp"
    meet bob analysts "$lab_dir/idp"
    meet mallory guests "$lab_dir/idp"
    # What mallory signed herself; it says that she is alice.
    "$root/tests/stack/issuer.py" --dir "$people/forgery" init
    meet forger crm "$people/forgery" alice
    # Those who approve are no root, and may not get into the checkout's folder.
    install -m 755 "$(on gateway sh -c 'command -v sluice')" "$people/sluice"
}

# approvals NAME WORDS...: `sluice approvals` as the Unix user that NAME is.
approvals() {
    on gateway setpriv --reuid="${uid_of[$1]}" --regid=0 --clear-groups \
        "$people/sluice" approvals "${@:2}" --control "$lab_dir/control.sock"
}

# Waits for a request for approval and sets $request to its id.
await_request() {
    request=''
    for _ in $(seq 600); do
        request=$(approvals carol ls -o json | sed -n 's/^{"id":"\([^"]*\)".*/\1/p')
        [ -z "$request" ] || return 0
        sleep 0.1
    done
    failure "no request for approval came"
    return 1
}

# The id of a request belongs to one run; what is refused to alice is part of the story.
approve_own() {
    shown alice "sluice approvals approve $request"
    if approvals alice approve "$request" >"$work/own" 2>&1; then
        failure "alice approved what she herself asked for"
        return 1
    fi
    indent <"$work/own"
    grep -q self_approval "$work/own"
}
