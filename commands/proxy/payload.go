package proxy

import (
	"bytes"
	"cmp"
	"errors"

	"gearctl/wire"
	"gearctl/wire/modgearman"
)

// recoder makes of a job's payload what the target gets, and tells its priority.
type recoder struct {
	decrypt     []modgearman.Key
	encode      bool           // into encrypt, whatever it was
	encrypt     modgearman.Key // the zero Key: in clear
	resultQueue string         // empty: as it is
	priority    wire.Priority  // unknown: by the kind of job
}

// errNotEncrypted is why a job in clear is not carried from one key to another: who has not the key of the source must
// not get a job signed with that of the target.
var errNotEncrypted = errors.New("not encrypted")

// recode appends what goes to the target for a payload to dst, which must not overlap it, and returns the priority, if it
// is known. An error says why the job cannot be carried on as it should; dst is returned as it was then.
func (c *recoder) recode(dst, data []byte) (out []byte, priority wire.Priority, err error) {
	changes := c.encode || c.resultQueue != ""
	if !changes && c.priority != wire.PriorityUnknown {
		return append(dst, data...), c.priority, nil
	}
	p, err := modgearman.Decode(data, c.decrypt...)
	switch {
	case err != nil && changes:
		return dst, 0, err
	case err != nil:
		return append(dst, data...), c.priority, nil
	}
	priority = c.priority
	if p.Kind != modgearman.KindUnknown {
		priority = cmp.Or(priority, p.Kind.Priority(false))
	}
	text, changed := p.Text, c.encode
	if c.resultQueue != "" {
		if t, found := replaceField(text, "result_queue", c.resultQueue); found {
			text, changed = t, true
		}
	}
	if p.Form == modgearman.FormBare || !changed {
		return append(dst, data...), priority, nil
	}
	if p.Form == modgearman.FormClear && len(c.decrypt) > 0 {
		return dst, 0, errNotEncrypted
	}
	out, err = modgearman.AppendEncode(dst, text, c.key(p))
	return out, priority, err
}

// key returns the key for what goes on: that of the target, else the one that opened the job.
func (c *recoder) key(p modgearman.Payload) modgearman.Key {
	switch {
	case c.encode:
		return c.encrypt
	case p.Key >= 0:
		return c.decrypt[p.Key]
	}
	return modgearman.Key{}
}

// replaceField replaces the values of the lines name=VALUE of a packet, and reports whether there were some.
func replaceField(text []byte, name, value string) (out []byte, found bool) {
	out = make([]byte, 0, len(text)+len(value))
	for line := range bytes.Lines(text) {
		key, _, ok := bytes.Cut(line, []byte{'='})
		if !ok || string(bytes.TrimSpace(key)) != name {
			out = append(out, line...)
			continue
		}
		found = true
		out = append(append(append(out, key...), '='), value...)
		if bytes.HasSuffix(line, []byte{'\n'}) {
			out = append(out, '\n')
		}
	}
	return out, found
}
