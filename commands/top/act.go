package top

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"

	"gearctl/commands/internal/cmderr"
	"gearctl/output"
)

// peeked is how many jobs p shows.
const peeked = 10

// target is the chosen queue, on the servers of its row that answer.
type target struct {
	queue            string
	servers          []string
	context          string // that the servers are of; empty: none
	waiting, running int64
}

// target returns the chosen queue. A nil one has a prompt that says why there is none.
func (s *state) target() (*target, *prompt) {
	if len(s.rows) == 0 {
		return nil, nil
	}
	at, _ := s.rowAt(s.cursor)
	row := s.row(at)
	t := &target{queue: row.queue, context: s.context, waiting: row.waiting, running: row.running}
	for _, q := range row.queues {
		if q.server.err == nil {
			t.servers = append(t.servers, q.server.name)
		}
	}
	if len(t.servers) == 0 {
		return nil, &prompt{question: t.name() + ": the server does not answer, nothing can be done with its queues"}
	}
	return t, nil
}

// act asks about what a key does with the chosen queue, which stays chosen.
func (s *state) act(ask func(s *state, t *target) *prompt) {
	t, p := s.target()
	if t != nil {
		p = ask(s, t)
		at, below := s.rowAt(s.cursor)
		s.held, s.below = s.id(at), below
	}
	s.prompt = p
}

// name is the queue in a question; the command line that follows has the whole of it.
func (t *target) name() string {
	const most, head, tail = 120, 80, 30
	name := []rune(output.Escape(t.queue))
	if len(name) > most {
		return string(name[:head]) + "..." + string(name[len(name)-tail:])
	}
	return string(name)
}

// where names the queue, its servers and their context.
func (t *target) where() string {
	where := t.name() + " on " + output.Escape(strings.Join(t.servers, ", "))
	if t.context != "" {
		where += " of context " + t.context
	}
	return where
}

// run is the answer that runs a command line on the servers of t.
func (t *target) run(line cmderr.CmdLine) answer { return answer{run: &onServers{t.servers, line}} }

// nothingWaits is shown instead of a question about no job.
func (t *target) nothingWaits() *prompt {
	return &prompt{question: "no job waits in " + t.where()}
}

func askPeek(_ *state, t *target) *prompt {
	if t.waiting == 0 {
		return t.nothingWaits()
	}
	jobs := output.Plural(t.waiting, "waiting job", "waiting jobs")
	if t.waiting > peeked {
		jobs = fmt.Sprintf("first %d of %s", peeked, jobs)
	}
	return &prompt{
		question: fmt.Sprintf("show the %s of %s? All are held for a moment, and get 2 retries more.", jobs, t.where()),
		answered: func(string) answer { return t.run(cmderr.Try("peek").Queues(t.queue)) },
	}
}

// askDrain asks for the file. The command itself asks whether it may drain, with the number of jobs by then.
func askDrain(s *state, t *target) *prompt {
	if t.waiting == 0 {
		return t.nothingWaits()
	}
	return &prompt{
		question: fmt.Sprintf("drain %s of %s to file (.zst or .gz compresses, Esc cancels):", output.Plural(t.waiting, "waiting job", "waiting jobs"), t.where()),
		typed:    true, text: archiveName(t.queue) + s.now.Format("-20060102-150405") + ".jsonl",
		answered: func(file string) answer {
			if file == "" {
				return answer{refused: "a file name is needed"}
			}
			if strings.HasPrefix(file, "-") {
				file = "./" + file // - is stdout
			}
			return t.run(cmderr.Try("drain", "--to", file).Queues(t.queue))
		},
	}
}

// archiveName is a queue's name in that of a file.
func archiveName(queue string) string {
	const most = 60
	name := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_' || r == '-' || r == '.' {
			return r
		}
		return '_'
	}, queue[:min(len(queue), most)])
	name = strings.TrimLeft(name, "-.")
	return cmp.Or(name, "queue")
}

func askLimit(_ *state, t *target) *prompt {
	return &prompt{
		question: fmt.Sprintf("limit %s, which has %s waiting and %s running, to how many jobs? 0 removes the limit:", t.where(), output.Count(t.waiting), output.Count(t.running)),
		typed:    true,
		answered: func(text string) answer {
			n, err := strconv.ParseInt(text, 10, 32)
			if err != nil || n < 0 {
				return answer{refused: "not a number from 0 to 2147483647"}
			}
			return answer{next: t.confirmLimit(n)}
		},
	}
}

// confirmLimit asks whether the limit may be set: the command does not.
func (t *target) confirmLimit(n int64) *prompt {
	question := fmt.Sprintf("limit %s to %s? The server refuses jobs beyond; it has %s now.", t.where(), output.Plural(n, "job", "jobs"), output.Count(t.waiting+t.running))
	if n == 0 {
		question = fmt.Sprintf("remove the limit of %s?", t.where())
	}
	return &prompt{
		question: question,
		answered: func(string) answer {
			return t.run(cmderr.Try("queue", "limit").Of(t.queue, strconv.FormatInt(n, 10)))
		},
	}
}
