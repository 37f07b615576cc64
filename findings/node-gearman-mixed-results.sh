#!/usr/bin/env bash
# node-gearman 0.2.2 (npm): after a background job, foreground jobs get each other's results
#
# One connection submits a background job and then the foreground jobs F1, F2 and F3, without waiting in between. The worker
# returns the data that it was given. F2 and F3 end successfully with the results of F1 and F2, and F1 gets none.
#
# gearmand acknowledges jobs in the order of submission. The client takes one entry off its list of foreground jobs without
# a handle at every acknowledgement, including that of the background job, which has no entry there.
#
# Expected: each job gets its own result.
# Seen (Node.js 20.20.2, gearmand 1.1.20+ds-1):
#   F2 got F1
#   F3 got F2
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

npm install --silent --no-audit --no-fund --cache "$dir/npm" --prefix "$dir" node-gearman@0.2.2 >/dev/null
port=$(free_port)
gearmand --config-file=/dev/null --listen=127.0.0.1 --port="$port" --log-file=none --pid-file="$dir/pid" &
pids+=($!)
wait_for "$port"

cat >mixed.js <<'JS'
const Gearman = require('node-gearman');
const port = Number(process.argv[2]);
const worker = new Gearman('127.0.0.1', port);
worker.registerWorker('same', (data, job) => job.end(data));

const client = new Gearman('127.0.0.1', port);
const submit = (name) => {
  const job = client.submitJob('same', name);
  let result = '';
  job.on('data', (part) => { result += part; });
  job.on('end', () => console.log(`${name} got ${result}`));
};
client.submitJob('same', 'B', null, {background: true});
['F1', 'F2', 'F3'].forEach(submit);
setTimeout(() => process.exit(), 2000);
JS
seen=$(node --no-deprecation mixed.js "$port")
echo "$seen"
[ "$seen" = $'F2 got F1\nF3 got F2' ] || { echo "changed"; exit 1; }
