package roundtrip

import (
	"time"

	"gearctl/wire"
	"gearctl/wire/modgearman"
)

// Template makes the jobs of a check that is sent repeatedly. It is for one goroutine; copy it before its first use for others.
type Template struct {
	Check    modgearman.Check
	Key      modgearman.Key
	Keys     map[string]modgearman.Key // by server, instead of Key
	Priority wire.Priority
	text     []byte
	job      wire.Submission
}

// KeyOf returns the key of the workers of a server.
func (m *Template) KeyOf(server string) modgearman.Key {
	if key, own := m.Keys[server]; own {
		return key
	}
	return m.Key
}

// Job returns the job of a check that is due now, encrypted with Key. It is valid until the next call.
func (m *Template) Job(now time.Time, unique string) (*wire.Submission, error) {
	m.Check.CoreTime = now
	var err error
	if m.text, err = m.Check.AppendText(m.text[:0]); err != nil {
		return nil, err
	}
	m.job = wire.Submission{Function: m.Check.TargetQueue, Unique: unique, Workload: m.job.Workload, Priority: m.Priority, Background: true}
	return &m.job, m.encrypt(m.Key)
}

// encrypt encrypts the current job with key.
func (m *Template) encrypt(key modgearman.Key) (err error) {
	m.job.Workload, err = modgearman.AppendEncode(m.job.Workload[:0], m.text, key)
	return err
}
