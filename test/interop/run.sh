#!/bin/sh
# Judges this package by the real programs: docker, dockerd, notary, docker-registry. Installs what is missing, fails when a
# peer cannot be had, then runs test/interop. Arguments go to vitest (file names, -t PATTERN).
set -eu
cd "$(dirname "$0")/../.."
newer=${XDG_CACHE_HOME:-$HOME/.cache}/trustsandbox/peers
test/interop/install-peers.sh "$newer"
# dockerd and docker-registry live in sbin and bin of the system; a newer docker CLI in /usr/local/bin goes first.
PATH="/usr/local/bin:/usr/local/sbin:$PATH:/usr/bin:/usr/sbin:/sbin:$newer/usr/bin"
TRUSTSANDBOX_NEWER_ENGINE="$newer/engine"
export PATH TRUSTSANDBOX_NEWER_ENGINE
node scripts/prepare.mjs
echo "interop: docker CLI $(docker --version), $(dockerd --version), $(docker-registry --version)"
exec node node_modules/vitest/vitest.mjs run --config vitest.interop.config.ts "$@"
