package host

import (
	"io/fs"
	"syscall"
	"testing"
)

// fakeInfo is a file of mode, owner and group.
type fakeInfo struct {
	fs.FileInfo
	mode     fs.FileMode
	uid, gid uint32
}

func (f fakeInfo) Mode() fs.FileMode { return f.mode }

func (f fakeInfo) Sys() any { return &syscall.Stat_t{Uid: f.uid, Gid: f.gid} }

func TestRightsAreComputed(t *testing.T) {
	t.Parallel()
	icinga := Account{Name: "icinga", UID: 100, Groups: []uint32{200, 300}, Group: "icinga"}
	for _, c := range []struct {
		mode     fs.FileMode
		uid, gid uint32
		right    fs.FileMode
		may      bool
		grant    string
	}{
		{0o644, 0, 0, MayRead, true, ""},
		{0o640, 0, 0, MayRead, false, "chgrp icinga F"},
		{0o600, 0, 0, MayRead, false, "chgrp icinga F && chmod g+r F"},
		{0o600, 0, 300, MayRead, false, "chmod g+r F"},
		{0o604, 0, 200, MayRead, false, "chmod g+r F"}, // the group's digit counts, whatever others may
		{0o044, 100, 200, MayRead, false, "chmod u+r F"},
		{0o755, 0, 0, MayWrite | MaySearch, false, "chgrp icinga F && chmod g+w F"},
		{0o775, 0, 0, MayWrite | MaySearch, false, "chgrp icinga F"},
		{0o775, 0, 200, MayWrite | MaySearch, true, ""},
		{0o000, 0, 0, MayWrite | MaySearch, false, "chgrp icinga F && chmod g+wx F"},
	} {
		info := fakeInfo{mode: c.mode, uid: c.uid, gid: c.gid}
		if got := icinga.May(info, c.right); got != c.may {
			t.Errorf("%o %d:%d: got %v", c.mode, c.uid, c.gid, got)
		}
		if got := icinga.Grant(info, "F", c.right); !c.may && got != c.grant {
			t.Errorf("%o %d:%d: got %q, want %q", c.mode, c.uid, c.gid, got, c.grant)
		}
		if !(Account{}).May(info, c.right) {
			t.Errorf("root may not")
		}
	}
}

// FuzzAccounts feeds the reader of users and groups with anything.
func FuzzAccounts(f *testing.F) {
	f.Add("root:x:0:0:root:/root:/bin/bash\nnagios:x:99999999999:1:::\n:::::::")
	f.Fuzz(func(t *testing.T, text string) {
		a := Accounts{colonLines(text, 7), colonLines(text, 4)}
		for _, u := range a.Users {
			if got, ok := a.Find(u[0]); ok && (got.Name != u[0] || len(got.Groups) == 0) {
				t.Errorf("user %+v", got)
			}
		}
		ProcessAccount("x", text)
	})
}
