package wire_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"gearctl/wire"
)

// packets has each packet type of the protocol document with the bytes that it is on the wire.
var packets = []struct {
	typ  wire.Type
	args []string
	from wire.Direction
	wire string
}{
	{wire.CanDo, []string{"rev"}, wire.Request, "\x00REQ\x00\x00\x00\x01\x00\x00\x00\x03rev"},
	{wire.CantDo, []string{"rev"}, wire.Request, "\x00REQ\x00\x00\x00\x02\x00\x00\x00\x03rev"},
	{wire.ResetAbilities, nil, wire.Request, "\x00REQ\x00\x00\x00\x03\x00\x00\x00\x00"},
	{wire.PreSleep, nil, wire.Request, "\x00REQ\x00\x00\x00\x04\x00\x00\x00\x00"},
	{wire.Noop, nil, wire.Response, "\x00RES\x00\x00\x00\x06\x00\x00\x00\x00"},
	{wire.SubmitJob, []string{"rev", "u1", "da\x00ta"}, wire.Request, "\x00REQ\x00\x00\x00\x07\x00\x00\x00\x0crev\x00u1\x00da\x00ta"},
	{wire.JobCreated, []string{"H:lap:1"}, wire.Response, "\x00RES\x00\x00\x00\x08\x00\x00\x00\x07H:lap:1"},
	{wire.GrabJob, nil, wire.Request, "\x00REQ\x00\x00\x00\x09\x00\x00\x00\x00"},
	{wire.NoJob, nil, wire.Response, "\x00RES\x00\x00\x00\x0a\x00\x00\x00\x00"},
	{wire.JobAssign, []string{"H:lap:1", "rev", "\x00"}, wire.Response, "\x00RES\x00\x00\x00\x0b\x00\x00\x00\x0dH:lap:1\x00rev\x00\x00"},
	{wire.WorkStatus, []string{"H:lap:1", "1", "10"}, wire.Request, "\x00REQ\x00\x00\x00\x0c\x00\x00\x00\x0cH:lap:1\x001\x0010"},
	{wire.WorkStatus, []string{"H:lap:1", "1", "10"}, wire.Response, "\x00RES\x00\x00\x00\x0c\x00\x00\x00\x0cH:lap:1\x001\x0010"},
	{wire.WorkComplete, []string{"H:lap:1", ""}, wire.Request, "\x00REQ\x00\x00\x00\x0d\x00\x00\x00\x08H:lap:1\x00"},
	{wire.WorkComplete, []string{"H:lap:1", "x\x00"}, wire.Response, "\x00RES\x00\x00\x00\x0d\x00\x00\x00\x0aH:lap:1\x00x\x00"},
	{wire.WorkFail, []string{"H:lap:1"}, wire.Request, "\x00REQ\x00\x00\x00\x0e\x00\x00\x00\x07H:lap:1"},
	{wire.WorkFail, []string{"H:lap:1"}, wire.Response, "\x00RES\x00\x00\x00\x0e\x00\x00\x00\x07H:lap:1"},
	{wire.GetStatus, []string{"H:lap:1"}, wire.Request, "\x00REQ\x00\x00\x00\x0f\x00\x00\x00\x07H:lap:1"},
	{wire.EchoReq, []string{""}, wire.Request, "\x00REQ\x00\x00\x00\x10\x00\x00\x00\x00"},
	{wire.EchoRes, []string{"\x00\xff"}, wire.Response, "\x00RES\x00\x00\x00\x11\x00\x00\x00\x02\x00\xff"},
	{wire.SubmitJobBG, []string{"rev", "", ""}, wire.Request, "\x00REQ\x00\x00\x00\x12\x00\x00\x00\x05rev\x00\x00"},
	{wire.Error, []string{"QUEUE_ERROR", "full"}, wire.Response, "\x00RES\x00\x00\x00\x13\x00\x00\x00\x10QUEUE_ERROR\x00full"},
	{wire.StatusRes, []string{"H:lap:1", "1", "0", "3", "4"}, wire.Response, "\x00RES\x00\x00\x00\x14\x00\x00\x00\x0fH:lap:1\x001\x000\x003\x004"},
	{wire.SubmitJobHigh, []string{"rev", "u", "d"}, wire.Request, "\x00REQ\x00\x00\x00\x15\x00\x00\x00\x07rev\x00u\x00d"},
	{wire.SetClientID, []string{"me"}, wire.Request, "\x00REQ\x00\x00\x00\x16\x00\x00\x00\x02me"},
	{wire.CanDoTimeout, []string{"rev", "1500"}, wire.Request, "\x00REQ\x00\x00\x00\x17\x00\x00\x00\x08rev\x001500"},
	{wire.AllYours, nil, wire.Request, "\x00REQ\x00\x00\x00\x18\x00\x00\x00\x00"},
	{wire.WorkException, []string{"H:1", "ouch"}, wire.Request, "\x00REQ\x00\x00\x00\x19\x00\x00\x00\x08H:1\x00ouch"},
	{wire.WorkException, []string{"H:1", "ouch"}, wire.Response, "\x00RES\x00\x00\x00\x19\x00\x00\x00\x08H:1\x00ouch"},
	{wire.OptionReq, []string{"exceptions"}, wire.Request, "\x00REQ\x00\x00\x00\x1a\x00\x00\x00\x0aexceptions"},
	{wire.OptionRes, []string{"exceptions"}, wire.Response, "\x00RES\x00\x00\x00\x1b\x00\x00\x00\x0aexceptions"},
	{wire.WorkData, []string{"H:1", "part"}, wire.Request, "\x00REQ\x00\x00\x00\x1c\x00\x00\x00\x08H:1\x00part"},
	{wire.WorkData, []string{"H:1", "part"}, wire.Response, "\x00RES\x00\x00\x00\x1c\x00\x00\x00\x08H:1\x00part"},
	{wire.WorkWarning, []string{"H:1", "hm"}, wire.Request, "\x00REQ\x00\x00\x00\x1d\x00\x00\x00\x06H:1\x00hm"},
	{wire.WorkWarning, []string{"H:1", "hm"}, wire.Response, "\x00RES\x00\x00\x00\x1d\x00\x00\x00\x06H:1\x00hm"},
	{wire.GrabJobUniq, nil, wire.Request, "\x00REQ\x00\x00\x00\x1e\x00\x00\x00\x00"},
	{wire.JobAssignUniq, []string{"H:1", "rev", "u", "d"}, wire.Response, "\x00RES\x00\x00\x00\x1f\x00\x00\x00\x0bH:1\x00rev\x00u\x00d"},
	{wire.SubmitJobHighBG, []string{"rev", "u", "d"}, wire.Request, "\x00REQ\x00\x00\x00\x20\x00\x00\x00\x07rev\x00u\x00d"},
	{wire.SubmitJobLow, []string{"rev", "u", "d"}, wire.Request, "\x00REQ\x00\x00\x00\x21\x00\x00\x00\x07rev\x00u\x00d"},
	{wire.SubmitJobLowBG, []string{"rev", "u", "d"}, wire.Request, "\x00REQ\x00\x00\x00\x22\x00\x00\x00\x07rev\x00u\x00d"},
	{
		wire.SubmitJobSched,
		[]string{"rev", "u", "1", "2", "3", "4", "5", "d"},
		wire.Request,
		"\x00REQ\x00\x00\x00\x23\x00\x00\x00\x11rev\x00u\x001\x002\x003\x004\x005\x00d",
	},
	{wire.SubmitJobEpoch, []string{"rev", "u", "1700000000", "d"}, wire.Request, "\x00REQ\x00\x00\x00\x24\x00\x00\x00\x12rev\x00u\x001700000000\x00d"},
	{wire.SubmitReduceJob, []string{"rev", "u", "sum", "", "d"}, wire.Request, "\x00REQ\x00\x00\x00\x25\x00\x00\x00\x0crev\x00u\x00sum\x00\x00d"},
	{wire.SubmitReduceJobBackground, []string{"rev", "u", "sum", "", "d"}, wire.Request, "\x00REQ\x00\x00\x00\x26\x00\x00\x00\x0crev\x00u\x00sum\x00\x00d"},
	{wire.GrabJobAll, nil, wire.Request, "\x00REQ\x00\x00\x00\x27\x00\x00\x00\x00"},
	{wire.JobAssignAll, []string{"H:1", "rev", "u", "sum", "d"}, wire.Response, "\x00RES\x00\x00\x00\x28\x00\x00\x00\x0fH:1\x00rev\x00u\x00sum\x00d"},
	{wire.GetStatusUnique, []string{"u1"}, wire.Request, "\x00REQ\x00\x00\x00\x29\x00\x00\x00\x02u1"},
	{wire.StatusResUnique, []string{"u1", "1", "1", "3", "4", "2"}, wire.Response, "\x00RES\x00\x00\x00\x2a\x00\x00\x00\x0cu1\x001\x001\x003\x004\x002"},
}

// encode is AppendRequest or AppendResponse.
func encode(dst []byte, dir wire.Direction, typ wire.Type, args [][]byte) []byte {
	if dir == wire.Request {
		return wire.AppendRequest(dst, typ, args...)
	}
	return wire.AppendResponse(dst, typ, args...)
}

func TestEveryPacketTypeHasItsBytes(t *testing.T) {
	seen := map[wire.Type]wire.Direction{}
	for _, p := range packets {
		t.Run(p.typ.String(), func(t *testing.T) {
			if got := string(encode([]byte("before"), p.from, p.typ, bytesOf(p.args))); got != "before"+p.wire {
				t.Errorf("encoded\n got  %q\n want %q", got, "before"+p.wire)
			}
			got, dir, err := wire.NewReader(strings.NewReader(p.wire)).ReadPacket()
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(p.args, stringsOf(got.Args), cmpopts.EquateEmpty()); diff != "" || got.Type != p.typ || dir != p.from {
				t.Errorf("decoded as %v from %d, want %v from %d; args -want +got\n%s", got.Type, dir, p.typ, p.from, diff)
			}
		})
		seen[p.typ] |= p.from
	}
	for typ := wire.Type(0); typ < 100; typ++ {
		if seen[typ] != typ.Direction() {
			t.Errorf("%v travels in directions %b, the table has %b", typ, typ.Direction(), seen[typ])
		}
	}
}

func TestNamesOfTypes(t *testing.T) {
	for typ, want := range map[wire.Type]string{
		wire.CanDo: "CAN_DO", wire.SubmitReduceJobBackground: "SUBMIT_REDUCE_JOB_BACKGROUND", wire.StatusResUnique: "STATUS_RES_UNIQUE",
		0: "packet type 0", 5: "packet type 5", 43: "packet type 43", 1<<32 - 1: "packet type 4294967295",
	} {
		if got := typ.String(); got != want {
			t.Errorf("type %d: got %q, want %q", uint32(typ), got, want)
		}
	}
	if wire.Type(5).ArgNames() != nil || wire.Type(5).Direction() != 0 {
		t.Error("type 5 has arguments or a direction, want neither")
	}
}

func TestALastArgumentMayBeLeftOutWithItsNUL(t *testing.T) {
	for _, c := range []struct {
		wire string
		want []string
	}{
		{"\x00RES\x00\x00\x00\x0d\x00\x00\x00\x03H:1", []string{"H:1", ""}},
		{"\x00REQ\x00\x00\x00\x07\x00\x00\x00\x05rev\x00u", []string{"rev", "u", ""}},
		{"\x00RES\x00\x00\x00\x13\x00\x00\x00\x00", []string{"", ""}},
	} {
		p, _, err := wire.NewReader(strings.NewReader(c.wire)).ReadPacket()
		if diff := cmp.Diff(c.want, stringsOf(p.Args)); err != nil || diff != "" {
			t.Errorf("%q: err %v, args -want +got\n%s", c.wire, err, diff)
		}
	}
}

func TestArgOutOfRangeIsNil(t *testing.T) {
	p := wire.Packet{Type: wire.JobCreated, Args: bytesOf([]string{"H:1"})}
	if string(p.Arg(0)) != "H:1" || p.Arg(1) != nil || p.Arg(-1) != nil {
		t.Errorf("got %q %q %q, want H:1 and twice nil", p.Arg(0), p.Arg(1), p.Arg(-1))
	}
}

func TestEncodingPanicsOnWhatCouldNotBeReadBack(t *testing.T) {
	for _, c := range []struct {
		name string
		f    func()
		want string
	}{
		{"too few", func() { req(wire.SubmitJob, "f", "u") }, "SUBMIT_JOB takes 3 arguments, not 2"},
		{"too many", func() { req(wire.GrabJob, "f") }, "GRAB_JOB takes 0 arguments, not 1"},
		{"NUL in a name", func() { req(wire.SubmitJob, "f\x00g", "u", "d") }, "NUL byte in the function of SUBMIT_JOB"},
		{"NUL in a handle", func() { res(wire.WorkData, "H\x00", "d") }, "NUL byte in the handle of WORK_DATA"},
		{"no such type", func() { req(5, "f") }, "packet type 5 takes 0 arguments, not 1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			defer func() {
				if got, ok := recover().(string); !ok || !strings.Contains(got, c.want) {
					t.Errorf("panic: got %q, want %q in it", got, c.want)
				}
			}()
			c.f()
		})
	}
}

func TestPacketsRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		drawn := rapid.SliceOfN(rapid.Custom(drawPacket), 1, 5).Draw(t, "packets")
		var stream []byte
		for _, p := range drawn {
			stream = encode(stream, p.from, p.Type, p.Args)
		}
		step := rapid.IntRange(1, 20).Draw(t, "step")
		r := wire.NewReader(&stepReader{rest: stream, step: step})
		for _, want := range drawn {
			got, dir, err := r.ReadPacket()
			if err != nil || dir != want.from || got.Type != want.Type || !slices.EqualFunc(got.Args, want.Args, bytes.Equal) {
				t.Fatalf("got %v %q from %d (%v), want %v %q from %d", got.Type, got.Args, dir, err, want.Type, want.Args, want.from)
			}
		}
		if _, _, err := r.ReadPacket(); err == nil || r.Buffered() != 0 {
			t.Fatalf("%d bytes and error %v at the end, want none and EOF", r.Buffered(), err)
		}
	})
}

type drawnPacket struct {
	wire.Packet
	from wire.Direction
}

func drawPacket(t *rapid.T) drawnPacket {
	row := rapid.SampledFrom(packets).Draw(t, "type")
	p := drawnPacket{from: row.from}
	p.Type = row.typ
	for i := range row.args {
		name := rapid.SliceOfN(rapid.ByteRange(1, 255), 0, 20)
		if i == len(row.args)-1 {
			name = rapid.SliceOfN(rapid.Byte(), 0, 300)
		}
		p.Args = append(p.Args, name.Draw(t, "arg"))
	}
	return p
}
