# shellcheck shell=sh
# What systemd gives to the services, for whatever is done by hand. A part of install.sh and of
# the command needledrop.

# Files of root's in the folder of settings; those of a house on several hosts among them.
secrets='secret_key database_url redis_url store_url store_key_id store_key_secret token_key'

# $1: a release, $2: the folder of settings, $3: the folder of data.
surroundings() {
    if [ -f "$2/needledrop.env" ]; then
        set -a
        # shellcheck source=/dev/null
        . "$2/needledrop.env"
        set +a
    fi
    for secret in $secrets; do
        variable=NEEDLEDROP_$(echo "$secret" | tr '[:lower:]' '[:upper:]')
        # What the settings say comes first, as with the services.
        if [ -f "$2/$secret" ] && ! printenv "$variable" >/dev/null; then
            export "$variable=$(cat "$2/$secret")"
        fi
    done
    export NEEDLEDROP_DATA="$3" HOME="$3" PYTHONPATH="$1" PYTHONDONTWRITEBYTECODE=1
    umask 077
}
