package exporter_test

import (
	"bytes"
	"encoding/json"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"gearctl/commands/internal/servertest"
)

var metricName = regexp.MustCompile(`\bgearman_[a-z_]+\b`)

// exportedNames are the names of all metrics of servers, queues and workers.
func exportedNames(t testing.TB) []string {
	t.Helper()
	addr := servertest.Embedded(t)
	fillServer(t, addr)
	return slices.DeleteFunc(startExporter(t, addr, "--priorities", "--probe", "*").scrape().Names(), func(name string) bool {
		return !strings.HasPrefix(name, "gearman_")
	})
}

// usesOnly fails when text names a metric that is none.
func usesOnly(t testing.TB, names []string, where, text string) {
	t.Helper()
	for _, name := range metricName.FindAllString(text, -1) {
		if !slices.Contains(names, name) {
			t.Errorf("%s: %s is not exported", where, name)
		}
	}
}

// alertFile is the rule file of Prometheus, as far as ours uses it.
type alertFile struct {
	Groups []struct {
		Name  string
		Rules []struct {
			Alert, Expr, For    string
			Labels, Annotations map[string]string
		}
	}
}

func TestAlertsAndDashboardUseMetricsThatThereAre(t *testing.T) {
	t.Parallel()
	names := exportedNames(t)
	var alerts alertFile
	d := yaml.NewDecoder(bytes.NewReader(servertest.RepositoryFile(t, "docs/how-to/prometheus-alerts.yml")))
	d.KnownFields(true)
	if err := d.Decode(&alerts); err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, g := range alerts.Groups {
		for _, r := range g.Rules {
			n++
			usesOnly(t, names, r.Alert, r.Expr)
			if !metricName.MatchString(r.Expr) || r.Labels["severity"] == "" || r.Annotations["summary"] == "" || r.Annotations["description"] == "" {
				t.Errorf("the alert %q lacks something: %+v", r.Alert, r)
			}
		}
	}
	var dashboard struct {
		Panels []struct {
			Title   string
			Targets []struct{ Expr string }
		}
	}
	if err := json.Unmarshal(servertest.RepositoryFile(t, "docs/how-to/grafana-dashboard.json"), &dashboard); err != nil {
		t.Fatal(err)
	}
	for _, p := range dashboard.Panels {
		for _, target := range p.Targets {
			n++
			usesOnly(t, names, p.Title, target.Expr)
			if strings.Count(target.Expr, `site=~"$site",server=~"$server"`) != strings.Count(target.Expr, "gearman_") {
				t.Errorf("%s: not every metric is of the site and the servers that are chosen: %s", p.Title, target.Expr)
			}
		}
	}
	if n < 20 {
		t.Errorf("only %d expressions were seen", n)
	}
}

// TestAlertsKeepTheLabelsOfContexts asks Prometheus' own tool, if it is installed.
func TestAlertsKeepTheLabelsOfContexts(t *testing.T) {
	t.Parallel()
	promtool, err := exec.LookPath("promtool")
	if err != nil {
		t.Skip("SKIPPED: promtool of Prometheus is not installed")
	}
	dir := t.TempDir()
	for _, file := range []string{"docs/how-to/prometheus-alerts.yml", "commands/exporter/testdata/alerts_test.yml"} {
		servertest.WriteFile(t, filepath.Join(dir, filepath.Base(file)), string(servertest.RepositoryFile(t, file)))
	}
	if out, err := exec.Command(promtool, "test", "rules", filepath.Join(dir, "alerts_test.yml")).CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestTheManualNamesEveryMetric(t *testing.T) {
	t.Parallel()
	text := string(servertest.RepositoryFile(t, "docs/how-to/exporter.md"))
	names := exportedNames(t)
	usesOnly(t, names, "docs/how-to/exporter.md", text)
	for _, name := range names {
		if !strings.Contains(text, "`"+name+"`") {
			t.Errorf("docs/how-to/exporter.md does not explain %s", name)
		}
	}
}
