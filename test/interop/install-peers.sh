#!/bin/sh
# Brings the real programs that the interop tests judge us by, from Debian (bookworm) packages, and those it lacks by
# install-newer-peers.sh; does nothing when they are there. No package may start a service of its own: policy-rc.d says so
# while installing.
# Usage: install-peers.sh FOLDER     exit 0: all there, the newer ones in FOLDER; exit 1: says which is missing
set -eu

"$(dirname "$0")/install-newer-peers.sh" "$1"
"$(dirname "$0")/install-newer-peers.sh" "$1/engine" trixie

# program, package that brings it
PEERS='dockerd docker.io
containerd containerd
docker docker.io
notary notary
notary-server notary
notary-signer notary
docker-registry docker-registry
skopeo skopeo
podman podman
buildah buildah
swift-ring-builder swift
swift-proxy-server swift-proxy
swift-account-server swift-account
swift-container-server swift-container
swift-object-server swift-object
memcached memcached
pg_lsclusters postgresql
mariadbd mariadb-server
softhsm2-util softhsm2
zsh zsh
fish fish'

PATH="$PATH:/usr/sbin:/sbin"

missing_packages() {
  {
    echo "$PEERS" | while read -r program package; do
      command -v "$program" >/dev/null 2>&1 || echo "$package"
    done
    /usr/bin/python3 -c 'import docker' 2>/dev/null || echo python3-docker
  } | sort -u
}

packages=$(missing_packages | tr '\n' ' ')
[ -n "$packages" ] || exit 0

if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null 2>&1; then
  echo "interop: missing $packages— install them (Debian: apt-get install), or run as root on Debian" >&2
  exit 1
fi

policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod 755 "$policy"
  trap 'rm -f "$policy"' EXIT
fi
export DEBIAN_FRONTEND=noninteractive
apt-get -qq -o DPkg::Lock::Timeout=300 update
# shellcheck disable=SC2086 # a list of words
apt-get -qq -y -o DPkg::Lock::Timeout=300 install --no-install-recommends $packages

still=$(missing_packages | tr '\n' ' ')
if [ -n "$still" ]; then
  echo "interop: these peers could not be installed: $still" >&2
  exit 1
fi
