package commands

import (
	"context"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"

	"gearctl/wire"
	"gearctl/wire/jobserver"
	"gearctl/wire/jobserver/gearmandtest"
)

// recorder is a relay in front of a server that keeps what each connection declares and asks.
type recorder struct {
	net.Listener
	to string

	mu       sync.Mutex
	declared [][]string // functions that each connection declared
	asked    []string   // admin lines
	wg       sync.WaitGroup
}

// record starts a recorder in front of a server; it ends with the test.
func record(t testing.TB, to string) *recorder {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r := &recorder{Listener: l, to: to}
	r.wg.Go(r.accept)
	t.Cleanup(func() {
		l.Close()
		r.wg.Wait()
	})
	return r
}

func (r *recorder) addr() string { return r.Addr().String() }

func (r *recorder) accept() {
	for {
		client, err := r.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("tcp", r.to)
		if err != nil {
			client.Close()
			continue
		}
		r.mu.Lock()
		n := len(r.declared)
		r.declared = append(r.declared, nil)
		r.mu.Unlock()
		r.wg.Go(func() { r.requests(n, client, server) })
		r.wg.Go(func() {
			io.Copy(client, server)
			client.Close()
		})
	}
}

// requests passes on what a client sends, and reads it.
func (r *recorder) requests(n int, client, server net.Conn) {
	defer server.Close()
	in := wire.NewReader(io.TeeReader(client, server))
	for {
		isPacket, err := in.NextIsPacket()
		if err != nil {
			return
		}
		if !isPacket {
			line, err := in.ReadLine()
			if err != nil {
				return
			}
			r.mu.Lock()
			r.asked = append(r.asked, string(line))
			r.mu.Unlock()
			continue
		}
		p, _, err := in.ReadPacket()
		if err != nil {
			return
		}
		if p.Type == wire.CanDo || p.Type == wire.CanDoTimeout {
			r.mu.Lock()
			if f := string(p.Arg(0)); !slices.Contains(r.declared[n], f) {
				r.declared[n] = append(r.declared[n], f)
			}
			r.mu.Unlock()
		}
	}
}

// most returns the functions of the connection that declared most, and how many connections declared any.
func (r *recorder) most() (functions []string, connections int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, list := range r.declared {
		if len(list) > 0 {
			connections++
		}
		if len(list) > len(functions) {
			functions = list
		}
	}
	return functions, connections
}

// askedFor returns how often an admin command was sent.
func (r *recorder) askedFor(command string) (n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, line := range r.asked {
		if strings.TrimRight(line, "\r") == command {
			n++
		}
	}
	return n
}
