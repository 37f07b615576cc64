package proxy

import (
	"bytes"
	"fmt"
	"io"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/input"
	"gearctl/commands/internal/servers"
	"gearctl/wire/disk"
)

// imported is what --import writes, in the form of --routes.
type imported struct {
	StatusQueue string          `yaml:"status_queue,omitempty"`
	Routes      []importedRoute `yaml:"routes"`
}

type importedRoute struct {
	From string `yaml:"from"`
	To   string `yaml:"to"`
}

// runImport writes the routes of a configuration of gearman_proxy.pl to stdout. It evaluates no Perl: an entry is one line with two
// quoted texts, and a line that is neither that nor empty of meaning is named.
func runImport(env *cli.Env, path string) error {
	b, err := disk.ReadInput(path, input.MaxRuleFile)
	if err != nil {
		return cmderr.Usagef("--import: %v", err)
	}
	list, refused := importRoutes(path, b)
	if len(list.Routes) == 0 && list.StatusQueue == "" {
		return cmderr.Usagef("--import: %s has no line such as \"gm1:4730/queue\" => \"gm2:4730/queue\"", path)
	}
	if err := writeImported(env.Stdout, path, &list); err != nil {
		return err
	}
	return cmderr.SomeFailed(refused, true)
}

func writeImported(w io.Writer, path string, list *imported) error {
	fmt.Fprintf(w, "# Routes of %s, for: gearctl proxy --routes FILE\n", strings.Map(oneLine, path))
	e := yaml.NewEncoder(w)
	e.SetIndent(2)
	if err := e.Encode(list); err != nil {
		return cmderr.Errorf("write the routes: %w", err)
	}
	return e.Close()
}

// oneLine keeps a comment on its line.
func oneLine(r rune) rune {
	if r < ' ' {
		return '?'
	}
	return r
}

// importRoutes returns the plain entries of a configuration, and an error for each other line.
func importRoutes(path string, b []byte) (list imported, refused []error) {
	// Variables in double quotes and escapes are Perl, and are not evaluated.
	const text = `(?:'([^'\\]*)'|"([^"\\$@]*)")`
	var (
		entry   = regexp.MustCompile(`^(?:\$queues\s*->\s*\{\s*)?` + text + `\s*(?:\}\s*=|=>)\s*` + text + `\s*[,;]?$`)
		status  = regexp.MustCompile(`^(?:our\s+|my\s+)?\$statusqueue\s*=\s*` + text + `\s*;?$`)
		nothing = regexp.MustCompile(`^(?:|1;|[{}();,\s]+|use (?:strict|warnings);|(?:our\s+|my\s+)?\$queues\s*(?:=\s*\{(?:\s*\};?)?|;))$`)
	)
	seen := map[string]bool{}
	n := 0
	for line := range bytes.Lines(b) {
		n++
		code := strings.TrimSpace(withoutComment(string(line)))
		refuse := func(format string, args ...any) {
			refused = append(refused, cmderr.Errorf("%s:%d: %s", path, n, fmt.Sprintf(format, args...)))
		}
		if m := status.FindStringSubmatch(code); m != nil {
			list.StatusQueue = m[1] + m[2]
			continue
		}
		m := entry.FindStringSubmatch(code)
		switch {
		case nothing.MatchString(code):
		case m == nil:
			refuse("not a plain entry, left out: %.60q", code)
		default:
			r := importedRoute{m[1] + m[2], m[3] + m[4]}
			if err := r.check(); err != nil {
				refuse("%v", err)
			} else if seen[r.From] {
				refuse("a second route from %s, left out", r.From)
			} else {
				seen[r.From] = true
				list.Routes = append(list.Routes, r)
			}
		}
	}
	return list, refused
}

// check refuses what is no queue of a server: gearman_proxy.pl has the server in every name.
func (r importedRoute) check() error {
	for _, name := range []string{r.From, r.To} {
		if e, err := servers.ParseEndpoint(name, ""); err != nil {
			return err
		} else if e.Server == "" {
			return fmt.Errorf("%.200q names no server, left out", name)
		}
	}
	return nil
}

// withoutComment removes what follows a # outside of quotes.
func withoutComment(line string) string {
	var quote rune
	for i, r := range line {
		switch {
		case quote != 0 && r == quote:
			quote = 0
		case quote == 0 && (r == '\'' || r == '"'):
			quote = r
		case quote == 0 && r == '#':
			return line[:i]
		}
	}
	return line
}
