package commands_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/commandtest"
	"gearctl/commands/internal/servertest"
)

// serverSource names a server to a line.
type serverSource struct {
	name   string
	onLine bool
	set    func(l *serverLine, server string)
}

// isContext reports whether a context is chosen, but not on the line.
func (s serverSource) isContext() bool { return s.name == "GEARCTL_CONTEXT" || s.name == "context use" }

// serverLine is a line and where it runs.
type serverLine struct {
	t         *testing.T
	argv      []string
	variables []string
	contexts  []string // lines of the file
	use       string
}

func (l *serverLine) context(server string) (name string) {
	name = fmt.Sprint("c", len(l.contexts))
	l.contexts = append(l.contexts, fmt.Sprintf("  %s: {servers: %q}\n", name, server))
	return name
}

func (l *serverLine) config(server string) string {
	return servertest.WriteFile(l.t, l.t.TempDir()+"/mod_gearman_neb.conf", "server="+server+"\nencryption=no\n")
}

func variable(name string) serverSource {
	return serverSource{name, false, func(l *serverLine, server string) { l.variables = append(l.variables, name, server) }}
}

// serverSources is the precedence, the strongest first.
var serverSources = []serverSource{
	{"-s", true, func(l *serverLine, server string) { l.argv = append(l.argv, "-s", server) }},
	{"--context", true, func(l *serverLine, server string) { l.argv = append(l.argv, "--context", l.context(server)) }},
	{"--config", true, func(l *serverLine, server string) { l.argv = append(l.argv, "--config", l.config(server)) }},
	variable("GEARCTL_SERVER"), variable("GEARMAN_SERVERS"), variable("GEARMAN_SERVER"),
	{"GEARCTL_CONFIG", false, func(l *serverLine, server string) {
		l.variables = append(l.variables, "GEARCTL_CONFIG", l.config(server))
	}},
	{"GEARCTL_CONTEXT", false, func(l *serverLine, server string) {
		l.variables = append(l.variables, "GEARCTL_CONTEXT", l.context(server))
	}},
	{"context use", false, func(l *serverLine, server string) { l.use = l.context(server) }},
}

func (l *serverLine) run(argv ...string) commandtest.Run {
	l.t.Helper()
	change := commandtest.Contexts(l.t, "contexts:\n"+strings.Join(l.contexts, ""), l.variables...)
	run := func(argv ...string) commandtest.Run {
		return commandtest.GearctlEnv(l.t.Context(), strings.NewReader(""), change, argv...)
	}
	if l.use != "" {
		commandtest.WantRun(l.t, run("context", "use", l.use), 0)
	}
	return run(append(l.argv, argv...)...)
}

// TestTheStrongerOfTwoNamesTheServer tries every pair of places that name servers. Two on the line that differ are exit code 2,
// with lines to choose from that work.
func TestTheStrongerOfTwoNamesTheServer(t *testing.T) {
	t.Parallel()
	for i, strong := range serverSources {
		for _, weak := range serverSources[i+1:] {
			t.Run(strong.name+" and "+weak.name, func(t *testing.T) {
				t.Parallel()
				asked, toAsked := servertest.RecordRequests(t, servertest.Embedded(t))
				other, toOther := servertest.RecordRequests(t, servertest.Embedded(t))
				line := &serverLine{t: t}
				strong.set(line, asked)
				weak.set(line, other)
				got := line.run("version")
				if strong.onLine && weak.onLine {
					if got.Code != commandtest.ExitUsage || !strings.Contains(got.Stderr, "choose one") || len(toAsked.All())+len(toOther.All()) > 0 {
						t.Errorf("two servers on one line: want exit code 2 and nothing sent, got %+v", got)
					}
					return
				}
				if got.Code != 0 || len(toAsked.All()) == 0 || len(toOther.All()) > 0 {
					t.Errorf("want %s to count: %d and %d requests, %+v", strong.name, len(toAsked.All()), len(toOther.All()), got)
				}
				told := strings.HasPrefix(got.Stderr, "using "+asked+" of "+strong.name) && strings.HasSuffix(got.Stderr, ", not "+other+" of context c0 of "+weak.name+"\n")
				if weak.isContext() && !strong.onLine && told == strong.isContext() {
					t.Errorf("want a note that %s counts, and not the context that was chosen, got %+v", strong.name, got)
				}
				same := &serverLine{t: t}
				strong.set(same, asked)
				weak.set(same, asked)
				if got := same.run("version"); got.Code != 0 || got.Stderr != "" {
					t.Errorf("both name one server: want no word about it, got %+v", got)
				}
			})
		}
	}
}

// TestTwoNamesOnALineMayBeOne: the same server twice is no conflict, also as localhost.
func TestTwoNamesOnALineMayBeOne(t *testing.T) {
	t.Parallel()
	for i, a := range serverSources[:3] {
		for _, b := range serverSources[i+1 : 3] {
			addr := servertest.Embedded(t)
			line := &serverLine{t: t}
			a.set(line, addr)
			b.set(line, strings.Replace(addr, "127.0.0.1", "localhost", 1))
			if got := line.run("version"); got.Code != 0 {
				t.Errorf("%s and %s: got %+v", a.name, b.name, got)
			}
		}
	}
}

// TestALineToChooseFromWorks runs the lines that the error about two servers prints.
func TestALineToChooseFromWorks(t *testing.T) {
	t.Parallel()
	for i, a := range serverSources[:3] {
		for _, b := range serverSources[i+1 : 3] {
			line := &serverLine{t: t}
			servers := []string{servertest.Embedded(t), servertest.Embedded(t)}
			a.set(line, servers[0])
			b.set(line, servers[1])
			change := commandtest.Contexts(t, "contexts:\n"+strings.Join(line.contexts, ""))
			run := func(argv ...string) commandtest.Run {
				return commandtest.GearctlEnv(t.Context(), strings.NewReader(""), change, argv...)
			}
			got := run(append(line.argv, "submit", "-b", "q", "x")...)
			lines := hintLines(got.Stderr)
			if len(lines) != 2 {
				t.Errorf("%s and %s: want two lines to choose from, got %+v", a.name, b.name, got)
			}
			for n, hint := range lines {
				commandtest.WantRun(t, run(strings.Fields(hint)...), 0)
				if q := servertest.Queue(t, servers[n], "q"); q.Total != 1 {
					t.Errorf("%s: %d jobs on the server that it is for", hint, q.Total)
				}
			}
		}
	}
}

// TestALineToChooseFromWithoutH: health -H names servers as -s does, and a line with other servers must not keep it.
func TestALineToChooseFromWithoutH(t *testing.T) {
	t.Parallel()
	mine, other := servertest.Embedded(t), servertest.Embedded(t)
	change := commandtest.Contexts(t, fmt.Sprintf("contexts: {lab: {servers: %q}}\n", other))
	run := func(argv ...string) commandtest.Run {
		return commandtest.GearctlEnv(t.Context(), strings.NewReader(""), change, argv...)
	}
	got := run("--context", "lab", "health", "-H", mine, "--allow-empty")
	lines := hintLines(got.Stderr)
	if want := []string{"-s " + mine + " health --allow-empty", "--context lab health --allow-empty"}; !slices.Equal(lines, want) {
		t.Fatalf("want the lines %q, got %+v", want, got)
	}
	for _, line := range lines {
		commandtest.WantRun(t, run(strings.Fields(line)...), 0)
	}
}

// hintLines returns the arguments of the gearctl lines in hints.
func hintLines(stderr string) (lines []string) {
	for line := range strings.Lines(stderr) {
		if _, argv, ok := strings.Cut(strings.TrimSpace(line), "gearctl "); ok && strings.HasPrefix(line, "hint: ") {
			lines = append(lines, argv)
		}
	}
	return lines
}

// TestDestructiveWorkOfAChosenContext: away from a terminal a context that the line does not name is not enough for a command
// that destroys; the line that the error prints is. On a terminal the question names the context.
func TestDestructiveWorkOfAChosenContext(t *testing.T) {
	for _, q := range questions {
		t.Run(q.line, func(t *testing.T) {
			t.Parallel()
			server := servertest.Embedded(t)
			arg := q.setUp(t, server, 2)
			emptyQueues(t, server, 1)
			change := commandtest.Contexts(t, fmt.Sprintf("contexts: {lab: {servers: %q}}\n", server), "GEARCTL_CONTEXT", "lab")
			words := strings.Fields(strings.ReplaceAll(q.line, "{}", arg))
			run := func(terminal bool, answer string, argv ...string) commandtest.Run {
				return commandtest.GearctlEnv(t.Context(), strings.NewReader(answer), func(e *cli.Env) {
					change(e)
					if terminal {
						onTerminal(e)
					}
				}, argv...)
			}
			before := stateOf(t, server)
			got := run(false, "", append(words, "--yes")...)
			if got.Code != commandtest.ExitUsage || !strings.Contains(got.Stderr, "context lab was chosen by GEARCTL_CONTEXT only") || stateOf(t, server) != before {
				t.Errorf("want exit code 2 and nothing changed, got %+v", got)
			}
			if got := run(true, "n\n", words...); !strings.Contains(got.Stderr, "context lab: ") || stateOf(t, server) != before {
				t.Errorf("the question does not name the context: %+v", got)
			}
			lines := hintLines(got.Stderr)
			if len(lines) != 1 || !strings.HasPrefix(lines[0], "--context lab ") {
				t.Fatalf("want a line with --context, got %q", lines)
			}
			if again := run(false, "", strings.Fields(lines[0])...); again.Code == commandtest.ExitUsage {
				t.Errorf("%s: %+v", lines[0], again)
			}
		})
	}
	for _, name := range []string{"work q --print --count 1"} {
		server := servertest.Embedded(t)
		waiting(t, server, 1)
		change := commandtest.Contexts(t, fmt.Sprintf("contexts: {lab: {servers: %q}}\n", server), "GEARCTL_CONTEXT", "lab")
		got := commandtest.GearctlEnv(t.Context(), strings.NewReader(""), change, strings.Fields(name)...)
		if got.Code != commandtest.ExitUsage || !slices.ContainsFunc(hintLines(got.Stderr), func(l string) bool { return strings.HasPrefix(l, "--context lab work") }) {
			t.Errorf("%s: want exit code 2 and a line with --context, got %+v", name, got)
		}
	}
}
