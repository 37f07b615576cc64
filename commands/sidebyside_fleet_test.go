//go:build bench

package commands_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"time"

	"gearctl/commands/internal/servertest"
	"gearctl/wire/jobserver/gearmandtest"
)

// fleet compares status --by server of n embedded servers, which run in this process, with the bare reading of their answers.
func (p *pairs) fleet(n, queues int) {
	addrs := servertest.StartFleet(p.t, servertest.FleetOptions{Servers: n, Queues: queues}).Addrs()
	p.sideBySide(11, fmt.Sprintf("status --by server, %d servers with %d queues", n, queues), "bare status reads", "2.0",
		func() cost {
			return p.spend(nil, p.gearctl, "-s", strings.Join(addrs, ","), "status", "--by", "server")
		},
		func() cost {
			start := time.Now()
			var wg sync.WaitGroup
			for _, addr := range addrs {
				wg.Go(func() { p.bareStatus(addr, queues) })
			}
			wg.Wait()
			return cost{wall: time.Since(start)}
		})
}

// bareStatus reads the answer to status, and counts its lines.
func (p *pairs) bareStatus(addr string, queues int) {
	c, err := net.Dial("tcp", addr)
	if err != nil {
		p.t.Error(err)
		return
	}
	defer c.Close()
	io.WriteString(c, "status\r\n")
	lines := 0
	for s := bufio.NewScanner(c); s.Scan() && s.Text() != "."; lines++ {
	}
	if lines != queues {
		p.t.Errorf("%s has %d queues, want %d", addr, lines, queues)
	}
}

// exporter prints how long a scrape of n embedded servers takes, and the most memory of the exporter after so many scrapes.
func (p *pairs) exporter(n, queues, scrapes int) {
	addrs := servertest.StartFleet(p.t, servertest.FleetOptions{Servers: n, Queues: queues}).Addrs()
	listen := gearmandtest.FreeAddr(p.t)
	stop := p.daemon(p.gearctl, "exporter", "-s", strings.Join(addrs, ","), "--listen", listen)
	for c, err := net.Dial("tcp", listen); ; c, err = net.Dial("tcp", listen) {
		if err == nil {
			c.Close()
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	var size int64
	took := median(scrapes, func() time.Duration {
		start := time.Now()
		c, err := net.Dial("tcp", listen)
		if err != nil {
			p.t.Fatal(err)
		}
		defer c.Close()
		io.WriteString(c, "GET /metrics HTTP/1.0\r\n\r\n")
		if size, err = io.Copy(io.Discard, c); err != nil || size < int64(n*queues) {
			p.t.Errorf("scraped %d bytes: %v", size, err)
		}
		return time.Since(start)
	})
	c := stop()
	p.row(fmt.Sprintf("exporter, %d servers with %d queues, %d scrapes", n, queues, scrapes),
		fmt.Sprintf("%s, %d MB", short(took), c.rss>>20), short(c.cpu), "-", "-", "-", "-", "-", "1 s, 150 MB")
}
