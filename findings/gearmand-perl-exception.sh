#!/usr/bin/env bash
# gearmand 1.1.20 (Debian gearman-job-server 1.1.20+ds-1) with Gearman::Client and Gearman::Worker 2.004.015 (Debian
# libgearman-client-perl 2.004.015-1): one job that dies ends the worker and the client
#
# The worker's function dies for the first of two jobs. Gearman::Worker then sends WORK_EXCEPTION and WORK_FAIL. For gearmand
# the job is over with the first, so it answers the second with the error JOB_NOT_FOUND, at which the worker stops. To a client
# that did not ask for exceptions, which is the default, gearmand sends WORK_FAIL in place of WORK_EXCEPTION, but with
# a NUL byte after the handle. Gearman::Client does not know that handle and stops too; the second job has no result.
# With the Perl Gearman::Server 1.130.1 (Debian gearman-server 1.130.1-2) all is as expected.
#
# Expected: the first job fails and the second has a result, with both servers.
# Seen:
#   Perl server: bad failed, good done; worker: 2 jobs
#   gearmand: client stopped: Got work_fail for unknown handle; worker stopped: JOB_NOT_FOUND
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
	gearman-job-server=1.1.20+ds-1 libgearman8=1.1.20+ds-1
	libboost-program-options1.74.0 libevent-2.1-7 libhashkit2 libhiredis0.14
	libldap-2.5-0 libmariadb3 libmemcached11 libpq5 libsasl2-2 libsqlite3-0
	gearman-server=1.130.1-2 libgearman-client-perl=2.004.015-1
	libdanga-socket-perl libexporter-tiny-perl libio-socket-ip-perl libio-socket-ssl-perl liblist-moreutils-perl
	liblist-moreutils-xs-perl libnet-ssleay-perl libstring-crc32-perl libsys-syscall-perl
)

apt-get -qq -o APT::Sandbox::User=root download "${packages[@]}" >/dev/null
for package in *.deb; do dpkg-deb -x "$package" root; done
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

cat >worker.pl <<'PERL'
use strict;
use warnings;
use Gearman::Worker;
my $worker = Gearman::Worker->new(job_servers => ["127.0.0.1:$ARGV[0]"]);
my $jobs = 0;
$worker->register_function(check => sub {
    $jobs++;
    die "no such input\n" if $_[0]->arg eq 'bad';
    return 'done';
});
eval {
    $worker->work(stop_if => sub { $jobs == 2 });
    print "worker: $jobs jobs\n";
    1;
} or print 'worker stopped: ', $@ =~ /error \[(\w+)/, "\n";
PERL
cat >client.pl <<'PERL'
use strict;
use warnings;
use Gearman::Client;
my $client = Gearman::Client->new(job_servers => ["127.0.0.1:$ARGV[0]"]);
my @seen;
eval {
    my $tasks = $client->new_task_set;
    for my $input ('bad', 'good') {
        $tasks->add_task(check => $input, {
            on_complete => sub { push @seen, "$input ${$_[0]}" },
            on_fail     => sub { push @seen, "$input failed" },
        });
    }
    $tasks->wait(timeout => 10);
    1;
} or push @seen, 'client stopped: ' . join '', $@ =~ /(Got work_fail for unknown handle)/;
print join(', ', @seen), '; ';
PERL

# report runs one worker and one client with the server on port $1.
report() {
	timeout 20 perl worker.pl "$1" >worker 2>/dev/null &
	local worker=$!
	timeout 20 perl client.pl "$1" >client 2>/dev/null || true
	wait $worker || true
	cat client worker
}
port=$(free_port)
perl root/usr/bin/gearmand --listen=127.0.0.1 --port="$port" &
pids+=($!)
wait_for "$port"
perl=$(report "$port")
echo "Perl server: $perl"

port=$(free_port)
root/usr/sbin/gearmand --config-file=/dev/null --listen=127.0.0.1 --port="$port" --log-file=none --pid-file="$dir/pid" &
pids+=($!)
wait_for "$port"
gearmand=$(report "$port")
echo "gearmand: $gearmand"
[ "$perl" = "bad failed, good done; worker: 2 jobs" ] &&
	[ "$gearmand" = "client stopped: Got work_fail for unknown handle; worker stopped: JOB_NOT_FOUND" ] ||
	{ echo "changed"; exit 1; }
