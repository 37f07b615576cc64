package commands_test

import (
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"gearctl/commands/internal/servertest"
	"gearctl/wire/jobserver/gearmandtest"
)

// Every option that the installed tools tell of has its row in docs/reference/old-tools.md.
func TestEveryOptionOfTheOldToolsIsInTheDocs(t *testing.T) {
	t.Parallel()
	doc := servertest.RepositoryFile(t, "docs/reference/old-tools.md")
	_, tables, _ := strings.Cut(string(doc), "\n## gearadmin\n")
	gearadmin, gearman, _ := strings.Cut(tables, "\n## gearman\n")
	option := regexp.MustCompile(`(?m)^\s+(-[-\w]+)(?: \[ (-[-\w]+))?`)
	for _, tool := range []struct{ name, help, table string }{
		{"gearadmin", "--help", gearadmin},
		{"gearman", "-H", gearman},
	} {
		help, _ := exec.Command(gearmandtest.Require(t, tool.name), tool.help).CombinedOutput()
		lines := option.FindAllStringSubmatch(string(help), -1)
		if len(lines) < 10 {
			t.Errorf("%s %s: got %d options, want a list of them in %q", tool.name, tool.help, len(lines), help)
		}
		for _, line := range lines {
			for _, o := range line[1:] {
				if o != "" && !regexp.MustCompile("`"+o+`\b`).MatchString(tool.table) {
					t.Errorf("%s: %s is missing in docs/reference/old-tools.md", tool.name, o)
				}
			}
		}
	}
}
