package servertest

import (
	"bytes"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"gearctl/wire"
)

// Hostility is how a misbehaving server handles a connection; the connection is closed afterwards. For one that speaks the
// protocol see Scripted.
type Hostility func(c net.Conn)

// AnsweringLines answers each admin command with the text in answers. It ends after a text that does not end in a newline,
// and at a command without one.
func AnsweringLines(answers map[string]string) Hostility {
	return func(c net.Conn) {
		r := wire.NewReader(c)
		for {
			line, err := r.ReadLine()
			if err != nil {
				return
			}
			answer := answers[string(line)]
			io.WriteString(c, answer)
			if !strings.HasSuffix(answer, "\n") {
				return
			}
		}
	}
}

// The answers of a healthy server.
const (
	playedVersion    = "OK 1.1.20\n"
	playedStatus     = "a\t3\t1\t2\nb\t0\t0\t0\n.\n"
	playedPriorities = "a\t2\t0\t0\t2\n.\n"
	playedRefusal    = "ERR UNKNOWN_COMMAND Unknown+server+command\n"
)

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

// played are servers some of whose answers cannot be read, by name.
var played = map[string]Hostility{
	"half status":     AnsweringLines(map[string]string{"version": playedVersion, "status": "a\t3\t1\t2\nb\t0"}),
	"no status":       AnsweringLines(map[string]string{"version": playedVersion, "status": playedRefusal}),
	"bad line":        AnsweringLines(map[string]string{"version": playedVersion, "status": "a\t3\t1\t2\nwhat\nb\t0\t0\t0\n.\n", "prioritystatus": "a\t2\t0\t0\t2\nb\t0\t0\t0\t0\n.\n"}),
	"no priorities":   AnsweringLines(map[string]string{"version": playedVersion, "status": playedStatus, "prioritystatus": "a\t2"}),
	"refuses version": AnsweringLines(map[string]string{"version": playedRefusal, "status": playedStatus, "prioritystatus": playedPriorities}),
	"names": AnsweringLines(map[string]string{"version": playedVersion, "prioritystatus": ".\n", "status": "" +
		"\xff\t1\t0\t0\n" + `\xff` + "\t2\t0\t0\n" + `\\xff` + "\t3\t0\t0\n" + `App\Jobs` + "\t4\t0\t0\n" +
		"\xff\t5\t0\t0\n" + "q\"q\t6\t0\t0\n" + "t\tt\t7\t0\t0\n" + "\x01\x1b\t8\t0\t0\n" + "\ufffd\t9\t0\t0\n" + "\t10\t0\t0\n.\n"}),
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
	stopped := false
	wg.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			mu.Lock()
			conns = append(conns, c)
			if stopped { // accepted before the listener was closed
				c.Close()
			}
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
		stopped = true
		for _, c := range conns {
			c.Close()
		}
		mu.Unlock()
		wg.Wait()
	}, nil
}

// StartSilent starts a server that accepts connections and never answers.
func StartSilent(t *testing.T) string { return StartBad(t, Hostilities["silent"]) }

// StartPlayed starts the server of that name from Hostilities or played.
func StartPlayed(t testing.TB, name string) (addr string) {
	t.Helper()
	if h := Hostilities[name]; h != nil {
		return StartBad(t, h)
	}
	return StartBad(t, played[name])
}

// StartStatus starts a server that answers every admin command with lines.
func StartStatus(t *testing.T, lines string) (addr string) {
	t.Helper()
	return StartBad(t, AfterRequest(func(c net.Conn) {
		io.WriteString(c, lines+".\n")
		io.Copy(io.Discard, c)
	}))
}

// StartBad serves h on a free loopback port until the test ends.
func StartBad(t testing.TB, h Hostility) string {
	t.Helper()
	addr, stop, err := StartHostile(h)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	return addr
}
