package doctor_test

import (
	"bufio"
	"fmt"
	"net"
	"strings"
	"testing"

	"gearctl/commands/doctor"
	"gearctl/wire/jobserver/gearmandtest"
)

// process adds a gearmand that runs: its command line, and the port on which it listens.
func (h *host) process(pid, port string, args ...string) {
	dir := "/proc/" + pid
	h.write(dir+"/cmdline", strings.Join(append([]string{"/usr/sbin/gearmand"}, args...), "\x00")+"\x00")
	h.write(dir+"/net/tcp", listener("01", port))
	h.link("socket:[111]", dir+"/fd/3")
	h.limit(pid, 1024)
}

// limit sets how many descriptors a process may open.
func (h *host) limit(pid string, n int) {
	h.write("/proc/"+pid+"/limits", fmt.Sprintf("Max open files            %d                 524288               files\n", n))
}

// opens gives a process descriptors, with that of process.
func (h *host) opens(pid string, n int) {
	for i := range n - 1 {
		h.write(fmt.Sprintf("/proc/%s/fd/%d", pid, 10+i), "")
	}
}

const gearmandUnit = "/lib/systemd/system/gearman-job-server.service"

// unit installs gearmand's unit of Debian, with options in its file.
func (h *host) unit(options string) {
	h.remove("/etc/init.d/gearmand")
	h.remove("/etc/rc3.d/S85gearmand")
	h.write(gearmandUnit, "[Service]\nEnvironmentFile=-/etc/default/gearman-job-server\nExecStart=/usr/sbin/gearmand $PARAMS\n[Install]\nWantedBy=multi-user.target\n")
	h.link(gearmandUnit, "/etc/systemd/system/multi-user.target.wants/gearman-job-server.service")
	h.write("/etc/default/gearman-job-server", "PARAMS=\""+options+"\"\n")
}

func TestDoctorReadsTheGearmandsOfTheHost(t *testing.T) {
	t.Parallel()
	const restart = "systemctl restart gearman-job-server"
	findMistakes(t, []mistake{
		{"all is well", func(h *host) {
			h.unit("--listen=localhost -q libsqlite3 --libsqlite3-db=/var/lib/j.db")
			h.process("812", "4730", "--listen=localhost", "--queue-type=libsqlite3", "--libsqlite3-db", "/var/lib/j.db", "-d")
		}, seen{"gearmand", "ok", "process 812 (127.0.0.1:4730)", "keeps jobs in SQLite at /var/lib/j.db; runs with the options of its files; 1 of 1,024 descriptors open", ""}},
		{"changed, not restarted", func(h *host) {
			h.unit("--listen=localhost --job-retries=3")
			h.process("812", "4730", "--listen=localhost", "--threads=2", "-d")
		}, seen{"gearmand", "warning", "process 812", "not restarted: /etc/default/gearman-job-server has --job-retries=3, which it runs without, it runs with --threads=2, which they do not have", restart}},
		{"another value", func(h *host) {
			h.unit("--listen=localhost")
			h.process("812", "4730", "--listen=0.0.0.0")
		}, seen{"gearmand", "warning", "process 812", "has --listen=localhost, it runs with --listen=0.0.0.0", restart}},
		{"a password", func(h *host) {
			h.unit("-q redis --redis-password=new")
			h.process("812", "4730", "-q", "redis", "--redis-password=old")
		}, seen{"gearmand", "warning", "process 812", "has another --redis-password", restart}},
		{"a unit of its own", func(h *host) {
			h.unit("--listen=localhost")
			h.process("812", "4730", "--ssl")
			h.write("/proc/812/cgroup", "0::/system.slice/other.service\n")
		}, seen{"gearmand", "ok", "process 812", "keeps jobs in memory; 1 of", ""}},
		{"retries", func(h *host) {
			h.unit("--job-retries=7")
			h.process("812", "4730", "--job-retries=7")
		}, seen{"gearmand", "warning", "process 812", "--job-retries=7: it destroys a job that is released 7 times", `sed -i -E --follow-symlinks 's/ *(--job-retries[= ]7|-j[= ]*7)//' /etc/default/gearman-job-server && ` + restart}},
		{"an option in a comment", func(h *host) {
			h.unit("--listen=localhost")
			h.write("/etc/gearmand.conf", "# as it was in May: --threads=2\n#--port=4731\n# -- not an option: --thread-pool=9\n")
			h.process("812", "4730", "--listen=localhost")
		}, seen{"gearmand", "warning", "process 812", "/etc/gearmand.conf has --threads=2 in a comment, and gearmand obeys it", `sed -i -E --follow-symlinks '/#/s/ *(--threads[= ]2|-t[= ]*2)//' /etc/gearmand.conf && ` + restart}},
		{"retries of more than eight bits", func(h *host) {
			h.unit("--job-retries=258")
			h.process("812", "4730", "--job-retries=258")
		}, seen{"gearmand", "warning", "process 812", "modulo 256, and destroys a job that is released 2 times", restart}},
		{"nearly out of descriptors", func(h *host) {
			h.unit("")
			h.process("812", "4730")
			h.limit("812", 100)
			h.edit(workerConf, "max-worker=50", "max-worker=5")
			h.opens("812", 80)
		}, seen{"gearmand", "warning", "process 812", "80 of its 100 descriptors are open", `mkdir -p /etc/systemd/system/gearman-job-server.service.d && printf '[Service]\nLimitNOFILE=65536\n' > /etc/systemd/system/gearman-job-server.service.d/limit.conf && systemctl daemon-reload && prlimit --pid 812 --nofile=65536:`}},
		{"out of descriptors, with an init script", func(h *host) {
			h.process("812", "4730")
			h.limit("812", 100)
			h.opens("812", 99)
			h.write("/etc/sysconfig/gearmand", "\n")
		}, seen{"gearmand", "error", "process 812", "99 of its 100 descriptors are open: at its limit", `echo 'ulimit -n 65536' >> /etc/sysconfig/gearmand && prlimit --pid 812 --nofile=65536:`}},
		{"more workers than it can serve", func(h *host) {
			h.unit("")
			h.process("812", "4730")
			h.edit(workerConf, "max-worker=50", "max-worker=600")
		}, seen{"gearmand", "warning", "process 812", "max-worker allows 600 workers on this host, with 2 connections each, but its limit is 1,024", "prlimit --pid 812"}},
		{"two that share a file", func(h *host) {
			h.unit("-q libsqlite3 --libsqlite3-db=/var/lib/j.db")
			h.process("812", "4730", "-q", "libsqlite3", "--libsqlite3-db=/var/lib/j.db")
			h.process("813", "4731", "-q", "libsqlite3", "--libsqlite3-db=/var/lib/../lib/j.db", "-p", "4731")
		}, seen{"gearmand", "error", "process 812", "keeps jobs in the same place as process 813 (127.0.0.1:4731): SQLite at /var/lib/j.db, gearman_queue: when one of them starts", "start the gearmand on port 4731 with --libsqlite3-table=gearman_4731"}},
		{"two that share a table, one that is not running", func(h *host) {
			h.unit("-q Postgres --libpq-conninfo=host=db.example")
			h.process("812", "4730", "-q", "Postgres", "--libpq-conninfo=host=db.example")
			h.write("/etc/systemd/system/gm2.service", "[Service]\nExecStart=/usr/sbin/gearmand -q Postgres --libpq-conninfo=host=db.example -p 4731\n")
		}, seen{"gearmand", "error", "process 812", "in the same place as /etc/systemd/system/gm2.service", `'s/(--queue-type[= ]Postgres|-q[= ]*Postgres)/& --libpq-table=gearman_4731/' /etc/systemd/system/gm2.service && systemctl daemon-reload && systemctl restart gm2`}},
		{"two containers with one redis", func(h *host) {
			h.write("/proc/self/ns/.keep", "")
			h.link("net:[1]", "/proc/self/ns/net")
			for _, pid := range []string{"812", "813"} {
				h.process(pid, "4730", "-q", "redis", "--redis-server=r")
				h.link("net:["+pid+"]", "/proc/"+pid+"/ns/net")
			}
		}, seen{"gearmand", "error", "process 812", "keeps jobs in the same place as process 813 (127.0.0.1:4730): redis at r:6379, _gear_", "--redis-prefix=gearman_4730"}},
	})
}

// TestDoctorSeesWhyAGearmandIsSilent: one that is out of descriptors accepts nothing, and needs no restart.
func TestDoctorSeesWhyAGearmandIsSilent(t *testing.T) {
	t.Parallel()
	addr := gearmandtest.FreeAddr(t)
	_, port, _ := strings.Cut(addr, ":")
	h := newHost(t, addr)
	h.write("/etc/sysconfig/gearmand", "OPTIONS=\"--port="+port+"\"\n")
	h.process("812", port, "--port="+port)
	h.limit("812", 30)
	h.opens("812", 25)
	rows, _ := h.visit()
	want := seen{"server", "error", addr, "connection refused; 25 of the 30 descriptors of process 812 are open", "&& prlimit --pid 812 --nofile=65536:"}
	if !want.in(rows) {
		t.Errorf("no row is %+v in\n%s", want, doctor.ShowRows(rows))
	}
}

// TestDoctorOnAGearmandWhoseStoreDied starts gearmand with a store, and takes it away.
func TestDoctorOnAGearmandWhoseStoreDied(t *testing.T) {
	t.Parallel()
	gearmandtest.RequireStore(t, "redis")
	redis := newEmptyRedis(t)
	addr := gearmandtest.Start(t, "--queue-type=redis", "--redis-server=127.0.0.1", fmt.Sprintf("--redis-port=%d", redis.port()))
	_, port, _ := strings.Cut(addr, ":")
	h := newHost(t, addr)
	h.unit("")
	h.process("812", port, "--queue-type=redis", "--redis-server=127.0.0.1", fmt.Sprintf("--redis-port=%d", redis.port()), "-p", port)
	h.write("/proc/812/cgroup", "0::/system.slice/gearman-job-server.service\n")
	redis.stop()
	rows, _ := h.visit()
	want := seen{"store", "error", addr, fmt.Sprintf("its store redis at 127.0.0.1:%d cannot be reached: connection refused", redis.port()), "systemctl restart redis-server && systemctl restart gearman-job-server"}
	if !want.in(rows) {
		t.Errorf("no row is %+v in\n%s", want, doctor.ShowRows(rows))
	}
}

// emptyRedis answers as a redis without keys that takes every command.
type emptyRedis struct {
	listener net.Listener
	stop     func()
}

func newEmptyRedis(t *testing.T) *emptyRedis {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	conns := make(chan net.Conn, 10)
	go func() {
		defer close(conns)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			conns <- c
			go answerRedis(c)
		}
	}()
	stop := func() {
		l.Close()
		for c := range conns {
			c.Close()
		}
	}
	t.Cleanup(func() { l.Close() })
	return &emptyRedis{l, stop}
}

func (r *emptyRedis) port() int { return r.listener.Addr().(*net.TCPAddr).Port }

// answerRedis reads commands, "*WORDS", then "$LENGTH" and the word each, and answers them.
func answerRedis(c net.Conn) {
	defer c.Close()
	in := bufio.NewReader(c)
	for {
		line, err := in.ReadString('\n')
		var words int
		if _, scanErr := fmt.Sscanf(line, "*%d", &words); err != nil || scanErr != nil {
			return
		}
		first := ""
		for i := range words {
			in.ReadString('\n') // its length
			word, _ := in.ReadString('\n')
			if i == 0 {
				first = strings.ToUpper(strings.TrimSpace(word))
			}
		}
		answer := "+OK\r\n"
		if first == "KEYS" {
			answer = "*0\r\n"
		}
		if _, err := c.Write([]byte(answer)); err != nil {
			return
		}
	}
}
