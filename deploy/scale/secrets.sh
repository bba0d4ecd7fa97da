#!/bin/sh
# Makes what the containers keep from each other and from everybody else, once: the folder
# `secrets` beside this file. What is there stays as it is.
set -eu
umask 077
folder=$(dirname "$(readlink -f "$0")")/secrets
mkdir -p "$folder"
cd "$folder"

# $1: a file; what it is to hold comes on standard input.
keep() {
    [ -s "$1" ] || cat >"$1"
}

random() { od -An -N24 -tx1 /dev/urandom | tr -d ' \n'; }

random | keep postgres_password
random | keep redis_password
random | keep needledrop_secret_key
printf 'postgresql://needledrop:%s@postgres/needledrop' "$(cat postgres_password)" |
    keep needledrop_database_url
printf 'redis://:%s@redis:6379/0' "$(cat redis_password)" | keep needledrop_redis_url

# The programs in the containers are users of their own, and read these as files.
chmod 0644 ./*
