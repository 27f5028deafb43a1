#!/bin/sh
# Writes what the compose files need from this machine: .env, and with `full` the secrets. What is there already is kept, so
# this may be run again.
#
#   ./prepare.sh          Foghorn by itself
#   ./prepare.sh full     with Redis, InfluxDB and Grafana
#
# DOCKER_SOCKET names the engine's socket where it is not /var/run/docker.sock.
set -eu
cd "$(dirname "$0")"
umask 077

die() { echo "prepare.sh: $*" >&2; exit 1; }

case ${1-} in
    "") files=compose.yaml ;;
    full) files=compose.yaml:compose.full.yaml ;;
    *) die "unknown argument $1; allowed are none, and full" ;;
esac
# Changes of your own. Compose reads this file by itself only where COMPOSE_FILE does not name the others.
[ ! -f compose.override.yaml ] || files=$files:compose.override.yaml

socket=${DOCKER_SOCKET:-/var/run/docker.sock}
[ -S "$socket" ] || die "$socket is no socket; name the engine's with DOCKER_SOCKET=/path ./prepare.sh"
group=$(stat -c %g "$socket")

# Sets KEY=VALUE in .env and leaves its other lines alone.
set_key() {
    { [ ! -f .env ] || grep -v "^$1=" .env || :; echo "$1=$2"; } >.env.new
    mv .env.new .env
}
set_key COMPOSE_PROJECT_NAME foghorn
set_key COMPOSE_FILE "$files"
set_key DOCKER_SOCKET "$socket"
set_key DOCKER_GID "$group"
echo "prepare.sh: .env names $files and group $group of $socket"

[ "${1-}" = full ] || exit 0

# Only the owner of this folder reaches the files. Inside a container each is read by another user, so the files are for all.
mkdir -p secrets
secret() {
    [ -s "secrets/$1" ] && return
    od -An -N32 -tx1 /dev/urandom | tr -d ' \n' >"secrets/$1"
    chmod 444 "secrets/$1"
    echo "prepare.sh: made secrets/$1"
}
for name in redis-password influx-password influx-token grafana-password; do secret "$name"; done

# Redis gets the hash alone. Foghorn may use its own keys, and no command that rules the server; the check of health may only say PING.
hash=$(sha256sum <secrets/redis-password | cut -d' ' -f1)
rm -f secrets/redis-users
cat >secrets/redis-users <<USERS
user default off resetpass resetkeys resetchannels -@all
user health on nopass resetkeys resetchannels -@all +ping
user foghorn on #$hash resetchannels ~foghorn:* -@all +@read +@write +@connection +@transaction -@dangerous +info
USERS
chmod 444 secrets/redis-users
