#!/usr/bin/env bash
# gearmanode 0.9.2 (npm): of several jobs with the same unique key, only the last one completes
#
# A job whose unique key already waits or runs is merged with it: the server acknowledges both with the same handle, runs
# the job once, and sends the result once for each of them. The client keeps its jobs by handle, so a later one takes the place of
# an earlier one. The first result is given to the last job, and each of the others is an error "unknown job" of the client, which
# ends a program without a handler for it. The other jobs never emit complete or failed.
#
# Expected: each of the jobs completes with the result.
# Seen (Node.js 20.20.2, winston 3.19.0, gearmand 1.1.20+ds-1):
#   different keys: A completed, B completed, C completed
#   the same key:   C completed, client error: unknown job, client error: unknown job
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

npm install --silent --no-audit --no-fund --cache "$dir/npm" --prefix "$dir" gearmanode@0.9.2 winston@3.19.0 >/dev/null
port=$(free_port)
gearmand --config-file=/dev/null --listen=127.0.0.1 --port="$port" --log-file=none --pid-file="$dir/pid" &
pids+=($!)
wait_for "$port"

cat >submit.js <<'JS'
const gearmanode = require('gearmanode');
const server = {host: '127.0.0.1', port: Number(process.argv[2])};
const names = ['A', 'B', 'C'];
const seen = [];
const report = (what) => {
  seen.push(what);
  if (seen.length < names.length) return;
  console.log(seen.join(', '));
  process.exit();
};
const client = gearmanode.client({...server});
client.on('error', (error) => report(`client error: ${error.message.split(',')[0]}`));
let created = 0;
for (const name of names) {
  const job = client.submitJob('report', name, {unique: process.argv[3] === 'same' ? 'key' : name});
  job.on('complete', () => report(`${name} completed`));
  job.on('failed', () => report(`${name} failed`));
  job.on('created', () => {
    created++;
    if (created < names.length) return;
    gearmanode.worker({...server}).addFunction('report', (work) => work.workComplete('done'));
  });
}
JS
different=$(timeout 20 node --no-deprecation submit.js "$port" different 2>/dev/null)
same=$(timeout 20 node --no-deprecation submit.js "$port" same 2>/dev/null)
printf '%s\n' "different keys: $different" "the same key:   $same"
[ "$different" = "A completed, B completed, C completed" ] &&
	[ "$same" = "C completed, client error: unknown job, client error: unknown job" ] || { echo "changed"; exit 1; }
