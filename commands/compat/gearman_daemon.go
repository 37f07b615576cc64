package compat

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"syscall"

	"gearctl/commands/internal/cmderr"
)

// detach starts the same command line without -d in a session of its own, and returns.
func (g *gearmanCall) detach() error {
	self, err := g.env.Executable()
	if err == nil {
		cmd := exec.Command(self, slices.Concat([]string{"compat", g.tool.name}, withoutDaemon(g.args))...)
		cmd.Env = g.env.Environ
		cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
		err = cmd.Start() // without streams: /dev/null
	}
	if err != nil {
		g.say("gearman: -d: %v", err)
		return g.exit(1, err)
	}
	return nil
}

// withoutDaemon returns a command line without its -d, which may stand in a group of letters.
func withoutDaemon(args []string) []string {
	found, words := getopt(gearmanLetters, args)
	var rest []string
	for _, o := range found {
		if o.letter == 'd' {
			continue
		}
		rest = append(rest, "-"+string(o.letter))
		if o.takes {
			rest = append(rest, o.value)
		}
	}
	return slices.Concat(rest, []string{"--"}, words)
}

// withPIDFile writes the file of -i while it runs f. As in gearman, a file that is there is replaced.
func (g *gearmanCall) withPIDFile(f func() error) error {
	if g.pidFile == "" {
		return f()
	}
	if err := writePIDFile(g.pidFile); err != nil {
		err = cmderr.Errorf("pid file: %w", err)
		g.say("gearman: %v", err)
		return g.exit(1, err)
	}
	defer os.Remove(g.pidFile)
	return f()
}

func writePIDFile(path string) error {
	os.Remove(path)
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644) // not through a link of somebody else's
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(f, os.Getpid())
	return errors.Join(err, f.Close())
}
