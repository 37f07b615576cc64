package host

import (
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"gearctl/commands/internal/shell"
)

// Account is a user with its groups.
type Account struct {
	Name   string
	UID    uint32
	Groups []uint32 // the first is the user's own
	Group  string   // its name
}

// Accounts are the local users and groups; a directory service is not queried.
type Accounts struct{ Users, Groups [][]string }

// ReadAccounts reads /etc/passwd and /etc/group.
func ReadAccounts(t Root) Accounts {
	return Accounts{colonLines(t.Text("/etc/passwd"), 7), colonLines(t.Text("/etc/group"), 4)}
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

// Find returns the user with a name.
func (a Accounts) Find(name string) (Account, bool) {
	for _, f := range a.Users {
		uid, err1 := strconv.ParseUint(f[2], 10, 32)
		gid, err2 := strconv.ParseUint(f[3], 10, 32)
		if f[0] == name && err1 == nil && err2 == nil {
			u := Account{Name: name, UID: uint32(uid), Groups: []uint32{uint32(gid)}}
			a.addGroups(&u)
			return u, true
		}
	}
	return Account{}, false
}

// addGroups adds the groups of which the user is a member.
func (a Accounts) addGroups(u *Account) {
	for _, f := range a.Groups {
		gid, err := strconv.ParseUint(f[2], 10, 32)
		switch {
		case err != nil:
		case uint32(gid) == u.Groups[0]:
			u.Group = f[0]
		case slices.Contains(strings.Split(f[3], ","), u.Name):
			u.Groups = append(u.Groups, uint32(gid))
		}
	}
	if u.Group == "" {
		u.Group = strconv.FormatUint(uint64(u.Groups[0]), 10)
	}
}

// ProcessAccount returns the effective user and the groups in /proc/PID/status, under a name.
func ProcessAccount(name, status string) (Account, bool) {
	u := Account{Name: name}
	found := 0
	for line := range strings.Lines(status) {
		key, value, _ := strings.Cut(line, ":")
		ids := parseIDs(value)
		switch {
		case key == "Uid" && len(ids) == 4: // real, effective, saved, of files
			u.UID = ids[1]
			found++
		case key == "Gid" && len(ids) == 4:
			u.Groups = append([]uint32{ids[1]}, u.Groups...)
			u.Group = strconv.FormatUint(uint64(ids[1]), 10)
			found++
		case key == "Groups":
			u.Groups = append(u.Groups, ids...)
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
	MayRead   = 4
	MayWrite  = 2
	MaySearch = 1
)

// May reports whether mode, owner and group of a file give the user a permission.
func (u Account) May(info fs.FileInfo, right fs.FileMode) bool {
	st, ok := info.Sys().(*syscall.Stat_t)
	switch {
	case u.UID == 0:
		return true
	case !ok:
		return false
	case st.Uid == u.UID:
		return info.Mode()>>6&right == right
	case slices.Contains(u.Groups, st.Gid):
		return info.Mode()>>3&right == right
	}
	return info.Mode()&right == right
}

// InaccessibleDir returns the first directory on the way to a file that the user may not enter, empty if there is none.
func (u Account) InaccessibleDir(t Root, file string) (dir string) {
	resolved := t.Resolve(file)
	for end := range len(resolved) {
		if resolved[end] != '/' || end == len(resolved)-1 {
			continue
		}
		dir := path.Clean("/" + resolved[:end])
		if info, err := t.Stat(dir); err == nil && !u.May(info, MaySearch) {
			return dir
		}
	}
	return ""
}

// Ownership describes mode, owner and group of a file.
func Ownership(info fs.FileInfo) string {
	text := fmt.Sprintf("mode %04o", info.Mode().Perm())
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		text += fmt.Sprintf(", user %d, group %d", st.Uid, st.Gid)
	}
	return text
}

// Grant is the command that gives the user's group a permission with the fewest changes.
func (u Account) Grant(info fs.FileInfo, target string, right fs.FileMode) string {
	file := shell.QuotePrintable(target)
	st, ok := info.Sys().(*syscall.Stat_t)
	if ok && st.Uid == u.UID {
		return fmt.Sprintf("chmod u+%s %s", rightLetters(right&^(info.Mode()>>6)), file)
	}
	var steps []string
	if !ok || !slices.Contains(u.Groups, st.Gid) {
		steps = append(steps, fmt.Sprintf("chgrp %s %s", u.Group, file))
	}
	if missing := right &^ (info.Mode() >> 3); missing != 0 {
		steps = append(steps, fmt.Sprintf("chmod g+%s %s", rightLetters(missing), file))
	}
	return strings.Join(steps, " && ")
}

// rightLetters are the letters of rights, as chmod takes them.
func rightLetters(rights fs.FileMode) string {
	letters := ""
	for i, right := range []fs.FileMode{MayRead, MayWrite, MaySearch} {
		if rights&right != 0 {
			letters += "rwx"[i : i+1]
		}
	}
	return letters
}
