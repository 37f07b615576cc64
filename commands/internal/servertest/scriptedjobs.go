package servertest

import (
	"fmt"
	"slices"
	"strings"

	"gearctl/wire"
)

// add records a job and returns its number.
func (s *Scripted) add(j Submission) int {
	s.counted.handles++
	j.handle = fmt.Sprintf("H:scripted:%d", s.counted.handles)
	s.got = append(s.got, j)
	return len(s.got) - 1
}

// enqueue makes a job wait for a worker, and wakes the workers of its queue.
func (s *Scripted) enqueue(number int) {
	job := s.got[number]
	if s.Reply != nil {
		if queue, workload := s.Reply(job); queue != "" {
			s.got[number].Acked = true
			s.enqueue(s.add(Submission{Queue: queue, Workload: workload, Background: true}))
			return
		}
	}
	s.know(job.Queue)
	s.waiting = append(s.waiting, &scriptedJob{number: number})
	for c := range s.conns {
		if c.sleeping && slices.Contains(c.serves, job.Queue) {
			c.wake()
		}
	}
}

// know adds a queue.
func (s *Scripted) know(queue string) {
	if !slices.Contains(s.queues, queue) {
		s.queues = append(s.queues, queue)
	}
}

// wake wakes a sleeping worker.
func (c *scriptedConn) wake() {
	c.sleeping = false
	if c.reply(wire.Noop) != nil {
		c.c.Close()
	}
}

func (c *scriptedConn) sleep() error {
	for _, j := range c.s.waiting {
		if j.holder == nil && slices.Contains(c.serves, c.s.got[j.number].Queue) {
			return c.reply(wire.Noop)
		}
	}
	c.sleeping = true
	return nil
}

func (c *scriptedConn) grab(t wire.Type) error {
	for _, j := range c.s.waiting {
		job := c.s.got[j.number]
		if j.holder != nil || !slices.Contains(c.serves, job.Queue) {
			continue
		}
		j.holder = c
		answer := []string{job.handle, job.Queue, job.Unique, job.Workload}
		assign := wire.JobAssignUniq
		if t == wire.GrabJob {
			assign, answer = wire.JobAssign, slices.Delete(answer, 2, 3)
		}
		err := c.reply(assign, answer...)
		if err == nil {
			c.s.got[j.number].Assigned++
		}
		return err
	}
	return c.reply(wire.NoJob)
}

// release requeues the jobs of a queue that the connection holds, at its end.
func (c *scriptedConn) release(queue string) {
	c.serves = slices.DeleteFunc(c.serves, func(s string) bool { return s == queue })
	var kept, back []*scriptedJob
	for _, j := range c.s.waiting {
		if j.holder == c && c.s.got[j.number].Queue == queue {
			j.holder = nil
			back = append(back, j)
		} else {
			kept = append(kept, j)
		}
	}
	c.s.waiting = append(kept, back...)
}

func (c *scriptedConn) acknowledged(handle string) error {
	s := c.s
	i := slices.IndexFunc(s.waiting, func(j *scriptedJob) bool { return s.got[j.number].handle == handle })
	if i < 0 {
		return c.reply(wire.Error, "JOB_NOT_FOUND", "")
	}
	number := s.waiting[i].number
	s.waiting = slices.Delete(s.waiting, i, i+1)
	if isCanary(s.got[number].Queue) {
		return nil
	}
	s.counted.acks++
	switch step := s.Script.atAck(s.counted.acks); step.Do {
	case Refuse:
		return c.reply(wire.Error, "JOB_NOT_FOUND", "")
	case Lose, Halve, HangUp:
		s.got[number].Acked = true
		return errHangUp
	case Silence, Mute:
		s.got[number].Acked = true
		return errSilence
	}
	s.got[number].Acked = true
	return nil
}

func (c *scriptedConn) jobStatus(handle string) error {
	known, running := "0", "0"
	for _, j := range c.s.waiting {
		if c.s.got[j.number].handle == handle {
			known = "1"
			if j.holder != nil {
				running = "1"
			}
		}
	}
	return c.reply(wire.StatusRes, handle, known, running, "0", "0")
}

// command answers an admin command.
func (c *scriptedConn) command(line string) error {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	if err := c.received(line); err != nil {
		return err
	}
	word, _, _ := strings.Cut(line, " ")
	var b strings.Builder
	switch word {
	case "version":
		b.WriteString("OK 1.1.20\n")
	case "workers":
		for other := range c.s.conns {
			fmt.Fprintf(&b, "%d 127.0.0.1 %s : %s\n", other.number, other.id, strings.Join(other.serves, " "))
		}
		b.WriteString(".\n")
	case "status":
		for _, queue := range c.s.queues {
			fmt.Fprintf(&b, "%s\t%d\t%d\t%d\n", queue, c.s.count(queue, false), c.s.count(queue, true), c.s.workers(queue))
		}
		b.WriteString(".\n")
	case "prioritystatus":
		for _, queue := range c.s.queues {
			fmt.Fprintf(&b, "%s\t0\t%d\t0\t%d\n", queue, c.s.count(queue, false)-c.s.count(queue, true), c.s.workers(queue))
		}
		b.WriteString(".\n")
	case "show":
		for _, j := range c.s.waiting {
			fmt.Fprintf(&b, "%s\t0\t0\t1\n", c.s.got[j.number].handle)
		}
		b.WriteString(".\n")
	case "drop":
		c.s.queues = slices.DeleteFunc(c.s.queues, func(queue string) bool { return strings.HasSuffix(line, " "+queue) })
		b.WriteString("OK\n")
	case "create", "cancel":
		b.WriteString("OK\n")
	default:
		b.WriteString("ERR UNKNOWN_COMMAND Unknown+server+command\n")
	}
	_, err := c.send("answer to "+line, []byte(b.String()), Normal)
	return err
}

// count returns how many jobs of a queue there are, or how many of them workers hold.
func (s *Scripted) count(queue string, held bool) (n int) {
	for _, j := range s.waiting {
		if s.got[j.number].Queue == queue && (!held || j.holder != nil) {
			n++
		}
	}
	return n
}

func (s *Scripted) workers(queue string) (n int) {
	for c := range s.conns {
		if slices.Contains(c.serves, queue) {
			n++
		}
	}
	return n
}
