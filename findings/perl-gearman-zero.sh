#!/usr/bin/env bash
# Gearman::Client 2.004.015 (Debian libgearman-client-perl 2.004.015-1): the data "0" is lost
#
# Job data are any bytes: "0" may be the number of a record. The client tests them for truth where it means "is there any?", and in
# Perl "0" is false. So a job with the data "0" is sent without data, and its worker is called with an empty string. No error is
# reported. "00" arrives.
#
# Expected: "0" arrives.
# Seen (with the Perl server, Gearman::Server 1.130.1):
#   data "1": worker got "1"
#   data "0": worker got ""
#   data "00": worker got "00"
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
perl root/usr/bin/gearmand --listen=127.0.0.1 --port="$port" 2>/dev/null &
pids+=($!)
wait_for "$port"

cat >worker.pl <<'PERL'
use strict;
use warnings;
use Gearman::Worker;
my $worker = Gearman::Worker->new(job_servers => ["127.0.0.1:$ARGV[0]"]);
$worker->register_function(show => sub { 'worker got "' . $_[0]->arg . '"' });
$worker->work;
PERL
cat >client.pl <<'PERL'
use strict;
use warnings;
use Gearman::Client;
my $client = Gearman::Client->new(job_servers => ["127.0.0.1:$ARGV[0]"]);
for my $data ('1', '0', '00') {
    my $result = $client->do_task(show => $data, {timeout => 10});
    print qq(data "$data": $$result\n);
}
PERL
perl worker.pl "$port" &
pids+=($!)
seen=$(timeout 40 perl client.pl "$port")
echo "$seen"
[ "$seen" = 'data "1": worker got "1"
data "0": worker got ""
data "00": worker got "00"' ] || { echo "changed"; exit 1; }
