package servertest

import (
	"bytes"
	"net"
	"sync"
	"testing"

	"gearctl/wire"
)

// RelayPackets starts a server that hands packets and lines on to another, one by one. Before it does, it calls asked for
// those of the client and answered for those of the server; a line is a zero Packet. What a client sends before an answer
// has come is seen before that.
func RelayPackets(t *testing.T, server string, asked, answered func(wire.Packet)) (addr string) {
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
			wg.Go(func() { carryPackets(up, client, wire.AppendRequest, asked) })
			wg.Go(func() { carryPackets(client, up, wire.AppendResponse, answered) })
		}
	})
	t.Cleanup(func() {
		l.Close()
		wg.Wait()
	})
	return l.Addr().String()
}

// carryPackets goes on until either side ends, and closes both.
func carryPackets(to, from net.Conn, appendPacket func([]byte, wire.Type, ...[]byte) []byte, look func(wire.Packet)) {
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
		if packet {
			if p, _, err = r.ReadPacket(); err == nil {
				b = appendPacket(nil, p.Type, p.Args...)
			}
		} else if b, err = r.ReadLine(); err == nil {
			b = append(bytes.Clone(b), "\r\n"...)
		}
		if err != nil {
			return
		}
		look(p)
		if _, err := to.Write(b); err != nil {
			return
		}
	}
}
