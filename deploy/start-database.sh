#!/bin/sh
# Starts PostgreSQL; the first time it makes the cluster, three roles and the database. One role owns the tables and migrates, one is the
# application's, which owns nothing and is bound by row-level security, one may only receive the log.
#
#   DATA, SOCKET  where data and socket are       SECRETS  the folder with superuser_password, archive_password and both URLs
#   PORT          5432                            LISTEN   '*'
#   STANDBYS      for which standbys each commit waits: synchronous_standby_names of a new cluster; later it is changed by ALTER SYSTEM
set -eu
umask 077
password_of() { sed -n 's|^[a-z+]*://[^:]*:\([^@]*\)@.*|\1|p' "$1"; }

if [ ! -s "$DATA/PG_VERSION" ]; then
    initdb --pgdata="$DATA" --username=postgres --auth=scram-sha-256 --pwfile="$SECRETS/superuser_password" \
        --encoding=UTF8 --locale=C.UTF-8 --data-checksums
    cat >>"$DATA/pg_hba.conf" <<'HBA'
host mehraufwand mehraufwand_owner,mehraufwand_app all scram-sha-256
host replication mehraufwand_archive all scram-sha-256
HBA
    pg_ctl start --pgdata="$DATA" --wait --options="-c listen_addresses='' -c unix_socket_directories='$SOCKET'"
    PGPASSWORD=$(cat "$SECRETS/superuser_password") psql --host="$SOCKET" --username=postgres --no-psqlrc --quiet \
        --set=ON_ERROR_STOP=1 --set=owner="$(password_of "$SECRETS/owner_database_url")" \
        --set=app="$(password_of "$SECRETS/app_database_url")" --set=archive="$(cat "$SECRETS/archive_password")" <<'SQL'
CREATE ROLE mehraufwand_owner LOGIN PASSWORD :'owner';
CREATE ROLE mehraufwand_app LOGIN PASSWORD :'app';
CREATE ROLE mehraufwand_archive LOGIN REPLICATION PASSWORD :'archive';
CREATE DATABASE mehraufwand OWNER mehraufwand_owner;
REVOKE CONNECT, TEMPORARY ON DATABASE mehraufwand FROM PUBLIC;
GRANT CONNECT ON DATABASE mehraufwand TO mehraufwand_app;
SQL
    PGPASSWORD=$(cat "$SECRETS/superuser_password") psql --host="$SOCKET" --username=postgres --no-psqlrc --quiet \
        --set=ON_ERROR_STOP=1 --dbname=mehraufwand --file="$(dirname "$0")/replication.sql"
    pg_ctl stop --pgdata="$DATA" --mode=fast --wait
    echo "synchronous_standby_names = '${STANDBYS-}'" >>"$DATA/postgresql.auto.conf"
fi
exec postgres -D "$DATA" -p "${PORT:-5432}" -c "listen_addresses=${LISTEN:-*}" -c "unix_socket_directories=$SOCKET" \
    -c max_wal_senders=10 -c max_replication_slots=10 -c max_slot_wal_keep_size=10GB -c log_timezone=UTC -c timezone=UTC
