package commands

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"gearctl/wire"
	"gearctl/wire/jobserver"
	"gearctl/wire/jobserver/gearmandtest"
	"gearctl/wire/modgearman"
)

const (
	labKey   = "gearctl_lab_secret"
	results  = modgearman.QueueCheckResults
	deadAddr = "127.0.0.1:1" // nobody listens there
)

// keyFile writes the key of the vectors to a file.
func keyFile(t testing.TB) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(path, []byte(labKey+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// embedded starts an embedded server, at addr when that is not empty.
func embedded(t testing.TB, addr string) string {
	t.Helper()
	if addr == "" {
		addr = "127.0.0.1:0"
	}
	l, err := net.Listen("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		jobserver.New(jobserver.Options{Version: "test"}).Serve(ctx, l)
	}()
	t.Cleanup(func() {
		cancel()
		<-done
	})
	return l.Addr().String()
}

// eachServer runs f against the embedded server and against gearmand.
func eachServer(t *testing.T, f func(t *testing.T, addr string)) {
	t.Run("embedded", func(t *testing.T) { f(t, embedded(t, "")) })
	t.Run("gearmand", func(t *testing.T) { f(t, gearmandtest.Start(t)) })
}

// runEnv is gearctl with an environment that change has changed.
func runEnv(ctx context.Context, stdin io.Reader, change func(*Env), argv ...string) run {
	var stdout, stderr safeBuffer
	env := processEnv()
	env.Stdin, env.Stdout, env.Stderr = stdin, &stdout, &stderr
	env.Getenv = func(string) string { return "" }
	if change != nil {
		change(env)
	}
	code := Main(ctx, env, argv)
	return run{stdout.String(), stderr.String(), code}
}

// safeBuffer is a buffer that a test may read while a command writes.
type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *safeBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *safeBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// workloads takes every job of a queue.
func workloads(t testing.TB, addr, queue string) []string {
	t.Helper()
	var list []string
	_, err := wire.WithConn(t.Context(), new(wire.Dialer), addr, func(ctx context.Context, c *wire.Conn) (wire.Taken, error) {
		return c.Take(ctx, &wire.Take{Function: queue, Job: func(j wire.Job) error {
			list = append(list, string(j.Workload))
			return nil
		}})
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// sentResults takes and decodes every result of a queue, and forgets the times of sending.
func sentResults(t testing.TB, addr, queue string) []modgearman.Result {
	t.Helper()
	key, err := modgearman.NewKey([]byte(labKey))
	if err != nil {
		t.Fatal(err)
	}
	var list []modgearman.Result
	for _, w := range workloads(t, addr, queue) {
		p, err := modgearman.Decode([]byte(w), key)
		if err != nil {
			t.Fatal(err)
		}
		r, err := p.Result()
		if err != nil {
			t.Fatal(err)
		}
		if r.Start.IsZero() || r.Finish.IsZero() {
			t.Errorf("a result without times: %v %v", r.Host, r.Service)
		}
		r.Start, r.Finish = time.Time{}, time.Time{}
		list = append(list, r)
	}
	return list
}

// eventually asks until a queue has as many waiting jobs.
func eventually(t testing.TB, addr, queue string, waiting int64) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	var last int64
	for ctx.Err() == nil {
		list, err := wire.WithConn(ctx, new(wire.Dialer), addr, func(ctx context.Context, c *wire.Conn) (wire.Listing[wire.FunctionStatus], error) {
			return c.Status(ctx)
		})
		if err != nil {
			t.Fatal(err)
		}
		last = 0
		for _, q := range list.Rows {
			if q.Function == queue {
				last = q.Waiting()
			}
		}
		if last == waiting {
			return
		}
	}
	t.Fatalf("%s has %d jobs waiting, want %d", queue, last, waiting)
}

// rowsOf reads JSON lines.
func rowsOf[T any](t testing.TB, lines string) []T {
	t.Helper()
	var rows []T
	for d := json.NewDecoder(strings.NewReader(lines)); d.More(); {
		var row T
		if err := d.Decode(&row); err != nil {
			t.Fatalf("%v in %q", err, lines)
		}
		rows = append(rows, row)
	}
	return rows
}

func wantRun(t testing.TB, got run, code int, stderr ...string) {
	t.Helper()
	if got.code != code {
		t.Errorf("exit code %d, want %d\nstdout %.500q\nstderr %.2000q", got.code, code, got.stdout, got.stderr)
	}
	for _, s := range stderr {
		if !strings.Contains(got.stderr, s) {
			t.Errorf("stderr %.2000q has no %q", got.stderr, s)
		}
	}
}
