package exporter_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/servertest"
	"gearctl/wire/jobserver/gearmandtest"
)

// With --page / is the status page, of what servers report by themselves; without it is not.
func TestTheStatusPageShowsServersAndQueues(t *testing.T) {
	t.Parallel()
	servertest.Each(t, func(t *testing.T, good string) {
		dead, silent := gearmandtest.FreeAddr(t), servertest.StartPlayed(t, "silent")
		servertest.Submit(t, good, "pile <b>", "x")
		servertest.Submit(t, good, "gearctl_own", "x")
		server, asked := servertest.RecordRequests(t, good)
		x := startExporter(t, server+","+dead+","+silent, "--page", "--page-interval", "1s", "--exclude", "b*")
		var body string
		servertest.Until(t, "the page shows the queue", func() bool {
			_, body = x.get("/")
			return strings.Contains(body, "1 job waiting without a worker") && strings.Contains(body, "connection refused")
		})
		for _, want := range []string{"<bdi>pile &lt;b&gt;</bdi>", `<a href="/metrics">`, `<a href="/readyz">`, "CRITICAL", "every 1s"} {
			if !strings.Contains(body, want) {
				t.Errorf("no %q in %s", want, body)
			}
		}
		if strings.Contains(body, "gearctl_own") {
			t.Error("gearctl's own queue is shown")
		}
		for _, request := range asked.All() {
			if request != "version" && request != "status" {
				t.Errorf("%q was asked", request)
			}
		}
		if code := x.Stop(); code != 0 {
			t.Errorf("ended with %d", code)
		}
	})
}

func TestThePageTakesNothingButGetAndHead(t *testing.T) {
	t.Parallel()
	x := startExporter(t, servertest.Embedded(t), "--page")
	for method, want := range map[string]int{http.MethodHead: 200, http.MethodPost: 405, http.MethodDelete: 405, http.MethodOptions: 405} {
		r, err := http.NewRequestWithContext(t.Context(), method, x.url+"/", strings.NewReader(""))
		if err != nil {
			t.Fatal(err)
		}
		res, err := x.client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != want {
			t.Errorf("%s: %d, want %d", method, res.StatusCode, want)
		}
	}
	if code, body := x.get("/?sort=nosuch"); code != http.StatusBadRequest || !strings.Contains(body, "choose from queue,") {
		t.Errorf("%d %s", code, body)
	}
}

// Labels of contexts are groups, and a read-only context allows the page.
func TestThePageKnowsContexts(t *testing.T) {
	t.Parallel()
	fleet := servertest.StartFleet(t, servertest.FleetOptions{Servers: 4, Queues: 1})
	text := strings.Replace(fleet.Contexts(), "{servers", "{read_only: true, servers", 1)
	dir := writeContexts(t, t.TempDir(), text)
	x := startExporterEnv(t, func(e *cli.Env) {
		e.Getenv = func(name string) string { return map[string]string{"XDG_CONFIG_HOME": dir}[name] }
	}, "--context", "fleet", "--page", "--page-interval", "1s")
	var body string
	servertest.Until(t, "the page shows every server", func() bool {
		_, body = x.get("/?group=rome")
		return strings.Contains(body, "4 of 4 servers answer")
	})
	for _, want := range []string{"Gearman <small>fleet</small>", "By site", "<bdi>berlin</bdi>", "<bdi>stage=prod</bdi>", "<option selected>rome", "<bdi>" + fleet.Servers[3].Addr} {
		if !strings.Contains(body, want) {
			t.Errorf("no %q in %s", want, body)
		}
	}
	if strings.Contains(body, "<bdi>"+fleet.Servers[0].Addr) {
		t.Error("a server of berlin is shown for rome")
	}
	added := servertest.Embedded(t)
	writeContexts(t, dir, fmt.Sprintf("contexts:\n  fleet: {servers: '%s,%s', labels: {site: oslo}}\n", fleet.Servers[0].Addr, added))
	servertest.Until(t, "the page shows the servers of the new file", func() bool {
		_, body = x.get("/")
		return strings.Contains(body, "2 of 2 servers answer") && strings.Contains(body, "<bdi>"+added) && strings.Contains(body, "<bdi>oslo</bdi>")
	})
	if code, _ := x.get("/?group=rome"); code != http.StatusBadRequest {
		t.Errorf("a site that is gone: %d", code)
	}
}
