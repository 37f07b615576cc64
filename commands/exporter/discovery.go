package exporter

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"os"
	"strconv"
	"time"

	"gearctl/commands/internal/contexts"
	"gearctl/wire/disk"
)

// metaPrefix begins the labels that service discovery gives to targets. Prometheus drops such labels after relabelling.
const metaPrefix = "__meta_gearctl_"

// targetGroup is targets with the same labels, as the files and the HTTP service discovery of Prometheus have them.
type targetGroup struct {
	Targets []string          `json:"targets"` // host:port
	Labels  map[string]string `json:"labels"`
}

func newTargetGroup(context string) targetGroup {
	return targetGroup{[]string{}, map[string]string{metaPrefix + "context": context}}
}

// add adds a server of the context.
func (g *targetGroup) add(s *contexts.Server) {
	g.Targets = append(g.Targets, s.Address)
	g.Labels[metaPrefix+"read_only"] = strconv.FormatBool(s.ReadOnly)
	for name, value := range s.Labels {
		g.Labels[metaPrefix+"label_"+metricLabel(name)] = value
	}
}

// discovery returns the targets as JSON.
func (f *fleet) discovery() []byte {
	b, err := json.MarshalIndent(f.groups, "", "  ")
	if err != nil {
		panic(err) // strings can be marshalled
	}
	return append(b, '\n')
}

// discover responds with the targets, for http_sd_configs.
func (x *exporter) discover(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	w.Write(x.source.get().discovery())
}

// writeTargets writes a file for file_sd_configs, once, or whenever the contexts have changed, checked at every interval until
// ctx ends.
func (x *exporter) writeTargets(ctx context.Context, path string, interval time.Duration) error {
	if interval <= 0 {
		return x.replaceTargets(path)
	}
	return x.repeat(ctx, interval, func() error { return x.replaceTargets(path) })
}

// replaceTargets replaces the file of targets unless it has them already: Prometheus reads it again whenever it changes.
func (x *exporter) replaceTargets(path string) error {
	targets := x.source.get().discovery()
	if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() {
		if now, err := disk.ReadFile(x.env.FS(), path, int64(len(targets))); err == nil && bytes.Equal(now, targets) {
			return nil
		}
	}
	return x.writeFile("--sd-file", path, targets)
}
