package compat

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"gearctl/commands/internal/cmderr"
)

// sent is what gearctl result send reports.
type sent struct {
	code  int   // its exit code
	sent  int64 // results
	bad   int64 // of the input
	last  string
	timed bool // no input came in time
}

// sendResults runs gearctl result send. Its messages go to stderr, but for the last, which says why it failed.
func (c *call) sendResults(ctx context.Context, argv []string, variables map[string]string, stdin io.Reader) sent {
	var out bytes.Buffer
	messages := &messageWriter{tool: c.tool.name, w: c.env.Stderr}
	env := c.ownEnv(variables)
	env.Stdin, env.Stdout, env.Stderr, env.Terminal.Stdin = stdin, &out, messages, false
	s := sent{code: c.gearctl(ctx, env, argv)}
	var rows []struct {
		Role      string
		Sent, Bad int64
	}
	_ = json.Unmarshal(out.Bytes(), &rows) // without rows nothing was sent
	for _, r := range rows {
		if r.Role == "server" {
			s.sent += r.Sent
			s.bad = max(s.bad, r.Bad)
		}
	}
	s.last = messages.end(s.code != 0)
	s.timed = strings.Contains(s.last, "no input within")
	return s
}

// err is the error of a run that failed, for GEARCTL_STRICT=1.
func (s sent) err() error {
	return codeError(s.code)
}

// codeError is the error of a command of gearctl's own: its exit code.
func codeError(code int) error {
	if code == 0 {
		return nil
	}
	return cmderr.PluginState(code)
}

// messageWriter passes on what a command of gearctl's own prints on stderr as messages of the tool, without hints, which
// name gearctl's flags. The newest error is held back.
type messageWriter struct {
	tool string
	w    io.Writer
	rest []byte
	held string
}

const (
	ownPrefix = "gearctl: "
	ownKey    = "GEARCTL_KEY: " // by which the key of --key is passed on
)

func (m *messageWriter) Write(b []byte) (int, error) {
	m.rest = append(m.rest, b...)
	for {
		i := bytes.IndexByte(m.rest, '\n')
		if i < 0 {
			return len(b), nil
		}
		line := strings.Replace(string(m.rest[:i]), ownKey, "--key: ", 1)
		m.rest = m.rest[i+1:]
		text, own := strings.CutPrefix(line, ownPrefix)
		switch {
		case own:
			m.release()
			m.held = text
		case !strings.HasPrefix(line, "hint: "):
			fmt.Fprintf(m.w, "%s: %s\n", m.tool, line)
		}
	}
}

func (m *messageWriter) release() {
	if m.held != "" {
		fmt.Fprintf(m.w, "%s: %s\n", m.tool, m.held)
	}
	m.held = ""
}

// end returns the newest error if the command failed; otherwise it is a warning like the others.
func (m *messageWriter) end(failed bool) string {
	if !failed {
		m.release()
	}
	return m.held
}

// errUsage is a command line that cannot be used; the user has been told.
var errUsage = cmderr.Usagef("usage")

// wrong prints what is wrong with a line and the usage, as the tools in C do.
func (c *call) wrong(err error) error {
	if err != nil {
		fmt.Fprintf(c.env.Stdout, "%v\n", err)
	}
	c.usage(c.env.Stdout)
	return c.exit(3, errUsage)
}

// asksFor returns what a line of send_gearman or send_multi asks for besides its work.
func asksFor(args []string) string {
	for _, a := range args {
		switch a {
		case "version", "--version", "-V":
			return "version"
		case "help", "--help", "-h":
			return "help"
		}
	}
	return ""
}

// answerOnly prints help or version, which end with 3 as in C.
func (c *call) answerOnly(what string) error {
	if what == "version" {
		fmt.Fprintf(c.env.Stdout, "%s: version %s of gearctl\n\n", c.tool.name, c.env.Version)
	} else {
		c.usage(c.env.Stdout)
	}
	return cmderr.PluginState(3)
}

// errNoServer is what send_gearman says without server=.
var errNoServer = errors.New("please specify at least one server")
