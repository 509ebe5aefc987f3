#!/bin/sh
# Keeps a PostgreSQL server's log and base backups in an archive, sealed with the backup key, until it is stopped.
#
#   ARCHIVE       where sealed files go: another disk, or better another machine
#   INCOMING      a folder of its own for what is being received; it is as secret as the database
#   SEAL_SECONDS  how often the piece of the log that is being received is sealed (1): about what is lost at most
#   BASE_SECONDS  how often a base backup is made (86400), BASES how many stay (7); the log goes back to the oldest
#   PGHOST, PGUSER, PGPASSWORD_FILE ...  how a role with REPLICATION reaches the server
set -eu
umask 077
if [ -n "${PGPASSWORD_FILE-}" ]; then
    PGPASSWORD=$(cat "$PGPASSWORD_FILE")
    export PGPASSWORD
fi
wal=$ARCHIVE/wal bases=$ARCHIVE/base
mkdir -p "$wal" "$bases" "$INCOMING"

# A base that broke off has no name yet. The log is kept from an hour before the oldest base was finished.
make_base() {
    rm -f "$bases/.new"
    pg_basebackup --pgdata=- --format=tar --wal-method=none --checkpoint=fast --no-password |
        gzip -1nc | mehraufwand archive put - "$bases/.new"
    mv "$bases/.new" "$bases/$(date -u +%Y%m%dT%H%M%SZ).tar.gz"
    find "$bases" -name '*.tar.gz' | sort -r | tail -n "+$((${BASES:-7} + 1))" | xargs -r rm -f
    oldest=$(find "$bases" -name '*.tar.gz' | sort | head -n 1)
    find "$wal" -name '*.gz' ! -newermt "$(date -u -r "$oldest" '+%F %T') UTC - 1 hour" -exec rm -f {} +
}

pg_receivewal --directory="$INCOMING" --slot=archive --create-slot --if-not-exists --no-password
pg_receivewal --directory="$INCOMING" --slot=archive --synchronous --no-password &
receiver=$!
mehraufwand archive keep "$INCOMING" "$wal" --every "${SEAL_SECONDS:-1}" &
sealer=$!
trap 'kill "$receiver" "$sealer" 2>/dev/null || :; exit 0' INT TERM
next=0
while kill -0 "$receiver" 2>/dev/null && kill -0 "$sealer" 2>/dev/null; do
    if [ "$(date +%s)" -ge "$next" ]; then
        make_base
        next=$(($(date +%s) + ${BASE_SECONDS:-86400}))
    fi
    sleep 5 &
    wait $!
done
kill "$receiver" "$sealer" 2>/dev/null || :
echo 'The log is no longer received or sealed: start this anew.' >&2
exit 1
