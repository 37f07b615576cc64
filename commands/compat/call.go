package compat

import (
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/cmderr"
	"gearctl/output"
	"gearctl/wire"
)

// envStrict is the variable that asks for gearctl's exit codes instead of those of the old tools.
const envStrict = "GEARCTL_STRICT"

// call is an old tool that runs.
type call struct {
	env     *cli.Env
	gearctl runner
	tool    *tool
	args    []string
}

// exit returns what ends the tool with its own exit code, or with GEARCTL_STRICT=1 with gearctl's for err. The user knows of
// err already.
func (c *call) exit(code int, err error) error {
	switch {
	case c.env.Getenv(envStrict) == "1" && err != nil:
		return &cmderr.ReportedError{Err: err}
	case code == 0:
		return nil
	}
	return cmderr.PluginState(code)
}

// say prints a line on stderr as the tool does.
func (c *call) say(format string, args ...any) {
	fmt.Fprintf(c.env.Stderr, format+"\n", args...)
}

// dialer returns how to connect: as gearctl does, but by none of its settings, except that the servers of read-only contexts are
// protected.
func (c *call) dialer(timeout time.Duration) *wire.Dialer {
	return &wire.Dialer{Program: cli.Program, Timeout: timeout, NetDial: c.env.NetDial, Guard: c.env.Guard}
}

// secure adds TLS by the variables of gearmand's tools.
func (c *call) secure(d *wire.Dialer) (err error) {
	f := wire.TLSFiles{
		CA: c.env.Getenv("GEARMAND_CA_CERTIFICATE"), Cert: c.env.Getenv("GEARMAN_CLIENT_PEM"), Key: c.env.Getenv("GEARMAN_CLIENT_KEY"),
	}
	d.TLS, err = f.Config()
	return err
}

// help describes the options.
func (t *tool) help() string {
	width := 0
	for _, o := range t.options {
		width = max(width, len(o.form))
	}
	var b strings.Builder
	b.WriteString(t.details + "\n\n")
	for _, o := range t.options {
		b.WriteString("  " + o.form + strings.Repeat(" ", width-utf8.RuneCountInString(o.form)) + "  " + o.text + "\n")
	}
	return strings.TrimRight(b.String(), "\n")
}

// usage writes how the tool is called.
func (c *call) usage(w io.Writer) {
	fmt.Fprintf(w, "%s of gearctl %s: %s\n\n%s\n\nWhat to use instead: gearctl compat list\n", c.tool.name, c.env.Version, c.tool.short, c.tool.help())
}

// ownEnv returns an environment for a command of gearctl's own, in which only the variables of set count of those that would
// change what it does. The line has to name servers, or a context of the user would.
func (c *call) ownEnv(set map[string]string) *cli.Env {
	e := c.env
	return &cli.Env{
		SystemDir: e.SystemDir,
		Stdin:     e.Stdin, Stdout: e.Stdout, Stderr: e.Stderr, Terminal: e.Terminal, Environ: e.Environ, Hostname: e.Hostname,
		Now: e.Now, Version: e.Version, Build: e.Build, NetDial: e.NetDial, Disk: e.Disk, Executable: e.Executable,
		Getenv: func(name string) string {
			value, ok := set[name]
			if ok || strings.HasPrefix(name, "GEARCTL_") || strings.HasPrefix(name, "GEARMAN_") {
				return value
			}
			return e.Getenv(name)
		},
	}
}

// trace prints a packet or an admin line.
func (c *call) trace(e wire.Event) {
	arrow := "<"
	if e.Sent {
		arrow = ">"
	}
	c.say("%s %s %s", e.Server, arrow, output.Escape(e.Text))
}
