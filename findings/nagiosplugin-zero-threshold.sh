#!/usr/bin/env bash
# nagiosplugin 1.3.2 (Debian python3-nagiosplugin 1.3.2-3): the number 0 as a threshold never alerts, the text "0" does
#
# ScalarContext and Range take a threshold as text or as a number, and 5 means the same as "5". Not so 0: it counts as no
# threshold at all, so a check for which no failure is acceptable is OK with any number of them, and its performance data has no
# threshold. The command line gives text and works; a default in the program, `type=int` or a number of a YAML file does not.
#
# Expected: 0 means what "0" means.
# Seen (three failures, with four values of `critical`):
#   "1": CRITICAL | failures=3;;1
#   1:   CRITICAL | failures=3;;1
#   "0": CRITICAL | failures=3;;0
#   0:   OK | failures=3
#
# Needs python3 and the package lists of Debian 12.
set -eu -o pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
cd "$dir"

apt-get -qq -o APT::Sandbox::User=root download python3-nagiosplugin=1.3.2-3 >/dev/null
dpkg-deb -x python3-nagiosplugin_1.3.2-3_all.deb root
export PYTHONPATH="$dir/root/usr/lib/python3/dist-packages" PYTHONDONTWRITEBYTECODE=1

cat >failures.py <<'PY'
from nagiosplugin import Check, Metric, Resource, ScalarContext


class Failures(Resource):
    def probe(self):
        return Metric('failures', 3)


for name, critical in [('"1"', '1'), ('1', 1), ('"0"', '0'), ('0', 0)]:
    check = Check(Failures(), ScalarContext('failures', critical=critical))
    check()
    print(f'{name + ":":4} {str(check.state).upper()} | {" ".join(check.perfdata)}')
PY
seen=$(python3 failures.py)
echo "$seen"
[ "$seen" = '"1": CRITICAL | failures=3;;1
1:   CRITICAL | failures=3;;1
"0": CRITICAL | failures=3;;0
0:   OK | failures=3' ] || { echo "changed"; exit 1; }
