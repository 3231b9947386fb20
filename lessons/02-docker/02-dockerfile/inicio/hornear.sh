#!/bin/sh
# Convierte la masa en página. Necesita las herramientas.
test -f /herramientas || { echo 'hornear: faltan las herramientas' >&2; exit 1; }
mkdir -p "$2"
printf '<p>Recién hecho: %s</p>\n' "$(cat "$1")" > "$2/index.html"
