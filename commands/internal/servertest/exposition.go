package servertest

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

// Exposition maps the series NAME{LABEL="VALUE",…} to their values.
type Exposition map[string]float64

// ParseExposition parses metrics as Prometheus does.
func ParseExposition(t testing.TB, text string) Exposition {
	t.Helper()
	p := expfmt.NewTextParser(model.UTF8Validation)
	families, err := p.TextToMetricFamilies(strings.NewReader(text))
	if err != nil {
		t.Fatalf("cannot parse the metrics: %v\n%s", err, text)
	}
	e := Exposition{}
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

// Of returns the metrics of one server without the label server, the exporter's own metrics and durations.
func (e Exposition) Of(server string) Exposition {
	label := fmt.Sprintf("server=%q", server)
	some := Exposition{}
	for name, v := range e {
		if strings.Contains(name, label) && !strings.Contains(name, "_seconds{") {
			name = strings.Replace(name, label, "", 1)
			name = strings.NewReplacer(",,", ",", "{,", "{", ",}", "}", "{}", "").Replace(name)
			some[name] = v
		}
	}
	return some
}

// String lists the metrics sorted by name, one per line.
func (e Exposition) String() string {
	var b bytes.Buffer
	for _, name := range slices.Sorted(maps.Keys(e)) {
		fmt.Fprintf(&b, "%s %v\n", name, e[name])
	}
	return b.String()
}

// Names returns the names of the metrics.
func (e Exposition) Names() []string {
	seen := map[string]bool{}
	for name := range e {
		name, _, _ = strings.Cut(name, "{")
		seen[name] = true
	}
	return slices.Sorted(maps.Keys(seen))
}
