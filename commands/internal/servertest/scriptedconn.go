package servertest

import (
	"cmp"
	"strings"
	"time"

	"gearctl/wire"
)

func (c *scriptedConn) serve() error {
	r := wire.NewReader(c.c)
	for {
		packet, err := r.NextIsPacket()
		if err != nil {
			return err
		}
		if packet {
			p, _, err := r.ReadPacket()
			if err == nil {
				err = c.request(p)
			}
			if err != nil {
				return err
			}
			continue
		}
		line, err := r.ReadLine()
		if err == nil {
			err = c.command(string(line))
		}
		if err != nil {
			return err
		}
	}
}

// received counts a request, and applies a step at its place.
func (c *scriptedConn) received(what string) error {
	c.s.counted.packets++
	switch step := c.s.Script.atPacket(c.s.counted.packets); step.Do {
	case Lose, Halve, HangUp:
		c.s.note(c, "< %s (lost)", what)
		c.s.cutRequest = true
		return errHangUp
	case Silence, Mute:
		c.s.note(c, "< %s (not answered)", what)
		return errSilence
	}
	c.s.note(c, "< %s", what)
	return nil
}

// send sends an answer, and applies a step at its place, or the action that the caller has for it. It reports whether all of
// the answer was sent.
func (c *scriptedConn) send(what string, b []byte, do Action) (sent bool, err error) {
	c.s.counted.packets++
	step := c.s.Script.atPacket(c.s.counted.packets)
	if step.Packet > 0 {
		do = step.Do
	}
	c.s.note(c, "> %s%s", what, map[Action]string{Lose: " (lost)", Halve: " (half)", Silence: " (kept back)"}[do])
	switch do {
	case Lose:
		return false, errHangUp
	case Silence:
		return false, errSilence
	case Halve:
		c.c.Write(b[:len(b)/2])
		return false, errHangUp
	}
	_, err = c.c.Write(b)
	switch {
	case do == HangUp:
		return true, errHangUp
	case do == Mute:
		return true, errSilence
	}
	return err == nil, err
}

func (c *scriptedConn) reply(t wire.Type, args ...string) error {
	b := make([][]byte, len(args))
	for i, a := range args {
		b[i] = []byte(a)
	}
	_, err := c.send(t.String(), wire.AppendResponse(nil, t, b...), Normal)
	return err
}

func (c *scriptedConn) request(p wire.Packet) error {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	what := p.Type.String()
	if isSubmission(p.Type) {
		what += " " + string(p.Arg(0)) + " " + string(p.Arg(len(p.Args)-1))
	}
	if err := c.received(what); err != nil {
		return err
	}
	arg := string(p.Arg(0))
	switch p.Type {
	case wire.EchoReq:
		return c.reply(wire.EchoRes, arg)
	case wire.OptionReq:
		return c.reply(wire.OptionRes, arg)
	case wire.SetClientID:
		c.id = arg
	case wire.CanDo:
		c.serves = append(c.serves, arg)
		c.s.know(arg)
	case wire.CantDo:
		c.release(arg)
	case wire.PreSleep:
		return c.sleep()
	case wire.GrabJob, wire.GrabJobUniq:
		return c.grab(p.Type)
	case wire.WorkComplete, wire.WorkFail:
		return c.acknowledged(arg)
	case wire.GetStatus:
		return c.jobStatus(arg)
	case wire.WorkData, wire.WorkWarning, wire.WorkStatus:
	default:
		if !isSubmission(p.Type) {
			return c.reply(wire.Error, "UNKNOWN_COMMAND", p.Type.String())
		}
		return c.submitted(p)
	}
	return nil
}

func isSubmission(t wire.Type) bool {
	switch t {
	case wire.SubmitJob, wire.SubmitJobHigh, wire.SubmitJobLow, wire.SubmitJobBG, wire.SubmitJobHighBG, wire.SubmitJobLowBG, wire.SubmitJobEpoch:
		return true
	}
	return false
}

func isCanary(queue string) bool { return strings.HasPrefix(queue, "gearctl_canary_") }

// submitted takes a job, unless the script refuses it; s.mu is held, except while it waits.
func (c *scriptedConn) submitted(p wire.Packet) error {
	s := c.s
	job := Submission{
		Conn: c.number, Queue: string(p.Arg(0)), Unique: string(p.Arg(1)), Workload: string(p.Arg(len(p.Args) - 1)), Type: p.Type,
		Background: strings.HasSuffix(p.Type.String(), "_BG") || p.Type == wire.SubmitJobEpoch,
	}
	var step Step
	if isCanary(job.Queue) {
		s.counted.canaries++
		step = s.Script.atCanary(s.counted.canaries)
	} else {
		s.counted.jobs++
		step = s.Script.atJob(s.counted.jobs)
	}
	job.Refused = step.Do == Refuse
	number := s.add(job)
	if step.Do == Refuse {
		code, text, _ := strings.Cut(step.Error, " ")
		if code == "" {
			code, text = "QUEUE_ERROR", "JOB_QUEUE_FULL"
		}
		return c.reply(wire.Error, code, text)
	}
	if step.Do == Late {
		c.await(step.Wait)
	}
	if job.Background || isCanary(job.Queue) {
		s.enqueue(number)
	}
	return c.answer(number, step)
}

// answer sends JOB_CREATED, and the parts and the result of a foreground job, as far as a step lets it.
func (c *scriptedConn) answer(number int, step Step) error {
	job := &c.s.got[number]
	parts := strings.Fields(cmp.Or(step.Parts, c.s.Parts))
	if job.Background || isCanary(job.Queue) {
		parts = nil
	}
	// do returns the action at the answer number i, of which the last is that of the step if it acts after an answer.
	do := func(i int) Action {
		after := step.Do == HangUp || step.Do == Mute
		if after && i < len(parts) || !after && i > 0 {
			return Normal
		}
		return step.Do
	}
	var err error
	job.Answered, err = c.send("JOB_CREATED "+job.handle, wire.AppendResponse(nil, wire.JobCreated, []byte(job.handle)), do(0))
	if err != nil {
		return err
	}
	for i, part := range parts {
		if c.s.Pause > 0 {
			c.await(c.s.Pause)
			job = &c.s.got[number]
		}
		sent, err := c.send("part: "+part, c.part(part, job), do(i+1))
		if sent {
			job.Parts++
		}
		if err != nil {
			return err
		}
	}
	if job.Background || isCanary(job.Queue) {
		return nil
	}
	result := wire.AppendResponse(nil, wire.WorkComplete, []byte(job.handle), []byte(strings.ToUpper(job.Workload)))
	job.Done, err = c.send("WORK_COMPLETE "+job.handle, result, Normal)
	return err
}

func (c *scriptedConn) part(name string, j *Submission) []byte {
	handle := []byte(j.handle)
	switch name {
	case "data":
		return wire.AppendResponse(nil, wire.WorkData, handle, []byte("part of "+j.Workload+"\n"))
	case "warning":
		return wire.AppendResponse(nil, wire.WorkWarning, handle, []byte("warning of "+j.Workload+"\n"))
	}
	return wire.AppendResponse(nil, wire.WorkStatus, handle, []byte("1"), []byte("2"))
}

// await waits, without s.mu.
func (c *scriptedConn) await(d time.Duration) {
	c.s.mu.Unlock()
	defer c.s.mu.Lock()
	var after <-chan time.Time
	if d > 0 {
		after = time.After(d)
	}
	select {
	case <-after:
	case <-c.s.released:
	case <-c.s.stopping:
	}
}
