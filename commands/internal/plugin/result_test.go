package plugin

import (
	"strings"
	"syscall"
	"testing"

	"gearctl/commands/internal/process"
	"gearctl/wire/modgearman"
)

// TestResultReportedLikeTheCWorker gives the ways in which a plugin ends, and the code and output that the core gets.
func TestResultReportedLikeTheCWorker(t *testing.T) {
	t.Parallel()
	r := Runner{Identifier: "w1", TimeoutReturn: 2, ShowStderr: true}
	for _, c := range []struct {
		name string
		res  process.Result
		code int
		want string
	}{
		{"warning", process.Result{Code: 1, Stdout: []byte("a\nb\n\n")}, 1, "a\nb"},
		{"no output", process.Result{}, 0, "(No output returned from plugin)"},
		{"stderr appended", process.Result{Stdout: []byte("ok\n"), Stderr: []byte("oops\n")}, 0, "ok\n[oops]"},
		{"only stderr", process.Result{Stderr: []byte("oops\n")}, 0, "[oops]"},
		{"NUL bytes removed", process.Result{Stdout: []byte("a\x00b")}, 0, "ab"},
		{"timeout", process.Result{TimedOut: true, Stdout: []byte("x")}, 2, "(Service Check Timed Out On Worker: w1)"},
		{"unknown code", process.Result{Code: 9, Stdout: []byte("x")}, 2, "CRITICAL: Return code of 9 is out of bounds. (worker: w1)\nx"},
		{"not found", process.Result{Code: 127}, 2, "CRITICAL: Return code of 127 is out of bounds. Make sure the plugin you're trying to run actually exists. (worker: w1)"},
		{"signal", process.Result{Code: 137, Signal: syscall.SIGKILL}, 2, "CRITICAL: Return code of 137 is out of bounds. Plugin exited by signal SIGKILL. (worker: w1)"},
	} {
		got := r.result(t.Context(), modgearman.KindService, &c.res)
		if got.Code != c.code || got.Output != c.want {
			t.Errorf("%s: %d %q, want %d %q", c.name, got.Code, got.Output, c.code, c.want)
		}
	}
	res := process.Result{OverLimit: true, Stdout: []byte(strings.Repeat("x", 5000))}
	if got := r.result(t.Context(), modgearman.KindService, &res); got.Code != 3 || len(got.Output) > 1200 || !strings.Contains(got.Output, "was killed") {
		t.Errorf("too much output: %d, %d bytes", got.Code, len(got.Output))
	}
}

func TestRestrictPath(t *testing.T) {
	t.Parallel()
	r := Runner{Paths: []string{"/usr/lib/plugins/", "/opt/x"}, Forbidden: "$&;"}
	for line, allowed := range map[string]bool{
		"/usr/lib/plugins/check_a -w 1":      true,
		"/opt/x":                             true,
		"/opt/xy/check":                      false,
		"/usr/lib/plugins/../../bin/sh":      false,
		"/usr/lib/plugins/check_a; rm":       false,
		"/usr/lib/plugins/check_a $HOME":     false,
		" /usr/lib/plugins/check_a":          false,
		"check_a":                            false,
		"":                                   false,
		"/usr/lib/plugins/check_a 'a b' | x": true, // only what restrict_command_characters lists is refused in arguments
	} {
		if why := r.refuse(line); (why == "") != allowed {
			t.Errorf("%q: %q", line, why)
		}
	}
}
