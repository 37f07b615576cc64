#!/usr/bin/env bash
# send_nsca 2.10.2 (Debian nsca-client 2.10.2-2): the CRITICAL of a service whose plugin printed nothing makes its host UP
#
# A result is a line of host, service, return code and output, with tabs in between; of a host it has no service. send_nsca skips empty
# fields instead of taking them as they are. So a service result without output, as of a plugin that was killed, has three fields
# left and is sent as a host result: the name of the service, read as a number, is the state of the host, and the return code is the
# output. send_nsca reports success and exits with 0, and the state of the service is not sent. With one character of output, all
# is well.
#
# Expected: a service result with an empty output, or an error.
# Seen (what the server nsca 2.10.2 writes for the monitoring core, without the time):
#   output "full": PROCESS_SERVICE_CHECK_RESULT;web01;disk;2;full
#   output "":     PROCESS_HOST_CHECK_RESULT;web01;0;2
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

packages=(nsca=2.10.2-2 nsca-client=2.10.2-2 libmcrypt4)

apt-get -qq -o APT::Sandbox::User=root download "${packages[@]}" >/dev/null
for package in *.deb; do dpkg-deb -x "$package" root; done
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
cat >nsca.cfg <<CFG
server_address=127.0.0.1
server_port=$port
nsca_user=$(id -un)
nsca_group=$(id -gn)
pid_file=$dir/pid
command_file=$dir/commands
append_to_file=1
CFG
: >commands
: >send_nsca.cfg
root/usr/sbin/nsca -c nsca.cfg -f &
pids+=($!)
wait_for "$port"

# send sends the state 2 of a service with an output, and writes the command that the server made of it.
send() {
	: >commands
	printf 'web01\tdisk\t2\t%s\n' "$1" | timeout 20 root/usr/sbin/send_nsca -H 127.0.0.1 -p "$port" -c send_nsca.cfg >answer
	grep -q successfully answer
	for _ in {1..100}; do
		[ ! -s commands ] || break
		sleep 0.1
	done
	printf '%-14s %s\n' "output \"$1\":" "$(cut -d ' ' -f 2- commands)"
}
for output in full ''; do send "$output"; done >seen
seen=$(cat seen)
echo "$seen"
[ "$seen" = 'output "full": PROCESS_SERVICE_CHECK_RESULT;web01;disk;2;full
output "":     PROCESS_HOST_CHECK_RESULT;web01;0;2' ] || { echo "changed"; exit 1; }
