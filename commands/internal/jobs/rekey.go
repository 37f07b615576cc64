package jobs

import "gearctl/wire/modgearman"

// Rekeying encrypts Mod-Gearman jobs anew. The zero key is none: clear jobs.
type Rekeying struct{ From, To modgearman.Key }

// Payload returns a job's payload under the new key. Bare probes and answers travel in clear, and stay as they are.
func (r *Rekeying) Payload(data []byte) ([]byte, error) {
	var keys []modgearman.Key
	if !r.From.IsZero() {
		keys = append(keys, r.From)
	}
	p, err := modgearman.Decode(data, keys...)
	switch {
	case err != nil:
		return nil, err
	case p.Form == modgearman.FormBare:
		return data, nil
	}
	return modgearman.Encode(p.Text, r.To)
}
