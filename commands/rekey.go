package commands

import "gearctl/wire/modgearman"

// rekeying encrypts Mod-Gearman jobs anew. The zero key is none: clear jobs.
type rekeying struct{ from, to modgearman.Key }

// payload returns a job's payload under the new key. Bare probes and answers travel in clear, and stay as they are.
func (r *rekeying) payload(data []byte) ([]byte, error) {
	var keys []modgearman.Key
	if !r.from.IsZero() {
		keys = append(keys, r.from)
	}
	p, err := modgearman.Decode(data, keys...)
	switch {
	case err != nil:
		return nil, err
	case p.Form == modgearman.FormBare:
		return data, nil
	}
	return modgearman.Encode(p.Text, r.to)
}
