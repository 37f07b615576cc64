#!/usr/bin/env bash
# gopkg.in/Clever/gearman.v2 v2.0.2 (Go module): the result of a job is dropped, and the job is Completed
#
# A worker sends the result of a job with WORK_COMPLETE, and parts of it before that with WORK_DATA if it wants to. The client
# writes the parts to the caller's writer. Of WORK_COMPLETE it takes only that the job is done: a result that came with it is
# neither written nor to be had elsewhere. So jobs of most workers end well and empty. The two workers here run the same command;
# the second one sends its output as parts.
#
# Expected: the writer gets the result from both.
# Seen (Go 1.26.8, workers and server of gearmand 1.1.20+ds-1):
#   gearman -w:    Completed, data ""
#   gearman -w -n: Completed, data "42\n"
#
# Needs go and the package lists of Debian 12. Uses Go's build cache.
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

export GOPATH="$dir/go" GOFLAGS=-modcacherw GOWORK=off GOTOOLCHAIN=local
go mod init example.org/finding 2>/dev/null
go get gopkg.in/Clever/gearman.v2@v2.0.2 2>/dev/null
cat >main.go <<'GO'
package main

import (
	"bytes"
	"fmt"
	"log"
	"os"

	"gopkg.in/Clever/gearman.v2"
)

type buffer struct{ bytes.Buffer }

func (*buffer) Close() error { return nil }

func main() {
	client, err := gearman.NewClient("tcp4", os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	for _, function := range []string{"whole", "parts"} {
		var data, warnings buffer
		job, err := client.Submit(function, []byte("input"), &data, &warnings)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%v, data %q\n", job.Run(), &data)
	}
}
GO
go build -o submit .

port=$(free_port)
gearmand --config-file=/dev/null --listen=127.0.0.1 --port="$port" --log-file=none --pid-file="$dir/pid" &
pids+=($!)
wait_for "$port"
gearman -h 127.0.0.1 -p "$port" -w -c 1 -f whole -- echo 42 &
pids+=($!)
gearman -h 127.0.0.1 -p "$port" -w -c 1 -n -f parts -- echo 42 &
pids+=($!)
seen=$(timeout 20 ./submit "127.0.0.1:$port" | paste -d ' ' <(printf '%s\n' 'gearman -w:   ' 'gearman -w -n:') -)
echo "$seen"
[ "$seen" = 'gearman -w:    Completed, data ""
gearman -w -n: Completed, data "42\n"' ] || { echo "changed"; exit 1; }
