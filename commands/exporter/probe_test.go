package exporter_test

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/commandtest"
	"gearctl/commands/internal/servertest"
	"gearctl/wire/jobserver"
)

// dialCounter counts the connections that an exporter begins on a network.
type dialCounter struct {
	net *servertest.Network
	n   atomic.Int64
}

func (d *dialCounter) in(contexts string) func(*cli.Env) {
	return func(e *cli.Env) {
		if contexts != "" {
			e.Getenv = func(name string) string { return map[string]string{"XDG_CONFIG_HOME": contexts}[name] }
		}
		e.NetDial = func(ctx context.Context, network, address string) (net.Conn, error) {
			d.n.Add(1)
			return d.net.Dial(ctx, network, address)
		}
	}
}

// writeContexts writes a file of contexts, by replacing it, and returns the directory for XDG_CONFIG_HOME.
func writeContexts(t testing.TB, dir, text string) string {
	t.Helper()
	path := filepath.Join(dir, cli.Program, "contexts.yml")
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	servertest.WriteFile(t, path+".new", text)
	if err := os.Rename(path+".new", path); err != nil {
		t.Fatal(err)
	}
	return dir
}

// probe returns what /probe answers to parameters given as NAME, VALUE, ….
func (x *runningExporter) probe(parameters ...string) (code int, body string) {
	x.TB.Helper()
	q := url.Values{}
	for i := 0; i+1 < len(parameters); i += 2 {
		q.Add(parameters[i], parameters[i+1])
	}
	return x.get("/probe?" + q.Encode())
}

// probed returns the metrics that a probe brings.
func (x *runningExporter) probed(parameters ...string) servertest.Exposition {
	x.TB.Helper()
	code, body := x.probe(parameters...)
	if code != http.StatusOK {
		x.TB.Fatalf("%q: %d: %s", parameters, code, body)
	}
	return servertest.ParseExposition(x.TB, body)
}

// wantSeries compares metrics that are there, or have to be missing if the value is below 0.
func wantSeries(t testing.TB, e servertest.Exposition, want map[string]float64) {
	t.Helper()
	for name, v := range want {
		if got, ok := e[name]; ok != (v >= 0) || ok && got != v {
			t.Errorf("%s is %v, %v, want %v in\n%v", name, got, ok, v, e)
		}
	}
}

func TestProbe(t *testing.T) {
	t.Parallel()
	network := servertest.NewNetwork()
	fleet := servertest.StartFleet(t, servertest.FleetOptions{
		Network: network, Servers: 4, Queues: 2, Silent: 1, Waiting: func(server, _ int) int { return server },
	})
	dials := &dialCounter{net: network}
	text := fleet.Contexts() + "  pair: {group: [gm000, gm001], labels: {shift: night, stage: ignored}}\n  far: {servers: 'far:4730'}\n  half: {group: [gm000, far]}\n  mixed: {group: [gm003, gm000]}\n"
	x := startExporterEnv(t, dials.in(writeContexts(t, t.TempDir(), text)), "--context", "fleet",
		"--allow-target", "lone.example.org", "--allow-target", "*.example.org:473?", "--timeout", "400ms")
	wantSeries(t, x.probed("target", "gm001"), map[string]float64{
		"probe_success{}": 1, `gearman_up{server="gm001:4730",site="munich",stage="prod"}`: 1,
		`gearman_jobs{function="queue0001",server="gm001:4730",site="munich",stage="prod"}`:                1,
		`gearman_scrape_errors_total{operation="status",server="gm001:4730",site="munich",stage="prod"}`:   0,
		`gearman_up{server="gm000:4730",site="berlin",stage="prod"}`:                                       -1,
		`gearman_jobs_waiting_by_priority{function="queue0001",server="gm001:4730",site="m",stage="prod"}`: -1,
	})
	wantSeries(t, x.probed("target", "GM002:4730", "module", "server"), map[string]float64{
		"probe_success{}": 1, `gearman_queues{server="gm002:4730",site="paris",stage="prod"}`: 2,
		`gearman_jobs{function="queue0001",server="gm002:4730",site="paris",stage="prod"}`: -1,
	})
	wantSeries(t, x.probed("target", "fleet", "module", "server"), map[string]float64{
		"probe_success{}": 0, `gearman_up{server="gm002:4730",site="paris",stage="prod"}`: 1,
		`gearman_up{server="gm003:4730",site="rome",stage="prod"}`: 0,
	})
	wantSeries(t, x.probed("target", "mixed"), map[string]float64{"probe_success{}": 0, `gearman_up{server="gm000:4730",site="berlin",stage="prod"}`: 1})
	wantSeries(t, x.probed("target", "pair"), map[string]float64{"probe_success{}": 1, `gearman_up{server="gm000:4730",site="berlin",stage="prod"}`: 1})
	for _, target := range []string{"lone.example.org", "LONE.example.org:4730", "more.example.org:4731"} {
		before := dials.n.Load()
		if e := x.probed("target", target); e["probe_success{}"] != 0 || dials.n.Load() != before+1 {
			t.Errorf("%s: %v after %d dials", target, e, dials.n.Load()-before)
		}
	}
	// The errors of targets that requests may choose are neither counted nor logged: there is no end of them.
	for target, counted := range map[string]bool{"lone.example.org:4730": true, "more.example.org:4731": false} {
		_, body := x.probe("target", target)
		if strings.Contains(body, "gearman_scrape_errors_total{") != counted || strings.Contains(x.Stderr.String(), target) != counted {
			t.Errorf("%s: counted and logged: want %v\n%s%s", target, counted, body, x.Stderr.String())
		}
	}
	for _, target := range []string{"half", "far", "far:4730"} { // not of the context that was chosen
		if code, body := x.probe("target", target); code != http.StatusForbidden {
			t.Errorf("%s: %d: %s", target, code, body)
		}
	}
}

// TestNoRequestMakesTheExporterConnectElsewhere: whatever a request names, the exporter dials nothing but its targets.
func TestNoRequestMakesTheExporterConnectElsewhere(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	var accepted atomic.Int64
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			accepted.Add(1)
			c.Close()
		}
	}()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	dials := &dialCounter{net: servertest.NewNetwork()}
	x := startExporterEnv(t, dials.in(""), "-s", "gm1", "--allow-target", "*.example.org", "--allow-target", "2001:db8::*")
	for target, want := range map[string]int{
		"": 400, "127.0.0.1:" + port: 403, "localhost:" + port: 403, "[::1]:" + port: 403, "[::ffff:127.0.0.1]:" + port: 403, "0:" + port: 403,
		"2130706433:" + port: 403, "gm1:4731": 403, "gm1:04730x": 400, "gm1:0": 400, "gm1:65536": 400, "gm1:-1": 400, "gm1:4730:1": 400, "gm1.": 403,
		":" + port: 400, "[]:" + port: 400, "gm1,127.0.0.1:" + port: 400, "gm1 127.0.0.1:" + port: 400, "gm1\n": 400, "\r\ngm1": 400, "gm1\x00": 400,
		"127.0.0.1:" + port + "#.example.org": 400, "127.0.0.1:" + port + "/.example.org": 400, "127.0.0.1:" + port + "@x.example.org": 400,
		"x.example.org@127.0.0.1:" + port: 400, "127.0.0.1:" + port + "\n.example.org": 400, "x.example.org:" + port: 403, "example.org": 403,
		"..": 400, "../../etc/passwd": 400, "a..example.org": 400, ".example.org": 400, "*": 400, "*.example.org": 400, "%2e": 400, "gm1%00": 400,
		"unix:/run/gearmand.sock": 400, "unix:gm1": 400, "/run/gearmand.sock": 400, "@gearmand": 400, "http://127.0.0.1:" + port: 400, "tcp://gm1": 400,
		"[2001:db8::1%25lo]:4730": 400, "[fe80::1%lo]:" + port: 400, "[2001:db8::1]:" + port: 403, "[2001:db9::1]": 403, "[gm1]": 400, "gm1]": 400,
		"ｇm1": 400, "gm1\u202e": 400, "\xff": 400, strings.Repeat("a", 301): 400, strings.Repeat("a", 100_000): 400, "gm1:" + strings.Repeat("0", 1000) + "4730": 400,
	} {
		if code, body := x.probe("target", target); code != want || len(body) > 500 || strings.Count(body, "\n") != 1 {
			t.Errorf("%.100q: %d, want %d: %.600s", target, code, want, body)
		}
	}
	for query, want := range map[string]int{
		"target=gm1&target=gm1": 400, "target=gm1&target=127.0.0.1:" + port: 400, "target=127.0.0.1:" + port + "&target=gm1": 400, "target=gm1&module=server&module=queues": 400,
		"target=gm1;target=127.0.0.1:" + port: 400, "target=gm1&module=priorities": 403, "target=gm1&module=workers": 403, "target=gm1&module=queues,nosuch": 400, "target=gm1&module=%0A": 400,
		"Target=gm1": 400, "target%5B%5D=gm1": 400, "target=gm1&address=127.0.0.1:" + port: 400, "target=%zz": 400, "": 400,
	} {
		if code, body := x.get("/probe?" + query); code != want {
			t.Errorf("%q: %d, want %d: %s", query, code, want, body)
		}
	}
	if code, _ := x.get("/probe/" + l.Addr().String()); code != http.StatusNotFound {
		t.Errorf("a path below /probe: %d", code)
	}
	if n := dials.n.Load(); n != 0 || accepted.Load() != 0 {
		t.Errorf("%d dials, %d connections accepted", n, accepted.Load())
	}
	for i, target := range []string{"gm1", "GM1:4730", "x.example.org", "[2001:db8::1]:4730", "[2001:0DB8:0:0::1]"} {
		if code, body := x.probe("target", target); code != http.StatusOK || dials.n.Load() != int64(i+1) {
			t.Errorf("%s: %d after %d dials: %s", target, code, dials.n.Load(), body)
		}
	}
}

func TestModules(t *testing.T) {
	t.Parallel()
	addr := servertest.Embedded(t)
	fillServer(t, addr)
	contexts := writeContexts(t, t.TempDir(), fmt.Sprintf("contexts:\n  lab: {servers: '%s', labels: {function: f, label_function: g, job: j}}\n", addr))
	in := func(e *cli.Env) {
		e.Getenv = func(n string) string { return map[string]string{"XDG_CONFIG_HOME": contexts}[n] }
	}
	x := startExporterEnv(t, in, "--context", "lab", "--priorities", "--probe", "*")
	for module, want := range map[string]string{
		"server": "", "queues": "jobs jobs_running jobs_waiting workers", "priorities": "jobs_waiting_by_priority",
		"workers":           "worker_answer_seconds worker_busy worker_info worker_jobs_done_total worker_processes worker_processes_max worker_processes_min worker_up",
		"server,priorities": "jobs_waiting_by_priority", "": "jobs jobs_running jobs_waiting workers",
	} {
		var names []string
		for _, name := range x.probed("target", "lab", "module", module).Names() {
			name = strings.TrimPrefix(name, "gearman_")
			if name != "workers" && name != "jobs" && !strings.HasPrefix(name, "jobs_r") && !strings.HasPrefix(name, "jobs_w") && !strings.HasPrefix(name, "worker_") {
				continue
			}
			names = append(names, name)
		}
		if diff := cmp.Diff(want, strings.Join(names, " ")); diff != "" {
			t.Errorf("%q:\n%s", module, diff)
		}
	}
	// A label whose name is taken has another one, and stays different from the others.
	labels := fmt.Sprintf(`label_function="f",label_job="j",label_label_function="g",server=%q`, addr)
	wantSeries(t, x.scrape(), map[string]float64{`gearman_jobs{function="pile",` + labels + `}`: 3, `gearman_up{` + labels + `}`: 1})
}

// TestProbeLeavesReadOnlyServersAlone: a probe of workers submits a job, which a read-only context does not allow.
func TestProbeLeavesReadOnlyServersAlone(t *testing.T) {
	t.Parallel()
	free, bound := servertest.Embedded(t), servertest.Embedded(t)
	for _, addr := range []string{free, bound} {
		commandtest.StartCheckWorker(t, addr, "host", "--no-encryption", "--hosts")
		servertest.Until(t, "the worker answers probes", func() bool { return servertest.Queue(t, addr, "worker_lab").Workers > 0 })
	}
	contexts := writeContexts(t, t.TempDir(), fmt.Sprintf("contexts:\n  free: {servers: '%s'}\n  bound: {servers: '%s', read_only: true}\n  both: {group: [free, bound]}\n", free, bound))
	x := startExporterEnv(t, func(e *cli.Env) {
		e.Getenv = func(n string) string { return map[string]string{"XDG_CONFIG_HOME": contexts}[n] }
	}, "--probe", "*")
	for target, want := range map[string]int{"bound": 403, bound: 403, "free": 200, "both": 200} {
		if code, body := x.probe("target", target, "module", "workers"); code != want {
			t.Errorf("%s: %d: %s", target, code, body)
		}
	}
	wantSeries(t, x.probed("target", "both", "module", "workers"), map[string]float64{
		"probe_success{}": 1, fmt.Sprintf(`gearman_worker_up{server=%q,worker="lab"}`, free): 1,
		fmt.Sprintf(`gearman_worker_up{server=%q,worker="lab"}`, bound): -1, fmt.Sprintf(`gearman_scrape_errors_total{operation="probe",server=%q}`, bound): 0,
	})
	wantSeries(t, x.probed("target", "bound"), map[string]float64{"probe_success{}": 1})
}

// discovered is what /sd answers.
func (x *runningExporter) discovered() (groups []struct {
	Targets []string
	Labels  map[string]string
},
) {
	x.TB.Helper()
	code, body := x.get("/sd")
	if err := json.Unmarshal([]byte(body), &groups); err != nil || code != http.StatusOK {
		x.TB.Fatalf("%d, %v: %s", code, err, body)
	}
	return groups
}

// TestContextsAreReadAgain: service discovery, probes and metrics follow the file, but not one that is broken.
func TestContextsAreReadAgain(t *testing.T) {
	t.Parallel()
	network := servertest.NewNetwork()
	for _, address := range []string{"gm1:4730", "gm2:4730"} {
		network.Embedded(t, address)
	}
	dir := t.TempDir()
	writeContexts(t, dir, "contexts:\n  a: {servers: gm1, labels: {site: x}}\n  all: {group: [a]}\n")
	x := startExporterEnv(t, (&dialCounter{net: network}).in(dir), "--context", "all")
	targets := func() string {
		text := ""
		for _, g := range x.discovered() {
			text += fmt.Sprintln(g.Targets, g.Labels["__meta_gearctl_context"], g.Labels["__meta_gearctl_label_site"])
		}
		return text
	}
	if got := targets(); got != "[gm1:4730] a x\n" {
		t.Errorf("%q", got)
	}
	if code, _ := x.probe("target", "b"); code != http.StatusForbidden {
		t.Errorf("a target that is not there yet: %d", code)
	}
	const two = "contexts:\n  a: {servers: gm1, labels: {site: y}}\n  b: {servers: gm2}\n  all: {group: [a, b]}\n"
	writeContexts(t, dir, two)
	if got := targets(); got != "[gm1:4730] a y\n[gm2:4730] b \n" {
		t.Errorf("%q", got)
	}
	wantSeries(t, x.probed("target", "b"), map[string]float64{`gearman_up{server="gm2:4730"}`: 1})
	wantSeries(t, x.scrape(), map[string]float64{`gearman_up{server="gm1:4730",site="y"}`: 1, `gearman_up{server="gm2:4730"}`: 1})
	writeContexts(t, dir, "contexts:\n  a: {servers: gm1, labels: {site: z}, nonsense: 1}\n")
	for range 2 {
		if got := targets(); got != "[gm1:4730] a y\n[gm2:4730] b \n" {
			t.Errorf("%q", got)
		}
	}
	if n := strings.Count(x.Stderr.String(), "nonsense"); n != 1 {
		t.Errorf("the broken file is reported %d times: %s", n, x.Stderr.String())
	}
	writeContexts(t, dir, "contexts:\n  b: {servers: gm2}\n  all: {group: [b]}\n")
	if code, _ := x.probe("target", "a"); code != http.StatusForbidden {
		t.Errorf("a target that is gone: %d", code)
	}
}

// TestServersOfTheLineAreTheOnlyTargets: contexts that were not chosen are none.
func TestServersOfTheLineAreTheOnlyTargets(t *testing.T) {
	t.Parallel()
	dials := &dialCounter{net: servertest.NewNetwork()}
	in := dials.in(writeContexts(t, t.TempDir(), "contexts:\n  a: {servers: gm1, labels: {site: x}}\n"))
	x := startExporterEnv(t, in, "-s", "gm2", "--allow-target", "gm3")
	if code, _ := x.probe("target", "a"); code != http.StatusForbidden {
		t.Errorf("%d", code)
	}
	if _, body := x.get("/sd"); strings.Join(strings.Fields(body), "") != `[{"targets":["gm2:4730"],"labels":{}},{"targets":["gm3:4730"],"labels":{}}]` {
		t.Errorf("%s", body)
	}
	x = startExporterEnv(t, in) // nobody names a server
	wantSeries(t, x.probed("target", "a", "module", "server"), map[string]float64{`gearman_up{server="gm1:4730",site="x"}`: 0})
	if got := x.discovered(); len(got) != 1 || got[0].Targets[0] != "gm1:4730" {
		t.Errorf("%v", got)
	}
}

// TestTargetsOfFileDiscovery: the file is replaced only if the targets have changed.
func TestTargetsOfFileDiscovery(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "targets.json")
	in := (&dialCounter{net: servertest.NewNetwork()}).in(dir)
	write := func(text string) os.FileInfo {
		t.Helper()
		writeContexts(t, dir, text)
		r := commandtest.GearctlEnv(t.Context(), strings.NewReader(""), in, "exporter", "--sd-file", file)
		commandtest.WantRun(t, r, 0)
		f, err := os.Open(file) // while it is open, no other file gets its inode
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { f.Close() })
		info, err := f.Stat()
		if err != nil {
			t.Fatal(err)
		}
		return info
	}
	first := write("contexts:\n  a: {servers: gm1}\n")
	if again := write("contexts:\n  # the same\n  a: {servers: gm1}\n"); !os.SameFile(first, again) {
		t.Error("the file was replaced by the same")
	}
	if changed := write("contexts:\n  a: {servers: gm7}\n"); os.SameFile(first, changed) {
		t.Error("another server of the same length is not in the file")
	}
	if changed := write("contexts:\n  a: {servers: [gm1, gm2]}\n"); os.SameFile(first, changed) || changed.Mode().Perm() != 0o644 {
		t.Errorf("mode %v", changed.Mode())
	}
	const want = `[
  {
    "targets": [
      "gm1:4730",
      "gm2:4730"
    ],
    "labels": {
      "__meta_gearctl_context": "a",
      "__meta_gearctl_read_only": "false"
    }
  }
]
`
	if got, err := os.ReadFile(file); err != nil || string(got) != want {
		t.Errorf("%v\n%s", err, got)
	}
	c := commandtest.StartEnv(t, in, "exporter", "--sd-file", file, "--interval", "1ms")
	writeContexts(t, dir, "contexts:\n  b: {servers: gm3}\n")
	servertest.Until(t, "the file has the new target", func() bool {
		b, err := os.ReadFile(file)
		return err == nil && strings.Contains(string(b), "gm3:4730")
	})
	if code := c.Stop(); code != 0 {
		t.Errorf("ended with %d: %s", code, c.Stderr.String())
	}
}

// TestSilentAndSlowServersCostOnlyThemselves: the scrape of a group ends within the time of Prometheus, and has all others.
func TestSilentAndSlowServersCostOnlyThemselves(t *testing.T) {
	t.Parallel()
	network := servertest.NewNetwork()
	fleet := servertest.StartFleet(t, servertest.FleetOptions{Network: network, Servers: 20, Queues: 3, Silent: 3, Slow: 1})
	x := startExporterEnv(t, (&dialCounter{net: network}).in(writeContexts(t, t.TempDir(), fleet.Contexts())), "--context", "fleet", "--timeout", "1h")
	up := func(header string) (n int) {
		e := x.scrape(header)
		for _, s := range fleet.Servers {
			v, ok := e[fmt.Sprintf("gearman_up{server=%q,site=%q,stage=%q}", s.Addr, s.Labels["site"], s.Labels["stage"])]
			if !ok || v == 1 && s.Silent || v == 0 && !s.Silent && !s.Slow {
				t.Errorf("%+v: up is %v, %v", s, v, ok)
			}
			n += int(v)
		}
		return n
	}
	if n := up("X-Prometheus-Scrape-Timeout-Seconds: 1"); n != 16 {
		t.Errorf("%d servers are up, want 16", n)
	}
	fleet.Release()
	if n := up("X-Prometheus-Scrape-Timeout-Seconds: 1"); n != 17 {
		t.Errorf("when the slow one answers again %d servers are up, want 17", n)
	}
}

// TestEachContextIsProbedInItsWay: with its TLS and its time-out.
func TestEachContextIsProbedInItsWay(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	servertest.WriteCertificate(t, dir)
	cert, err := tls.LoadX509KeyPair(filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem"))
	if err != nil {
		t.Fatal(err)
	}
	secure, plain, silent := servertest.Start(t, "127.0.0.1:0", jobserver.Options{TLS: &tls.Config{Certificates: []tls.Certificate{cert}}}), servertest.Embedded(t), servertest.StartPlayed(t, "silent")
	contexts := writeContexts(t, t.TempDir(), fmt.Sprintf("contexts:\n  secure: {servers: '%s', tls: {ca: %s/cert.pem}}\n  plain: {servers: '%s'}\n  silent: {servers: '%s', timeout: 20ms}\n",
		secure, dir, plain, silent))
	x := startExporterEnv(t, func(e *cli.Env) {
		e.Getenv = func(n string) string { return map[string]string{"XDG_CONFIG_HOME": contexts}[n] }
	})
	for target, want := range map[string]float64{"secure": 1, secure: 1, "plain": 1, "silent": 0} {
		if got := x.probed("target", target)["probe_success{}"]; got != want {
			t.Errorf("%s: %v, want %v; %s", target, got, want, x.Stderr.String())
		}
	}
}
