#!/bin/sh
# Starts a standby of the server that start-database.sh started; the first time it copies all of it. It follows until
# `pg_ctl promote --pgdata=/var/lib/postgresql/data` makes it the server that takes writes, also when it is started anew.
#
#   DATA, SOCKET    where data and socket are         PRIMARY, PRIMARY_PORT  the server that it follows
#   NAME            what synchronous_standby_names calls it (standby)
#   PASSWORD_FILE   of the role mehraufwand_archive, which may only receive the log
#   PORT            5432                              LISTEN                 '*'
set -eu
umask 077
name=${NAME:-standby}
copy() {
    # A copy that broke off is made anew: what the data folder must have comes last.
    find "$DATA" -mindepth 1 -delete
    PGPASSWORD=$(cat "$PASSWORD_FILE") pg_basebackup --host="$PRIMARY" --port="${PRIMARY_PORT:-5432}" \
        --username=mehraufwand_archive --no-password --pgdata="$DATA/new" --wal-method=stream --checkpoint=fast \
        --write-recovery-conf --slot="$name" "$@"
}

if [ ! -s "$DATA/PG_VERSION" ]; then
    copy --create-slot || copy
    # Promoted, it has no standby of its own to wait for.
    echo "synchronous_standby_names = ''" >>"$DATA/new/postgresql.auto.conf"
    # It follows under its name also when start-database.sh starts it, as after the way back.
    echo "cluster_name = '$name'" >>"$DATA/new/postgresql.auto.conf"
    find "$DATA/new" -mindepth 1 -maxdepth 1 ! -name PG_VERSION -exec mv {} "$DATA" \;
    mv "$DATA/new/PG_VERSION" "$DATA"
    rmdir "$DATA/new"
fi
exec postgres -D "$DATA" -p "${PORT:-5432}" -c "cluster_name=$name" -c "listen_addresses=${LISTEN:-*}" \
    -c "unix_socket_directories=$SOCKET" -c max_wal_senders=10 -c max_replication_slots=10 -c max_slot_wal_keep_size=10GB -c log_timezone=UTC -c timezone=UTC
