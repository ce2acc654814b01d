#!/bin/sh
# Brings peers that bookworm does not have (crane, oras, cosign, notation) from Debian sid into a folder of their own: nothing
# of the machine is touched. sid moves, so the versions that were tested with are asked for first; what is there stays.
# From trixie comes an Engine that keeps its images in containerd.
# Usage: install-newer-peers.sh FOLDER [SUITE]     the programs are FOLDER/usr/{bin,sbin}/*; exit 1: says which is missing
set -eu

folder=$1
suite=${2:-sid}
# package=version that the tests were written against
case $suite in
sid) PEERS='crane=0.20.7+ds1-5
oras=1.3.3-1
cosign=3.1.1-2
notation=1.3.2-2' ;;
trixie) PEERS='docker.io=26.1.5+dfsg1-9+deb13u1+b1
containerd=1.7.24~ds1-6+deb13u1' ;;
*)
  echo "interop: nothing is wanted of $suite" >&2
  exit 1
  ;;
esac

missing() {
  for peer in $PEERS; do
    [ -d "$folder/usr/share/doc/${peer%%=*}" ] || echo "$peer"
  done
}

[ -n "$(missing)" ] || exit 0
mkdir -p "$folder/apt/lists/partial" "$folder/apt/cache/archives/partial" "$folder/apt/sources" "$folder/apt/debs"
: >"$folder/apt/status"
awk '/^$/{exit} {print}' /etc/apt/sources.list.d/debian.sources | sed "s/^Suites:.*/Suites: $suite/" \
  >"$folder/apt/sources/$suite.sources"

apt() {
  apt-get -qq -o Dir::Etc::sourcelist=/dev/null -o Dir::Etc::sourceparts="$folder/apt/sources" \
    -o Dir::State::lists="$folder/apt/lists" -o Dir::Cache="$folder/apt/cache" -o Dir::State::status="$folder/apt/status" \
    -o APT::Sandbox::User=root "$@"
}

apt update
cd "$folder/apt/debs"
for peer in $(missing); do
  apt download "$peer" 2>/dev/null || {
    echo "interop: $peer is no longer in $suite; taking what is there" >&2
    apt download "${peer%%=*}"
  }
done
for package in *.deb; do dpkg-deb -x "$package" "$folder"; done

still=$(missing | tr '\n' ' ')
if [ -n "$still" ]; then
  echo "interop: these peers could not be had from $suite: $still" >&2
  exit 1
fi
