package plugin

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"gearctl/commands/internal/process"
	"gearctl/wire/modgearman"
)

// TestHowAPluginEndsForEachKind of check, and at the borders of the codes.
func TestHowAPluginEndsForEachKind(t *testing.T) {
	t.Parallel()
	r := Runner{Identifier: "w1", TimeoutReturn: 3}
	stopped, stop := context.WithCancel(t.Context())
	stop()
	outOfBounds := func(code string) string { return "CRITICAL: Return code of " + code + " is out of bounds." }
	for _, tt := range []struct {
		ctx  context.Context
		kind modgearman.Kind
		res  process.Result
		code int
		want string
	}{
		{t.Context(), modgearman.KindHost, process.Result{TimedOut: true, Code: 137, Signal: 9}, 3, "(Host Check Timed Out On Worker: w1)"},
		{t.Context(), modgearman.KindService, process.Result{TimedOut: true}, 3, "(Service Check Timed Out On Worker: w1)"},
		{t.Context(), modgearman.KindUnknown, process.Result{TimedOut: true}, 3, "(Check Timed Out On Worker: w1)"},
		{stopped, modgearman.KindHost, process.Result{TimedOut: true, Signal: 9}, 3, "(Host Check Timed Out On Worker: w1)"},
		{stopped, modgearman.KindHost, process.Result{Code: 143, Signal: syscall.SIGTERM}, 3, "UNKNOWN: the plugin was stopped early (worker: w1)"},
		{stopped, modgearman.KindHost, process.Result{Code: 1, Stdout: []byte("done\n")}, 1, "done"},
		{t.Context(), modgearman.KindHost, process.Result{Code: 143, Signal: syscall.SIGTERM}, 2, outOfBounds("143") + " Plugin exited by signal SIGTERM. (worker: w1)"},
		{t.Context(), modgearman.KindHost, process.Result{Code: 3, Stdout: []byte("x\r\n\n")}, 3, "x"},
		{t.Context(), modgearman.KindHost, process.Result{Code: 4, Stdout: []byte("x")}, 2, outOfBounds("4") + " (worker: w1)\nx"},
		{t.Context(), modgearman.KindHost, process.Result{Code: 125}, 2, outOfBounds("125") + " (worker: w1)"},
		{t.Context(), modgearman.KindHost, process.Result{Code: 126}, 2, outOfBounds("126") + " Make sure the plugin you're trying to run is executable. (worker: w1)"},
		{t.Context(), modgearman.KindHost, process.Result{Code: 128}, 2, outOfBounds("128") + " (worker: w1)"},
		{t.Context(), modgearman.KindHost, process.Result{Code: 129}, 2, outOfBounds("129") + " Plugin exited by signal SIGHUP. (worker: w1)"},
		{t.Context(), modgearman.KindHost, process.Result{Code: 255}, 2, outOfBounds("255") + " (worker: w1)"},
		{t.Context(), modgearman.KindHost, process.Result{Stdout: []byte("ok"), Stderr: []byte("oops")}, 0, "ok"}, // without ShowStderr
	} {
		tt.res.Started, tt.res.Took = time.Unix(100, 0), 3*time.Second
		got := r.result(tt.ctx, tt.kind, &tt.res)
		if got.Code != tt.code || got.Output != tt.want || got.Start != time.Unix(100, 0) || got.Finish != time.Unix(103, 0) {
			t.Errorf("%+v: got %+v, want %d %q", tt.res, got, tt.code, tt.want)
		}
	}
	r.ShowStderr = true
	for errs, want := range map[string]string{"": "ok", " \n": "ok", " a\nb \n": "ok\n[a\nb]"} {
		if got := r.result(t.Context(), 0, &process.Result{Stdout: []byte("ok"), Stderr: []byte(errs)}); got.Output != want {
			t.Errorf("stderr %q: %q, want %q", errs, got.Output, want)
		}
	}
	long := r.result(t.Context(), 0, &process.Result{OverLimit: true, Stdout: []byte(strings.Repeat("x", 2000))})
	if want := "UNKNOWN: the plugin wrote more than 10.0 MiB and was killed (worker: w1)\n" + strings.Repeat("x", 1000); long.Code != 3 || long.Output != want {
		t.Errorf("too much output: %d, %.100q, %d bytes", long.Code, long.Output, len(long.Output))
	}
}

// TestWhyAPluginDidNotStart, in the words of the C worker.
func TestWhyAPluginDidNotStart(t *testing.T) {
	t.Parallel()
	r := Runner{Identifier: "w1", Now: func() time.Time { return time.Unix(105, 0) }}
	for _, tt := range []struct {
		err  error
		code int
		want string
	}{
		{fs.ErrNotExist, 2, "CRITICAL: Return code of 127 is out of bounds. Make sure the plugin you're trying to run actually exists. (worker: w1)"},
		{fs.ErrPermission, 2, "CRITICAL: Return code of 126 is out of bounds. Make sure the plugin you're trying to run is executable. (worker: w1)"},
		{syscall.EISDIR, 2, "CRITICAL: Return code of 126 is out of bounds. Make sure the plugin you're trying to run is executable. (worker: w1)"},
		{errors.New("no memory"), 3, "UNKNOWN: no memory (worker: w1)"},
	} {
		got := r.startFailure(tt.err, time.Unix(100, 0))
		if got.Code != tt.code || got.Output != tt.want || got.Start != time.Unix(100, 0) || got.Finish != time.Unix(105, 0) {
			t.Errorf("%v: got %+v, want %d %q", tt.err, got, tt.code, tt.want)
		}
	}
}

// TestRunningAPlugin: by its own or the runner's timeout, with the environment of both, and a script without #! as the shell does.
func TestRunningAPlugin(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	script := filepath.Join(dir, "check")
	if err := os.WriteFile(script, []byte("echo $A $B $1; exit 1\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	r := Runner{Identifier: "w1", TimeoutReturn: 2, JobTimeout: 30 * time.Second, Now: time.Now, Env: []string{"A=1", "PATH=/bin:/usr/bin"}}
	tight := r
	tight.JobTimeout = time.Nanosecond
	strict := r
	strict.Paths, strict.Forbidden = []string{"/usr/lib/plugins"}, "$"
	for name, tt := range map[string]struct {
		r    *Runner
		p    Command
		code int
		want string
	}{
		"a script without #!":     {&r, Command{Line: script + " x", Env: []string{"B=2"}}, 1, "1 2 x"},
		"the timeout of the job":  {&r, Command{Line: "/bin/sh -c 'read x </dev/zero'", Timeout: time.Nanosecond}, 2, "(Check Timed Out On Worker: w1)"},
		"that of the runner":      {&tight, Command{Line: "/bin/sh -c 'read x </dev/zero'", Timeout: -1}, 2, "(Check Timed Out On Worker: w1)"},
		"the job's is longer":     {&tight, Command{Line: script, Timeout: 30 * time.Second}, 1, "1"},
		"not there":               {&r, Command{Line: dir + "/gone"}, 2, "CRITICAL: Return code of 127 is out of bounds. Make sure the plugin you're trying to run actually exists. (worker: w1)"},
		"a directory":             {&r, Command{Line: dir}, 2, "CRITICAL: Return code of 126 is out of bounds. Make sure the plugin you're trying to run is executable. (worker: w1)"},
		"not below restrict_path": {&strict, Command{Line: script}, 3, "UNKNOWN: the command is not under restrict_path (worker: w1)"},
		"a forbidden character":   {&strict, Command{Line: "$x"}, 3, `UNKNOWN: the command line contains "$", which restrict_command_characters forbids (worker: w1)`},
	} {
		if got := tt.r.Run(t.Context(), tt.p); got.Code != tt.code || got.Output != tt.want || got.Start.IsZero() || got.Finish.Before(got.Start) {
			t.Errorf("%s: got %+v, want %d %q", name, got, tt.code, tt.want)
		}
	}
}

// TestWhyALineIsForbidden names the character. Without restrict_path nothing is.
func TestWhyALineIsForbidden(t *testing.T) {
	t.Parallel()
	r := Runner{Paths: []string{"/opt/x/../plugins//"}, Forbidden: "$;"}
	for line, want := range map[string]string{
		"/opt/plugins/check":     "",
		"/opt/plugins":           "",
		"/opt/x/check":           "the command is not under restrict_path",
		"/opt/plugins/a;b":       `the command line contains ";", which restrict_command_characters forbids`,
		"/opt/plugins/check $HO": `the command line contains "$", which restrict_command_characters forbids`,
		"/opt/plugins/a`b`":      "the command is not under restrict_path",
	} {
		if got := r.refuse(line); got != want {
			t.Errorf("%q: %q, want %q", line, got, want)
		}
	}
	if got := (&Runner{Forbidden: "$"}).refuse("rm $x"); got != "" {
		t.Errorf("without restrict_path: %q", got)
	}
	if got := (&Runner{Paths: []string{"/"}}).refuse("/bin/true"); got != "" {
		t.Errorf("restrict_path=/: %q", got)
	}
	for _, line := range []string{" ", ". ", "/ "} {
		if got := argv(line); len(got) == 0 {
			t.Errorf("%q is run as nothing", line)
		}
	}
}
