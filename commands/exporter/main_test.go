package exporter_test

import (
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/commandtest"
	"gearctl/commands/internal/servertest"
)

// expectUp scrapes and compares gearman_up of servers.
func (x *runningExporter) expectUp(want map[string]float64) {
	x.TB.Helper()
	e := x.scrape()
	for server, up := range want {
		if got, ok := e.Of(server)["gearman_up"]; !ok || got != up {
			x.TB.Errorf("up of %s is %v, %v, want %v", server, got, ok, up)
		}
	}
	for server, up := range want {
		if worker, ok := e.Of(server)[`gearman_worker_up{worker="lab"}`]; ok && worker != up {
			x.TB.Errorf("the worker is %v", worker)
		}
	}
}

// runningExporter is an exporter that answers requests.
type runningExporter struct {
	*commandtest.Command
	url    string
	client *http.Client
}

var listeningURL = regexp.MustCompile(`on (https?://\S+)/metrics`)

// startExporter starts an exporter of servers on a free port.
func startExporter(t testing.TB, servers string, flags ...string) *runningExporter {
	t.Helper()
	return startExporterEnv(t, func(*cli.Env) {}, append([]string{"-s", servers}, flags...)...)
}

// startExporterEnv starts an exporter with a changed Env on a free port.
func startExporterEnv(t testing.TB, change func(*cli.Env), flags ...string) *runningExporter {
	t.Helper()
	x := &runningExporter{Command: commandtest.StartEnv(t, change, append([]string{"exporter", "--listen", "127.0.0.1:0"}, flags...)...)}
	x.WaitStderr("/metrics", 1)
	x.url = listeningURL.FindStringSubmatch(x.Stderr.String())[1]
	x.client = &http.Client{Transport: &http.Transport{}}
	t.Cleanup(x.client.CloseIdleConnections)
	return x
}

// get returns the answer to a request, with headers given as NAME: VALUE.
func (x *runningExporter) get(path string, headers ...string) (code int, body string) {
	x.TB.Helper()
	r, err := http.NewRequestWithContext(x.TB.Context(), http.MethodGet, x.url+path, nil)
	if err != nil {
		x.TB.Fatal(err)
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Set(name, value)
	}
	res, err := x.client.Do(r)
	if err != nil {
		x.TB.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		x.TB.Fatal(err)
	}
	return res.StatusCode, string(b)
}

// scrape returns what a scrape gave.
func (x *runningExporter) scrape(headers ...string) servertest.Exposition {
	x.TB.Helper()
	code, body := x.get("/metrics", headers...)
	if code != http.StatusOK {
		x.TB.Fatalf("status %d: %s", code, body)
	}
	return servertest.ParseExposition(x.TB, body)
}
