package gearmandtest

import (
	"context"
	"net"
	"sync"
	"time"
)

// Link is a slow network between clients and a server. It uses the clock of package time, so that delays cost nothing in a
// synctest bubble. The zero value adds no delay. Set the fields before the first connection.
type Link struct {
	Delay time.Duration // of every byte, each way
	Rate  int           // bytes per second, for each connection and each way; 0: unlimited

	cut     sync.Once
	dropped chan struct{}
	making  sync.Mutex
}

// linkPiece is how many bytes travel together when Rate is set.
const linkPiece = 512

// Cut makes the link drop every byte without closing connections, as a failed network does. New connections hang.
func (l *Link) Cut() { l.cut.Do(func() { close(l.gone()) }) }

func (l *Link) gone() chan struct{} {
	l.making.Lock()
	defer l.making.Unlock()
	if l.dropped == nil {
		l.dropped = make(chan struct{})
	}
	return l.dropped
}

func (l *Link) isCut() bool {
	select {
	case <-l.gone():
		return true
	default:
		return false
	}
}

// Dialer returns a function for wire.Dialer.NetDial that connects through the link to a connection made by dial. The
// handshake takes a round trip.
func (l *Link) Dialer(dial func(ctx context.Context, network, address string) (net.Conn, error)) func(context.Context, string, string) (net.Conn, error) {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		select {
		case <-time.After(2 * l.Delay):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		if l.isCut() {
			<-ctx.Done()
			return nil, ctx.Err()
		}
		server, err := dial(ctx, network, address)
		if err != nil {
			return nil, err
		}
		near, far := net.Pipe()
		go l.Join(far, server)
		return near, nil
	}
}

// Join connects a and b through the link until one of them ends, and closes both.
func (l *Link) Join(a, b net.Conn) {
	var both sync.WaitGroup
	for _, way := range [][2]net.Conn{{a, b}, {b, a}} {
		both.Go(func() {
			l.carry(way[0], way[1])
			a.Close()
			b.Close()
		})
	}
	both.Wait()
}

// piece is bytes in transit.
type piece struct {
	bytes []byte
	due   time.Time
}

// carry moves bytes from one end to the other.
func (l *Link) carry(from, to net.Conn) {
	pieces := make(chan piece, 1<<16)
	done := make(chan struct{})
	defer close(done)
	go l.read(from, pieces, done)
	for p := range pieces {
		time.Sleep(time.Until(p.due))
		if l.isCut() {
			continue // until the client closes
		}
		if _, err := to.Write(p.bytes); err != nil {
			return
		}
	}
}

// read reads into pieces. The end of the stream is delayed like a byte.
func (l *Link) read(from net.Conn, pieces chan<- piece, done <-chan struct{}) {
	defer close(pieces)
	free := time.Now() // when the link can take the next byte
	size := 64 << 10
	if l.Rate > 0 {
		size = linkPiece
	}
	for {
		b := make([]byte, size)
		n, err := from.Read(b)
		if now := time.Now(); free.Before(now) {
			free = now
		}
		if l.Rate > 0 {
			free = free.Add(time.Duration(n) * time.Second / time.Duration(l.Rate))
		}
		select {
		case pieces <- piece{b[:n], free.Add(l.Delay)}:
		case <-done:
			return
		}
		if err != nil {
			return
		}
	}
}
