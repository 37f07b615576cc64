package commands_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"net"
	"strings"

	"gearctl/wire"
)

// endless is a server that never comes to an end: lists have no last row, and a worker or a client is sent packets for
// ever.
type endless struct {
	name    func(i int) string // of queues, handles and keys
	payload int                // bytes of a workload
	lists   bool               // lists are endless; else they have one queue, one worker and no job
	flood   wire.Type          // what answers every request for a job and for work; 0: its own kind of answer
}

// The shapes of what has no end.
var endlessServers = map[string]endless{
	"short":  {name: func(i int) string { return fmt.Sprintf("q%d", i) }, payload: 100, lists: true},
	"named":  {name: func(i int) string { return fmt.Sprintf("hostgroup_of_the_data_centre_number_%08d", i) }, payload: 100, lists: true},
	"giant":  {name: func(i int) string { return strings.Repeat("x", 900_000) + fmt.Sprint(i) }, payload: 1 << 20, lists: true},
	"jobs":   {name: func(int) string { return "q" }, payload: 1000},
	"bulky":  {name: func(int) string { return "q" }, payload: 20 << 20},
	"mib":    {name: func(int) string { return "q" }, payload: 1 << 20},
	"noop":   {name: func(int) string { return "q" }, flood: wire.Noop},
	"error":  {name: func(int) string { return "q" }, payload: 1000, flood: wire.Error},
	"packet": {name: func(int) string { return "q" }, payload: wire.DefaultMaxPacket - 100},
}

// serve is a hostility.
func (e endless) serve(c net.Conn) {
	r := wire.NewReader(c)
	for {
		packet, err := r.NextIsPacket()
		if err == nil && packet {
			var p wire.Packet
			if p, _, err = r.ReadPacket(); err == nil {
				err = e.packet(c, p)
			}
		} else if err == nil {
			var line []byte
			if line, err = r.ReadLine(); err == nil {
				err = e.line(c, string(line))
			}
		}
		if err != nil {
			return
		}
	}
}

// line answers an admin command.
func (e endless) line(c net.Conn, line string) error {
	format := "%s\n"
	switch line {
	case "version":
		_, err := c.Write([]byte("OK 1.1.20\n"))
		return err
	case "status":
		format = "%s\t5\t0\t1\n"
	case "prioritystatus":
		format = "%s\t0\t5\t0\t1\n"
	case "workers":
		format = "7 10.0.0.1 - : %s\n"
	case "show jobs":
		format = "H:%s:%[2]d\t0\t0\t1\n"
	}
	if !e.lists {
		answer := ".\n"
		if !strings.HasPrefix(line, "show") {
			answer = fmt.Sprintf(format+".\n", "q")
		}
		_, err := c.Write([]byte(answer))
		return err
	}
	var rows bytes.Buffer
	for i := 0; rows.Len() < 1<<20; i++ {
		row := fmt.Sprintf(format, e.name(i), i)
		row, _, _ = strings.Cut(row, "%!(EXTRA")
		rows.WriteString(strings.TrimSuffix(row, "\n") + "\n")
	}
	return forever(c, rows.Bytes())
}

// packet answers a binary request.
func (e endless) packet(c net.Conn, p wire.Packet) error {
	res := func(t wire.Type, args ...string) []byte {
		list := make([][]byte, len(args))
		for i, a := range args {
			list[i] = []byte(a)
		}
		return wire.AppendResponse(nil, t, list...)
	}
	switch p.Type {
	case wire.GrabJob, wire.GrabJobUniq, wire.PreSleep, wire.SubmitJob, wire.SubmitJobHigh, wire.SubmitJobLow, wire.SubmitJobBG, wire.SubmitJobHighBG, wire.SubmitJobLowBG:
		switch e.flood {
		case wire.Noop:
			return forever(c, res(wire.Noop))
		case wire.Error:
			return e.storm(c, res(wire.Error, "ERROR", ""))
		}
	}
	switch p.Type {
	case wire.EchoReq:
		_, err := c.Write(wire.AppendResponse(nil, wire.EchoRes, p.Args...))
		return err
	case wire.GetStatus:
		_, err := c.Write(res(wire.StatusRes, string(p.Arg(0)), "1", "1", "1", "2"))
		return err
	case wire.GetStatusUnique:
		_, err := c.Write(res(wire.StatusResUnique, string(p.Arg(0)), "1", "1", "1", "2", "1"))
		return err
	case wire.GrabJob:
		return e.storm(c, res(wire.JobAssign, "H:x:1", "q", ""))
	case wire.GrabJobUniq:
		return e.storm(c, res(wire.JobAssignUniq, "H:x:1", "q", "u", ""))
	case wire.SubmitJob, wire.SubmitJobHigh, wire.SubmitJobLow:
		if _, err := c.Write(res(wire.JobCreated, "H:x:1")); err != nil {
			return err
		}
		return e.storm(c, res(wire.WorkData, "H:x:1", ""))
	case wire.SubmitJobBG, wire.SubmitJobHighBG, wire.SubmitJobLowBG, wire.SubmitJobEpoch:
		return forever(c, res(wire.JobCreated, "H:x:1"))
	}
	return nil
}

// storm sends a packet for ever, each time with a workload as its last argument.
func (e endless) storm(c net.Conn, packet []byte) error {
	size := binary.BigEndian.Uint32(packet[8:])
	binary.BigEndian.PutUint32(packet[8:], size+uint32(e.payload))
	if e.payload < len(zeros) {
		return forever(c, append(packet, zeros[:e.payload]...))
	}
	for {
		if _, err := c.Write(packet); err != nil {
			return err
		}
		for left := e.payload; left > 0; {
			n, err := c.Write(zeros[:min(left, len(zeros))])
			if err != nil {
				return err
			}
			left -= n
		}
	}
}

// zeros is a piece of a workload, without the bytes that would end an argument.
var zeros = bytes.Repeat([]byte("z"), 64<<10)

func forever(c net.Conn, b []byte) error {
	for len(b) < 64<<10 {
		b = append(b, b...)
	}
	for {
		if _, err := c.Write(b); err != nil {
			return err
		}
	}
}
