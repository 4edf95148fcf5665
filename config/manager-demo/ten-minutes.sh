#!/bin/sh
# The manager in ten minutes, by the commands that an operator types; docs/manager.md says what has to run before.
# Everything is done by people of their own: ann runs the platform, ben operates rank, vic only looks, cid is of another group.
set -eu
: "${ABOX:=npm run --silent abox --}" "${MANAGER:=http://127.0.0.1:8700}" "${ZOOKEEPER:=127.0.0.1:2181}"
: "${GATEWAY:=127.0.0.1:20880}" "${LEGACY:=http://127.0.0.1:8501}" "${PARTNER:=http://127.0.0.1:8502}"
: "${STATE:=$PWD/abox-state/manager-demo}"
here=$(cd "$(dirname "$0")" && pwd)
umask 077
# Each person has a log-in of his own here, which these would take the place of.
unset ABOX_MANAGER ABOX_TOKEN ABOX_ENVIRONMENT
mkdir -p "$STATE"

step() { printf '\n== %s\n' "$*"; }
# as NAME COMMAND…: each person has a log-in of his own.
as() { person=$1; shift; echo "\$ abox $*"; XDG_CONFIG_HOME="$STATE/$person" $ABOX "$@"; }
# refused CODE NAME COMMAND…: what must not be possible.
refused() {
  code=$1; shift
  if text=$(as "$@" 2>&1); then echo "$text"; echo "was not refused, expected $code"; exit 1; fi
  case $text in *"$code"*) echo "$text" ;; *) echo "$text"; echo "expected $code"; exit 1 ;; esac
}
call() { $ABOX call com.example.rank.RankService score '[1, 2.5]' --address "$GATEWAY"; }
password() { test -s "$STATE/$1.password" || head -c 18 /dev/urandom | base64 > "$STATE/$1.password"; cat "$STATE/$1.password"; }
filled() { sed -e "s|@ZOOKEEPER@|$ZOOKEEPER|" -e "s|@LEGACY@|$LEGACY|" -e "s|@PARTNER@|$PARTNER|" -e "s|file: |file: $here/|" "$here/$1"; }

step 'The first user, by the one-time token that the manager has printed'
if test -z "${SETUP_TOKEN:-}"; then printf 'One-time token: '; read -r SETUP_TOKEN; fi
{ printf '%s\n' "$SETUP_TOKEN"; password ann; } | as ann login "$MANAGER" --setup --user ann --environment prod

step 'Three users; passwords go by standard input'
for person in ben cid vic; do
  password "$person" | as ann user create "$person"
done

step 'An environment, its clusters, and two groups'
filled platform.yaml | as ann apply -f - --reason 'the platform'
for person in ben cid vic; do
  password "$person" | as "$person" login "$MANAGER" --user "$person" --environment prod
done

step 'A token for the gateways, which get the code of hooks by it'
password ann | XDG_CONFIG_HOME="$STATE/ann" $ABOX token create 'gateways of prod' --role gateway --environment prod > "$STATE/gateway.token"

step 'A legacy model, a third-party model, a hook and the service'
filled rank.yaml | as ben apply -f - --reason 'rank goes live' --wait all --wait-timeout 60
call

step 'What must not be possible'
refused ABOX_FORBIDDEN vic split shift rank partner=50% --reason 'a viewer writes'
refused ABOX_FORBIDDEN cid get model rank
refused ABOX_FORBIDDEN cid delete model rank --reason 'of another group'
refused ABOX_REFERENCE ben delete model rank --reason 'a service still names it'
refused ABOX_DOCUMENT_INVALID ben split shift rank partner=50% --reason 'it is not online'

step 'The third party comes online: it answers its health and the sample'
as ben model try rank --variant partner
as ben model online rank --variant partner --reason 'it answers' --wait all
call

step 'A quarter of the calls goes there, and everybody runs it before the command ends'
as ben split shift rank partner=25% --reason 'a quarter' --wait all
for _ in 1 2 3 4; do call; done
as vic split watch rank --seconds 60 --count 2

step 'Who has not seen that is refused'
refused ABOX_GENERATION ben split shift rank partner=90% --generation 2 --reason 'from an old screen'

step 'A new version of the hook for 1 % of the calls'
filled order.yaml | as ben apply -f - --reason 'greatest first' --wait all
call

step 'Who runs what, who changed what'
as vic describe model rank
as vic server list
as vic audit model rank --differences

step 'More, which was too much, and back'
as ben split shift rank partner=50% --reason 'half' --wait all
call
as ben split undo rank --reason 'more errors than before' --wait all
call

step 'The third party goes: its share first, then it'
refused ABOX_REFERENCE ben model offline rank --variant partner --reason 'while a quarter goes there'
as ben model offline rank --variant partner --move-to legacy --reason 'the contract ends' --wait all
call

step 'The hook as it was'
as ben undo hook order --reason 'customers expect their order' --wait all
call
as ann audit --limit 10
as ann doctor
echo 'done'
