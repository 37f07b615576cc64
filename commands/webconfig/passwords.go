package webconfig

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"sync"

	"golang.org/x/crypto/bcrypt"
)

// mostRemembered bounds how many good passwords are remembered.
const mostRemembered = 100

// passwords checks passwords. Good ones are remembered, because bcrypt takes long by design; bad ones are not. Neither
// a password nor its plain digest is kept: a remembered one is an HMAC by a key that lives as long as the program.
type passwords struct {
	key  []byte
	turn chan struct{} // full while a bcrypt runs
	mu   sync.Mutex
	good map[digest]struct{}
}

type digest [sha256.Size]byte

func newPasswords() *passwords {
	p := &passwords{key: make([]byte, sha256.Size), turn: make(chan struct{}, 1), good: make(map[digest]struct{})}
	rand.Read(p.key) // never fails
	return p
}

// check reports whether password is that of name, who has to be one of known. One bcrypt runs at a time, and the error
// is that of ctx when it ends before it is this one's turn. A name that is not known takes the time of one that is.
func (p *passwords) check(ctx context.Context, known users, name, password string) (bool, error) {
	u, found := known.find(name)
	if !found {
		u = p.standIn(known, name)
	}
	id := p.digest("password", name, u.hash, password)
	if found && p.remembers(id) {
		return true, nil
	}
	select {
	case p.turn <- struct{}{}:
		defer func() { <-p.turn }()
	case <-ctx.Done():
		return false, ctx.Err()
	}
	if found && p.remembers(id) { // while this one waited
		return true, nil
	}
	same := bcrypt.CompareHashAndPassword([]byte(u.hash), []byte(password)) == nil
	if !same || !found {
		return false, nil
	}
	p.remember(id)
	return true, nil
}

// standIn returns the user whose hash is worked on for a name that is not known: always the same one for a name, and
// any of them for any name, so that also hashes of unequal cost do not tell which names are known.
func (p *passwords) standIn(known users, name string) user {
	d := p.digest("unknown", name)
	return known[binary.BigEndian.Uint64(d[:])%uint64(len(known))]
}

// digest is the HMAC of parts, each with its length in front, so that no two lists of parts look the same.
func (p *passwords) digest(parts ...string) (d digest) {
	h := hmac.New(sha256.New, p.key)
	for _, part := range parts {
		h.Write(binary.BigEndian.AppendUint64(nil, uint64(len(part))))
		h.Write([]byte(part))
	}
	h.Sum(d[:0])
	return d
}

func (p *passwords) remembers(id digest) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	_, ok := p.good[id]
	return ok
}

// remember forgets any other one when there are too many.
func (p *passwords) remember(id digest) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for other := range p.good {
		if len(p.good) < mostRemembered {
			break
		}
		delete(p.good, other)
	}
	p.good[id] = struct{}{}
}
