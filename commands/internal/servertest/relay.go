package servertest

import (
	"bytes"
	"io"
	"net"
	"sync"
	"testing"

	"gearctl/wire"
	"gearctl/wire/waittest"
)

// RelayPackets starts a server that forwards packets and lines to and from another, one by one. Before forwarding it
// calls asked for those of the client and answered for those of the server; a line is passed as a zero Packet.
func RelayPackets(t *testing.T, server string, asked, answered func(wire.Packet)) (addr string) {
	t.Helper()
	return relay(t, server, nil, forwardAll(asked), forwardAll(answered))
}

// ServerKeepingJobs starts a server that forwards to another all but the acknowledgements of jobs: as a gearmand whose
// store has failed does, it confirms them and keeps the jobs.
func ServerKeepingJobs(t *testing.T, server string) (addr string) {
	t.Helper()
	notAcknowledgement := func(p wire.Packet, _ string) bool { return p.Type != wire.WorkComplete && p.Type != wire.WorkFail }
	return relay(t, server, nil, notAcknowledgement, forwardAll(func(wire.Packet) {}))
}

func forwardAll(inspect func(wire.Packet)) func(wire.Packet, string) bool {
	return func(p wire.Packet, _ string) bool {
		inspect(p)
		return true
	}
}

// ServerListingJobs starts a server that forwards to another, but answers show jobs with a text.
func ServerListingJobs(t testing.TB, server, text string) (addr string) {
	t.Helper()
	return ServerAnswering(t, server, map[string]string{wire.CommandShowJobs: text})
}

// ServerAnswering starts a server that forwards to another, but answers the admin commands of a map with their texts.
func ServerAnswering(t testing.TB, server string, answers map[string]string) (addr string) {
	t.Helper()
	all := forwardAll(func(wire.Packet) {})
	return relay(t, server, answers, all, all)
}

// relay starts a server that forwards each packet, or line, for which asked or answered returns true. A line of answers it
// answers itself; nothing that was asked before may be unanswered then.
func relay(t testing.TB, server string, answers map[string]string, asked, answered func(p wire.Packet, line string) bool) (addr string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			up, err := net.Dial("tcp", server)
			if err != nil {
				client.Close()
				continue
			}
			wg.Go(func() { carryPackets(up, client, wire.AppendRequest, answers, asked) })
			wg.Go(func() { carryPackets(client, up, wire.AppendResponse, nil, answered) })
		}
	})
	t.Cleanup(func() {
		l.Close()
		waittest.Return(t, "the connections of the relay end", wg.Wait)
	})
	return l.Addr().String()
}

// carryPackets forwards until either side ends, then closes both.
func carryPackets(to, from net.Conn, appendPacket func([]byte, wire.Type, ...[]byte) []byte, answers map[string]string, forwards func(p wire.Packet, line string) bool) {
	defer from.Close()
	defer to.Close()
	r := wire.NewReader(from)
	for {
		packet, err := r.NextIsPacket()
		if err != nil {
			return
		}
		var p wire.Packet
		var b []byte
		line := ""
		if packet {
			if p, _, err = r.ReadPacket(); err == nil {
				b = appendPacket(nil, p.Type, p.Args...)
			}
		} else if b, err = r.ReadLine(); err == nil {
			line = string(b)
			b = append(bytes.Clone(b), "\r\n"...)
		}
		if err != nil {
			return
		}
		if !forwards(p, line) {
			continue
		}
		if answer, ok := answers[line]; ok && !packet {
			io.WriteString(from, answer)
			continue
		}
		if _, err := to.Write(b); err != nil {
			return
		}
	}
}
