#!/usr/bin/env bash
# PHP extension gearman 2.1.0 (Debian php8.2-gearman 2.1.0+1.1.2-12): the client of a function that throws is told "Unable to add
# worker function"
#
# A worker's function throws RuntimeException("no such host"). The worker reports an exception, as it should, but the text is the
# same for every exception and is about something else: the function was added, and runs. What went wrong is known in the worker
# alone. A function that calls sendException itself reaches the client with its own text.
#
# Expected: the client gets the message of the exception, or its class.
# Seen (PHP 8.2, libgearman8 and gearmand 1.1.20+ds-1), the data of the client's exception callback:
#   thrown: Unable to add worker function
#   sent:   no such host
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
	gearman-job-server=1.1.20+ds-1 libgearman8=1.1.20+ds-1
	libboost-program-options1.74.0 libevent-2.1-7 libhashkit2 libhiredis0.14
	libldap-2.5-0 libmariadb3 libmemcached11 libpq5 libsasl2-2 libsqlite3-0
	php8.2-cli php8.2-gearman=2.1.0+1.1.2-12
	libargon2-1 libicu72 libsodium23 libxml2
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
gearmand --config-file=/dev/null --listen=127.0.0.1 --port="$port" --log-file=none --pid-file="$dir/pid" &
pids+=($!)
wait_for "$port"

cat >worker.php <<'PHP'
<?php
$worker = new GearmanWorker();
$worker->addServer('127.0.0.1', (int) $argv[1]);
$worker->setTimeout(15000);
$worker->addFunction('thrown', fn () => throw new RuntimeException('no such host'));
$sent = false;
$worker->addFunction('sent', function (GearmanJob $job) use (&$sent) {
    $job->sendException('no such host');
    $sent = true;
});
while (!$sent) {
    try {
        $worker->work();
    } catch (RuntimeException) {
        // goes on with the next job
    }
}
PHP
cat >client.php <<'PHP'
<?php
$client = new GearmanClient();
$client->addServer('127.0.0.1', (int) $argv[1]);
$client->setTimeout(15000);
$client->setExceptionCallback(function (GearmanTask $task) {
    printf("%-7s %s\n", $task->functionName() . ':', $task->data());
});
foreach (['thrown', 'sent'] as $function) {
    $client->addTask($function, 'x');
    $client->runTasks();
}
PHP

php() { timeout 30 php8.2 -n -d extension="$(echo "$dir"/root/usr/lib/php/*/gearman.so)" "$@"; }
php worker.php "$port" &
pids+=($!)
seen=$(php client.php "$port")
echo "$seen"
[ "$seen" = "thrown: Unable to add worker function
sent:   no such host" ] || { echo "changed"; exit 1; }
