#!/bin/sh
# Installs Needledrop on a Raspberry Pi or another Debian, or brings it up to date. As root; run
# again it mends what is missing and keeps the rest. docs/pi.md tells what it does.
set -eu

source=$(dirname "$(dirname "$(dirname "$(readlink -f "$0")")")")
library=/usr/local/lib/needledrop
data=/var/lib/needledrop
settings=/etc/needledrop
command=/usr/local/bin/needledrop
units=/etc/systemd/system
socket=/run/needledrop/web.sock

usage() {
    cat <<'END'
sudo deploy/pi/install.sh [OPTIONS]     install Needledrop, or bring it up to date
    --tls self-signed        https with a certificate of the house's own; the default
    --tls none               plain http
    --tls FILE KEY           https with a certificate that you have
    --name NAME              what the house is called; by itself HOSTNAME.local
    --no-network             pages that reach nothing outside: without Spotify and Google
    --network                pages as usual again
    --wheels FOLDER          packages from this folder, and none from the network
    --backup-to FOLDER       the backup before this update goes there, on another disk say
sudo deploy/pi/install.sh --uninstall   take it away; what people have brought stays
What is not said stays as it was; --wheels and --backup-to hold for this time.
END
}

# shellcheck source-path=SCRIPTDIR source=telling.sh
. "$source/deploy/pi/telling.sh"
# shellcheck source-path=SCRIPTDIR source=releases.sh
. "$source/deploy/pi/releases.sh"
# shellcheck source-path=SCRIPTDIR source=surroundings.sh
. "$source/deploy/pi/surroundings.sh"

main() {
    wish='' tls='' certificate='' key='' name='' network='' wheels='' backup_to=''
    while [ $# -gt 0 ]; do
        case $1 in
        --uninstall) wish=uninstall ;;
        --tls)
            [ $# -gt 1 ] || die "--tls: self-signed, none, or a certificate and its key."
            tls=$2 && shift
            case $tls in
            self-signed | none) ;;
            *)
                [ $# -gt 1 ] || die "--tls: name the certificate, and then its key."
                certificate=$(readlink -f "$tls") key=$(readlink -f "$2") tls=files && shift
                ;;
            esac
            ;;
        --name | --wheels | --backup-to)
            [ $# -gt 1 ] || die "$1 what?"
            case $1 in
            --name) name=$2 ;;
            --wheels) wheels=$(readlink -f "$2") ;;
            --backup-to)
                [ -d "$2" ] || die "There is no folder $2."
                backup_to=$(readlink -f "$2")
                ;;
            esac
            shift
            ;;
        --no-network) network=none ;;
        --network) network=full ;;
        -h | --help) usage && exit 0 ;;
        *) usage >&2 && exit 1 ;;
        esac
        shift
    done
    umask 022
    [ "$(id -u)" = 0 ] || die "This changes the system: sudo $0"
    [ -d /run/systemd/system ] || die "Needledrop is installed as services of systemd, which does not run here."
    # Two at once would each switch to their own; the kernel lets the lock go whatever becomes of us.
    exec 9>/run/needledrop-install.lock
    flock -n 9 || die "Needledrop is being installed already."
    if [ "$wish" = uninstall ]; then uninstall; else install_all; fi
}

install_all() {
    read_choices
    install_tools
    make_certificate
    keep_choices
    make_user
    make_settings
    mend
    make_release
    keep_backup
    switch
    prune
    tell
}

# --- What was chosen ---------------------------------------------------------------------------

choices=$settings/install.conf

read_choices() {
    was_tls='' was_certificate='' was_key='' was_name='' was_network=''
    # shellcheck source=/dev/null
    if [ -f "$choices" ]; then . "$choices"; fi
    name=${name:-${was_name:-$(hostname).local}}
    network=${network:-${was_network:-full}}
    if [ -z "$tls" ]; then
        tls=${was_tls:-self-signed} certificate=$was_certificate key=$was_key
    fi
    case $name in *[!A-Za-z0-9.-]* | '') die "--name: letters, figures, dots and hyphens." ;; esac
    if [ "$tls" = files ]; then
        # They go into nginx's settings as they are.
        case $certificate$key in *[!A-Za-z0-9_./@+-]*) die "--tls: $certificate or $key has an odd name." ;; esac
        { [ -r "$certificate" ] && [ -r "$key" ]; } || die "--tls: $certificate or $key cannot be read."
    elif [ "$tls" = self-signed ]; then
        certificate=$settings/tls.crt key=$settings/tls.key
    fi
}

keep_choices() {
    {
        echo '# What install.sh was told; it goes by this the next time.'
        printf "was_%s='%s'\n" tls "$tls" certificate "$certificate" key "$key" name "$name" network "$network"
    } >"$choices.part"
    mv "$choices.part" "$choices"
}

install_tools() {
    wanted=''
    command -v nginx >/dev/null || wanted="$wanted nginx"
    command -v openssl >/dev/null || wanted="$wanted openssl"
    python3 -c 'import venv, ensurepip' 2>/dev/null || wanted="$wanted python3-venv"
    [ -n "$wanted" ] || return 0
    say "Debian's packages:$wanted"
    # Without those that are merely recommended: a card is small. What a new system knows of
    # Debian's packages may be months old.
    # shellcheck disable=SC2086 # several words
    debian install -y --no-install-recommends $wanted ||
        { debian update && debian install -y --no-install-recommends $wanted; } ||
        die "Debian's packages could not be installed:$wanted"
}

debian() { DEBIAN_FRONTEND=noninteractive apt-get -q "$@" >&2; }

make_user() {
    id needledrop >/dev/null 2>&1 ||
        useradd --system --user-group --home-dir "$data" --no-create-home --shell /usr/sbin/nologin needledrop
    put "$source/deploy/pi/tmpfiles.conf" /etc/tmpfiles.d/needledrop.conf
    systemd-tmpfiles --create needledrop.conf
}

make_settings() {
    if [ ! -s "$settings/secret_key" ]; then
        (umask 077 && head -c 48 /dev/urandom | base64 -w 0 >"$settings/secret_key.part")
        mv "$settings/secret_key.part" "$settings/secret_key"
    fi
    chown root:root "$settings/secret_key"
    chmod 0600 "$settings/secret_key"
    if [ ! -f "$settings/needledrop.env" ]; then
        (umask 077 && cat >"$settings/needledrop.env.part") <<'END'
# Needledrop's settings, one a line: NEEDLEDROP_TMDB_TOKEN='…'. docs/settings.md lists them all.
# After a change: sudo systemctl restart needledrop-web needledrop-worker
END
        mv "$settings/needledrop.env.part" "$settings/needledrop.env"
    fi
    scheme=https
    [ "$tls" != none ] || scheme=http
    address=$scheme://$name
    # Only below our own remark is it written anew; what somebody has put elsewhere stays.
    if grep -q '^NEEDLEDROP_PUBLIC_URL=' "$settings/needledrop.env"; then
        sed -i "/^# Written by install.sh/{n;s|^NEEDLEDROP_PUBLIC_URL=.*|$(public_url)|;}" "$settings/needledrop.env"
    else
        {
            echo "# Written by install.sh, by its --name and --tls:"
            public_url
        } >>"$settings/needledrop.env"
    fi
}

public_url() { echo "NEEDLEDROP_PUBLIC_URL='$address'"; }

make_certificate() {
    install -d -m 0755 "$settings"
    if [ "$tls" = files ]; then
        # nginx would go on until its next start, and not come back.
        belong_together || die "--tls: $key is not the key of $certificate; nothing has changed."
    fi
    [ "$tls" = self-signed ] || return 0
    if [ -s "$certificate" ] && [ -s "$key" ] && belong_together &&
        openssl x509 -in "$certificate" -noout -checkend 2592000 >/dev/null 2>&1 &&
        openssl x509 -in "$certificate" -noout -checkhost "$name" | grep -q 'does match'; then
        return
    fi
    names="DNS:$name,DNS:$(hostname)"
    for number in $(hostname -I 2>/dev/null || true); do names="$names,IP:$number"; done
    (umask 077 && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 3650 \
        -subj "/CN=$name" -addext "subjectAltName=$names" \
        -keyout "$key.part" -out "$certificate.part" 2>/dev/null) || die "No certificate could be made."
    mv "$key.part" "$key"
    mv "$certificate.part" "$certificate"
    chmod 0644 "$certificate"
}

belong_together() {
    its=$(openssl x509 -in "$certificate" -noout -pubkey 2>/dev/null) &&
        [ "$its" = "$(openssl pkey -in "$key" -passin pass: -pubout 2>/dev/null)" ]
}

tell() {
    say "Needledrop runs: $address"
    link=$(way_in "$began")
    [ -z "$link" ] || say "The first account is made there, within an hour: $link"
    if [ "$tls" = self-signed ]; then
        say "The certificate is the house's own: each browser asks once whether to go on."
    fi
}

# --- Away with it ----------------------------------------------------------------------------------

uninstall() {
    systemctl --quiet disable --now needledrop-backup.timer needledrop-worker.service \
        needledrop-web.service needledrop-web.socket 2>/dev/null || true
    systemctl stop needledrop-backup.service 2>/dev/null || true
    rm -f "$units"/needledrop-web.socket "$units"/needledrop-web.service "$units"/needledrop-worker.service \
        "$units"/needledrop-backup.service "$units"/needledrop-backup.timer \
        "$units"/systemd-time-wait-sync.service.d/needledrop.conf /etc/tmpfiles.d/needledrop.conf
    rm -f "$units"/needledrop-.service.d/hardening.conf
    for service in web worker; do
        rm -f "$units/needledrop-$service.service.d/memory.conf" "$units/needledrop-$service.service.d/no-network.conf"
    done
    # What somebody has put there beside ours stays.
    rmdir "$units"/needledrop-.service.d "$units"/needledrop-web.service.d "$units"/needledrop-worker.service.d \
        2>/dev/null || true
    systemctl daemon-reload
    rm -f /etc/nginx/sites-enabled/needledrop /etc/nginx/sites-available/needledrop \
        /etc/nginx/conf.d/needledrop.conf /etc/nginx/snippets/needledrop-server.conf \
        /etc/nginx/snippets/needledrop-players.conf /etc/nginx/snippets/needledrop-pages.conf
    systemctl reload nginx 2>/dev/null || true
    rm -rf "$library" "$command"
    say "Needledrop is gone. Everything that people have brought is still in $data,"
    say "its settings and keys in $settings: install it again, or remove these two by hand."
}

main "$@"
