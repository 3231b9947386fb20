#!/bin/sh
# Puts `docker compose` and `docker buildx` where the tests find them, without installing anything: Debian's packages
# are unpacked under a cache folder. Prints the DOCKER_CONFIG to use. Does nothing when they are already there.
#   eval "$(sh test/helpers/compose-plugin.sh --export)"     sets DOCKER_CONFIG and DOCKER_BUILDKIT in the calling shell
# The mirror is the one this machine's apt already uses; CURSO_DEBIAN_SUITE chooses the suite (default trixie).
set -eu

suite=${CURSO_DEBIAN_SUITE:-trixie}
cache=${XDG_CACHE_HOME:-$HOME/.cache}/curso-k8s-pruebas
config=$cache/docker
plugins=$config/cli-plugins

finish() {
  # With buildx there, builds need not go through the classic builder, which leaves its steps behind.
  if [ "${1:-}" = --export ]; then echo "export DOCKER_CONFIG='$config' DOCKER_BUILDKIT=1"; else echo "$config"; fi
}

if [ -x "$plugins/docker-compose" ] && [ -x "$plugins/docker-buildx" ]; then
  finish "${1:-}"
  exit 0
fi

mirror=$(apt-get indextargets --format '$(ORIGIN) $(REPO_URI)' 'Identifier: Packages' 2>/dev/null |
  sed -n 's/^Debian //p' | grep -v -- '-security' | head -n 1)
if [ -z "$mirror" ]; then
  # No lists downloaded yet: read the sources themselves.
  mirror=$(cat /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null |
    sed -n -e 's/^URIs: *\([^ ]*\).*/\1/p' -e 's/^deb  *\(\[[^]]*\] *\)\{0,1\}\([^ ]*\) .*/\2/p' |
    grep -E '/debian/?$' | head -n 1)
fi
[ -n "$mirror" ] || { echo "compose-plugin: no Debian mirror in this machine's apt sources" >&2; exit 1; }

work=$(mktemp -d "${TMPDIR:-/tmp}/curso-compose.XXXXXX")
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/lists/partial" "$work/archives/partial" "$work/root" "$plugins"
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
echo "deb [signed-by=$keyring] $mirror $suite main" > "$work/sources.list"
apt() {
  apt-get -qq -o Dir::Etc::sourcelist="$work/sources.list" -o Dir::Etc::sourceparts=/dev/null \
    -o Dir::State::lists="$work/lists" -o Dir::Cache::archives="$work/archives" \
    -o Dir::Cache::pkgcache="" -o Dir::Cache::srcpkgcache="" -o APT::Sandbox::User="$(id -un)" "$@"
}
apt update >&2
(cd "$work" && apt download docker-compose docker-buildx >&2)
for package in "$work"/*.deb; do dpkg -x "$package" "$work/root"; done
for name in docker-compose docker-buildx; do
  found=$(find "$work/root" -type f -name "$name" -path '*cli-plugins*' | head -n 1)
  [ -n "$found" ] || { echo "compose-plugin: $name is not in the $suite package" >&2; exit 1; }
  # Whole or not at all: another run may be looking.
  cp "$found" "$plugins/.$name.$$"
  chmod 755 "$plugins/.$name.$$"
  mv "$plugins/.$name.$$" "$plugins/$name"
done
finish "${1:-}"
