package commands

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

// runningExporter is an exporter that answers requests.
type runningExporter struct {
	*command
	url    string
	client *http.Client
}

var listeningURL = regexp.MustCompile(`on (https?://\S+)/metrics`)

// startExporter starts an exporter of servers on a free port.
func startExporter(t testing.TB, servers string, flags ...string) *runningExporter {
	t.Helper()
	x := &runningExporter{command: start(t, append([]string{"exporter", "-s", servers, "--listen", "127.0.0.1:0"}, flags...)...)}
	x.says("/metrics", 1)
	x.url = listeningURL.FindStringSubmatch(x.stderr.String())[1]
	x.client = &http.Client{Transport: &http.Transport{}}
	t.Cleanup(x.client.CloseIdleConnections)
	return x
}

// get returns the answer to a request, with headers given as NAME: VALUE.
func (x *runningExporter) get(path string, headers ...string) (code int, body string) {
	x.t.Helper()
	r, err := http.NewRequestWithContext(x.t.Context(), http.MethodGet, x.url+path, nil)
	if err != nil {
		x.t.Fatal(err)
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Set(name, value)
	}
	res, err := x.client.Do(r)
	if err != nil {
		x.t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		x.t.Fatal(err)
	}
	return res.StatusCode, string(b)
}

// scrape returns what a scrape gave.
func (x *runningExporter) scrape(headers ...string) exposition {
	x.t.Helper()
	code, body := x.get("/metrics", headers...)
	if code != http.StatusOK {
		x.t.Fatalf("status %d: %s", code, body)
	}
	return parseExposition(x.t, body)
}

// exposition is metrics: NAME{LABEL="VALUE",…} and the value.
type exposition map[string]float64

// parseExposition reads metrics as Prometheus does.
func parseExposition(t testing.TB, text string) exposition {
	t.Helper()
	p := expfmt.NewTextParser(model.UTF8Validation)
	families, err := p.TextToMetricFamilies(strings.NewReader(text))
	if err != nil {
		t.Fatalf("the metrics cannot be read: %v\n%s", err, text)
	}
	e := exposition{}
	for name, f := range families {
		for _, m := range f.GetMetric() {
			if f.GetHelp() == "" || f.GetType() == dto.MetricType_UNTYPED {
				t.Errorf("%s has no help or no type", name)
			}
			e[seriesName(name, m)] = m.GetGauge().GetValue() + m.GetCounter().GetValue()
		}
	}
	return e
}

func seriesName(name string, m *dto.Metric) string {
	labels := make([]string, 0, len(m.GetLabel()))
	for _, l := range m.GetLabel() {
		labels = append(labels, fmt.Sprintf("%s=%q", l.GetName(), l.GetValue()))
	}
	slices.Sort(labels)
	return name + "{" + strings.Join(labels, ",") + "}"
}

// of returns the metrics of a server, without the label server, those of the exporter itself and durations.
func (e exposition) of(server string) exposition {
	label := fmt.Sprintf("server=%q", server)
	some := exposition{}
	for name, v := range e {
		if strings.Contains(name, label) && !strings.Contains(name, "_seconds{") {
			name = strings.Replace(name, label, "", 1)
			name = strings.NewReplacer(",,", ",", "{,", "{", ",}", "}", "{}", "").Replace(name)
			some[name] = v
		}
	}
	return some
}

// String lists the metrics in order, one a line.
func (e exposition) String() string {
	var b bytes.Buffer
	for _, name := range slices.Sorted(maps.Keys(e)) {
		fmt.Fprintf(&b, "%s %v\n", name, e[name])
	}
	return b.String()
}

// names returns the names of the metrics.
func (e exposition) names() []string {
	seen := map[string]bool{}
	for name := range e {
		name, _, _ = strings.Cut(name, "{")
		seen[name] = true
	}
	return slices.Sorted(maps.Keys(seen))
}
