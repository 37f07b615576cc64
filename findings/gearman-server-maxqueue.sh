#!/usr/bin/env bash
# Gearman::Server 1.130.1 (Debian gearman-server 1.130.1-2): a full queue accepts a new job and drops an accepted one
#
# "maxqueue FUNCTION N" limits the jobs that wait. When N of them wait, the server still answers a new background job with a
# handle, and makes room by removing the youngest job that waits. The client of that job had a handle too, and is not told.
# The queue ends up with its oldest jobs and the newest one. gearmand has the same command, and refuses the new job.
#
# Expected: job1 and job2 are accepted, the others refused.
# Seen, with "maxqueue report 2":
#   accepted: job1 job2 job3 job4 job5
#   waiting: 2
#   worker got: job1 job5
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
	gearman-server=1.130.1-2 libgearman-client-perl=2.004.015-1
	libdanga-socket-perl libexporter-tiny-perl libio-socket-ip-perl libio-socket-ssl-perl liblist-moreutils-perl
	liblist-moreutils-xs-perl libnet-ssleay-perl libstring-crc32-perl libsys-syscall-perl
)

apt-get -qq -o APT::Sandbox::User=root download "${packages[@]}" >/dev/null
for package in *.deb; do dpkg-deb -x "$package" root; done
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
perl root/usr/bin/gearmand --listen=127.0.0.1 --port="$port" &
pids+=($!)
wait_for "$port"

exec 3<>"/dev/tcp/127.0.0.1/$port"
printf 'maxqueue report 2\n' >&3
read -r -t 10 answer <&3
[ "$answer" = OK ]

cat >submit.pl <<'PERL'
use strict;
use warnings;
use Gearman::Client;
my $client = Gearman::Client->new(job_servers => ["127.0.0.1:$ARGV[0]"]);
print 'accepted:', (map { $client->dispatch_background(report => "job$_") ? " job$_" : () } 1 .. 5), "\n";
PERL
cat >worker.pl <<'PERL'
use strict;
use warnings;
use Gearman::Worker;
my $worker = Gearman::Worker->new(job_servers => ["127.0.0.1:$ARGV[0]"]);
my @got;
$worker->register_function(report => sub { push @got, $_[0]->arg });
$worker->work(stop_if => sub { @got == $ARGV[1] });
print "worker got: @got\n";
PERL

accepted=$(timeout 20 perl submit.pl "$port")
printf 'status\n' >&3
read -r -t 10 _ waiting _ <&3
got=$(timeout 20 perl worker.pl "$port" "$waiting")
printf '%s\n' "$accepted" "waiting: $waiting" "$got"
[ "$accepted" = "accepted: job1 job2 job3 job4 job5" ] && [ "$waiting" = 2 ] && [ "$got" = "worker got: job1 job5" ] ||
	{ echo "changed"; exit 1; }
