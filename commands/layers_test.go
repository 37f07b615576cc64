package commands_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// goPackage is a package as go list describes it.
type goPackage struct {
	Dir, ImportPath string
	GoFiles         []string // without tests
	Imports         []string // of those
}

// TestLayers checks the imports and sources of all packages against the rules of the layout. A failure names the rule; the
// fix is nearly always to move what is needed to a lower layer: from a family to an engine, or from the frame to internal/cli.
func TestLayers(t *testing.T) {
	t.Parallel()
	packages := listPackages(t)
	var faults []string
	for _, p := range packages {
		faults = append(faults, importFaults(p)...)
		for _, name := range p.GoFiles {
			f, err := parser.ParseFile(token.NewFileSet(), filepath.Join(p.Dir, name), nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			for _, fault := range sourceFaults(p.ImportPath, f) {
				faults = append(faults, name+": "+fault)
			}
		}
	}
	if len(packages) < 30 {
		t.Errorf("only %d packages found", len(packages))
	}
	for _, fault := range faults {
		t.Error(fault)
	}
}

func listPackages(t *testing.T) []goPackage {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "list", "-json=Dir,ImportPath,GoFiles,Imports", "gearctl/...")
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var packages []goPackage
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p goPackage
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return packages
		} else if err != nil {
			t.Fatal(err)
		}
		packages = append(packages, p)
	}
}

// A layer imports layers below it. Packages of one layer may import each other, except for families.
type layer int

const (
	outside layer = iota // wire, output, completions
	foundation
	engine
	shared // internal/cli
	family
	frame
	program
)

// foundations are the internal packages that engines share.
var foundations = []string{"cmderr", "glob", "shell"}

// Helpers of tests may use what tests use: commandtest runs the commands, servertest is below the engines.
const (
	commandHelpers = "gearctl/commands/internal/commandtest"
	serverHelpers  = "gearctl/commands/internal/servertest"
)

// mutantsTool is a program of the tests.
const mutantsTool = "gearctl/commands/internal/mutants"

func layerOf(path string) layer {
	rest, inCommands := strings.CutPrefix(path, "gearctl/commands/")
	internal, isInternal := strings.CutPrefix(rest, "internal/")
	switch {
	case strings.HasPrefix(path, "gearctl/cmd/"):
		return program
	case path == "gearctl/commands", path == commandHelpers:
		return frame
	case !inCommands:
		return outside
	case !isInternal:
		return family
	case internal == "cli":
		return shared
	case slices.Contains(foundations, internal):
		return foundation
	}
	return engine
}

// familyOf returns the name of the family that a package is part of.
func familyOf(path string) string {
	name, _, _ := strings.Cut(strings.TrimPrefix(path, "gearctl/commands/"), "/")
	return name
}

// importFaults returns the imports of p that a rule forbids.
func importFaults(p goPackage) []string {
	var faults []string
	for _, to := range p.Imports {
		if rule := forbidden(p.ImportPath, to); rule != "" {
			faults = append(faults, fmt.Sprintf("%s imports %s: %s", p.ImportPath, to, rule))
		}
	}
	return faults
}

// forbidden returns the rule that an import breaks, or "".
func forbidden(from, to string) string {
	if strings.HasPrefix(to, "gearctl/") {
		return forbiddenArrow(from, to)
	}
	at := layerOf(from)
	switch {
	case from == commandHelpers, from == serverHelpers:
	case to == "net/http" && (at != family || familyOf(from) != "exporter"):
		return "only exporter uses net/http; use wire for servers"
	case strings.HasPrefix(to, "charm.land/bubbletea/") && from != "gearctl/commands/top":
		return "only top uses bubbletea; use output.Screen"
	case strings.HasPrefix(to, "github.com/olekukonko/tablewriter") && from != "gearctl/output":
		return "only output uses tablewriter; use output.Printer"
	case strings.HasPrefix(to, "github.com/cheggaaa/pb/") && from != "gearctl/output":
		return "only output uses pb; use output.Progress"
	case strings.HasPrefix(to, "github.com/urfave/cli/") && at != shared && at != family && at != frame:
		return "only the frame, internal/cli and families use urfave/cli; give an engine plain values"
	}
	return ""
}

func forbiddenArrow(from, to string) string {
	lower, upper := layerOf(to), layerOf(from)
	switch {
	case (to == commandHelpers || to == serverHelpers) && from != commandHelpers:
		return "it is for tests; import it from a _test.go file"
	case upper == outside && lower != outside:
		return "wire, output and completions import nothing of commands; pass a value or an interface"
	case upper == family && lower == family && familyOf(from) != familyOf(to):
		return "a family imports no other family; move what both need to an engine in commands/internal"
	case upper < lower:
		return "it is in a higher layer; move what is needed down, or pass a value or an interface"
	}
	return ""
}

// environment are the calls that only internal/cli makes: everything else gets the clock and the environment from Env.
var environment = map[string][]string{"os": {"Getenv", "LookupEnv", "Environ"}, "time": {"Now"}}

// sourceFaults returns what a source file of commands uses against the rules.
func sourceFaults(path string, f *ast.File) []string {
	if path != "gearctl/commands" && !strings.HasPrefix(path, "gearctl/commands/") ||
		path == commandHelpers || path == serverHelpers || path == mutantsTool {
		return nil
	}
	imports := importNames(f)
	var faults []string
	ast.Inspect(f, func(n ast.Node) bool {
		s, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		id, ok := s.X.(*ast.Ident)
		if !ok {
			return true
		}
		from := imports[id.Name]
		switch {
		case layerOf(path) != shared && slices.Contains(environment[from], s.Sel.Name):
			faults = append(faults, fmt.Sprintf("%s uses %s.%s: only internal/cli does; use the clock or the environment of Env", path, from, s.Sel.Name))
		case layerOf(from) >= shared && strings.HasSuffix(s.Sel.Name, "Options"):
			faults = append(faults, fmt.Sprintf("%s uses %s of %s: options of commands stay in their package; pass plain values", path, s.Sel.Name, from))
		}
		return true
	})
	return faults
}

// importNames returns the paths of a file's imports by the names under which the file uses them.
func importNames(f *ast.File) map[string]string {
	names := map[string]string{}
	for _, s := range f.Imports {
		path, err := strconv.Unquote(s.Path.Value)
		if err != nil {
			continue
		}
		name := path[strings.LastIndexByte(path, '/')+1:]
		if s.Name != nil {
			name = s.Name.Name
		}
		names[name] = path
	}
	return names
}

func TestLayersAllowTheLayout(t *testing.T) {
	t.Parallel()
	const c = "gearctl/commands"
	for from, imports := range map[string][]string{
		"gearctl/cmd/gearctl":     {c},
		c:                         {c + "/drain", c + "/internal/cli", c + "/internal/cmderr", "github.com/urfave/cli/v2"},
		c + "/drain":              {c + "/internal/cli", c + "/internal/jobs", "gearctl/wire", "github.com/urfave/cli/v2"},
		c + "/top":                {"charm.land/bubbletea/v2"},
		c + "/exporter":           {"net/http", c + "/exporter/webconfig"},
		c + "/exporter/webconfig": {"net/http"},
		c + "/internal/cli":       {c + "/internal/servers", c + "/internal/cmderr", "github.com/urfave/cli/v2"},
		c + "/internal/roundtrip": {c + "/internal/servers", c + "/internal/shell", "gearctl/output"},
		c + "/internal/cmderr":    {c + "/internal/glob", "gearctl/wire"},
		"gearctl/output":          {"gearctl/wire", "github.com/olekukonko/tablewriter/tw", "github.com/cheggaaa/pb/v3"},
	} {
		if faults := importFaults(goPackage{ImportPath: from, Imports: imports}); faults != nil {
			t.Error(faults)
		}
	}
}

func TestLayersRefuseImports(t *testing.T) {
	t.Parallel()
	const c = "gearctl/commands"
	for _, tt := range []struct{ from, to, rule string }{
		{c + "/drain", c, "it is in a higher layer; move what is needed down, or pass a value or an interface"},
		{c + "/internal/cli", c + "/drain", "it is in a higher layer; move what is needed down, or pass a value or an interface"},
		{c + "/internal/jobs", c + "/internal/cli", "it is in a higher layer; move what is needed down, or pass a value or an interface"},
		{c + "/internal/jobs", c + "/drain", "it is in a higher layer; move what is needed down, or pass a value or an interface"},
		{c + "/internal/cmderr", c + "/internal/servers", "it is in a higher layer; move what is needed down, or pass a value or an interface"},
		{c + "/internal/glob", c + "/internal/cli", "it is in a higher layer; move what is needed down, or pass a value or an interface"},
		{c + "/drain", c + "/move", "a family imports no other family; move what both need to an engine in commands/internal"},
		{c + "/health", c + "/exporter/webconfig", "a family imports no other family; move what both need to an engine in commands/internal"},
		{"gearctl/wire/spool", c + "/internal/glob", "wire, output and completions import nothing of commands; pass a value or an interface"},
		{"gearctl/output", c + "/internal/cli", "wire, output and completions import nothing of commands; pass a value or an interface"},
		{c + "/local", c + "/internal/commandtest", "it is for tests; import it from a _test.go file"},
		{c + "/internal/jobs", c + "/internal/servertest", "it is for tests; import it from a _test.go file"},
		{c + "/internal/cli", c, "it is in a higher layer; move what is needed down, or pass a value or an interface"},
		{"gearctl/completions", c, "wire, output and completions import nothing of commands; pass a value or an interface"},
		{c, "net/http", "only exporter uses net/http; use wire for servers"},
		{c, "charm.land/bubbletea/v2", "only top uses bubbletea; use output.Screen"},
		{c + "/health", "net/http", "only exporter uses net/http; use wire for servers"},
		{c + "/internal/servers", "net/http", "only exporter uses net/http; use wire for servers"},
		{c + "/health", "charm.land/bubbletea/v2", "only top uses bubbletea; use output.Screen"},
		{c + "/status", "github.com/olekukonko/tablewriter", "only output uses tablewriter; use output.Printer"},
		{c + "/drain", "github.com/cheggaaa/pb/v3", "only output uses pb; use output.Progress"},
		{c + "/internal/bulk", "github.com/urfave/cli/v2", "only the frame, internal/cli and families use urfave/cli; give an engine plain values"},
		{"gearctl/output", "github.com/urfave/cli/v2", "only the frame, internal/cli and families use urfave/cli; give an engine plain values"},
	} {
		want := []string{tt.from + " imports " + tt.to + ": " + tt.rule}
		if diff := cmp.Diff(want, importFaults(goPackage{ImportPath: tt.from, Imports: []string{tt.to}})); diff != "" {
			t.Error(diff)
		}
	}
}

func TestLayersRefuseSources(t *testing.T) {
	t.Parallel()
	const drain = "gearctl/commands/drain"
	for _, tt := range []struct{ path, imported, text, want string }{
		{drain, `"os"`, `os.Getenv("X")`, drain + " uses os.Getenv: only internal/cli does; use the clock or the environment of Env"},
		{drain, `"os"`, `os.LookupEnv("X")`, drain + " uses os.LookupEnv: only internal/cli does; use the clock or the environment of Env"},
		{drain, `"os"`, `os.Environ()`, drain + " uses os.Environ: only internal/cli does; use the clock or the environment of Env"},
		{drain, `clock "time"`, `clock.Now()`, drain + " uses time.Now: only internal/cli does; use the clock or the environment of Env"},
		{drain, `"time"`, `[]func() time.Time{time.Now}`, drain + " uses time.Now: only internal/cli does; use the clock or the environment of Env"},
		{"gearctl/commands", `"os"`, `os.Getenv("X")`, "gearctl/commands uses os.Getenv: only internal/cli does; use the clock or the environment of Env"},
		{drain, `"gearctl/commands/internal/cli"`, `cli.StatusOptions{}`, drain + " uses StatusOptions of gearctl/commands/internal/cli: options of commands stay in their package; pass plain values"},
		{"gearctl/commands", `"gearctl/commands/drain"`, `drain.Options{}`, "gearctl/commands uses Options of gearctl/commands/drain: options of commands stay in their package; pass plain values"},
		{drain, `"gearctl/commands/internal/bulk"`, `bulk.Options{}`, ""},
		{drain, `"gearctl/output"`, `output.Options{}`, ""},
		{drain, `"time"`, `time.Since(start)`, ""},
		{"gearctl/commands/internal/cli", `"time"`, `time.Now()`, ""},
		{"gearctl/wire", `"time"`, `time.Now()`, ""},
	} {
		f, err := parser.ParseFile(token.NewFileSet(), "", "package p\nimport "+tt.imported+"\nvar x = "+tt.text, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(sourceFaults(tt.path, f), "\n"); got != tt.want {
			t.Errorf("%s with %s: %q, want %q", tt.path, tt.text, got, tt.want)
		}
	}
}
