package local

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/nagios"
)

// checks is the part about Mod-Gearman: a worker and encrypted checks.
func (d *demo) checks(ctx context.Context) error {
	dir, err := os.MkdirTemp("", "gearctl-demo-")
	if err != nil {
		return cmderr.Errorf("demo: %w", err)
	}
	defer os.RemoveAll(dir)
	key, other := filepath.Join(dir, "key"), filepath.Join(dir, "other")
	d.comment("Mod-Gearman encrypts what it sends through the queues. Make a key, and a wrong one.")
	for _, path := range []string{key, other} {
		d.prompt("head -c 24 /dev/urandom | base64 > " + path)
		if err := writeDemoKey(path); err != nil {
			return err
		}
	}
	d.comment("A worker for service checks.")
	stop := d.worker(ctx, key)
	defer stop()
	for _, s := range checkSteps(key, other) {
		d.comment(s.comment)
		if err := d.step(ctx, s); err != nil {
			return err
		}
	}
	return nil
}

func writeDemoKey(path string) error {
	b := make([]byte, 24)
	rand.Read(b)
	if err := os.WriteFile(path, []byte(base64.StdEncoding.EncodeToString(b)+"\n"), 0o600); err != nil {
		return cmderr.Errorf("demo: %w", err)
	}
	return nil
}

// worker runs check work until stop is called.
func (d *demo) worker(ctx context.Context, key string) (stop func()) {
	argv := []string{"check", "work", "--services", "--identifier", "demo", "--key-file", key}
	if os.Geteuid() == 0 {
		argv = append(argv, "--allow-root")
	}
	d.prompt(shownCommand(argv) + " 2> /dev/null &")
	ctx, cancel := context.WithCancel(ctx)
	var wg sync.WaitGroup
	wg.Go(func() { d.run(ctx, strings.NewReader(""), io.Discard, argv) })
	return func() {
		cancel()
		wg.Wait()
	}
}

func checkSteps(key, other string) []demoStep {
	check := func(key, command string) []string {
		return []string{"check", "service", "web01", "disk", "--key-file", key, "--wait", "10s", "--command", command}
	}
	return []demoStep{
		{comment: "Send a check through the queue to the worker and back, with timings.", argv: check(key, "/bin/echo DISK OK - 42 % used")},
		{comment: "gearctl exits with the plugin's code: a warning.", argv: check(key, "echo DISK WARNING - 84 % used; exit 1"), code: nagios.StateWarning},
		{comment: "Queue and worker are up, but the worker has the wrong key.", argv: check(other, "/bin/echo DISK OK"), code: nagios.StateUnknown},
	}
}
