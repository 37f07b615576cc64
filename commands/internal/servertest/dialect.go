package servertest

import (
	"fmt"
	"io"
	"maps"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"

	"gearctl/wire"
)

// Dialect is the protocol of another server, described by its differences from the embedded server.
type Dialect struct {
	version  string                   // answer to version
	commands []string                 // supported admin commands, by first word
	unknown  func(word string) string // answer to any other command
	ok       string                   // success line
	refuses  map[wire.Type][2]string  // requests answered with ERROR CODE TEXT
	closesAt wire.Type                // lowest request type on which it closes the connection; 0: none
	notFound string                   // ERROR code for an unknown job
	forgets  bool                     // drops the jobs of a worker that disconnects, and unused queues
}

func constant(line string) func(string) string { return func(string) string { return line } }

// noMethod is the error of the Perl server for an unsupported request.
func noMethod(method string) [2]string {
	return [2]string{"server_error", `Can't locate object method "CMD_` + method + `" via package "Gearman::Server::Client" at Client.pm line 552.` + "\n"}
}

// Dialects are the known dialects, by server version or kind.
var Dialects = map[string]*Dialect{
	"0.14": {
		version: "0.14\n", ok: "OK\n", commands: []string{"workers", "status", "maxqueue"},
		unknown:  constant("ERR unknown_command Unknown+server+command\n"),
		refuses:  map[wire.Type][2]string{wire.SubmitJobEpoch: {"bad_command", "Command not expected"}},
		closesAt: wire.SubmitReduceJob, notFound: "job_not_found",
	},
	"0.33": {
		version: "OK 0.33\n", ok: "OK\r\n", commands: []string{"workers", "status", "maxqueue", "create", "drop"},
		unknown:  func(word string) string { return "ERR UNKNOWN_COMMAND Unknown+server+command" + word + "\r\n" },
		closesAt: wire.GetStatusUnique, notFound: "JOB_NOT_FOUND",
	},
	"perl": {
		version: "v1.130.1\n", ok: "OK\n", commands: []string{"workers", "status", "maxqueue"},
		unknown: constant("ERR unknown_command \r\n"),
		refuses: map[wire.Type][2]string{
			wire.SubmitJobHighBG: noMethod("submit_job_high_bg"), wire.SubmitJobLow: noMethod("submit_job_low"),
			wire.SubmitJobLowBG: noMethod("submit_job_low_bg"), wire.SubmitJobEpoch: noMethod(""),
			wire.GrabJobUniq: noMethod(""), wire.GetStatusUnique: noMethod(""),
			wire.WorkData: noMethod("work_data"), wire.WorkWarning: noMethod("work_warning"),
		},
		notFound: "not_worker", forgets: true,
	},
}

// StartOld starts an embedded server behind a translator to the named dialect; it stops when the test ends.
func StartOld(t testing.TB, name string) (addr string) {
	t.Helper()
	back := Embedded(t)
	front, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			client, err := front.Accept()
			if err != nil {
				return
			}
			wg.Go(func() { translate(Dialects[name], client, back) })
		}
	})
	t.Cleanup(func() {
		front.Close()
		wg.Wait()
	})
	return front.Addr().String()
}

// translator is a proxy between a client and the embedded server. For each answer of its own it sends the server an
// ECHO_REQ, and replaces the reply, so that answers keep their order.
type translator struct {
	*Dialect
	client, server net.Conn

	mu   sync.Mutex
	own  map[string][]byte // own answers, by the data of their ECHO_REQ
	held map[string]bool   // handles of the jobs that the client holds
}

func translate(d *Dialect, client net.Conn, backend string) {
	defer client.Close()
	server, err := net.Dial("tcp", backend)
	if err != nil {
		return
	}
	defer server.Close()
	t := &translator{Dialect: d, client: client, server: server, own: map[string][]byte{}, held: map[string]bool{}}
	var wg sync.WaitGroup
	wg.Go(t.answers)
	t.requests()
	t.leave()
	wg.Wait()
}

// leave closes the server side for writing, after failing the jobs that the client holds if the dialect forgets them.
// The server still reads everything sent before.
func (t *translator) leave() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.forgets {
		for handle := range maps.Keys(t.held) {
			t.server.Write(wire.AppendRequest(nil, wire.WorkFail, []byte(handle)))
		}
	}
	t.server.(*net.TCPConn).CloseWrite()
}

func (t *translator) requests() {
	r := wire.NewReader(t.client)
	for {
		packet, err := r.NextIsPacket()
		if err == nil && packet {
			err = t.request(r)
		} else if err == nil {
			err = t.command(r)
		}
		if err != nil {
			return
		}
	}
}

func (t *translator) request(r *wire.Reader) error {
	p, _, err := r.ReadPacket()
	if err != nil {
		return err
	}
	if e, ok := t.refuses[p.Type]; ok {
		return t.answer(wire.AppendResponse(nil, wire.Error, []byte(e[0]), []byte(e[1])))
	}
	switch {
	case t.closesAt > 0 && p.Type >= t.closesAt:
		return io.EOF
	case t.forgets && p.Type == wire.CantDo && t.holds():
		return nil // the embedded server would requeue the jobs that the client holds
	case p.Type == wire.WorkComplete, p.Type == wire.WorkFail:
		t.mu.Lock()
		delete(t.held, string(p.Arg(0)))
		t.mu.Unlock()
	}
	_, err = t.server.Write(wire.AppendRequest(nil, p.Type, p.Args...))
	return err
}

func (t *translator) holds() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.held) > 0
}

func (t *translator) command(r *wire.Reader) error {
	line, err := r.ReadLine()
	if err != nil {
		return err
	}
	word, _, _ := strings.Cut(string(line), " ")
	switch {
	case word == "version":
		return t.answer([]byte(t.version))
	case !slices.Contains(t.commands, word):
		return t.answer([]byte(t.unknown(word)))
	}
	_, err = fmt.Fprintf(t.server, "%s\r\n", line)
	return err
}

// answer queues b as the next answer.
func (t *translator) answer(b []byte) error {
	t.mu.Lock()
	mark := fmt.Sprint("translator ", len(t.own))
	t.own[mark] = b
	t.mu.Unlock()
	_, err := t.server.Write(wire.AppendRequest(nil, wire.EchoReq, []byte(mark)))
	return err
}

func (t *translator) answers() {
	defer t.client.Close()
	r := wire.NewReader(t.server)
	for {
		packet, err := r.NextIsPacket()
		if err != nil {
			return
		}
		var b []byte
		if packet {
			b, err = t.packet(r)
		} else {
			b, err = t.line(r)
		}
		if err != nil {
			return
		}
		t.client.Write(b)
	}
}

func (t *translator) packet(r *wire.Reader) ([]byte, error) {
	p, _, err := r.ReadPacket()
	if err != nil {
		return nil, err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	switch p.Type {
	case wire.EchoRes:
		if own, ok := t.own[string(p.Arg(0))]; ok {
			return own, nil
		}
	case wire.JobAssign, wire.JobAssignUniq:
		t.held[string(p.Arg(0))] = true
	case wire.Error:
		if string(p.Arg(0)) == "JOB_NOT_FOUND" {
			return wire.AppendResponse(nil, wire.Error, []byte(t.notFound), nil), nil
		}
	}
	return wire.AppendResponse(nil, p.Type, p.Args...), nil
}

func (t *translator) line(r *wire.Reader) ([]byte, error) {
	line, err := r.ReadLine()
	switch text := string(line); {
	case err != nil:
		return nil, err
	case text == "OK":
		return []byte(t.ok), nil
	case t.forgets && strings.HasSuffix(text, "\t0\t0\t0"):
		return nil, nil
	default:
		return []byte(text + "\n"), nil
	}
}
