# shellcheck shell=sh
# Releases of an installed house: one is made, takes the place of the one before, and is taken back
# where it does not work. A part of install.sh, which has read what is wished and names the places.

# --- The code ----------------------------------------------------------------------------------

# A folder for each release, beside the one that runs; the packages in folders of their own, so that
# an update with the same ones takes seconds.
make_release() {
    install -d -m 0755 "$library" "$library/releases" "$library/venvs"
    # Of a time that was interrupted.
    rm -rf "$library/releases/"*.part
    old=$(readlink "$library/current" 2>/dev/null || true)
    # Whatever it ends of, what is laid down for nothing takes no room.
    trap drop_unfinished EXIT
    see_room 100
    number=$(next_number)
    new=$library/releases/$number
    say "Release $number"
    mkdir "$new.part"
    (cd "$source" && tar -cf - --exclude=__pycache__ run server.py worker.py supervisor.py schema.sql \
        requirements.txt pyproject.toml README.md CHANGELOG.md LICENSE core database clients worker_jobs webapp \
        templates static deploy docs) | tar -xf - -C "$new.part"
    chown -R root:root "$new.part"
    chmod -R u=rwX,go=rX "$new.part"
    packages=$library/venvs/$({ python3 -V && cat "$source/requirements.txt"; } | sha256sum | cut -c 1-16)
    # Of an installation that was cut short nobody knows what has reached the card. Python makes
    # none in what is a link; ./run fills it.
    if [ ! -e "$packages/compiled" ]; then
        see_room 300
        python3 -m venv --clear "$packages" ||
            die "The folder $packages cannot be made; nothing has changed."
    fi
    ln -s "$packages" "$new.part/.venv"
    (
        if [ -n "$wheels" ]; then
            export PIP_NO_INDEX=1 PIP_FIND_LINKS="$wheels" UV_NO_INDEX=1 UV_FIND_LINKS="$wheels" UV_OFFLINE=1
        fi
        "$new.part/run" set-up
    ) || die "The packages could not be installed; nothing has changed."
    # Nobody may write there later. The services leave docstrings out, which are compiled by themselves.
    (cd "$new.part" && "$packages/bin/python" -m compileall -q -f -o 2 -p "$new" \
        ./*.py core database clients worker_jobs webapp deploy)
    if [ ! -e "$packages/compiled" ]; then
        "$packages/bin/python" -m compileall -q -o 2 "$packages/lib" || true
    fi
    find "$new.part/static" -type f \( -name '*.css' -o -name '*.js' -o -name '*.svg' \) -exec gzip -9kn {} +
    chmod -R go=rX "$new.part"
    sync -f "$library"
    : >"$packages/compiled"
    mv "$new.part" "$new"
    trap - EXIT
}

drop_unfinished() {
    rm -rf "$library/releases/"*.part
    drop_packages
}

# $1: so many MB are needed, and the house that runs needs some as well.
see_room() {
    free=$(($(df -k --output=avail "$library" | tail -n 1) / 1024))
    [ "$free" -ge "$1" ] ||
        die "This takes up to $1 MB, and $free MB are free for $library: make room; nothing has changed."
}

next_number() {
    last=$(find "$library/releases" -mindepth 1 -maxdepth 1 -printf '%f\n' | grep -x '[0-9]*' | sort -n | tail -n 1)
    echo $((${last:-0} + 1))
}

# $1: a release; the rest is done by its program, as the user of the services, with their settings.
with() {
    release=$1 && shift
    (
        surroundings "$release" "$settings" "$data"
        cd /
        exec setpriv --reuid=needledrop --regid=needledrop --init-groups \
            "$release/.venv/bin/python" -P "$@"
    ) 9>&-
}

# Before anything is touched, by the program that has served so far.
keep_backup() {
    [ -n "$old" ] || return 0
    [ -d "$old" ] || die "$library/current leads to $old, which is not there."
    say "A backup first"
    keeper=$old
    if ! with "$old" -c 'import webapp.backup_commands' 2>/dev/null; then
        say "The system has another Python now, with which the last release cannot run: the new one makes it"
        keeper=$new
    fi
    back_up "$keeper" || { [ "$keeper" != "$new" ] && back_up "$new"; } ||
        die "The backup failed, so nothing was changed. Here it is --backup-to that names another folder."
}

# The new one can where the last one never worked.
back_up() { with "$1" -m webapp backup ${backup_to:+--to "$backup_to"} >&2; }

# --- From the old one to the new one -------------------------------------------------------------

switch() {
    outlast_the_line
    # Interrupted, what was running goes on.
    trap 'start || true; exit 1' INT TERM
    stop
    keep_database
    if use "$new" && start && is_healthy; then
        trap - INT TERM
        settle
        return
    fi
    say "The new release does not work; its last words:"
    # Its own words alone, and not how often it was started. As gunicorn ends it says twenty lines,
    # and the reason stands before them.
    journalctl --no-pager -q -o cat --since "$began" _SYSTEMD_UNIT=needledrop-web.service \
        _SYSTEMD_UNIT=needledrop-worker.service | grep -v '\[INFO\]' | tail -n 40 >&2 || true
    [ -n "$old" ] || die "Needledrop is installed, but does not start."
    say "Back to the one before"
    stop
    put_database_back
    use "$old" || true
    start || true
    is_healthy || die "The release before does not start either: see journalctl -u needledrop-web."
    rm -rf "$new"
    die "The update failed; the release before goes on, with its data."
}

# From here on nothing is written. Whoever asks for a page waits at the socket: it would start the
# pages again, and they wait for this lock, which the kernel lets go whatever becomes of us.
stop() {
    install -d -m 0755 "$(dirname "$socket")"
    exec 8>"$(dirname "$socket")/update.lock"
    # Whoever may open it could hold it, and with it the services.
    chmod 0600 "$(dirname "$socket")/update.lock"
    flock 8
    systemctl stop needledrop-backup.timer needledrop-backup.service needledrop-worker.service \
        needledrop-web.service 2>/dev/null || true
}

# The database as the old release left it, where the new one would change its tables.
keep_database() {
    kept=$data/before-update.sqlite3
    rm -f "$kept" "$kept.part"
    if [ -z "$old" ] || [ "$(head_of "$old")" = "$(head_of "$new")" ]; then return; fi
    with "$keeper" - "$kept" <<'END' || die_again "The database cannot be kept; the release before goes on."
import os, sqlite3, sys
from contextlib import closing
from core.settings import load
file, kept = load().database_file, sys.argv[1]
if file is not None and file.exists():
    with closing(sqlite3.connect(file)) as source:
        source.execute("VACUUM INTO ?", (kept + ".part",))
    with open(kept + ".part", "rb+") as copy:
        os.fsync(copy.fileno())
    os.rename(kept + ".part", kept)
END
}

die_again() {
    rm -f "$kept.part"
    start || true
    die "$@"
}

head_of() { sed -n 's/^HEAD = "\(.*\)"$/\1/p' "$1/database/schema.py"; }

# What the new release has written goes aside, for people may have brought something meanwhile.
put_database_back() {
    [ -f "$kept" ] || return 0
    aside=$data/taken-back.sqlite3
    say "The database is as it was before the update. What the new release has made of it is in"
    say "$aside: delete it once you miss nothing."
    with "$keeper" - "$kept" "$aside" <<'END'
import os, sqlite3, sys
from contextlib import closing
from core.settings import load
file, kept, aside = load().database_file, *sys.argv[1:]
# First into one file: what is beside the new one would be taken for the old one's.
try:
    with closing(sqlite3.connect(file)) as new:
        new.execute("PRAGMA journal_mode = DELETE")
except sqlite3.Error as error:
    print(f"The new database cannot be closed: {error}.", file=sys.stderr)
for end in ("", "-wal", "-shm"):
    if os.path.exists(f"{aside}{end}"):
        os.unlink(f"{aside}{end}")
for end in ("-wal", "-shm"):
    if os.path.exists(f"{file}{end}"):
        os.rename(f"{file}{end}", f"{aside}{end}")
if os.path.exists(file):
    # A second name: at no moment is there no database. Some file systems know none.
    try:
        os.link(file, aside)
    except OSError:
        os.rename(file, aside)
os.rename(kept, file)
os.sync()
END
}

# The release that runs has shown that it does.
settle() {
    ln -sfn "$(readlink "$library/current")" "$library/healthy.part"
    mv -T "$library/healthy.part" "$library/healthy"
    rm -f "$data/before-update.sqlite3" "$data/before-update.sqlite3.part"
}

# An update that was killed before it knew: the release that it left goes on if it can, else the
# one before does, with the database as it was. After a day that is too late: people have written.
mend() {
    unsure=$(readlink "$library/current" 2>/dev/null || true)
    known=$(readlink "$library/healthy" 2>/dev/null || true)
    if [ -z "$unsure" ] || [ "$unsure" = "$known" ]; then return; fi
    say "The last update was interrupted"
    outlast_the_line
    if use "$unsure" && start && is_healthy; then
        settle
    elif [ -n "$(find "$data/before-update.sqlite3" -mmin +1440 2>/dev/null)" ]; then
        say "Its release does not work now. But it has been there for more than a day: it stays, and so does"
        say "what was written since. The database from before it is $data/before-update-kept.sqlite3: delete it"
        say "once you miss nothing."
        mv "$data/before-update.sqlite3" "$data/before-update-kept.sqlite3"
        settle
    elif [ -d "$known" ]; then
        stop
        keeper=$known kept=$data/before-update.sqlite3
        put_database_back
        use "$known"
        start || true
        settle
    else
        # It was the first, and has never run.
        rm -f "$library/current"
    fi
}

# $1: a release, which is from now on the one that runs.
use() {
    ln -sfn "$1" "$library/current.part" &&
        mv -T "$library/current.part" "$library/current" &&
        place "$1/deploy/pi"
}

# What a release brings for others: units, nginx's site, the command.
place() {
    for unit in web.socket web.service worker.service backup.service backup.timer; do
        put "$1/systemd/needledrop-$unit" "$units/needledrop-$unit" || return 1
    done
    put "$1/systemd/needledrop-.service.d/hardening.conf" "$units/needledrop-.service.d/hardening.conf" ||
        return 1
    size=$(size_of_machine)
    for service in web worker; do
        put "$1/systemd/options/$service-memory-$size.conf" "$units/needledrop-$service.service.d/memory.conf" ||
            return 1
    done
    if [ "$network" = none ]; then
        put "$1/systemd/options/no-network.conf" "$units/needledrop-web.service.d/no-network.conf" ||
            return 1
    else
        rm -f "$units/needledrop-web.service.d/no-network.conf"
    fi
    put "$1/systemd/options/wait-for-time.conf" "$units/systemd-time-wait-sync.service.d/needledrop.conf" &&
        put "$1/tmpfiles.conf" /etc/tmpfiles.d/needledrop.conf &&
        put "$1/needledrop" "$command" 0755 &&
        place_site "$1/nginx" &&
        systemctl daemon-reload
}

place_site() {
    put "$1/http.conf" /etc/nginx/conf.d/needledrop.conf || return 1
    for part in server players pages; do
        put "$1/$part.conf" "/etc/nginx/snippets/needledrop-$part.conf" || return 1
    done
    site=/etc/nginx/sites-available/needledrop
    sed -e "s|@CERTIFICATE@|$certificate|" -e "s|@KEY@|$key|" "$1/site-$tls.conf" >"$site.part" ||
        return 1
    mv "$site.part" "$site" || return 1
    ln -sfn ../sites-available/needledrop /etc/nginx/sites-enabled/needledrop
    # Debian's page of welcome has the same place.
    if [ "$(readlink -f /etc/nginx/sites-enabled/default)" = /etc/nginx/sites-available/default ]; then
        rm -f /etc/nginx/sites-enabled/default
    fi
    nginx -q -t
}

# At once or not at all: of half a unit nothing would start again.
put() {
    install -D -m "${3:-0644}" "$1" "$2.part" && mv "$2.part" "$2"
}

# In the kernel's figures, which leave out what the graphics chip has.
size_of_machine() {
    kilobytes=$(sed -n 's/^MemTotal: *\([0-9]*\) kB$/\1/p' /proc/meminfo)
    if [ "$kilobytes" -lt 700000 ]; then
        echo 512M
    elif [ "$kilobytes" -lt 1800000 ]; then
        echo 1G
    else
        echo 2G
    fi
}

start() {
    began=$(date '+%Y-%m-%d %H:%M:%S')
    systemctl --quiet enable needledrop-web.socket needledrop-web needledrop-worker needledrop-backup.timer nginx
    if systemctl cat systemd-time-wait-sync.service >/dev/null 2>&1; then
        systemctl --quiet enable systemd-time-wait-sync.service || true
    fi
    systemctl reset-failed needledrop-web.service needledrop-worker.service 2>/dev/null || true
    exec 8>&-
    systemctl start needledrop-web.socket || return 1
    # One that ends at its first start may get up at its second; is_healthy judges.
    systemctl restart needledrop-web.service needledrop-worker.service || true
    systemctl start needledrop-backup.timer &&
        systemctl reload-or-restart nginx
}

is_healthy() {
    "$library/current/.venv/bin/python" "$source/deploy/pi/healthy.py" "$socket" 240 \
        needledrop-web.service needledrop-worker.service
}

# Only the release that runs and the one before are kept, and their packages.
prune() {
    keep="$new $old"
    for release in "$library/releases/"*; do
        case " $keep " in *" $release "*) ;; *) rm -rf "$release" ;; esac
    done
    drop_packages
}

drop_packages() {
    for packages in "$library/venvs/"*; do
        is_used=
        for release in "$library/releases/"*; do
            if [ "$(readlink "$release/.venv")" = "$packages" ]; then is_used=1; fi
        done
        [ -n "$is_used" ] || rm -rf "$packages"
    done
}
