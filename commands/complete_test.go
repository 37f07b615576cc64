package commands_test

import (
	"slices"
	"strings"
	"testing"

	"gearctl/commands/internal/commandtest"
)

// complete returns what __complete prints for words, a candidate's value each, or files.
func complete(t testing.TB, words ...string) []string {
	t.Helper()
	r := commandtest.Gearctl(t, "", append([]string{"__complete"}, words...)...)
	if r.Code != 0 || r.Stderr != "" {
		t.Fatalf("__complete %q: code %d, stderr %q", words, r.Code, r.Stderr)
	}
	var values []string
	for line := range strings.Lines(r.Stdout) {
		value, _, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		values = append(values, value)
	}
	return values
}

func TestCompleteOffersWhatMayStandAtTheCursor(t *testing.T) {
	t.Parallel()
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

		{"drain -o |", "csv json jsonl raw table template= tsv"},
		{"status --output=j", "--output=json --output=jsonl"},
		{"-o json", "json jsonl"},
		{"status -oj", "-ojson -ojsonl"},
		{"status -o=t", "-o=table -o=template= -o=tsv"},
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
	t.Parallel()
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
	t.Parallel()
	r := commandtest.Gearctl(t, "", "__complete", "server", "--tls-cert")
	if want := "--tls-cert\tPEM FILE of the server's certificate; enables TLS\n"; r.Stdout != want {
		t.Errorf("got %q, want %q", r.Stdout, want)
	}
}

func TestCompleteWithoutWordsOffersNothing(t *testing.T) {
	t.Parallel()
	if got := complete(t); got != nil {
		t.Errorf("got %q", got)
	}
}

func TestHelpAndCompletionDoNotShowTheHiddenCommand(t *testing.T) {
	t.Parallel()
	if r := commandtest.Gearctl(t, "", "--help"); strings.Contains(r.Stdout, "__complete") {
		t.Error("gearctl --help shows __complete")
	}
}

func TestCompletionPrintsTheScriptOfAShell(t *testing.T) {
	t.Parallel()
	for _, shell := range []string{"bash", "zsh", "fish"} {
		if r := commandtest.Gearctl(t, "", "completion", shell); r.Code != 0 || !strings.Contains(r.Stdout, "gearctl __complete") {
			t.Errorf("completion %s: %+v", shell, r)
		}
	}
	r := commandtest.Gearctl(t, "", "completion", "tcsh")
	if r.Code != commandtest.ExitUsage || !strings.Contains(r.Stderr, "choose from bash, zsh, fish") {
		t.Errorf("completion tcsh: %+v", r)
	}
}
