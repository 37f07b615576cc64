package servertest

import (
	"bytes"
	"io"
	"net"
	"sync"
	"testing"
	"time"

	"gearctl/wire"
)

// AnsweringLines answers each admin command with the text in answers.
func AnsweringLines(answers map[string]string) Hostility {
	return func(c net.Conn) {
		r := wire.NewReader(c)
		for {
			line, err := r.ReadLine()
			if err != nil {
				return
			}
			io.WriteString(c, answers[string(line)])
		}
	}
}

// Hostility is how a misbehaving server handles a connection; the connection is closed afterwards.
type Hostility func(c net.Conn)

// Hostilities are the known misbehaviours, by name.
var Hostilities = map[string]Hostility{
	"silent":   func(c net.Conn) { io.Copy(io.Discard, c) },
	"closing":  func(net.Conn) {},
	"garbage":  AfterRequest(func(c net.Conn) { c.Write([]byte("HTTP/1.1 400 Bad Request\r\n\r\n")) }),
	"magic":    AfterRequest(func(c net.Conn) { c.Write([]byte("\x00FOO\x00\x00\x00\x08\x00\x00\x00\x00")) }),
	"huge":     AfterRequest(func(c net.Conn) { c.Write([]byte("\x00RES\x00\x00\x00\x08\xff\xff\xff\xff")) }),
	"mid":      AfterRequest(func(c net.Conn) { c.Write([]byte("\x00RES\x00\x00\x00\x08\x00\x00\x00\x10H:x")) }),
	"endless":  AfterRequest(endlessLine),
	"halfline": AfterRequest(func(c net.Conn) { c.Write([]byte("q\t1\t0\t1\nq2\t1\t0")) }),
	"badline": AfterRequest(func(c net.Conn) {
		c.Write([]byte("good\t3\t1\t2\nbad\tx\t0\t1\nbetter\t0\t0\t0\n.\n"))
		io.Copy(io.Discard, c)
	}),
	"escapes": AfterRequest(func(c net.Conn) {
		c.Write([]byte("\x1b]0;owned\a\x1b[31mred\t3\t1\t2\n.\n"))
		io.Copy(io.Discard, c)
	}),
	"dripping": AfterRequest(func(c net.Conn) {
		for tick := time.Tick(20 * time.Millisecond); ; <-tick {
			if _, err := c.Write([]byte("q")); err != nil {
				return
			}
		}
	}),
	"split": AfterRequest(func(c net.Conn) {
		for _, b := range []byte("alpha\t3\t1\t2\nbeta\t0\t0\t1\n.\n") {
			c.Write([]byte{b})
		}
		io.Copy(io.Discard, c)
	}),
}

// AfterRequest runs h once the first bytes of a request have arrived.
func AfterRequest(h Hostility) Hostility {
	return func(c net.Conn) {
		if _, err := c.Read(make([]byte, 4096)); err == nil {
			h(c)
		}
	}
}

func endlessLine(c net.Conn) {
	for b := bytes.Repeat([]byte("x"), 64<<10); ; {
		if _, err := c.Write(b); err != nil {
			return
		}
	}
}

// StartHostile serves h on a free loopback port until stop is called.
func StartHostile(h Hostility) (addr string, stop func(), err error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	var wg sync.WaitGroup
	var mu sync.Mutex
	var conns []net.Conn
	wg.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			mu.Lock()
			conns = append(conns, c)
			mu.Unlock()
			wg.Go(func() {
				defer c.Close()
				h(c)
			})
		}
	})
	return l.Addr().String(), func() {
		l.Close()
		mu.Lock()
		for _, c := range conns {
			c.Close()
		}
		mu.Unlock()
		wg.Wait()
	}, nil
}

// StartSilent starts a server that accepts connections and never answers.
func StartSilent(t *testing.T) string { return StartBad(t, Hostilities["silent"]) }

// StartBad serves h on a free loopback port until the test ends.
func StartBad(t *testing.T, h Hostility) string {
	t.Helper()
	addr, stop, err := StartHostile(h)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	return addr
}
