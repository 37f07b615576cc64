package doctor

import (
	"os"
	"path/filepath"
	"testing"

	"gearctl/commands/internal/modconf"
	"gearctl/wire/modgearman"
)

// TestTheReadersOfAResultQueue: the modules of a core that share a queue of results have all their threads there, and no others.
func TestTheReadersOfAResultQueue(t *testing.T) {
	t.Parallel()
	v := new(serverInspection)
	for _, m := range []struct{ name, core, options string }{
		{"one", "nagios.cfg", "result_workers=1\nresult_queue=a\n"},
		{"two", "nagios.cfg", "result_workers=2\nresult_queue=b\n"},
		{"four", "nagios.cfg", "result_workers=4\nresult_queue=a\n"},
		{"other core", "naemon.cfg", "result_workers=8\nresult_queue=a\n"},
		{"unknown core", "", "result_workers=16\nresult_queue=a\n"},
	} {
		path := filepath.Join(t.TempDir(), "module.conf")
		if err := os.WriteFile(path, []byte(m.options), 0o600); err != nil {
			t.Fatal(err)
		}
		c, err := modgearman.Load(path)
		if err != nil {
			t.Fatal(err)
		}
		v.plans = append(v.plans, modulePlan{config: modconf.Config{Config: c, Core: m.core}, settings: c.Settings(modgearman.ProgramNEB)})
	}
	for i, want := range []struct {
		readers int64
		first   int
	}{{5, 0}, {2, 1}, {5, 0}, {8, 3}, {16, 4}} {
		p := &v.plans[i]
		if n, err := v.resultWorkers(p); n != want.readers || err != nil {
			t.Errorf("plan %d: %d readers, %v, want %d", i, n, err, want.readers)
		}
		if v.firstOnQueue(p) != &v.plans[want.first] {
			t.Errorf("plan %d: it is not reported with plan %d", i, want.first)
		}
	}
}
