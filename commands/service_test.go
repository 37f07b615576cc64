package commands_test

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"gearctl/commands/internal/commandtest"
	"gearctl/commands/internal/servertest"
)

// TestDaemonsReportToTheServiceManager starts the daemons that have units as a service with Type=notify and a watchdog: they
// report that they are ready, live, reload and stop. The commands they run do not have the socket.
func TestDaemonsReportToTheServiceManager(t *testing.T) {
	t.Parallel()
	addr := servertest.Embedded(t)
	all := daemons(addr, t.TempDir())
	all["work"] = []string{"work", "-s", addr, "q", "--", "sh", "-c", "env"}
	for _, name := range []string{"work", "check work", "proxy", "exporter"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir, err := os.MkdirTemp("", "notify") // the path of a socket is short
			if err != nil {
				t.Fatal(err)
			}
			defer os.RemoveAll(dir)
			manager, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: filepath.Join(dir, "s"), Net: "unixgram"})
			if err != nil {
				t.Fatal(err)
			}
			defer manager.Close()
			service := exec.CommandContext(t.Context(), commandtest.Binary(t), all[name]...)
			service.Env = append(os.Environ(), "NOTIFY_SOCKET="+filepath.Join(dir, "s"), "WATCHDOG_USEC=200000")
			service.SysProcAttr = &syscall.SysProcAttr{Setsid: true} // else SIGHUP means that the terminal is gone
			var stderr servertest.Buffer
			service.Stderr = &stderr
			if err := service.Start(); err != nil {
				t.Fatal(err)
			}
			expect := func(state string) {
				t.Helper()
				if err := manager.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
					t.Fatal(err)
				}
				var got []string
				for b := make([]byte, 4096); !slices.Contains(got, state); {
					n, err := manager.Read(b)
					if err != nil {
						t.Fatalf("the service manager did not hear %s, but %q: %v\n%s", state, got, err, stderr.String())
					}
					got = strings.Split(string(b[:n]), "\n")
				}
			}
			expect("READY=1")
			expect("WATCHDOG=1")
			if name == "work" {
				r := commandtest.Gearctl(t, "", "-s", addr, "submit", "q", "x")
				if r.Code != 0 || !strings.Contains(r.Stdout, "PATH=") || strings.Contains(r.Stdout, "NOTIFY_SOCKET") || strings.Contains(r.Stdout, "WATCHDOG") {
					t.Errorf("the environment of a command has what is for the service's main process: %+v", r)
				}
			}
			if name == "proxy" || name == "check work" {
				if err := service.Process.Signal(syscall.SIGHUP); err != nil {
					t.Fatal(err)
				}
				expect("RELOADING=1")
				expect("READY=1")
			}
			if err := service.Process.Signal(syscall.SIGTERM); err != nil {
				t.Fatal(err)
			}
			expect("STOPPING=1")
			if err := service.Wait(); err != nil {
				t.Errorf("SIGTERM: %v\n%s", err, stderr.String())
			}
		})
	}
}
