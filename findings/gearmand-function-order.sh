#!/usr/bin/env bash
# gearmand 1.1.20 (Debian gearman-job-server and gearman-tools 1.1.20+ds-1) with Gearman::Worker 2.004.015 (Debian
# libgearman-client-perl 2.004.015-1): C and Perl workers with the same functions in the same order are served in opposite order
#
# For a worker with several functions, gearmand empties the queue of the one that was registered last first; its help describes
# the reverse. libgearman registers functions from the last to the first, so a C worker is served in the order it was
# written. Gearman::Worker registers each at once, so a Perl worker is served backwards: after a port from C to Perl, the
# function that was meant to come first waits until all others are empty.
#
# Expected: urgent before later, with both.
# Seen:
#   gearman -w -f urgent -f later: urgent urgent later later
#   Perl, urgent then later:       later later urgent urgent
#
# Needs perl and the package lists of Debian 12.
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
	libgearman-client-perl=2.004.015-1 libexporter-tiny-perl libio-socket-ip-perl libio-socket-ssl-perl
	liblist-moreutils-perl liblist-moreutils-xs-perl libnet-ssleay-perl libstring-crc32-perl
)

apt-get -qq -o APT::Sandbox::User=root download "${packages[@]}" >/dev/null
for package in *.deb; do dpkg-deb -x "$package" root; done
export PATH="$dir/root/usr/sbin:$dir/root/usr/bin:$PATH"
LD_LIBRARY_PATH=$(echo "$dir"/root/usr/lib/*-linux-gnu)
export LD_LIBRARY_PATH
PERL5LIB=$dir/root/usr/share/perl5:$(echo "$dir"/root/usr/lib/*-linux-gnu/perl5/*)
export PERL5LIB

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

submit() {
	for function in later urgent; do
		gearman -h 127.0.0.1 -p "$port" -b -f "$function" "$function " "$function "
	done
}
cat >worker.pl <<'PERL'
use strict;
use warnings;
use Gearman::Worker;
my $worker = Gearman::Worker->new(job_servers => ["127.0.0.1:$ARGV[0]"]);
my $left = 4;
for my $function ('urgent', 'later') {
    $worker->register_function($function => sub { print $_[0]->arg; $left--; 1 });
}
$worker->work(stop_if => sub { !$left });
PERL

submit
c=$(timeout 20 gearman -h 127.0.0.1 -p "$port" -w -c 4 -f urgent -f later)
echo "gearman -w -f urgent -f later: $c"
submit
perl=$(timeout 20 perl worker.pl "$port")
echo "Perl, urgent then later:       $perl"
[ "$c" = "urgent urgent later later " ] && [ "$perl" = "later later urgent urgent " ] || { echo "changed"; exit 1; }
