#!/usr/bin/env bash
# gearmand 1.1.20 (Debian gearman-job-server 1.1.20+ds-1): an option in a comment of the configuration file takes effect
#
# The configuration file holds options as on the command line, and a line "# a comment" is accepted without a message. But the file
# is only split at blanks and line ends: words are ignored, whatever they are, and a word with two dashes is an option, also
# behind a "#" and a blank. So an option that was commented out that way stays in force. It is off if no blank follows the "#". Here
# it is --job-retries=1, with which gearmand removes a job when the first worker that took it dies.
#
# Expected: the rest of a line after "#" is a comment, or the file is refused.
# Seen (a job whose worker was killed):
#   no such line:          1 job left
#   #--job-retries=1:      1 job left
#   # --job-retries=1:     0 jobs left
#   # was --job-retries=1 in May: 0 jobs left
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

status() { gearadmin -h 127.0.0.1 -p "$1" --status | awk -v column="$2" '$1 == "report" { print $column }'; }
# left starts a gearmand with a configuration file, lets a worker die with a job, and writes how many jobs are left.
left() {
	local port jobs
	port=$(free_port)
	printf '%s\n' '--listen=127.0.0.1' "$1" '--threads=2' >gearmand.conf
	gearmand --config-file="$dir/gearmand.conf" --port="$port" --log-file=none --pid-file="$dir/pid.$port" &
	pids+=($!)
	wait_for "$port"
	gearman -h 127.0.0.1 -p "$port" -b -f report data
	# shellcheck disable=SC2016 # the parent of the command is the worker
	(timeout 20 gearman -h 127.0.0.1 -p "$port" -w -c 1 -f report -- bash -c 'kill -9 $PPID' || true) 2>/dev/null
	for _ in {1..100}; do
		[ "$(status "$port" 4)" != 0 ] || break
		sleep 0.1
	done
	jobs=$(status "$port" 2)
	printf '%-22s %s\n' "${1:-no such line}:" "$jobs job$([ "$jobs" = 1 ] || echo s) left"
}
for line in '' '#--job-retries=1' '# --job-retries=1' '# was --job-retries=1 in May'; do left "$line"; done >seen
seen=$(cat seen)
echo "$seen"
[ "$seen" = "no such line:          1 job left
#--job-retries=1:      1 job left
# --job-retries=1:     0 jobs left
# was --job-retries=1 in May: 0 jobs left" ] || { echo "changed"; exit 1; }
