#!/usr/bin/env bash
# abraxas 2.1.10 (npm): with several job servers, the first one gets every job
#
# The documentation promises that jobs go round robin to the connected servers. The client sorts its connections by the time
# of their last use, with a comparison that returns true or false. JavaScript wants a number there, and takes these for 1 and 0,
# never for less than 0: the order never changes, and the first connection is always chosen. The second server and the
# workers that only it has stay idle, while the queue of the first one grows.
#
# Expected: five jobs on each server.
# Seen (Node.js 20.20.2, gearmand 1.1.20+ds-1):
#   connected to 2 servers, submitted 10 jobs
#   first server: 10, second server: 0
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

npm install --silent --no-audit --no-fund --cache "$dir/npm" --prefix "$dir" abraxas@2.1.10 >/dev/null
for server in first second; do
	port=$(free_port)
	gearmand --config-file=/dev/null --listen=127.0.0.1 --port="$port" --log-file=none --pid-file="$dir/pid.$server" &
	pids+=($!)
	wait_for "$port"
	declare "$server=$port"
done

cat >submit.js <<'JS'
const {Client} = require('abraxas');
const client = Client.connect({servers: process.argv.slice(2).map((port) => `127.0.0.1:${port}`)});
let connected = 0;
let submitted = 0;
const submit = () => {
  if (submitted === 10) {
    console.log(`connected to ${connected} servers, submitted ${submitted} jobs`);
    process.exit();
  }
  client.submitJobBg('mail', {}, 'x', (error) => {
    if (error) throw error;
    submitted++;
    setTimeout(submit, 10);
  });
};
client.on('connect', () => {
  connected++;
  if (connected === 2) submit();
});
setTimeout(() => process.exit(1), 20000);
JS
seen=$(node --no-deprecation submit.js "$first" "$second")
waiting() {
	gearadmin -h 127.0.0.1 -p "$1" --status | awk '$1 == "mail" { n = $2 } END { print n + 0 }'
}
jobs="first server: $(waiting "$first"), second server: $(waiting "$second")"
printf '%s\n' "$seen" "$jobs"
[ "$seen" = "connected to 2 servers, submitted 10 jobs" ] && [ "$jobs" = "first server: 10, second server: 0" ] ||
	{ echo "changed"; exit 1; }
