#!/usr/bin/env bash
# A copy of database and files into a folder, encrypted if BACKUP_RECIPIENT names a GnuPG key, old ones thinned out:
# the last 7 days, then one a week for 4 weeks, then one a month for a year. Keys are NOT in it: keep /etc/shijian/env apart.
set -euo pipefail
umask 077
folder=${1:?usage: backup.sh FOLDER}
shijian=${BACKUP_COMMAND:-/opt/shijian/.venv/bin/shijian}
mkdir -p "$folder"

copy=$("$shijian" backup make "$folder")
archive="$copy.tar"
tar -C "$folder" -cf "$archive.partial" "$(basename "$copy")"
if [ -n "${BACKUP_RECIPIENT:-}" ]; then
  gpg --batch --yes --trust-model always --encrypt --recipient "$BACKUP_RECIPIENT" --output "$archive.gpg.partial" "$archive.partial"
  rm -f "$archive.partial"
  mv "$archive.gpg.partial" "$archive.gpg"
  archive="$archive.gpg"
else
  mv "$archive.partial" "$archive"
fi
rm -rf "$copy"
( cd "$folder" && sha256sum "$(basename "$archive")" > "$(basename "$archive").sha256" )

# Thin out: the newest of each day, week and month is kept as long as its count lasts.
cd "$folder"
keep=()
for plan in "%Y%m%d 7" "%G%V 4" "%Y%m 12"; do
  read -r period count <<< "$plan"
  seen=""
  while read -r name; do
    day=${name#shijian-}; day=${day%%-*}
    slot=$(date -d "$day" "+$period")
    [ "$slot" = "$seen" ] && continue
    seen=$slot
    keep+=("$name")
    count=$((count - 1))
    [ "$count" -gt 0 ] || break
  done < <(ls -1r | grep -E '^shijian-[0-9]{8}-[0-9]{6}\.tar(\.gpg)?$')
done
for name in $(ls -1 | grep -E '^shijian-[0-9]{8}-[0-9]{6}\.tar(\.gpg)?$'); do
  case " ${keep[*]} " in *" $name "*) ;; *) rm -f "$name" "$name.sha256" ;; esac
done
echo "$folder/$(basename "$archive")"
