#!/usr/bin/env bash
# gearmand 1.1.20 (Debian gearman-job-server 1.1.20+ds-1): --job-retries=300 means 44, and --job-retries=256 means no limit
#
# --job-retries=N removes a job that workers have released N times. Larger numbers are accepted without a warning, but only
# the lowest eight bits count: 256 becomes 0, which is "no limit", and 257 becomes 1, which loses a job when the first worker
# that took it dies. A generous limit turns into none, or into a strict one.
#
# Expected: the limit as given, or an error at the start.
# Seen (one job, taken and released until it is gone, at most 320 times):
#   --job-retries=255: assigned 255 times
#   --job-retries=256: assigned 320 times, and still there
#   --job-retries=257: assigned 1 times
#   --job-retries=300: assigned 44 times
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

# Submits a background job, then takes and releases it up to 320 times on one connection.
cat >release.pl <<'PERL'
use strict;
use warnings;
use IO::Socket::INET;
my $server = IO::Socket::INET->new(PeerAddr => "127.0.0.1:$ARGV[0]") or die "connect: $!";
sub packet { my ($type, $body) = @_; return pack('a4NN', "\0REQ", $type, length $body) . $body }
sub send_packets { print $server @_; $server->flush }
sub read_packet {
    read($server, my $head, 12) == 12 or die "connection closed";
    my (undef, $type, $size) = unpack 'a4NN', $head;
    read($server, my $body, $size) if $size;
    return $type;
}
my $take = packet(1, 'queue') . packet(9, '');     # CAN_DO, GRAB_JOB
my $release = packet(2, 'queue');                   # CANT_DO
send_packets(packet(18, "queue\0key\0data"));       # SUBMIT_JOB_BG
read_packet();
send_packets($take);
my $assigned = 0;
while (read_packet() == 11) {                       # JOB_ASSIGN
    last if ++$assigned == 320;
    send_packets($release . $take);
}
print "assigned $assigned times", $assigned == 320 ? ', and still there' : '', "\n";
PERL

seen=""
for retries in 255 256 257 300; do
	port=$(free_port)
	gearmand --config-file=/dev/null --listen=127.0.0.1 --port="$port" --log-file=none --pid-file="$dir/pid" \
		--job-retries=$retries &
	pids+=($!)
	wait_for "$port"
	line="--job-retries=$retries: $(perl release.pl "$port")"
	echo "$line"
	seen+="$line"$'\n'
done
[ "$seen" = "\
--job-retries=255: assigned 255 times
--job-retries=256: assigned 320 times, and still there
--job-retries=257: assigned 1 times
--job-retries=300: assigned 44 times
" ] || { echo "changed"; exit 1; }
