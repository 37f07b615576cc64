package doctor

import (
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"gearctl/commands/internal/host"
)

// account is a user with its groups.
type account struct {
	name   string
	uid    uint32
	groups []uint32 // the first is the user's own
	group  string   // its name
}

// accounts are the local users and groups; a directory service is not queried.
type accounts struct{ users, groups [][]string }

func readAccounts(t host.Root) accounts {
	return accounts{colonLines(t.Text("/etc/passwd"), 7), colonLines(t.Text("/etc/group"), 4)}
}

// colonLines returns the fields of lines as in passwd; lines with another number of fields are skipped.
func colonLines(text string, fields int) [][]string {
	var list [][]string
	for line := range strings.Lines(text) {
		if f := strings.Split(strings.TrimSpace(line), ":"); len(f) == fields && f[0] != "" && f[0][0] != '#' {
			list = append(list, f)
		}
	}
	return list
}

// find returns the user with a name.
func (a accounts) find(name string) (account, bool) {
	for _, f := range a.users {
		uid, err1 := strconv.ParseUint(f[2], 10, 32)
		gid, err2 := strconv.ParseUint(f[3], 10, 32)
		if f[0] == name && err1 == nil && err2 == nil {
			u := account{name: name, uid: uint32(uid), groups: []uint32{uint32(gid)}}
			a.addGroups(&u)
			return u, true
		}
	}
	return account{}, false
}

// addGroups adds the groups of which the user is a member.
func (a accounts) addGroups(u *account) {
	for _, f := range a.groups {
		gid, err := strconv.ParseUint(f[2], 10, 32)
		switch {
		case err != nil:
		case uint32(gid) == u.groups[0]:
			u.group = f[0]
		case slices.Contains(strings.Split(f[3], ","), u.name):
			u.groups = append(u.groups, uint32(gid))
		}
	}
	if u.group == "" {
		u.group = strconv.FormatUint(uint64(u.groups[0]), 10)
	}
}

// processAccount returns the effective user and the groups in /proc/PID/status, under a name.
func processAccount(name, status string) (account, bool) {
	u := account{name: name}
	found := 0
	for line := range strings.Lines(status) {
		key, value, _ := strings.Cut(line, ":")
		ids := parseIDs(value)
		switch {
		case key == "Uid" && len(ids) == 4: // real, effective, saved, of files
			u.uid = ids[1]
			found++
		case key == "Gid" && len(ids) == 4:
			u.groups = append([]uint32{ids[1]}, u.groups...)
			u.group = strconv.FormatUint(uint64(ids[1]), 10)
			found++
		case key == "Groups":
			u.groups = append(u.groups, ids...)
		}
	}
	return u, found == 2
}

func parseIDs(text string) []uint32 {
	var ids []uint32
	for _, word := range strings.Fields(text) {
		if id, err := strconv.ParseUint(word, 10, 32); err == nil {
			ids = append(ids, uint32(id))
		}
	}
	return ids
}

// Permissions, as in an octal digit of a mode.
const (
	mayRead   = 4
	mayWrite  = 2
	maySearch = 1
)

// may reports whether mode, owner and group of a file give the user a permission.
func (u account) may(info fs.FileInfo, right fs.FileMode) bool {
	st, ok := info.Sys().(*syscall.Stat_t)
	switch {
	case u.uid == 0:
		return true
	case !ok:
		return false
	case st.Uid == u.uid:
		return info.Mode()>>6&right == right
	case slices.Contains(u.groups, st.Gid):
		return info.Mode()>>3&right == right
	}
	return info.Mode()&right == right
}

// inaccessibleDir returns the first directory on the way to a file that the user may not enter, empty if there is none.
func (u account) inaccessibleDir(t host.Root, file string) (dir string) {
	resolved := t.Resolve(file)
	for end := range len(resolved) {
		if resolved[end] != '/' || end == len(resolved)-1 {
			continue
		}
		dir := path.Clean("/" + resolved[:end])
		if info, err := t.Stat(dir); err == nil && !u.may(info, maySearch) {
			return dir
		}
	}
	return ""
}
