#!/usr/bin/env bash
# gearman 2.1.0 (npm): jobs that are submitted with the same options object become one job
#
# The program submits three background jobs with one object of options, and three with an object each. No options contain a
# unique key. For a job without a key, submitJob generates one and stores it in the caller's object, where the next call finds it
# and uses it again. The server takes the later jobs for the first one, acknowledges each of them, and drops their data.
#
# Expected: three jobs wait in each queue.
# Seen (Node.js 20.20.2, gearmand 1.1.20+ds-1):
#   one object:     3 acknowledged, 1 waiting: a
#   an object each: 3 acknowledged, 3 waiting: a b c
#
# Needs node, npm and the package lists of Debian 12.
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

npm install --silent --no-audit --no-fund --cache "$dir/npm" --prefix "$dir" gearman@2.1.0 >/dev/null
port=$(free_port)
gearmand --config-file=/dev/null --listen=127.0.0.1 --port="$port" --log-file=none --pid-file="$dir/pid" &
pids+=($!)
wait_for "$port"

cat >submit.js <<'JS'
const client = require('gearman')('127.0.0.1', Number(process.argv[2]));
let acknowledged = 0;
client.on('JOB_CREATED', () => {
  acknowledged++;
  if (acknowledged < 3) return;
  console.log(acknowledged);
  client.close();
});
client.connect(() => {
  const shared = {background: true};
  for (const data of ['a ', 'b ', 'c ']) {
    client.submitJob(process.argv[3], data, process.argv[3] === 'one' ? shared : {background: true});
  }
});
JS

# report submits the jobs and writes how many were acknowledged, how many wait, and what a worker gets.
report() {
	local acknowledged waiting got
	acknowledged=$(timeout 20 node --no-deprecation submit.js "$port" "$1")
	waiting=$(gearadmin -h 127.0.0.1 -p "$port" --status | awk -v queue="$1" '$1 == queue { print $2 }')
	got=$(timeout 20 gearman -h 127.0.0.1 -p "$port" -w -c "$waiting" -f "$1")
	echo "$acknowledged acknowledged, $waiting waiting: ${got% }"
}
one=$(report one)
each=$(report each)
printf '%s\n' "one object:     $one" "an object each: $each"
[ "$one" = "3 acknowledged, 1 waiting: a" ] && [ "$each" = "3 acknowledged, 3 waiting: a b c" ] || { echo "changed"; exit 1; }
