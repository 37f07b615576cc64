#!/usr/bin/env bash
# Gearman::Client 2.004.015 (Debian libgearman-client-perl 2.004.015-1): jobs with a unique key do not turn to another server
#
# A client with several job servers takes one that answers, and tries the next if it does not. For a job with a unique key, the key
# chooses the server, so that equal keys meet. If that server is down, the job is submitted nowhere, although the others are
# up: the loop over them ends after its first round. dispatch_background returns undef, and retry_count does not help. The
# documentation recommends keys for background jobs that the server stores.
#
# Expected: the next server gets the job.
# Seen (two servers, of which the first is down):
#   without keys: a b c d e f g h
#   with keys:    a c d f h
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

up=$(free_port)
perl root/usr/bin/gearmand --listen=127.0.0.1 --port="$up" &
pids+=($!)
wait_for "$up"
down=$(free_port)

cat >submit.pl <<'PERL'
use strict;
use warnings;
use Gearman::Client;
my $client = Gearman::Client->new(job_servers => [map { "127.0.0.1:$_" } @ARGV]);
my @names = 'a' .. 'h';
print "without keys: @{[grep { $client->dispatch_background(report => $_) } @names]}\n";
print "with keys:    @{[grep { $client->dispatch_background(report => $_, {uniq => $_, retry_count => 3}) } @names]}\n";
PERL
seen=$(timeout 30 perl submit.pl "$down" "$up")
echo "$seen"
[ "$seen" = 'without keys: a b c d e f g h
with keys:    a c d f h' ] || { echo "changed"; exit 1; }
