//go:build bench

package commands_test

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"gearctl/commands/internal/servertest"
	"gearctl/wire"
	"gearctl/wire/jobserver/gearmandtest"
	"gearctl/wire/modgearman"
)

// jobs compares the list of n waiting jobs.
func (p *pairs) jobs(n int) {
	p.addr = gearmandtest.Start(p.t, "--threads=4")
	p.bareFill("jobs", n)
	p.besideGearadmin(21, fmt.Sprintf("jobs, %d, csv", n), "1.0", "--show-jobs", "jobs", "-o", "csv")
}

// besideGearadmin compares a command with one of gearadmin on the same server.
func (p *pairs) besideGearadmin(n int, work, bar, theirs string, argv ...string) {
	p.t.Helper()
	host, port, _ := net.SplitHostPort(p.addr)
	p.sideBySide(n, work, "gearadmin "+theirs, bar,
		func() cost { return p.spend(nil, append([]string{p.gearctl, "-s", p.addr}, argv...)...) },
		func() cost {
			return p.spend(nil, gearmandtest.Require(p.t, "gearadmin"), "-h", host, "-p", port, theirs)
		})
}

// status compares n queues in every format.
func (p *pairs) status(n int) {
	p.addr = p.withQueues(n)
	for format, bar := range map[string]string{"json": "1.0", "csv": "", "table": "4"} {
		p.besideGearadmin(31, fmt.Sprintf("status of %d queues, %s", n, format), bar, "--status", "status", "-o", format)
	}
}

// health compares the check of one queue with a program that has the imports of all packages of gearctl and does nothing.
func (p *pairs) health() {
	p.addr = p.withQueues(1)
	empty := p.emptyMain()
	p.sideBySide(81, "health of 1 queue", "an empty main with the same imports", "1.25",
		func() cost { return p.spend(nil, p.gearctl, "-s", p.addr, "health") },
		func() cost { return p.spend(nil, empty) })
	p.besideGearadmin(81, "status of 1 queue, table", "0.8", "--status", "status")
}

// emptyMain builds a program that imports every package that a package of gearctl imports and that is not one of gearctl.
func (p *pairs) emptyMain() string {
	list := exec.Command("go", "list", "-tags", "urfave_cli_no_docs", "-deps", "-f", `{{if and .Module .Module.Main}}{{join .Imports "\n"}}{{end}}`, "gearctl/cmd/gearctl")
	list.Env = append(os.Environ(), "CGO_ENABLED=0")
	out, err := list.Output()
	if err != nil {
		p.t.Fatal(err)
	}
	imports := slices.DeleteFunc(strings.Fields(string(out)), func(path string) bool { return strings.HasPrefix(path, "gearctl/") })
	slices.Sort(imports)
	source := "package main\n\nimport (\n"
	for _, path := range slices.Compact(imports) {
		source += "\t_ \"" + path + "\"\n"
	}
	dir := filepath.Join("..", "build", "emptymain") // inside the module, for its versions of the libraries
	if err := os.MkdirAll(dir, 0o755); err != nil {
		p.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "main.go"), []byte(source+")\n\nfunc main() {}\n"), 0o644); err != nil {
		p.t.Fatal(err)
	}
	binary := filepath.Join(p.t.TempDir(), "emptymain")
	build := exec.Command("go", "build", "-trimpath", "-tags", "urfave_cli_no_docs", "-ldflags", "-s -w", "-o", binary, "./"+dir)
	build.Env = list.Env
	if out, err := build.CombinedOutput(); err != nil {
		p.t.Fatalf("%v\n%s", err, out)
	}
	return binary
}

// oldNames compares gearctl under the names of the old tools with these.
func (p *pairs) oldNames() {
	p.addr = p.withQueues(1)
	host, port, _ := net.SplitHostPort(p.addr)
	link := func(name string) string {
		path := filepath.Join(p.t.TempDir(), name)
		if err := os.Symlink(p.gearctl, path); err != nil {
			p.t.Fatal(err)
		}
		return path
	}
	ours := link("gearadmin")
	for _, flag := range []string{"--status", "--server-version"} {
		p.sideBySide(81, "the old name: gearadmin "+flag, "gearadmin "+flag, "0.8",
			func() cost { return p.spend(nil, ours, "-h", host, "-p", port, flag) },
			func() cost { return p.spend(nil, gearmandtest.Require(p.t, "gearadmin"), "-h", host, "-p", port, flag) })
	}
	if theirs, err := exec.LookPath("send_gearman"); err == nil {
		key := servertest.KeyFile(p.t)
		input := strings.Repeat("web01\tdisk /var/lib\t0\t"+strings.Repeat("x", 177)+"\n", 10_000)
		send := func(path string) cost {
			c := p.spend(strings.NewReader(input), path, "--server="+p.addr, "--encryption=yes", "--keyfile="+key)
			if got := p.waiting(servertest.Results); got != 10_000 {
				p.t.Logf("%s: sent 10000 results, %d arrived", path, got) // of the C program some arrive later
				time.Sleep(time.Second)
			}
			p.bareDrain(servertest.Results)
			return c
		}
		ours := link("send_gearman")
		p.sideBySide(7, "the old name: send_gearman, 10000 results", "the C program", "0.2",
			func() cost { return send(ours) }, func() cost { return send(theirs) })
	}
	const n = 20_000
	other := link("gearman")
	background := func(path string, n int) cost {
		c := p.spend(lines(n), path, "-h", host, "-p", port, "-b", "-N", "-f", "lines")
		if got := p.waiting("lines"); got != int64(n) {
			p.t.Errorf("%s: %d lines, %d jobs", path, n, got)
		}
		p.bareDrain("lines")
		return c
	}
	p.sideBySide(1, "the old name: gearman -b -N, 20000 lines", "gearman", "0.05",
		func() cost { return background(other, n) },
		func() cost { return background(gearmandtest.Require(p.t, "gearman"), n) })
}

// peek compares a look into n jobs with a bare loop that holds all of them and lets them go, twice, which keeps their order.
func (p *pairs) peek(n int) {
	p.addr = gearmandtest.Start(p.t, "--threads=4")
	p.bareFill("peek", n)
	p.sideBySide(9, fmt.Sprintf("peek into %d jobs", n), "bare loop that holds and releases all, twice", "1.3",
		func() cost { return p.spend(nil, p.gearctl, "-s", p.addr, "peek", "peek", "-q") },
		func() cost { return cost{wall: p.bareHold("peek", n)} })
}

// bareHold takes n jobs of a queue and releases them, twice.
func (b *bench) bareHold(queue string, n int) time.Duration {
	start := time.Now()
	c := b.dial()
	defer c.Close()
	r := wire.NewReader(c)
	var buf []byte
	for range 2 {
		buf = wire.AppendRequest(buf, wire.CanDo, []byte(queue))
		for sent, got := 0, 0; got < n; got++ {
			for refill := sent-got <= 500; refill && sent < n && sent-got < 1000; { // half a window at a time
				buf = wire.AppendRequest(buf, wire.GrabJobUniq)
				sent++
			}
			if r.Buffered() == 0 || len(buf) > 8<<10 {
				b.write(c, &buf)
			}
			if q := b.read(r); q.Type != wire.JobAssignUniq {
				b.t.Fatalf("%v where a job is due", q.Type)
			}
		}
		buf = wire.AppendRequest(buf, wire.CantDo, []byte(queue))
		buf = wire.AppendRequest(buf, wire.EchoReq, []byte("released"))
		b.write(c, &buf)
		b.read(r)
	}
	return time.Since(start)
}

// checkWork compares n encrypted checks of /bin/true, so many at a time, with a bare loop that forks and reaps as many.
func (p *pairs) checkWork(n, parallel int) {
	p.addr = gearmandtest.Start(p.t, "--threads=4")
	key, err := modgearman.NewKey([]byte(servertest.Key))
	if err != nil {
		p.t.Fatal(err)
	}
	file := servertest.KeyFile(p.t)
	check := func() cost {
		p.fill("service", n, func(i int) []byte {
			text, err := modgearman.Check{
				Kind: modgearman.KindService, ResultQueue: servertest.Results, Host: "web01", Service: "service " + strconv.Itoa(i),
				StartTime: time.Now(), CoreTime: time.Now(), Timeout: 60, CommandLine: "/bin/true",
			}.AppendText(nil)
			if err != nil {
				p.t.Fatal(err)
			}
			workload, err := modgearman.Encode(text, key)
			if err != nil {
				p.t.Fatal(err)
			}
			return workload
		})
		c := p.spend(nil, p.gearctl, "-s", p.addr, "check", "work", "--key-file", file, "--services", "--allow-root", "-q",
			"--parallel", strconv.Itoa(parallel), "--count", strconv.Itoa(n))
		if got := p.waiting(servertest.Results); got != int64(n) {
			p.t.Errorf("%d checks, %d results", n, got)
		}
		p.bareDrain(servertest.Results)
		return c
	}
	p.sideBySide(5, fmt.Sprintf("check work, %d of /bin/true, %d at a time", n, parallel), "bare loop of forks", "1.18", check,
		func() cost { return p.bareForks(n, parallel) })
}

// bareForks runs /bin/true n times, so many at a time.
func (p *pairs) bareForks(n, parallel int) cost {
	before, start := usage(p.t), time.Now()
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		p.t.Fatal(err)
	}
	defer null.Close()
	var wg sync.WaitGroup
	for range parallel {
		wg.Go(func() {
			for range n / parallel {
				pid, err := syscall.ForkExec("/bin/true", []string{"/bin/true"}, &syscall.ProcAttr{Files: []uintptr{null.Fd(), null.Fd(), null.Fd()}})
				if err == nil {
					_, err = syscall.Wait4(pid, nil, 0, nil)
				}
				if err != nil {
					p.t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	return cost{wall: time.Since(start), cpu: usage(p.t) - before}
}

// usage returns the CPU time of this process and its children.
func usage(t interface{ Fatal(...any) }) (sum time.Duration) {
	for _, who := range []int{syscall.RUSAGE_SELF, syscall.RUSAGE_CHILDREN} {
		var u syscall.Rusage
		if err := syscall.Getrusage(who, &u); err != nil {
			t.Fatal(err)
		}
		sum += time.Duration(u.Utime.Nano() + u.Stime.Nano())
	}
	return sum
}

// fill submits n background jobs with unique keys.
func (b *bench) fill(queue string, n int, workload func(i int) []byte) {
	c := b.dial()
	defer c.Close()
	r := wire.NewReader(c)
	var buf []byte
	for sent, got := 0, 0; got < n; got++ {
		for sent < n && sent-got < 1000 {
			key := strconv.AppendInt([]byte("filled-"+queue+"-"), int64(sent), 10)
			buf = wire.AppendRequest(buf, wire.SubmitJobBG, []byte(queue), key, workload(sent))
			sent++
		}
		if len(buf) > 0 {
			b.write(c, &buf)
		}
		b.read(r)
	}
}
