package proxy

import (
	"bytes"
	"cmp"
	"errors"

	"gearctl/wire"
	"gearctl/wire/modgearman"
)

// recoder converts payloads for the target and determines their priority.
type recoder struct {
	decrypt     []modgearman.Key
	encode      bool           // into encrypt, whatever it was
	encrypt     modgearman.Key // the zero Key: in clear
	resultQueue string         // empty: unchanged
	priority    wire.Priority  // unknown: by the kind of job
}

// errNotEncrypted refuses a job in clear on a route with keys: a client without the key of the source must not get its job
// encrypted with that of the target.
var errNotEncrypted = errors.New("not encrypted")

// recode appends the payload for the target to dst, which must not overlap data, and returns the priority, if known. An
// error is the reason why the job is rejected; dst is returned unchanged then.
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

// key returns the key to encrypt with: that of the target, else the one that decrypted the job.
func (c *recoder) key(p modgearman.Payload) modgearman.Key {
	switch {
	case c.encode:
		return c.encrypt
	case p.Key >= 0:
		return c.decrypt[p.Key]
	}
	return modgearman.Key{}
}

// replaceField replaces the values of the lines name=VALUE of a packet, and reports whether there were any.
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
