package exporter_test

import (
	"compress/gzip"
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/crypto/bcrypt"

	"gearctl/commands/internal/commandtest"
	"gearctl/commands/internal/servertest"
	"gearctl/wire/jobserver"
	"gearctl/wire/jobserver/gearmandtest"
)

func TestExporterAnswersWhatIsAsked(t *testing.T) {
	t.Parallel()
	good, dead := servertest.Embedded(t), gearmandtest.FreeAddr(t)
	x := startExporter(t, good+","+dead)
	lone := startExporter(t, dead)
	for _, c := range []struct {
		x    *runningExporter
		path string
		code int
		text string
	}{
		{x, "/", 200, `<a href="/metrics">`},
		{x, "/healthz", 200, "ok\n"},
		{x, "/readyz", 200, good + ": ok, version " + jobserver.DefaultVersion + "\n" + dead + ": dial " + dead + ": connection refused\n"},
		{x, "/metrics", 200, "# TYPE gearman_up gauge\n"},
		{x, "/metrics", 200, "# TYPE process_open_fds gauge\n"},
		{x, "/metrics", 200, "\ngo_goroutines "},
		{x, "/metric", 404, ""},
		{x, "/debug/pprof/", 404, ""},
		{lone, "/healthz", 200, "ok\n"},
		{lone, "/readyz", 503, "connection refused"},
		{lone, "/metrics", 200, `gearman_up{server="` + dead + `"} 0`},
	} {
		if code, body := c.x.get(c.path); code != c.code || !strings.Contains(body, c.text) {
			t.Errorf("%s: %d, want %d and %q in %q", c.path, code, c.code, c.text, body)
		}
	}
}

// Prometheus asks for gzip. A client that does not gets the same in clear.
func TestExporterPacksWhatItSends(t *testing.T) {
	t.Parallel()
	addr := servertest.Embedded(t)
	x := startExporter(t, addr)
	x.client = &http.Client{Transport: &http.Transport{DisableCompression: true, DisableKeepAlives: true}}
	code, packed := x.get("/metrics", "Accept-Encoding: br, gzip;q=0.5")
	z, err := gzip.NewReader(strings.NewReader(packed))
	if err != nil {
		t.Fatalf("%d, %v: %.100q", code, err, packed)
	}
	unpacked, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	want := x.scrape().Of(addr).String()
	if diff := cmp.Diff(want, servertest.ParseExposition(t, string(unpacked)).Of(addr).String()); diff != "" || want == "" {
		t.Error(diff)
	}
	for _, refusal := range []string{"", "identity", "gzip;q=0", "gzip;q=x", "xgzip"} {
		if _, clear := x.get("/metrics", "Accept-Encoding: "+refusal); !strings.HasPrefix(clear, "# HELP gearman_up ") {
			t.Errorf("%q: %.60q", refusal, clear)
		}
	}
}

// A program's own metrics must be true as well.
func TestExporterTellsOfItself(t *testing.T) {
	t.Parallel()
	e := startExporter(t, gearmandtest.FreeAddr(t)).scrape()
	for name, least := range map[string]float64{
		"process_start_time_seconds{}": float64(time.Now().Add(-time.Minute).Unix()), "process_open_fds{}": 4,
		"process_max_fds{}": e["process_open_fds{}"], "process_virtual_memory_bytes{}": e["process_resident_memory_bytes{}"],
		"process_resident_memory_bytes{}": 1 << 20, "process_cpu_seconds_total{}": 0, "go_goroutines{}": 2,
		"go_memstats_sys_bytes{}": e["go_memstats_heap_alloc_bytes{}"], "go_memstats_heap_alloc_bytes{}": 1 << 16,
		"go_memstats_alloc_bytes_total{}":                     e["go_memstats_heap_alloc_bytes{}"],
		fmt.Sprintf("go_info{version=%q}", runtime.Version()): 1,
	} {
		if v, ok := e[name]; !ok || v < least {
			t.Errorf("%s is %v, %v, want at least %v", name, v, ok, least)
		}
	}
}

func TestExporterListensOnSeveralAddresses(t *testing.T) {
	t.Parallel()
	x := commandtest.Start(t, "exporter", "-s", gearmandtest.FreeAddr(t), "--listen", "127.0.0.1:0", "--listen", "127.0.0.1:0")
	x.WaitStderr("/metrics", 2)
	for _, m := range listeningURL.FindAllStringSubmatch(x.Stderr.String(), 2) {
		r := &runningExporter{Command: x, url: m[1], client: &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}}
		r.scrape()
	}
	if code := x.Stop(); code != 0 {
		t.Errorf("ended with %d", code)
	}
}

// A scraper gets the format that it prefers.
func TestExporterNegotiatesTheFormat(t *testing.T) {
	t.Parallel()
	x := startExporter(t, servertest.Embedded(t))
	for accept, want := range map[string]string{
		"": "# TYPE gearman_up gauge\n", "application/openmetrics-text;version=1.0.0": "\n# EOF\n",
		"application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited": "\x0agearman_up\x12",
	} {
		if code, body := x.get("/metrics", "Accept: "+accept); code != 200 || !strings.Contains(body, want) {
			t.Errorf("%q: %d, no %q in %.300q", accept, code, want, body)
		}
	}
}

// A scraper may ask for some metrics only.
func TestExporterAnswersWithTheMetricsThatAreNamed(t *testing.T) {
	t.Parallel()
	x := startExporter(t, servertest.Embedded(t))
	if _, body := x.get("/metrics?name[]=gearman_up&name[]=go_info"); strings.Count(body, "# TYPE ") != 2 || !strings.Contains(body, "\ngo_info{") {
		t.Errorf("%s", body)
	}
}

func TestExporterWithTLSAndAPassword(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	pool := servertest.WriteCertificate(t, dir)
	hash, err := bcrypt.GenerateFromPassword([]byte("swordfish"), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	config := filepath.Join(dir, "web.yml")
	text := "tls_server_config:\n  cert_file: cert.pem\n  key_file: key.pem\nbasic_auth_users:\n  prometheus: " + string(hash) + "\n"
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	addr := servertest.Embedded(t)
	c := commandtest.Start(t, "exporter", "-s", addr, "--listen", "127.0.0.1:0", "--listen", "127.0.0.1:0", "--web-config", config, "--page")
	c.WaitStderr("/metrics", 2)
	for _, m := range listeningURL.FindAllStringSubmatch(c.Stderr.String(), 2) {
		host := strings.TrimPrefix(m[1], "https://")
		x := &runningExporter{Command: c, url: "https://user:pass@" + host, client: &http.Client{Transport: &http.Transport{
			DisableKeepAlives: true, TLSClientConfig: &tls.Config{RootCAs: pool},
		}}}
		for _, path := range []string{"/metrics", "/", "/?sort=nosuch"} {
			if code, body := x.get(path); code != http.StatusUnauthorized || strings.Contains(body, "Gearman") {
				t.Errorf("%s with a wrong password: %d %s", path, code, body)
			}
		}
		x.url = "https://prometheus:swordfish@" + host
		if up := x.scrape().Of(addr)["gearman_up"]; up != 1 {
			t.Errorf("up is %v", up)
		}
		if code, body := x.get("/"); code != http.StatusOK || !strings.Contains(body, "Gearman") {
			t.Errorf("/: %d %s", code, body)
		}
	}
	if s := c.Stderr.String(); strings.Contains(s, "swordfish") || strings.Contains(s, string(hash)) {
		t.Errorf("a secret on stderr: %s", s)
	}
}
