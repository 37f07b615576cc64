package modgearman

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
)

const icingaModule = `# Icinga 1
define module{
        module_name     mod_gearman
        args            config=DIR/neb.conf localhostgroups=l ; as the sample has it
        path            /usr/lib/mod_gearman/mod_gearman.o
        module_type     neb
        }
define module {
        module_name     ido_mod
        path            /usr/lib/icinga/idomod.so
        args            config_file=/etc/icinga/idomod.cfg
}
`

func TestDefineModuleOfIcinga(t *testing.T) {
	dir := write(t, map[string]string{"modules.cfg": icingaModule, "neb.conf": "server=a\nhosts=no\n"})
	c := loadFile(t, filepath.Join(dir, "modules.cfg"))
	s := c.Settings(ProgramNEB)
	if fmt.Sprint(s.Servers, s.LocalHostgroups, s.Hosts) != "[a:4730] [l] false" || len(c.Entries) != 4 || !c.IsModule() {
		t.Errorf("got %v, %v, %v of %+v", s.Servers, s.LocalHostgroups, s.Hosts, c.Entries)
	}
	if e, _ := c.last("localhostgroups", DialectC); e.Line != 4 {
		t.Errorf("the arguments are said to be in line %d", e.Line)
	}
	if got := fmt.Sprint(Lint(c, nil)); strings.Contains(got, "is not an option") {
		t.Errorf("got %s", got)
	}
}

// TestTwoModulesOfACore have settings of their own, and the findings are at the line that loads each.
func TestTwoModulesOfACore(t *testing.T) {
	dir := write(t, map[string]string{
		"naemon.cfg": "broker_module=/usr/lib/mod_gearman_naemon.o config=DIR/neb.conf\n" +
			"broker_module=/usr/lib/mod_gearman_naemon.o server=b key=another_secret\nbroker_module=/usr/lib/mod_gearman_naemon.o encryption=no\n",
		"neb.conf": "server=a\nkey=long_enough_secret\nhosts=no\n",
	})
	whole := loadFile(t, filepath.Join(dir, "naemon.cfg"))
	modules := whole.Modules()
	if len(modules) != 3 {
		t.Fatalf("%d modules", len(modules))
	}
	for i, want := range []string{"[a:4730] false", "[b:4730] true", "[] true"} {
		s := modules[i].Settings(ProgramNEB)
		if got := fmt.Sprint(s.Servers, s.Hosts); got != want {
			t.Errorf("module %d: %s, want %s", i+1, got, want)
		}
		if len(modules[i].Modules()) != 1 || modules[i].Module.Line != i+1 {
			t.Errorf("module %d: %+v", i+1, modules[i].Module)
		}
	}
	if modules[0].Settings(ProgramNEB).Key.Equal(modules[1].Settings(ProgramNEB).Key) {
		t.Error("two modules have the key of one")
	}
	if got := fmt.Sprint(Lint(modules[2], nil)); !strings.Contains(got, "naemon.cfg:3: error: server: no server is set") {
		t.Errorf("got %s", got)
	}
	if alone := load(t, base); alone.Modules()[0] != alone || alone.IsModule() {
		t.Error("a file of Mod-Gearman is not its own only module")
	}
}
