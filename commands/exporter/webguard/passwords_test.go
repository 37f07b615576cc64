package webguard

import "testing"

func TestPasswords(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	open, shut := hashOf(t, "open"), hashOf(t, "shut")
	s := serve(t, dir, "basic_auth_users: {alice: "+open+", bob: "+shut+"}")
	for range 2 { // the second time from memory
		s.wantCode(200, "alice", "open")
		s.wantCode(200, "bob", "shut")
		for _, login := range [][]string{{}, {"alice", "shut"}, {"bob", "open"}, {"alice", ""}, {"", ""}, {"carol", "open"}, {"Alice", "open"}, {"alice", "open "}} {
			if a := s.wantCode(401, login...); a.header.Get("WWW-Authenticate") != "Basic" {
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
	t.Parallel()
	s := serve(t, t.TempDir(), "basic_auth_users: {dave: $2y$10$2UXri9cIDdgeKjBo4Rlpx.U3ZLDV8X1IxKmsfOvhcM5oXQt/mLmXq}")
	s.wantCode(200, "dave", "dave123")
	s.wantCode(401, "dave", "dave124")
}
