#!/bin/sh
# Makes an empty folder a PostgreSQL data folder again, out of the archive that keep-archive.sh keeps.
#
#   restore-database.sh ARCHIVE DATA LOG
#
# DATA becomes the data folder, LOG a folder with the opened log, which the server reads when it starts and which can go
# once it takes writes. It waits for no standby: make one anew, then name it. Give both to the server's account and start
# the server: it plays the log to its end. Then `mehraufwand numbers restored --taken-at ...`, before anybody issues an
# invoice. It takes zstd, and a base that did not open to its proven end is refused.
set -eu
umask 077
archive=$1 data=$2 log=$3
if [ -n "$(ls -A "$data" 2>/dev/null)" ]; then
    echo "$data is not empty." >&2
    exit 1
fi
base=$(find "$archive/base" -name '*.tar.*' 2>/dev/null | sort | tail -n 1)
if [ -z "$base" ]; then
    echo "There is no base backup in $archive/base." >&2
    exit 1
fi
mkdir -p "$data" "$log"
# Ends with an error, and so does this, unless all of it was genuine and came out.
mehraufwand archive extract "$base" "$data"
first=$(sed -n 's/^START WAL LOCATION: .*(file \([0-9A-F]*\))$/\1/p' "$data/backup_label")
mehraufwand archive unpack "$archive/wal" "$log" --first "$first"
cat >>"$data/postgresql.auto.conf" <<SETTINGS
restore_command = 'cp "$log/%f" "%p"'
recovery_target_timeline = 'latest'
synchronous_standby_names = ''
SETTINGS
: >"$data/recovery.signal"
