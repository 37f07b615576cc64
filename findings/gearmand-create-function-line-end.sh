#!/usr/bin/env bash
# gearmand 1.1.20 (Debian gearman-job-server 1.1.20+ds-1): "create function abcde" creates the function abcd
#
# Text commands may end with CR LF or with LF alone: "status", "workers", "maxqueue" and "drop function" do the same with
# both. "create function" with LF answers OK as well, but the name loses its last letter, as if there were always two bytes of
# line end to remove. So a line typed into nc creates another function than the one it names.
#
# Expected: the whole name with both line ends, or an error.
# Seen (the answer, then the names in status):
#   LF: OK abcd
#   CR LF: OK abcd vwxyz
#
# Needs the package lists of Debian 12.
set -eu -o pipefail
unset GEARMAN_SERVER GEARMAN_SERVERS GEARMAND_PORT
dir=$(mktemp -d)
pids=()
finish() {
	kill "${pids[@]}" 2>/dev/null || true
	wait
	rm -rf "$dir"
}
trap finish EXIT
trap 'exit 1' HUP INT TERM
cd "$dir"

packages=(
	gearman-job-server=1.1.20+ds-1 libgearman8=1.1.20+ds-1
	libboost-program-options1.74.0 libevent-2.1-7 libhashkit2 libhiredis0.14
	libldap-2.5-0 libmariadb3 libmemcached11 libpq5 libsasl2-2 libsqlite3-0
)

apt-get -qq -o APT::Sandbox::User=root download "${packages[@]}" >/dev/null
for package in *.deb; do dpkg-deb -x "$package" root; done
export PATH="$dir/root/usr/sbin:$dir/root/usr/bin:$PATH"
LD_LIBRARY_PATH=$(echo "$dir"/root/usr/lib/*-linux-gnu)
export LD_LIBRARY_PATH

open() { (: <"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }
free_port() {
	local port
	while port=$((RANDOM % 10000 + 20000)) && open $port; do :; done
	echo $port
}
wait_for() {
	for _ in {1..200}; do
		open "$1" && return
		sleep 0.1
	done
	echo "nothing listens on port $1"
	exit 1
}

port=$(free_port)
gearmand --config-file=/dev/null --listen=127.0.0.1 --port="$port" --log-file=none --pid-file="$dir/pid" &
pids+=($!)
wait_for "$port"

exec 3<>"/dev/tcp/127.0.0.1/$port"
create() { # $1: the command with its line end; prints the answer and the names of all functions
	printf '%b' "$1" >&3
	read -r -t 10 answer <&3
	echo "${answer%$'\r'}"
	printf 'status\n' >&3
	sed -u '/^\.$/q' <&3 | cut -sf 1 | sort
}
lf=$(create 'create function abcde\n')
echo "LF:" $lf
crlf=$(create 'create function vwxyz\r\n')
echo "CR LF:" $crlf
[ "$lf" = $'OK\nabcd' ] && [ "$crlf" = $'OK\nabcd\nvwxyz' ] || { echo "changed"; exit 1; }
