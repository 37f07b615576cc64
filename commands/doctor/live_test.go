package doctor_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"gearctl/commands/doctor"
	"gearctl/commands/internal/commandtest"
	"gearctl/commands/internal/servertest"
	"gearctl/wire"
	"gearctl/wire/jobserver/gearmandtest"
	"gearctl/wire/waittest"
)

// lab is a good host with what runs on it.
type lab struct {
	*host
	addr string
}

// newLab starts the worker, the module's result thread and a reader of performance data at a server.
func newLab(t testing.TB, addr string) *lab {
	t.Helper()
	l := &lab{newHost(t, addr), addr}
	l.worker(servertest.Key, "--hosts", "--services", "--eventhandlers", "--hostgroup", "dmz")
	servertest.NewSilentWorker(t, addr, "check_results")
	servertest.NewSilentWorker(t, addr, "perfdata")
	return l
}

// worker starts check work with a key and waits until it serves all queues of newLab.
func (l *lab) worker(key string, flags ...string) {
	l.t.Helper()
	file := filepath.Join(l.t.TempDir(), "key")
	l.must(os.WriteFile(file, []byte(key+"\n"), 0o600))
	commandtest.StartCheckWorker(l.t, l.addr, "hostgroup_dmz", append([]string{"--key-file", file}, flags...)...)
	for _, queue := range []string{"host", "service", "eventhandler"} {
		servertest.Until(l.t, "the worker serves "+queue, func() bool { return servertest.Queue(l.t, l.addr, queue).Workers > 0 })
	}
}

// start writes the options that the service of the gearmand at an address is started with.
func (l *lab) start(addr, options string) {
	_, port, _ := strings.Cut(addr, ":")
	l.write("/etc/sysconfig/gearmand", fmt.Sprintf("OPTIONS=\"%s --port=%s\"\n", options, port))
}

// deadServer adds a server of this host on which nothing listens.
func (l *lab) deadServer(options string) (addr string) {
	addr = gearmandtest.FreeAddr(l.t)
	l.edit(nebConf, "eventhandler=yes", "server="+addr+"\neventhandler=yes")
	l.start(addr, options)
	return addr
}

// listener is a table of /proc/net/tcp with a socket, number 111, that listens at 127.0.0.last.
func listener(last, port string) string {
	number, _ := strconv.Atoi(port)
	return fmt.Sprintf("  sl  local_address\n   0: %s00007F:%04X 00000000:0000 0A 00000000:00000000 00:00000000 00000000 0 0 111 1 0\n", last, number)
}

// fill puts jobs into a queue.
func (l *lab) fill(queue string, n int) {
	l.t.Helper()
	r := commandtest.Gearctl(l.t, "", "submit", "-s", l.addr, "--background", "--count", fmt.Sprint(n), queue, "data")
	if r.Code != 0 {
		l.t.Fatalf("submit: %+v", r)
	}
}

// TestDoctorOnAHostOfGearmand: ssh HOST gearctl doctor, which is the fix for a server of another host, finds what is wrong there.
func TestDoctorOnAHostOfGearmand(t *testing.T) {
	t.Parallel()
	addr := servertest.Embedded(t)
	h := &host{t, t.TempDir()}
	h.write("/etc/init.d/gearmand", "#!/bin/sh\ngearmand -d $OPTIONS\n")
	h.link("../init.d/gearmand", "/etc/rc3.d/S85gearmand")
	start := func(addr string) {
		name, port, _ := strings.Cut(addr, ":")
		h.write("/etc/sysconfig/gearmand", fmt.Sprintf("OPTIONS=\"--listen=%s --port=%s\"\n", name, port))
	}
	start(addr)
	rows, r := h.visit()
	if r.Code != 0 || !(seen{"module", "ok", "this host", "a gearmand host", ""}).in(rows) || !(seen{"store", "ok", addr, "accepts background jobs", ""}).in(rows) {
		t.Errorf("code %d\n%s", r.Code, doctor.ShowRows(rows))
	}
	dead := gearmandtest.FreeAddr(t)
	start(dead)
	rows, r = h.visit()
	onlyFinding(t, rows, seen{"server", "error", dead, "connection refused", "service gearmand start"})
	if r.Code != commandtest.ExitFailed {
		t.Errorf("code %d", r.Code)
	}
}

func TestDoctorOnAGoodHostWithItsServer(t *testing.T) {
	t.Parallel()
	for name, start := range map[string]func(testing.TB) string{
		"embedded": servertest.Embedded,
		"gearmand": func(t testing.TB) string { return gearmandtest.Start(t) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := newLab(t, start(t))
			rows, r := l.visit()
			if r.Code != 0 || r.Stderr != "" {
				t.Errorf("code %d, stderr %q\n%s", r.Code, r.Stderr, doctor.ShowRows(rows))
			}
			for _, want := range []seen{
				{"server", "ok", l.addr, "gearmand ", ""},
				{"queue", "ok", l.addr, "4 queues the module sends to with workers: eventhandler (", ""},
				{"results", "ok", "check_results on " + l.addr, "read by 1, as set by result_workers", ""},
				{"perfdata", "ok", "perfdata on " + l.addr, "read by 1", ""},
				{"workers", "ok", l.addr, "1 worker responded", ""},
				{"jobs", "ok", l.addr, "no jobs wait", ""},
				{"load", "ok", l.addr, "in 991 hash chains", ""},
				{"returns", "ok", l.addr, "released 5 times", ""},
				{"roundtrip", "ok", "hostgroup_dmz on " + l.addr, "a check went to worker lab and came back within", ""},
				{"roundtrip", "ok", "service on " + l.addr, "with key(", ""},
				{"roundtrip", "ok", "host on " + l.addr, "a check went", ""},
			} {
				if !want.in(rows) {
					t.Errorf("no row is %+v in\n%s", want, doctor.ShowRows(rows))
				}
			}
			for _, q := range servertest.Queues(t, l.addr) {
				if strings.HasPrefix(q.Function, "gearctl_") {
					t.Errorf("queue %s is left on the server", q.Function)
				}
			}
		})
	}
}

// TestDoctorFindsWhatServersTell makes one mistake each time, of those that only a server can tell.
func TestDoctorFindsWhatServersTell(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		do    func(l *lab)
		flags []string
		want  seen
	}{
		{"a queue of a custom variable without prefix", func(l *lab) {
			l.edit(nebConf, "use_uniq_jobs=on", "use_uniq_jobs=on\nqueue_custom_variable=WORKER")
			l.edit("/var/spool/icinga/objects.cache", "check_command\tping", "check_command\tping\n\t_WORKER\tbranch")
		}, nil, seen{"queue", "error", "branch on ", "without the prefix hostgroup_", "set the custom variable to hostgroup_branch"}},
		{"a queue without worker", func(l *lab) {
			l.edit(nebConf, "hostgroups=dmz", "hostgroups=lan,dmz")
			l.edit(workerConf, "hostgroups=dmz", "hostgroups=lan,dmz")
			l.edit("/var/spool/icinga/objects.cache", "members	fw01\n\t}", "members	fw01\n\t}\ndefine hostgroup {\n\thostgroup_name	lan\n\tmembers	web01\n\t}")
		}, nil, seen{"queue", "error", "hostgroup_lan on ", "the checks of 1 host and 1 service go there, but no worker serves it", "service mod_gearman_worker restart"}},
		{"a group that does not exist", func(l *lab) { l.edit(nebConf, "hostgroups=dmz", "hostgroups=dmz,dmzz") }, nil, seen{"queue", "warning", nebConf, `hostgroups names the group "dmzz", which the core does not have`, "6c hostgroups=dmz'"}},
		{"a worker in vain", func(l *lab) { servertest.NewSilentWorker(l.t, l.addr, "servicegroup_old") }, nil, seen{"queue", "warning", "servicegroup_old on ", "1 worker serves it, but the module never sends to it", "remove servicegroups=old from the worker"}},
		{"the worker of this host is not there", func(l *lab) {
			l.edit(workerConf, "hostgroups=dmz", "hostgroups=dmz\nidentifier=elsewhere")
		}, nil, seen{"workers", "error", "elsewhere on ", workerConf + " names this worker, but it is not connected", "service mod_gearman_worker restart"}},
		{"no objects", func(l *lab) { l.edit(icingaCfg, "object_cache_file=", "#") }, nil, seen{"queue", "unknown", "this host", "no object_cache_file", "--objects FILE"}},
		{"two cores share the results", func(l *lab) { servertest.NewSilentWorker(l.t, l.addr, "check_results") }, nil, seen{"results", "error", "check_results", "2 readers, but the module has 1", "echo result_queue=check_results_icinga >> " + nebConf + " && service icinga restart"}},
		{"no consumer for the results", func(l *lab) { l.edit(nebConf, "result_workers=1", "result_workers=1\nresult_queue=other_results") }, nil, seen{"results", "error", "other_results", "no consumer for the results", "service icinga restart"}},
		{"a result thread is gone", func(l *lab) { l.edit(nebConf, "result_workers=1", "result_workers=3") }, nil, seen{"results", "warning", "check_results", "1 reader, but the module should have 3", "service icinga restart"}},
		{"no consumer for the perfdata", func(l *lab) { l.edit(nebConf, "perfdata=yes", "perfdata=other") }, nil, seen{"perfdata", "warning", "other on ", "no consumer for", "13c perfdata=no"}},
		{"jobs in a forgotten queue", func(l *lab) { l.fill("forgotten", 3) }, nil, seen{"jobs", "error", "forgotten on ", "3 jobs wait but no worker serves it", " drain --to forgotten.jobs forgotten"}},
		{"jobs in a queue without prefix", func(l *lab) { l.fill("dmz", 1) }, nil, seen{"jobs", "error", "dmz on ", "workers serve hostgroup_dmz: the prefix is missing", "set the custom variable to hostgroup_dmz"}},
		{"a phantom", func(l *lab) {
			commandtest.Gearctl(l.t, "", "submit", "-s", l.addr, "worker_old", "check", "--wait", "10ms")
			servertest.Until(l.t, "the job is abandoned", func() bool {
				jobs, err := wire.WithConn(l.t.Context(), new(wire.Dialer), l.addr, func(ctx context.Context, c *wire.Conn) (wire.JobTotals, error) {
					return c.JobTotals(ctx)
				})
				return err == nil && jobs.Jobs == 1 && jobs.Ignored == 1
			})
		}, nil, seen{"jobs", "warning", "worker_old on ", "phantoms", " queue gc"}},
		{"long hash chains", func(l *lab) { l.fill("perfdata", 199_200) }, []string{"--interval", "1ms"}, seen{"load", "warning", "127.0.0.1", "201 in each of its 991 hash chains", "--hashtable-buckets"}},
		{"a server that is down", func(l *lab) { l.deadServer("") }, nil, seen{"server", "error", "127.0.0.1", "cannot be reached: dial", "service gearmand start"}},
		{"a server whose log has a later error", func(l *lab) {
			l.deadServer("-q libsqlite3 --libsqlite3-db=/var/lib/jobs.db -l /var/log/g.log")
			l.write("/var/log/g.log", "ERROR failed to reload queue\nERROR something else\n")
		}, nil, seen{"server", "error", "127.0.0.1", "cannot be reached: dial", "service gearmand start"}},
		{"a server whose store keeps it from starting", func(l *lab) {
			l.deadServer("--queue-type=libsqlite3 --libsqlite3-db=/var/lib/jobs.db --libsqlite3-table=jobs --log-file=/var/log/g.log")
			l.write("/var/log/g.log", strings.Repeat("INFO started\n", 10_000)+"ERROR failed to reload queue gearmand_run(QUEUE_ERROR)\nINFO Shutdown complete\n")
		}, nil, seen{"server", "error", "127.0.0.1", "/var/lib/jobs.db holds a job without a workload", `sqlite3 /var/lib/jobs.db "UPDATE jobs SET data = x'' WHERE data IS NULL" && service gearmand start`}},
		{"a server that does not start without its store", func(l *lab) {
			l.deadServer("-q redis --redis-server=127.0.0.1 --redis-port=2")
		}, nil, seen{"server", "error", "127.0.0.1", "its store redis at 127.0.0.1:2 cannot be reached: connection refused; gearmand does not start without it", "service redis-server restart && service gearmand start"}},
		{"a server on another port than its service's", func(l *lab) {
			l.edit(nebConf, "eventhandler=yes", "server="+gearmandtest.FreeAddr(l.t)+"\neventhandler=yes")
		}, nil, seen{"server", "error", "127.0.0.1", "; /etc/init.d/gearmand starts gearmand on port 4730", "write 127.0.0.1:4730 instead of 127.0.0.1:"}},
		{"a server that listens elsewhere", func(l *lab) {
			addr := l.deadServer("--listen=127.0.0.9")
			_, port, _ := strings.Cut(addr, ":")
			l.write("/proc/812/cmdline", "/usr/sbin/gearmand\x00--listen=127.0.0.9\x00-p\x00"+port+"\x00")
			l.write("/proc/812/net/tcp", listener("09", port))
			l.link("socket:[111]", "/proc/812/fd/3")
		}, nil, seen{"server", "error", "127.0.0.1", "process 812 of gearmand listens on 127.0.0.9 only (--listen=127.0.0.9)", `s/(--listen[= ]127\.0\.0\.9|-L[= ]*127\.0\.0\.9)/--listen=0.0.0.0/' /etc/sysconfig/gearmand && service gearmand restart`}},
		{"a dupserver that is down", func(l *lab) {
			l.edit(workerConf, "eventhandler=yes", "dupserver="+gearmandtest.FreeAddr(l.t)+"\neventhandler=yes")
		}, nil, seen{"server", "warning", "127.0.0.1", "cannot reach the dupserver, copies of results are lost", ""}},
		{"a dupserver that no service starts", func(l *lab) {
			l.start(l.addr, "")
			l.edit(workerConf, "eventhandler=yes", "dupserver="+gearmandtest.FreeAddr(l.t)+"\neventhandler=yes")
		}, nil, seen{"server", "warning", "127.0.0.1", "copies of results are lost: dial ", "from dupserver="}},
		{"a second server that no service starts", func(l *lab) {
			l.start(l.addr, "")
			l.edit(nebConf, "eventhandler=yes", "server="+gearmandtest.FreeAddr(l.t)+"\neventhandler=yes")
		}, nil, seen{"server", "error", "127.0.0.1", "; /etc/init.d/gearmand starts gearmand on port ", "from server="}},
		{"no result_workers, and another core", func(l *lab) { l.edit(nebConf, "result_workers=1", "result_workers=00\nresult_queue=check_results") }, nil, seen{"results", "warning", "check_results", "another core takes the results", "13c result_queue=check_results_icinga"}},
		{"perfdata without end", func(l *lab) {
			l.edit(nebConf, "perfdata=yes", "perfdata=other")
			l.edit(nebConf, "perfdata_mode=1", "perfdata_mode=2")
		}, nil, seen{"perfdata", "error", "other on ", "grows without limit, until memory is exhausted (perfdata_mode=2)", "14c perfdata_mode=1"}},
		{"--ssl that is plain", func(l *lab) { l.start(l.addr, "--ssl") }, nil, seen{"server", "error", "127.0.0.1", "/etc/sysconfig/gearmand starts it with --ssl but it speaks plain text", "built with SSL"}},
		{"TLS that is plain", func(l *lab) {}, []string{"--tls-insecure"}, seen{"server", "error", "127.0.0.1", "TLS was requested but the server speaks plain text", "built with SSL"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			l := newLab(t, servertest.Embedded(t))
			c.do(l)
			rows, r := l.visit(append([]string{"--read-only"}, c.flags...)...)
			onlyFinding(t, rows, c.want, "configuration")
			if want := codeFor(c.want.state); r.Code != want {
				t.Errorf("code %d, want %d", r.Code, want)
			}
		})
	}
}

func TestDoctorProvesEncryption(t *testing.T) {
	t.Parallel()
	addr := servertest.Embedded(t)
	l := &lab{newHost(t, addr), addr}
	l.worker("another key of the lab", "--hosts", "--services", "--eventhandlers", "--hostgroup", "dmz")
	servertest.NewSilentWorker(t, addr, "check_results")
	servertest.NewSilentWorker(t, addr, "perfdata")
	rows, r := l.visit()
	onlyFinding(t, rows, seen{"roundtrip", "error", "hostgroup_dmz on " + addr, "but no result came back: the keys probably differ", "gearctl config show " + nebConf + " " + workerConf})
	if r.Code != commandtest.ExitFailed {
		t.Errorf("code %d", r.Code)
	}
	servertest.NoPrivateQueues(t, addr)
}

func TestDoctorFindsJobRetries(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ retries, state, finding string }{
		{"1", "error", "destroys a job that is released once"},
		{"3", "warning", "destroys a job that is released 3 times"},
	} {
		t.Run(c.retries, func(t *testing.T) {
			t.Parallel()
			l := newLab(t, gearmandtest.Start(t, "--job-retries="+c.retries))
			rows, _ := l.visit()
			onlyFinding(t, rows, seen{"returns", c.state, l.addr, c.finding, "--job-retries"})
		})
	}
}

// TestDoctorSeesAQueueGrow lets a queue grow between the two looks.
func TestDoctorSeesAQueueGrow(t *testing.T) {
	t.Parallel()
	l := newLab(t, servertest.Embedded(t))
	l.fill("perfdata", 1)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		for ctx.Err() == nil {
			commandtest.GearctlContext(ctx, strings.NewReader(""), "submit", "-s", l.addr, "--background", "--count", "100", "perfdata", "data")
		}
	}()
	rows, _ := l.visit("--read-only", "--interval", "4s")
	cancel()
	waittest.Receive(t, "the last submit ends", done)
	onlyFinding(t, rows, seen{"perfdata", "warning", "perfdata on " + l.addr, "it grows", "gearctl -s " + l.addr + " workers perfdata"})
}

// TestDoctorAsksTheWorkers: one that hangs looks as if it served its queues.
func TestDoctorAsksTheWorkers(t *testing.T) {
	t.Parallel()
	l := newLab(t, gearmandtest.Start(t))
	servertest.NewSilentWorker(t, l.addr, "worker_hung")
	rows, r := l.visit()
	want := seen{"workers", "error", "hung on " + l.addr, "no status reply within 2s", "workers --wide"}
	if !want.in(rows) || r.Code != commandtest.ExitFailed {
		t.Errorf("code %d, no row is %+v in\n%s", r.Code, want, doctor.ShowRows(rows))
	}
	if q := servertest.Queue(t, l.addr, "worker_hung"); q.Total != 0 {
		t.Errorf("left behind: %+v", q)
	}
}

// TestDoctorSeesOldServers asks servers of other dialects.
func TestDoctorSeesOldServers(t *testing.T) {
	t.Parallel()
	for dialect, want := range map[string]seen{
		"0.33": {"server", "warning", "", "gearmand 0.33: no show jobs", "update gearmand to 1.1.22"},
		"perl": {"server", "error", "", "takes no jobs of low priority", "gearman-job-server"},
	} {
		t.Run(dialect, func(t *testing.T) {
			t.Parallel()
			if _, ok := servertest.Dialects[dialect]; !ok {
				t.Fatalf("no dialect %q", dialect)
			}
			h := newHost(t, servertest.StartOld(t, dialect))
			rows, _ := h.visit("--wait", "1s")
			if !want.in(rows) {
				t.Errorf("no row is %+v in\n%s", want, doctor.ShowRows(rows))
			}
		})
	}
}

// TestDoctorIsStopped interrupts it while it waits for a result.
func TestDoctorIsStopped(t *testing.T) {
	t.Parallel()
	addr := servertest.Embedded(t)
	h := newHost(t, addr)
	w := servertest.NewSilentWorker(t, addr, "service")
	c := commandtest.Start(t, "doctor", "--root", h.root, "--wait", "1m")
	w.Grab()
	begun := time.Now()
	if code := c.Stop(); code != commandtest.ExitInterrupted || time.Since(begun) > servertest.Timeout || !strings.Contains(c.Stdout.String(), "roundtrip") {
		t.Errorf("code %d after %v, stderr %q", code, time.Since(begun), c.Stderr.String())
	}
}

// TestDoctorOnAHostOfWorkers sends its checks with the worker's key through the worker's queues.
func TestDoctorOnAHostOfWorkers(t *testing.T) {
	t.Parallel()
	l := newLab(t, servertest.Embedded(t))
	for _, name := range []string{icingaCfg, nebConf} {
		l.remove(name)
	}
	rows, r := l.visit()
	if !(seen{"roundtrip", "ok", "hostgroup_dmz on " + l.addr, "a check went to worker lab", ""}).in(rows) || r.Code != 0 {
		t.Errorf("code %d\n%s", r.Code, doctor.ShowRows(rows))
	}
}
