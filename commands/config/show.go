package config

import (
	"context"
	"slices"
	"strings"

	urfave "github.com/urfave/cli/v2"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/modconf"
	"gearctl/commands/internal/shell"
	"gearctl/output"
	"gearctl/wire/modgearman"
)

// optionRow is an option of a configuration, as the programs read it.
type optionRow struct {
	Config  string   `json:"config"`
	Option  string   `json:"option" out:"keep"`
	C       *string  `json:"c" out:"keep"`  // for the programs in C; null when they do not know the option
	Go      *string  `json:"go" out:"keep"` // for those in Go
	Set     bool     `json:"set" out:"optional"`
	Origin  []string `json:"origin" out:"drop1"` // FILE:LINE of each line that sets it
	UsedBy  string   `json:"used_by" out:"optional"`
	Note    string   `json:"note" out:"wide"`
	differs bool
}

// Style marks options that C and Go programs read differently.
func (r optionRow) Style(key string) output.Style {
	switch {
	case r.differs && (key == "c" || key == "go"):
		return output.Warn
	case !r.Set:
		return output.Faint
	}
	return output.Plain
}

type showOptions struct {
	fileOptions
	all bool
}

func newShow(env *cli.Env) *cli.Command {
	var o showOptions
	return &cli.Command{
		Name: "show", Group: cli.GroupModGearman, Args: "FILE…", ReadsConfig: true, Short: "show effective configuration values and where they come from",
		Examples: []cli.Example{
			{Line: "gearctl config show mod_gearman_neb.conf", What: "what is set, and which key is used"},
			{Line: "gearctl config show mod_gearman_worker.conf --all", What: "every option with its default"},
			{Line: "gearctl config show neb.conf worker.conf --columns config,option,c,go", What: "two files, to compare the keys"},
		},
		Long: `FILE is a mod_gearman_neb.conf, a mod_gearman_worker.conf, a directory of them, or a core configuration with a
broker_module line or an Icinga 1 "define module"; includes are followed. Two modules of a core are shown as two. The
default is the file of --config. C and GO are the values as read by the C programs (the module, its worker,
send_gearman) and by mod-gearman-worker-go, which can differ for the same line. A blank beside a comma is shown
where it is part of a name, as in perfdata= and server= for C.
What cannot be read, and what only the Go worker does not read, is reported on stderr.
Numbers are those that are used: job_timeout=1m is 1 second in C and 60 in Go; config lint says what a wrong one does.
"key in use" is the key after key= and keyfile= are resolved, as a fingerprint: printf %s KEY | sha256sum | cut
-c1-12. Keys are never shown.`,
		Flags: append(o.flags(),
			&urfave.BoolFlag{Name: "all", Aliases: []string{"a"}, Destination: &o.all, Usage: "also show options that are not set, with their defaults"},
		),
		Columns: cli.KeysOf[optionRow](),
		Choices: map[string][]string{"role": roles},
		Max:     cli.AnyNumber,
		Run: func(_ context.Context, w cli.Words) error {
			o.files = w.Args
			return runShow(env, o)
		},
	}
}

func runShow(env *cli.Env, o showOptions) error {
	configs, failed, err := o.load(env)
	if err != nil {
		return err
	}
	opts := output.Options{Empty: "no options"}
	if len(configs) < 2 {
		opts.HideInTable = []string{"config"}
	}
	if o.all {
		opts.Also = []string{"used_by"}
	}
	p, err := cli.NewPrinter[optionRow](env, opts)
	if err != nil {
		return err
	}
	for _, c := range configs {
		unread := c.Findings
		if c.Role != modconf.RoleNEB {
			unread = slices.Concat(unread, c.GoFindings)
		}
		for _, f := range unread {
			env.WarnFinding(f)
		}
		if err := p.Print(optionRows(c, o.all)...); err != nil {
			return err
		}
		if n := len(modconf.Lint([]modconf.Config{c})); n > 0 {
			env.Verbose("%s: %s: %s", c.Path, output.Plural(int64(n), "finding", "findings"), shell.GearctlLine([]string{"config", "lint", c.Path}))
		}
	}
	if len(configs) == 0 {
		return cmderr.SomeFailed(failed, false)
	}
	return cmderr.MergeErrors(p.Close(), cmderr.SomeFailed(failed, true))
}

// optionRows returns the options that are set, or all, then the key in use.
func optionRows(c modconf.Config, all bool) []optionRow {
	var rows []optionRow
	effective := effectiveValues(c)
	for _, v := range c.Values() {
		values, computed := effective[v.Option.Name]
		if !computed {
			values = dialectValues{v.C, v.Go}
		}
		if !v.Set && !all && !(computed && values.changed(v)) {
			continue
		}
		rows = append(rows, newOptionRow(c, v, values))
	}
	return append(rows, keyInUse(c))
}

func newOptionRow(c modconf.Config, v modgearman.Value, values dialectValues) optionRow {
	r := optionRow{Config: c.Name(), Option: v.Option.Name, Set: v.Set, Origin: originsOf(v), UsedBy: v.Option.Users.String(), Note: v.Option.Note}
	if len(v.Option.CNames) > 0 {
		r.C = &values.c
	}
	if len(v.Option.GoNames) > 0 {
		r.Go = &values.golang
	}
	r.differs = r.C != nil && r.Go != nil && values.c != values.golang
	switch {
	case v.Option.Name == "keyfile" && v.Set:
		r.Note = keyFileNote(v.C)
	case v.Option.Obsolete != "":
		r.Note = "obsolete: " + v.Option.Obsolete
	}
	return r
}

func originsOf(v modgearman.Value) []string {
	origins := []string{}
	for _, o := range v.Origins {
		origins = append(origins, o.String())
	}
	return origins
}

// keyFileNote shows the keys that C and Go programs read from a key file.
func keyFileNote(path string) string {
	if path == "" {
		return ""
	}
	f, err := modgearman.ReadKeyFile(path)
	if err != nil {
		return "cannot be read: " + cmderr.RootCause(err)
	}
	if !f.Differ() {
		return "C and Go " + f.C.String()
	}
	return "C " + cli.OrNone(f.C).String() + ", Go " + cli.OrNone(f.Go).String() + ": " + f.Why
}

// keyInUse returns the row of the key in use.
func keyInUse(c modconf.Config) optionRow {
	ofC, fromC := keyOf(c, modgearman.DialectC)
	ofGo, fromGo := keyOf(c, modgearman.DialectGo)
	r := optionRow{Config: c.Name(), Option: "key in use", C: &ofC, Go: &ofGo, Set: true, Origin: []string{}, differs: ofC != ofGo}
	for _, from := range []string{fromC, fromGo} {
		if from != "" && !strings.Contains(r.Note, from) {
			r.Note = strings.TrimPrefix(r.Note+"; "+from, "; ")
		}
	}
	return r
}

func keyOf(c modconf.Config, d modgearman.Dialect) (shown, from string) {
	key, from, err := c.Key(d)
	if err != nil {
		return cli.OrNone(modgearman.Key{}).String(), from
	}
	return key.String(), from
}
