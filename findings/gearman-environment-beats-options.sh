#!/usr/bin/env bash
# gearman 1.1.20 (Debian gearman-tools 1.1.20+ds-1): GEARMAN_SERVER in the environment overrides -h and -p
#
# With GEARMAN_SERVER set, `gearman -h HOST -p PORT` ignores HOST and PORT without a message: the job goes to the server of the
# environment, and the exit code is 0. GEARMAN_SERVERS (with an S), which its library reads, is overridden by -h and -p.
#
# Expected: options override the environment, for both variables.
# Seen (-h and -p name server A, the variable names server B):
#   GEARMAN_SERVER:  the job is on B
#   GEARMAN_SERVERS: the job is on A
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
	gearman-job-server=1.1.20+ds-1 gearman-tools=1.1.20+ds-1 libgearman8=1.1.20+ds-1
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

A=$(free_port)
B=$(free_port)
for port in "$A" "$B"; do
	gearmand --config-file=/dev/null --listen=127.0.0.1 --port="$port" --log-file=none --pid-file="$dir/pid.$port" &
	pids+=($!)
	wait_for "$port"
done

where() { # $1: function; prints the servers that have a job of it
	for server in A B; do
		exec 3<>"/dev/tcp/127.0.0.1/${!server}"
		printf 'status\n' >&3
		if timeout 10 sed -u '/^\.$/q' <&3 | grep "^$1	1	" >answer; then echo "the job is on $server"; fi
		exec 3>&-
	done
}
GEARMAN_SERVER="127.0.0.1:$B" gearman -h 127.0.0.1 -p "$A" -b -f one data
one=$(where one)
echo "GEARMAN_SERVER:  $one"
GEARMAN_SERVERS="127.0.0.1:$B" gearman -h 127.0.0.1 -p "$A" -b -f two data
two=$(where two)
echo "GEARMAN_SERVERS: $two"
[ "$one" = "the job is on B" ] && [ "$two" = "the job is on A" ] || { echo "changed"; exit 1; }
