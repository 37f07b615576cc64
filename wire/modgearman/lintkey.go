package modgearman

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// keys checks the keys, as both dialects read them.
func (l *linter) keys() {
	text, hasText := l.c.lastAny("key")
	file, hasFile := l.c.lastAny("keyfile")
	if hasText {
		l.inlineKey(text)
	}
	if hasFile && file.C != "" {
		l.keyFile(file)
	}
	if hasText && hasFile {
		l.keyConflict(text, file)
	}
	if !hasText && !hasFile && l.c.bool("encryption", DialectC) {
		l.add(Failure, l.fileOrigin(), "key", "neither key nor keyfile is set, and encryption is on",
			"the programs refuse to start", "set keyfile=PATH")
	}
}

// lastAny returns the last entry for an option in any spelling.
func (c *Config) lastAny(option string) (Entry, bool) {
	for i := len(c.Entries) - 1; i >= 0; i-- {
		if c.Entries[i].Option == option {
			return c.Entries[i], true
		}
	}
	return Entry{}, false
}

func (l *linter) inlineKey(e Entry) {
	key, err := NewKey([]byte(e.value(DialectC)))
	switch {
	case errors.Is(err, ErrNoKey):
		l.add(Failure, e.Origin, "key", "is empty", "jobs are not protected, or the programs refuse to start",
			"set keyfile=PATH")
		return
	case key.isSample():
		l.add(Failure, e.Origin, "key", "is the one of the sample configuration, should_be_changed",
			"it is public: anyone who can reach the job server can run commands on the workers",
			"set a key of your own, the same everywhere")
	case key.Warning() != "":
		l.add(Warning, e.Origin, "key", key.Warning(),
			"a short key is easily guessed, and bytes after the 32nd have no effect", "use 8 to 32 random bytes")
	}
	if info, err := os.Stat(l.c.located(e.File)); err == nil && Exposure(info.Mode()) != "" {
		l.add(Failure, e.Origin, "key", "is in a file that all users may "+Exposure(info.Mode()),
			"every local user can run commands on the workers", "chmod o-rw "+e.File+", or use a keyfile of mode 0640")
	}
}

func (l *linter) keyFile(e Entry) {
	f, err := ReadKeyFile(l.c.located(e.C))
	if err != nil {
		severity, fix := Failure, "set the path of a readable file with the key on one line"
		if errors.Is(err, fs.ErrPermission) {
			severity, fix = Hint, "run this as the user of the programs"
		}
		l.add(severity, e.Origin, "keyfile", err.Error(), "the programs refuse to start", fix)
		return
	}
	if may := Exposure(f.Mode); may != "" {
		l.add(Failure, e.Origin, "keyfile", "all users may "+may+" "+e.C,
			"every local user can run commands on the workers", "chmod 0640 "+e.C)
	}
	if f.Differ() {
		l.add(Failure, e.Origin, "keyfile",
			fmt.Sprintf("%s holds different keys by the C rule, %s, and by the Go rule, %s: %s", e.C, f.C, f.Go, f.Why),
			"C and Go programs cannot read each other's jobs",
			"put the key on one line of at most 32 bytes, without trailing white space")
	}
	if warning := f.C.Warning(); warning != "" {
		l.add(Warning, e.Origin, "keyfile", warning, "a short or well-known key is easily guessed",
			"use 8 to 32 random bytes")
	}
}

// keyConflict checks key= beside keyfile=, as in the sample files, where key= is not commented out.
func (l *linter) keyConflict(text, file Entry) {
	inC, fromC, errC := l.c.Key(DialectC)
	inGo, fromGo, errGo := l.c.Key(DialectGo)
	if errC == nil && errGo == nil && inC.Equal(inGo) {
		l.add(Hint, text.Origin, "key", "is set beside a keyfile that holds the same key",
			"it is one more place that must be kept secret and changed", "remove the key= line")
		return
	}
	l.add(Failure, text.Origin, "key", "is set beside keyfile at "+file.String(),
		fmt.Sprintf("C programs use the %s, %s, Go programs the %s, %s: they cannot read each other's jobs",
			fromC, inC, fromGo, inGo),
		"remove the key= line")
}
