package commands_test

import (
	"strings"
	"testing"

	"gearctl/commands/internal/commandtest"
	"gearctl/commands/internal/servertest"
)

func TestCompleteOffersContextsAndTheirServers(t *testing.T) {
	t.Parallel()
	server := servertest.Embedded(t)
	waiting(t, server, 2)
	change := commandtest.Contexts(t, "contexts:\n  prod: {servers: [gm1, gm2], read_only: true}\n  lab: {servers: \""+server+"\", labels: {site: berlin}}\n  all: {group: [prod, lab]}\n")
	contexts := "all\tprod, lab\nlab\t" + server + "\nprod\tgm1:4730, gm2:4730 (read-only)\n"
	for _, c := range []struct{ words, want string }{
		{"--context |", contexts},
		{"status --context |", contexts},
		{"status --context p", "prod\tgm1:4730, gm2:4730 (read-only)\n"},
		{"status --context=l", "--context=lab\t" + server + "\n"},
		{"context use |", contexts},
		{"context show a", "all\tprod, lab\n"},
		{"context use all |", ""},
		{"context |", "edit\tedit the contexts in $VISUAL or $EDITOR, checked before they are saved\nimport\tmake contexts of Mod-Gearman configurations\nlist\tlist the contexts and their servers\nshow\tshow the servers of a context and how they are reached\nuse\tchoose the context of lines that name no server\nvalidate\tcheck files of contexts, and the files that they name\n"},
		{"-s gm", "gm1:4730\t\ngm2:4730\t\n"},
		{"status --server=gm1:4730,g", "--server=gm1:4730,gm2:4730\t\n"},
		{"-s |", server + "\t\ngm1:4730\t\ngm2:4730\t\n"},
		{"--context lab drain q", "q\t2 waiting, 0 workers\n"},
		{"--context nosuch drain q", ""},
		{"--context lab version --columns |", "labels\t\nserver\t\nsite\t\nversion\t\n"},
		{"--context lab jobs --sort -s", "-server\t\n-site\t\n"},
		{"--context prod version --columns |", "server\t\nversion\t\n"},
	} {
		argv := append([]string{"__complete"}, strings.Split(strings.TrimSuffix(c.words, "|"), " ")...)
		if got := commandtest.GearctlEnv(t.Context(), strings.NewReader(""), change, argv...); got.Stdout != c.want || got.Stderr != "" || got.Code != 0 {
			t.Errorf("%s TAB: got %+v, want %q", c.words, got, c.want)
		}
	}
	broken := commandtest.Contexts(t, "contexts: {a: {}}\n")
	if got := commandtest.GearctlEnv(t.Context(), strings.NewReader(""), broken, "__complete", "--context", ""); got.Stdout != "" || got.Stderr != "" || got.Code != 0 {
		t.Errorf("a broken file: got %+v", got)
	}
}
