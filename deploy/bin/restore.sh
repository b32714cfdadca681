#!/usr/bin/env bash
# Fill an EMPTY installation (database without tables, no stored files) from an archive that backup.sh made.
# Stop web and worker first. The environment must hold the settings and keys of the installation that was copied.
set -euo pipefail
umask 077
archive=${1:?usage: restore.sh ARCHIVE}
shijian=${BACKUP_COMMAND:-/opt/shijian/.venv/bin/shijian}
archive=$(realpath "$archive")

if [ -f "$archive.sha256" ]; then
  ( cd "$(dirname "$archive")" && sha256sum --check --quiet "$(basename "$archive").sha256" )
fi
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
case "$archive" in
  *.gpg) gpg --batch --decrypt "$archive" | tar -C "$scratch" -xf - ;;
  *) tar -C "$scratch" -xf "$archive" ;;
esac
"$shijian" backup restore "$scratch"/shijian-*
