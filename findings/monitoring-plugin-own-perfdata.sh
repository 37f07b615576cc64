#!/usr/bin/env bash
# Monitoring::Plugin 0.40 (Debian libmonitoring-plugin-perl 0.40-1): it does not read the performance data that it writes
#
# Thresholds may be ranges, and "@1:4" is one: it alerts inside 1 to 4. add_perfdata writes such a threshold as the plugin
# guidelines have it. parse_perfstring of the same module reads the line without an error, but everything from there on is
# missing: this threshold, the critical one after it, minimum and maximum. Other ranges are read. A program that copies or graphs
# the performance data of plugins loses the limits of such values.
#
# Expected: what was written is read, or an error.
# Seen (written, then read and written again):
#   delay=3s;1:4;10;0;60 -> delay=3s;1:4;10;0;60
#   delay=3s;~:4;10;0;60 -> delay=3s;~:4;10;0;60
#   delay=3s;@1:4;10;0;60 -> delay=3s
#   delay=3s;2;@1:4;0;60 -> delay=3s;2
#
# Needs perl and the package lists of Debian 12.
set -eu -o pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
cd "$dir"

packages=(
	libmonitoring-plugin-perl=0.40-1
	libclass-accessor-perl libconfig-tiny-perl libmath-calc-units-perl
	libmodule-implementation-perl libmodule-runtime-perl libparams-validate-perl libtry-tiny-perl
)

apt-get -qq -o APT::Sandbox::User=root download "${packages[@]}" >/dev/null
for package in *.deb; do dpkg-deb -x "$package" root; done
PERL5LIB=$dir/root/usr/share/perl5:$(echo "$dir"/root/usr/lib/*-linux-gnu/perl5/*)
export PERL5LIB

cat >copy.pl <<'PERL'
use strict;
use warnings;
use Monitoring::Plugin;
use Monitoring::Plugin::Performance;
for (['1:4', '10'], ['~:4', '10'], ['@1:4', '10'], ['2', '@1:4']) {
    my ($warning, $critical) = @$_;
    my $plugin = Monitoring::Plugin->new(shortname => 'DELAY');
    $plugin->add_perfdata(
        label => 'delay', value => 3, uom => 's',
        warning => $warning, critical => $critical, min => 0, max => 60,
    );
    my $written = $plugin->all_perfoutput;
    my @read = map { $_->perfoutput } Monitoring::Plugin::Performance->parse_perfstring($written);
    s/;+$// for @read;
    print "$written -> @read\n";
}
PERL
seen=$(perl copy.pl)
echo "$seen"
[ "$seen" = "delay=3s;1:4;10;0;60 -> delay=3s;1:4;10;0;60
delay=3s;~:4;10;0;60 -> delay=3s;~:4;10;0;60
delay=3s;@1:4;10;0;60 -> delay=3s
delay=3s;2;@1:4;0;60 -> delay=3s;2" ] || { echo "changed"; exit 1; }
