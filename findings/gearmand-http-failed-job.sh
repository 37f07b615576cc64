#!/usr/bin/env bash
# gearmand 1.1.20 (Debian gearman-job-server 1.1.20+ds-1): over HTTP a failed job is 200 OK, with another job's handle
#
# With --protocol=http, POST /FUNCTION runs a job and answers with its result. When the worker fails the job, the status is
# 200 all the same; only X-Gearman-Command distinguishes it from an empty result. That answer also lacks the last character
# of the handle: the failed job number 12 is reported as demo:1, which was another job. A completed job's handle is whole.
#
# Expected: a status of 4xx or 5xx, and the handle of the job that failed.
# Seen at a server's twelfth job, which failed, and at its thirteenth, which did not:
#   HTTP/1.0 200 OK
#   X-Gearman-Job-Handle: demo:1
#   X-Gearman-Command: WORK_FAIL
#   Content-Length: 0
#   HTTP/1.0 200 OK
#   X-Gearman-Job-Handle: demo:13
#   X-Gearman-Command: WORK_COMPLETE
#   Content-Length: 4
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

port=$(free_port)
http=$(free_port)
gearmand --config-file=/dev/null --listen=127.0.0.1 --port="$port" --log-file=none --pid-file="$dir/pid" \
	--job-handle-prefix=demo --protocol=http --http-port="$http" &
pids+=($!)
wait_for "$port"
wait_for "$http"
gearman -h 127.0.0.1 -p "$port" -w -f fails false 2>worker.log &
pids+=($!)
gearman -h 127.0.0.1 -p "$port" -w -f works cat &
pids+=($!)

post() { # $1: function, $2: four bytes; prints the answer's head without the server's name
	exec 3<>"/dev/tcp/127.0.0.1/$http"
	printf 'POST /%s HTTP/1.0\r\nContent-Length: 4\r\n\r\n%s' "$1" "$2" >&3
	timeout 10 sed -u '/^\r$/q' <&3 | tr -d '\r' | sed '/^Server:/d; /^$/d'
	exec 3>&-
}
for job in {1001..1012}; do failed=$(post fails "$job"); done
worked=$(post works 1013)
printf '%s\n' "$failed" "$worked"
[ "$failed" = "HTTP/1.0 200 OK
X-Gearman-Job-Handle: demo:1
X-Gearman-Command: WORK_FAIL
Content-Length: 0" ] && [ "$worked" = "HTTP/1.0 200 OK
X-Gearman-Job-Handle: demo:13
X-Gearman-Command: WORK_COMPLETE
Content-Length: 4" ] || { echo "changed"; exit 1; }
