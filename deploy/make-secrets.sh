#!/bin/sh
# Makes the secrets that compose.yaml names, each in a file of its own; what is there already stays.
#
#   deploy/make-secrets.sh HOST [FOLDER]
#
# HOST is the name that people use, for a certificate to try things out with: replace tls_certificate and tls_key by real ones, and put
# your own mail server into mail_upstream. Copies of `keys` and `backup_key` belong into a safe. Nobody but root can enter the folder; the files
# in it are readable, because containers work under accounts of their own.
set -eu
umask 077
host=$1 folder=${2:-$(dirname "$0")/../secrets}
mkdir -p "$folder"
cd "$folder"

secret() { [ -e "$1" ] || cat >"$1"; }
random() { openssl rand -hex 24; }

random | secret superuser_password
random | secret archive_password
echo "postgresql://mehraufwand_owner:$(random)@database,standby/mehraufwand?target_session_attrs=read-write" | secret owner_database_url
echo "postgresql://mehraufwand_app:$(random)@database,standby/mehraufwand?target_session_attrs=read-write" | secret app_database_url
id=$(openssl rand -hex 4)
printf '{"current": "%s", "digest_key": "%s", "keys": {"%s": "%s"}}\n' \
    "$id" "$(openssl rand -base64 32)" "$id" "$(openssl rand -base64 32)" | secret keys
echo "mehraufwand-backup-$(openssl rand -hex 32)" | secret backup_key
echo 'host=mail.company.example port=587 user=billing password=put-yours-here' | secret mail_upstream
if [ ! -e tls_key ]; then
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 30 -subj "/CN=$host" \
        -addext "subjectAltName=DNS:$host" -keyout tls_key -out tls_certificate 2>/dev/null
fi
chmod 444 ./*
