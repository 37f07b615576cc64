package proxy_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"gearctl/commands/internal/commandtest"
	"gearctl/commands/internal/servertest"
	"gearctl/wire"
	"gearctl/wire/waittest"
)

// reloading is a proxy that is reloaded, and its file of routes.
type reloading struct {
	*commandtest.Command
	path string
}

func startReloading(t testing.TB, file string, flags ...string) *reloading {
	t.Helper()
	r := &reloading{path: filepath.Join(t.TempDir(), "routes.yaml")}
	write(t, r.path, file)
	r.Command = commandtest.Start(t, append([]string{"proxy", "--routes", r.path, "--spool", filepath.Join(t.TempDir(), "spool")}, flags...)...)
	r.WaitStderr("proxy started: ", 1)
	return r
}

func write(t testing.TB, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// reload writes another file and waits for what is said about it.
func (r *reloading) reload(file, says string) {
	r.TB.Helper()
	write(r.TB, r.path, file)
	n := strings.Count(r.Stderr.String(), says)
	r.HangUp()
	r.WaitStderr(says, n+1)
}

// end stops the proxy and expects what it says at the end.
func (r *reloading) end(says string) {
	r.TB.Helper()
	if code := r.Stop(); code != commandtest.ExitOK || !strings.Contains(r.Stderr.String(), says) {
		r.TB.Errorf("code %d, stderr %s, want %q", code, r.Stderr.String(), says)
	}
}

// routes makes a file of routes, such as a/q b/q sync: true.
func routes(lines ...string) string {
	var b strings.Builder
	b.WriteString("routes:\n")
	for _, line := range lines {
		f := strings.SplitN(line, " ", 3)
		fmt.Fprintf(&b, "  - from: %s\n    to: %s\n", f[0], f[1])
		if len(f) > 2 {
			fmt.Fprintf(&b, "    %s\n", f[2])
		}
	}
	return b.String()
}

// workersOf returns the connections that serve a queue.
func workersOf(t testing.TB, addr, queue string) (list []string) {
	workers := servertest.Ask(t, addr, func(ctx context.Context, c *wire.Conn) (wire.Listing[wire.WorkerStatus], error) {
		return c.Workers(ctx)
	})
	for _, w := range workers.Rows {
		if slices.Contains(w.Functions, queue) {
			list = append(list, fmt.Sprint(w.FD, " ", w.ID))
		}
	}
	return list
}

// TestAReloadAddsAndRemovesRoutes: a synchronous job in progress is finished, and other routes keep their connections.
func TestAReloadAddsAndRemovesRoutes(t *testing.T) {
	t.Parallel()
	servertest.Each(t, func(t *testing.T, a string) {
		b := servertest.Embedded(t)
		one, keep, fresh := a+"/one "+b+"/one sync: true", a+"/keep "+b+"/keep", a+"/fresh "+b+"/fresh"
		r := startReloading(t, routes(one, keep))
		var before []string
		servertest.Until(t, "the routes take jobs", func() bool {
			before = workersOf(t, a, "keep")
			return len(before) == 1 && len(workersOf(t, a, "one")) == 1
		})
		worker := servertest.NewSilentWorker(t, b, "one")
		client := commandtest.Start(t, "-s", a, "submit", "one", "x", "--wait", "60s")
		handle, _ := worker.Grab()
		r.reload(routes(keep, fresh), "SIGHUP: route added: "+a+"/fresh -> "+b+"/fresh\n")
		r.WaitStderr("SIGHUP: route removed: "+a+"/one -> "+b+"/one\n", 1)
		r.WaitStderr("waiting for 1 job in progress\n", 1)
		for _, queue := range []string{"keep", "fresh"} {
			servertest.Submit(t, a, queue, "y")
			servertest.WaitTotal(t, b, queue, 1)
		}
		servertest.Until(t, "the route that has not changed has the connection that it had", func() bool {
			return slices.Equal(before, workersOf(t, a, "keep"))
		})
		worker.Answer(handle, "done")
		if code := client.Wait(); code != commandtest.ExitOK || client.Stdout.String() != "done" && client.Stdout.String() != "done\n" {
			t.Errorf("the client got code %d, %q, %s", code, client.Stdout.String(), client.Stderr.String())
		}
		r.WaitStderr(b+"/one: stopped\n", 1)
		servertest.Until(t, "the server notices that the route that was removed is gone", func() bool { return len(workersOf(t, a, "one")) == 0 })
		r.end("proxy stopped: 3 jobs carried\n")
	})
}

// TestAChangedRouteStartsAfterItsJobs in progress, and a proxy that is stopped meanwhile ends.
func TestAChangedRouteStartsAfterItsJobs(t *testing.T) {
	t.Parallel()
	a, b := servertest.Embedded(t), servertest.Embedded(t)
	one := a + "/one " + b + "/one sync: true"
	r := startReloading(t, routes(one))
	worker := servertest.NewSilentWorker(t, b, "one")
	client := commandtest.Start(t, "-s", a, "submit", "one", "x", "--wait", "60s")
	handle, _ := worker.Grab()
	r.reload(routes(one+"\n    parallel: 2"), "one: parallel: 1 -> 2\n")
	r.reload(routes(one+"\n    parallel: 3"), "one: parallel: 2 -> 3\n")
	if q := servertest.Queue(t, a, "one"); q.Running != 1 || strings.Contains(r.Stderr.String(), "started\n") {
		t.Errorf("the source has %+v: %s", q, r.Stderr.String())
	}
	worker.Complete(handle)
	client.Wait()
	servertest.Until(t, "the changed route takes jobs", func() bool { return len(workersOf(t, a, "one")) == 3 })
	servertest.Submit(t, a, "one", "y")
	handle, _ = worker.Grab()
	r.reload(routes(one), "one: parallel: 3 -> 1\n")
	r.Interrupt()
	r.WaitStderr("waiting up to 10s for 1 job in progress", 1)
	worker.Complete(handle)
	r.end("proxy stopped: 2 jobs carried\n")
}

// TestAJobWhoseTargetIsDownGoesBack to its source, and the changed route takes it to another target.
func TestAJobWhoseTargetIsDownGoesBack(t *testing.T) {
	t.Parallel()
	a, b := servertest.Embedded(t), servertest.Embedded(t)
	servertest.ServeAnswers(t, b, "from b", "one")
	r := startReloading(t, routes(a+"/one "+servertest.DeadAddr+"/one sync: true"))
	client := commandtest.Start(t, "-s", a, "submit", "one", "x", "--wait", "60s")
	r.WaitStderr("dial "+servertest.DeadAddr, 1)
	servertest.Until(t, "the job runs", func() bool { return servertest.Queue(t, a, "one").Running == 1 })
	r.reload(routes(a+"/one "+b+"/one sync: true"), "target: "+servertest.DeadAddr+"/one -> "+b+"/one\n")
	if code := client.Wait(); code != commandtest.ExitOK || !strings.Contains(client.Stdout.String(), "from b") {
		t.Errorf("code %d: %s", code, client.Stderr.String())
	}
	r.end("proxy stopped: 1 job carried\n")
}

// TestJobsInTheSpoolOfAChangedRoute are delivered by the new one, also if it is synchronous; those for another target stay and are
// reported.
func TestJobsInTheSpoolOfAChangedRoute(t *testing.T) {
	t.Parallel()
	a, b := servertest.Embedded(t), servertest.Embedded(t)
	away := newCuttable(t, b)
	q := a + "/q " + away.Addr() + "/q"
	away.cut()
	r := startReloading(t, routes(q))
	servertest.Submit(t, a, "q", "x")
	servertest.WaitTotal(t, a, "q", 0)
	r.WaitStderr("retrying", 1)
	r.reload(routes(q+" priority: high"), "priority: by the kind of job -> high\n")
	r.WaitStderr("/q: started, 1 job in the spool\n", 1)
	r.reload(routes(a+"/q "+b+"/other"), "spool: 1 job of the route "+a+"/q -> "+away.Addr()+"/q, which was not given; add it, or run: ")
	servertest.Submit(t, a, "q", "y")
	servertest.WaitTotal(t, b, "other", 1)
	away.mend()
	r.reload(routes(q+" sync: true"), "/q: started, 1 job in the spool\n")
	servertest.WaitTotal(t, b, "q", 1)
	r.end("proxy stopped: 2 jobs carried\n")
}

// TestABrokenFileKeepsTheRoutes, whatever is wrong with it, and the next one that is whole counts.
func TestABrokenFileKeepsTheRoutes(t *testing.T) {
	t.Parallel()
	a, b := servertest.Embedded(t), servertest.Embedded(t)
	good := routes(a + "/q " + b + "/q")
	r := startReloading(t, good)
	for i, c := range []struct{ file, says string }{
		{"routes: [", "routes.yaml"},
		{"", "it is empty"},
		{routes(a + "/q " + b + "/q sink: true"), `unknown key "sink"`},
		{routes(a + "/q " + b + "/q decrypt_key_file: nosuch"), "decrypt_key_file: cannot read the key file: no such file"},
		{routes(a+"/q "+b+"/q", b+"/q "+a+"/q"), "routing loop"},
		{good + "servers: {" + b + ": {tls_ca: nosuch.pem}}\n", "nosuch.pem"},
		{good + "spool_max: 2GiB\n", "spool_max has changed, which needs a restart"},
		{routes(servertest.DeadAddr + "/q " + servertest.DeadAddr + "/r"), "dial " + servertest.DeadAddr},
	} {
		r.reload(c.file, "; going on with the old settings\n")
		if lines := strings.Split(r.Stderr.String(), "\n"); !strings.Contains(lines[len(lines)-2], "gearctl: SIGHUP: ") || !strings.Contains(lines[len(lines)-2], c.says) {
			t.Errorf("%q: says %q, want %q", c.file, lines[len(lines)-2], c.says)
		}
		servertest.Submit(t, a, "q", fmt.Sprint(i))
		servertest.WaitTotal(t, b, "q", int64(i+1))
	}
	r.reload(good, "SIGHUP: no setting has changed\n")
	servertest.Submit(t, a, "q", "last")
	servertest.WaitTotal(t, b, "q", 9)
	r.end("proxy stopped: 9 jobs carried\n")
}

// TestARotatedKeyIsReadAgain, and is not shown.
func TestARotatedKeyIsReadAgain(t *testing.T) {
	t.Parallel()
	a, b := servertest.Embedded(t), servertest.Embedded(t)
	key, next := filepath.Join(t.TempDir(), "key"), servertest.KeyFile(t)
	write(t, key, "the key before\n")
	file := routes(a + "/q " + b + "/q decrypt_key_file: " + key + "\n    no_encryption: true")
	r := startReloading(t, file)
	for _, target := range []struct {
		key string
		n   int64
	}{{key, 1}, {next, 1}} {
		job := commandtest.Gearctl(t, "", "payload", "encode", "--type", "host", "--host", "h", "--command", "c", "--target-queue", "q", "--key-file", target.key)
		servertest.Submit(t, a, "q", strings.TrimSpace(job.Stdout))
		servertest.WaitTotal(t, b, "q", target.n)
	}
	r.WaitStderr("encrypted with another key: it is in", 1)
	write(t, key, servertest.Key+"\n")
	r.reload(file, "/q: decrypt key: key(")
	r.WaitStderr("/q: started\n", 1) // the route with the key before takes jobs until it is stopped
	job := commandtest.Gearctl(t, "", "payload", "encode", "--type", "host", "--host", "h", "--command", "c", "--target-queue", "q", "--key-file", next)
	servertest.Submit(t, a, "q", strings.TrimSpace(job.Stdout))
	servertest.WaitTotal(t, b, "q", 2)
	r.end("proxy stopped: 2 jobs carried; 1 rejected\n")
	if strings.Contains(r.Stderr.String(), servertest.Key) || strings.Contains(r.Stderr.String(), "the key before") {
		t.Errorf("a key is shown: %s", r.Stderr.String())
	}
}

// TestTLSFilesAreReadAgain: a target whose authority was wrong is reached.
func TestTLSFilesAreReadAgain(t *testing.T) {
	t.Parallel()
	plain := servertest.Embedded(t)
	inTLS, ca := tlsServer(t)
	_, other := tlsServer(t)
	authority := filepath.Join(t.TempDir(), "ca.pem")
	take := func(path string) {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		write(t, authority, string(b))
	}
	take(other)
	file := routes(plain+"/q "+inTLS+"/q") + "servers: {'" + inTLS + "': {tls_ca: " + authority + "}}\nstatus_queue: " + plain + "/status\n"
	r := startReloading(t, file)
	servertest.Submit(t, plain, "q", "x")
	r.WaitStderr("TLS handshake", 1)
	take(ca)
	r.reload(file, "SIGHUP: TLS of "+inTLS+": changed\n")
	servertest.Until(t, "the target is reached", func() bool {
		return strings.HasPrefix(commandtest.Gearctl(t, "", "-s", plain, "submit", "status", "check perfdatafilter=total_jobs", "--wait", "20s").Stdout, "0:OK - proxy version") &&
			strings.Contains(commandtest.Gearctl(t, "", "-s", plain, "submit", "status", "check perfdatafilter=total_jobs", "--wait", "20s").Stdout, "'total_jobs'=1c")
	})
	r.end("proxy stopped: 1 job carried\n")
}

// TestAProxyProcessIsReloaded by SIGHUP if it has no terminal, and ends with 0 on SIGTERM.
func TestAProxyProcessIsReloaded(t *testing.T) {
	t.Parallel()
	a, b := servertest.Embedded(t), servertest.Embedded(t)
	path := filepath.Join(t.TempDir(), "routes.yaml")
	write(t, path, routes(a+"/q "+b+"/q"))
	var stderr servertest.Buffer
	cmd := exec.Command(commandtest.Binary(t), "proxy", "--routes", path, "--spool", t.TempDir())
	cmd.Stderr, cmd.SysProcAttr = &stderr, &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill() })
	await := func(text string) {
		servertest.Until(t, "it says "+text, func() bool { return strings.Contains(stderr.String(), text) })
	}
	await("proxy started: ")
	write(t, path, routes(a+"/q "+b+"/q", a+"/more "+b+"/more"))
	cmd.Process.Signal(syscall.SIGHUP)
	await("SIGHUP: route added: " + a + "/more -> " + b + "/more\n")
	servertest.Submit(t, a, "more", "x")
	servertest.WaitTotal(t, b, "more", 1)
	cmd.Process.Signal(syscall.SIGTERM)
	waittest.Return(t, "it ends", func() {
		if err := cmd.Wait(); err != nil {
			t.Errorf("%v: %s", err, stderr.String())
		}
	})
}
