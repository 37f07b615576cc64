package jobserver_test

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"gearctl/wire"
)

// patience is how long a step waits for what must come.
const patience = 10 * time.Second

// talk is a conversation while it runs.
type talk struct {
	t     *testing.T
	addr  string
	lines map[peer]*line
	own   string // what @ stands for
	known map[string]string
	done  []string
}

// talks numbers the names of functions, which share one gearmand.
var talks atomic.Int64

// hold runs the conversation against the server at addr, of that column.
func (c conversation) hold(t *testing.T, in column, addr string) {
	k := &talk{t: t, addr: addr, lines: map[peer]*line{}, own: fmt.Sprintf("q%d_", talks.Add(1)), known: map[string]string{
		"$past":   "1000000000",
		"$future": "99999999999",
		"$soon":   strconv.FormatInt(time.Now().Unix()+2, 10),
	}}
	defer k.end()
	for _, s := range c.steps {
		if !s.heldBy(in) {
			continue
		}
		k.done = append(k.done, s.text)
		s.run(k)
	}
	for _, l := range k.lines {
		l.sync()
		l.mustBeEmpty()
	}
}

func (k *talk) end() {
	for _, l := range k.lines {
		l.nc.Close()
	}
}

func (k *talk) history() string { return "after\n    " + strings.Join(k.done, "\n    ") }

func (k *talk) line(p peer) *line {
	if l := k.lines[p]; l != nil {
		return l
	}
	nc, err := net.DialTimeout("tcp", k.addr, patience)
	if err != nil {
		k.t.Fatalf("dial for %s: %v", p, err)
	}
	k.lines[p] = &line{talk: k, name: p, nc: nc, br: bufio.NewReader(nc)}
	return k.lines[p]
}

func (k *talk) leave(p peer) {
	k.line(p).mustBeEmpty()
	k.line(p).nc.Close()
	k.forget(p)
}

func (k *talk) forget(p peer) { delete(k.lines, p) }

// list returns the lines of a list answer that belong to this conversation.
func (k *talk) list(p peer, command string) []string {
	return slices.DeleteFunc(k.whole(p, command), func(text string) bool { return !k.owns(text) })
}

// whole returns the lines of a list answer, sorted.
func (k *talk) whole(p peer, command string) []string {
	p.says(command + "\r\n").run(k)
	var all []string
	for {
		m := k.line(p).next()
		if m.text == ".\n" {
			slices.Sort(all)
			return all
		}
		all = append(all, strings.TrimSuffix(m.text, "\n"))
	}
}

// owns reports whether a line of a list mentions this conversation's functions or begins with something captured.
func (k *talk) owns(text string) bool {
	if strings.Contains(text, k.own) {
		return true
	}
	first, _, _ := strings.Cut(text, "\t")
	for name, v := range k.known {
		if v == first && name != "$past" && name != "$future" {
			return true
		}
	}
	return false
}

// until repeats ask until it is content.
func (k *talk) until(ask func() (string, bool), want string) {
	k.t.Helper()
	deadline := time.Now().Add(patience)
	for {
		got, ok := ask()
		if ok {
			return
		}
		if time.Now().After(deadline) {
			k.t.Fatalf("%s\n got  %q\n want %q within %v", k.history(), got, want, patience)
		}
	}
}

// line is one connection.
type line struct {
	talk  *talk
	name  peer
	nc    net.Conn
	br    *bufio.Reader
	inbox []message
	echos int
}

// message is a packet, or an admin line with its end.
type message struct {
	text string
	typ  wire.Type
	body string
}

func (m message) String() string {
	if m.text != "" {
		return visible(m.text)
	}
	return fmt.Sprintf("%v %s", m.typ, visible(m.body))
}

func (l *line) write(b []byte) {
	l.nc.SetWriteDeadline(time.Now().Add(patience))
	if _, err := l.nc.Write(b); err != nil {
		l.talk.t.Fatalf("%s\n %s: %v", l.talk.history(), l.name, err)
	}
}

func (l *line) send(t wire.Type, args []string) {
	raw := make([][]byte, len(args))
	for i, a := range args {
		raw[i] = []byte(a)
	}
	l.write(wire.AppendRequest(nil, t, raw...))
}

// sync waits until the server has answered an ECHO, and keeps what it sent before.
func (l *line) sync() {
	l.echos++
	token := fmt.Sprintf("echo-%d", l.echos)
	l.send(wire.EchoReq, []string{token})
	for {
		m, err := l.read()
		if err != nil {
			l.talk.t.Fatalf("%s\n %s: %v", l.talk.history(), l.name, err)
		}
		if m.typ == wire.EchoRes && m.body == token {
			return
		}
		l.inbox = append(l.inbox, m)
	}
}

// next returns the next message, and waits for it.
func (l *line) next() message {
	if len(l.inbox) == 0 {
		m, err := l.read()
		if err != nil {
			l.talk.t.Fatalf("%s\n %s: %v", l.talk.history(), l.name, err)
		}
		return m
	}
	m := l.inbox[0]
	l.inbox = l.inbox[1:]
	return m
}

func (l *line) mustBeEmpty() {
	l.sync()
	if len(l.inbox) > 0 {
		l.talk.t.Fatalf("%s\n %s got %q, want nothing more", l.talk.history(), l.name, l.inbox)
	}
}

func (l *line) mustEnd() {
	for {
		m, err := l.read()
		var timeout net.Error
		switch {
		case errors.As(err, &timeout) && timeout.Timeout():
			l.talk.t.Fatalf("%s\n %s is still connected", l.talk.history(), l.name)
		case err != nil:
			return
		}
		l.talk.t.Fatalf("%s\n %s got %q, want the end of the connection", l.talk.history(), l.name, m)
	}
}

func (l *line) read() (message, error) {
	l.nc.SetReadDeadline(time.Now().Add(patience))
	first, err := l.br.Peek(1)
	if err != nil {
		return message{}, err
	}
	if first[0] != 0 {
		text, err := l.br.ReadString('\n')
		return message{text: text}, err
	}
	var header [wire.HeaderSize]byte
	if _, err := io.ReadFull(l.br, header[:]); err != nil {
		return message{}, err
	}
	if string(header[:4]) != "\x00RES" {
		return message{}, fmt.Errorf("magic %q in an answer", header[:4])
	}
	body := make([]byte, binary.BigEndian.Uint32(header[8:]))
	_, err = io.ReadFull(l.br, body)
	return message{typ: wire.Type(binary.BigEndian.Uint32(header[4:])), body: string(body)}, err
}
