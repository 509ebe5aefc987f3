#!/bin/sh
# Replaces the replicas of the service by those of the image that was built, and nobody is turned away: the new ones are
# started beside the old ones, the proxy looks up all of them, the old ones go one by one, the proxy looks again.
# `docker-compose up` alone would replace all at the same moment. Start it in the folder of compose.yaml.
set -eu
old=$(docker-compose ps -q app)
before=$(echo "$old" | wc -w)
docker-compose up --detach --no-deps --no-recreate --scale "app=$((2 * before))" app
for one in $(docker-compose ps -q app); do
    tries=0
    until [ "$(docker inspect --format '{{.State.Health.Status}}' "$one")" = healthy ]; do
        tries=$((tries + 1))
        if [ "$tries" -gt "${TRIES:-60}" ]; then
            echo "$one is not healthy (docker logs $one); the old replicas go on." >&2
            exit 1
        fi
        sleep "${PAUSE:-2}"
    done
done
docker-compose kill -s HUP proxy
sleep "${PAUSE:-2}"
for one in $old; do
    docker stop "$one"
    docker rm "$one"
done
docker-compose kill -s HUP proxy
