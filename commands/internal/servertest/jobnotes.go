package servertest

import (
	"bytes"
	"slices"
	"strings"
	"sync"

	"gearctl/wire"
)

// NoteJobs returns taps that call note, in the order of the command's own steps, with what becomes of jobs, by their unique
// keys: "submit KEY" before a background job leaves, "accepted KEY" or "refused KEY" before its answer is read, and "ack KEY"
// before a job that was taken is answered at its source.
func NoteJobs(note func(text string)) func(server string) Tap {
	return func(string) Tap {
		var mu sync.Mutex
		var submitted []string // without an answer; empty: a canary job
		keys := map[string]string{}
		return Tap{
			Sent: func(p *wire.Packet) error {
				mu.Lock()
				defer mu.Unlock()
				switch p.Type {
				case wire.SubmitJob, wire.SubmitJobHigh, wire.SubmitJobLow:
					submitted = append(submitted, "")
				case wire.SubmitJobBG, wire.SubmitJobHighBG, wire.SubmitJobLowBG:
					submitted = append(submitted, string(p.Arg(1)))
					note("submit " + string(p.Arg(1)))
				case wire.WorkComplete, wire.WorkFail:
					if key := keys[string(p.Arg(0))]; key != "" {
						note("ack " + key)
					}
				}
				return nil
			},
			Received: func(p *wire.Packet) error {
				mu.Lock()
				defer mu.Unlock()
				switch {
				case p.Type == wire.JobAssignUniq && !bytes.HasPrefix(p.Arg(1), []byte("gearctl_")): // else a canary
					keys[string(p.Arg(0))] = string(p.Arg(2))
				case len(submitted) > 0 && (p.Type == wire.JobCreated || p.Type == wire.Error):
					key := submitted[0]
					submitted = submitted[1:]
					if key != "" && p.Type == wire.JobCreated {
						note("accepted " + key)
					} else if key != "" {
						note("refused " + key)
					}
				}
				return nil
			},
		}
	}
}

// RefuseJobs returns taps that make the server refuse the background jobs with a unique key for which refuse is true, as one does
// whose queue is full.
func RefuseJobs(refuse func(key string) bool) func(server string) Tap {
	return func(string) Tap {
		return Tap{Sent: func(p *wire.Packet) error {
			background := p.Type == wire.SubmitJobBG || p.Type == wire.SubmitJobHighBG || p.Type == wire.SubmitJobLowBG
			if background && refuse(string(p.Arg(1))) {
				p.Args = slices.Clone(p.Args)
				p.Args[1] = []byte(strings.Repeat("x", 64)) // longer than any server takes
			}
			return nil
		}}
	}
}

// Noted returns the keys of one of the events of NoteJobs, each once, in the order in which they came first.
func Noted(notes []string, event string) (keys []string) {
	for _, note := range notes {
		if key, ok := strings.CutPrefix(note, event+" "); ok && !slices.Contains(keys, key) {
			keys = append(keys, key)
		}
	}
	return keys
}
