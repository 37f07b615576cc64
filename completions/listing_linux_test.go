package completions_test

import (
	"regexp"
	"strings"
	"testing"
)

// listing is a line and some of what TAB offers at its end.
type listing struct {
	line string
	want string // a line for each: value, or value TAB description; with ! in front it must not be there
}

// listings ends with those that offer nothing: after one of these bash inserts a single candidate that it should list,
// and it shows the description of none that is alone.
var listings = []listing{
	{"gearctl s", "status\tshow queues with their waiting\nsubmit\tsubmit jobs"},
	{"gearctl ", "drain\tremove waiting\nhelp\tshow help\n!__complete"},
	{"gearctl help d", "drain\tremove waiting"},
	{"gearctl status --wa", "--waiting\tonly queues\n--watch\trefresh"},
	{"gearctl status --waiting --wa", "--watch\n!--waiting"},
	{"gearctl drain -o ", "csv\njson\nraw\ntemplate="},
	{"gearctl status --output=j", "json\njsonl\n!raw"},
	{"gearctl status --columns queue,wo", "queue,workers"},
	{"gearctl status --sort -to", "-total"},
	{"gearctl submit --priority ", "high\nlow\nnormal"},
	{"gearctl status ", "my queue of jobs\t3 waiting, 0 workers\nhost:web:80\n!--dash"},
	{"gearctl drain 'hx:a b:c' x h", "host:web:80\n!hx:a b:c"},
	{"gearctl submit my", "my queue of jobs"},
	{"gearctl status --context ", "lab-one\tgm1:4730, gm2:4731\nlab-two"},
	{"gearctl context use lab", "lab-one\tgm1\nlab-two\tgm3"},
	{"gearctl -s gm", "gm1:4730\ngm2:4731\ngm3:4730"},
	{"gearctl completion ", "bash\nfish\nzsh"},
	{"gearctl drain --tls-ca ca", "ca file.pem"},
	{"gearctl drain --tls-ca=ca", "ca file.pem"},
	{"gearctl drain x --tls-ca 'ca f", "ca file.pem"},
	{"gearctl drain x -o raw > ca", "ca file.pem"},
	{"gearctl submit x my", "!my queue"},
	{"gearctl -s 127.0.0.1:1 status my", "!my queue"},
	{"gearctl -- st", "!status"},
	{"gearctl 'unclosed ", "!status"},
	{"gearctl nosuch ", "!status"},
}

// list presses the key that lists the candidates, which inserts nothing, at the end of every listing's line.
func list(t *testing.T, term *terminal, key string) {
	term.t = t
	term.typeKeys(": > 'ca file.pem'; echo MADE\r")
	term.await(`\nMADE\r*\n[^\n]*` + prompt)
	for _, l := range listings {
		term.typeKeys(l.line + key + "\x15\recho LISTED\r")
		screen := term.await(`(?s)(.*)\nLISTED\r*\n[^\n]*` + prompt)[1]
		l.check(t, strings.Split(strings.NewReplacer(l.line, "", `\`, "").Replace(screen), "\n"))
	}
}

// check looks in the lines on the screen for what is wanted: the value, followed by the description.
func (l listing) check(t *testing.T, screen []string) {
	t.Helper()
	for want := range strings.SplitSeq(l.want, "\n") {
		want, not := strings.CutPrefix(want, "!")
		value, description, _ := strings.Cut(want, "\t")
		re := regexp.MustCompile(`(^|[\s=])` + regexp.QuoteMeta(value) + `(\s.*` + regexp.QuoteMeta(description) + `|\s*$)`)
		found := false
		for _, line := range screen {
			found = found || re.MatchString(line)
		}
		if found == not {
			t.Errorf("%s TAB: %q: found %v; the screen:\n%q", l.line, want, found, screen)
		}
	}
}
