#!/bin/sh
# Makes an empty folder a PostgreSQL data folder again, out of the archive that keep-archive.sh keeps.
#
#   restore-database.sh ARCHIVE DATA LOG
#
# DATA becomes the data folder, LOG a folder with the opened log, which the server reads when it starts and which can go
# once it takes writes. It waits for no standby: make one anew, then name it. Give both to the server's account and start the server: it plays the log to its end. Then
# `mehraufwand numbers restored --taken-at ...`, before anybody issues an invoice.
set -eu
umask 077
archive=$1 data=$2 log=$3
if [ -n "$(ls -A "$data" 2>/dev/null)" ]; then
    echo "$data is not empty." >&2
    exit 1
fi
mkdir -p "$data" "$log"
base=$(find "$archive/base" -name '*.tar.gz' | sort | tail -n 1)
mehraufwand archive get "$base" - | gunzip -c | tar -x -f - -C "$data"
first=$(sed -n 's/^START WAL LOCATION: .*(file \([0-9A-F]*\))$/\1/p' "$data/backup_label")
mehraufwand archive unpack "$archive/wal" "$log" --first "$first"
cat >>"$data/postgresql.auto.conf" <<SETTINGS
restore_command = 'cp "$log/%f" "%p"'
recovery_target_timeline = 'latest'
synchronous_standby_names = ''
SETTINGS
: >"$data/recovery.signal"
