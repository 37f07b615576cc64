#!/usr/bin/env bash
# gearman 2.1.0 (npm): getJobStatus reports a wrong total, the same one for 1, 10, 100 and 1000
#
# A worker reports its progress three times. The client reads each report in two ways: from the event WORK_STATUS, and by asking
# with getJobStatus, which is the only way for a background job. The server sends all numbers as text. In the answer to
# getJobStatus, the library takes the total for a binary byte: of "100" it reads "1", whose code is 49.
# A progress bar passes 100 % or stops short of it.
#
# Expected: both ways report the same numbers.
# Seen (Node.js 20.20.2, gearmand 1.1.20+ds-1):
#   event: 5 of 10    getJobStatus: 5 of 49
#   event: 50 of 100  getJobStatus: 50 of 49
#   event: 8 of 8     getJobStatus: 8 of 56
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

npm install --silent --no-audit --no-fund --cache "$dir/npm" --prefix "$dir" gearman@2.1.0 >/dev/null
port=$(free_port)
gearmand --config-file=/dev/null --listen=127.0.0.1 --port="$port" --log-file=none --pid-file="$dir/pid" &
pids+=($!)
wait_for "$port"

cat >status.js <<'JS'
const gearman = require('gearman');
const port = Number(process.argv[2]);
const client = gearman('127.0.0.1', port);
const worker = gearman('127.0.0.1', port);
const reports = [['5', '10'], ['50', '100'], ['8', '8']];
let handle;
let event;
const next = () => {
  if (!reports.length) process.exit();
  worker.sendWorkStatus(handle, ...reports.shift());
};
worker.on('JOB_ASSIGN', (job) => {
  handle = job.handle;
  next();
});
client.on('WORK_STATUS', (status) => {
  event = `${status.percent_num} of ${status.percent_den}`;
  client.getJobStatus(status.handle);
});
client.on('STATUS_RES', (status) => {
  console.log(`event: ${event.padEnd(9)}  getJobStatus: ${status.percent_done_num} of ${status.percent_done_den}`);
  next();
});
client.on('JOB_CREATED', () => {
  worker.addFunction('long');
  worker.grabJob();
});
worker.connect(() => client.connect(() => client.submitJob('long', 'x')));
JS
seen=$(timeout 20 node --no-deprecation status.js "$port")
echo "$seen"
[ "$seen" = "event: 5 of 10    getJobStatus: 5 of 49
event: 50 of 100  getJobStatus: 50 of 49
event: 8 of 8     getJobStatus: 8 of 56" ] || { echo "changed"; exit 1; }
