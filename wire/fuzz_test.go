package wire_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"
	"unicode"

	"gearctl/wire"
)

// FuzzReadPacket: what the reader accepts encodes to the same bytes, but for the NUL before an empty last argument
// that was left out.
func FuzzReadPacket(f *testing.F) {
	for _, p := range packets {
		f.Add([]byte(p.wire))
	}
	f.Add([]byte("\x00RES\x00\x00\x00\x0d\x00\x00\x00\x03H:1"))
	f.Fuzz(func(t *testing.T, in []byte) {
		r := wire.NewReader(bytes.NewReader(in))
		r.MaxPacket = 1 << 16
		for rest := in; ; {
			p, dir, err := r.ReadPacket()
			if err != nil {
				return
			}
			size := wire.HeaderSize + int(binary.BigEndian.Uint32(rest[8:]))
			read, got := rest[:size], encode(nil, dir, p.Type, p.Args)
			rest = rest[size:]
			if bytes.Equal(got, read) {
				continue
			}
			if len(got) != size+1 || !bytes.Equal(got[wire.HeaderSize:], append(bytes.Clone(read[wire.HeaderSize:]), 0)) {
				t.Fatalf("read %q, encoded again %q", read, got)
			}
		}
	})
}

// FuzzReadLine: the lines with their ends are what was read, whatever the size of the pieces.
func FuzzReadLine(f *testing.F) {
	f.Add([]byte("OK\r\n.\n"), uint8(1))
	f.Add([]byte("a\tb\n\n\r\r\n"), uint8(3))
	f.Fuzz(func(t *testing.T, in []byte, step uint8) {
		r := wire.NewReader(&stepReader{rest: in, step: int(step) + 1})
		r.MaxLine = 100
		rest := in
		for {
			line, err := r.ReadLine()
			if err != nil {
				break
			}
			if len(line) > r.MaxLine || bytes.IndexByte(line, '\n') >= 0 || bytes.HasPrefix(line, []byte{0}) {
				t.Fatalf("accepted the line %q", line)
			}
			after, same := bytes.CutPrefix(rest, line)
			after, ended := bytes.CutPrefix(bytes.TrimPrefix(after, []byte("\r")), []byte("\n"))
			if !same || !ended {
				t.Fatalf("read %q where %q stands", line, rest)
			}
			rest = after
		}
		end := bytes.IndexByte(rest, '\n')
		if end >= 0 && end <= r.MaxLine && rest[0] != 0 {
			t.Fatalf("stopped before the good line %q", rest[:end])
		}
	})
}

func FuzzParseStatusLine(f *testing.F) {
	f.Add("queue", int64(3), int64(1), int64(2))
	f.Add("a\tb\t1\t2\t3", int64(0), int64(0), int64(0))
	f.Fuzz(func(t *testing.T, name string, total, running, workers int64) {
		line := fmt.Sprintf("%s\t%d\t%d\t%d", name, total, running, workers)
		got, err := wire.ParseStatusLine([]byte(line))
		valid := running >= 0 && total >= running && workers >= 0
		if (err == nil) != valid {
			t.Fatalf("%q: error %v, want one: %v", line, err, !valid)
		}
		if want := (wire.FunctionStatus{Function: name, Total: total, Running: running, Workers: workers}); valid && got != want {
			t.Fatalf("%q: got %+v, want %+v", line, got, want)
		}
	})
}

// FuzzParseStatusText: of any text, what is accepted is written back the same.
func FuzzParseStatusText(f *testing.F) {
	f.Add([]byte("queue\t3\t1\t2"))
	f.Add([]byte("\t0\t0\t0"))
	f.Add([]byte("q\t1\t2\t3\t4"))
	f.Fuzz(func(t *testing.T, line []byte) {
		if s, err := wire.ParseStatusLine(line); err == nil {
			if got := fmt.Sprintf("%s\t%d\t%d\t%d", s.Function, s.Total, s.Running, s.Workers); got != string(line) || s.Waiting() < 0 {
				t.Fatalf("%q became %q, %d waiting", line, got, s.Waiting())
			}
		}
		if s, err := wire.ParsePriorityStatusLine(line); err == nil {
			if got := fmt.Sprintf("%s\t%d\t%d\t%d\t%d", s.Function, s.High, s.Normal, s.Low, s.Workers); got != string(line) {
				t.Fatalf("%q became %q", line, got)
			}
		}
	})
}

func FuzzParsePriorityStatusLine(f *testing.F) {
	f.Add("queue", int64(3), int64(1), int64(2), int64(9))
	f.Add("a\tb", int64(0), int64(-1), int64(0), int64(0))
	f.Fuzz(func(t *testing.T, name string, high, normal, low, workers int64) {
		line := fmt.Sprintf("%s\t%d\t%d\t%d\t%d", name, high, normal, low, workers)
		got, err := wire.ParsePriorityStatusLine([]byte(line))
		valid := high >= 0 && normal >= 0 && low >= 0 && workers >= 0
		if (err == nil) != valid {
			t.Fatalf("%q: error %v, want one: %v", line, err, !valid)
		}
		if want := (wire.PriorityStatus{Function: name, High: high, Normal: normal, Low: low, Workers: workers}); valid && got != want {
			t.Fatalf("%q: got %+v, want %+v", line, got, want)
		}
	})
}

// FuzzParseServers: what comes out is read again as it is, and can be split into host and port.
func FuzzParseServers(f *testing.F) {
	for _, s := range []string{"a,b:1,:2, [::1]:3 ,::1,[fe80::1%eth0]", "[a:b]:5", "a[b", "[\u00a0a]:1", "::1%a]b", "x:gearman", "]1.2.3.4["} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		first, err := wire.ParseServers(s)
		if err != nil {
			return
		}
		for _, server := range first {
			host, port, err := net.SplitHostPort(server)
			if err != nil || host == "" || port == "" || strings.ContainsFunc(host, unicode.IsControl) {
				t.Fatalf("%q gives %q: %v", s, server, err)
			}
		}
		again, err := wire.ParseServers(first...)
		if err != nil || !slices.Equal(first, again) {
			t.Fatalf("%q gives %q, which gives %q (%v)", s, first, again, err)
		}
	})
}

// FuzzHandleList: what goes in comes out, newest first; handles of another shape come out first, newest first.
func FuzzHandleList(f *testing.F) {
	f.Add("H:a:1,H:a:2,H:a:3")
	f.Add("123,H:a:5,456,H:b:1")
	f.Add("H:a:01,H:a:4294967295,H:a:4294967296,,:,:1,:0")
	f.Fuzz(func(t *testing.T, in string) {
		handles := strings.Split(in, ",")
		var l wire.HandleList
		for _, h := range handles {
			l.Add([]byte(h))
		}
		got := popAll(t, &l)
		if slices.ContainsFunc(handles, func(h string) bool { return !strings.HasPrefix(h, "H:a:") || !isPlainNumber(h[4:]) }) {
			slices.Sort(got)
			slices.Sort(handles)
		} else {
			slices.Reverse(got)
		}
		if !slices.Equal(got, handles) {
			t.Fatalf("put in %q, got %q", handles, got)
		}
	})
}

// isPlainNumber reports whether s is a number that surely fits into 32 bits.
func isPlainNumber(s string) bool {
	return s != "" && len(s) <= 9 && s[0] != '0' && strings.Trim(s, "0123456789") == ""
}

func popAll(t *testing.T, l *wire.HandleList) (handles []string) {
	t.Helper()
	for n := l.Len(); n > 0; n-- {
		if l.Len() != n {
			t.Fatalf("length %d, want %d", l.Len(), n)
		}
		handles = append(handles, string(l.AppendLast(nil)))
	}
	return handles
}

// FuzzTrace: whatever travels, the text of the trace has no control bytes and nothing of a workload.
func FuzzTrace(f *testing.F) {
	f.Add("queue", "key", "workload", "OK\x1b[2J")
	f.Add("a b\x1b", "\x07\xff", "secret", "\u202e\u0085")
	f.Fuzz(func(t *testing.T, function, unique, workload, line string) {
		clean := func(s string) string { return strings.NewReplacer("\x00", "", "\n", "", "\r", "").Replace(s) }
		function, unique, line = clean(function), clean(unique), "x"+clean(line)
		var texts []string
		d := play(t,
			expects([]byte("say "+line+"\r\n"), req(wire.EchoReq, "say "+line)),
			replies([]byte(line+"\n"), res(wire.EchoRes, "")),
			expects(req(wire.SubmitJob, function, unique, workload)),
			replies(res(wire.Error, function, unique)))
		d.Trace = func(e wire.Event) { texts = append(texts, e.Text) }
		c, err := d.Dial(t.Context(), "mock:1")
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		c.Raw(t.Context(), "say "+line, func([]byte) error { return nil })
		c.Submit(t.Context(), &wire.Submission{Function: function, Unique: unique, Workload: []byte(workload)})
		if len(texts) != 6 {
			t.Fatalf("%d events, want 6: %q", len(texts), texts)
		}
		for _, s := range texts {
			if strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }) {
				t.Fatalf("the trace shows %q", s)
			}
		}
		if want := fmt.Sprintf("workload=(%d bytes)", len(workload)); !strings.HasSuffix(texts[4], want) {
			t.Fatalf("the trace shows %q, want %s at its end", texts[4], want)
		}
	})
}
