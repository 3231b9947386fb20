#!/bin/sh
# «Instala» las recetas que nombra el archivo: una línea, un directorio.
mkdir -p recetas
while read -r receta; do
  mkdir -p "recetas/$receta"
done < "$1"
