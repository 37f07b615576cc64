package webconfig

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
)

func TestPasswords(t *testing.T) {
	dir := t.TempDir()
	open, shut := hashOf(t, "open"), hashOf(t, "shut")
	s := serve(t, dir, "basic_auth_users: {alice: "+open+", bob: "+shut+"}")
	for range 2 { // the second time from memory
		s.wantCode(200, "alice", "open")
		s.wantCode(200, "bob", "shut")
		for _, login := range [][]string{{}, {"alice", "shut"}, {"bob", "open"}, {"alice", ""}, {"", ""}, {"carol", "open"}, {"Alice", "open"}, {"alice", "open "}} {
			if a := s.wantCode(401, login...); a.header.Get("WWW-Authenticate") != `Basic realm="gearctl"` {
				t.Errorf("header %v", a.header)
			}
		}
	}
	write(t, dir, "web.yml", "basic_auth_users: {alice: "+shut+", bob: "+shut+"}")
	s.wantCode(401, "alice", "open")
	s.wantCode(200, "alice", "shut")
	write(t, dir, "web.yml", "basic_auth_users: {bob: "+shut+"}")
	s.wantCode(401, "alice", "shut")
	s.wantCode(200, "bob", "shut")
	s.wantLog()
}

// TestKnownPassword: the hash of another program.
func TestKnownPassword(t *testing.T) {
	s := serve(t, t.TempDir(), "basic_auth_users: {dave: $2y$10$2UXri9cIDdgeKjBo4Rlpx.U3ZLDV8X1IxKmsfOvhcM5oXQt/mLmXq}")
	s.wantCode(200, "dave", "dave123")
	s.wantCode(401, "dave", "dave124")
}

// TestTurn: one bcrypt runs at a time, a remembered password does not wait for it, and to wait ends with the request.
// An unknown name works like a known one.
func TestTurn(t *testing.T) {
	known := users{{"alice", hashOf(t, "open")}}
	p := newPasswords()
	check := func(ctx context.Context, name, password string, want bool, wantErr error) {
		t.Helper()
		if got, err := p.check(ctx, known, name, password); got != want || !errors.Is(err, wantErr) {
			t.Errorf("%s: %v, %v, want %v, %v", name, got, err, want, wantErr)
		}
	}
	over, cancel := context.WithCancel(t.Context())
	cancel()
	check(t.Context(), "alice", "open", true, nil)
	check(t.Context(), "bob", "open", false, nil)
	check(t.Context(), "alice", "shut", false, nil)

	p.turn <- struct{}{} // somebody works
	check(over, "alice", "open", true, nil)
	check(over, "alice", "shut", false, context.Canceled)
	check(over, "bob", "open", false, context.Canceled)
	waited := make(chan bool)
	go func() {
		defer close(waited)
		check(t.Context(), "alice", "shut", false, nil)
	}()
	<-p.turn
	<-waited
}

// TestSameAtOnce: of those who wait with the same password, only the first one works.
func TestSameAtOnce(t *testing.T) {
	known := users{{"alice", hashOf(t, "another")}} // bcrypt would say no
	synctest.Test(t, func(t *testing.T) {
		p := newPasswords()
		p.turn <- struct{}{}
		got := make(chan bool, 1)
		go func() {
			ok, _ := p.check(t.Context(), known, "alice", "open")
			got <- ok
		}()
		synctest.Wait()
		p.remember(p.digest("password", "alice", known[0].hash, "open"))
		<-p.turn
		if !<-got {
			t.Error("worked although it was known by then")
		}
	})
}

// TestRemembered: good passwords only, and not too many.
func TestRemembered(t *testing.T) {
	known := users{{"alice", hashOf(t, "open")}}
	p := newPasswords()
	for _, login := range [][2]string{{"alice", "shut"}, {"bob", "open"}, {"bob", "shut"}} {
		if ok, _ := p.check(t.Context(), known, login[0], login[1]); ok || len(p.good) > 0 {
			t.Errorf("%s: %v, %d remembered", login, ok, len(p.good))
		}
	}
	for i := range 3 * mostRemembered {
		p.remember(p.digest(fmt.Sprint(i)))
	}
	if ok, _ := p.check(t.Context(), known, "alice", "open"); !ok || len(p.good) != mostRemembered {
		t.Errorf("%v, %d remembered, want %d", ok, len(p.good), mostRemembered)
	}
	if !p.remembers(p.digest("password", "alice", known[0].hash, "open")) {
		t.Error("the last one is forgotten")
	}
}

// TestDigest: what is remembered of one login is that of no other.
func TestDigest(t *testing.T) {
	p, seen := newPasswords(), make(map[digest][]string)
	for _, parts := range [][]string{{"ab", "c"}, {"a", "bc"}, {"abc"}, {"abc", ""}, {"", "abc"}, {"ab", "", "c"}, {"a", "b", "c"}} {
		d := p.digest(parts...)
		if other, ok := seen[d]; ok {
			t.Errorf("%q and %q look the same", parts, other)
		}
		seen[d] = parts
	}
	if newPasswords().digest("a") == p.digest("a") {
		t.Error("two programs have the same key")
	}
}

// TestStandIn: an unknown name is always worked on like the same known one, and each known one stands in for some.
func TestStandIn(t *testing.T) {
	known, p, seen := users{{name: "a"}, {name: "b"}, {name: "c"}}, newPasswords(), make(map[string]bool)
	for i := range 300 {
		name := fmt.Sprint(i)
		u := p.standIn(known, name)
		if p.standIn(known, name) != u {
			t.Fatal("not the same one")
		}
		seen[u.name] = true
	}
	if len(seen) != len(known) {
		t.Errorf("only %v stand in", seen)
	}
}
