package commands

import (
	"slices"
	"strings"
	"testing"
)

// complete returns what __complete prints for words, a candidate's value each, or files.
func complete(t testing.TB, words ...string) []string {
	t.Helper()
	r := gearctl(t, "", append([]string{"__complete"}, words...)...)
	if r.code != 0 || r.stderr != "" {
		t.Fatalf("__complete %q: code %d, stderr %q", words, r.code, r.stderr)
	}
	var values []string
	for line := range strings.Lines(r.stdout) {
		value, _, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		values = append(values, value)
	}
	return values
}

func TestCompleteOffersWhatMayStandAtTheCursor(t *testing.T) {
	for _, c := range []struct{ words, want string }{
		{"stat", "status"},
		{"serv", "server"},
		{"-q stat", "status"},
		{"__com", ""},
		{"nosuch |", ""},
		{"help ver", "version"},
		{"help status |", ""},
		{"hel", "help"},
		{"help hel", ""},
		{"-- stat", ""},

		{"drain --ye", "--yes"},
		{"drain --yes --ye", ""},
		{"drain -y --ye", ""},
		{"drain -qy --ye", ""},
		{"-s gm1 drain --serv", "--server"},
		{"--waiting status --wai", ""},
		{"drain --bogus --ye", "--yes"},
		{"version --ye", ""},
		{"drain -y", "-y"},
		{"drain -- --ye", ""},
		{"status --he", "--help"},
		{"--vers", "--version"},

		{"drain -o |", "csv json jsonl raw table template="},
		{"status --output=j", "--output=json --output=jsonl"},
		{"-o json", "json jsonl"},
		{"status -oj", "-ojson -ojsonl"},
		{"status -o=t", "-o=table -o=template="},
		{"--color |", "always auto never"},
		{"submit -p n", "normal"},
		{"submit --priority=x", ""},
		{"status --waiting=|", ""},
		{"status --sort q", "queue"},
		{"status --sort -que", "-queue"},
		{"status --sort -queue,que", ""},
		{"status --sort -queue,ser", "-queue,server"},
		{"status --columns=queue,to", "--columns=queue,total"},
		{"--columns |", ""},
		{"--timeout |", ""},
		{"status --server |", ""},

		{"--tls-ca |", "files"},
		{"--tls-ca=x", "files"},
		{"server --tls-client-ca x", "files"},
		{"completion |", "bash fish zsh"},
		{"completion bash |", ""},
		{"completion -- z", "zsh"},
		{"version |", ""},
		{"--help status |", ""},
	} {
		words := strings.Split(strings.TrimSuffix(c.words, "|"), " ")
		if got := strings.Join(complete(t, words...), " "); got != c.want {
			t.Errorf("%s TAB: got %q, want %q", c.words, got, c.want)
		}
	}
}

func TestCompleteOffersLongFlagsFirst(t *testing.T) {
	got := complete(t, "drain", "-")
	short := slices.IndexFunc(got, func(v string) bool { return len(v) == 2 })
	if short < 1 || slices.ContainsFunc(got[short:], func(v string) bool { return len(v) > 2 }) {
		t.Errorf("drain - TAB: want long flags, then short ones, got %q", got)
	}
	if !slices.Contains(got, "--max-packet") || !slices.Contains(got, "-s") || !slices.Contains(got, "-0") {
		t.Errorf("drain - TAB: flags are missing in %q", got)
	}
}

func TestCompleteDescribesTheFlagOfTheCommandNotTheGlobalOne(t *testing.T) {
	r := gearctl(t, "", "__complete", "server", "--tls-cert")
	if want := "--tls-cert\tPEM FILE of the server's certificate: speak TLS\n"; r.stdout != want {
		t.Errorf("got %q, want %q", r.stdout, want)
	}
}

func TestCompleteWithoutWordsOffersNothing(t *testing.T) {
	if got := complete(t); got != nil {
		t.Errorf("got %q", got)
	}
}

func TestHelpAndCompletionDoNotShowTheHiddenCommand(t *testing.T) {
	if r := gearctl(t, "", "--help"); strings.Contains(r.stdout, "__complete") {
		t.Error("gearctl --help shows __complete")
	}
}

// walk calls f for c and every command below it.
func walk(c *Command, f func(*Command)) {
	f(c)
	for _, sub := range c.Sub {
		walk(sub, f)
	}
}

func TestFlagsHaveWhatCompletionNeeds(t *testing.T) {
	walk(root(processEnv()), func(c *Command) {
		for name := range c.Choices {
			if f := findFlag(c, name); f == nil || f.Names()[0] != name {
				t.Errorf("%s: Choices for %q, which is no flag's first name", c.Name, name)
			}
		}
		for _, f := range c.Flags {
			name := f.Names()[0]
			file := name == "config" || slices.ContainsFunc([]string{"-ca", "-cert", "-file", "tls-key"}, func(end string) bool { return strings.HasSuffix(name, end) })
			if value, _ := flagUsage(f); file && flagTakesValue(f) && !takesFile(value) {
				t.Errorf("%s --%s takes a file: its usage must name it `FILE`, or the shells do not complete it", c.Name, name)
			}
		}
	})
}

func TestCompletionPrintsTheScriptOfAShell(t *testing.T) {
	for _, shell := range []string{"bash", "zsh", "fish"} {
		if r := gearctl(t, "", "completion", shell); r.code != 0 || !strings.Contains(r.stdout, "gearctl __complete") {
			t.Errorf("completion %s: %+v", shell, r)
		}
	}
	r := gearctl(t, "", "completion", "tcsh")
	if r.code != exitUsage || !strings.Contains(r.stderr, "choose from bash, zsh, fish") {
		t.Errorf("completion tcsh: %+v", r)
	}
}
