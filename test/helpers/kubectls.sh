#!/bin/sh
# Brings real kubectl binaries without installing anything: Debian's packages of two suites (trixie has 1.32, sid the
# newest) are unpacked under a cache folder. Prints their paths, separated by colons.
#   eval "$(sh test/helpers/kubectls.sh --export)"     sets CURSO_KUBECTLS in the calling shell
set -eu

cache=${XDG_CACHE_HOME:-$HOME/.cache}/curso-k8s-pruebas/kubectl
suites=${CURSO_KUBECTL_SUITES:-trixie sid}

finish() {
  list=$(find "$cache" -type f -name 'kubectl.*' ! -name '.*' 2>/dev/null | sort | tr '\n' ':' | sed 's/:$//')
  if [ "${1:-}" = --export ]; then echo "export CURSO_KUBECTLS='$list${CURSO_KUBECTLS:+:$CURSO_KUBECTLS}'"; else echo "$list"; fi
}

missing=
for suite in $suites; do [ -x "$cache/kubectl.$suite" ] || missing="$missing $suite"; done
if [ -z "$missing" ]; then
  finish "${1:-}"
  exit 0
fi

mirror=$(apt-get indextargets --format '$(ORIGIN) $(REPO_URI)' 'Identifier: Packages' 2>/dev/null |
  sed -n 's/^Debian //p' | grep -v -- '-security' | head -n 1)
if [ -z "$mirror" ]; then
  mirror=$(cat /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null |
    sed -n -e 's/^URIs: *\([^ ]*\).*/\1/p' -e 's/^deb  *\(\[[^]]*\] *\)\{0,1\}\([^ ]*\) .*/\2/p' |
    grep -E '/debian/?$' | head -n 1)
fi
[ -n "$mirror" ] || { echo "kubectls: no Debian mirror in this machine's apt sources" >&2; exit 1; }

work=$(mktemp -d "${TMPDIR:-/tmp}/curso-kubectl.XXXXXX")
trap 'rm -rf "$work"' EXIT
mkdir -p "$cache"
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
for suite in $missing; do
  mkdir -p "$work/$suite/lists/partial" "$work/$suite/archives/partial" "$work/$suite/root"
  echo "deb [signed-by=$keyring] $mirror $suite main" > "$work/$suite/sources.list"
  apt() {
    apt-get -qq -o Dir::Etc::sourcelist="$work/$suite/sources.list" -o Dir::Etc::sourceparts=/dev/null \
      -o Dir::State::lists="$work/$suite/lists" -o Dir::Cache::archives="$work/$suite/archives" \
      -o Dir::Cache::pkgcache="" -o Dir::Cache::srcpkgcache="" -o APT::Sandbox::User="$(id -un)" "$@"
  }
  # A suite that cannot be had leaves the others.
  if apt update >&2 && (cd "$work/$suite" && apt download "kubectl/$suite" >&2); then
    for package in "$work/$suite"/*.deb; do dpkg -x "$package" "$work/$suite/root"; done
    cp "$work/$suite/root/usr/bin/kubectl" "$cache/.kubectl.$suite.$$"
    chmod 755 "$cache/.kubectl.$suite.$$"
    mv "$cache/.kubectl.$suite.$$" "$cache/kubectl.$suite"
  else
    echo "kubectls: no kubectl of $suite" >&2
  fi
done
finish "${1:-}"
