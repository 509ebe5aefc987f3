#!/bin/sh
# Keeps a PostgreSQL server's log and base backups in an archive, sealed with the backup key, until it is stopped.
#
#   keep-archive.sh              keeps it
#   keep-archive.sh --healthy    ends with 0 if one that was started in the same environment keeps it; else says what is wrong
#
#   ARCHIVE       where sealed files go: another disk, or better another machine
#   INCOMING      a folder of its own for what is being received; it is as secret as the database
#   SEAL_SECONDS  how often the piece of the log that is being received is sealed (1): about what is lost at most
#   BASE_SECONDS  how often a base backup is made (86400), BASES how many stay (7); the log goes back to the oldest
#   PGHOST, PGUSER, PGPASSWORD_FILE ...  how a role with REPLICATION reaches the server, PostgreSQL 15 or newer
#
# Where log is missing between the archive and what the server still has, the archive begins anew: with a new slot and a
# base backup at once. What was there stays, and can be restored to its own end.
set -eu
umask 077
if [ -n "${PGPASSWORD_FILE-}" ]; then
    PGPASSWORD=$(cat "$PGPASSWORD_FILE")
    export PGPASSWORD
fi
export PGCONNECT_TIMEOUT="${PGCONNECT_TIMEOUT:-10}"
wal=$ARCHIVE/wal bases=$ARCHIVE/base
state=$INCOMING/.keeper # here locks tell who is alive: a process number may be another's after a restart
receiver='' sealer='' base=''

refuse() {
    echo "$1" >&2
    exit 1
}

tell() {
    psql --dbname=replication=true --no-password --no-psqlrc --quiet --tuples-only --no-align --set=ON_ERROR_STOP=1 "$@"
}

# Learns from the server its timeline, how far its log is written, and from where the slot keeps it (nothing when that was lost).
ask() {
    if ! said=$(tell --command=IDENTIFY_SYSTEM --command='SHOW wal_segment_size' --command='READ_REPLICATION_SLOT archive' 2>&1); then
        echo "The server was asked about its log in vain: $(echo "$said" | tr -s '[:space:]' ' ')" >&2
        return 1
    fi
    {
        IFS='|' read -r _ timeline written _
        read -r size
        IFS='|' read -r slot kept _
    } <<SAID
$said
SAID
    case $size in
    *GB) size=$((${size%GB} * 1073741824)) ;;
    *MB) size=$((${size%MB} * 1048576)) ;;
    esac
    pieces=$((4294967296 / size)) # so many have the same middle part of their name
}

position() { echo $((0x${1%/*} * 4294967296 + 0x${1#*/})); }
name_of() { printf '%08X%08X%08X' "$timeline" $(($1 / pieces)) $(($1 % pieces)); }
number_of() {
    behind=${1#????????}
    echo $((0x${behind%????????} * pieces + 0x${behind#????????}))
}

# The pieces in a folder, oldest first, each with 1 when it was finished: then the next one is needed, else it once more.
in_folder() {
    find "$1" -maxdepth 1 -type f | sed -n -e 's|.*/\([0-9A-F]\{24\}\)\.partial\(\.gz\)\{0,1\}$|\1 0|p' \
        -e 's|.*/\([0-9A-F]\{24\}\)\(\.gz\)\{0,1\}$|\1 1|p' | LC_ALL=C sort
}
needed_after() { echo $(($(number_of "${1% *}") + ${1#* })); }

# A receiver that was killed while it made a piece ready leaves it shorter than all others, with no log in it yet, and the
# next one would refuse it for ever.
drop_unready() { find "$INCOMING" -maxdepth 1 -name '*.partial' ! -empty -size "-${size}c" -delete; }

# Says why what the server sends now would not follow what is there, if so. The receiver goes on behind what lies in
# INCOMING, else where the slot keeps the log from; what the slot does not keep may be gone at any moment.
what_is_missing() {
    received=$(in_folder "$INCOMING") sealed=$(in_folder "$wal" | tail -n 1)
    if [ -z "$slot" ]; then
        if [ -n "$received$sealed" ] || has_base; then
            echo "The server does not know the slot 'archive': it is another one, or somebody dropped the slot"
        fi
        return
    elif [ -z "$kept" ]; then
        echo "The server has given up the slot 'archive', and no longer has the log from where the archive stops"
        return
    fi
    kept_from=$(($(position "$kept") / size))
    first=$kept_from start=$kept_from
    if [ -n "$received" ]; then
        first=$(number_of "$(echo "$received" | sed -n '1s/ .*//p')")
        start=$(needed_after "$(echo "$received" | tail -n 1)")
    fi
    if [ "$start" -lt "$kept_from" ]; then
        echo "The log is needed from $(name_of "$start") on, and the slot 'archive' keeps it only from $(name_of "$kept_from")"
    elif [ -n "$sealed" ] && [ ! -e "$bases/.missing" ] && [ "$first" -gt "$(needed_after "$sealed")" ]; then
        echo "The archive stops before $(name_of "$(needed_after "$sealed")"), and what comes begins with $(name_of "$first")"
    fi
}

has_base() { [ -n "$(find "$bases" -name '*.tar.*' "$@")" ]; }

# `.missing` stands for a base backup that is still to be made, however often this is ended meanwhile.
begin_anew() {
    if [ -n "$sealer" ]; then
        { kill "$sealer" && wait "$sealer" || :; } 2>/dev/null
        sealer=''
    fi
    if [ -n "$base" ]; then # a base of what was lost: ends by itself when its copying does
        { kill "$(cat "$state/copying")" || kill "$base" || :; wait "$base" || :; } 2>/dev/null
        base=''
    fi
    if [ -n "$(find "$INCOMING" -maxdepth 1 -type f)" ]; then
        mehraufwand archive keep "$INCOMING" "$wal" --once
    fi
    : >"$bases/.missing"
    find "$INCOMING" -maxdepth 1 -type f -delete
    if [ -n "$slot" ]; then
        tell --command='DROP_REPLICATION_SLOT archive'
    fi
    # Not pg_receivewal --create-slot: its slot keeps nothing until something is received, and a checkpoint that comes
    # first, such as that of the base backup, may remove where the receiver has just begun.
    tell --command='CREATE_REPLICATION_SLOT archive PHYSICAL RESERVE_WAL' >/dev/null
}

# A base that broke off gets no name: a pipe's status is that of its last command alone, so the first one leaves a mark.
# zstd, because most of a large database are sealed files: gzip spends twenty seconds of a core on each GB of them and saves
# nothing, and to open that again was most of a restore. A server does not start on a base without the log up to its end,
# behind which it begins a new piece: the base is named when those before are sealed.
# The log is kept from an hour before the oldest base was finished.
make_base() {
    rm -f "$bases/.new" "$bases/.copied"
    {
        PGOPTIONS='-c client_min_messages=warning' pg_basebackup --pgdata=- --format=tar --wal-method=none \
            --checkpoint=fast --no-password &
        echo $! >"$state/copying"
        wait $! 2>/dev/null && : >"$bases/.copied"
    } | zstd -1qc | mehraufwand archive put - "$bases/.new"
    rm "$state/copying"
    if [ ! -e "$bases/.copied" ]; then
        refuse 'The base backup broke off.'
    fi
    rm "$bases/.copied"
    until ask; do
        pause
    done
    last=$(name_of $(($(position "$written") / size - 1)))
    until [ -e "$wal/$last.gz" ]; do
        pause
    done
    mv "$bases/.new" "$bases/$(date -u +%Y%m%dT%H%M%SZ).tar.zst"
    rm -f "$bases/.missing"
    find "$bases" -name '*.tar.*' | sort -r | tail -n "+$((${BASES:-7} + 1))" | xargs -r rm -f
    oldest=$(find "$bases" -name '*.tar.*' | sort | head -n 1)
    find "$wal" -name '*.gz' ! -newermt "$(date -u -r "$oldest" '+%F %T') UTC - 1 hour" -exec rm -f {} +
}

# Not at each start: a server that goes up and down would soon have pushed out every older base.
base_is_due() { [ -e "$bases/.missing" ] || ! has_base -newermt "${BASE_SECONDS:-86400} seconds ago"; }

runs() { [ -n "$1" ] && kill -0 "$1" 2>/dev/null; }
pause() {
    sleep 1 8>&- &
    wait $!
}
check_folders() {
    for folder in "$wal" "$bases" "$INCOMING"; do
        if [ ! -d "$folder" ] || [ ! -w "$folder" ]; then
            refuse "Nothing can be written into $folder."
        fi
    done
}

is_held() { [ -e "$1" ] && ! flock --shared --nonblock "$1" true; }
is_received() { is_held "$state/receiving" || refuse 'The log is not being received.'; }
check_health() {
    ask || exit 1
    if [ -z "$kept" ]; then
        refuse "The server has no log for the slot 'archive'."
    fi
    check_folders
    is_received
    if ! is_held "$state/sealing" || [ -z "$(find "$state/sealed" -newermt '1 minute ago' 2>/dev/null)" ]; then
        refuse 'What is received is not being sealed.'
    fi
    if [ -e "$bases/.missing" ] || ! has_base; then
        refuse 'A base backup of what is received is not finished yet.'
    fi
    # What the server had written when this began is on our disk as soon as the slot has come so far.
    wanted=$written tries=10
    while [ "$(position "$kept")" -lt "$(position "$wanted")" ]; do
        tries=$((tries - 1))
        if [ "$tries" -eq 0 ]; then
            refuse "The log is received up to $kept only, and the server was at $wanted five seconds ago."
        fi
        sleep 0.5
        ask || exit 1
        if [ -z "$kept" ]; then
            refuse "The server has no log for the slot 'archive'."
        fi
    done
    is_received
}

case ${1-} in
--healthy)
    check_health
    exit 0
    ;;
?*) refuse "Only --healthy can be said: $1" ;;
esac

ask || exit 1
mkdir -p "$wal" "$bases" "$state"
check_folders
exec 8>"$state/keeping"
if ! flock --timeout=3 8; then
    refuse "Another keep-archive.sh, or what one left behind, is at work on $INCOMING."
fi
rm -f "$state/copying"
trap '{ kill $receiver $sealer $base $(cat "$state/copying") || :; wait $receiver $sealer || :; } 2>/dev/null' EXIT
trap 'exit 0' INT TERM
while :; do
    drop_unready
    missing=$(what_is_missing)
    if [ -n "$missing" ]; then
        echo "$missing; the archive begins anew with a base backup, and what it has stays." >&2
    fi
    if [ -n "$missing" ] || [ -z "$slot" ]; then
        begin_anew
    fi
    flock --no-fork --timeout=10 "$state/receiving" \
        pg_receivewal --directory="$INCOMING" --slot=archive --synchronous --status-interval=1 \
        --no-loop --no-password &
    receiver=$!
    if ! runs "$sealer"; then
        flock --no-fork --timeout=10 "$state/sealing" \
            mehraufwand archive keep "$INCOMING" "$wal" --every "${SEAL_SECONDS:-1}" --mark "$state/sealed" &
        sealer=$!
    fi
    while runs "$receiver" && runs "$sealer"; do
        if [ -n "$base" ] && ! runs "$base"; then
            wait "$base" || exit 1 # it has said why
            base=''
        fi
        if [ -z "$base" ] && base_is_due; then
            make_base & # meanwhile the log goes on
            base=$!
        fi
        pause
    done
    if ! runs "$sealer"; then
        refuse 'The log is no longer sealed: start this anew.'
    fi
    echo 'The log is no longer received; the server is asked again until it answers.' >&2
    pause
    until ask; do
        pause
    done
done
